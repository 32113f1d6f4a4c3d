//! Hamster Bank: a mock open-banking bank for the people who build against banks.
//!
//! It plays a bank's API to the letter (OAuth 2.0, OpenID Connect, FAPI 1.0 Advanced, consents and what
//! they open), starts in milliseconds, says why it refuses, and lets a test move its clock. It is not a
//! bank, and nobody should mistake it for one: its CA says so in its name, and it listens on loopback
//! unless told otherwise.
//!
//! This page is the map of the house. It names rooms and what holds them together, not functions: those
//! are told by the modules themselves.
//!
//! # The rooms, from the ground up
//!
//! A module may import from those above it in this list, never from those below.
//!
//! | room | modules | what is there |
//! | --- | --- | --- |
//! | ground | `clock`, `entropy`, `id`, `json`, `money`, `rule` | values: the only source of time, the only source of chance, ids that cannot be mixed up, strict JSON, whole minor units, the words of a refusal |
//! | tools | `pki`, `jose`, `wire` | protocols without a bank: the test CA and TLS, keys and signed JWTs, bytes to requests and replies to bytes |
//! | domain | `banking`, `consent`, `oauth`, `directory`, `journey` | what a bank is and allows: the book, permissions and their legal moves, the authorization server, the mock directory that vouches for TPPs, and what a customer does at the authorization endpoint |
//! | mischief | `fault` | what the bank does wrong on purpose: the catalogue, the rules, and the decision for each call |
//! | witness | `journal` | what was asked, what was checked, what was answered, why |
//! | assembly | `scenario`, `bank` | from a YAML story to an open bank |
//! | faces | `web`, `server`, `tpp`, `fixture`, `cli` | the bank's API and the control API, the doors, a TPP of our own, a bank in a Rust test, the command line |
//!
//! # What always holds
//!
//! - Architecture invariant: imports point upwards in the table. `oauth` knows neither `banking` nor
//!   `consent`; those know none of `pki`, `jose`, `wire`; `journal` knows no domain. The one place where a
//!   consent meets a grant is `web/consented.rs` with what is below it; `web/faults/about.rs`, which proves
//!   nothing, follows the same way to learn whom a call is about.
//! - Architecture invariant: all that a request can change is one `bank::State` behind one mutex, reached
//!   through a closure. Nothing waits, signs or prints inside it; checks come first, changes last. The one
//!   exception is the ring of signing keys, which is no scenario's and survives a reset.
//! - Architecture invariant: only `clock` reads a clock and only `entropy` draws lots. Time travels as a
//!   value with both times in it, the bank's and the real one.
//! - Architecture invariant: handlers are plain functions. Sockets, delays and reading bodies belong to
//!   `wire/server`, which knows nothing of banks; what has to be awaited has a step of its own.
//! - Architecture invariant: what must be proven is a value with one constructor: an authenticated client,
//!   a bound token, a consent in force, a registered callback. A handler demands the proof as an argument.
//! - Architecture invariant: every 4xx names one rule, its clause, what it expected and what came; the
//!   journal tells it even when the wire does not.
//! - Architecture invariant: whatever is kept has a limit, with the reason for the number beside it.
//! - Architecture invariant: an outside crate has one address. Only `cli` prints, but for a
//!   Rust test that fails, which `fixture` tells of its last requests; only `scenario`, `pki/store` and `cli`
//!   touch files.
//!
//! `tests/it/tidy.rs` holds what can be held by reading the source; `.clippy.toml` and `Cargo.toml` hold
//! the rest.
//!
//! # A consent is granted
//!
//! A TPP posts to `/consents/account-access`. `wire/server` reads the request whole and hands it to
//! `web/door`, which has begun the journal's entry with the head alone. `web` finds the row in
//! `web/routes`; the handler in `web/banking/consents` has its token honored by `web/guard`, holds the
//! body against its table (`web/banking/shape`) so that every fault is told at once, and the consent is
//! kept, awaiting its customer.
//!
//! The TPP pushes an authorization request that names the consent. `oauth/client_auth` proves who calls;
//! `web/oauth/request_object` verifies the signature and runs the tables of `oauth/check` over what it
//! asks. The request is kept under a `request_uri`.
//!
//! A browser brings that `request_uri` to `/oauth/authorize`. Only now is there a `Callback`, an address
//! it is safe to answer to. `web/oauth/journey` plays what the customer does: she approves at once, unless a
//! rule plays a script in which she rejects, leaves, or takes her time. `web/consented` moves the consent and
//! makes the grant in one step; outside of the lock the ID token or the JWT response is signed, and the browser
//! leaves. The code becomes tokens at `/oauth/token`; each call to a resource brings the token, the
//! certificate it is bound to and the consent's id, and `web/guard` asks for all three in the contract's
//! order.
//!
//! # A payment is made
//!
//! The consent holds the instruction as it was sent, with what the bank said of it: charges, quote, cut-off. With
//! a token of that consent the TPP posts the same instruction to `/open-banking/v1/payments`;
//! `web/banking/payments` compares the two member by member, and in one step under the lock the consent is used
//! up and the payment kept. From then on it is the book's: `banking/timeline` has said which statuses it goes
//! through and when, and each step waits in `banking/agenda`. Whoever comes next, and whoever moves the clock,
//! first has the book settle what fell due, at the time it fell due; rows are posted on both sides of the ledger.
//!
//! # A call is refused
//!
//! The first check that fails answers with what it expected and what came, and the table that called it
//! adds the rule's name and clause. The surface turns that into its own words (`web/oauth/error`,
//! `web/banking/error`, `web/pages/trouble`); `web/door` adds the headers every answer has and closes the
//! journal's entry with every rule that was passed, and the one that was not.
//!
//! # A fault fires
//!
//! Somebody armed `id_token.nonce.wrong`. When a call arrives, `web/faults` gathers what it claims to be about
//! and `fault/armed` decides under the state's lock, once, which rules match and which fire. What fired rides
//! on the call. The module that owns the thing takes it and does it: `web/oauth/id_token` makes its claims, has
//! `oauth/id_token` put another nonce in, and signs as ever. At the end `web/faults` tells the journal what was
//! performed, and gives back what found nothing to act on.
//!
//! # Where to start
//!
//! | to change | read first |
//! | --- | --- |
//! | what an authorization request may ask | `oauth/check/authorization.rs`: a row and a function |
//! | a token's life or binding | `oauth/token.rs`, `oauth/access.rs` |
//! | a resource | its file in `web/banking`, `banking` for what it shows, and its row in `web/openapi` |
//! | what a body may hold | its table, made of `web/banking/shape.rs`: check, schema and tests read it |
//! | a consent's legal moves | the table in `consent/moves.rs` |
//! | who banks here | `scenarios`, `seed-data/personas`, then `scenario/people` |
//! | how often a client may call | `oauth/rate.rs`, then `web/limits.rs` |
//! | what is called unwise | `web/lint.rs` |
//! | what the journal tells | `journal/entry.rs`; what it must not tell: `journal/redact/table.rs` |
//! | what a scenario may say | its type in `scenario/file.rs`, which is its schema too; then `scenario/check.rs` |
//! | how a bank is put back, or replaced | `bank/branch.rs`; by another scenario: `bank/opening/replaced.rs` |
//! | how banks stand side by side | `web/banks.rs` |
//! | what a customer does instead of approving | `journey.rs`, then `web/oauth/journey/ending.rs` |
//! | what the bank does wrong on purpose | `fault.rs`: an entry in its family's file, and a test |
//! | an operation of the control API | its rows in `web/control/routes.rs` and `web/control/operations`, its method in `fixture/steered` |
//! | a flag | `cli.rs` |
//!
//! # Where we differ from the first plan, and why
//!
//! - A refusal is a code and a finding, not an enum with a variant a mistake: the rules are a table
//!   already, and a second list of the same mistakes would have to change in step with it.
//! - The rule and the finding live in the ground (`rule`), because `oauth`, `web` and `journal` all speak
//!   them and none may import the other.

pub(crate) mod clock;
pub(crate) mod entropy;
pub(crate) mod id;
pub(crate) mod json;
pub(crate) mod money;
pub(crate) mod rule;

pub(crate) mod jose;
pub(crate) mod pki;
pub(crate) mod wire;

pub(crate) mod banking;
pub(crate) mod consent;
pub(crate) mod directory;
pub(crate) mod fault;
pub(crate) mod journal;
pub(crate) mod journey;
pub(crate) mod oauth;

pub(crate) mod bank;
#[doc(hidden)]
pub mod cli;
mod fixture;
pub(crate) mod scenario;
pub(crate) mod server;
pub(crate) mod tpp;
pub(crate) mod web;

pub use fixture::{
    AccountsHandle, ArmedFault, Bank, BankBuilder, BanksHandle, ClientsHandle, ClockHandle,
    ConsentsHandle, CustomersHandle, Fault, FaultsHandle, FurtherBank, Grant, GrantError,
    InMemoryBank, JourneysHandle, Moved, OpenError, PaymentsHandle, Refused, RequestsHandle,
    ScenarioHandle, Snapshot, Tokens, TokensHandle, TppKit, TransactionsHandle,
};

/// The README's Rust, compiled and run as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
