//! `hamsterbank serve`: opened, announced, stopped, and refused.

use std::net::{TcpListener, TcpStream};

use insta::dynamic_redaction;
use serde_json::Value;

use super::process::{FREE_PORTS, Open, Place};

/// Goal: what programs read is a contract, so each member's form is held and the rest is frozen.
#[test]
fn the_ready_document_is_what_programs_were_promised() {
    let place = Place::new();
    let bank = place.open("");
    let is = |holds: fn(&str) -> bool, shown: &'static str| {
        dynamic_redaction(move |value, path| {
            let text = value.as_str().map(str::to_owned).unwrap_or_default();
            assert!(holds(&text), "{path}: {text}");
            shown
        })
    };
    let is_number = |shown: &'static str| {
        dynamic_redaction(move |value, path| {
            assert!(
                matches!(value, insta::internals::Content::U64(_)),
                "{path}: {value:?}"
            );
            shown
        })
    };
    let is_file = || {
        is(
            |text| std::path::Path::new(text).is_absolute() && std::fs::exists(text).unwrap(),
            "[file]",
        )
    };
    insta::assert_json_snapshot!(bank.ready, {
        ".pid" => is_number("[pid]"),
        ".started_in_ms" => is_number("[ms]"),
        ".version" => is(|text| text == env!("CARGO_PKG_VERSION"), "[version]"),
        ".instance" => is(|text| text.len() == 43, "[instance]"),
        ".clock.now" => is(|text| text.len() == 20 && text.ends_with('Z'), "[now]"),
        ".issuer" => is(|text| text.starts_with("https://localhost:"), "[issuer]"),
        ".discovery_url" => is(|text| text.ends_with("/.well-known/openid-configuration"), "[discovery_url]"),
        ".api_url" => is(|text| text.ends_with("/open-banking/v1"), "[api_url]"),
        ".control_url" => is(|text| text.starts_with("http://localhost:"), "[control_url]"),
        ".ca_file" => is_file(),
        ".ca_sha256" => is(|text| text.len() == 64, "[sha256]"),
        ".clients[].transport_cert_file" => is_file(),
        ".clients[].transport_key_file" => is_file(),
        ".clients[].signing_key_file" => is_file(),
        ".clients[].signing_jwk_file" => is_file(),
        ".clients[].signing_kid" => is(|text| text.len() == 43, "[kid]"),
    });
    assert_eq!(bank.ready["pid"], bank.pid());
    assert_eq!(place.names(), ["certs"]);
}

#[test]
fn what_people_read_tells_them_what_to_type_next() {
    let place = Place::new();
    let bank = Open::start(place.command(&format!("{FREE_PORTS} --output human")));
    let mut page = vec![bank.ready.as_str().unwrap().to_owned()];
    while !page.last().is_some_and(|line| line.starts_with("Ctrl-C")) {
        page.push(bank.line());
    }
    let page = page.join("\n");
    let page = page.replace(env!("CARGO_BIN_EXE_hamsterbank"), "hamsterbank");
    let page = page.replace(
        &place.path().canonicalize().unwrap().display().to_string(),
        "[DIR]",
    );
    insta::assert_snapshot!(without_numbers(&page));
}

#[test]
fn the_bank_answers_over_tls_as_soon_as_it_says_so() {
    let place = Place::new();
    let bank = place.open("--ephemeral");
    let answer = bank.get("/.well-known/openid-configuration");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let line = bank.log_line();
    assert!(
        line.contains(" req_0000000001 GET /.well-known/openid-configuration 200 "),
        "{line}"
    );
    assert!(bank.get("/no/such/path").starts_with("HTTP/1.1 404 "));
    assert!(bank.log_line().ends_with(" request.path"));
}

#[test]
fn a_signal_ends_it_with_0_and_frees_its_ports() {
    for name in ["TERM", "INT"] {
        let place = Place::new();
        let bank = place.open("--log off");
        let ports = [bank.port("issuer"), bank.port("control_url")];
        let idle = ports.map(|port| TcpStream::connect(("localhost", port)).unwrap());
        bank.signal(name);
        assert_eq!(bank.end(), (Some(0), vec![], vec![]), "{name}");
        for port in ports {
            assert!(TcpStream::connect(("localhost", port)).is_err(), "{name}");
        }
        drop(idle);
    }
}

#[test]
fn the_end_of_stdin_ends_it_only_when_asked() {
    let place = Place::new();
    let mut bank = place.open("--ephemeral --exit-on-stdin-close");
    bank.close_stdin();
    assert_eq!(bank.end().0, Some(0));
    let mut bank = place.open("--ephemeral");
    bank.close_stdin();
    assert!(
        bank.get("/.well-known/jwks.json")
            .starts_with("HTTP/1.1 200 ")
    );
}

