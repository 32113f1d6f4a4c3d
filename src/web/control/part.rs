//! An object of a body, read member by member: each refusal says where, what was expected, and what was near.

use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::json;
use crate::money::{Amount, Currency};
use crate::scenario::is_in_calendar;

use super::error::Problem;
use super::members;

/// An object, and where it stands in the body.
pub(super) struct Part<'b> {
    members: &'b Map<String, Value>,
    pointer: String,
}

impl<'b> Part<'b> {
    /// The body itself, of which `known` are all members there may be.
    pub(super) fn whole(members: &'b Map<String, Value>, known: &[&str]) -> Result<Self, Problem> {
        members::check_members("", members, known)?;
        let pointer = String::new();
        Ok(Self { members, pointer })
    }

    /// Where a member stands.
    pub(super) fn at(&self, name: &str) -> String {
        format!("{}/{name}", self.pointer)
    }

    /// Whether there is such a member.
    pub(super) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// The member itself.
    pub(super) fn value(&self, name: &str) -> Option<&'b Value> {
        self.members.get(name)
    }

    /// A member that is an object itself, of which `known` are all members there may be.
    pub(super) fn part(&self, name: &str, known: &[&str]) -> Result<Option<Part<'b>>, Problem> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let pointer = self.at(name);
        let members = value.as_object().ok_or_else(|| {
            let expected = format!("an object with {}", known.join(", "));
            Problem::invalid(&pointer, expected, json::kind(value).to_owned())
        })?;
        members::check_members(&pointer, members, known)?;
        Ok(Some(Part { members, pointer }))
    }

    /// A text of 1 to `max` characters, none of them a control character.
    pub(super) fn text(&self, name: &str, max: usize) -> Result<Option<&'b str>, Problem> {
        let Some(text) = members::text(self.members, &self.pointer, name)? else {
            return Ok(None);
        };
        let length = text.chars().count();
        if (1..=max).contains(&length) && !text.chars().any(char::is_control) {
            return Ok(Some(text));
        }
        let expected = format!("1 to {max} characters, none of them a control character");
        let detail = format!("{length} characters were sent");
        Err(Problem::invalid(&self.at(name), expected, detail))
    }

    /// The value of one of some words.
    pub(super) fn word<T: Copy>(
        &self,
        name: &str,
        known: &[(&'static str, T)],
    ) -> Result<Option<T>, Problem> {
        let Some(word) = members::text(self.members, &self.pointer, name)? else {
            return Ok(None);
        };
        let found = known.iter().find(|(known, _)| *known == word);
        let found = found.map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<_> = known.iter().map(|(word, _)| *word).collect();
            Problem::unknown_name(&self.at(name), word, &words)
        });
        found.map(Some)
    }

    /// A moment that calendars know.
    pub(super) fn moment(&self, name: &str) -> Result<Option<Timestamp>, Problem> {
        let Some(text) = members::text(self.members, &self.pointer, name)? else {
            return Ok(None);
        };
        let moment = Timestamp::parse(text).ok().filter(|at| is_in_calendar(*at));
        let expected = "a moment from 1900 to 2199 such as 2026-11-20T09:00:00Z";
        moment
            .map(Some)
            .ok_or_else(|| Problem::invalid(&self.at(name), expected, text.to_owned()))
    }

    /// Money: `{"amount": "12.30", "currency": "GBP"}`, of this currency where only one makes sense.
    pub(super) fn money(
        &self,
        name: &str,
        only: Option<Currency>,
    ) -> Result<Option<Amount>, Problem> {
        let Some(part) = self.part(name, &["amount", "currency"])? else {
            return Ok(None);
        };
        let currency = match only {
            Some(only) => vec![(only.code(), only)],
            None => Currency::ALL.map(|known| (known.code(), known)).to_vec(),
        };
        let currency = part.word("currency", &currency)?;
        let at = part.at("currency");
        let currency = members::needed(currency, &at, "the code of a currency")?;
        let at = part.at("amount");
        let text = members::text(part.members, &part.pointer, "amount")?;
        let text = members::needed(text, &at, "an amount such as \"12.30\"")?;
        let amount = Amount::parse(text, currency);
        let wrong = |error: crate::money::NotAnAmount| {
            Problem::invalid(
                &at,
                "an amount such as \"12.30\"",
                format!("{text:?} {error}"),
            )
        };
        amount.map(Some).map_err(wrong)
    }
}
