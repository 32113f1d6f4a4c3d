//! The bank under test.

use std::cell::Cell;
use std::sync::Arc;

use hamsterbank::InMemoryBank;
use serde_json::Value;
use time::OffsetDateTime;
use time::macros::datetime;

use super::response::Asked;
use super::{Certificates, Customer, Operator, Response, Stranger, Tpp, Variant};

/// When every test begins: a Monday, in the middle of a working day.
pub(crate) const START: OffsetDateTime = datetime!(2025-06-16 10:30:00 UTC);

/// A bank in memory. Its clock stands still until the operator moves it.
pub(crate) struct TestBank {
    bank: Arc<InMemoryBank>,
    /// Its name in its process, and its issuer.
    name: String,
    issuer: &'static str,
    /// The last journal entry the harness has looked at.
    seen: Cell<u64>,
    drawn: Cell<u64>,
}

impl TestBank {
    /// The default scenario.
    pub(crate) fn open() -> Self {
        Self::of(InMemoryBank::builder())
    }

    /// The default scenario with changes.
    pub(crate) fn varied(variant: &Variant) -> Self {
        Self::of(InMemoryBank::builder().scenario_text(variant.yaml()))
    }

    /// The default scenario, in which each client may keep only `max` of anything.
    pub(crate) fn keeping(max: usize) -> Self {
        Self::of(InMemoryBank::builder().kept_per_client(max))
    }

    /// The same, with changes.
    pub(crate) fn varied_keeping(variant: &Variant, max: usize) -> Self {
        let builder = InMemoryBank::builder().scenario_text(variant.yaml());
        Self::of(builder.kept_per_client(max))
    }

    /// A scenario that is compiled in.
    pub(crate) fn scenario(name: &str) -> Self {
        Self::of(InMemoryBank::builder().scenario(name))
    }

    /// The scenario of the published guides; its own clock, unless it is to stand still.
    pub(crate) fn of_the_guides(clock: Option<OffsetDateTime>) -> Self {
        let builder = InMemoryBank::builder().scenario("docs");
        Self::open_in_memory(match clock {
            Some(start) => builder.clock_at(start),
            None => builder,
        })
    }

    /// A scenario of a file.
    pub(crate) fn of_file(path: &std::path::Path) -> Self {
        Self::of(InMemoryBank::builder().scenario_file(path))
    }

    /// A scenario as it is written.
    pub(crate) fn of_text(yaml: &str) -> Self {
        Self::of(InMemoryBank::builder().scenario_text(yaml.to_owned()))
    }

    fn of(builder: hamsterbank::BankBuilder) -> Self {
        Self::open_in_memory(builder.clock_at(START))
    }

    fn open_in_memory(builder: hamsterbank::BankBuilder) -> Self {
        let bank = builder.in_memory();
        let bank = bank.expect("the scenario is in order");
        Self {
            issuer: bank.issuer(),
            name: "main".to_owned(),
            bank: Arc::new(bank),
            seen: Cell::new(0),
            drawn: Cell::new(0),
        }
    }

    /// Another bank of the same process, by path: the same in all that a TPP does, at another issuer.
    pub(crate) fn beside(&self, order: &Value) -> Self {
        let answer = self.operator().post("/banks", order);
        assert_eq!(answer.status(), 201, "{answer:?}");
        let ready: Value = serde_json::from_slice(answer.body()).expect("JSON");
        let text = |name: &str| ready[name].as_str().expect("a text").to_owned();
        Self {
            bank: Arc::clone(&self.bank),
            name: text("bank"),
            // A test's few issuers may stay until it ends.
            issuer: text("issuer").leak(),
            seen: Cell::new(0),
            drawn: Cell::new(self.draw() * 1_000_000),
        }
    }

