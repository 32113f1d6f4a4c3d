//! One step of a tour: the line is shown, the call is made, the answer is shown and judged.

use std::sync::Arc;

use http::StatusCode;
use serde_json::json;
use time::Duration;

use crate::jose::KeySet;
use crate::pki::TlsFault;
use crate::server::StartError;
use crate::tpp::call::{Answer, Call};
use crate::tpp::connection::{self, CallError};
use crate::tpp::discovery::Discovery;
use crate::tpp::{Tpp, TppDoubt};

use super::bank::{FiledKit, Files, Surroundings};
use super::curl::{self, Manner};
use super::page::Page;

/// A tour under way.
pub(super) struct Walk<'p, 'o> {
    pub(super) page: &'p mut Page<'o>,
    pub(super) around: Surroundings,
    exchanges: usize,
}

/// A TPP of the tour.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) tpp: Tpp,
    pub(super) name: String,
    /// Whether it may initiate payments.
    pub(super) may_pay: bool,
    files: Arc<Files>,
}

/// Both TPPs of the tour.
#[derive(Debug)]
pub(super) struct Clients {
    /// Proves itself by assertion.
    pub(super) first: Client,
    /// Proves itself by its certificate.
    pub(super) second: Client,
}

impl Clients {
    /// The TPPs that hold these kits and have read what the bank publishes.
    ///
    /// # Errors
    /// When a kit's certificate and key cannot be used.
    pub(super) fn new(
        (first, second): (FiledKit, FiledKit),
        around: &Surroundings,
        (discovery, keys): &(Arc<Discovery>, Arc<KeySet>),
    ) -> Result<Self, Wrong> {
        let client = |filed: FiledKit| {
            let published = (Arc::clone(discovery), Arc::clone(keys));
            Ok::<_, Wrong>(Client {
                tpp: Tpp::new(filed.kit, &around.ca_pem, published)?,
                name: filed.name,
                may_pay: filed.may_pay,
                files: filed.files,
            })
        };
        Ok(Self {
            first: client(first)?,
            second: client(second)?,
        })
    }
}

/// Who makes a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Party<'a> {
    /// A TPP, with its certificate.
    Client(&'a Client),
    /// Whoever steers the bank.
    Operator,
    /// Somebody without a certificate: a browser, or a TPP that forgot it.
    Stranger,
}

/// One call of the tour and the line that stands for it.
#[derive(Clone, Debug)]
pub(super) struct Step {
    own: Call,
    shown: Call,
    expected: StatusCode,
}

impl Step {
    /// A call that can be made twice.
    pub(super) fn new(call: Call, expected: StatusCode) -> Self {
        Self {
            shown: call.clone(),
            own: call,
            expected,
        }
    }

    /// A call that can be made once: made anew for the line that is shown.
    pub(super) fn twice(make: impl Fn(Duration) -> Call, expected: StatusCode) -> Self {
        Self {
            own: make(OWN_LIFE),
            shown: make(SHOWN_LIFE),
            expected,
        }
    }

    /// The same step, but another call is shown.
    pub(super) fn showing(mut self, shown: Call) -> Self {
        self.shown = shown;
        self
    }

    /// The same step, but another step's line is shown.
    pub(super) fn showing_that_of(self, other: Self) -> Self {
        self.showing(other.shown)
    }
}

impl<'p, 'o> Walk<'p, 'o> {
    /// A walk that begins.
    pub(super) const fn new(page: &'p mut Page<'o>, around: Surroundings) -> Self {
        Self {
            page,
            around,
            exchanges: 0,
        }
    }

    /// How many exchanges were shown.
    pub(super) const fn exchanges(&self) -> usize {
        self.exchanges
    }

    /// Shows the line, makes the call, shows the answer.
    ///
    /// # Errors
    /// When there is no answer, or one of another status.
    pub(super) async fn take(&mut self, party: Party<'_>, step: Step) -> Result<Answer, Wrong> {
        let line = curl::line(&step.shown, self.manner(party));
        self.page.command(&line)?;
        let answer = self.send(party, &step.own).await?;
        self.page.answer(&answer)?;
        self.exchanges += 1;
        expect(&answer, step.expected)?;
        Ok(answer)
    }

