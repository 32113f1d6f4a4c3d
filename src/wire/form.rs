//! Forms: query strings and `application/x-www-form-urlencoded` bodies, read strictly and written
//! plainly.
//!
//! Most readers of forms forgive: they drop bad escapes, replace what is not UTF-8, and take the
//! first or the last of two equal names. Two parties that forgive differently read two different
//! requests, and that has been used to attack OAuth servers. RFC 6749, section 3.1: "Request and
//! response parameters MUST NOT be included more than once." So here every such case is an error
//! that names what it met.

use std::fmt::Write;

/// The parameters of a query or of a form body, in the order they were sent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Form {
    pairs: Vec<(String, String)>,
}

/// What is wrong with a form.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum FormError {
    /// A `%` that is not followed by two hexadecimal digits.
    #[error("parameter {name:?} has a % that is not followed by two hexadecimal digits")]
    BadEscape {
        /// The parameter, as it was sent.
        name: String,
    },
    /// The same parameter twice.
    #[error("parameter {name:?} was sent more than once")]
    Duplicate {
        /// The parameter.
        name: String,
    },
    /// Bytes that are no text.
    #[error("parameter {name:?} is not UTF-8")]
    NotUtf8 {
        /// The parameter, with what is not UTF-8 replaced.
        name: String,
    },
    /// More parameters than [`PARAMETERS_MAX`].
    #[error("more than {PARAMETERS_MAX} parameters")]
    TooMany,
}

impl Form {
    /// Reads a form in which every name may stand once.
    ///
    /// # Errors
    /// When it is not a well-formed form, or a name stands twice.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, FormError> {
        Self::parse_with_repeats(text, &[])
    }

    /// Reads a form in which only the names in `repeatable` may stand more than once.
    ///
    /// # Errors
    /// When it is not a well-formed form, or another name stands twice.
    pub(crate) fn parse_with_repeats(text: &[u8], repeatable: &[&str]) -> Result<Self, FormError> {
        let mut form = Self::default();
        for piece in text.split(|byte| *byte == b'&') {
            if piece.is_empty() {
                continue;
            }
            if form.pairs.len() == PARAMETERS_MAX {
                return Err(FormError::TooMany);
            }
            let mut halves = piece.splitn(2, |byte| *byte == b'=');
            let raw_name = halves.next().unwrap_or_default();
            let name = decode(raw_name, raw_name)?;
            let value = decode(halves.next().unwrap_or_default(), raw_name)?;
            if form.get(&name).is_some() && !repeatable.contains(&name.as_str()) {
                return Err(FormError::Duplicate { name });
            }
            form.pairs.push((name, value));
        }
        Ok(form)
    }

    /// Every value of `name`, in the order sent.
    pub(crate) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.pairs()
            .filter(move |pair| pair.0 == name)
            .map(|pair| pair.1)
    }

    /// The value of `name`; an empty one is still a value.
    #[must_use]
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let pair = self.pairs.iter().find(|pair| pair.0 == name)?;
        Some(&pair.1)
    }

    /// Names and values in the order sent.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same form without the parameters that have no value: RFC 6749, section 3.1, treats them as left
    /// out.
    #[must_use]
    pub(crate) fn without_empty(mut self) -> Self {
        self.pairs.retain(|(_, value)| !value.is_empty());
        self
    }

    /// The names that are not among `known`, in the order sent.
    pub(crate) fn unknown<'f>(&'f self, known: &'f [&str]) -> impl Iterator<Item = &'f str> {
        self.pairs()
            .map(|pair| pair.0)
            .filter(move |name| !known.contains(name))
    }
}

