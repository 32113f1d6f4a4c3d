//! From what is written to what is meant. Every mistake names the file, the path inside it, what was
//! expected and the nearest right word; all of them are told at once, as far as the form allows.

mod account;
mod client;
mod faults;
mod habits;
mod household;
mod journeys;
mod limits;
mod payments;
mod person;
mod place;
mod trust;

use time::Duration;

use self::place::{column_of, excerpt, indent_of, line_of};
use super::file::{self, BankFile, ClockFile, ScenarioFile, TokensFile};
use super::text::{nearest, parse_duration, parse_start};
use super::{BankSettings, ClientPlan, ClockStart, Error, Mistake, Scenario};
use crate::banking::pending_to_booked::PendingToBooked;
use crate::clock::Timestamp;
use crate::entropy::Seed;
use crate::fault::header::Permission;
use crate::money::{Amount, Currency};
use crate::oauth::Lifetimes;
use crate::oauth::check::switchable;
use crate::oauth::metadata::Links;
use crate::oauth::profile::{Profile, covers};
use crate::oauth::registration::Mode;

/// Checks one client that is written outside of any scenario; the first mistake is told.
pub(super) fn lone_client(written: &file::ClientFile) -> Result<ClientPlan, Box<Mistake>> {
    let mut checker = Checker::new("", "");
    let plan = client::client(&mut checker, "", written);
    match checker.mistakes.into_iter().next() {
        Some(mistake) => Err(Box::new(mistake)),
        None => Ok(plan),
    }
}

/// Reads and checks a scenario; `file` is what mistakes call it.
pub(super) fn scenario(file: &str, source: &str) -> Result<Scenario, Error> {
    let written: ScenarioFile =
        serde_yaml::from_str(source).map_err(|error| malformed(file, source, &error))?;
    let mut checker = Checker::new(file, source);
    if written.version != VERSION {
        let found = written.version.to_string();
        checker.expected("version", "1", &found);
    }
    let bank = bank(&mut checker, &written.bank);
    let customers = person::customers(&mut checker, written.customers);
    let clients = client::clients(&mut checker, &written.clients);
    let known = journeys::Known::of(&customers, &clients, bank.seed);
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
    };
    checker.finish(scenario)
}

/// What the form itself refuses: unknown keys, wrong types, broken YAML.
fn malformed(file: &str, source: &str, error: &serde_yaml::Error) -> Error {
    let location = error.location();
    let told = location.as_ref().map(serde_yaml::Location::line);
    let repeated = repeated_key_line(source, told, &error.to_string());
    let line = repeated.or(told);
    let excerpt = excerpt(source, line);
    let column = match (repeated, location) {
        (Some(_), _) => Some(indent_of(excerpt) + 1),
        (None, location) => location.map(|location| location.column()),
    };
    Error::Wrong(vec![Mistake {
        file: file.to_owned(),
        line,
        column,
        excerpt: excerpt.to_owned(),
        path: String::new(),
        message: error.to_string(),
        expected: None,
        nearest: None,
        is_unknown_name: false,
    }])
}

/// The second line with a key written twice: the reader names only where its map begins.
fn repeated_key_line(source: &str, begins: Option<usize>, message: &str) -> Option<usize> {
    let (_, rest) = message.split_once("duplicate field `")?;
    let (key, _) = rest.split_once('`')?;
    let has_key = |text: &str| {
        let text = text.trim_start().trim_start_matches("- ");
        text.strip_prefix(key)
            .is_some_and(|rest| rest.starts_with(':'))
    };
    let mut lines = (source.lines().enumerate())
        .skip(begins?.saturating_sub(1))
        .filter(|(_, text)| has_key(text));
    let (_, first) = lines.next()?;
    // Behind a dash, the first key stands two columns further out than its siblings.
    let column = first.find(key)?;
    (lines.find(|(_, text)| text.find(key) == Some(column))).map(|(line, _)| line + 1)
}

/// Collects mistakes.
pub(super) struct Checker<'source> {
    file: &'source str,
    source: &'source str,
    mistakes: Vec<Mistake>,
}

impl<'source> Checker<'source> {
    fn new(file: &'source str, source: &'source str) -> Self {
        Self {
            file,
            source,
            mistakes: Vec::new(),
        }
    }

    /// Something else was expected at `path`.
    fn expected(&mut self, path: &str, expected: &str, found: &str) {
        self.mistake(path, found, format!("expected {expected}, found `{found}`"));
        if let Some(mistake) = self.mistakes.last_mut() {
            mistake.expected = Some(expected.to_owned());
        }
    }

