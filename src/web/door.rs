//! The outer half of dispatch: what must happen for every request, whatever its fate.

mod facts;
mod whole;

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::HeaderName;
use http::header::{CONTENT_TYPE, DATE};

use crate::bank::Bank;
use crate::bank::branch::Branch;
use crate::clock::{Now, Stopwatch};
use crate::fault::Decided;
use crate::fault::catalogue::OfConnection;
use crate::journal::{Answered, Arrival, ConnectionFacts, ConnectionRecord, FaultNote, Open};
use crate::pki::Disguises;
use crate::rule::Trail;
use crate::wire::Service;
use crate::wire::connection::{Connection, ConnectionFailure, Greeting};
use crate::wire::disturbance::Disturbance;
use crate::wire::header;
use crate::wire::reply::Reply;
use crate::wire::request::{Head, Request, RequestFault};
use crate::wire::router::{Lookup, Router, Variables};

use super::banks::Banks;
use super::call::Call;
use super::caught::caught_waiting;
use super::faults;
use super::routes::{ROUTES, Route};

use facts::{as_told, facts_of, new_facts};
use whole::{admitted, whole};

/// The bank's own door, behind which requests become calls.
#[derive(Clone, Debug)]
pub(crate) struct BankDoor {
    branch: Arc<Branch>,
    /// Who else may be behind this door, by path.
    banks: Option<Arc<Banks>>,
    /// What the server can show instead of its own certificate, where it shows any.
    disguises: Option<Arc<Disguises>>,
    /// Whether a header says who called, because TLS ended before this door.
    believes_header: bool,
}

/// A request of which the head is known.
pub(crate) struct Arrived {
    /// The bank it arrived at: a reset meanwhile does not change what it is about.
    bank: Arc<Bank>,
    head: Head,
    connection: Arc<Connection>,
    now: Now,
    stopwatch: Stopwatch,
    interaction_id: String,
    entry: Open,
}

impl Service for BankDoor {
    type Arrived = Arrived;

    fn arrive(&self, mut head: Head, connection: &Arc<Connection>) -> Arrived {
        let bank = self.bank_for(&mut head);
        let told = self.believes_header.then(|| as_told(&head, connection));
        let connection = told.as_ref().unwrap_or(connection);
        let now = bank.clock.now();
        let mut entry = bank.journal.arrive(Arrival {
            at: now,
            route: route_name(&head),
            method: &head.method,
            version: head.version,
            path: &head.path,
            query: head.query.as_deref(),
            headers: &head.headers,
            connection: facts_of(connection),
        });
        let interaction_id = interaction_id(&bank, &head);
        entry.interaction_id(&interaction_id);
        Arrived {
            bank,
            head,
            connection: Arc::clone(connection),
            now,
            stopwatch: Stopwatch::start(),
            interaction_id,
            entry,
        }
    }

    async fn answer(&self, arrived: Arrived, body: Result<Bytes, RequestFault>) -> Reply {
        arrived.answer(body).await
    }

    fn greet(&self, number: u64, remote: SocketAddr) -> Greeting {
        let bank = self.branch.bank();
        match faults::of_connection(&bank, number) {
            None => Greeting::Welcome,
            Some((note, wrong)) => self.receive(&bank, remote, (note, wrong)),
        }
    }

    fn connection_failed(&self, failure: ConnectionFailure) {
        let bank = self.branch.bank();
        bank.journal.connection_failed(ConnectionRecord {
            at: bank.clock.now(),
            reason: failure.reason.to_string(),
            fault: None,
            connection: new_facts(&failure.connection),
        });
    }
}

impl BankDoor {
    /// The door of one bank.
    pub(crate) const fn alone(branch: Arc<Branch>) -> Self {
        Self {
            branch,
            banks: None,
            disguises: None,
            believes_header: false,
        }
    }

    /// The main bank's door, behind which others are by path.
    pub(crate) fn shared(banks: Arc<Banks>) -> Self {
        Self {
            branch: Arc::clone(&banks.main().branch),
            banks: Some(banks),
            disguises: None,
            believes_header: false,
        }
    }

    /// The same door where TLS is spoken.
    pub(crate) fn disguised(self, disguises: Disguises) -> Self {
        Self {
            disguises: Some(Arc::new(disguises)),
            ..self
        }
    }

    /// Receives a connection as a fault wants it, and has the journal tell so.
    fn receive(
        &self,
        bank: &Bank,
        remote: SocketAddr,
        (note, wrong): (FaultNote, OfConnection),
    ) -> Greeting {
        let now = bank.clock.now();
        let greeting = match wrong {
            OfConnection::NotAtHome(time) => Greeting::NotAtHome {
                time,
                until: bank.until_retired(),
            },
            OfConnection::Certificate(flaw) => {
                let disguises = self.disguises.as_ref();
                let config = disguises.and_then(|worn| worn.config(flaw, now.real).ok());
                config.map_or(Greeting::Welcome, Greeting::Disguised)
            }
        };
        bank.journal.connection_failed(ConnectionRecord {
            at: now,
            reason: format!("spoiled on purpose: {}", note.fault),
            fault: Some(note),
            connection: ConnectionFacts {
                remote: Some(remote),
                ..ConnectionFacts::default()
            },
        });
        greeting
    }

