//! Faults: the bank misbehaves on purpose, in one named way at a time.
//!
//! A [`Rule`](rule::Rule) says when and what; [`Faults`](armed::Faults) keeps the armed ones with their
//! counters in the bank's state, and decides under its lock, once for each request, so that "once" is
//! exactly once however many arrive together. What it decides for a call is a [`Decided`]: the faults that
//! fired, handed to whoever performs them. `fault` decides and never acts on a bank:
//!
//! - a **twist** ([`Twist`]) is performed by the domain module that owns the thing: it makes the token that
//!   is expired, the claim that is wrong, freshly signed, and everything else stays valid;
//! - a change of the **reply** is a plain function, performed by `web/door`; one of its bytes on the line is a
//!   disturbance, which `wire/server` performs;
//! - what is wrong with a **connection** is asked when it is made.
//!
//! An *exclusive* fault stands in for the answer or kills it; of several the newest rule's fires. *Modifiers*
//! all apply, oldest first; of two that edit the same thing the newest wins.
//!
//! # How to add a fault
//!
//! Add one [`Entry`](catalogue::Entry) to its family's file below `fault/catalogue`, and one test to
//! `tests/it/faults/<family>.rs` that reads the answer strictly and finds exactly that defect.
//!
//! - One that changes the reply, or how the server sends it (`Reply::disturbances`):
//!   `acts: Acts::Reply(function)`. `Nature::Exclusive` makes the function stand in for the answer, before the
//!   handler runs (then the reply it is given is empty) or after it, by `phases`, of which the first holds where
//!   a rule says none. A modifier is given the finished answer with the headers that every answer has. The
//!   function answers false where it found nothing to act on. What is signed is signed anew behind it.
//! - One of a connection, before there is a request: no `routes`, `acts: Acts::Connection(function)`, and
//!   `web/door` has the server do it.
//! - One that the domain performs: a variant of the owner's own `Twist` enum (or a new one, with a variant of
//!   [`Twist`] here), `acts: Acts::Twist(function)`, and where the owner makes the thing,
//!   `call.faults.take(..)`. Take it only where it is really performed: what nobody took by the end did not
//!   fire, and is given back to its rule.
//! - One with parameters: list them in `parameters`; they are checked, and filled in with their defaults,
//!   when a rule is armed. `check` refuses those that do not go together: a rule that would do less than it says
//!   is not armed.
//! - One that stands in for somebody between the bank and its caller: `Reply::is_foreign`, so that the bank does
//!   not sign what it did not say.
//! - `routes` is where it can act, by dotted prefix; `fits` may look further, at the request itself.
//!
//! The command line, the control API with its document, the scenario's checks and its schema read the same entry.
//! The schema is printed in the repository, for editors: print it again (`hamsterbank scenario schema >
//! scenario.schema.json`; a test compares them). A condition is a row of `fault/conditions`, a member of
//! [`When`](condition::When) and a reader in `fault/read/when`.

pub(crate) mod arguments;
pub(crate) mod armed;
pub(crate) mod catalogue;
pub(crate) mod comparison;
pub(crate) mod condition;
pub(crate) mod conditions;
pub(crate) mod connections;
pub(crate) mod decided;
pub(crate) mod facts;
pub(crate) mod header;
pub(crate) mod note;
pub(crate) mod read;
pub(crate) mod routes;
pub(crate) mod rule;
pub(crate) mod schema;
pub(crate) mod unfired;
pub(crate) mod write;

use crate::banking::{page, timeline};
use crate::consent;
use crate::jose::Flaw;
use crate::oauth::{access, callback, error, id_token, metadata, token};

pub(crate) use decided::Decided;

/// A fault that a domain module performs, as that module calls it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Twist {
    /// Of the access token a call brings.
    AccessToken(access::Twist),
    /// Of an authorization response.
    Callback(callback::Twist),
    /// Of a consent, behind the TPP's back.
    Consent(consent::Twist),
    /// Of the discovery document.
    Discovery(metadata::Twist),
    /// An OAuth endpoint refuses with this word.
    Error(error::Twist),
    /// Of an ID token.
    IdToken(id_token::Twist),
    /// Of a page of a list.
    Page(page::Twist),
    /// Of what becomes of a payment.
    Payment(timeline::Twist),
    /// The bank signs with a key it began to publish a moment ago.
    RotatedKey,
    /// Of the first JWT the bank signs for the answer.
    Signature(Flaw),
    /// Of what the token endpoint issues.
    Token(token::Twist),
}
