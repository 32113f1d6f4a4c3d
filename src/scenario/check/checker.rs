//! Collects what is wrong with a scenario: each mistake with its place, what was expected, and what was near.

use time::Duration;

use super::place::{column_of, excerpt, indent_of, line_of};
use crate::money::{Amount, Currency};
use crate::scenario::extends::{self, Origin};
use crate::scenario::form;
use crate::scenario::text::{nearest, parse_duration};
use crate::scenario::{Error, Mistake};

/// Collects mistakes.
pub(super) struct Checker<'source> {
    file: &'source str,
    source: &'source str,
    origin: Origin,
    /// Where the form was wrong already: what stands in for it is not judged once more.
    mended: Vec<String>,
    mistakes: Vec<Mistake>,
}

impl<'source> Checker<'source> {
    /// Of a text; mistakes call it `file`.
    pub(super) fn new(file: &'source str, source: &'source str) -> Self {
        Self {
            file,
            source,
            origin: Origin::default(),
            mended: Vec::new(),
            mistakes: Vec::new(),
        }
    }

    /// What was merged stands there in the file; and what was wrong with merging it.
    pub(super) fn written_at(&mut self, origin: Origin, slips: Vec<extends::Slip>) {
        for slip in slips {
            let advice = slip.nearest.as_ref();
            let advice = advice.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            let message = format!("expected {}, found `{}`{advice}", slip.expected, slip.found);
            if let Some(mistake) = self.add(&slip.path, &slip.found, message) {
                mistake.expected = Some(slip.expected);
                mistake.nearest = slip.nearest;
            }
        }
        self.origin = origin;
    }

    /// The form was wrong there, and has been mended.
    pub(super) fn form(&mut self, slips: Vec<form::Slip>) {
        let mended: Vec<_> = slips.iter().map(form::Slip::path).collect();
        for slip in slips {
            match slip {
                form::Slip::Key { path, name, known } => {
                    let known = known.iter().map(String::as_str);
                    self.unknown(&path, "key", &name, known);
                }
                form::Slip::Kind {
                    path,
                    expected,
                    found,
                } => self.expected(&path, &expected, &found),
                form::Slip::Missing { path, name } => {
                    let expected = format!("a key `{name}`");
                    if let Some(mistake) = self.add(&path, "", format!("`{name}` is missing")) {
                        mistake.expected = Some(expected);
                    }
                }
            }
        }
        self.mended.extend(mended);
    }

    /// A key is written once more, after what was read.
    pub(super) fn repeated(&mut self, path: &str) {
        let key = path.rsplit('.').next().unwrap_or(path);
        let first = line_of(self.source, path, key);
        let line = second_line(self.source, first, key).or(first);
        let excerpt = excerpt(self.source, line);
        let message = format!("duplicate key `{key}`");
        self.mistakes.push(Mistake {
            line,
            column: (!excerpt.is_empty()).then(|| indent_of(excerpt) + 1),
            excerpt: excerpt.to_owned(),
            path: path.to_owned(),
            expected: Some("each key once".to_owned()),
            ..Mistake::of_file(self.file, message)
        });
    }

    /// All there is to be said of what cannot be read at all.
    pub(super) fn unreadable(&mut self, message: &str) -> Error {
        if self.mistakes.is_empty() {
            let mistake = Mistake::of_file(self.file, message.to_owned());
            self.mistakes.push(mistake);
        }
        Error::Wrong(std::mem::take(&mut self.mistakes))
    }

    /// Something else was expected at `path`.
    pub(super) fn expected(&mut self, path: &str, expected: &str, found: &str) {
        let message = format!("expected {expected}, found `{found}`");
        if let Some(mistake) = self.add(path, found, message) {
            mistake.expected = Some(expected.to_owned());
        }
    }

