//! Closed forms of short ASCII texts: runs of characters, matched here and printed as a regular expression.

use std::fmt::Write as _;

/// A text that is one of some sequences of runs.
#[derive(Debug)]
pub(crate) struct Form {
    /// What it is, for people: "3 or 4 digits".
    pub(crate) about: &'static str,
    /// The sequences, any of which will do.
    pub(crate) either: &'static [&'static [Run]],
}

/// So many characters of one class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    class: Class,
    min: usize,
    max: usize,
}

/// Characters that may stand in for each other; ASCII alone.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Class {
    /// `0` to `9`.
    Digit,
    /// This one.
    Only(char),
    /// `A` to `Z`.
    Upper,
    /// `A` to `Z`, `0` to `9`.
    UpperOrDigit,
}

impl Run {
    /// From `min` to `max` characters of `class`.
    pub(crate) const fn new(class: Class, min: usize, max: usize) -> Self {
        Self { class, min, max }
    }
}

impl Form {
    /// Whether a text has this form.
    pub(super) fn fits(&self, text: &str) -> bool {
        self.either.iter().any(|runs| fits(runs, text))
    }

    /// The form as a regular expression (ECMA-262).
    pub(super) fn pattern(&self) -> String {
        let either: Vec<_> = self.either.iter().map(|runs| pattern(runs)).collect();
        format!("^(?:{})$", either.join("|"))
    }
}

// The classes are ASCII, so that characters counted are bytes.
fn fits(runs: &[Run], text: &str) -> bool {
    let Some((run, rest)) = runs.split_first() else {
        return text.is_empty();
    };
    let taken = text.chars().take_while(|c| run.class.has(*c)).count();
    let mut lengths = run.min..=run.max.min(taken);
    lengths.any(|length| text.get(length..).is_some_and(|tail| fits(rest, tail)))
}

fn pattern(runs: &[Run]) -> String {
    runs.iter().fold(String::new(), |mut text, run| {
        let class = match run.class {
            Class::Digit => "[0-9]".to_owned(),
            Class::Only(c) => format!("[{c}]"),
            Class::Upper => "[A-Z]".to_owned(),
            Class::UpperOrDigit => "[A-Z0-9]".to_owned(),
        };
        // Writing to a text cannot fail.
        let _ = write!(text, "{class}{{{},{}}}", run.min, run.max);
        text
    })
}

impl Class {
    const fn has(self, c: char) -> bool {
        match self {
            Self::Digit => c.is_ascii_digit(),
            Self::Only(only) => c == only && c.is_ascii(),
            Self::Upper => c.is_ascii_uppercase(),
            Self::UpperOrDigit => c.is_ascii_uppercase() || c.is_ascii_digit(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pool::{AMOUNT, BIC, DECIMAL};

    #[test]
    fn forms_take_what_they_say_and_nothing_else() {
        for (form, good, bad) in [
            (
                &AMOUNT,
                &["0", "12.30", "9999999999999.99999"][..],
                &[
                    "",
                    ".",
                    "1.",
                    ".5",
                    "-0",
                    "-1",
                    "+1",
                    "1e5",
                    "1,00",
                    " 1",
                    "1 ",
                    "1.2.3",
                    "10000000000000000",
                    "1.234567",
                    "١٢",
                ][..],
            ),
            (
                &BIC,
                &["COBADEFF", "COBADEFFXXX"],
                &[
                    "",
                    "COBADEF",
                    "COBADEFFX",
                    "COBADEFFXXXX",
                    "cobadeff",
                    "COBA1EFF",
                    "COBADÉFF",
                ],
            ),
            (&DECIMAL, &["1", "1.1700"], &["1.", "1e3", "-1", "0x1"]),
        ] {
            for text in good {
                assert!(form.fits(text), "{text:?} is not {}", form.about);
            }
            for text in bad {
                assert!(!form.fits(text), "{text:?} is {}", form.about);
            }
        }
    }

    #[test]
    fn a_form_prints_as_a_pattern() {
        assert_eq!(
            AMOUNT.pattern(),
            "^(?:[0-9]{1,13}|[0-9]{1,13}[.]{1,1}[0-9]{1,5})$"
        );
    }
}
