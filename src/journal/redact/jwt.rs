//! JWTs opened for reading. Nothing is verified here: what a check found is in the checks.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{Redactor, Side};
use crate::rule::Fingerprint;

/// A JWT as anybody can read it, its nested secrets masked.
#[derive(Debug)]
pub(in crate::journal) struct Decoded {
    /// Where it stood, for example `request.body.client_assertion`.
    pub(in crate::journal) place: Box<str>,
    /// What stands there instead.
    pub(in crate::journal) fingerprint: Fingerprint,
    /// Its header: JSON, unless that is broken; none when it cannot be told without risk.
    pub(in crate::journal) header: Option<Box<str>>,
    /// Its claims, likewise; encrypted and detached ones cannot be read.
    pub(in crate::journal) claims: Option<Box<str>>,
}

impl Redactor {
    /// Keeps a JWT's header and claims; anything else is let pass.
    pub(super) fn decode(&mut self, text: &str, place: impl FnOnce() -> String) {
        if self.depth >= DEPTH_MAX || self.decoded.len() >= DECODED_MAX {
            return;
        }
        let Some((header, claims)) = parts(text) else {
            return;
        };
        let place = place();
        let index = self.decoded.len();
        self.depth += 1;
        let header = self.nested(&format!("{place}.header"), &header);
        let claims = claims.and_then(|claims| self.nested(&format!("{place}.claims"), &claims));
        self.depth -= 1;
        let decoded = Decoded {
            place: place.into(),
            fingerprint: Fingerprint::of(text),
            header,
            claims,
        };
        // Before those that were found within it.
        self.decoded.insert(index.min(self.decoded.len()), decoded);
    }

    /// Claims may hold a code (JARM), a software statement, another request.
    fn nested(&mut self, place: &str, json: &str) -> Option<Box<str>> {
        let told = self.json(Side::Request, place, json)?;
        Some(told.into())
    }
}

/// Whether this is a signed or encrypted JWT by its looks: a header that can be read, and all segments.
pub(super) fn looks_like_one(text: &str) -> bool {
    // How base64url of `{` and a quote, blank or line end begins.
    let begins = text.starts_with("ey") || text.starts_with("ew");
    begins && parts(text).is_some()
}

/// Header and, where they can be read, claims.
fn parts(text: &str) -> Option<(String, Option<String>)> {
    let segments = text.bytes().filter(|byte| *byte == b'.').count() + 1;
    if !matches!(segments, SEGMENTS_SIGNED | SEGMENTS_ENCRYPTED) {
        return None;
    }
    let (header, rest) = text.split_once('.')?;
    let (second, _) = rest.split_once('.')?;
    let claims = (segments == SEGMENTS_SIGNED).then(|| object(second));
    Some((object(header)?, claims.flatten()))
}

/// The text that a segment encodes, if that looks like a JSON object.
fn object(segment: &str) -> Option<String> {
    let text = String::from_utf8(BASE64URL.decode(segment).ok()?).ok()?;
    let trimmed = text.trim();
    (trimmed.starts_with('{') && trimmed.ends_with('}')).then_some(text)
}

/// With padding or without, and whatever its last bits: to read is not to accept.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// RFC 7515, section 3.1.
const SEGMENTS_SIGNED: usize = 3;

/// RFC 7516, section 3.1.
const SEGMENTS_ENCRYPTED: usize = 5;

/// A request within a request within a request is nobody's mistake.
const DEPTH_MAX: usize = 3;

/// A registration brings three, a token request one.
const DECODED_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    /// A JWT of these parts, with a signature that nobody made.
    fn jwt(header: &str, claims: &str) -> String {
        format!(
            "{}.{}.c2ln",
            BASE64URL.encode(header),
            BASE64URL.encode(claims)
        )
    }

    fn decoded(text: &str) -> Vec<(String, String, Option<String>)> {
        let mut redactor = Redactor::default();
        redactor.decode(text, || "here".to_owned());
        let told = redactor.take_decoded().into_iter();
        told.map(|jwt| {
            (
                jwt.place.into(),
                jwt.header.unwrap().into(),
                jwt.claims.map(Into::into),
            )
        })
        .collect()
    }

    #[test]
    fn header_and_claims_are_read() {
        let text = jwt("{\"alg\":\"none\"}", "{\"sub\":\"hazel\"}");
        let claims = Some("{\"sub\":\"hazel\"}".to_owned());
        assert_eq!(
            decoded(&text),
            [("here".to_owned(), "{\"alg\":\"none\"}".to_owned(), claims)]
        );
    }

    #[test]
    fn what_is_nested_is_masked_and_read_too() {
        let inner = jwt("{\"alg\":\"ES256\"}", "{\"software_id\":\"s\"}");
        let outer = jwt(
            "{\"alg\":\"PS256\"}",
            &format!("{{\"software_statement\":\"{inner}\",\"code\":\"s3cret\"}}"),
        );
        let all = decoded(&outer);
        assert_eq!(all.len(), 2);
        assert_eq!(all[1].0, "here.claims.software_statement");
        let claims = all[0].2.as_deref().unwrap();
        assert!(
            !claims.contains("s3cret") && !claims.contains(&inner),
            "{claims}"
        );
    }

    #[test]
    fn nesting_ends() {
        let mut text = jwt("{\"alg\":\"none\"}", "{}");
        for _ in 0..8 {
            text = jwt("{\"alg\":\"none\"}", &format!("{{\"request\":\"{text}\"}}"));
        }
        assert_eq!(decoded(&text).len(), DEPTH_MAX);
    }

    #[test]
    fn what_is_no_jwt_is_let_pass() {
        let whole = jwt("{\"alg\":\"none\"}", "{}");
        for text in [
            "",
            "eyJ",
            "eyJ..",
            "a.b.c",
            "eyJhbGciOiJub25lIn0",
            "eyJhbGciOiJub25lIn0.e30",
            "eyJhbGciOiJub25lIn0.e30.c2ln.x",
            "eyJ!.e30.c2ln",
            "W10.e30.c2ln",
            "eyes.example.com",
            "ew.example.com",
            &format!(" {whole}"),
        ] {
            assert_eq!(decoded(text), [], "{text:?}");
        }
    }

    #[test]
    fn of_an_encrypted_or_detached_one_the_header_is_read() {
        let header = BASE64URL.encode("{\"alg\":\"RSA-OAEP\"}");
        for text in [
            format!("{header}.AAAA.BBBB.CCCC.DDDD"),
            format!("{header}..c2ln"),
        ] {
            let all = decoded(&text);
            assert_eq!((all.len(), &all[0].2), (1, &None), "{text}");
        }
    }
}