    /// `found` is none of the known words; the nearest is offered.
    pub(super) fn unknown<'word>(
        &mut self,
        path: &str,
        what: &str,
        found: &str,
        known: impl IntoIterator<Item = &'word str>,
    ) {
        let known: Vec<&str> = known.into_iter().collect();
        let near = nearest(found, known.iter().copied());
        let advice = match near {
            Some(word) => format!("did you mean `{word}`?"),
            None if known.len() <= WORDS_LISTED_MAX => {
                format!("expected one of `{}`", known.join("`, `"))
            }
            None => "there is none like it".to_owned(),
        };
        let message = format!("unknown {what} `{found}`; {advice}");
        if let Some(mistake) = self.add(path, found, message) {
            mistake.expected = Some(format!("one of {}", known.join(", ")));
            mistake.nearest = near.map(str::to_owned);
            mistake.is_unknown_name = true;
        }
    }

    /// The value one of the known words stands for.
    pub(super) fn word<T: Copy>(
        &mut self,
        path: &str,
        what: &str,
        found: &str,
        known: &[(&'static str, T)],
    ) -> Option<T> {
        let value = known.iter().find(|(word, _)| *word == found);
        if value.is_none() {
            self.unknown(path, what, found, known.iter().map(|(word, _)| *word));
        }
        value.map(|(_, value)| *value)
    }

    /// An amount of money without a sign, in minor units; zero after a mistake.
    pub(super) fn amount(&mut self, path: &str, text: &str, currency: Currency) -> i64 {
        match Amount::parse(text, currency) {
            Ok(amount) => amount.minor_units,
            Err(error) => {
                let message = format!("`{text}` is no amount of {currency}: {error}");
                self.mistake(path, text, message);
                0
            }
        }
    }

    /// A number within bounds.
    pub(super) fn within(&mut self, path: &str, number: u64, (least, most): (u64, u64)) {
        if !(least..=most).contains(&number) {
            let found = number.to_string();
            self.expected(path, &format!("a number from {least} to {most}"), &found);
        }
    }

    /// A length of time, or `default` when nothing is written.
    pub(super) fn duration(
        &mut self,
        path: &str,
        text: Option<&String>,
        default: Duration,
    ) -> Duration {
        let Some(text) = text else { return default };
        let duration = parse_duration(text).filter(|duration| duration.is_positive());
        if duration.is_none() {
            self.expected(path, "a duration with its unit, such as 300s or 90d", text);
        }
        duration.unwrap_or(default)
    }

    /// Anything else.
    pub(super) fn mistake(&mut self, path: &str, found: &str, message: String) {
        self.add(path, found, message);
    }

    /// Anything else, with what was expected and what was near.
    pub(super) fn advised(
        &mut self,
        (path, found): (&str, &str),
        message: String,
        (expected, nearest): (&str, Option<&str>),
    ) {
        if let Some(mistake) = self.add(path, found, message) {
            mistake.expected = Some(expected.to_owned());
            mistake.nearest = nearest.map(str::to_owned);
            mistake.is_unknown_name = true;
        }
    }

    /// The first mistake.
    pub(super) fn first(self) -> Option<Mistake> {
        self.mistakes.into_iter().next()
    }

    /// The value, if there was no mistake.
    pub(super) fn finish<T>(self, value: T) -> Result<T, Error> {
        if self.mistakes.is_empty() {
            return Ok(value);
        }
        Err(Error::Wrong(self.mistakes))
    }

    /// One more, unless it is about what stands in for something mended.
    fn add(&mut self, path: &str, found: &str, message: String) -> Option<&mut Mistake> {
        let is_below = |mended: &String| {
            let rest = path.strip_prefix(mended.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        if self.mended.iter().any(is_below) {
            return None;
        }
        let (path, line) = match self.origin.written(path) {
            Some(written) => {
                let line = line_of(self.source, &written, found);
                (written, line)
            }
            // What another scenario says is not in this file.
            None => (path.to_owned(), None),
        };
        let excerpt = excerpt(self.source, line);
        self.mistakes.push(Mistake {
            line,
            column: column_of(excerpt, found),
            excerpt: excerpt.to_owned(),
            path,
            ..Mistake::of_file(self.file, message)
        });
        self.mistakes.last_mut()
    }
}

/// The next line below one that has the same key in the same column.
fn second_line(source: &str, first: Option<usize>, key: &str) -> Option<usize> {
    let first = first?;
    let column = |text: &str| {
        let at = text.find(key)?;
        let before = text.get(..at)?;
        let after = text.get(at + key.len()..)?;
        // Behind a dash, the first key stands two columns further out than its siblings.
        let is_key = before.chars().all(|it| it == ' ' || it == '-') && after.starts_with(':');
        is_key.then_some(at)
    };
    let wanted = column(source.lines().nth(first.checked_sub(1)?)?)?;
    let mut below = source.lines().enumerate().skip(first);
    let found = below.find(|(_, text)| column(text) == Some(wanted));
    found.map(|(index, _)| index + 1)
}

/// More words than these are not listed in a message.
const WORDS_LISTED_MAX: usize = 12;
