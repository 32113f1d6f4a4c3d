//! From what is written to what is meant. Every mistake names the file, the path inside it, what was
//! expected and the nearest right word; all of them are told at once, as far as the form allows.

mod account;
mod checker;
pub(super) mod client;
mod faults;
mod habits;
mod household;
mod journeys;
mod limits;
mod payments;
pub(super) mod person;
mod place;
mod trust;
pub(super) mod words;

use serde::Deserialize as _;
use serde_json::Value;

use self::checker::Checker;
use self::place::excerpt;
use super::file::{self, BankFile, ClockFile, ScenarioFile, TokensFile};
use super::text::{nearest, parse_start};
use super::{BankSettings, ClientPlan, ClockStart, Error, Mistake, Overrides, Scenario, Source};
use super::{document, extends, form};
use crate::clock::Timestamp;
use crate::entropy::Seed;
use crate::oauth::Lifetimes;
use crate::oauth::check::switchable;
use crate::oauth::profile::{Profile, covers};
use crate::oauth::registration::Mode;

/// Checks one client that is written outside of any scenario; the first mistake is told.
pub(super) fn lone_client(written: &file::ClientFile) -> Result<ClientPlan, Box<Mistake>> {
    let mut checker = Checker::new("", "");
    let plan = client::client(&mut checker, "", written);
    match checker.first() {
        Some(mistake) => Err(Box::new(mistake)),
        None => Ok(plan),
    }
}

/// Reads and checks a scenario; `file` is what mistakes call it.
pub(super) fn scenario(file: &str, source: &str) -> Result<Scenario, Error> {
    let document = document::read(source).map_err(|error| malformed(file, source, &error))?;
    let mut checker = Checker::new(file, source);
    for path in &document.repeated {
        checker.repeated(path);
    }
    let resolved = extends::resolve(document.value);
    checker.written_at(resolved.origin, resolved.slips);
    let (written, whole) = written(&mut checker, resolved.value)?;
    if written.version != VERSION {
        let found = written.version.to_string();
        checker.expected("version", "1", &found);
    }
    let bank = bank(&mut checker, &written.bank);
    let customers = person::customers(&mut checker, written.customers);
    let clients = client::clients(&mut checker, &written.clients);
    let known = journeys::Known::of(&customers, &clients, (bank.seed, bank.id_lengths()));
    let written_journeys = (&written.journeys, &written.scripts);
    let scenario = Scenario {
        journeys: journeys::plan(&mut checker, written_journeys, &known),
        payments: payments::rules(&mut checker, &written.payments, &known),
        faults: faults::rules(&mut checker, &written.faults, &known),
        bank,
        customers,
        clients,
        name: written.name,
        about: written.about,
        written: whole.into(),
        source: Source::Given,
        overrides: Overrides::default(),
    };
    checker.finish(scenario)
}

/// A document as the types that read it, mended where its form is wrong, and the document itself.
fn written(checker: &mut Checker<'_>, mut whole: Value) -> Result<(ScenarioFile, Value), Error> {
    if let Some(members) = whole.as_object_mut() {
        members.retain(|name, _| name != "$schema" && !name.starts_with("x-"));
    }
    if let Ok(written) = ScenarioFile::deserialize(&whole) {
        return Ok((written, whole));
    }
    checker.form(form::mend(&mut whole));
    match ScenarioFile::deserialize(&whole) {
        Ok(written) => Ok((written, whole)),
        Err(error) => Err(checker.unreadable(&error.to_string())),
    }
}

/// What is no YAML, or too much of it.
fn malformed(file: &str, source: &str, error: &serde_yaml::Error) -> Error {
    let location = error.location();
    let line = location.as_ref().map(serde_yaml::Location::line);
    Error::Wrong(vec![Mistake {
        line,
        column: location.map(|location| location.column()),
        excerpt: excerpt(source, line).to_owned(),
        ..Mistake::of_file(file, error.to_string())
    }])
}

