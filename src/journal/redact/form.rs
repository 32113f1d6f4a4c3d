//! Secrets in `name=value&name=value`: form bodies, queries, fragments, and addresses that carry them.

use std::borrow::Cow;

use super::{Redactor, Side, table};

impl Redactor {
    /// A form, query or fragment with its secrets masked; what is no secret stays letter for letter.
    pub(super) fn form<'a>(&mut self, place: &str, text: &'a str) -> Cow<'a, str> {
        let pairs = text.trim_end();
        let mut told = String::new();
        let mut copied = 0;
        let mut at = 0;
        for pair in pairs.split('&') {
            let start = at;
            at += pair.len() + 1;
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            let name_decoded = percent_decoded(name);
            let mask = table::member(&name_decoded, Side::Request);
            // A line end within a pair is no form: further pairs may hide behind it.
            let value_decoded = percent_decoded(value);
            let is_secret = mask.is_some()
                || pair.contains(['\n', '\r'])
                || super::jwt::looks_like_one(&value_decoded);
            if value.is_empty() || !is_secret {
                continue;
            }
            let stands_in = self.mask(mask, &value_decoded, || format!("{place}.{name_decoded}"));
            let value_at = start + name.len() + 1;
            told.push_str(text.get(copied..value_at).unwrap_or_default());
            told.push_str(&stands_in);
            copied = value_at + value.len();
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        told.push_str(text.get(copied..).unwrap_or_default());
        Cow::Owned(told)
    }

    /// An address with the secrets of its query and fragment masked.
    pub(super) fn url(&mut self, place: &str, text: &str) -> String {
        let (front, fragment) = match text.split_once('#') {
            Some((front, fragment)) => (front, Some(fragment)),
            None => (text, None),
        };
        let (address, query) = match front.split_once('?') {
            Some((address, query)) => (address, Some(query)),
            None => (front, None),
        };
        let mut told = String::from(address);
        for (sign, part) in [('?', query), ('#', fragment)] {
            if let Some(part) = part {
                told.push(sign);
                told.push_str(&self.form(place, part));
            }
        }
        told
    }
}

/// The text that form encoding stands for; a broken escape stands for itself.
pub(super) fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let escaped = match byte {
            b'+' => Some(b' '),
            b'%' => tail.split_at_checked(2).and_then(|(digits, after)| {
                let byte = hexadecimal(digits)?;
                rest = after;
                Some(byte)
            }),
            _ => None,
        };
        bytes.push(escaped.unwrap_or(byte));
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// The byte that two hexadecimal digits name.
fn hexadecimal(digits: &[u8]) -> Option<u8> {
    digits.iter().try_fold(0_u8, |byte, digit| {
        let value = char::from(*digit).to_digit(16)?;
        Some(byte << 4 | u8::try_from(value).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Fingerprint;

    fn told(text: &str) -> String {
        Redactor::default().form("request.body", text).into_owned()
    }

    #[test]
    fn what_is_no_secret_stays_letter_for_letter() {
        for text in [
            "",
            "=",
            "&&",
            "state=a%20b&nonce=%zz&scope=openid+accounts",
            "code",
            "code=",
            "code_challenge=abc&code_challenge_method=S256",
            "a=b=c&x",
            "grant_type=client_credentials\n",
        ] {
            assert_eq!(told(text), text);
        }
    }

    #[test]
    fn a_secret_member_is_masked_however_it_is_written() {
        let print = Fingerprint::of("s3cret value");
        for (text, masked) in [
            ("code=s3cret+value", format!("code={print}")),
            (
                "%63ode=s3cret%20value&state=x",
                format!("%63ode={print}&state=x"),
            ),
            ("a=1&Code=s3cret%20value", format!("a=1&Code={print}")),
            ("+code=s3cret+value\r\n", format!("+code={print}\r\n")),
            (
                "code=s3cret+value&code=s3cret+value",
                format!("code={print}&code={print}"),
            ),
            (
                "otp=123456&password=x",
                "otp=(hidden)&password=(hidden)".to_owned(),
            ),
        ] {
            assert_eq!(told(text), masked, "{text:?}");
        }
    }

    #[test]
    fn pairs_behind_a_line_end_do_not_escape() {
        assert!(!told("state=1\ncode=s3cret").contains("s3cret"));
        assert!(!told("a=b&state=1\r\ncode=s3cret").contains("s3cret"));
    }

    #[test]
    fn an_address_keeps_all_but_its_secrets() {
        let print = Fingerprint::of("s3cret");
        for (address, masked) in [
            (
                "https://tpp.example/cb",
                "https://tpp.example/cb".to_owned(),
            ),
            (
                "https://tpp.example/cb?",
                "https://tpp.example/cb?".to_owned(),
            ),
            ("/cb?#", "/cb?#".to_owned()),
            (
                "/cb?error=access_denied&state=1#",
                "/cb?error=access_denied&state=1#".to_owned(),
            ),
            (
                "https://tpp.example/cb?dummy1=lorem&code=s3cret&state=1",
                format!("https://tpp.example/cb?dummy1=lorem&code={print}&state=1"),
            ),
            (
                "https://tpp.example/cb?a=b#code=s3cret&id_token=s3cret",
                format!("https://tpp.example/cb?a=b#code={print}&id_token={print}"),
            ),
            ("/cb?response=s3cret", format!("/cb?response={print}")),
        ] {
            assert_eq!(
                Redactor::default().url("response.headers.location", address),
                masked
            );
        }
    }
}
