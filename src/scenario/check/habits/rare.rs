//! What few accounts do: business payments, instalments, cheques, loans, cards paid in full.

use super::{SPREADS, Under};
use crate::banking::code::TransactionCode;
use crate::scenario::person::rare::{
    ChequeFile, InstalmentFile, LoanFile, OnceFile, PaidInFullFile, PaymentFile, RedirectFile,
};
use crate::scenario::plan::habit::{
    Cheque, Event, Instalment, Loan, Once, PaidInFull, Payment, Redirect,
};

impl Under<'_, '_> {
    pub(super) fn payment(&mut self, file: &PaymentFile) -> Payment {
        self.check_reference(&file.reference);
        for month in &file.months {
            self.within("months", *month, (1, 12));
        }
        let codes = [TransactionCode::FasterPayment, TransactionCode::Bacs]
            .map(|code| (code.as_str(), code));
        let code = self.word("code", file.code.as_ref(), &codes);
        Payment {
            to: self.payee("to", &file.to),
            reference: file.reference.clone(),
            amount: self.amount("amount", &file.amount),
            every: self.rhythm(&file.every, file.day, file.percent_a_day),
            months: file.months.clone(),
            spread: self.word("spread", file.spread.as_ref(), &SPREADS),
            code: code.unwrap_or(TransactionCode::FasterPayment),
        }
    }

    pub(super) fn instalment(&mut self, file: &InstalmentFile) -> Instalment {
        self.within("payments", file.payments, (2, 60));
        Instalment {
            merchant: self.merchant(&file.merchant),
            amount: self.amount("amount", &file.amount),
            day: self.day_of_month(file.day),
            payments: file.payments,
            since_months_ago: file.since_months_ago,
        }
    }

    pub(super) fn cheque(&mut self, file: &ChequeFile) -> Cheque {
        Cheque {
            drawer: file.drawer.clone(),
            number: file.number.0.clone(),
            amount: self.amount("amount", &file.amount),
            days_ago: file.days_ago,
            is_returned: file.returned,
        }
    }

    pub(super) fn once(&mut self, file: &OnceFile) -> Once {
        let what = match (&file.from, &file.at) {
            (None, Some(merchant)) => {
                let path = self.path.clone();
                if file.information.is_some() {
                    let expected = "no `information` beside `at`: a shop has its own";
                    self.checker.expected(&path, expected, merchant);
                }
                Event::Purchase(self.merchant_of("at", merchant))
            }
            (payer, at) => {
                let payer = payer.clone().unwrap_or_default();
                if payer.is_empty() || at.is_some() {
                    let path = self.path.clone();
                    self.checker
                        .expected(&path, "either `from` or `at`", &payer);
                }
                Event::Received {
                    information: (file.information.clone()).unwrap_or_else(|| payer.to_uppercase()),
                    payer,
                }
            }
        };
        Once {
            what,
            amount: self.amount("amount", &file.amount),
            days_ago: file.days_ago,
        }
    }

    pub(super) fn redirect(&mut self, file: &RedirectFile) -> Redirect {
        Redirect {
            payer: file.payer.clone(),
            information: file.information.clone(),
            amount: self.amount("amount", &file.amount),
            every: self.rhythm(&file.every, file.day, None),
            spread: self.word("spread", file.spread.as_ref(), &SPREADS),
            to: self.payee("to", &file.to),
        }
    }

    pub(super) fn loan(&mut self, file: &LoanFile) -> Loan {
        Loan {
            basis_points: self.scaled("loan.rate", &file.rate, 2),
            from: self.own_account("loan.from", &file.from),
            amount: self.amount("loan.amount", &file.amount),
            day: self.day_of_month(file.day),
        }
    }

    pub(super) fn paid_in_full(&mut self, file: &PaidInFullFile) -> PaidInFull {
        PaidInFull {
            from: self.own_account("paid_in_full.from", &file.from),
            mandate: file.mandate.0.clone(),
            statement_day: self.day_of_month(file.statement_day),
        }
    }
}
