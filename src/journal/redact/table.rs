//! What is a secret: the one list that headers, forms, queries, redirects and JSON are judged by.

/// How a secret is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::journal) enum Mask {
    /// By its fingerprint, so that the same secret is recognised elsewhere.
    Fingerprint,
    /// Not at all: so few of these are possible that a fingerprint would give them away.
    Hidden,
}

/// Who sent the text that is looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::journal) enum Side {
    /// The client: also what a redirect makes it send on.
    Request,
    /// The bank, in JSON of its own: there `code` is the code of an error.
    Response,
}

/// How the value of a header is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::journal) enum HeaderMask {
    /// As it is.
    Clear,
    /// A name and a secret for each cookie.
    Cookie,
    /// A scheme and a secret.
    Credentials,
    /// As it is, and decoded: a signature gives nothing away.
    Signature,
    /// One cookie and its attributes.
    SetCookie,
    /// Secret from end to end.
    Whole,
    /// An address, whose query and fragment may hold secrets.
    Url,
}

/// How to tell the value of the header of this name (in lower case).
pub(in crate::journal) fn header(name: &str) -> HeaderMask {
    match name {
        "authorization" | "proxy-authorization" => HeaderMask::Credentials,
        "cookie" => HeaderMask::Cookie,
        "set-cookie" => HeaderMask::SetCookie,
        "location" | "content-location" | "referer" => HeaderMask::Url,
        "x-jws-signature" => HeaderMask::Signature,
        "access-token" | "access_token" | "api-key" | "api_key" | "apikey" | "x-access-token"
        | "x-api-key" | "x-auth-token" => HeaderMask::Whole,
        _ => HeaderMask::Clear,
    }
}

/// How to tell the value of the member of this name in a form, a query, a fragment or JSON;
/// `None` when it is no secret. Neither case nor blanks around it make a name another one.
pub(in crate::journal) fn member(name: &str, side: Side) -> Option<Mask> {
    let name = name.trim();
    let find = |table: &[(&str, Mask)]| {
        let row = table.iter().find(|row| row.0.eq_ignore_ascii_case(name));
        row.map(|row| row.1)
    };
    find(MEMBERS).or_else(|| match side {
        Side::Request => find(REQUEST_MEMBERS),
        Side::Response => None,
    })
}

/// Whether this is a member of a JSON Web Key that makes the key a private one
/// (RFC 7518, sections 6.2.2, 6.3.2 and 6.4).
pub(in crate::journal) fn is_private_key_member(name: &str) -> bool {
    PRIVATE_KEY_MEMBERS.contains(&name)
}

/// Whether a secret's name stands anywhere in a text that could not be read, or a JWT's beginning.
pub(in crate::journal) fn mentions_secret(text: &str, side: Side) -> bool {
    text.contains(JWT_BEGINNING)
        || text
            .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .any(|word| member(word, side).is_some())
}

/// How base64url of `{"` begins, and so every JWT.
pub(in crate::journal) const JWT_BEGINNING: &str = "eyJ";

/// Secret wherever they stand.
const MEMBERS: &[(&str, Mask)] = &[
    ("access_token", Mask::Fingerprint),
    ("actor_token", Mask::Fingerprint),
    ("api_key", Mask::Fingerprint),
    ("assertion", Mask::Fingerprint),
    ("client_assertion", Mask::Fingerprint),
    ("client_secret", Mask::Fingerprint),
    ("code_verifier", Mask::Fingerprint),
    ("csrf", Mask::Fingerprint),
    ("csrf_token", Mask::Fingerprint),
    ("device_code", Mask::Fingerprint),
    ("form_token", Mask::Fingerprint),
    ("id_token", Mask::Fingerprint),
    ("id_token_hint", Mask::Fingerprint),
    ("login_hint_token", Mask::Fingerprint),
    ("logout_token", Mask::Fingerprint),
    ("otp", Mask::Hidden),
    ("passcode", Mask::Hidden),
    ("passphrase", Mask::Hidden),
    ("password", Mask::Hidden),
    ("pin", Mask::Hidden),
    ("private_key", Mask::Fingerprint),
    ("refresh_token", Mask::Fingerprint),
    ("registration_access_token", Mask::Fingerprint),
    ("session", Mask::Fingerprint),
    ("session_token", Mask::Fingerprint),
    ("software_statement", Mask::Fingerprint),
    ("subject_token", Mask::Fingerprint),
    ("token", Mask::Fingerprint),
];

/// Secret in what a client sends and in redirects; in the bank's JSON these words mean something else.
const REQUEST_MEMBERS: &[(&str, Mask)] = &[
    ("code", Mask::Fingerprint),
    ("request", Mask::Fingerprint),
    ("response", Mask::Fingerprint),
];

const PRIVATE_KEY_MEMBERS: &[&str] = &["d", "dp", "dq", "k", "oth", "p", "q", "qi"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_its_name_alone() {
        for (name, side, mask) in [
            ("code", Side::Request, Some(Mask::Fingerprint)),
            ("Code", Side::Request, Some(Mask::Fingerprint)),
            (" code ", Side::Request, Some(Mask::Fingerprint)),
            ("CLIENT_ASSERTION", Side::Response, Some(Mask::Fingerprint)),
            ("otp", Side::Request, Some(Mask::Hidden)),
            ("code", Side::Response, None),
            ("request", Side::Response, None),
            ("code_challenge", Side::Request, None),
            ("sort_code", Side::Request, None),
            ("request_uri", Side::Request, None),
            ("response_type", Side::Request, None),
            ("token_type", Side::Response, None),
            ("token_type_hint", Side::Request, None),
            ("client_assertion_type", Side::Request, None),
            ("client_id", Side::Request, None),
            ("state", Side::Request, None),
            ("", Side::Request, None),
        ] {
            assert_eq!(member(name, side), mask, "{name:?} {side:?}");
        }
    }

    #[test]
    fn a_mention_is_a_whole_word() {
        for (text, mentioned) in [
            ("{'code': 'x'}", true),
            ("name=\"client_assertion\"", true),
            ("see eyJhbGciOiJub25lIn0", true),
            ("PASSWORD: x", true),
            ("{\"sort_code\": \"402030\",}", false),
            ("{\"creditor_name\": \"Code Club\"", true),
            ("{\"encoded\": 1,}", false),
            ("", false),
        ] {
            assert_eq!(mentions_secret(text, Side::Request), mentioned, "{text:?}");
        }
        assert!(!mentions_secret("{\"code\": \"x\"", Side::Response));
    }
}