fn bank(checker: &mut Checker<'_>, written: &BankFile) -> BankSettings {
    let profile = match &written.profile {
        Some(word) => checker.word("bank.profile", "profile", word, &words::PROFILES),
        None => None,
    };
    let profile = profile.unwrap_or(Profile::Fapi1Advanced);
    let registration = match &written.registration {
        Some(word) => checker.word("bank.registration", "mode", word, &words::REGISTRATION),
        None => None,
    };
    let by_profile = match profile {
        Profile::Fapi1Advanced => Mode::Strict,
        Profile::Relaxed => Mode::Sandbox,
    };
    let links = match &written.links {
        Some(word) => checker.word("bank.links", "form of links", word, &words::LINKS),
        None => None,
    };
    let way = written.pending_to_booked.as_ref().and_then(|word| {
        let path = "bank.pending_to_booked";
        checker.word(path, "way of booking", word, &words::WAYS)
    });
    let fault_header = written.fault_header.as_ref().and_then(|word| {
        checker.word(
            "bank.fault_header",
            "rule for the header",
            word,
            &words::FAULT_HEADER,
        )
    });
    let hints = written.client_ca_hints.as_ref().and_then(|word| {
        let path = "bank.client_ca_hints";
        checker.word(path, "kind of hints", word, &words::CLIENT_CA_HINTS)
    });
    let has_odd_ids = written.id_lengths.as_ref().and_then(|word| {
        let path = "bank.id_lengths";
        checker.word(path, "kind of lengths", word, &words::ID_LENGTHS)
    });
    let page_size = written.page_size.unwrap_or(PAGE_SIZE);
    checker.within("bank.page_size", u64::from(page_size), (1, 1000));
    if let Some(most) = written.unattended_limit {
        checker.within("bank.unattended_limit", u64::from(most), (1, 1000));
    }
    BankSettings {
        name: (written.name.clone()).unwrap_or_else(|| "Hamster Bank".to_owned()),
        profile,
        registration: registration.unwrap_or(by_profile),
        links: links.unwrap_or_default(),
        lenient: lenient(checker, &written.lenient),
        explain: written.explain.unwrap_or(true),
        seed: Seed(written.seed.unwrap_or(SEED)),
        clock: clock(checker, written.clock.as_ref()),
        lifetimes: lifetimes(checker, &written.tokens),
        cut_off: payments::cut_off(checker, written.cut_off.as_deref()),
        contracts: payments::contracts(checker, &written.contracts),
        pending_to_booked: way.unwrap_or_default(),
        sign_responses: written.sign_responses.unwrap_or(false),
        response_headers: written.response_headers.unwrap_or(true),
        hints_client_cas: hints.unwrap_or(true),
        has_odd_ids: has_odd_ids.unwrap_or(false),
        page_size: usize::try_from(page_size).unwrap_or(usize::MAX),
        rate_limits: limits::rate_limits(checker, written.limits.as_ref()),
        unattended_limit: written.unattended_limit,
        require_api_key: written.require_api_key.unwrap_or(false),
        fault_header: fault_header.unwrap_or_default(),
        kept_per_client: None,
        trust: trust::authorities(&written.trust),
        directories: trust::directories(checker, &written.trust),
    }
}

/// Names of checks, or what stands before a dot in them, as `pkce` in `pkce.verifier`.
fn lenient(checker: &mut Checker<'_>, written: &[String]) -> Vec<String> {
    for (index, name) in written.iter().enumerate() {
        if switchable().any(|rule| covers(name, rule.name)) {
            continue;
        }
        let families = switchable().filter_map(|rule| rule.name.split('.').next());
        let names = switchable().map(|rule| rule.name).chain(families);
        let near = nearest(name, names);
        let advice = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`hamsterbank checks` lists them".to_owned(),
        };
        let message = format!("`{name}` is no check that can be switched off; {advice}");
        let expected = "the name of a check, or what stands before a dot in it";
        let path = format!("bank.lenient[{index}]");
        checker.advised((&path, name), message, (expected, near));
    }
    written.to_vec()
}

fn clock(checker: &mut Checker<'_>, written: Option<&ClockFile>) -> ClockStart {
    match written {
        None => ClockStart::Now,
        Some(ClockFile::Text(text)) => {
            start(checker, "bank.clock", text).map_or(ClockStart::Now, ClockStart::At)
        }
        Some(ClockFile::Course(course)) => {
            let rate = course.rate.unwrap_or(1);
            checker.within("bank.clock.rate", u64::from(rate), (1, RATE_MAX));
            let start =
                (course.start.as_ref()).and_then(|text| start(checker, "bank.clock.start", text));
            ClockStart::AtRate { start, rate }
        }
    }
}

/// `None` for `now`.
fn start(checker: &mut Checker<'_>, path: &str, text: &str) -> Option<Timestamp> {
    parse_start(text).unwrap_or_else(|error| {
        checker.mistake(path, text, format!("`{text}` is no start: {error}"));
        None
    })
}

fn lifetimes(checker: &mut Checker<'_>, written: &TokensFile) -> Lifetimes {
    let default = Lifetimes::default();
    let mut read = |key: &str, text: &Option<String>, default| {
        checker.duration(&format!("bank.tokens.{key}"), text.as_ref(), default)
    };
    Lifetimes {
        access_token: read("access", &written.access, default.access_token),
        refresh_token: read("refresh", &written.refresh, default.refresh_token),
        id_token: read("id", &written.id, default.id_token),
        code: read("code", &written.code, default.code),
        request_uri: read("request_uri", &written.request_uri, default.request_uri),
    }
}

const VERSION: u32 = 1;
/// The seed nobody chose.
const SEED: u64 = 42;
/// Rows on a page when nobody asks (API contract, section 1).
const PAGE_SIZE: u32 = 100;
/// A year in a minute is half a million; beyond, clocks and people lose their way.
const RATE_MAX: u64 = 1_000_000;
