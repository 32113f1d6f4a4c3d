//! Claims whose signature was verified: the proof is that this value exists.

use serde_json::{Map, Value};

use super::jws::Header;

/// The claims of a JWS with a good signature. Whether they are true, current and meant for us is for
/// the caller to check.
#[derive(Clone, Debug)]
pub(crate) struct VerifiedClaims {
    claims: Map<String, Value>,
    header: Header,
}

impl VerifiedClaims {
    /// The one constructor, for `UnverifiedJws::verify`.
    pub(super) const fn new(claims: Map<String, Value>, header: Header) -> Self {
        Self { claims, header }
    }

    /// A claim that is a string.
    pub(crate) fn str(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// A claim that is a number, without its fraction: a `NumericDate` may have one (RFC 7519,
    /// section 2).
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        whole(self.claims.get(name)?)
    }

    /// Everyone the claims are meant for: `aud`, one string or several (RFC 7519, section 4.1.3).
    /// `None` when it is absent or anything else.
    pub(crate) fn audience(&self) -> Option<Vec<&str>> {
        match self.claims.get("aud")? {
            Value::String(one) => Some(vec![one]),
            Value::Array(several) => several.iter().map(Value::as_str).collect(),
            _ => None,
        }
    }

    /// All of them, in the order they were written.
    pub(crate) const fn map(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// All of them, to keep.
    pub(crate) fn into_map(self) -> Map<String, Value> {
        self.claims
    }

    /// The header's `typ`.
    pub(crate) fn typ(&self) -> Option<&str> {
        self.header.typ.as_deref()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the cast saturates, and a date beyond the end of time is past or future all the same"
)]
fn whole(value: &Value) -> Option<i64> {
    let number = value.as_number()?;
    let beyond = || number.as_u64().map(|_| i64::MAX);
    let fraction = || number.as_f64().map(|float| float.floor() as i64);
    number.as_i64().or_else(beyond).or_else(fraction)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> VerifiedClaims {
        let Value::Object(claims) = value else {
            panic!("not an object");
        };
        VerifiedClaims::new(claims, Header::default())
    }

    #[test]
    fn numbers_lose_their_fraction_and_stay_within_bounds() {
        let read = claims(json!({
            "whole": 1_700_000_000, "fraction": 1_700_000_000.9, "negative": -1.5,
            "huge": 1e300, "beyond": u64::MAX, "text": "1700000000", "null": null,
        }));
        for (name, number) in [
            ("whole", Some(1_700_000_000)),
            ("fraction", Some(1_700_000_000)),
            ("negative", Some(-2)),
            ("huge", Some(i64::MAX)),
            ("beyond", Some(i64::MAX)),
            ("text", None),
            ("null", None),
            ("absent", None),
        ] {
            assert_eq!(read.number(name), number, "{name}");
        }
        assert_eq!(
            (read.str("text"), read.str("whole")),
            (Some("1700000000"), None)
        );
    }

    #[test]
    fn an_audience_is_a_string_or_strings() {
        for (aud, audience) in [
            (json!("a"), Some(vec!["a"])),
            (json!(["a", "b"]), Some(vec!["a", "b"])),
            (json!([]), Some(vec![])),
            (json!(["a", 1]), None),
            (json!({"a": 1}), None),
            (json!(null), None),
        ] {
            assert_eq!(claims(json!({ "aud": aud })).audience(), audience, "{aud}");
        }
        assert_eq!(claims(json!({})).audience(), None);
    }
}
