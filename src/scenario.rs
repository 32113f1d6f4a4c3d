//! Scenarios: which bank to open, who banks there, and which TPPs it knows.
//!
//! Three steps, three types: what is written ([`mod@file`], YAML), what is meant ([`Scenario`], checked),
//! and what stands in the bank ([`Scenario::open`], a book). Only what is meant travels.

mod builtin;
mod check;
mod document;
mod entry;
mod extends;
mod file;
mod form;
mod journeys;
mod merchants;
mod payments;
mod people;
mod person;
pub(crate) mod plan;
mod schema;
mod source;
mod text;
mod told;
mod trust;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

pub(crate) use self::entry::client_of;
use self::plan::CustomerPlan;
pub(crate) use self::schema::published;
pub(crate) use self::source::{Overrides, Source};
pub(crate) use self::text::{NotAStart, is_in_calendar, nearest, parse_duration, parse_start};
pub(crate) use self::trust::{DirectoryFile, OwnKit, path_of, text_of};
use crate::banking::Book;
use crate::banking::exchange::Contract;
use crate::banking::pending_to_booked::PendingToBooked;
use crate::banking::rail::CutOffPolicy;
use crate::banking::timeline::TimelineRule;
use crate::clock::{Now, Timestamp};
use crate::entropy::Seed;
use crate::fault;
use crate::id::{ClientId, Lengths};
use crate::jose::Algorithm;
use crate::journey::rulebook;
use crate::oauth::Lifetimes;
use crate::oauth::check::switchable;
use crate::oauth::metadata::Links;
use crate::oauth::profile::{Profile, covers};
use crate::oauth::rate::RateLimits;
use crate::oauth::registration::Mode;
use crate::oauth::request::ResponseType;
use crate::oauth::scope::Scope;
use crate::pki::PspRole;
use crate::rule::Rule;

/// A checked scenario.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Scenario {
    /// What it is called.
    pub(crate) name: String,
    /// What it is for.
    pub(crate) about: String,
    /// How the bank behaves.
    pub(crate) bank: BankSettings,
    /// Who banks here, in the order written.
    pub(crate) customers: Vec<CustomerPlan>,
    /// The TPPs registered from the start, in the order written.
    pub(crate) clients: Vec<ClientPlan>,
    /// How payments go.
    pub(crate) payments: Vec<TimelineRule>,
    /// What customers do at the authorization endpoint.
    pub(crate) journeys: rulebook::Plan,
    /// What the bank does wrong, oldest rule first.
    pub(crate) faults: Vec<fault::rule::Rule>,
    /// What was written, with what it extends.
    pub(crate) written: Arc<Value>,
    /// Where it comes from.
    pub(crate) source: Source,
    /// What was said over it.
    pub(crate) overrides: Overrides,
}

impl Scenario {
    /// A scenario compiled into the binary.
    ///
    /// # Errors
    /// When there is none of this name.
    pub(crate) fn builtin(name: &str) -> Result<Self, Error> {
        let source = builtin::scenario(name).ok_or_else(|| Error::UnknownName {
            name: name.to_owned(),
            nearest: nearest(name, builtin::scenario_names()),
        })?;
        let scenario = Self::parse(&format!("scenarios/{name}.yaml"), source)?;
        Ok(Self {
            source: Source::BuiltIn(name.to_owned()),
            ..scenario
        })
    }

    /// A scenario of a file.
    ///
    /// # Errors
    /// When the file cannot be read, or is wrong.
    pub(crate) fn load(path: &Path) -> Result<Self, Error> {
        let file = path.display().to_string();
        let source = std::fs::read_to_string(path).map_err(|source| Error::Unreadable {
            file: file.clone(),
            source,
        })?;
        let scenario = Self::parse(&file, &source)?;
        Ok(Self {
            source: Source::File(path.to_owned()),
            ..scenario
        })
    }

    /// A scenario of a text; mistakes call it `file`.
    ///
    /// # Errors
    /// When it is wrong: all mistakes at once, as far as its form allows.
    pub(crate) fn parse(file: &str, source: &str) -> Result<Self, Error> {
        if source.len() > SOURCE_BYTES_MAX {
            let message = format!("a scenario has {SOURCE_BYTES_MAX} bytes at most");
            return Err(Error::Wrong(vec![Mistake::of_file(file, message)]));
        }
        check::scenario(file, source)
    }

