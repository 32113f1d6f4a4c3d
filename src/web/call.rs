//! What every handler is given: the bank, the request, the time, and the journal's entry under way.

use std::sync::Arc;

use crate::bank::Bank;
use crate::bank::holding::{Held, Overcrowded};
use crate::clock::Now;
use crate::fault::Decided;
use crate::fault::condition::Phase;
use crate::fault::facts::About;
use crate::journal::Open;
use crate::oauth::client_auth::{NoCertificate, PresentedCertificate};
use crate::oauth::rate::Allowance;
use crate::rule::{Finding, Trail};
use crate::wire::connection::Connection;
use crate::wire::request::Request;
use crate::wire::router::Variables;

use super::limits::KeyHolder;

/// One call under way.
pub(crate) struct Call<'a> {
    /// The bank that is called.
    pub(crate) bank: &'a Arc<Bank>,
    /// What was asked.
    pub(crate) request: &'a Request,
    /// What the route's variables stand for.
    pub(crate) variables: Variables<'a>,
    /// When it arrived.
    pub(crate) now: Now,
    /// The caller's correlation id, or the one the bank made.
    pub(crate) interaction_id: &'a str,
    /// What the journal will tell of it.
    pub(crate) entry: &'a mut Open,
    /// The rules passed so far.
    pub(crate) trail: Trail,
    /// Whose it is by its API key, if it has one.
    pub(crate) key_holder: Option<KeyHolder>,
    /// Where it stands in its client's minute, if that has a limit.
    pub(crate) allowance: Option<Allowance>,
    /// The dotted name of its route.
    pub(crate) route: Option<&'static str>,
    /// What the bank does wrong on purpose with this call.
    pub(crate) faults: Decided,
    /// The gates it stands before, each with the phase in which it waits there.
    pub(crate) gates: Vec<(Phase, Result<Held, Overcrowded>)>,
    /// What the call is about, as far as it is known; only kept while a fault is armed.
    pub(crate) about: Option<Box<About>>,
}

impl Call<'_> {
    /// The connection it came on.
    pub(crate) fn connection(&self) -> &Connection {
        &self.request.connection
    }

    /// The client certificate of the connection, judged.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn certificate(&self) -> Result<PresentedCertificate, NoCertificate> {
        let Connection { peer, teller, .. } = self.connection();
        let peer = peer.as_ref().ok_or(NoCertificate(*teller))?;
        Ok(self.bank.present(peer, *teller, self.now))
    }

    /// A variable of the route's path; a route without it is a mistake of ours, and finds nothing.
    pub(crate) fn variable(&self, name: &str) -> &str {
        self.variables.get(name).unwrap_or_default()
    }

    /// Hands the rules passed so far, and the one that was not, to the journal.
    pub(crate) fn record(&mut self, failed: Option<&Finding>) {
        for step in self.trail.take() {
            if step.enforced {
                self.entry.check_passed(step.rule);
            } else {
                self.entry.check_skipped(step.rule);
            }
        }
        if let Some(finding) = failed {
            self.entry.check_failed(finding.clone());
        }
    }
}