    /// The same door, behind somebody else's TLS or none at all: `Client-Cert` says who called.
    pub(crate) const fn believing_header(mut self, believes_header: bool) -> Self {
        self.believes_header = believes_header;
        self
    }

    /// The bank a request is for; what its path says of the bank is taken off.
    fn bank_for(&self, head: &mut Head) -> Arc<Bank> {
        let banks = self.banks.as_ref();
        match banks.and_then(|banks| banks.by_path(&head.path)) {
            Some((branch, path)) => {
                head.path = path;
                branch.bank()
            }
            None => self.branch.bank(),
        }
    }
}

impl Arrived {
    /// The whole way from arrival to reply; it waits for nothing but a customer who takes her time, and for
    /// her outside of every handler.
    async fn answer(self, body: Result<Bytes, RequestFault>) -> Reply {
        let Self {
            bank,
            head,
            connection,
            now,
            stopwatch,
            interaction_id,
            mut entry,
        } = self;
        let fault = body.as_ref().err().copied();
        let request = Request {
            id: entry.id(),
            head,
            body: body.unwrap_or_default(),
            connection,
        };
        let content_type = request.head.headers.get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        entry.request_body(&request.body, content_type);
        let found = ROUTER.find(&request.head.method, &request.head.path);
        let mut call = Call {
            bank: &bank,
            request: &request,
            variables: variables(&found),
            now,
            interaction_id: &interaction_id,
            entry: &mut entry,
            trail: Trail::default(),
            key_holder: None,
            allowance: None,
            route: None,
            faults: Decided::default(),
            gates: Vec::new(),
            about: None,
        };
        let whole = caught_waiting(whole(&mut call, &found, fault)).await;
        let reply = whole.unwrap_or_else(|message| {
            let reply = admitted(&mut call, message);
            with_common_headers(reply, &call)
        });
        // An answer that never comes is none: the entry ends as one without, and says which fault it was.
        let mut disturbances = reply.disturbances.iter();
        if !disturbances.any(Disturbance::swallows_answer) {
            entry.finish(Answered {
                status: reply.status,
                headers: &reply.headers,
                body: &reply.body,
                duration_us: stopwatch.elapsed_us(),
            });
        }
        reply
    }
}

fn with_common_headers(reply: Reply, call: &Call<'_>) -> Reply {
    let reply = reply.with_header(header::X_FAPI_INTERACTION_ID, call.interaction_id);
    let reply = if call.bank.settings.response_headers {
        reply.with_header(X_HAMSTER_REQUEST, &call.request.id.to_string())
    } else {
        reply
    };
    reply.with_header(DATE, &call.now.real.http_date())
}

// RFC 9562 form alone is echoed; whatever else was sent, the bank makes one of its own.
fn interaction_id(bank: &Bank, head: &Head) -> String {
    match header::single(&head.headers, &header::X_FAPI_INTERACTION_ID) {
        Ok(Some(sent)) if header::is_uuid(sent) => sent.to_owned(),
        _ => bank.interactions.uuid(),
    }
}

fn route_name(head: &Head) -> Option<&'static str> {
    match ROUTER.find(&head.method, &head.path) {
        Lookup::Found { value, .. } => Some(value.name.as_str()),
        Lookup::MethodNotAllowed { .. } | Lookup::NotFound => None,
    }
}

fn variables<'r>(found: &Lookup<'r, &'static Route>) -> Variables<'r> {
    match found {
        Lookup::Found { variables, .. } => variables.clone(),
        Lookup::MethodNotAllowed { .. } | Lookup::NotFound => Variables::default(),
    }
}

static ROUTER: LazyLock<Router<&'static Route>> = LazyLock::new(|| {
    let mut router = Router::new();
    for route in ROUTES {
        #[expect(clippy::expect_used, reason = "a test tries every row of the table")]
        router
            .insert(route.method.clone(), route.path, route)
            .expect("the table of routes has no conflict");
    }
    router
});

/// The journal entry that tells of the call.
const X_HAMSTER_REQUEST: HeaderName = HeaderName::from_static("x-hamster-request");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_found_by_its_method_and_path() {
        for route in ROUTES {
            let path = route.path.replace(['{', '}'], "");
            match ROUTER.find(&route.method, &path) {
                Lookup::Found { value, .. } => assert_eq!(value.name, route.name, "{path}"),
                other => panic!("{} {path}: {other:?}", route.method),
            }
        }
        let found = ROUTER.find(&http::Method::HEAD, "/.well-known/jwks.json");
        assert!(matches!(found, Lookup::Found { .. }));
    }
}
