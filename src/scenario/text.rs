//! Small values as scenarios write them: texts that must be quoted, durations with units.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};
use time::Duration;

use crate::clock::Timestamp;

pub(crate) use crate::clock::parse_duration;

/// A text that must not look like a number: an id, an amount, a sort code, an account number.
/// YAML reads `5432.10` without quotes as the number 5432.1: it is refused instead of mangled.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Quoted(pub(super) String);

impl<'de> Deserialize<'de> for Quoted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(QuotedVisitor)
    }
}

impl Serialize for Quoted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

struct QuotedVisitor;

impl Visitor<'_> for QuotedVisitor {
    type Value = Quoted;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text in quotes (amounts, ids and account numbers must be strings)")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Quoted, E> {
        Ok(Quoted(text.to_owned()))
    }
}

/// Writes a duration as [`parse_duration`] reads it, in the largest unit that tells it.
pub(super) fn duration_text(duration: Duration) -> String {
    let ms = duration.whole_milliseconds();
    let whole = |(unit_ms, _): &&(i128, &str)| ms % unit_ms == 0;
    let (unit_ms, unit) = UNITS.iter().find(whole).unwrap_or(&(1, "ms"));
    format!("{}{unit}", ms / unit_ms)
}

/// Reads when bank time begins; `None` within for `now`. Histories reach years back and calendars end, so
/// that the far ends of time are no start.
///
/// # Errors
/// When the text is neither.
pub(crate) fn parse_start(text: &str) -> Result<Option<Timestamp>, NotAStart> {
    if text == "now" {
        return Ok(None);
    }
    let start = Timestamp::parse(text).map_err(|_| NotAStart)?;
    is_in_calendar(start)
        .then_some(Some(start))
        .ok_or(NotAStart)
}

/// Whether bank time may be there: bank holidays and histories reach years back and forth.
pub(crate) fn is_in_calendar(moment: Timestamp) -> bool {
    (1900..2200).contains(&moment.date().year())
}

/// A text that is no start.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected now, or an RFC 3339 instant from 1900 to 2199 such as 2026-11-20T09:00:00Z")]
pub(crate) struct NotAStart;

/// The known word most like `text`, when one is near enough to be what was meant.
pub(crate) fn nearest<'word>(
    text: &str,
    known: impl IntoIterator<Item = &'word str>,
) -> Option<&'word str> {
    (known.into_iter())
        .map(|word| (strsim::damerau_levenshtein(text, word), word))
        .min()
        .filter(|(distance, word)| *distance <= (word.chars().count() / 3).max(1))
        .map(|(_, word)| word)
}

/// Units of time from the largest.
const UNITS: [(i128, &str); 5] = [
    (86_400_000, "d"),
    (3_600_000, "h"),
    (60_000, "m"),
    (1_000, "s"),
    (1, "ms"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_text_is_never_a_number() {
        for right in ["'00000000'", "\"5432.10\"", "acc_1234567890"] {
            assert!(serde_yaml::from_str::<Quoted>(right).is_ok(), "{right}");
        }
        // YAML 1.2 reads digits after a leading zero as text already, zeros and all.
        let zeros: Quoted = serde_yaml::from_str("00000000").unwrap();
        assert_eq!(zeros.0, "00000000");
        for wrong in [
            "12345678", "5432.10", "1e5", "true", "~", "[a]", "{a: b}", "-250.00",
        ] {
            assert!(serde_yaml::from_str::<Quoted>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn durations_need_a_unit() {
        for (text, seconds) in [
            ("300s", 300),
            ("5m", 300),
            ("90d", 7_776_000),
            ("2000ms", 2),
        ] {
            let read = parse_duration(text);
            assert_eq!(read, Some(Duration::seconds(seconds)), "{text}");
        }
        for text in [
            "",
            "300",
            "s",
            "-5s",
            "5 s",
            "1.5h",
            "5S",
            "99999999999999999999s",
            "9223372036854775807d",
        ] {
            assert_eq!(parse_duration(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_duration_is_written_as_it_is_read() {
        for text in ["90d", "1h", "5m", "90s", "61s", "250ms", "7d"] {
            let read = parse_duration(text).unwrap();
            assert_eq!(duration_text(read), text);
        }
        assert_eq!(duration_text(Duration::seconds(300)), "5m");
    }

    #[test]
    fn the_nearest_word_is_near() {
        let words = ["fapi1-advanced", "relaxed"];
        assert_eq!(nearest("relaxd", words), Some("relaxed"));
        assert_eq!(nearest("fapi1_advanced", words), Some("fapi1-advanced"));
        assert_eq!(nearest("strict", words), None);
    }
}
