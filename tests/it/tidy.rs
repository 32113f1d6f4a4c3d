//! The rules of the house that no lint holds: who may import whom, where outside crates live, how long a
//! file may be, and that nothing is said, served or refused without a test that knows of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A source file, its path below the crate's root with slashes.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// What stands before the file's own tests; nothing of a file that is all tests.
    fn before_tests(&self) -> &str {
        if self.path.ends_with("/tests.rs") || self.path == "src/journal/fixture.rs" {
            return "";
        }
        let end = self.text.find("#[cfg(test)]\nmod tests");
        &self.text[..end.unwrap_or(self.text.len())]
    }

    /// The code before the tests, line by line with its number, without comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.before_tests().lines().enumerate();
        let is_code = |line: &&str| !line.trim_start().starts_with("//");
        lines
            .map(|(index, line)| (index + 1, line))
            .filter(move |(_, line)| is_code(line))
    }

    /// The module below `src` it belongs to.
    fn module(&self) -> Option<&str> {
        let below = self.path.strip_prefix("src/")?;
        let module = below.split('/').next()?.trim_end_matches(".rs");
        ORDER.contains(&module).then_some(module)
    }
}

/// Top to bottom: a module may import from those above it.
const ORDER: &[&str] = &[
    "clock",
    "entropy",
    "id",
    "json",
    "money",
    "rule",
    "pki",
    "jose",
    "wire",
    "banking",
    "consent",
    "oauth",
    "directory",
    "journey",
    "fault",
    "journal",
    "scenario",
    "bank",
    "web",
    "server",
    "tpp",
    "fixture",
    "cli",
];

/// What the order would allow and the house does not.
const STRANGERS: &[(&str, &[&str])] = &[
    ("banking", &["pki", "jose", "wire"]),
    ("consent", &["pki", "jose", "wire"]),
    ("oauth", &["banking", "consent"]),
    (
        "journal",
        &[
            "banking",
            "consent",
            "oauth",
            "directory",
            "journey",
            "fault",
            "pki",
            "jose",
        ],
    ),
];

/// Where each outside crate lives: prefixes of paths below `src`. Crates not listed are vocabulary.
const ADDRESSES: &[(&str, &[&str])] = &[
    ("bytes", &["wire", "web", "tpp"]),
    ("clap", &["cli"]),
    ("fake", &["scenario/people/chance.rs"]),
    ("http_body_util", &["wire/fetch.rs", "wire/server", "tpp/"]),
    ("hyper", &["wire/fetch.rs", "wire/server", "tpp/"]),
    ("hyper_util", &["wire/fetch.rs", "wire/server", "tpp/"]),
    ("josekit", &["jose"]),
    ("openssl", &["pki/"]),
    (
        "parking_lot",
        &[
            "clock.rs",
            "bank.rs",
            "bank/branch.rs",
            "bank/holding.rs",
            "bank/turns.rs",
            "bank/waiting.rs",
            "journal",
            "web/banks.rs",
            "wire/reply.rs",
            "wire/server/line.rs",
        ],
    ),
    ("rand", &["entropy", "scenario/people/chance.rs"]),
    ("rand_chacha", &["entropy", "scenario/people/chance.rs"]),
    ("rcgen", &["pki/"]),
    ("rustix", &["cli/run/child.rs"]),
    // Its types of certificates and configurations are the face of `pki` to those who open doors.
    (
        "rustls",
        &[
            "pki",
            "wire/connection.rs",
            "wire/fetch.rs",
            "wire/server",
            "server",
            "fixture",
            "tpp/",
        ],
    ),
    ("serde_yaml", &["scenario"]),
    ("strsim", &["scenario/text.rs", "web/control/error.rs"]),
    ("tokio_rustls", &["wire/fetch.rs", "wire/server", "tpp/"]),
    ("x509_parser", &["pki/"]),
];

/// Who reads and writes files.
const FILES: &[&str] = &["cli", "pki/store", "scenario"];

/// Longest file, not counting its own tests.
const LINES_MAX: usize = 400;

/// Files that may be longer, each with its reason. Empty it stays.
const LONG_FILES: &[(&str, &str)] = &[];

/// Rules that no caller can be made to break, each with its reason.
const OUT_OF_REACH: &[(&str, &str)] = &[
    ("bank.bug", "it is broken by a mistake of ours alone"),
    (
        "limit.held",
        "a thousand calls held at once take too long; the room's own tests fill it",
    ),
    (
        "id_token.encryption",
        "registration asks for the key, and only a rotation could take it away",
    ),
    (
        "userinfo.customer",
        "no token without a customer has the scope openid",
    ),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder of the crate, in order.
fn sources(folder: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    walk(&root().join(folder), &mut paths);
    paths.sort();
    let rust = paths
        .into_iter()
        .filter(|path| path.extension().is_some_and(|kind| kind == "rs"));
    let read = rust.map(|path| Source {
        text: fs::read_to_string(&path).unwrap().replace("\r\n", "\n"),
        path: path
            .strip_prefix(root())
            .unwrap()
            .to_str()
            .unwrap()
            .replace('\\', "/"),
    });
    read.collect()
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, paths);
        } else {
            paths.push(path);
        }
    }
}

