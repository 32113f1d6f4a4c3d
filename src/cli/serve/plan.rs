//! What `serve`'s flags mean: a checked scenario, the server's options, and what is done around them.

use std::path::{Path, PathBuf};

use time::Duration;

use crate::clock::Now;
use crate::entropy::Seed;
use crate::scenario::{ClockStart, Error, Overrides, Scenario, Source};
use crate::server::{Certs, Options};

use super::super::failure::Failure;
use super::super::typed::{ControlListen, Level, ServeArgs, Start};

/// What is to be done.
#[derive(Debug)]
pub(in super::super) struct Plan {
    pub(in super::super) scenario: Scenario,
    /// The file to be read again when it changes.
    pub(in super::super) watched: Option<PathBuf>,
    pub(in super::super) options: Options,
    pub(in super::super) log: Level,
    pub(in super::super) exit_on_stdin_close: bool,
}

impl Plan {
    /// What was typed, meant. Reads the scenario, and touches nothing else.
    pub(in super::super) fn of(typed: ServeArgs) -> Result<Self, Failure> {
        let token = typed.control_token.as_deref();
        if token.is_some_and(|token| !is_bearer_token(token)) {
            let message = "--control-token has characters that a bearer token cannot have: expected \
                           letters, digits and - . _ ~ + / with = at the end (RFC 6750, section 2.1)";
            return Err(Failure::usage(message).about("--control-token"));
        }
        let is_plain_url =
            (typed.public_url.as_deref()).is_some_and(|url| url.starts_with("http:"));
        if is_plain_url && !typed.plain_http {
            let message =
                "--public-url begins with http://: expected https://, or --plain-http too";
            return Err(Failure::usage(message).about("--public-url"));
        }
        let scenario = find(&typed.scenario)?.with(Overrides {
            clock: typed.clock.map(|start| match start {
                Start::At(at) => ClockStart::At(at),
                Start::Now => ClockStart::Now,
            }),
            profile: typed.profile.map(Into::into),
            seed: typed.seed.map(Seed),
        });
        let watched = typed.watch.then(|| watched(&scenario)).transpose()?;
        Ok(Self {
            scenario,
            watched,
            options: Options {
                listen: typed.listen,
                control_listen: match typed.control_listen {
                    ControlListen::At(address) => Some(address),
                    ControlListen::Off => None,
                },
                plain_http: typed.plain_http,
                public_url: typed.public_url,
                hostnames: typed.hostname,
                certs: if typed.ephemeral {
                    Certs::Temporary
                } else {
                    Certs::Directory(typed.certs_dir)
                },
                control_token: typed.control_token,
                allow_test_keys: typed.allow_test_keys,
                ready_file: typed.ready_file,
                bank_ports: typed.bank_ports,
                ..Options::default()
            },
            log: typed.log,
            exit_on_stdin_close: typed.exit_on_stdin_close,
        })
    }
}

/// The file a scenario comes from.
fn watched(scenario: &Scenario) -> Result<PathBuf, Failure> {
    if let Source::File(path) = &scenario.source {
        return Ok(path.clone());
    }
    let message = format!(
        "--watch needs a scenario of a file: {} is built in, and changes never",
        scenario.name
    );
    Err(Failure::usage(message).about("--watch"))
}

/// What is unusual about a bank, in a sentence each.
pub(in super::super) fn warnings(scenario: &Scenario, options: &Options, now: Now) -> Vec<String> {
    let mut warnings: Vec<_> = scenario
        .switched_off()
        .map(|rule| format!("the check {} is switched off ({})", rule.name, rule.clause))
        .collect();
    let ahead = now.bank.since(now.real);
    if ahead.abs() > Duration::MINUTE {
        let side = if ahead.is_negative() {
            "behind"
        } else {
            "ahead of"
        };
        warnings.push(format!(
            "bank time is {}, {} {side} real time: tokens, consents and banking data go by bank time, \
             certificates and whatever is signed by real time",
            now.bank,
            rounded(ahead.abs()),
        ));
    }
    if options.plain_http {
        warnings.push(
            "the bank speaks plain HTTP: the client certificate is what the header Client-Cert says, and \
             anybody can send it"
                .to_owned(),
        );
    }
    let is_reachable = !options.listen.is_loopback() && options.public_url.is_none();
    if options.allow_test_keys || is_reachable {
        warnings.push(
            "published test keys serve wherever this bank is reached: anybody has them".to_owned(),
        );
    }
    warnings
}

/// A built-in scenario by its name, or a file. What looks like a name is one, unless there is such a file.
pub(in super::super) fn find(text: &str) -> Result<Scenario, Error> {
    if names_file(text) {
        Scenario::load(Path::new(text))
    } else {
        Scenario::builtin(text)
    }
}

