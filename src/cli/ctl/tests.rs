//! What is typed, and the call it becomes.

use clap::Parser as _;

use crate::tpp::call::Body;

use super::super::typed::{Command, Typed};
use super::*;

/// Method, path and body of what a line means.
fn asked(line: &[&str]) -> Result<(String, String, Option<Value>), String> {
    let words = ["hamsterbank", "ctl"]
        .into_iter()
        .chain(line.iter().copied());
    let typed = Typed::try_parse_from(words).map_err(|error| error.to_string())?;
    let Command::Ctl(arguments) = typed.command else {
        panic!("another command");
    };
    let control = Control::new(&arguments.bank).unwrap();
    let verb = words::verbs()
        .find(|verb| verb.words == arguments.words)
        .unwrap();
    let call = call(&control, &verb, &arguments.typed);
    let call = call.map_err(|failure| failure.message().to_owned())?;
    let path = call
        .url
        .trim_start_matches("http://localhost:8444")
        .to_owned();
    let body = match call.body {
        Body::Json(body) => Some(body),
        _ => None,
    };
    Ok((call.method.to_string(), path, body))
}

/// Words, and the call they become.
const LINES: &[(&[&str], &str, &str, &str)] = &[
    (&["health"], "GET", "/health", ""),
    (&["reset"], "POST", "/reset", ""),
    (
        &["clock", "advance", "91d"],
        "POST",
        "/clock",
        r#"{"advance":"91d"}"#,
    ),
    (&["clock", "freeze"], "POST", "/clock", r#"{"freeze":true}"#),
    (&["clock", "rate", "60"], "POST", "/clock", r#"{"rate":60}"#),
    (&["clock", "get"], "GET", "/clock", ""),
    (
        &["consents", "age", "c/1", "90d"],
        "POST",
        "/consents/c%2F1/age",
        r#"{"by":"90d"}"#,
    ),
    (
        &[
            "consents",
            "decide",
            "c1",
            "approve",
            "--account-ids",
            "a,b",
        ],
        "POST",
        "/consents/c1/decision",
        r#"{"account_ids":["a","b"],"decision":"approve"}"#,
    ),
    (
        &[
            "consents",
            "create",
            "acorn-budget",
            "hazel",
            "account-access",
            "--json",
            r#"{"permissions":["ReadAccounts"]}"#,
        ],
        "POST",
        "/consents",
        r#"{"client_id":"acorn-budget","consent_type":"account-access","customer_id":"hazel","permissions":["ReadAccounts"]}"#,
    ),
    (
        &[
            "transactions",
            "create",
            "a1",
            "--json",
            r#"{"amount":{"amount":"1.00","currency":"GBP"},"credit_debit_indicator":"debit"}"#,
        ],
        "POST",
        "/accounts/a1/transactions",
        r#"{"amount":{"amount":"1.00","currency":"GBP"},"credit_debit_indicator":"debit"}"#,
    ),
    (
        &["keys", "rotate", "--keep-old", "false"],
        "POST",
        "/keys/rotate",
        r#"{"keep_old":false}"#,
    ),
    (&["keys", "rotate"], "POST", "/keys/rotate", "{}"),
    (
        &["clients", "keys", "create", "burrow-pay", "sandbox"],
        "POST",
        "/clients/burrow-pay/keys",
        r#"{"environment":"sandbox"}"#,
    ),
    (
        &[
            "requests",
            "list",
            "--route",
            "oauth.token",
            "--count",
            "--control",
            "http://localhost:8444",
        ],
        "GET",
        "/requests?route=oauth.token&count=true",
        "",
    ),
    (
        &["banks", "create", "--scenario", "heavy", "--seed", "7"],
        "POST",
        "/banks",
        r#"{"scenario":"heavy","seed":7}"#,
    ),
    (
        &[
            "faults",
            "arm",
            "token.expired_early",
            "--on",
            "banking.accounts",
            "--times",
            "1",
        ],
        "POST",
        "/faults",
        r#"{"then":[{"fault":"token.expired_early"}],"when":{"route":"banking.accounts","times":1}}"#,
    ),
    (
        &[
            "faults",
            "arm",
            "http.status",
            "--with",
            "status=503",
            "--with",
            "body=down",
            "--name",
            "outage",
        ],
        "POST",
        "/faults",
        r#"{"name":"outage","then":[{"body":"down","fault":"http.status","status":503}],"when":"always"}"#,
    ),
    (
        &["faults", "arm", "--json", r#"{"when":"always","then":[]}"#],
        "POST",
        "/faults",
        r#"{"then":[],"when":"always"}"#,
    ),
    (
        &["scenario", "replace", "relaxed"],
        "PUT",
        "/scenario",
        r#""relaxed""#,
    ),
    (
        &[
            "clients",
            "create",
            "willow",
            "https://localhost:9443/callback,http://localhost:9080/callback",
            "--roles",
            "AISP",
        ],
        "POST",
        "/clients",
        r#"{"client_id":"willow","redirect_uris":["https://localhost:9443/callback","http://localhost:9080/callback"],"roles":["AISP"]}"#,
    ),
    (
        &["clients", "change", "willow", "--name", "Willow"],
        "PATCH",
        "/clients/willow",
        r#"{"name":"Willow"}"#,
    ),
    (
        &["requests", "archive", "--route", "oauth"],
        "GET",
        "/requests.har?route=oauth",
        "",
    ),
    (
        &["snapshots", "restore", "snap_1"],
        "POST",
        "/snapshots/snap_1/restore",
        "",
    ),
];

#[test]
fn a_line_becomes_the_call_that_its_words_say() {
    for (line, method, path, body) in LINES {
        let (got_method, got_path, got_body) = asked(line).unwrap();
        assert_eq!(
            (got_method.as_str(), got_path.as_str()),
            (*method, *path),
            "{line:?}"
        );
        let expected = (!body.is_empty()).then(|| serde_json::from_str::<Value>(body).unwrap());
        assert_eq!(got_body, expected, "{line:?}");
    }
}

#[test]
fn a_line_that_says_too_little_or_too_much_is_refused_before_anybody_is_called() {
    for (line, told) in [
        (&["clock"] as &[&str], "Usage: hamsterbank ctl clock"),
        (&["clock", "advance"], "<ADVANCE>"),
        (&["clock", "freeze", "now"], "unexpected argument 'now'"),
        (
            &["clock", "advnace", "1d"],
            "a similar subcommand exists: 'advance'",
        ),
        (
            &["clock", "rate", "fast"],
            "rate is \"fast\"; expected a whole number",
        ),
        (
            &["banks", "create", "--seed", "-1"],
            "seed is \"-1\"; expected a whole number",
        ),
        (
            &["requests", "list", "--limit", "1.5"],
            "limit is \"1.5\"; expected a whole number",
        ),
        (
            &["journeys", "arm", "reject", "--when", "nth=1"],
            "when is \"nth=1\"; expected an object in JSON",
        ),
        (
            &["transactions", "create", "a1", "1.00", "credit"],
            "amount is \"1.00\"; expected an object in JSON",
        ),
        (
            &["faults", "replace", "{}"],
            "items is \"{}\"; expected a list in JSON",
        ),
        (
            &["faults", "replace", "x"],
            "items is \"x\"; expected a list in JSON",
        ),
        (&["consents", "decide", "c1", "revok"], "'revoke'"),
        (&["scenario", "replace"], "<NAME|FILE|->"),
        (
            &["scenario", "replace", "no/such.yaml"],
            "cannot read no/such.yaml",
        ),
        (
            &["banks", "create", "--scenario", "no/such.yaml"],
            "cannot read no/such.yaml",
        ),
        (&["consents", "decide", "c1"], "<DECISION>"),
        (
            &["tokens", "create", "acorn", "--kind", "acess"],
            "'access'",
        ),
        (&["requests", "list", "--rout", "x"], "--route"),
        (&["consents", "create", "--json", "[1]"], "cannot read [1]"),
        (
            &["consents", "create", "--json", "{1}"],
            "--json is not a JSON object",
        ),
        (&["faults", "arm"], "<ID"),
        (
            &["faults", "arm", "http.status", "--with", "503"],
            "--with 503 is no NAME=VALUE",
        ),
        (&["tea"], "unrecognized subcommand 'tea'"),
    ] {
        let refused = asked(line).unwrap_err();
        assert!(refused.contains(told), "{line:?}: {refused}");
    }
}

/// Goal: of two rules in one line neither is dropped in silence.
#[test]
fn a_fault_is_typed_or_written_and_not_both() {
    for typed in [
        &["http.status"] as &[&str],
        &["--name", "x"],
        &["--with", "a=b"],
        &["--on", "oauth"],
    ] {
        let line = [&["faults", "arm", "--json", "{}"], typed].concat();
        let refused = asked(&line).unwrap_err();
        assert!(
            refused.contains("cannot be used with"),
            "{typed:?}: {refused}"
        );
    }
}

#[test]
fn a_scenario_is_sent_as_it_is_written() {
    let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    std::fs::write(&file, "{version: 1, name: x}").unwrap();
    let path = file.path().to_str().unwrap();
    let written = Value::from("{version: 1, name: x}\n");
    let (_, _, body) = asked(&["scenario", "replace", path]).unwrap();
    assert_eq!(body, Some(written.clone()));
    let (_, _, body) = asked(&["banks", "create", "--scenario", path]).unwrap();
    assert_eq!(body.unwrap()["scenario"], written);
}

/// Goal: whoever lets the bank wait is not told meanwhile that no bank answers.
#[test]
fn a_wait_is_waited_for() {
    let wait_of = |line: &[&str]| {
        let words = ["hamsterbank", "ctl"].into_iter();
        let typed = Typed::try_parse_from(words.chain(line.iter().copied())).unwrap();
        let Command::Ctl(arguments) = typed.command else {
            panic!("another command");
        };
        let verb = words::verbs().find(|verb| verb.words == arguments.words);
        wait(&verb.unwrap(), &arguments.typed).as_secs()
    };
    for (line, seconds) in [
        (&["requests", "list", "--wait", "2m"] as &[&str], 120),
        (&["journeys", "pending", "--wait", "90s"], 90),
        (&["requests", "list", "--wait", "long"], 0),
        (&["requests", "list"], 0),
        (&["requests", "archive"], 0),
        (&["clock", "advance", "91d"], 0),
    ] {
        assert_eq!(wait_of(line), seconds, "{line:?}");
    }
}

#[test]
fn every_operation_has_a_command_and_no_two_have_the_same_words() {
    let mut words: Vec<_> = words::verbs().map(|verb| verb.words.join(" ")).collect();
    let count = words.len();
    words.sort();
    words.dedup();
    assert_eq!(words.len(), count);
    <Typed as clap::CommandFactory>::command().debug_assert();
}

#[test]
fn a_fault_is_armed_under_every_condition_there_is() {
    let bank = crate::InMemoryBank::builder().in_memory().unwrap();
    let rule = serde_json::json!({ "when": { "zzz": 1 }, "then": [{ "fault": "token.error" }] });
    let refused = bank.faults().arm_rule(rule).unwrap_err();
    let known = refused.problem()["expected"].as_str().unwrap();
    let known: Vec<_> = known.trim_start_matches("one of ").split(", ").collect();
    for name in known {
        let flag = match name {
            "route" => "--on".to_owned(),
            name => format!("--{}", name.replace('_', "-")),
        };
        let line = ["faults", "arm", "token.error", &flag, "7"];
        let (_, _, body) = asked(&line).unwrap();
        assert!(body.unwrap()["when"].get(name).is_some(), "{name}");
    }
}

/// Goal: a value is what the fault or the condition wants, not what it looks like.
#[test]
fn what_is_typed_is_read_as_the_parameter_s_own_kind() {
    for (line, pointer, value) in [
        (
            ["authorize.error", "--with", "value=12"],
            "/then/0/value",
            "\"12\"",
        ),
        (
            ["authorize.error", "--with", "value=true"],
            "/then/0/value",
            "\"true\"",
        ),
        (
            ["http.status", "--with", "status=503"],
            "/then/0/status",
            "503",
        ),
        (
            ["http.status", "--with", "status=many"],
            "/then/0/status",
            "\"many\"",
        ),
        (
            ["http.status", "--with", "body=12"],
            "/then/0/body",
            "\"12\"",
        ),
        (
            ["http.status", "--with", "body={\"a\":1}"],
            "/then/0/body",
            "{\"a\":1}",
        ),
        (
            ["http.status", "--with", "headers={\"x-a\":\"1\"}"],
            "/then/0/headers",
            "{\"x-a\":\"1\"}",
        ),
        (
            ["token.lifetime", "--with", "second=1"],
            "/then/0/second",
            "\"1\"",
        ),
        (
            ["token.error", "--client-id", "12"],
            "/when/client_id",
            "\"12\"",
        ),
        (
            ["token.error", "--share", "0.50"],
            "/when/share",
            "\"0.50\"",
        ),
        (["token.error", "--nth", "2"], "/when/nth", "2"),
        (
            ["token.error", "--form", "{\"a\":1}"],
            "/when/form",
            "{\"a\":1}",
        ),
    ] {
        let line: Vec<_> = ["faults", "arm"].into_iter().chain(line).collect();
        let (_, _, body) = asked(&line).unwrap();
        let told = body.unwrap().pointer(pointer).cloned();
        let expected = serde_json::from_str(value).ok();
        assert_eq!(told, expected, "{line:?}");
    }
}
