//! The commands that answer and end: `ready`, `explain`, `checks`, `scenario`, `completions`, `version`,
//! and the pages of help.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Stdio;

use serde_json::Value;

use super::process::{Open, Place};

#[test]
fn wrong_usage_is_one_line_with_the_nearest_name_and_2() {
    let place = Place::new();
    for (line, told) in [
        (
            "--listne localhost:0",
            "unexpected argument '--listne' found; did you mean --listen?",
        ),
        (
            "scenarios",
            "unrecognized subcommand 'scenarios'; did you mean scenario?",
        ),
        (
            "--seed x",
            "invalid value 'x' for '--seed <N>': invalid digit found in string",
        ),
        (
            "ready --control https://localhost:1",
            "--control https://localhost:1 is no control URL: expected http://HOST:PORT",
        ),
    ] {
        let ended = place.run(line);
        assert_eq!(ended.code, Some(2), "{line}");
        assert_eq!(ended.stdout, "", "{line}");
        assert_eq!(ended.stderr, format!("hamsterbank: {told}\n"), "{line}");
    }
    assert_eq!(place.names(), Vec::<String>::new(), "nothing was begun");
}

#[test]
fn an_unknown_variable_is_refused_and_what_a_bank_gives_is_not() {
    let place = Place::new();
    for (name, code, told) in [
        (
            "HAMSTERBANK_LISTNE",
            2,
            "hamsterbank: the environment has HAMSTERBANK_LISTNE, which is no setting; did you mean HAMSTERBANK_LISTEN?\n",
        ),
        ("HAMSTERBANK_CA_FILE", 0, ""),
        ("HAMSTERBANK_LISTEN", 0, ""),
    ] {
        let ended = place
            .command("version")
            .env(name, "localhost:0")
            .output()
            .unwrap();
        assert_eq!(ended.status.code(), Some(code), "{name}");
        assert_eq!(String::from_utf8(ended.stderr).unwrap(), told, "{name}");
    }
}

#[test]
fn the_pages_of_help_are_as_they_were_read_by_a_reviewer() {
    let place = Place::new();
    let mut pages = Vec::new();
    for line in [
        "--help",
        "serve --help",
        "run --help",
        "ready --help",
        "env --help",
        "explain --help",
        "ctl --help",
        "ctl consents --help",
        "ctl consents decide --help",
        "checks --help",
        "faults --help",
        "scenario check --help",
        "tour --help",
        "onboard --help",
        "certs --help",
    ] {
        let ended = place.run(line);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{line}");
        let page: Vec<_> = ended.stdout.lines().map(str::trim_end).collect();
        pages.push(format!("$ hamsterbank {line}\n{}\n", page.join("\n")));
    }
    insta::assert_snapshot!(pages.join("\n"));
}

#[test]
fn version_and_completions_are_printed() {
    let place = Place::new();
    let version = concat!("hamsterbank ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(place.run("version").stdout, version);
    assert_eq!(place.run("--version").stdout, version);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ended = place.run(&format!("completions {shell}"));
        assert_eq!(ended.code, Some(0), "{shell}");
        assert!(ended.stdout.contains("control-listen"), "{shell}");
    }
    assert_eq!(place.run("completions tcsh").code, Some(2));
}

#[test]
fn the_list_of_checks_is_the_same_for_people_and_programs() {
    let place = Place::new();
    let page = place.run("checks").stdout;
    let document: Value = serde_json::from_str(&place.run("checks --output json").stdout).unwrap();
    let items = document["items"].as_array().unwrap();
    assert!(items.len() > 40);
    for item in items {
        for member in ["name", "clause", "profile"] {
            assert!(page.contains(item[member].as_str().unwrap()), "{item}");
        }
        assert!(item["sentence"].as_str().unwrap().ends_with('.'), "{item}");
    }
    assert!(
        page.contains(&format!("\n{} checks.", items.len())),
        "{page}"
    );
}

