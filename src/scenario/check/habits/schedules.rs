//! Standing orders, direct debits and saved payees of a scenario.

use super::Under;
use crate::banking::beneficiary;
use crate::banking::identifier::{Iban, Identifier, Scheme, SortCodeAccountNumber};
use crate::banking::rhythm::Pace;
use crate::banking::schedule::direct_debit::Season;
use crate::banking::schedule::{FrequencyKind, ScheduleStatus};
use crate::scenario::person::{BeneficiaryFile, DirectDebitFile, StandingOrderFile};
use crate::scenario::plan::habit::{Course, DirectDebit, StandingOrder};

/// How often, when, whether, and since when, as both kinds of file write it.
struct CourseFile<'file> {
    every: Option<&'file String>,
    day: Option<i8>,
    month: Option<u8>,
    status: Option<&'file String>,
    months_ago: (Option<u8>, Option<u8>),
}

impl Under<'_, '_> {
    pub(super) fn standing_order(&mut self, file: &StandingOrderFile) -> StandingOrder {
        self.check_reference(&file.reference);
        let course = self.course(&CourseFile {
            every: file.every.as_ref(),
            day: file.day,
            month: file.month,
            status: file.status.as_ref(),
            months_ago: (file.since_months_ago, file.ended_months_ago),
        });
        let is_active = course.status == ScheduleStatus::Active;
        if is_active && course.rhythm.pace == Pace::Unsaid {
            let path = format!("{}.every", self.path);
            let expected = "a frequency that says when, of an active standing order";
            self.checker.expected(&path, expected, course.kind.as_str());
        }
        if let Some(left) = file.payments_left {
            let path = format!("{}.payments_left", self.path);
            self.checker
                .within(&path, u64::from(left), (1, PAYMENTS_MAX));
        } else if let Some(amount) = &file.final_amount {
            let path = format!("{}.final_amount", self.path);
            self.checker
                .expected(&path, "`payments_left` beside it", &amount.0);
        }
        StandingOrder {
            to: self.payee("to", &file.to),
            reference: file.reference.clone(),
            amount: self.amount("amount", &file.amount),
            course,
            first_amount: (file.first_amount.as_ref())
                .map(|text| self.amount("first_amount", text)),
            final_amount: (file.final_amount.as_ref())
                .map(|text| self.amount("final_amount", text)),
            payments_left: file.payments_left.filter(|_| is_active),
            raise_percent: file.raise_percent.min(super::PERCENT_MAX),
        }
    }

    pub(super) fn direct_debit(&mut self, file: &DirectDebitFile) -> DirectDebit {
        for month in &file.skip_months {
            self.within("skip_months", *month, (1, 12));
        }
        DirectDebit {
            originator: file.originator.clone(),
            mandate: file.mandate.0.clone(),
            season: Season {
                minor_units: self.amount("amount", &file.amount),
                winter_percent: file.winter_percent,
                skip_months: file.skip_months.clone(),
            },
            course: self.course(&CourseFile {
                every: file.every.as_ref(),
                day: file.day,
                month: file.month,
                status: file.status.as_ref(),
                months_ago: (file.since_months_ago, file.ended_months_ago),
            }),
            is_never_collected: file.never_collected,
            returned_months_ago: file.returned_months_ago.clone(),
        }
    }

    pub(super) fn beneficiary(&mut self, file: &BeneficiaryFile) -> beneficiary::Payee {
        let reference = file.reference.clone();
        for (key, text, length_max) in [
            ("name", Some(&file.name), 350),
            ("reference", reference.as_ref(), 35),
            (
                "roll_number",
                file.roll_number.as_ref().map(|text| &text.0),
                34,
            ),
        ] {
            let is_wrong = |text: &&String| !(1..=length_max).contains(&text.chars().count());
            if let Some(text) = text.filter(is_wrong) {
                let expected = format!("1 to {length_max} characters");
                let path = format!("{}.{key}", self.path);
                self.checker.expected(&path, &expected, text);
            }
        }
        let (scheme, id) = self.beneficiary_account(file);
        beneficiary::Payee {
            is_trusted: file.trusted,
            reference,
            creditor: Identifier {
                scheme,
                id,
                name: Some(file.name.clone()),
                secondary_id: file.roll_number.as_ref().map(|text| text.0.clone()),
            },
            agent: file.agent.clone(),
        }
    }