/// The tests, as one text.
fn tests() -> String {
    sources("tests")
        .into_iter()
        .map(|source| source.text)
        .collect()
}

#[track_caller]
fn assert_none(complaints: &[String], what: &str) {
    assert!(complaints.is_empty(), "{what}:\n{}", complaints.join("\n"));
}

/// The modules of the crate that a line names.
fn named_modules(line: &str) -> impl Iterator<Item = &str> {
    line.split("crate::").skip(1).filter_map(|rest| {
        let end = rest
            .find(|c: char| !(c.is_ascii_lowercase() || c == '_'))
            .unwrap_or(rest.len());
        ORDER.contains(&&rest[..end]).then_some(&rest[..end])
    })
}

/// Whether a line names the outside crate, in a `use` or in a path.
fn names_crate(line: &str, name: &str) -> bool {
    let path = format!("{name}::");
    line.match_indices(&path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| !(c.is_alphanumeric() || c == '_' || c == ':'))
    })
}

#[test]
fn a_module_imports_only_from_modules_above_it() {
    let rank = |module: &str| ORDER.iter().position(|known| *known == module).unwrap();
    let mut complaints = Vec::new();
    for source in sources("src") {
        let Some(own) = source.module() else { continue };
        let strangers = STRANGERS.iter().find(|(module, _)| *module == own);
        for (number, line) in source.code() {
            if line.contains(concat!("crate", "::{")) {
                let told = "name each module of the crate on a line of its own";
                complaints.push(format!("{}:{number}: {told}", source.path));
            }
            for other in named_modules(line).filter(|other| *other != own) {
                let is_stranger = strangers.is_some_and(|(_, modules)| modules.contains(&other));
                if rank(other) > rank(own) || is_stranger {
                    complaints.push(format!("{}:{number}: {own} imports {other}", source.path));
                }
            }
        }
    }
    assert_none(&complaints, "imports that the house does not allow");
}

#[test]
fn every_module_has_a_place_in_the_order() {
    let known =
        |path: &str| path == "src/lib.rs" || path == "src/main.rs" || path.starts_with("src/bin/");
    let homeless = sources("src")
        .into_iter()
        .filter(|source| !known(&source.path) && source.module().is_none());
    let complaints: Vec<_> = homeless.map(|source| source.path).collect();
    assert_none(
        &complaints,
        "files of modules that tests/it/tidy.rs does not know",
    );
}

#[test]
fn an_outside_crate_lives_at_one_address() {
    let mut complaints = Vec::new();
    for source in sources("src") {
        let below = source.path.strip_prefix("src/").unwrap();
        if source.module().is_none() {
            continue;
        }
        for (name, addresses) in ADDRESSES {
            let is_home = addresses.iter().any(|address| below.starts_with(address));
            let strange = source
                .code()
                .filter(|(_, line)| !is_home && names_crate(line, name));
            complaints
                .extend(strange.map(|(number, _)| format!("{}:{number}: {name}", source.path)));
        }
        let touches_files = source.code().any(|(_, line)| line.contains("std::fs"));
        if touches_files && !FILES.iter().any(|address| below.starts_with(address)) {
            complaints.push(format!("{}: std::fs", source.path));
        }
    }
    assert_none(&complaints, "crates away from home");
}

#[test]
fn no_file_is_longer_than_a_reader_s_patience() {
    let mut complaints = Vec::new();
    for source in sources("src") {
        let lines = source.before_tests().lines().count();
        let is_excused = LONG_FILES.iter().any(|(path, _)| *path == source.path);
        if (lines > LINES_MAX) != is_excused {
            complaints.push(format!("{}: {lines} lines before its tests", source.path));
        }
    }
    assert_none(&complaints, "files too long, or excused for nothing");
}

#[test]
fn every_file_says_what_it_is_and_promises_nothing() {
    // Written apart, so that this file does not accuse itself.
    let promises = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
        concat!("HA", "CK"),
    ];
    let mut complaints = Vec::new();
    for source in sources("src").into_iter().chain(sources("tests")) {
        if !source.text.starts_with("//! ") {
            complaints.push(format!("{}: does not open with //!", source.path));
        }
        for promise in promises {
            if source.text.contains(promise) {
                complaints.push(format!("{}: {promise}", source.path));
            }
        }
    }
    assert_none(
        &complaints,
        "files without a first line, or with a last one still to be written",
    );
}

#[test]
fn no_test_sleeps_is_ignored_or_hopes_for_a_panic() {
    let bans = [
        concat!("#[ig", "nore"),
        concat!("should", "_panic"),
        concat!("thread::", "sleep"),
    ];
    // The doors and the command line may wait; a test waits for nothing but an answer.
    let waits = [
        concat!("time::", "sleep"),
        concat!("Instant::", "now"),
        concat!("SystemTime::", "now"),
    ];
    let mut complaints = Vec::new();
    let (own, of_tests) = (sources("src"), sources("tests"));
    let in_files = own
        .iter()
        .map(|source| &source.text[source.before_tests().len()..]);
    let in_files = own.iter().zip(in_files);
    let all = of_tests.iter().map(|source| (source, source.text.as_str()));
    for (source, text) in in_files.chain(all) {
        let seen = |ban: &&&str| text.contains(**ban);
        let bad = bans.iter().chain(&waits).filter(seen);
        complaints.extend(bad.map(|ban| format!("{}: {ban}", source.path)));
    }
    assert_none(&complaints, "tests that HOUSE does not want");
}