#[test]
fn the_handbook_of_faults_is_the_same_for_people_and_programs() {
    let place = Place::new();
    let contents = place.run("faults").stdout;
    let document: Value = serde_json::from_str(&place.run("faults --output json").stdout).unwrap();
    let items = document["items"].as_array().unwrap();
    assert!(
        contents.contains(&format!("\n{} faults.", items.len())),
        "{contents}"
    );
    for item in items {
        let id = item["id"].as_str().unwrap();
        assert!(contents.contains(&format!("\n  {id}\n")), "{id}");
    }
    let page = place.run("faults token.lifetime");
    assert_eq!((page.code, page.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(page.stdout);
    let family = place.run("faults transport.stall").stdout;
    for (told, times) in [("curl", 1), ("x-hamster-fault", 1), ("A right client", 2)] {
        assert_eq!(family.matches(told).count(), times, "{told}: {family}");
    }
    for (id, told, other) in [
        (
            "transport.reset.mid_body",
            "as the call would have left it",
            "`phase: before`",
        ),
        (
            "transport.truncate",
            "as the call would have left it",
            "as it was",
        ),
        (
            "transport.close_after_effect",
            "as the call would have left it",
            "is different",
        ),
        (
            "jwks.rotated.before_signing",
            "stays so over a reset",
            "takes it back",
        ),
        (
            "token.error",
            "an error code of 1 to 64 characters",
            "is different",
        ),
        ("transport.refuse", "a reset does", "x-hamster-fault"),
        (
            "http.date_skew",
            "from 1s to 7d; 10m by itself",
            "is different",
        ),
    ] {
        let page = place.run(&format!("faults {id}")).stdout;
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(page.contains(told) && !page.contains(other), "{page}");
    }
    let wrong = place.run("faults token.lifetme");
    assert_eq!(wrong.code, Some(2));
    assert!(
        wrong.stderr.contains("did you mean token.lifetime?"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn a_reader_who_leaves_early_is_no_error() {
    let place = Place::new();
    let mut child = place
        .command("checks --output json")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr), (Some(0), vec![]));
}

#[test]
fn scenario_check_tells_all_mistakes_in_three_forms() {
    let place = Place::new();
    let write = |name: &str, text: &str| std::fs::write(place.path().join(name), text).unwrap();
    write("right.yaml", "version: 1\nname: right\n");
    write(
        "wrong.yaml",
        "version: 1\nname: wrong\nbank:\n  profile: relaxt\n  lenient: [pkec]\n",
    );
    let check = |form| {
        place.run(&format!(
            "scenario check right.yaml wrong.yaml gone.yaml --format {form}"
        ))
    };
    let human = check("human");
    assert_eq!((human.code, human.stderr.as_str()), (Some(3), ""));
    let github = check("github");
    assert_eq!(github.code, Some(3));
    let json = check("json");
    assert_eq!(json.code, Some(3));
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    insta::assert_snapshot!(format!("{}\n{}\n{json:#}", human.stdout, github.stdout));
    let right = place.run("scenario check right.yaml");
    assert_eq!(
        (right.code, right.stdout.as_str()),
        (Some(0), "right.yaml: right\n")
    );
    let right = place.run("scenario check right.yaml --format github");
    assert_eq!((right.code, right.stdout.as_str()), (Some(0), ""));
}

#[test]
fn scenario_list_names_what_is_built_in() {
    let ended = Place::new().run("scenario list");
    let names: Vec<_> = ended
        .stdout
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(
        names.contains(&"default") && names.contains(&"docs"),
        "{ended:?}"
    );
}

#[test]
fn ready_prints_the_document_of_a_bank_that_answers() {
    let place = Place::new();
    let bank = place.open("--ephemeral --control-token s3cret");
    let url = bank.text("control_url");
    let ready = |flags: &str| place.run(&format!("ready --control {url} {flags}"));
    let ended = ready("--control-token s3cret");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(document["instance"], bank.ready["instance"]);
    for flags in ["", "--wait 1h --control-token wrong"] {
        let ended = ready(flags);
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(1), ""),
            "{flags}"
        );
        assert!(
            ended.stderr.contains("asks for its control token"),
            "{ended:?}"
        );
    }
}

#[test]
fn ready_fails_where_no_bank_answers() {
    let place = Place::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for flags in ["", "--wait 50ms"] {
        let ended = place.run(&format!("ready --control {url} {flags}"));
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
        assert_eq!(
            ended.stderr,
            format!("hamsterbank: no bank answers at {url}: nobody listens there\n")
        );
    }
}

/// Goal: whoever waits goes on waiting over silence and nonsense until a bank is ready.
#[test]
fn ready_waits_until_a_bank_answers() {
    let place = Place::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answers = [
        "",
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/1.1 200 OK\r\n\r\n<html>",
        "HTTP/1.1 503 Service Unavailable\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\n\r\n{\"event\":\"ready\"}",
    ];
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| place.run(&format!("ready --wait 1h --control {url}")));
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = [0; 1024];
            let count = stream.read(&mut head).unwrap();
            assert!(head[..count].starts_with(b"GET /ready HTTP/1.1\r\n"));
            stream.write_all(answer.as_bytes()).unwrap();
        }
        let ended = waiting.join().unwrap();
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(0), "{\"event\":\"ready\"}\n")
        );
    });
}