    /// `found` is none of the known words; the nearest is offered.
    fn unknown<'word>(
        &mut self,
        path: &str,
        what: &str,
        found: &str,
        known: impl IntoIterator<Item = &'word str>,
    ) {
        let known: Vec<&str> = known.into_iter().collect();
        let near = nearest(found, known.iter().copied());
        let advice = match near {
            Some(word) => format!("did you mean `{word}`?"),
            None if known.len() <= WORDS_LISTED_MAX => {
                format!("expected one of `{}`", known.join("`, `"))
            }
            None => "there is none like it".to_owned(),
        };
        self.mistake(path, found, format!("unknown {what} `{found}`; {advice}"));
        if let Some(mistake) = self.mistakes.last_mut() {
            mistake.expected = Some(format!("one of {}", known.join(", ")));
            mistake.nearest = near.map(str::to_owned);
            mistake.is_unknown_name = true;
        }
    }

    /// The value one of the known words stands for.
    fn word<T: Copy>(
        &mut self,
        path: &str,
        what: &str,
        found: &str,
        known: &[(&'static str, T)],
    ) -> Option<T> {
        let value = known.iter().find(|(word, _)| *word == found);
        if value.is_none() {
            self.unknown(path, what, found, known.iter().map(|(word, _)| *word));
        }
        value.map(|(_, value)| *value)
    }

    /// An amount of money without a sign, in minor units; zero after a mistake.
    fn amount(&mut self, path: &str, text: &str, currency: Currency) -> i64 {
        match Amount::parse(text, currency) {
            Ok(amount) => amount.minor_units,
            Err(error) => {
                self.mistake(
                    path,
                    text,
                    format!("`{text}` is no amount of {currency}: {error}"),
                );
                0
            }
        }
    }

    /// A number within bounds.
    fn within(&mut self, path: &str, number: u64, (least, most): (u64, u64)) {
        if !(least..=most).contains(&number) {
            let found = number.to_string();
            self.expected(path, &format!("a number from {least} to {most}"), &found);
        }
    }

    fn duration(&mut self, path: &str, text: Option<&String>, default: Duration) -> Duration {
        let Some(text) = text else { return default };
        let duration = parse_duration(text).filter(|duration| duration.is_positive());
        if duration.is_none() {
            self.expected(path, "a duration with its unit, such as 300s or 90d", text);
        }
        duration.unwrap_or(default)
    }

    fn mistake(&mut self, path: &str, found: &str, message: String) {
        let line = line_of(self.source, path, found);
        let excerpt = excerpt(self.source, line);
        self.mistakes.push(Mistake {
            file: self.file.to_owned(),
            line,
            column: column_of(excerpt, found),
            excerpt: excerpt.to_owned(),
            path: path.to_owned(),
            message,
            expected: None,
            nearest: None,
            is_unknown_name: false,
        });
    }

    fn finish<T>(self, value: T) -> Result<T, Error> {
        if self.mistakes.is_empty() {
            return Ok(value);
        }
        Err(Error::Wrong(self.mistakes))
    }
}

fn bank(checker: &mut Checker<'_>, written: &BankFile) -> BankSettings {
    let profile = match &written.profile {
        Some(word) => checker.word("bank.profile", "profile", word, &PROFILES),
        None => None,
    };
    let profile = profile.unwrap_or(Profile::Fapi1Advanced);
    let registration = match &written.registration {
        Some(word) => checker.word("bank.registration", "mode", word, &REGISTRATION_MODES),
        None => None,
    };
    let by_profile = match profile {
        Profile::Fapi1Advanced => Mode::Strict,
        Profile::Relaxed => Mode::Sandbox,
    };
    let links = match &written.links {
        Some(word) => checker.word("bank.links", "form of links", word, &LINKS),
        None => None,
    };
    let way = written.pending_to_booked.as_ref().and_then(|word| {
        let ways = &PendingToBooked::WORDS;
        checker.word("bank.pending_to_booked", "way of booking", word, ways)
    });
    let fault_header = written.fault_header.as_ref().and_then(|word| {
        checker.word(
            "bank.fault_header",
            "rule for the header",
            word,
            &FAULT_HEADER,
        )
    });
    let page_size = written.page_size.unwrap_or(PAGE_SIZE);
    checker.within("bank.page_size", u64::from(page_size), (1, 1000));
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
        page_size: usize::try_from(page_size).unwrap_or(usize::MAX),
        rate_limits: limits::rate_limits(checker, written.limits.as_ref()),
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
        let advice = match nearest(name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`hamsterbank checks` lists them".to_owned(),
        };
        let message = format!("`{name}` is no check that can be switched off; {advice}");
        checker.mistake(&format!("bank.lenient[{index}]"), name, message);
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
const PROFILES: [(&str, Profile); 2] = [
    ("fapi1-advanced", Profile::Fapi1Advanced),
    ("relaxed", Profile::Relaxed),
];
const REGISTRATION_MODES: [(&str, Mode); 2] =
    [("strict", Mode::Strict), ("sandbox", Mode::Sandbox)];
const LINKS: [(&str, Links); 2] = [
    ("as_documented", Links::AsDocumented),
    ("absolute", Links::Absolute),
];
const FAULT_HEADER: [(&str, Permission); 2] =
    [("allow", Permission::Allow), ("forbid", Permission::Forbid)];
/// The seed nobody chose.
const SEED: u64 = 42;
/// Rows on a page when nobody asks (API contract, section 1).
const PAGE_SIZE: u32 = 100;
/// A year in a minute is half a million; beyond, clocks and people lose their way.
const RATE_MAX: u64 = 1_000_000;
/// More words than these are not listed in a message.
const WORDS_LISTED_MAX: usize = 12;
