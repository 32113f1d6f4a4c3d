//! Headers: the names used in the house, and how to read the few whose rules are not trivial.
//!
//! Nothing here decides a status. A reader says what is wrong in one of the small enums below, and
//! the surface that asked turns it to its own words. RFC 9110 is the standard unless another is
//! named.

use std::net::IpAddr;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName};

/// `x-api-key`: which client a call says it is from.
pub(crate) const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// `x-consent-id`: the consent a call to a resource is made under.
pub(crate) const X_CONSENT_ID: HeaderName = HeaderName::from_static("x-consent-id");
/// `x-fapi-auth-date`: when the customer last logged in at the TPP.
pub(crate) const X_FAPI_AUTH_DATE: HeaderName = HeaderName::from_static("x-fapi-auth-date");
/// `x-fapi-customer-ip-address`: the customer's address, sent when the customer is present.
pub(crate) const X_FAPI_CUSTOMER_IP_ADDRESS: HeaderName =
    HeaderName::from_static("x-fapi-customer-ip-address");
/// `x-fapi-interaction-id`: the correlation id of a call, echoed in its answer.
pub(crate) const X_FAPI_INTERACTION_ID: HeaderName =
    HeaderName::from_static("x-fapi-interaction-id");
/// `x-idempotency-key`: makes a repeated payment call the same call.
pub(crate) const X_IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("x-idempotency-key");
/// `x-idempotency-replayed`: says that an answer is to a call that came before.
pub(crate) const X_IDEMPOTENCY_REPLAYED: HeaderName =
    HeaderName::from_static("x-idempotency-replayed");
/// `x-jws-signature`: the detached signature of a payment message.
pub(crate) const X_JWS_SIGNATURE: HeaderName = HeaderName::from_static("x-jws-signature");
/// `x-open-banking-standard`: the dialect a caller wants.
pub(crate) const X_OPEN_BANKING_STANDARD: HeaderName =
    HeaderName::from_static("x-open-banking-standard");
/// `x-ratelimit-limit`: calls allowed in this minute.
pub(crate) const X_RATELIMIT_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
/// `x-ratelimit-remaining`: calls left in this minute.
pub(crate) const X_RATELIMIT_REMAINING: HeaderName =
    HeaderName::from_static("x-ratelimit-remaining");
/// `x-ratelimit-reset`: seconds left of this minute.
pub(crate) const X_RATELIMIT_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Why a header that may stand once cannot be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum HeaderFault {
    /// Bytes beyond visible ASCII.
    #[error("the header holds bytes beyond visible ASCII")]
    NotText,
    /// More than one line of it.
    #[error("the header was sent more than once")]
    Repeated,
}

/// Why a call carries no bearer token.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum BearerFault {
    /// No `Authorization` header at all.
    #[error("no Authorization header")]
    Absent,
    /// The scheme is right, what follows is no token.
    #[error("Authorization: Bearer is not followed by exactly one token")]
    Malformed,
    /// Another scheme than `Bearer`.
    #[error("Authorization uses the scheme {scheme:?} where Bearer was expected")]
    OtherScheme {
        /// The scheme; what followed it may be a secret and is left out.
        scheme: String,
    },
    /// More than one `Authorization` header.
    #[error("more than one Authorization header")]
    Repeated,
}

/// Why a body is not of the type a route reads.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum ContentTypeFault {
    /// No `Content-Type`.
    #[error("no Content-Type")]
    Absent,
    /// A charset other than UTF-8.
    #[error("Content-Type names the charset {charset:?}, only UTF-8 is read")]
    Charset {
        /// The charset.
        charset: String,
    },
    /// Not a media type.
    #[error("Content-Type is not a media type")]
    Malformed,
    /// Another type.
    #[error("Content-Type is {essence}")]
    Other {
        /// The type that was sent, without its parameters.
        essence: String,
    },
    /// More than one `Content-Type`.
    #[error("more than one Content-Type")]
    Repeated,
}

/// The value of a header that may stand at most once.
///
/// # Errors
/// When it stands twice or is no text.
pub(crate) fn single<'h>(
    headers: &'h HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'h str>, HeaderFault> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(HeaderFault::Repeated);
    }
    match value.to_str() {
        Ok(text) => Ok(Some(text.trim_matches([' ', '\t']))),
        Err(_) => Err(HeaderFault::NotText),
    }
}

