//! What a tour looks like on a terminal: headings, prose, lines to paste, answers cut to what a
//! reader wants.

use std::io::{self, Write};

use http::header::CONTENT_TYPE;
use serde_json::Value;

use crate::tpp::call::Answer;

use super::walk::Wrong;

/// Where the tour is written.
pub(super) struct Page<'a> {
    out: &'a mut dyn Write,
    chapters: usize,
}

impl<'a> Page<'a> {
    /// An empty page.
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, chapters: 0 }
    }

    /// The title.
    pub(super) fn title(&mut self, text: &str) -> io::Result<()> {
        let rule = "=".repeat(text.chars().count());
        writeln!(self.out, "{text}\n{rule}\n")
    }

    /// The heading of the next chapter.
    pub(super) fn heading(&mut self, text: &str) -> io::Result<()> {
        self.chapters += 1;
        let text = format!("{}. {text}", self.chapters);
        let rule = "-".repeat(text.chars().count());
        writeln!(self.out, "\n{text}\n{rule}\n")
    }

    /// A paragraph.
    pub(super) fn prose(&mut self, text: &str) -> io::Result<()> {
        for line in wrapped(text, COLUMNS) {
            writeln!(self.out, "{line}")?;
        }
        writeln!(self.out)?;
        self.out.flush()
    }

    /// A line to paste. It is out before its answer is waited for.
    pub(super) fn command(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "{line}\n")?;
        self.out.flush()
    }

    /// An answer, indented: status, the headers that matter, the body.
    pub(super) fn answer(&mut self, answer: &Answer) -> io::Result<()> {
        writeln!(self.out, "  {}", answer.status)?;
        for name in SHOWN_HEADERS {
            if let Some(value) = answer.header(name) {
                writeln!(self.out, "  {name}: {}", shortened(value, HEADER_CHARS_MAX))?;
            }
        }
        for line in body(answer) {
            if line.is_empty() {
                writeln!(self.out)?;
            } else {
                writeln!(self.out, "  {line}")?;
            }
        }
        writeln!(self.out)
    }

    /// What ended the tour.
    pub(super) fn wrong(&mut self, wrong: &Wrong) -> io::Result<()> {
        writeln!(
            self.out,
            "The tour ends here: something is not as it should be.\n"
        )?;
        self.prose(&wrong.to_string())
    }
}

fn body(answer: &Answer) -> Vec<String> {
    if answer.body.is_empty() {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(&answer.body);
    // A page of the journal is cut by nobody: it is what this bank is for.
    if answer
        .header(CONTENT_TYPE.as_str())
        .is_some_and(|kind| kind.starts_with("text/plain"))
    {
        return text.trim_end().lines().map(str::to_owned).collect();
    }
    let pretty = answer.json().ok().map(with_short_texts);
    let pretty = pretty.and_then(|json| serde_json::to_string_pretty(&json).ok());
    cut(
        &pretty.unwrap_or_else(|| text.into_owned()),
        answer.body.len(),
    )
}

/// The first lines, and how much was left out.
fn cut(text: &str, bytes: usize) -> Vec<String> {
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    let count = lines.len();
    if count > BODY_LINES_MAX {
        lines.truncate(BODY_LINES_MAX - 1);
        let left_out = count - lines.len();
        lines.push(format!("... {left_out} lines more; {bytes} bytes in all"));
    }
    lines
}

/// The same document with its long words shortened: nobody reads a JWT. Sentences stay whole.
fn with_short_texts(document: Value) -> Value {
    match document {
        Value::String(text) if text.contains(' ') => text.into(),
        Value::String(text) => shortened(&text, TEXT_CHARS_MAX).into(),
        Value::Array(items) => items.into_iter().map(with_short_texts).collect(),
        Value::Object(members) => {
            let members = members.into_iter();
            members
                .map(|(name, value)| (name, with_short_texts(value)))
                .collect()
        }
        other => other,
    }
}

fn shortened(text: &str, chars_max: usize) -> String {
    let count = text.chars().count();
    if count <= chars_max {
        return text.to_owned();
    }
    let head: String = text.chars().take(chars_max / 2).collect();
    format!("{head}... ({count} characters)")
}

/// The words of a text in lines of at most so many columns; a longer word has a line of its own.
fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let is_full = line.chars().count() + 1 + word.chars().count() > columns;
        if !line.is_empty() && is_full {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// What says where to go next, and where to ask why.
const SHOWN_HEADERS: [&str; 2] = ["location", "x-hamster-request"];
/// A comfortable paragraph.
const COLUMNS: usize = 80;
/// About half a screen.
const BODY_LINES_MAX: usize = 24;
/// Tokens (43 characters) and URLs stay whole, JWTs do not.
const TEXT_CHARS_MAX: usize = 120;
/// Two lines.
const HEADER_CHARS_MAX: usize = 160;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_wrapped_between_words_and_long_words_stay_whole() {
        assert_eq!(wrapped("a bb ccc", 4), ["a bb", "ccc"]);
        assert_eq!(wrapped("a abcdefgh b", 4), ["a", "abcdefgh", "b"]);
        assert_eq!(wrapped("  two \n words ", 80), ["two words"]);
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let long = "x\n".repeat(100);
        let lines = cut(&long, 200);
        assert_eq!(lines.len(), BODY_LINES_MAX);
        assert_eq!(
            lines[BODY_LINES_MAX - 1],
            "... 77 lines more; 200 bytes in all"
        );
        assert_eq!(cut("a\nb", 3), ["a", "b"]);
        let jwt = "e".repeat(500);
        let sentence = "why not ".repeat(50);
        let json = serde_json::json!({ "a": [jwt], "b": sentence, "c": 1 });
        let short = with_short_texts(json);
        let shown = short["a"][0].as_str().unwrap();
        assert!(shown.ends_with("... (500 characters)"), "{shown}");
        assert_eq!((&short["b"], &short["c"]), (&sentence.into(), &1.into()));
    }
}