/// `url` with `pairs` added to its query; a query it has stays first, a fragment stays last.
#[must_use]
pub(crate) fn with_query<'p>(
    url: &str,
    pairs: impl IntoIterator<Item = (&'p str, &'p str)>,
) -> String {
    let (base, fragment) = match url.split_once('#') {
        Some((base, fragment)) => (base, Some(fragment)),
        None => (url, None),
    };
    let encoded = encode(pairs);
    let joint = match base.split_once('?') {
        _ if encoded.is_empty() => "",
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    let hash = if fragment.is_some() { "#" } else { "" };
    format!("{base}{joint}{encoded}{hash}{}", fragment.unwrap_or(""))
}

/// `pairs` as a form. A blank becomes `%20`, which readers of forms and of URLs alike understand.
#[must_use]
pub(crate) fn encode<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        push_component(&mut text, name);
        text.push('=');
        push_component(&mut text, value);
    }
    text
}

/// A text as one segment of a path (RFC 3986, section 3.3).
pub(crate) fn segment(text: &str) -> String {
    let mut segment = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            segment.push(char::from(byte));
        } else {
            push_escaped(&mut segment, byte);
        }
    }
    segment
}

/// Adds `%` and the two digits of `byte`.
pub(super) fn push_escaped(text: &mut String, byte: u8) {
    // Writing to a `String` cannot fail.
    let _ = write!(text, "%{byte:02X}");
}

/// What percent escapes in a piece of a URL stand for.
///
/// # Errors
/// When an escape is cut short or not hexadecimal.
pub(super) fn unescape(raw: impl Iterator<Item = u8>) -> Result<Vec<u8>, BadEscape> {
    let mut raw = raw;
    let mut bytes = Vec::with_capacity(raw.size_hint().0);
    while let Some(byte) = raw.next() {
        if byte == b'%' {
            let mut digit = || char::from(raw.next()?).to_digit(16);
            let high = digit().ok_or(BadEscape)?;
            let low = digit().ok_or(BadEscape)?;
            bytes.push(u8::try_from(high * 16 + low).map_err(|_| BadEscape)?);
        } else {
            bytes.push(byte);
        }
    }
    Ok(bytes)
}

/// A percent escape that is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct BadEscape;

/// Adds `component`, keeping only what RFC 3986, section 2.3, calls unreserved.
fn push_component(text: &mut String, component: &str) {
    for byte in component.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            _ => push_escaped(text, byte),
        }
    }
}

/// A name or value in clear; errors speak of the parameter `raw_name`.
fn decode(raw: &[u8], raw_name: &[u8]) -> Result<String, FormError> {
    let name = || String::from_utf8_lossy(raw_name).into_owned();
    let blanks = raw
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte });
    let bytes = unescape(blanks).map_err(|BadEscape| FormError::BadEscape { name: name() })?;
    String::from_utf8(bytes).map_err(|_| FormError::NotUtf8 { name: name() })
}

