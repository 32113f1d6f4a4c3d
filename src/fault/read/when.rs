//! The conditions of a rule, member by member.

use http::HeaderName;
use serde_json::{Map, Value};

use crate::clock::{Timestamp, parse_duration};
use crate::fault::comparison::{Glob, Operator, TEXT_LENGTH_MAX, Test};
use crate::fault::condition::{Phase, Share, Tests, When};
use crate::fault::conditions::{self, CONSENT_TYPES, TESTS_MAX};
use crate::fault::routes::{self, METHODS};
use crate::id::{AccountId, ClientId, CustomerId, PaymentId};
use crate::pki::Thumbprint;

use super::{Reader, step};

impl Reader<'_> {
    pub(super) fn when(&mut self, written: &Value) -> Option<When> {
        if written.as_str() == Some(ALWAYS) {
            return Some(When::default());
        }
        let expected = "\"always\", or an object of conditions";
        if let Some(word) = written.as_str() {
            self.unlike(AT, (expected.to_owned(), word), vec![ALWAYS.to_owned()]);
            return None;
        }
        if !written.is_object() {
            self.expected(AT, expected, written);
            return None;
        }
        let names: Vec<_> = conditions::names().collect();
        let members = self.object(AT, written, &names)?;
        if members.is_empty() {
            self.expected(AT, "at least one condition, or \"always\"", written);
            return None;
        }
        let when = When {
            route: self.route(members),
            method: self.method(members),
            path: (self.word(members, "path", A_PATH, |text| {
                Glob::new(text).is_of_paths()
            }))
            .map(|pattern| Glob::new(&pattern)),
            client_id: self.client(members),
            customer_id: self.customer(members),
            consent_id: self.word(members, "consent_id", "the id of a consent", |_| true),
            consent_type: self.consent_type(members),
            account_id: self.account(members),
            payment_id: self
                .word(members, "payment_id", "the id of a payment", |text| {
                    PaymentId::parse(text).is_some()
                })
                .and_then(|text| PaymentId::parse(&text)),
            certificate: self.word(
                members,
                "certificate",
                "the thumbprint of a certificate, x5t#S256",
                |text| Thumbprint::parse(text).is_some(),
            ),
            claim: self.tests(members, "claim"),
            connection: self.count(members, "connection").map(u64::from),
            between: self.between(members),
            ttl: self.ttl(members),
            header: self.tests(members, "header"),
            query: self.tests(members, "query"),
            form: self.tests(members, "form"),
            body: self.tests(members, "body"),
            phase: self.phase(members),
            nth: self.count(members, "nth"),
            after: self.count(members, "after"),
            every: self.count(members, "every"),
            times: self.count(members, "times"),
            share: self.share(members),
            hold: self.hold(members),
        };
        self.judge_counts(&when);
        Some(when)
    }

    /// Whether there is a match that it fires on.
    fn judge_counts(&mut self, when: &When) {
        let Some(nth) = when.nth else { return };
        let skipped = when.after.unwrap_or(0);
        let every = when.every.unwrap_or(1);
        let expected = if nth <= skipped {
            format!("a number above {skipped}: `after` skips the first {skipped} matches")
        } else if !(nth - skipped).is_multiple_of(every) {
            let first = u64::from(skipped) + u64::from(every);
            format!("a match that `every` takes, such as {first}")
        } else {
            return;
        };
        self.expected(&format!("{AT}/nth"), expected, &nth.into());
    }

    fn method(&mut self, members: &Map<String, Value>) -> Option<Box<str>> {
        let text = self.text(members, "method")?;
        if !METHODS.contains(&text) {
            self.unknown(&format!("{AT}/method"), text, METHODS.iter().copied());
            return None;
        }
        Some(text.into())
    }

    fn text<'v>(&mut self, members: &'v Map<String, Value>, name: &str) -> Option<&'v str> {
        let value = members.get(name)?;
        let text = (value.as_str()).filter(|text| (1..=TEXT_LENGTH_MAX).contains(&text.len()));
        if text.is_none() {
            self.expected(&format!("{AT}/{name}"), "a text", value);
        }
        text
    }

    fn word(
        &mut self,
        members: &Map<String, Value>,
        name: &str,
        expected: &str,
        is_right: impl Fn(&str) -> bool,
    ) -> Option<Box<str>> {
        let text = self.text(members, name)?;
        if !is_right(text) {
            self.expected(&format!("{AT}/{name}"), expected, &text.into());
            return None;
        }
        Some(text.into())
    }

    fn route(&mut self, members: &Map<String, Value>) -> Option<Box<str>> {
        let text = self.text(members, "route")?;
        if !routes::is_known(text) {
            self.unknown(&format!("{AT}/route"), text, routes::prefixes());
            return None;
        }
        Some(text.into())
    }

    fn client(&mut self, members: &Map<String, Value>) -> Option<ClientId> {
        let id = self.text(members, "client_id")?;
        let known = &self.known.clients;
        if !known.iter().any(|client| client == id) {
            self.unknown(
                &format!("{AT}/client_id"),
                id,
                known.iter().map(String::as_str),
            );
        }
        Some(ClientId::new(id))
    }

    fn customer(&mut self, members: &Map<String, Value>) -> Option<CustomerId> {
        let named = self.text(members, "customer_id")?;
        let known = &self.known.customers;
        let found = known
            .iter()
            .find(|(username, id)| username == named || id.to_string() == named);
        if found.is_none() {
            let names = known.iter().map(|(username, _)| username.as_str());
            self.unknown(&format!("{AT}/customer_id"), named, names);
        }
        found.map(|(_, id)| *id)
    }

    fn account(&mut self, members: &Map<String, Value>) -> Option<AccountId> {
        let named = self.text(members, "account_id")?;
        let known = &self.known.accounts;
        let found = AccountId::parse(named).filter(|id| known.contains(id));
        if found.is_none() {
            let ids: Vec<_> = known.iter().map(ToString::to_string).collect();
            let ids = ids.iter().map(String::as_str);
            self.unknown(&format!("{AT}/account_id"), named, ids);
        }
        found
    }

    fn consent_type(&mut self, members: &Map<String, Value>) -> Option<Box<str>> {
        let text = self.text(members, "consent_type")?;
        if !CONSENT_TYPES.contains(&text) {
            let known = CONSENT_TYPES.iter().copied();
            self.unknown(&format!("{AT}/consent_type"), text, known);
        }
        Some(text.into())
    }

    fn phase(&mut self, members: &Map<String, Value>) -> Option<Phase> {
        let text = self.text(members, "phase")?;
        let phase = Phase::ALL.into_iter().find(|phase| phase.as_str() == text);
        if phase.is_none() {
            let known = Phase::ALL.map(Phase::as_str);
            self.unknown(&format!("{AT}/phase"), text, known);
        }
        phase
    }

    fn count(&mut self, members: &Map<String, Value>, name: &str) -> Option<u32> {
        let value = members.get(name)?;
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| *number > 0);
        if number.is_none() {
            self.expected(&format!("{AT}/{name}"), "a whole number from 1", value);
        }
        number
    }

    fn between(&mut self, members: &Map<String, Value>) -> Option<(Timestamp, Timestamp)> {
        let value = members.get("between")?;
        let moment = |value: &Value| Timestamp::parse(value.as_str()?).ok();
        let both = match value.as_array().map(Vec::as_slice) {
            Some([from, to]) => moment(from).zip(moment(to)),
            _ => None,
        };
        let both = both.filter(|(from, to)| from < to);
        if both.is_none() {
            let expected = "two bank times, the earlier one first, such as \
                            [2026-11-20T09:00:00Z, 2026-11-20T10:00:00Z]";
            self.expected(&format!("{AT}/between"), expected, value);
        }
        both
    }

    fn ttl(&mut self, members: &Map<String, Value>) -> Option<time::Duration> {
        let value = members.get("ttl")?;
        let ttl = value.as_str().and_then(parse_duration);
        let ttl = ttl.filter(|ttl| ttl.is_positive());
        if ttl.is_none() {
            let expected = "a duration of real time with its unit, such as 30s";
            self.expected(&format!("{AT}/ttl"), expected, value);
        }
        ttl
    }

    fn share(&mut self, members: &Map<String, Value>) -> Option<Share> {
        let value = members.get("share")?;
        let share = match value {
            Value::Number(number) => Share::parse(&number.to_string()),
            Value::String(text) => Share::parse(text),
            _ => None,
        };
        if share.is_none() {
            let expected = "a number from 0 to 1 with at most nine decimals";
            self.expected(&format!("{AT}/share"), expected, value);
        }
        share
    }

    fn hold(&mut self, members: &Map<String, Value>) -> bool {
        match members.get("hold") {
            None => false,
            Some(Value::Bool(hold)) => *hold,
            Some(other) => {
                self.expected(&format!("{AT}/hold"), "true or false", other);
                false
            }
        }
    }

    fn tests(&mut self, members: &Map<String, Value>, name: &str) -> Tests {
        let Some(value) = members.get(name) else {
            return Tests::new();
        };
        let at = format!("{AT}/{name}");
        let fits = |tests: &&Map<String, Value>| (1..=TESTS_MAX).contains(&tests.len());
        let Some(tests) = value.as_object().filter(fits) else {
            let expected = format!("an object of 1 to {TESTS_MAX} names, each with its value");
            self.expected(&at, expected, value);
            return Tests::new();
        };
        let mut read = Tests::new();
        for (key, value) in tests {
            if let Some(expected) = misnamed(name, key) {
                self.expected(&at, expected, &key.as_str().into());
            }
            let at = format!("{at}/{}", step(key));
            let key = if name == "header" {
                key.to_ascii_lowercase()
            } else {
                key.clone()
            };
            let test = self.test(&at, value);
            if matches!(name, "header" | "query" | "form") {
                self.judge_nulls(&at, value);
            }
            read.extend(test.map(|test| (key.into(), test)));
        }
        read
    }

    /// A header, a parameter or a field is a text or is not there: it is never null.
    fn judge_nulls(&mut self, pointer: &str, value: &Value) {
        let expected = "a text, a number, true or false; `present: false` for none at all";
        match value {
            Value::Null => self.expected(pointer, expected, value),
            Value::Object(questions) => {
                for (word, _) in questions.iter().filter(|(_, operand)| operand.is_null()) {
                    self.expected(&format!("{pointer}/{word}"), expected, &Value::Null);
                }
            }
            _ => {}
        }
    }

    fn test(&mut self, pointer: &str, value: &Value) -> Option<Test> {
        let Some(questions) = value.as_object() else {
            if !Operator::Equals.takes(value) {
                self.expected(pointer, "a value, or an object of comparisons", value);
                return None;
            }
            return Some(Test(vec![(Operator::Equals, value.clone())]));
        };
        if questions.is_empty() {
            self.expected(pointer, "at least one comparison", value);
        }
        let mut test = Vec::new();
        for (word, operand) in questions {
            let at = format!("{pointer}/{}", step(word));
            let known = Operator::ALL
                .into_iter()
                .find(|known| known.as_str() == word);
            match known {
                None => self.unknown(&at, word, Operator::ALL.map(Operator::as_str)),
                Some(operator) if !operator.takes(operand) => {
                    self.expected(&at, operator.operand(), operand);
                }
                Some(operator) => test.push((operator, operand.clone())),
            }
        }
        Some(Test(test))
    }
}

/// What would be right instead of a name that nothing can have.
fn misnamed(condition: &str, name: &str) -> Option<&'static str> {
    match condition {
        "body" if !name.starts_with('/') => Some("a JSON pointer, such as /data/amount"),
        "header" if name.parse::<HeaderName>().is_err() => {
            Some("a header's name, such as x-customer-user-agent")
        }
        _ if name.is_empty() => Some("a name"),
        _ => None,
    }
}

/// What would be right as `path`.
const A_PATH: &str = "a path, which begins with a slash, with * for what is in a segment";
/// Where conditions stand.
const AT: &str = "/when";
/// The word for no conditions at all.
pub(crate) const ALWAYS: &str = "always";