/// The texts between quotation marks after `marker` in the code before the tests.
fn quoted_after<'s>(
    source: &'s Source,
    marker: &'s str,
) -> impl Iterator<Item = (&'s str, &'s str)> {
    let pieces = source.before_tests().split(marker).skip(1);
    pieces.filter_map(|piece| {
        let (text, rest) = piece.strip_prefix('"')?.split_once('"')?;
        Some((text, rest))
    })
}

#[test]
fn every_rule_is_broken_by_a_test() {
    let tests = tests();
    let mut complaints = Vec::new();
    let mut count = 0;
    for source in sources("src") {
        for (name, rest) in quoted_after(&source, "name: ") {
            // A rule has its clause beside its name.
            if !rest
                .trim_start_matches([',', ' ', '\n'])
                .starts_with("clause:")
            {
                continue;
            }
            count += 1;
            let is_excused = OUT_OF_REACH.iter().any(|(known, _)| *known == name);
            let is_tested = tests.matches(&format!("\"{name}\"")).count() > usize::from(is_excused);
            if is_tested == is_excused {
                complaints.push(format!("{}: {name}", source.path));
            }
        }
    }
    assert!(
        count > 70,
        "the rules are not where this test looks: {count}"
    );
    assert_none(
        &complaints,
        "rules that no test breaks, or excused for nothing",
    );
}

/// Whether `tests` ask for this path: in a text of their own, whole or after a base, and with something in
/// the place of its variable.
fn is_called(path: &str, tests: &str) -> bool {
    let (fixed, variable) = path.split_once('{').unwrap_or((path, ""));
    tests.match_indices(fixed).any(|(at, _)| {
        let before = tests[..at].chars().next_back();
        let after = tests[at + fixed.len()..].chars().next();
        let begins = matches!(before, Some('"' | '}'));
        let is_end = matches!(after, Some('"' | '?'));
        begins && (is_end == variable.is_empty())
    })
}

#[test]
fn every_route_is_named_or_called_in_a_test() {
    let tests = tests();
    let all = sources("src");
    let table = |path: &str| all.iter().find(|source| source.path == path).unwrap();
    let bank = table("src/web/routes.rs").before_tests();
    let names = bank
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|text| !text.contains('/'));
    let names: BTreeSet<_> = names.filter(|text| text.contains('.')).collect();
    assert!(
        names.len() > 12,
        "the routes are not where this test looks: {names:?}"
    );
    let control = table("src/web/control/routes.rs").before_tests();
    let paths = control
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|text| text.starts_with('/'));
    let paths: BTreeSet<_> = paths.collect();
    assert!(
        paths.len() > 3,
        "the control routes are not where this test looks: {paths:?}"
    );
    let unnamed = names
        .iter()
        .filter(|name| !tests.contains(&format!("\"{name}\"")));
    let uncalled = paths.iter().filter(|path| !is_called(path, &tests));
    let complaints: Vec<_> = unnamed.chain(uncalled).map(ToString::to_string).collect();
    assert_none(&complaints, "routes that no test knows");
}

#[test]
fn every_scenario_is_in_the_readme() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap_or_default();
    let mut paths = Vec::new();
    walk(&root().join("scenarios"), &mut paths);
    let names = paths
        .iter()
        .map(|path| path.file_stem().unwrap().to_str().unwrap());
    let complaints: Vec<_> = names
        .filter(|name| !readme.contains(&format!("`{name}`")))
        .map(str::to_owned)
        .collect();
    assert_none(&complaints, "scenarios that README.md does not list");
}

#[test]
fn every_operation_of_the_control_api_is_a_method_of_the_handle() {
    let all = sources("src");
    let routes = |source: &Source, before: &str| {
        let text = source.before_tests().to_owned();
        let named = text.match_indices(before);
        let names = named.map(|(at, _)| {
            let name = &text[at + before.len()..];
            name[..name.find('"').unwrap()].to_owned()
        });
        names.collect::<BTreeSet<_>>()
    };
    let table = all.iter().find(|it| it.path == "src/web/control/routes.rs");
    let known = routes(table.unwrap(), "\"control.");
    let handle = all.iter().filter(|it| it.path.starts_with("src/fixture/"));
    let mut called: BTreeSet<_> = handle.flat_map(|it| routes(it, "\"control.")).collect();
    // Its answer is kept by the handle itself.
    called.insert("ready".to_owned());
    assert!(
        known.len() > 40,
        "the control routes are not where this test looks"
    );
    let complaints: Vec<_> = known.symmetric_difference(&called).cloned().collect();
    assert_none(
        &complaints,
        "operations that the control API and the handle do not share",
    );
}