#[test]
fn explain_prints_the_journals_page_on_a_request() {
    let place = Place::new();
    let bank = place.open("--ephemeral");
    let _ = bank.get("/open-banking/v1/accounts");
    let url = bank.text("control_url");
    let ended = place.run(&format!("explain req_0000000001 --control {url}"));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let begin = "req_0000000001  GET /open-banking/v1/accounts  401 Unauthorized\nRefused by access_token.present ";
    assert!(ended.stdout.starts_with(begin), "{}", ended.stdout);
    let ended = place
        .command("explain req_0000000099")
        .env("HAMSTERBANK_CONTROL_URL", url)
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let told = String::from_utf8(ended.stderr).unwrap();
    assert!(told.contains("has no entry req_0000000099; "), "{told}");
}

#[test]
fn who_waits_for_the_ready_document_is_told_of_a_misspelt_flag_in_its_form() {
    let place = Place::new();
    for line in [
        "--output json --lisen x",
        "serve --lisen x --output=json",
        "--output json --listen 8443",
    ] {
        let ended = place.run(line);
        assert_eq!(ended.code, Some(2), "{line}");
        let document: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(document["event"], "failed", "{line}");
        assert_eq!(document["code"], "usage", "{line}");
        assert_eq!(ended.stderr.lines().count(), 1, "{line}");
    }
    assert_eq!(place.run("checks --output json --lisen x").stdout, "");
}

/// Goal: events are told as they happen, to the end of the bank's state, and no longer than somebody reads.
#[test]
fn ctl_tells_events_as_they_happen() {
    let place = Place::new();
    let bank = place.open("--ephemeral");
    let url = bank.text("control_url");
    let ctl = |line: &str| place.run(&format!("ctl {line} --control {url}"));
    let watch = || Open::start(place.command(&format!("ctl events --control {url}")));
    let watching = watch();
    assert_eq!(ctl("clock advance 1s").code, Some(0));
    while watching.line() != "event: clock" {}
    assert_eq!(ctl("reset").code, Some(0));
    let (code, told, complaints) = watching.end();
    assert_eq!((code, complaints), (Some(0), Vec::new()));
    assert!(told.contains(&"event: closed".to_owned()), "{told:?}");

    let mut left = place.command(&format!("ctl events --control {url}"));
    let mut left = left.stdout(Stdio::piped()).spawn().unwrap();
    let mut first = [0];
    let mut stdout = left.stdout.take().unwrap();
    stdout.read_exact(&mut first).unwrap();
    drop(stdout);
    // What is written first may still be taken by nobody in silence.
    for _ in 0..3 {
        ctl("clock advance 1s");
    }
    assert_eq!(left.wait().unwrap().code(), Some(0));

    let refused = place.run("ctl events --control http://localhost:1");
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("no bank answers"),
        "{}",
        refused.stderr
    );
}

#[test]
fn ctl_steers_a_running_bank_and_says_what_the_bank_refuses() {
    let place = Place::new();
    let bank = place.open("--ephemeral");
    let url = bank.text("control_url");
    let ctl = |line: &str| place.run(&format!("ctl {line} --control {url}"));
    let moved = ctl("clock advance 31d");
    assert_eq!((moved.code, moved.stderr.as_str()), (Some(0), ""));
    let moved: Value = serde_json::from_str(&moved.stdout).unwrap();
    assert!(moved["count"].as_u64() > Some(0), "{moved}");
    let made = ctl("tokens create acorn-budget");
    let made: Value = serde_json::from_str(&made.stdout).unwrap();
    let id = made["token_id"].as_str().unwrap();
    let ended: Value = serde_json::from_str(&ctl(&format!("tokens expire {id}")).stdout).unwrap();
    assert_eq!(ended["status"], "expired");
    assert_eq!(ctl("requests clear").stdout, "", "there is nothing to tell");
    let refused = ctl("clients get acorn-bugdet");
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    assert!(refused.stderr.contains("answers 404"), "{}", refused.stderr);
    let misspelt = ctl("faults arm token.expired_earl");
    assert!(
        misspelt.stderr.ends_with(
            "/then/0/fault: \"token.expired_earl\" is not known here; expected the id of a fault; \
             `hamsterbank faults token` lists those of its family; did you mean token.expired_early?
"
        ),
        "{}",
        misspelt.stderr
    );
    let missing = ctl("consents decide");
    assert_eq!(missing.code, Some(2));
    assert!(
        missing.stderr.contains("<CONSENT_ID>"),
        "{}",
        missing.stderr
    );
}