    /// Makes a call that nobody is shown, for the sake of a line that somebody is.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub(super) async fn prepare(
        &self,
        party: Party<'_>,
        call: &Call,
        expected: StatusCode,
    ) -> Result<Answer, Wrong> {
        let answer = self.send(party, call).await?;
        expect(&answer, expected)?;
        Ok(answer)
    }

    /// A call that must be refused by this rule, and what the journal says about it.
    ///
    /// # Errors
    /// When it is not refused, or by another rule.
    pub(super) async fn be_refused(
        &mut self,
        party: Party<'_>,
        call: Call,
        (status, rule): (StatusCode, &str),
    ) -> Result<(), Wrong> {
        let answer = self.take(party, Step::new(call, status)).await?;
        let id = answer.header("x-hamster-request").ok_or_else(|| {
            let words = "its answers carry no x-hamster-request, so its journal cannot be asked";
            Wrong::Unsuitable(words.to_owned())
        })?;
        self.page
            .prose("The journal tells whoever runs the bank what happened, check by check:")?;
        let control = &self.around.control;
        let asked = control.get(&format!("/requests/{id}"));
        let asked = asked.with_header("Accept", "text/plain");
        let told = self
            .take(Party::Operator, Step::new(asked, StatusCode::OK))
            .await?;
        let told = String::from_utf8_lossy(&told.body);
        if told.contains(&format!("Refused by {rule} ")) {
            return Ok(());
        }
        let verdict = told.lines().nth(1).unwrap_or_default();
        Err(Wrong::Rule {
            expected: rule.to_owned(),
            received: verdict.to_owned(),
        })
    }

    async fn send(&self, party: Party<'_>, call: &Call) -> Result<Answer, CallError> {
        match party {
            Party::Client(client) => client.tpp.send(call).await,
            Party::Operator => connection::send(call, None).await,
            Party::Stranger => connection::send(call, Some(&self.around.bare)).await,
        }
    }

    fn manner<'a>(&'a self, party: Party<'a>) -> Manner<'a> {
        let files = match party {
            Party::Operator => return Manner::Control,
            Party::Client(client) => Some(&*client.files),
            Party::Stranger => None,
        };
        if self.around.is_plain() {
            let cert = files.map(|files| files.cert.as_str());
            return Manner::Plain { cert };
        }
        Manner::Bank {
            ca_file: &self.around.ca_file,
            files,
        }
    }
}

/// The call that makes a consent.
pub(super) fn consent_call(client: &Client, token: &str) -> Call {
    let url = format!("{}/consents/account-access", client.tpp.discovery().issuer);
    let permissions = json!({
        "permissions": ["ReadAccounts", "ReadBalances", "ReadTransactions"],
    });
    let call = Call::bearer(http::Method::POST, &url, token);
    call.with_json(permissions)
}

fn expect(answer: &Answer, expected: StatusCode) -> Result<(), Wrong> {
    if answer.status == expected {
        return Ok(());
    }
    Err(Wrong::Status {
        expected,
        received: answer.status,
        body: String::from_utf8_lossy(&answer.body)
            .chars()
            .take(TOLD_CHARS_MAX)
            .collect(),
    })
}

/// Why a tour ends early.
#[derive(Debug, thiserror::Error)]
pub(super) enum Wrong {
    /// No answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// An answer that is not to be believed.
    #[error(transparent)]
    Doubt(#[from] TppDoubt),
    /// What is written cannot be written.
    #[error("cannot write: {0}")]
    Out(#[from] std::io::Error),
    /// A refusal, but for another reason than it should be.
    #[error("expected a refusal by the rule {expected}; the journal says: {received}")]
    Rule {
        /// The rule that should have refused.
        expected: String,
        /// The journal's verdict.
        received: String,
    },
    /// The bank of the tour itself cannot be opened.
    #[error("the bank cannot be opened: {0}")]
    Start(#[from] StartError),
    /// Another status than the step must have.
    #[error("expected the status {expected}, received {received}: {body}")]
    Status {
        /// What would be right.
        expected: StatusCode,
        /// What came.
        received: StatusCode,
        /// What it says.
        body: String,
    },
    /// A kit that cannot be used.
    #[error("the kit cannot be used in TLS: {0}")]
    Tls(#[from] TlsFault),
    /// Not a bank the tour can show.
    #[error("{0}")]
    Unsuitable(String),
}

/// A refusal in full; more would be a page of data.
const TOLD_CHARS_MAX: usize = 1000;
/// The tour's own proofs are used at once.
const OWN_LIFE: Duration = Duration::minutes(1);
/// Those in a line wait for a reader; a bank takes none of more than an hour.
const SHOWN_LIFE: Duration = Duration::minutes(55);
