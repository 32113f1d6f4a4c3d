//! Secrets in JSON, found without building a tree: all that is no secret stays as it was sent, double
//! members and odd numbers included, because those are what a developer is looking for.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::{Redactor, Side, table};

impl Redactor {
    /// A JSON text with its secrets masked; `None` when it is broken and speaks of secrets.
    pub(super) fn json<'a>(
        &mut self,
        side: Side,
        place: &str,
        text: &'a str,
    ) -> Option<Cow<'a, str>> {
        if serde_json::from_str::<IgnoredAny>(text).is_err() {
            return (!table::mentions_secret(text, side)).then_some(Cow::Borrowed(text));
        }
        // A private key is known by its neighbour `kty`, which an escape may hide.
        let may_hold_key = text.contains("kty") || text.contains('\\');
        let mut told = String::new();
        let mut copied = 0;
        let mut at = 0;
        while let Some((start, end)) = next_string(text, at) {
            at = end;
            let string = unquoted(text.get(start..end)?);
            let after = after_blanks(text, end);
            let (mask, value_start, value_end) = if text.get(after..)?.starts_with(':') {
                let mask = table::member(&string, side);
                let is_private = may_hold_key && table::is_private_key_member(&string);
                let value_start = after_blanks(text, after + 1);
                at = value_start;
                let value_end = value_end(text, value_start);
                let value = text.get(value_start..value_end)?;
                if (mask.is_none() && !is_private) || tells_nothing(&string, value) {
                    continue;
                }
                (mask, value_start, value_end)
            } else if super::jwt::looks_like_one(&string) {
                (None, start, end)
            } else {
                continue;
            };
            let secret = unquoted(text.get(value_start..value_end)?);
            let stands_in = self.mask(mask, &secret, || format!("{place}.{string}"));
            told.push_str(text.get(copied..value_start)?);
            told.push('"');
            told.push_str(&stands_in);
            told.push('"');
            copied = value_end;
            at = value_end;
        }
        if copied == 0 {
            return Some(Cow::Borrowed(text));
        }
        told.push_str(text.get(copied..)?);
        Some(Cow::Owned(told))
    }
}

/// Whether the value of a secret member holds no secret.
fn tells_nothing(name: &str, value: &str) -> bool {
    // OpenID Connect Core, section 5.5: the `claims` parameter asks for claims of an `id_token` by name.
    matches!(value, "null" | "true" | "false" | "\"\"")
        || (name == "id_token" && value.starts_with('{'))
}

/// Where the next string begins and ends, its quotes included.
fn next_string(text: &str, from: usize) -> Option<(usize, usize)> {
    let start = from + text.get(from..)?.find('"')?;
    Some((start, string_end(text, start)))
}

/// Behind the closing quote of the string that begins at `start`.
fn string_end(text: &str, start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

/// Behind the value that begins at `start`.
fn value_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = string_end(text, at),
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' | b',' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => return at,
            b'}' | b']' => {
                depth -= 1;
                at += 1;
            }
            _ => at += 1,
        }
        let is_whole = matches!(bytes.get(start), Some(b'"' | b'{' | b'['));
        if depth == 0 && is_whole {
            return at;
        }
    }
    text.len()
}

/// The first place at or behind `at` that holds no blank.
fn after_blanks(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    text.len() - rest.trim_start().len()
}

/// What a JSON string stands for; of any other value, its text.
fn unquoted(token: &str) -> Cow<'_, str> {
    let Some(inner) = token
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return Cow::Borrowed(token);
    };
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    // A lone surrogate is valid JSON and no text: it then stands for itself.
    serde_json::from_str(token).map_or(Cow::Borrowed(inner), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Fingerprint;

    fn told(side: Side, text: &str) -> Option<String> {
        let told = Redactor::default().json(side, "body", text)?.into_owned();
        Some(told)
    }

    #[test]
    fn what_is_no_secret_stays_letter_for_letter() {
        for text in [
            "{}",
            " [1, 2.50, \"a\\\"b\", {\"x\" : null}] ",
            "{\"a\":1,\"a\":2}",
            "{\"code\":\"invalid_field\",\"sub_code\":\"x\"}",
            "{\"bank_transaction_code\":{\"code\":\"CCRD\"}}",
            "{\"token_type\":\"Bearer\",\"access_token\":null,\"id_token\":\"\"}",
            "{\"d\":\"no key\",\"k\":1}",
            "\"token\"",
            "{\"x\":\"access_token\"}",
            "[\"access_token\",\"otp\"]",
            "{\"claims\":{\"id_token\":{\"acr\":{\"essential\":true}}}}",
        ] {
            assert_eq!(told(Side::Response, text).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_secret_member_is_masked_whatever_its_value() {
        let print = |secret: &str| format!("\"{}\"", Fingerprint::of(secret));
        for (text, masked) in [
            (
                "{\"access_token\":\"s3cret\"}",
                format!("{{\"access_token\":{}}}", print("s3cret")),
            ),
            (
                "{ \"Access_Token\" :\n \"s3cret\" , \"x\":1}",
                format!("{{ \"Access_Token\" :\n {} , \"x\":1}}", print("s3cret")),
            ),
            (
                "{\"access\\u005ftoken\":\"s\\u0033cret\"}",
                format!("{{\"access\\u005ftoken\":{}}}", print("s3cret")),
            ),
            (
                "{\"token\":12345678}",
                format!("{{\"token\":{}}}", print("12345678")),
            ),
            (
                "{\"token\":[\"s3cret\",\"]\"],\"a\":1}",
                format!("{{\"token\":{},\"a\":1}}", print("[\"s3cret\",\"]\"]")),
            ),
            (
                "{\"token\":{\"a\":{\"b\":\"s3cret\"}}}",
                format!("{{\"token\":{}}}", print("{\"a\":{\"b\":\"s3cret\"}}")),
            ),
            (
                "[{\"a\":{\"otp\":123456}}]",
                "[{\"a\":{\"otp\":\"(hidden)\"}}]".to_owned(),
            ),
            (
                "{\"kty\":\"EC\",\"d\":\"s3cret\",\"x\":\"public\"}",
                format!(
                    "{{\"kty\":\"EC\",\"d\":{},\"x\":\"public\"}}",
                    print("s3cret")
                ),
            ),
            (
                "{\"id_token\":{\"token\":\"s3cret\"}}",
                format!("{{\"id_token\":{{\"token\":{}}}}}", print("s3cret")),
            ),
        ] {
            assert_eq!(told(Side::Response, text), Some(masked), "{text}");
        }
    }

    #[test]
    fn a_code_is_a_secret_when_a_client_sends_it() {
        assert!(
            !told(Side::Request, "{\"code\":\"s3cret\"}")
                .unwrap()
                .contains("s3cret")
        );
    }

    #[test]
    fn broken_json_is_told_unless_it_speaks_of_secrets() {
        for (text, is_told) in [
            ("{\"instructed_amount\":{\"amount\":1.00,}}", true),
            ("{\"sort_code\":\"402030\"", true),
            ("{'access_token':'s3cret'}", false),
            ("{\"refresh_token\":\"s3cret", false),
            ("{\"x\":1} password=s3cret", false),
            ("{\"x\":\"eyJhbGciOiJub25lIn0", false),
        ] {
            assert_eq!(told(Side::Request, text).is_some(), is_told, "{text}");
        }
    }
}