    /// The scenario as YAML, with everything filled in.
    pub(crate) fn yaml(&self) -> String {
        // A document of texts, numbers, lists and maps can always be written.
        serde_yaml::to_string(&self.document()).unwrap_or_default()
    }

    /// The names of the scenarios compiled in.
    pub(crate) fn builtin_names() -> impl Iterator<Item = &'static str> {
        builtin::scenario_names()
    }

    /// The rules that this scenario switches off.
    pub(crate) fn switched_off(&self) -> impl Iterator<Item = &'static Rule> {
        let names = &self.bank.lenient;
        switchable().filter(|rule| names.iter().any(|name| covers(name, rule.name)))
    }

    /// The book as it stands when the bank opens at `now`: the same for the same seed and bank time.
    #[must_use]
    pub(crate) fn open(&self, now: Now) -> Book {
        let book = people::open(
            &self.customers,
            (self.bank.seed, self.bank.id_lengths()),
            now.bank,
        );
        book.with_timelines(self.payments.clone())
            .with_payments_kept(self.bank.kept_per_client)
            .with_pending_to_booked(self.bank.pending_to_booked)
    }
}

/// How the bank behaves.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, as a scenario writes it"
)]
pub(crate) struct BankSettings {
    /// The name customers read.
    pub(crate) name: String,
    /// Which set of checks is enforced.
    pub(crate) profile: Profile,
    /// Names of checks that are switched off one by one, or dotted prefixes of such names.
    pub(crate) lenient: Vec<String>,
    /// Whether a refusal says on the wire why.
    pub(crate) explain: bool,
    /// Seed of all generated data.
    pub(crate) seed: Seed,
    /// When bank time begins.
    pub(crate) clock: ClockStart,
    /// How long tokens live.
    pub(crate) lifetimes: Lifetimes,
    /// How the addresses in answers are written.
    pub(crate) links: Links,
    /// How much is asked of a TPP that registers.
    pub(crate) registration: Mode,
    /// What becomes of a payment that misses its cut-off.
    pub(crate) cut_off: CutOffPolicy,
    /// Exchange contracts.
    pub(crate) contracts: Vec<Contract>,
    /// Whether answers about payments are signed.
    pub(crate) sign_responses: bool,
    /// How pending rows are booked.
    pub(crate) pending_to_booked: PendingToBooked,
    /// Whether ids are longer than usual, each by as much as the seed says.
    pub(crate) has_odd_ids: bool,
    /// Rows on a page when nobody asks for a number.
    pub(crate) page_size: usize,
    /// Whether answers carry headers of a mock's own.
    pub(crate) response_headers: bool,
    /// Whether TLS names the CAs whose client certificates are accepted.
    pub(crate) hints_client_cas: bool,
    /// How many calls a minute a client may make.
    pub(crate) rate_limits: RateLimits,
    /// How often a day a TPP may look at an account while its customer is away; without limit when `None`.
    pub(crate) unattended_limit: Option<u32>,
    /// Whether a client's calls need an API key.
    pub(crate) require_api_key: bool,
    /// Whether a call may ask for a fault of its own.
    pub(crate) fault_header: fault::header::Permission,
    /// How much of anything each client may keep, if not the usual; no file says it.
    pub(crate) kept_per_client: Option<usize>,
    /// Further CAs whose client certificates are accepted: files, or PEM itself.
    pub(crate) trust: Vec<String>,
    /// Further directories whose software statements are accepted.
    pub(crate) directories: Vec<DirectoryFile>,
}

impl BankSettings {
    /// How long its ids are.
    #[must_use]
    pub(crate) fn id_lengths(&self) -> Lengths {
        if self.has_odd_ids {
            Lengths::Odd(self.seed.derived("id lengths").0)
        } else {
            Lengths::Usual
        }
    }
}

