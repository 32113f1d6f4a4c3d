//! The key that the bank signs an answer with, and what it does wrong with it on purpose.

use std::sync::Arc;

use crate::bank::opening::next_signing_key;
use crate::fault::Twist;
use crate::jose::{Algorithm, Flaw, SigningKey};
use crate::web::call::Call;

/// The key for an algorithm; a fault may have it changed just before. The old one stays published.
pub(super) fn key(call: &mut Call<'_>, algorithm: Algorithm) -> Arc<SigningKey> {
    let bank = call.bank;
    if call.faults.has(|twist| *twist == Twist::RotatedKey) {
        let published = bank.keys().kids();
        // Without a fresh key nothing is rotated, and the fault goes back to its rule.
        if let Ok(fresh) = next_signing_key(&bank.settings, algorithm, &published) {
            rotate(call, fresh);
        }
    }
    bank.keys().for_algorithm(algorithm)
}

/// What is to be wrong with the next seal of the answer.
pub(super) fn flaw(call: &mut Call<'_>) -> Option<Flaw> {
    let flaws = call.faults.take(|twist| match twist {
        Twist::Signature(flaw) => Some(*flaw),
        _ => None,
    });
    flaws.last().copied()
}

fn rotate(call: &mut Call<'_>, fresh: SigningKey) {
    let now = call.now.real;
    call.faults
        .take(|twist| (*twist == Twist::RotatedKey).then_some(()));
    call.bank.change_keys(|ring| ring.rotate(fresh, true, now));
    call.entry.effect("the bank changed its signing key");
}
