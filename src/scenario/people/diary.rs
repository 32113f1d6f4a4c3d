//! What happened on the accounts, as it is written down: rows with their account, not yet in order.
//!
//! A writer knows the bank's time, so it decides what is booked, what is still pending, and what lies
//! in the future and is not written at all.

use time::Date;

use super::window::{Window, midnight, moment};
use crate::banking::code::TransactionCode;
use crate::banking::transaction::{
    CardAuthorization, CardInstrument, CardScheme, Entry, TransactionStatus,
};
use crate::clock::Timestamp;

/// All rows of all accounts, in the order written.
#[derive(Default)]
pub(super) struct Diary {
    rows: Vec<Written>,
}

/// A row and whose it is.
pub(super) struct Written {
    /// The place of its account among all of the bank.
    pub(super) account: usize,
    pub(super) entry: Entry,
}

impl Diary {
    /// Writes about one account.
    pub(super) fn about(&mut self, account: usize, window: Window, last_four: u16) -> Writer<'_> {
        Writer {
            rows: &mut self.rows,
            account,
            window,
            card: card_of(last_four),
        }
    }

    /// All rows.
    pub(super) fn into_rows(self) -> Vec<Written> {
        self.rows
    }
}

/// The card of an account.
pub(super) const fn card_of(last_four: u16) -> CardInstrument {
    CardInstrument {
        scheme: match last_four % 3 {
            0 => CardScheme::Mastercard,
            _ => CardScheme::Visa,
        },
        authorization: CardAuthorization::None,
        last_four,
    }
}

/// A hand that writes about one account.
pub(super) struct Writer<'diary> {
    rows: &'diary mut Vec<Written>,
    account: usize,
    pub(super) window: Window,
    card: CardInstrument,
}

impl Writer<'_> {
    /// A row due on a day, booked at its first second. `None` when the day is not in the window.
    pub(super) fn due(
        &mut self,
        code: TransactionCode,
        minor_units: i64,
        day: Date,
    ) -> Option<&mut Entry> {
        let at = moment(day, 0);
        let is_covered = self.window.has_room_for(day) && at <= self.window.now;
        is_covered.then(|| self.write(Entry::booked(code, minor_units, at)))
    }

    /// A row booked the moment it happens. `None` when that moment is not in the window.
    pub(super) fn at_once(
        &mut self,
        code: TransactionCode,
        minor_units: i64,
        at: Timestamp,
    ) -> Option<&mut Entry> {
        let is_covered = self.covers(at);
        is_covered.then(|| self.write(Entry::booked(code, minor_units, at)))
    }

    /// A row made with the card, pending until it is booked. `None` when not made in the window.
    pub(super) fn by_card(
        &mut self,
        (code, authorization): (TransactionCode, CardAuthorization),
        minor_units: i64,
        (made_at, booked_at): (Timestamp, Timestamp),
    ) -> Option<&mut Entry> {
        let is_covered = self.covers(made_at);
        let status = if booked_at <= self.window.now {
            TransactionStatus::Booked
        } else {
            TransactionStatus::Pending
        };
        let card = Some(CardInstrument {
            authorization,
            ..self.card
        });
        is_covered.then(|| {
            self.write(Entry {
                status,
                value_at: midnight(made_at),
                card,
                ..Entry::booked(code, minor_units, booked_at)
            })
        })
    }

    /// The same row on another account, with the sign turned: the other leg of a transfer.
    pub(super) fn other_leg(&mut self, account: usize, entry: Entry) -> &mut Entry {
        let minor_units = -entry.minor_units;
        let row = Written {
            account,
            entry: Entry {
                minor_units,
                ..entry
            },
        };
        &mut self.rows.push_mut(row).entry
    }

    /// This account's booked rows, written so far by whomever, in the order of booking.
    pub(super) fn booked(&self) -> Vec<(Timestamp, i64)> {
        let mut booked: Vec<_> = (self.rows.iter())
            .filter(|row| row.account == self.account)
            .filter(|row| row.entry.status == TransactionStatus::Booked)
            .map(|row| (row.entry.booked_at, row.entry.minor_units))
            .collect();
        booked.sort_unstable();
        booked
    }

    /// What those rows come to in the months they were booked in.
    pub(super) fn booked_by_month(&self) -> Vec<(Date, i64)> {
        let mut months: Vec<(Date, i64)> = Vec::new();
        for (at, minor_units) in self.booked() {
            let day = at.date();
            match months.last_mut() {
                Some((last, sum)) if (last.year(), last.month()) == (day.year(), day.month()) => {
                    *sum += minor_units;
                }
                _ => months.push((day, minor_units)),
            }
        }
        months
    }

    fn covers(&self, at: Timestamp) -> bool {
        at <= self.window.until && at >= moment(self.window.first, 0)
    }

    fn write(&mut self, entry: Entry) -> &mut Entry {
        let row = Written {
            account: self.account,
            entry,
        };
        &mut self.rows.push_mut(row).entry
    }
}
