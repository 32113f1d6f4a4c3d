//! Rows that come from outside: what payments leave behind, and what somebody puts in by hand.
//!
//! A bank forgets no row that it has booked, nor the texts, references and names on it, even when the
//! payment that left it is long gone. What the bank does by itself is bounded by its calendar; what comes from
//! outside is bounded here.

use super::transaction::Entry;
use super::{Book, Error};
use crate::id::{AccountId, TransactionId};

impl Book {
    /// Whether one more row may come from outside. Whoever brings one asks first; what follows from a
    /// payment that was taken on always finds room.
    #[must_use]
    pub(super) const fn has_room_for_rows(&self) -> bool {
        self.from_outside < ROWS_MAX
    }

    /// Posts a row from outside, and counts it: for good, since its texts stay also when it is dropped.
    pub(super) fn post_from_outside(
        &mut self,
        account: AccountId,
        entry: Entry,
    ) -> Result<TransactionId, Error> {
        let id = self.post(account, entry)?;
        self.from_outside += 1;
        Ok(id)
    }
}

/// A million rows and what stands on them take some 300 MB, and are as many as the largest account a
/// scenario makes; no loop of a test suite fills a laptop. Those that follow from payments under way are few
/// beside them.
pub(super) const ROWS_MAX: usize = 1_000_000;