/// Whether a scenario that is called so is a file.
pub(in super::super) fn names_file(text: &str) -> bool {
    let path = Path::new(text);
    let is_builtin = Scenario::builtin_names().any(|name| name == text);
    let has_suffix = path
        .extension()
        .is_some_and(|suffix| suffix == "yaml" || suffix == "yml");
    (has_suffix || path.components().count() > 1 || path.is_file()) && !is_builtin
}

/// `b64token` of RFC 6750, section 2.1.
fn is_bearer_token(text: &str) -> bool {
    let word = text.trim_end_matches('=');
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    !word.is_empty() && word.bytes().all(is_inner)
}

/// In the largest unit that tells it.
fn rounded(length: Duration) -> String {
    let (number, unit) = match length {
        length if length >= Duration::DAY => (length.whole_days(), "day"),
        length if length >= Duration::HOUR => (length.whole_hours(), "hour"),
        length => (length.whole_minutes(), "minute"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::typed::{Command, Typed};
    use crate::clock::Timestamp;
    use crate::oauth::profile::Profile;

    fn plan(line: &str) -> Result<Plan, Failure> {
        let words = ["hamsterbank", "serve"].into_iter();
        let typed = Typed::parse_from(words.chain(line.split_whitespace()));
        let Command::Serve(arguments) = typed.command else {
            panic!("{line} is not serve's");
        };
        Plan::of(*arguments)
    }

    #[test]
    fn flags_hold_over_the_scenario() {
        let scenario = plan("").unwrap().scenario;
        assert_eq!((scenario.bank.seed, &*scenario.name), (Seed(42), "default"));
        let scenario = plan("--seed 7 --profile relaxed --clock 2024-01-15")
            .unwrap()
            .scenario;
        let noon = Timestamp::parse("2024-01-15").unwrap();
        assert_eq!(scenario.bank.seed, Seed(7));
        assert_eq!(scenario.bank.profile, Profile::Relaxed);
        assert_eq!(scenario.bank.clock, ClockStart::At(noon));
        let scenario = plan("--scenario docs --clock now").unwrap().scenario;
        assert!(!matches!(scenario.bank.clock, ClockStart::At(_)));
    }

    #[test]
    fn another_start_keeps_the_rate() {
        let at = Timestamp::parse("2024-01-15").unwrap();
        let fast = |start| ClockStart::AtRate { start, rate: 60 };
        assert_eq!(fast(None).beginning(Some(at)), fast(Some(at)));
        assert_eq!(fast(Some(at)).beginning(None), fast(None));
        assert_eq!(ClockStart::At(at).beginning(None), ClockStart::Now);
    }

    #[test]
    fn options_are_as_typed() {
        let options =
            plan("--ephemeral --control-listen off --hostname a.test,b.test --hostname ::1");
        let options = options.unwrap().options;
        assert_eq!(options.certs, Certs::Temporary);
        assert_eq!(options.control_listen, None);
        assert_eq!(options.hostnames, ["a.test", "b.test", "::1"]);
        let options = plan("--public-url https://bank.test:8443/")
            .unwrap()
            .options;
        assert_eq!(
            options.public_url.as_deref(),
            Some("https://bank.test:8443")
        );
        assert_eq!(options.certs, Certs::Directory("certs".into()));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (line, told) in [
            (
                "--scenario defalt",
                "there is no built-in scenario `defalt`; did you mean `default`?",
            ),
            ("--scenario no/such.yaml", "no/such.yaml: cannot be read: "),
            ("--scenario such.yml", "such.yml: cannot be read: "),
            ("--control-token pässword", "--control-token has characters"),
            ("--control-token ===", "--control-token has characters"),
            (
                "--watch",
                "--watch needs a scenario of a file: default is built in",
            ),
            (
                "--public-url http://bank.test",
                "--public-url begins with http://: expected https://, or --plain-http too",
            ),
        ] {
            let failure = plan(line).unwrap_err();
            assert!(failure.message().contains(told), "{line}: {failure:?}");
            assert!(!failure.message().contains("pässword"), "{failure:?}");
        }
    }

    #[test]
    fn what_is_unusual_is_told() {
        let source = "version: 1\nname: x\nbank:\n  lenient: [pkce.verifier]\n";
        let scenario = Scenario::parse("x.yaml", source).unwrap();
        let real = Timestamp::parse("2026-11-20").unwrap();
        let told = |by| {
            let now = Now {
                bank: real.plus(by),
                real,
            };
            warnings(&scenario, &Options::default(), now).join("\n")
        };
        let switched_off =
            "the check pkce.verifier is switched off (RFC 7636, sections 4.5 and 4.6)";
        assert_eq!(told(Duration::MINUTE), switched_off);
        assert!(told(Duration::seconds(61)).contains(", 1 minute ahead of real time"));
        assert!(told(Duration::days(-91)).contains(", 91 days behind real time"));
    }
}