#[test]
fn an_ephemeral_bank_leaves_nothing_behind() {
    let place = Place::new();
    let bank = place.open("--ephemeral");
    assert_eq!(
        place.names().len(),
        1,
        "its folder is in the temporary directory"
    );
    bank.signal("TERM");
    assert_eq!(bank.end().0, Some(0));
    assert_eq!(place.names(), Vec::<String>::new());
}

#[test]
fn a_ready_file_is_there_as_long_as_the_bank_and_for_its_owner_alone() {
    let place = Place::new();
    let path = place.path().join("ready.json");
    std::fs::write(&path, "of a bank that was killed").unwrap();
    let bank = place.open("--ephemeral --ready-file ready.json");
    let document: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(document, bank.ready);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    bank.signal("TERM");
    assert_eq!(bank.end().0, Some(0));
    assert_eq!(place.names(), Vec::<String>::new());
}

#[test]
fn two_banks_may_share_a_directory_of_certificates_from_the_first_moment() {
    let place = Place::new();
    std::thread::scope(|scope| {
        let banks = [0; 2].map(|_| scope.spawn(|| place.open("--certs-dir shared")));
        let [one, other] = banks.map(|bank| bank.join().unwrap());
        assert_eq!(one.ready["ca_sha256"], other.ready["ca_sha256"]);
        assert_eq!(one.ready["clients"], other.ready["clients"]);
        for bank in [one, other] {
            assert!(
                bank.get("/.well-known/jwks.json")
                    .starts_with("HTTP/1.1 200 ")
            );
        }
    });
}

#[test]
fn certificates_are_reused_at_the_next_start() {
    let place = Place::new();
    let first = place.open("");
    let second = place.open("");
    assert_eq!(first.ready["ca_sha256"], second.ready["ca_sha256"]);
    assert_eq!(first.ready["clients"], second.ready["clients"]);
    assert_ne!(first.ready["instance"], second.ready["instance"]);
}

#[test]
fn a_flag_holds_over_the_environment_and_the_environment_over_the_scenario() {
    let place = Place::new();
    let seed = |flag: &str, variable: Option<&str>| {
        let mut command = place.command(&format!("{FREE_PORTS} --ephemeral {flag}"));
        if let Some(value) = variable {
            command.env("HAMSTERBANK_SEED", value);
        }
        Open::start(command).ready["seed"].clone()
    };
    assert_eq!(seed("", None), 42);
    assert_eq!(seed("", Some("7")), 7);
    assert_eq!(seed("--seed 8", Some("7")), 8);
}

#[test]
fn a_taken_port_is_named_with_its_flag() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap();
    let told = format!("cannot listen on {taken}: another program listens there already");
    for flag in ["--listen", "--control-listen"] {
        let document = failed_start(&Place::new(), &format!("{flag} {taken}"), 1);
        assert_eq!(document["code"], "address_in_use");
        assert_eq!(document["flag"], flag);
        assert_eq!(document["message"], told);
    }
}

#[test]
fn a_place_that_cannot_be_had_is_told_in_one_sentence() {
    let place = Place::new();
    std::fs::write(place.path().join("file"), "").unwrap();
    for (flags, code, told) in [
        (
            "--listen 192.0.2.1:0",
            "address_unavailable",
            "this machine does not have that address",
        ),
        (
            "--certs-dir file",
            "certs_unusable",
            "a file stands where a directory is needed",
        ),
        (
            "--certs-dir file/below",
            "certs_unusable",
            "a file stands where a directory is needed",
        ),
        (
            "--ready-file no/such/place",
            "ready_file_unwritable",
            "cannot write the ready file no/such/place",
        ),
    ] {
        let document = failed_start(&place, flags, 1);
        assert_eq!(document["code"], code, "{flags}");
        assert_eq!(document["flag"], flags.split(' ').next().unwrap());
        assert!(
            document["message"].as_str().unwrap().contains(told),
            "{document}"
        );
    }
    let human = place.run(&format!("{FREE_PORTS} --output human --certs-dir file"));
    assert_eq!((human.code, human.stdout.as_str()), (Some(1), ""));
    assert_eq!(human.stderr.lines().count(), 1, "{human:?}");
}