/// The longest form of any standard we follow, a pushed request with every OIDC parameter, has some
/// thirty; a hundred leaves room for extensions and keeps the search for duplicates short.
const PARAMETERS_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        Form::parse(text.as_bytes()).unwrap().pairs
    }

    #[test]
    fn a_form_is_read_in_order() {
        for (text, expected) in [
            ("", vec![]),
            ("&&", vec![]),
            ("a=1&b=2", vec![("a", "1"), ("b", "2")]),
            ("b=2&a=1&", vec![("b", "2"), ("a", "1")]),
            ("flag", vec![("flag", "")]),
            ("flag=", vec![("flag", "")]),
            ("=x", vec![("", "x")]),
            ("a=b=c", vec![("a", "b=c")]),
            ("a=x+y%20z%2B", vec![("a", "x y z+")]),
            ("n%61me=%C3%A9%f0%9F%90%B9", vec![("name", "é🐹")]),
            ("a=%00", vec![("a", "\0")]),
        ] {
            let expected: Vec<(String, String)> = expected
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            assert_eq!(pairs(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_not_a_form_is_refused_with_the_parameter_named() {
        let name = || "a".to_owned();
        let cases: &[(&str, &[u8], FormError)] = &[
            (
                "the same twice",
                b"a=1&a=1",
                FormError::Duplicate { name: name() },
            ),
            (
                "again under an escape",
                b"a=1&%61=2",
                FormError::Duplicate { name: name() },
            ),
            (
                "twice without values",
                b"b&a&a",
                FormError::Duplicate { name: name() },
            ),
            (
                "an escape cut short",
                b"a=%4",
                FormError::BadEscape { name: name() },
            ),
            (
                "a lone percent",
                b"a=100%",
                FormError::BadEscape { name: name() },
            ),
            (
                "no hexadecimal digit",
                b"a=%4g",
                FormError::BadEscape { name: name() },
            ),
            (
                "a sign is no digit",
                b"a=%+1",
                FormError::BadEscape { name: name() },
            ),
            ("Latin-1", b"a=%E9", FormError::NotUtf8 { name: name() }),
            (
                "Latin-1 without escape",
                b"a=\xE9",
                FormError::NotUtf8 { name: name() },
            ),
            (
                "a surrogate",
                b"a=%ED%A0%80",
                FormError::NotUtf8 { name: name() },
            ),
            (
                "an overlong slash",
                b"a=%C0%AF",
                FormError::NotUtf8 { name: name() },
            ),
            (
                "a bad name",
                b"%zz=1",
                FormError::BadEscape {
                    name: "%zz".to_owned(),
                },
            ),
        ];
        for (case, text, error) in cases {
            assert_eq!(Form::parse(text).as_ref(), Err(error), "{case}");
        }
    }

    #[test]
    fn there_is_a_limit_to_parameters() {
        let form = |count: usize| {
            let names: Vec<String> = (0..count).map(|n| format!("p{n}")).collect();
            Form::parse(names.join("&").as_bytes())
        };
        assert_eq!(form(100).unwrap().pairs().count(), 100);
        assert_eq!(form(101), Err(FormError::TooMany));
        assert_eq!(
            Form::parse_with_repeats("a&".repeat(101).as_bytes(), &["a"]),
            Err(FormError::TooMany)
        );
    }

    #[test]
    fn only_what_may_repeat_repeats() {
        let form = Form::parse_with_repeats(b"s=1&x=2&s=3", &["s"]).unwrap();
        assert_eq!(form.all("s").collect::<Vec<_>>(), ["1", "3"]);
        assert_eq!(form.get("s"), Some("1"));
        assert!(Form::parse_with_repeats(b"s=1&x=2&x=3", &["s"]).is_err());
    }

    #[test]
    fn unknown_names_are_listed() {
        let form = Form::parse(b"scope=a&colour=b&state=c&flavour").unwrap();
        let unknown: Vec<&str> = form.unknown(&["scope", "state"]).collect();
        assert_eq!(unknown, ["colour", "flavour"]);
        assert_eq!(form.get("nonce"), None);
        assert_eq!(form.get("flavour"), Some(""));
    }

    #[test]
    fn what_is_written_reads_back() {
        let sent = [
            ("a b", "c+d&e=f"),
            ("é", "🐹%"),
            ("~-._", "*!'()\r\n"),
            ("", ""),
        ];
        let text = encode(sent);
        assert_eq!(text.get(..22), Some("a%20b=c%2Bd%26e%3Df&%C"));
        let form = Form::parse(text.as_bytes()).unwrap();
        assert_eq!(form.pairs().collect::<Vec<_>>(), sent);
    }

    #[test]
    fn parameters_join_an_address_that_has_some() {
        let code = [("code", "x y"), ("state", "1")];
        for (url, query) in [
            ("https://t/cb", "https://t/cb?code=x%20y&state=1"),
            ("https://t?", "https://t?code=x%20y&state=1"),
            ("https://t?dummy=1", "https://t?dummy=1&code=x%20y&state=1"),
            ("https://t?d&", "https://t?d&code=x%20y&state=1"),
            ("app:/cb#old?x", "app:/cb?code=x%20y&state=1#old?x"),
        ] {
            assert_eq!(with_query(url, code), query);
        }
        assert_eq!(with_query("https://t/cb", []), "https://t/cb");
    }
}
