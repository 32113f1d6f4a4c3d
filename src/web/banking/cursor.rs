//! Opaque cursors: where a list goes on, for whom, and under which filters.
//!
//! A cursor is sealed with a hash over the bank's seed, so that an altered or a made-up one is told from one
//! the bank handed out, without remembering any. It is a guard against mistakes, not a secret: whoever
//! knows the seed can make one, and gets to see nothing that the consent does not show.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::bank::Bank;

/// What a cursor holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Cursor {
    /// The list it belongs to: its path.
    pub(super) list: String,
    /// The consent it was handed out under.
    pub(super) consent: String,
    /// The filters of the list, as a query.
    pub(super) filters: String,
    /// The last item told: a list's own key of two numbers.
    pub(super) after: (i64, u64),
}

impl Cursor {
    /// The text for a client.
    pub(super) fn seal(&self, bank: &Bank) -> String {
        let payload = format!(
            "{}\n{}\n{}\n{}\n{}",
            self.list, self.consent, self.filters, self.after.0, self.after.1
        );
        let seal = seal(bank, &payload);
        URL_SAFE_NO_PAD.encode([seal.as_slice(), payload.as_bytes()].concat())
    }

    /// Reads a text that this bank sealed; `None` for any other.
    pub(super) fn open(bank: &Bank, text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (sealed, payload) = bytes.split_at_checked(SEAL_BYTES)?;
        let payload = std::str::from_utf8(payload).ok()?;
        if seal(bank, payload) != sealed {
            return None;
        }
        let mut parts = payload.split('\n');
        let mut next = || parts.next();
        Some(Self {
            list: next()?.to_owned(),
            consent: next()?.to_owned(),
            filters: next()?.to_owned(),
            after: (next()?.parse().ok()?, next()?.parse().ok()?),
        })
    }
}

// Hashing twice keeps anybody from appending to a sealed payload.
fn seal(bank: &Bank, payload: &str) -> [u8; SEAL_BYTES] {
    let inner = Sha256::new()
        .chain_update(bank.cursor_key)
        .chain_update(payload)
        .finalize();
    let outer = Sha256::new()
        .chain_update(bank.cursor_key)
        .chain_update(inner)
        .finalize();
    let mut seal = [0; SEAL_BYTES];
    for (to, from) in seal.iter_mut().zip(outer) {
        *to = from;
    }
    seal
}

/// 128 bits: nobody guesses it.
const SEAL_BYTES: usize = 16;