/// The bearer token of a call (RFC 6750, section 2.1).
///
/// The scheme's letters may be of any case (RFC 9110, section 11.1).
///
/// # Errors
/// When there is not exactly one `Authorization: Bearer` with exactly one token.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, BearerFault> {
    let value = match single(headers, &AUTHORIZATION) {
        Ok(value) => value.ok_or(BearerFault::Absent)?,
        Err(HeaderFault::NotText) => return Err(BearerFault::Malformed),
        Err(HeaderFault::Repeated) => return Err(BearerFault::Repeated),
    };
    let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        // A secret without any scheme must not end in an error message.
        let known = is_token(scheme) && !rest.is_empty();
        return Err(BearerFault::OtherScheme {
            scheme: if known {
                scheme.to_owned()
            } else {
                String::new()
            },
        });
    }
    let token = rest.trim_start_matches(' ');
    // RFC 6750: b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
    let core = token.trim_end_matches('=');
    let is_b64 = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    if core.is_empty() || !core.bytes().all(is_b64) {
        return Err(BearerFault::Malformed);
    }
    Ok(token)
}

/// Whether the caller takes an answer of the type `kind/subkind` (section 12.5.1).
///
/// No `Accept`, or an empty one, takes everything. Of the ranges that match, the most specific
/// decides, and `q=0` there is a no. Parameters other than `q` are passed over; a range that cannot
/// be read matches nothing.
#[must_use]
pub(crate) fn accepts(headers: &HeaderMap, kind: &str, subkind: &str) -> bool {
    let mut is_empty = true;
    let mut best: Option<(u8, bool)> = None;
    for value in headers.get_all(ACCEPT) {
        let Ok(value) = value.to_str() else {
            is_empty = false;
            continue;
        };
        for range in split_outside_quotes(value, ',') {
            if range.is_empty() {
                continue;
            }
            is_empty = false;
            if let Some((precision, is_wanted)) = judge(range, kind, subkind) {
                best = match best {
                    Some((known, wanted)) if known == precision => {
                        Some((known, wanted || is_wanted))
                    }
                    Some(known) if known.0 > precision => Some(known),
                    _ => Some((precision, is_wanted)),
                };
            }
        }
    }
    is_empty || best.is_some_and(|(_, is_wanted)| is_wanted)
}

/// Whether the body is of the type `essence`, in UTF-8 as far as it says.
///
/// # Errors
/// When the header is absent, repeated, malformed, or names another type or charset.
pub(crate) fn expect_content_type(
    headers: &HeaderMap,
    essence: &str,
) -> Result<(), ContentTypeFault> {
    let value = match single(headers, &CONTENT_TYPE) {
        Ok(value) => value.ok_or(ContentTypeFault::Absent)?,
        Err(HeaderFault::NotText) => return Err(ContentTypeFault::Malformed),
        Err(HeaderFault::Repeated) => return Err(ContentTypeFault::Repeated),
    };
    let mut parts = split_outside_quotes(value, ';');
    let sent = parts.next().unwrap_or_default();
    let is_media_type = sent
        .split_once('/')
        .is_some_and(|(kind, subkind)| is_token(kind) && is_token(subkind));
    if !is_media_type {
        return Err(ContentTypeFault::Malformed);
    }
    if !sent.eq_ignore_ascii_case(essence) {
        let essence = sent.to_ascii_lowercase();
        return Err(ContentTypeFault::Other { essence });
    }
    for parameter in parts.filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter
            .split_once('=')
            .ok_or(ContentTypeFault::Malformed)?;
        let charset = value.trim_matches('"');
        if name.eq_ignore_ascii_case("charset") && !charset.eq_ignore_ascii_case("utf-8") {
            let charset = charset.to_owned();
            return Err(ContentTypeFault::Charset { charset });
        }
    }
    Ok(())
}

/// Whether `text` is an IPv4 or IPv6 address.
#[must_use]
pub(crate) fn is_ip_address(text: &str) -> bool {
    text.trim().parse::<IpAddr>().is_ok()
}

/// Whether `text` is a UUID as RFC 9562, section 4, writes it; digits of either case, any version.
#[must_use]
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// How precisely a media range matches `kind/subkind`, and whether it wants it; none if it does not
/// match.
fn judge(range: &str, kind: &str, subkind: &str) -> Option<(u8, bool)> {
    let mut parts = split_outside_quotes(range, ';');
    let (wanted, wanted_sub) = parts.next()?.split_once('/')?;
    let precision = match (wanted, wanted_sub) {
        ("*", "*") => 0,
        (_, "*") if wanted.eq_ignore_ascii_case(kind) => 1,
        _ if wanted.eq_ignore_ascii_case(kind) && wanted_sub.eq_ignore_ascii_case(subkind) => 2,
        _ => return None,
    };
    let mut is_wanted = true;
    for parameter in parts {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if name.eq_ignore_ascii_case("q") {
            is_wanted = is_positive_weight(value)?;
        }
    }
    Some((precision, is_wanted))
}