#[test]
fn a_wrong_scenario_ends_it_with_3_and_all_mistakes() {
    let place = Place::new();
    std::fs::write(place.path().join("wrong.yaml"), WRONG).unwrap();
    let mistakes = "wrong.yaml:4: bank.profile: unknown profile `relaxt`; did you mean `relaxed`?\n\
                    wrong.yaml:5: bank.lenient[0]: `pkec` is no check that can be switched off; \
                    did you mean `pkce`?";
    let unknown = "there is no built-in scenario `defualt`; did you mean `default`?";
    for (name, told) in [("wrong.yaml", mistakes), ("defualt", unknown)] {
        let document = failed_start(&place, &format!("--scenario {name}"), 3);
        assert_eq!(document["code"], "scenario_invalid");
        assert_eq!(document["flag"], "--scenario");
        assert_eq!(document["message"], told);
    }
}

#[test]
fn a_token_that_no_header_can_carry_is_refused_and_not_repeated() {
    let document = failed_start(&Place::new(), "--control-token a:b", 2);
    assert_eq!(document["code"], "usage");
    assert_eq!(document["flag"], "--control-token");
    assert!(!document.to_string().contains("a:b"), "{document}");
}

#[test]
fn what_is_unusual_is_told_on_stderr_and_silence_is_kept() {
    let place = Place::new();
    std::fs::write(place.path().join("lenient.yaml"), LENIENT).unwrap();
    let flags = "--ephemeral --scenario lenient.yaml --clock 2024-01-15";
    let bank = place.open(&format!("{flags} --log warn"));
    assert!(
        bank.log_line()
            .starts_with("warning: the check pkce.verifier is switched off (RFC 7636, ")
    );
    assert!(
        bank.log_line()
            .starts_with("warning: bank time is 2024-01-15T00:00:0")
    );
    let bank = place.open(&format!("{flags} --log off"));
    let _ = bank.get("/no/such/path");
    bank.signal("TERM");
    assert_eq!(bank.end(), (Some(0), vec![], vec![]));
}

#[test]
fn a_debug_log_says_why_a_request_was_refused() {
    let place = Place::new();
    let bank = place.open("--ephemeral --log debug");
    let _ = bank.get("/open-banking/v1/accounts");
    let line = bank.log_line();
    assert!(
        line.contains(" 401 ") && line.contains("access_token.present: expected "),
        "{line}"
    );
    bank.signal("TERM");
    let (code, stdout, stderr) = bank.end();
    assert_eq!(
        (code, stdout, stderr),
        (Some(0), vec![], vec![]),
        "one line a request, nothing else"
    );
}

/// A start that fails with this exit code, by what it says to programs: one line of stdout, and the same
/// sentence on stderr.
#[track_caller]
fn failed_start(place: &Place, flags: &str, code: i32) -> Value {
    let free = ["--listen", "--control-listen"].map(|flag| {
        if flags.starts_with(flag) {
            String::new()
        } else {
            format!("{flag} localhost:0")
        }
    });
    let ended = place.run(&format!("{} --output json {flags}", free.join(" ")));
    assert_eq!(ended.code, Some(code), "{flags}: {ended:?}");
    assert_eq!(ended.stdout.lines().count(), 1, "{ended:?}");
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(document["event"], "failed");
    let message = document["message"].as_str().unwrap();
    assert_eq!(ended.stderr, format!("hamsterbank: {message}\n"));
    document
}

/// Ports, times and versions are this run's own; how many digits they have is too.
fn without_numbers(page: &str) -> String {
    let mut told = String::new();
    for line in page.lines() {
        let mut line = line.replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
        for (before, after, shown) in [
            ("localhost:", "/", "[PORT]"),
            ("localhost:", "", "[PORT]"),
            ("Clock      ", "", "[NOW]"),
            ("opened in ", " ms", "[N]"),
        ] {
            line = redacted(&line, (before, after), shown);
        }
        told.push_str(line.trim_end());
        told.push('\n');
    }
    told
}

/// What stands behind `before`, up to `after` or else the end, replaced where it begins with a digit.
fn redacted(line: &str, (before, after): (&str, &str), shown: &str) -> String {
    let Some((head, tail)) = line.split_once(before) else {
        return line.to_owned();
    };
    if !tail.starts_with(|first: char| first.is_ascii_digit()) {
        return line.to_owned();
    }
    let end = if after.is_empty() {
        None
    } else {
        tail.find(after)
    };
    let rest = end.map_or("", |end| &tail[end..]);
    format!("{head}{before}{shown}{rest}")
}

const WRONG: &str = "version: 1
name: wrong
bank:
  profile: relaxt
  lenient: [pkec]
";

const LENIENT: &str = "version: 1
name: lenient
bank:
  lenient: [pkce.verifier]
";
