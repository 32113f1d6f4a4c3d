//! Room for consents and payments: what goes for a new one is over, and no request is answered with it any more.

use crate::banking::payment::{NoRoom, Payment, Submission};
use crate::clock::Timestamp;
use crate::consent::{Consent, Terms, TooManyConsents};
use crate::id::{ClientId, ConsentId, PaymentId};

use super::State;
use super::idempotency::Idempotency;

impl State {
    /// Keeps a new consent; what goes for it is one that no request is answered with any more.
    ///
    /// # Errors
    /// When its client has its fill.
    pub(crate) fn create_consent(
        &mut self,
        client: ClientId,
        asked: (Terms, Option<Timestamp>),
        now: Timestamp,
    ) -> Result<Consent, TooManyConsents> {
        let (known, own) = (&self.idempotency, client.clone());
        let is_needed = |id: &ConsentId| known.needs(&own, id.as_str(), now);
        self.consents.create(client, asked, is_needed, now)
    }

    /// Whether one more payment of a client can be taken on.
    ///
    /// # Errors
    /// See [`Book::check_room_for_payment`](crate::banking::Book::check_room_for_payment).
    pub(crate) fn check_room_for_payment(
        &self,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<(), NoRoom> {
        let is_needed = payments_needed(&self.idempotency, client, now);
        self.book.check_room_for_payment(client, is_needed)
    }

    /// Takes a payment on; what goes for it is one that no request is answered with any more.
    ///
    /// # Errors
    /// See [`Book::submit_payment`](crate::banking::Book::submit_payment).
    pub(crate) fn submit_payment(
        &mut self,
        submission: Submission,
        now: Timestamp,
    ) -> Result<Payment, NoRoom> {
        let client = submission.client_id.clone();
        let is_needed = payments_needed(&self.idempotency, &client, now);
        self.book.submit_payment(submission, is_needed, now)
    }
}

/// Which payments requests of a client are still answered with.
fn payments_needed(
    known: &Idempotency,
    client: &ClientId,
    now: Timestamp,
) -> impl Fn(PaymentId) -> bool {
    move |id| known.needs(client, &id.to_string(), now)
}
