//! JSON over several lines, with nothing changed but the blanks: a double member or an odd number may be
//! the very thing the reader is looking for.

use serde::de::IgnoredAny;

/// The text with its blanks set anew; as it is, when it is no JSON object or array.
pub(super) fn pretty(text: &str) -> String {
    let is_tree = text.trim_start().starts_with(['{', '[']);
    if !is_tree || serde_json::from_str::<IgnoredAny>(text).is_err() {
        return text.to_owned();
    }
    let mut page = Page::default();
    let mut letters = text
        .chars()
        .filter(|letter| !letter.is_ascii_control())
        .peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                page.text.push('"');
                copy_string(&mut letters, &mut page.text);
            }
            '{' | '[' => {
                page.text.push(letter);
                while letters.next_if_eq(&' ').is_some() {}
                match letters.next_if(|next| matches!(next, '}' | ']')) {
                    Some(end) => page.text.push(end),
                    None => page.turn(page.depth + 1),
                }
            }
            '}' | ']' => {
                page.turn(page.depth.saturating_sub(1));
                page.text.push(letter);
            }
            ',' => {
                page.text.push(',');
                page.turn(page.depth);
            }
            ':' => page.text.push_str(": "),
            ' ' => {}
            other => page.text.push(other),
        }
    }
    page.text
}

/// What was written so far.
#[derive(Default)]
struct Page {
    text: String,
    depth: usize,
}

impl Page {
    /// A new line, indented for `depth`.
    fn turn(&mut self, depth: usize) {
        self.depth = depth;
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n("  ", depth));
    }
}

/// The rest of a string, its closing quote included.
fn copy_string(letters: &mut impl Iterator<Item = char>, text: &mut String) {
    while let Some(letter) = letters.next() {
        text.push(letter);
        match letter {
            '"' => return,
            '\\' => text.extend(letters.next()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blanks_change() {
        let text = "{\"a\":1.00,\"a\":[ ],\r\n\"b\" : {\"c\":\"x, {y}: \\\"z\\\\\",\"d\":[1,2]}}";
        let page = "{\n  \"a\": 1.00,\n  \"a\": [],\n  \"b\": {\n    \"c\": \"x, {y}: \\\"z\\\\\",\n    \
                    \"d\": [\n      1,\n      2\n    ]\n  }\n}";
        assert_eq!(pretty(text), page);
    }

    #[test]
    fn what_is_no_tree_stays_as_it_is() {
        for text in ["", "a=b&c", "{\"a\":1,}", "\"x, y\"", "12", "{", "[1,2"] {
            assert_eq!(pretty(text), text);
        }
    }
}