    /// Its name in its process.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A TPP of the scenario.
    #[track_caller]
    pub(crate) fn tpp(&self, client_id: &str) -> Tpp<'_> {
        let bank = self.bank.banks().get(&self.name);
        Tpp::new(self, bank.expect("an open bank").client(client_id))
    }

    /// A customer with her browser.
    pub(crate) fn customer<'a>(&'a self, id: &'a str) -> Customer<'a> {
        Customer::new(self, id)
    }

    /// Whoever steers the bank.
    pub(crate) fn operator(&self) -> Operator<'_> {
        Operator::new(self)
    }

    /// Somebody the bank does not know.
    pub(crate) fn stranger(&self) -> Stranger<'_> {
        Stranger::new(self)
    }

    /// A workshop for certificates of this bank's CA.
    pub(crate) fn certificates(&self) -> Certificates {
        let (cert, key) = self.bank.ca();
        Certificates::of(cert, key)
    }

    /// The issuer.
    pub(crate) const fn issuer(&self) -> &'static str {
        self.issuer
    }

    /// The keys the bank publishes.
    pub(crate) fn jwks(&self) -> Value {
        self.stranger().get("/.well-known/jwks.json").send().ok()
    }

    /// Time passes by itself, without anybody at the control API.
    pub(crate) fn time_passes(&self, by: time::Duration) {
        self.bank.clock().advance(by);
    }

    /// A number no one was given before.
    pub(crate) fn draw(&self) -> u64 {
        self.drawn.set(self.drawn.get() + 1);
        self.drawn.get()
    }

    /// Sends a request, and holds the answer to all that must always be true.
    #[track_caller]
    pub(super) fn send(
        &self,
        request: http::Request<Vec<u8>>,
        certificate: Option<&str>,
    ) -> Response {
        let asked = Asked::of(&request);
        let answer = self.bank.send(self.addressed(request), certificate);
        let entry = self.only_new_entry();
        Response::checked(&asked, answer, entry)
    }

    /// Sends a request, and does something while it is answered.
    #[track_caller]
    pub(super) fn send_meanwhile(
        &self,
        request: http::Request<Vec<u8>>,
        certificate: Option<&str>,
        act: impl FnOnce(),
    ) -> Response {
        let asked = Asked::of(&request);
        let answer = self.send_unseen(request, certificate, act);
        let id = answer.headers()["x-hamster-request"].to_str().unwrap();
        let entry = self.operator().get(&format!("/requests/{id}"));
        let seq = entry["seq"].as_u64().expect("a sequence number");
        self.seen.set(self.seen.get().max(seq));
        Response::checked(&asked, answer, entry)
    }

    /// The same of a request whose journal is gone when it is answered.
    #[track_caller]
    pub(super) fn send_unseen(
        &self,
        request: http::Request<Vec<u8>>,
        certificate: Option<&str>,
        act: impl FnOnce(),
    ) -> http::Response<Vec<u8>> {
        let bank: &InMemoryBank = &self.bank;
        std::thread::scope(|scope| {
            let request = self.addressed(request);
            let answering = scope.spawn(move || bank.send(request, certificate));
            act();
            answering.join().expect("an answer")
        })
    }

    /// Sends a request of which only the status matters. What the journal wrote meanwhile is passed over.
    #[track_caller]
    pub(super) fn send_unwatched(
        &self,
        request: http::Request<Vec<u8>>,
        certificate: Option<&str>,
    ) -> u16 {
        let answer = self.bank.send(self.addressed(request), certificate);
        let id = answer.headers()["x-hamster-request"].to_str().unwrap();
        let seq = id.trim_start_matches("req_").parse().expect("a number");
        self.seen.set(seq);
        answer.status().as_u16()
    }

    /// Sends a request, whatever comes of it; see [`look_again`](Self::look_again).
    pub(super) fn send_raw(
        &self,
        request: http::Request<Vec<u8>>,
        certificate: Option<&str>,
    ) -> http::Response<Vec<u8>> {
        self.bank.send(self.addressed(request), certificate)
    }

    /// Takes the journal as it is, after calls nobody looked at, or a reset.
    pub(crate) fn look_again(&self) {
        let entries = self.operator().requests("");
        let last = entries.last().and_then(|entry| entry["seq"].as_u64());
        self.seen.set(last.unwrap_or_default());
    }

    /// Keeps the bank as it is.
    pub(crate) fn snapshot(&self) -> hamsterbank::Snapshot<'_> {
        self.bank.snapshot().expect("room for a snapshot")
    }

    /// Sends requests all at once, each on a thread of its own. What the journal wrote is passed over.
    pub(super) fn send_in_parallel(
        &self,
        requests: Vec<http::Request<Vec<u8>>>,
        certificate: Option<&str>,
    ) -> Vec<(u16, Vec<u8>)> {
        let bank: &InMemoryBank = &self.bank;
        let gate = std::sync::Barrier::new(requests.len());
        let answers: Vec<_> = std::thread::scope(|scope| {
            let send = |request| {
                gate.wait();
                bank.send(request, certificate)
            };
            let threads: Vec<_> = (requests.into_iter())
                .map(|request| scope.spawn(move || send(request)))
                .collect();
            let threads = threads.into_iter();
            threads
                .map(|thread| thread.join().expect("an answer"))
                .collect()
        });
        let number = |answer: &http::Response<Vec<u8>>| {
            let id = answer.headers()["x-hamster-request"].to_str().unwrap();
            id.trim_start_matches("req_").parse().expect("a number")
        };
        let last = answers.iter().map(number).max();
        self.seen.set(last.unwrap_or(self.seen.get()));
        let split = |answer: http::Response<Vec<u8>>| {
            let status = answer.status().as_u16();
            (status, answer.into_body())
        };
        answers.into_iter().map(split).collect()
    }

    /// The one journal entry a call must have written.
    #[track_caller]
    fn only_new_entry(&self) -> Value {
        let path = format!("/requests?since={}", self.seen.get());
        let list = self.operator().get(&path);
        let items = list["items"].as_array().expect("items");
        assert_eq!(
            items.len(),
            1,
            "exactly one journal entry a request: {list:#}"
        );
        self.seen
            .set(items[0]["seq"].as_u64().expect("a sequence number"));
        items[0].clone()
    }

    /// Sends a request to the control API.
    #[track_caller]
    pub(super) fn control(&self, request: http::Request<Vec<u8>>) -> http::Response<Vec<u8>> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answer = if self.name == "main" {
            self.bank.control(request)
        } else {
            let below = below(&format!("/banks/{}", self.name), request);
            self.bank.control(below)
        };
        let body = serde_json::from_slice(answer.body()).ok();
        super::document::check_control(
            method.as_str(),
            &path,
            answer.status().as_u16(),
            body.as_ref(),
        );
        answer
    }

    /// The request at the main bank's door, which this one may stand behind.
    fn addressed(&self, request: http::Request<Vec<u8>>) -> http::Request<Vec<u8>> {
        match self.issuer.strip_prefix(self.bank.issuer()) {
            Some(prefix) if !prefix.is_empty() => below(prefix, request),
            _ => request,
        }
    }
}

/// The request below a prefix.
fn below(prefix: &str, mut request: http::Request<Vec<u8>>) -> http::Request<Vec<u8>> {
    let target = format!("{prefix}{}", request.uri());
    *request.uri_mut() = target.parse().expect("a path");
    request
}
