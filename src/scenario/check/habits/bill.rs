//! What comes in on fixed days, and what references may say.

use super::{PERCENT_MAX, SPREADS, Under};
use crate::banking::code::TransactionCode;
use crate::banking::identifier::Iban;
use crate::scenario::person::habit::{BonusFile, IncomeFile};
use crate::scenario::plan::habit::{Income, Rhythm};
use crate::scenario::text::Quoted;

impl Under<'_, '_> {
    pub(super) fn income(&mut self, file: &IncomeFile) -> Income {
        let codes = INCOME_CODES.map(|code| (code.as_str(), code));
        let code = self.word("code", file.code.as_ref(), &codes);
        Income {
            payer: file.payer.clone(),
            information: (file.information.clone()).unwrap_or_else(|| file.payer.to_uppercase()),
            amount: self.amount("amount", &file.amount),
            every: self.rhythm(&file.every, file.day, file.percent_a_day),
            code: code.unwrap_or(TransactionCode::Salary),
            spread: self.word("spread", file.spread.as_ref(), &SPREADS),
            raise_percent: file.raise_percent.min(PERCENT_MAX),
            bonus: file.bonus.as_ref().map(|bonus| self.bonus(bonus)),
            iban: file.iban.as_ref().and_then(|iban| self.iban(iban)),
            charge: (file.charge.as_ref()).map(|charge| self.amount("charge", charge)),
            exchange: (file.exchange.as_ref()).and_then(|exchange| {
                self.exchange("exchange", (&exchange.currency, &exchange.rate))
            }),
        }
    }

    fn iban(&mut self, text: &Quoted) -> Option<Iban> {
        let iban = Iban::parse(&text.0);
        if iban.is_none() {
            let path = format!("{}.iban", self.path);
            let expected = "an IBAN with the right length and check digits";
            self.checker.expected(&path, expected, &text.0);
        }
        iban
    }

    pub(super) fn bonus(&mut self, bonus: &BonusFile) -> (u8, i64) {
        self.within("bonus.month", bonus.month, (1, 12));
        (bonus.month, self.amount("bonus.amount", &bonus.amount))
    }

    pub(super) fn rhythm(
        &mut self,
        every: &str,
        day: Option<u8>,
        percent_a_day: Option<u8>,
    ) -> Rhythm {
        let day = day.unwrap_or(1);
        match every {
            "last_working_day" => Rhythm::LastWorkingDay,
            "monthly" => Rhythm::Monthly(self.day_of_month(day)),
            "four_weekly" | "weekly" => {
                self.within("day", day, (1, 7));
                match every {
                    "weekly" => Rhythm::Weekly(day),
                    _ => Rhythm::FourWeekly(day),
                }
            }
            "irregular" => {
                let percent = percent_a_day.unwrap_or_default();
                self.within("percent_a_day", percent, (1, PERCENT_MAX));
                Rhythm::Irregular(percent)
            }
            "working_days" => Rhythm::WorkingDays,
            unknown => {
                let path = format!("{}.every", self.path);
                self.checker.unknown(&path, "rhythm", unknown, RHYTHMS);
                Rhythm::LastWorkingDay
            }
        }
    }

    /// What the schemes carry has 18 characters.
    pub(super) fn check_reference(&mut self, reference: &str) {
        if reference.chars().count() > REFERENCE_MAX {
            let path = format!("{}.reference", self.path);
            self.checker
                .expected(&path, "at most 18 characters", reference);
        }
    }
}

/// What the schemes carry.
const REFERENCE_MAX: usize = 18;
const RHYTHMS: [&str; 6] = [
    "four_weekly",
    "irregular",
    "last_working_day",
    "monthly",
    "weekly",
    "working_days",
];
const INCOME_CODES: [TransactionCode; 5] = [
    TransactionCode::Salary,
    TransactionCode::Bacs,
    TransactionCode::FasterPayment,
    TransactionCode::Sepa,
    TransactionCode::Swift,
];