/// Whether a weight is above nought; none if it is no weight (section 12.4.2).
fn is_positive_weight(text: &str) -> Option<bool> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let has_digit = decimals.bytes().any(|byte| byte != b'0');
    match whole {
        "0" => Some(has_digit),
        "1" if !has_digit => Some(true),
        _ => None,
    }
}

/// The pieces of `text` between separators that stand outside quotation marks, without outer
/// blanks.
fn split_outside_quotes(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    text.split(move |character| {
        if is_escaped {
            is_escaped = false;
            return false;
        }
        match character {
            '"' => is_quoted = !is_quoted,
            '\\' if is_quoted => is_escaped = true,
            _ => {}
        }
        character == separator && !is_quoted
    })
    .map(|piece| piece.trim_matches([' ', '\t']))
}

/// Whether `text` is a token (section 5.6.2).
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(lines: &[(&HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            headers.append(*name, value);
        }
        headers
    }

    #[test]
    fn a_bearer_token_is_read_whatever_the_case_of_its_scheme() {
        for (value, token) in [
            ("Bearer abc", "abc"),
            ("bEARER abc", "abc"),
            ("BEARER   a-b.c_d~e+f/g==", "a-b.c_d~e+f/g=="),
            ("Bearer abc ", "abc"),
        ] {
            assert_eq!(bearer(&headers(&[(&AUTHORIZATION, value)])), Ok(token));
        }
    }

    #[test]
    fn what_is_no_bearer_token_is_told_apart() {
        let other = |scheme: &str| BearerFault::OtherScheme {
            scheme: scheme.to_owned(),
        };
        for (value, fault) in [
            ("Bearer", BearerFault::Malformed),
            ("Bearer ", BearerFault::Malformed),
            ("Bearer a b", BearerFault::Malformed),
            ("Bearer a, Bearer b", BearerFault::Malformed),
            ("Bearer a=b", BearerFault::Malformed),
            ("Bearer =", BearerFault::Malformed),
            ("Bearer \"abc\"", BearerFault::Malformed),
            ("Bearer abc\té", BearerFault::Malformed),
            ("Basic YTpi", other("Basic")),
            ("DPoP abc", other("DPoP")),
            ("Bearer:abc x", other("")),
            ("eyJsecret", other("")),
            ("Bearer\tabc", other("")),
            ("", other("")),
        ] {
            let headers = headers(&[(&AUTHORIZATION, value)]);
            assert_eq!(bearer(&headers), Err(fault), "{value:?}");
        }
        assert_eq!(bearer(&HeaderMap::new()), Err(BearerFault::Absent));
        let twice = headers(&[(&AUTHORIZATION, "Bearer a"), (&AUTHORIZATION, "Bearer a")]);
        assert_eq!(bearer(&twice), Err(BearerFault::Repeated));
    }

    #[test]
    fn accept_is_judged_by_its_most_specific_range() {
        for (expected, value) in [
            (true, ""),
            (true, " , "),
            (true, "*/*"),
            (true, "application/*"),
            (true, "application/json"),
            (true, "Application/JSON"),
            (true, "application/json;charset=UTF-8"),
            (true, "application/json; charset=\"utf-8\" ; q=0.1"),
            (true, "application/json, application/*+json, */*"),
            (true, "text/html,application/xhtml+xml,*/*;q=0.8"),
            (true, "application/json;x=\"a,b;q=0\""),
            (true, "application/json;x=\"\\\",\";q=1.000"),
            (true, "application/*;q=0, application/json"),
            (true, "text/plain, application/json;q=0.001"),
            (true, "application/json;q=0, application/json;version=1"),
            (false, "text/html"),
            (false, "application/xml"),
            (false, "application/*+json"),
            (false, "application/jsonx"),
            (false, "*/json"),
            (false, "*"),
            (false, "json"),
            (false, "application/json;q=0"),
            (false, "application/json;Q=0.000, */*"),
            (false, "application/*;q=0, */*;q=1"),
            (false, "application/json;q=2"),
            (false, "application/json;q="),
            (false, "application/json;q=-1"),
            (false, "application/json;q=0.0001"),
            (false, "text/plain;x=\"application/json, application/json\""),
            (false, "é"),
        ] {
            let headers = headers(&[(&ACCEPT, value)]);
            assert_eq!(
                accepts(&headers, "application", "json"),
                expected,
                "{value:?}"
            );
        }
        assert!(accepts(&HeaderMap::new(), "application", "json"));
        let two = headers(&[(&ACCEPT, "text/html"), (&ACCEPT, "application/json")]);
        assert!(accepts(&two, "application", "json"));
        assert!(!accepts(&two, "application", "jwt"));
    }

    #[test]
    fn a_content_type_is_compared_without_its_parameters() {
        for value in [
            "application/json",
            "APPLICATION/json",
            "application/json;charset=utf-8",
            "application/json ; Charset=\"UTF-8\"",
            "application/json;",
            "application/json; profile=\"a;charset=x\"",
        ] {
            let headers = headers(&[(&CONTENT_TYPE, value)]);
            assert_eq!(
                expect_content_type(&headers, "application/json"),
                Ok(()),
                "{value:?}"
            );
        }
    }

    #[test]
    fn another_content_type_is_named() {
        let other = |essence: &str| ContentTypeFault::Other {
            essence: essence.to_owned(),
        };
        let charset = |charset: &str| ContentTypeFault::Charset {
            charset: charset.to_owned(),
        };
        for (value, fault) in [
            ("text/plain", other("text/plain")),
            ("application/JSON+x", other("application/json+x")),
            ("application/json;charset=latin1", charset("latin1")),
            ("application/json;charset=\"utf-16\"", charset("utf-16")),
            ("application/json;charset", ContentTypeFault::Malformed),
            ("application/json, text/plain", ContentTypeFault::Malformed),
            ("json", ContentTypeFault::Malformed),
            ("application/", ContentTypeFault::Malformed),
            ("", ContentTypeFault::Malformed),
            ("é", ContentTypeFault::Malformed),
        ] {
            let headers = headers(&[(&CONTENT_TYPE, value)]);
            let answer = expect_content_type(&headers, "application/json");
            assert_eq!(answer, Err(fault), "{value:?}");
        }
        let json = "application/json";
        assert_eq!(
            expect_content_type(&HeaderMap::new(), json),
            Err(ContentTypeFault::Absent)
        );
        let twice = headers(&[(&CONTENT_TYPE, json), (&CONTENT_TYPE, json)]);
        assert_eq!(
            expect_content_type(&twice, json),
            Err(ContentTypeFault::Repeated)
        );
    }

    #[test]
    fn a_header_that_may_stand_once_stands_once() {
        let one = headers(&[(&X_CONSENT_ID, " consent_ais_1\t")]);
        assert_eq!(single(&one, &X_CONSENT_ID), Ok(Some("consent_ais_1")));
        assert_eq!(single(&one, &X_IDEMPOTENCY_KEY), Ok(None));
        let two = headers(&[(&X_CONSENT_ID, "a"), (&X_CONSENT_ID, "a")]);
        assert_eq!(single(&two, &X_CONSENT_ID), Err(HeaderFault::Repeated));
        let accented = headers(&[(&X_CONSENT_ID, "é")]);
        assert_eq!(single(&accented, &X_CONSENT_ID), Err(HeaderFault::NotText));
    }

    #[test]
    fn a_uuid_has_its_dashes_and_nothing_else() {
        for text in [
            "93bac548-d2de-4546-b106-880a5018460d",
            "93BAC548-D2DE-4546-B106-880A5018460D",
            "00000000-0000-0000-0000-000000000000",
        ] {
            assert!(is_uuid(text), "{text}");
        }
        for text in [
            "",
            "93bac548d2de4546b106880a5018460d",
            "{93bac548-d2de-4546-b106-880a5018460d}",
            "93bac548-d2de-4546-b106-880a5018460",
            "93bac548-d2de-4546-b106-880a5018460d0",
            "93bac548-d2de-4546-b106-880a5018460g",
            "93bac548-d2de-4546-b1061880a5018460d",
            "93bac54-8d2de-4546-b106-880a5018460d",
            "93bac548-d2de-4546-b106-880a501846é",
            " 3bac548-d2de-4546-b106-880a5018460d",
        ] {
            assert!(!is_uuid(text), "{text}");
        }
    }
}
