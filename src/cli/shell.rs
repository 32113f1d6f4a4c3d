//! Words of a POSIX shell, for lines that are pasted as they stand.

use std::borrow::Cow;

/// The text as one word.
pub(super) fn quoted(text: &str) -> Cow<'_, str> {
    let is_plain =
        |byte: u8| is_unreserved(byte) || matches!(byte, b'/' | b':' | b'=' | b'@' | b'%' | b'+');
    if !text.is_empty() && text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}

/// RFC 3986, section 2.3, without `~`, which a shell may expand.
pub(super) const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_read_it_otherwise() {
        for (text, word) in [
            ("plain-1.2_3", "plain-1.2_3"),
            ("https://localhost:8443/a", "https://localhost:8443/a"),
            ("https://a/?b=c&d=e", "'https://a/?b=c&d=e'"),
            ("two words", "'two words'"),
            ("", "''"),
            ("it's", r"'it'\''s'"),
            ("$HOME `x` \\", "'$HOME `x` \\'"),
            ("~/a", "'~/a'"),
            ("a*b?c[d]", "'a*b?c[d]'"),
            ("#a;b|c>d<e!f(g){h}\n", "'#a;b|c>d<e!f(g){h}\n'"),
        ] {
            assert_eq!(quoted(text), word);
        }
    }
}