/// When bank time begins and how it runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ClockStart {
    /// Bank time begins there and runs with real time.
    At(Timestamp),
    /// Bank time begins there, or now, and runs so many times as fast.
    AtRate {
        /// `None` for now.
        start: Option<Timestamp>,
        /// At least 1.
        rate: u32,
    },
    /// Bank time is real time.
    Now,
}

impl ClockStart {
    /// Another beginning, none for now, at the same rate.
    #[must_use]
    pub(crate) const fn beginning(self, start: Option<Timestamp>) -> Self {
        match (self, start) {
            (Self::AtRate { rate, .. }, start) => Self::AtRate { start, rate },
            (_, Some(at)) => Self::At(at),
            (_, None) => Self::Now,
        }
    }
}

/// A TPP registered from the start.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ClientPlan {
    /// What it calls itself in requests; also the name of its folder of keys.
    pub(crate) client_id: ClientId,
    /// What customers read.
    pub(crate) name: String,
    /// How it proves itself at the token endpoint.
    pub(crate) auth_method: AuthMethod,
    /// What its one key signs assertions and request objects with.
    pub(crate) signing_alg: Algorithm,
    /// `id_token_signed_response_alg`.
    pub(crate) id_token_alg: Algorithm,
    /// What it may do.
    pub(crate) roles: Vec<PspRole>,
    /// Where answers may go.
    pub(crate) redirect_uris: Vec<String>,
    /// In which ways it may be answered.
    pub(crate) response_types: Vec<ResponseType>,
    /// Its registered scope.
    pub(crate) scope: Scope,
    /// The API keys it has from the start.
    pub(crate) api_keys: Vec<String>,
    /// What it holds, if the bank is not to make it.
    pub(crate) own: Option<OwnKit>,
}

/// How a client proves itself.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum AuthMethod {
    PrivateKeyJwt,
    TlsClientAuth,
}

impl AuthMethod {
    /// The registered word.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::TlsClientAuth => "tls_client_auth",
        }
    }
}

/// Why there is no scenario: its author's mistakes, told before the door opens.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// No built-in scenario has this name.
    #[error("there is no built-in scenario `{name}`{}", hint(*.nearest))]
    UnknownName {
        /// What was asked for.
        name: String,
        /// What was perhaps meant.
        nearest: Option<&'static str>,
    },
    /// The file cannot be read.
    #[error("{file}: cannot be read: {source}")]
    Unreadable {
        /// Which.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The scenario is wrong.
    #[error("{}", lines(.0))]
    Wrong(Vec<Mistake>),
}

/// One thing that is wrong in a scenario.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Mistake {
    /// In which file.
    pub(crate) file: String,
    /// On which line, counted from one, when that is known.
    pub(crate) line: Option<usize>,
    /// In which column of that line, counted from one in characters, when that is known.
    pub(crate) column: Option<usize>,
    /// The line itself; empty when it is not known.
    pub(crate) excerpt: String,
    /// Where in the document: `clients[1].roles[0]`; empty when the form itself is broken.
    pub(crate) path: String,
    /// What was expected, what was found, and what was perhaps meant.
    pub(crate) message: String,
    /// What was expected, by itself, where that can be said in few words.
    pub(crate) expected: Option<String>,
    /// What was perhaps meant, by itself.
    pub(crate) nearest: Option<String>,
    /// Whether a word or a name is not known, rather than a value wrong.
    pub(crate) is_unknown_name: bool,
}

impl Mistake {
    /// What is wrong with a file as a whole.
    pub(crate) fn of_file(file: &str, message: String) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            column: None,
            excerpt: String::new(),
            path: String::new(),
            message,
            expected: None,
            nearest: None,
            is_unknown_name: false,
        }
    }
}

/// `file:line: path: message`.
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.path.is_empty() {
            write!(f, ": {}", self.path)?;
        }
        write!(f, ": {}", self.message)
    }
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or(String::new(), |nearest| {
        format!("; did you mean `{nearest}`?")
    })
}

fn lines(mistakes: &[Mistake]) -> String {
    let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// A megabyte of people is a data set, not a scenario, and YAML is read whole.
const SOURCE_BYTES_MAX: usize = 1024 * 1024;
/// The sort code of every account of this bank.
const OWN_SORT_CODE: u32 = 608_371;