    fn beneficiary_account(&mut self, file: &BeneficiaryFile) -> (Scheme, String) {
        let (iban, roll) = (file.iban.as_ref(), file.roll_number.as_ref());
        match (&file.sort_code, &file.number, iban) {
            (Some(sort_code), Some(number), None) => {
                let text = format!("{}-{}", sort_code.0, number.0);
                if SortCodeAccountNumber::parse(&text).is_none() {
                    let expected = "a sort code of six digits and a number of eight";
                    self.checker.expected(&self.path.clone(), expected, &text);
                }
                (Scheme::SortCodeAccountNumber, text)
            }
            (None, None, Some(iban)) if roll.is_none() => {
                let is_iban = Iban::parse(&iban.0).is_some_and(|iban| iban.passes_mod_97());
                if !is_iban {
                    let path = format!("{}.iban", self.path);
                    self.checker
                        .expected(&path, "an IBAN that passes its check", &iban.0);
                }
                (Scheme::Iban, iban.0.clone())
            }
            _ => {
                let expected =
                    "either `sort_code` and `number`, perhaps with `roll_number`, or `iban`";
                self.checker
                    .expected(&self.path.clone(), expected, &file.name);
                (Scheme::Iban, String::new())
            }
        }
    }

    fn course(&mut self, file: &CourseFile<'_>) -> Course {
        let kinds = FrequencyKind::ALL.map(|kind| (kind.as_str(), kind));
        let statuses = ScheduleStatus::ALL.map(|status| (status.as_str(), status));
        let kind = self
            .word("every", file.every, &kinds)
            .unwrap_or(FrequencyKind::Monthly);
        let status = self.word("status", file.status, &statuses);
        let status = status.unwrap_or(ScheduleStatus::Active);
        let month = file.month.unwrap_or(1);
        self.within("month", month, (1, 12));
        let (since, ended) = file.months_ago;
        if ended == Some(0) || (ended.is_some() && status == ScheduleStatus::Active) {
            let path = format!("{}.ended_months_ago", self.path);
            let expected = "1 or more, of one that is not active";
            let found = ended.unwrap_or_default().to_string();
            self.checker.expected(&path, expected, &found);
        }
        let day = self.day(kind.pace(), file.day);
        Course {
            kind,
            rhythm: kind.rhythm(day, month.clamp(1, 12)),
            status,
            since_months_ago: since,
            ended_months_ago: (status != ScheduleStatus::Active).then(|| ended.unwrap_or(1)),
        }
    }

    fn day(&mut self, pace: Pace, day: Option<i8>) -> i8 {
        let (fits, expected) = match pace {
            Pace::Days | Pace::Unsaid | Pace::WorkingDays => (day.is_none(), "no day"),
            Pace::Months(_) => (
                day.is_some_and(|day| day == -1 || (1..=31).contains(&day)),
                "a day of the month, 1 to 31, or -1",
            ),
            Pace::Weeks(_) => (
                day.is_some_and(|day| (1..=7).contains(&day)),
                "a day of the week, 1 to 7",
            ),
        };
        if !fits {
            let path = format!("{}.day", self.path);
            let found = day.map_or_else(|| "nothing".to_owned(), |day| day.to_string());
            self.checker.expected(&path, expected, &found);
        }
        day.unwrap_or(1)
    }
}

/// Nobody arranges more, and the last of all is counted up to.
const PAYMENTS_MAX: u64 = 1_000;
