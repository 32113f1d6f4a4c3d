//! Wrong usage in one line with the nearest right name, and what no command at all means.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::failure::Failure;

/// `hamsterbank` alone is `hamsterbank serve`, and so is `hamsterbank --listen …`.
pub(super) fn with_default_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let first = arguments.get(1).map(|first| first.to_string_lossy());
    let is_flag = first.as_deref().is_none_or(|first| first.starts_with('-'));
    let asks_for_all = ["-h", "--help", "-V", "--version"];
    if is_flag && !first.is_some_and(|first| asks_for_all.contains(&&*first)) {
        arguments.insert(arguments.len().min(1), OsString::from("serve"));
    }
    arguments
}

/// Whether a program reads stdout for a ready document: `serve` was told `--output json`.
pub(super) fn awaits_document(arguments: &[OsString]) -> bool {
    let arguments = with_default_command(arguments.to_vec());
    let words: Vec<_> = arguments
        .iter()
        .map(|word| word.to_string_lossy())
        .collect();
    let in_two = |pair: &[_]| matches!(pair, [flag, form] if flag == "--output" && form == "json");
    let is_serve = words.get(1).is_some_and(|command| command == "serve");
    is_serve && (words.windows(2).any(in_two) || words.iter().any(|word| word == "--output=json"))
}

/// Whether what was typed is a `run`, whose codes from 0 to 124 are its command's.
pub(super) fn is_run(arguments: &[OsString]) -> bool {
    arguments.get(1).is_some_and(|command| command == "run")
}

/// What clap tells on several lines, on one.
pub(super) fn failure(error: &clap::Error) -> Failure {
    let told = error.render().to_string();
    let told = told.trim_start_matches("error: ");
    // The first paragraph says what is wrong; what follows it is a tip and the usage.
    let paragraph = told.split("\n\n").next().unwrap_or(told);
    let words: Vec<_> = paragraph.split_whitespace().collect();
    let sentence = words.join(" ");
    let suggested = SUGGESTIONS.iter().find_map(|kind| error.get(*kind));
    let nearest = suggested.and_then(|suggested| match suggested {
        ContextValue::String(word) => Some(word),
        // The most similar comes last.
        ContextValue::Strings(words) => words.last(),
        _ => None,
    });
    if let Some(nearest) = nearest {
        return Failure::usage(format!("{sentence}; did you mean {nearest}?"));
    }
    let is_unknown = error.kind() == ErrorKind::InvalidSubcommand;
    match is_unknown.then(|| above(told)).flatten() {
        Some(above) => Failure::usage(format!("{sentence}; see `{above} --help`")),
        None => Failure::usage(sentence),
    }
}

/// The command that does not know what was typed, from the usage that clap tells last.
fn above(told: &str) -> Option<&str> {
    let (_, usage) = told.rsplit_once("Usage: ")?;
    usage.split(['[', '<', '\n']).next().map(str::trim)
}

const SUGGESTIONS: [ContextKind; 3] = [
    ContextKind::SuggestedArg,
    ContextKind::SuggestedSubcommand,
    ContextKind::SuggestedValue,
];

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::typed::Typed;
    use super::*;

    fn typed(line: &str) -> Result<Typed, clap::Error> {
        let words = std::iter::once("hamsterbank").chain(line.split_whitespace());
        Typed::try_parse_from(with_default_command(words.map(OsString::from).collect()))
    }

    #[test]
    fn a_flag_without_a_command_is_one_of_serve() {
        for (line, completed) in [
            ("", "hamsterbank serve"),
            ("--seed 7", "hamsterbank serve --seed 7"),
            ("serve --seed 7", "hamsterbank serve --seed 7"),
            ("checks", "hamsterbank checks"),
            ("--help", "hamsterbank --help"),
            ("--version", "hamsterbank --version"),
        ] {
            let words = std::iter::once("hamsterbank").chain(line.split_whitespace());
            let words = with_default_command(words.map(OsString::from).collect());
            let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
            assert_eq!(words.join(" "), completed);
        }
        assert_eq!(with_default_command(Vec::new()), ["serve"]);
    }

    #[test]
    fn a_command_like_no_other_is_sent_to_the_page_of_help_that_lists_them() {
        for (line, told) in [
            (
                "ctl snapshots list",
                "unrecognized subcommand 'list'; see `hamsterbank ctl snapshots --help`",
            ),
            (
                "xyz",
                "unrecognized subcommand 'xyz'; see `hamsterbank --help`",
            ),
        ] {
            let failure = failure(&typed(line).unwrap_err());
            assert_eq!(failure.message(), told, "{line}");
        }
    }

    #[test]
    fn of_several_like_words_the_nearest_is_proposed() {
        for (line, nearest) in [("serv", "serve"), ("scenario chek", "check")] {
            let told = failure(&typed(line).unwrap_err());
            let proposed = format!("did you mean {nearest}?");
            assert!(told.message().ends_with(&proposed), "{}", told.message());
        }
    }

    #[test]
    fn a_wrong_word_is_one_line_with_the_nearest_right_one() {
        for (line, told) in [
            (
                "--listne x:1",
                "unexpected argument '--listne' found; did you mean --listen?",
            ),
            (
                "check",
                "unrecognized subcommand 'check'; did you mean checks?",
            ),
            (
                "--log inof",
                "invalid value 'inof' for '--log <LEVEL>' [possible values: off, error, warn, info, debug]; did you mean info?",
            ),
            (
                "--seed",
                "a value is required for '--seed <N>' but none was supplied",
            ),
            (
                "--listen 8443",
                "invalid value '8443' for '--listen <ADDR:PORT>': \"8443\" is not an address: expected HOST:PORT, such as localhost:8443 or [::1]:8443",
            ),
            (
                "--clock yesterday",
                "invalid value 'yesterday' for '--clock <START>': expected now, or an RFC 3339 instant from 1900 to 2199 such as 2026-11-20T09:00:00Z",
            ),
            (
                "--public-url ftp://bank.test",
                "invalid value 'ftp://bank.test' for '--public-url <URL>': expected https:// (with --plain-http also http://), a host, perhaps a port and a path, and nothing more",
            ),
            (
                "--bank-ports 8599-8500",
                "invalid value '8599-8500' for '--bank-ports <A-B>': expected two ports from 1 to 65535, such as 8500-8599",
            ),
            (
                "--hostname a_b",
                "invalid value 'a_b' for '--hostname <NAME>': expected a host name or an IP address",
            ),
            (
                "ready --wait 10",
                "invalid value '10' for '--wait <DURATION>': expected a duration with its unit, such as 10s or 500ms",
            ),
            (
                "explain 42",
                "invalid value '42' for '<REQUEST_ID>': expected an id as x-hamster-request tells it, such as req_0000000042",
            ),
            (
                "scenario check",
                "the following required arguments were not provided: <FILE>...",
            ),
            (
                "--seed 1 --seed 2",
                "the argument '--seed <N>' cannot be used multiple times",
            ),
            ("checks extra", "unexpected argument 'extra' found"),
        ] {
            let failure = failure(&typed(line).unwrap_err());
            assert_eq!(failure.message(), told, "{line}");
        }
        let failure = failure(&typed("scenario").unwrap_err());
        assert!(
            failure
                .message()
                .starts_with("'hamsterbank scenario' requires a subcommand"),
            "{failure:?}"
        );
    }
}
