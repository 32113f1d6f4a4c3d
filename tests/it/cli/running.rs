//! `hamsterbank run` and `hamsterbank env`: a bank for as long as a command runs, and what it is given.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use serde_json::Value;

use super::process::{Open, Place};
use crate::support::can_paste;

/// Goal: whatever the command does with its streams and its end is what the caller of `run` sees.
#[test]
fn a_run_is_its_command_from_outside() {
    let place = Place::new();
    for (script, code, stdout) in [
        ("exit 0", 0, ""),
        ("exit 7", 7, ""),
        ("exit 125", 125, ""),
        ("echo told; exit 3", 3, "told\n"),
        ("cat", 0, "typed"),
        ("kill -TERM $$", 128 + 15, ""),
        ("kill -KILL $$", 128 + 9, ""),
    ] {
        let mut command = place.command("run --ephemeral --log off -- sh -c");
        command.arg(script).stdin(Stdio::piped());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(b"typed")
            .unwrap_or(());
        let ended = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(code), "{script}: {stderr}");
        assert_eq!(String::from_utf8(ended.stdout).unwrap(), stdout, "{script}");
        assert_eq!(stderr, "", "{script}");
    }
    assert_eq!(
        place.names(),
        Vec::<String>::new(),
        "nothing is left behind"
    );
}

/// Goal: whoever works on a scenario saves it, and the bank of a long run plays it.
#[test]
fn a_run_plays_its_watched_scenario_again_when_it_is_saved() {
    let place = Place::new();
    let text = "version: 1\nname: NAME\nextends: docs\n";
    for (file, name) in [("mine.yaml", "mine"), ("new.yaml", "saved")] {
        std::fs::write(place.path().join(file), text.replace("NAME", name)).unwrap();
    }
    // Only a run that never plays it asks so often.
    let script = "mv new.yaml mine.yaml; n=0
        until \"$0\" ctl scenario get | grep -q saved; do
            n=$((n + 1)); [ $n -lt 2000 ] || exit 9
        done";
    let line = "run --ephemeral --log off --scenario mine.yaml --watch -- sh -c";
    let mut command = place.command(line);
    command.arg(script).arg(env!("CARGO_BIN_EXE_hamsterbank"));
    let ended = command.output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(0), "{told}");
}

#[test]
fn a_command_that_cannot_begin_ends_as_in_a_shell() {
    let place = Place::new();
    let plain = place.path().join("plain");
    std::fs::write(&plain, "not a program").unwrap();
    std::fs::set_permissions(&plain, std::fs::Permissions::from_mode(0o600)).unwrap();
    for (line, code, told) in [
        ("-- ./none", 127, "cannot find ./none"),
        ("-- no-such-command x", 127, "cannot find no-such-command"),
        ("-- ./plain", 126, "cannot execute ./plain: "),
        ("-- .", 126, "cannot execute .: "),
        (
            "--listne x:1 -- true",
            125,
            "unexpected argument '--listne' found",
        ),
        (
            "--seed x -- true",
            125,
            "invalid value 'x' for '--seed <N>'",
        ),
        (
            "--scenario nowhere -- true",
            125,
            "there is no built-in scenario `nowhere`",
        ),
        (
            "--public-url ftp://x -- true",
            125,
            "invalid value 'ftp://x'",
        ),
        (
            "--public-url http://x -- true",
            125,
            "expected https://, or --plain-http too",
        ),
        (
            "--redirect-uri http://x -- true",
            125,
            "invalid value 'http://x'",
        ),
        ("true", 125, "unexpected argument 'true' found"),
        (
            "",
            125,
            "the following required arguments were not provided: <CMD>...",
        ),
    ] {
        let ended = place.run(&format!("run --ephemeral {line}"));
        assert_eq!(ended.code, Some(code), "{line}: {}", ended.stderr);
        assert_eq!(ended.stdout, "", "{line}");
        assert!(ended.stderr.contains(told), "{line}: {}", ended.stderr);
    }
    let mut inherited = place.command("run --ephemeral -- true");
    inherited.env("HAMSTERBANK_LISTNE", "x");
    assert_eq!(inherited.output().unwrap().status.code(), Some(125));
    let taken = place.open("--ephemeral");
    let port = taken.port("issuer");
    let ended = place.run(&format!(
        "run --ephemeral --listen localhost:{port} -- true"
    ));
    assert_eq!(
        (ended.code, &*ended.stdout),
        (Some(125), ""),
        "{}",
        ended.stderr
    );
}

/// Goal: a suite that meant to meet a fault and did not is told so, and told why it failed otherwise.
#[test]
fn a_run_may_insist_that_every_fault_fired() {
    let place = Place::new();
    let scenario = "version: 1\nname: late\nfaults:\n  - name: suffix\n    when: {times: 1}\n    \
                    then: [{fault: discovery.issuer_mismatch.suffix}]\n";
    std::fs::write(place.path().join("late.yaml"), scenario).unwrap();
    let run = |flags: &str, script: &str| {
        let line = format!("run --ephemeral --scenario late.yaml {flags} -- sh -c");
        let ended = place.command(&line).arg(script).output().unwrap();
        let stderr = String::from_utf8(ended.stderr).unwrap();
        (ended.status.code(), stderr)
    };
    assert_eq!(run("", "exit 0").0, Some(0));
    let (code, stderr) = run("--require-fired", "exit 0");
    assert_eq!(code, Some(1), "{stderr}");
    let told = "the fault suffix (discovery.issuer_mismatch.suffix) of the bank main never fired";
    assert!(stderr.contains(told), "{stderr}");
    assert_eq!(run("--require-fired", "exit 7").0, Some(7));
    if can_paste() {
        let fetch = "curl -sS --cacert $HAMSTERBANK_CA_FILE -o /dev/null \
                     $HAMSTERBANK_ISSUER/.well-known/openid-configuration";
        let (code, stderr) = run("--require-fired", fetch);
        assert_eq!(code, Some(0), "{stderr}");
    }
}

/// Goal: what was taken away unfired still counts, and what fired before a reset has fired: a suite that resets
/// between its tests is judged like any other.
#[test]
fn a_run_remembers_faults_over_resets_and_ends() {
    if !can_paste() {
        return;
    }
    let place = Place::new();
    let rule = "{name: suffix, when: always, then: [{fault: discovery.issuer_mismatch.suffix}]}";
    let scenario = format!("version: 1\nname: late\nfaults: [{rule}]\n");
    std::fs::write(place.path().join("late.yaml"), scenario).unwrap();
    let fetch = "curl -sS --cacert $HAMSTERBANK_CA_FILE -o /dev/null \
                 $HAMSTERBANK_ISSUER/.well-known/openid-configuration";
    let send = |method: &str, path: &str, body: &str| {
        format!(
            "curl -sSf -o /dev/null -X {method} -H 'content-type: application/json' -d '{body}' \
             $HAMSTERBANK_CONTROL_URL{path}"
        )
    };
    let reset = send("POST", "/reset", "");
    let armed = r#"{"when":"always","then":[{"fault":"token.error"}]}"#;
    let arm = send("POST", "/faults", armed);
    let suffix = "suffix (discovery.issuer_mismatch.suffix) of the bank main";
    let by_hand = "fault_0000000002 (token.error) of the bank main";
    let bank = format!(
        "{{\"name\":\"other\",\"at\":\"path\",\"scenario\":{{\"version\":1,\"name\":\"x\",\"faults\":[{armed}]}}}}"
    );
    for (script, unfired) in [
        (vec![fetch, &reset], vec![]),
        (vec![&*reset, fetch, &reset, &reset], vec![]),
        (vec![&*send("DELETE", "/faults", "")], vec![suffix]),
        (vec![fetch, &send("DELETE", "/faults", "")], vec![]),
        (vec![fetch, &arm, &reset], vec![by_hand]),
        (
            vec![fetch, &arm, &send("DELETE", "/faults/fault_0000000002", "")],
            vec![by_hand],
        ),
        (
            vec![fetch, &arm, &send("PUT", "/faults", r#"{"items":[]}"#)],
            vec![by_hand],
        ),
        (
            vec![&*send("PUT", "/scenario", r#""default""#)],
            vec![suffix],
        ),
        (
            vec![
                fetch,
                &send("POST", "/banks", &bank),
                &send("DELETE", "/banks/other", ""),
            ],
            vec!["fault_0000000001 (token.error) of the bank other"],
        ),
    ] {
        let script = script.join(" && ");
        let line = "run --ephemeral --scenario late.yaml --require-fired -- sh -c";
        let ended = place.command(line).arg(&script).output().unwrap();
        let stderr = String::from_utf8(ended.stderr).unwrap();
        let told: Vec<_> = stderr
            .lines()
            .filter(|line| line.contains("never fired"))
            .collect();
        assert_eq!(told.len(), unfired.len(), "{script}: {stderr}");
        for (told, unfired) in told.iter().zip(&unfired) {
            assert!(
                told.contains(&format!("the fault {unfired} never fired")),
                "{script}: {told}"
            );
        }
        let code = i32::from(!unfired.is_empty());
        assert_eq!(ended.status.code(), Some(code), "{script}: {stderr}");
    }
}

/// Goal: the command knows this bank and no other, and inherits no setting of it.
#[test]
fn the_command_is_given_what_the_contract_names_and_no_flags_variable() {
    let place = Place::new();
    let mut command = place.command("run -- sh -c");
    command
        .arg("env; cat \"$HAMSTERBANK_READY_DOCUMENT\"")
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("SSL_CERT_FILE", "/its/own")
        .env("HAMSTERBANK_SEED", "7")
        .env("HAMSTERBANK_LOG", "off")
        .env("HAMSTERBANK_CONTROL_TOKEN", "secret")
        .env("HAMSTERBANK_CONTROL_URL", "http://localhost:1")
        .env("HAMSTERBANK_AUDIT_ATTACK", "outer");
    let ended = command.output().unwrap();
    let told = String::from_utf8(ended.stdout).unwrap();
    let ready: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
    assert_eq!(ready["seed"], 7);
    let client = &ready["clients"][0];
    let given = |name: &str| {
        let line = told
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.map(str::to_owned)
    };
    for (name, value) in [
        ("HAMSTERBANK_READY_DOCUMENT", &ready["ready_file"]),
        ("HAMSTERBANK_ISSUER", &ready["issuer"]),
        ("HAMSTERBANK_API_URL", &ready["api_url"]),
        ("HAMSTERBANK_CONTROL_URL", &ready["control_url"]),
        ("HAMSTERBANK_CA_FILE", &ready["ca_file"]),
        ("HAMSTERBANK_CLIENT_ID", &client["client_id"]),
        (
            "HAMSTERBANK_CLIENT_CERT_FILE",
            &client["transport_cert_file"],
        ),
        ("HAMSTERBANK_CLIENT_KEY_FILE", &client["transport_key_file"]),
        ("HAMSTERBANK_SIGNING_KEY_FILE", &client["signing_key_file"]),
        ("HAMSTERBANK_SIGNING_JWK_FILE", &client["signing_jwk_file"]),
        ("SSL_CERT_FILE", &Value::from("/its/own")),
    ] {
        assert_eq!(given(name).as_deref(), value.as_str(), "{name}");
    }
    for name in ["SEED", "LOG", "CONTROL_TOKEN"] {
        assert_eq!(given(&format!("HAMSTERBANK_{name}")), None, "{name}");
    }
    assert_eq!(
        place.names(),
        ["certs"],
        "the ready document has gone with the bank"
    );
}

/// Goal: a run inside a run is a bank of its own, though everything is inherited.
#[test]
fn a_bank_can_be_run_inside_a_run() {
    let place = Place::new();
    let inner = format!(
        "'{}' run --ephemeral --log off -- sh -c 'echo $HAMSTERBANK_ISSUER'",
        env!("CARGO_BIN_EXE_hamsterbank")
    );
    let mut command = place.command("run --ephemeral --log off -- sh -c");
    command.arg(format!("echo $HAMSTERBANK_ISSUER; {inner}"));
    let ended = command.env("HAMSTERBANK_SEED", "7").output().unwrap();
    let told = String::from_utf8(ended.stdout).unwrap();
    let issuers: Vec<_> = told.lines().collect();
    assert_eq!(issuers.len(), 2, "{told}");
    assert_ne!(issuers[0], issuers[1]);
}

/// Goal: a flag of the bank's that would have to take the command's stdin or stdout is not swallowed.
#[test]
fn what_a_run_leaves_to_its_command_is_no_flag_of_its_own() {
    let place = Place::new();
    for (flags, told) in [
        ("--exit-on-stdin-close", "stdin is the command's"),
        ("--output json", "stdout is the command's"),
        ("--output human", "stdout is the command's"),
        ("--watch", "--watch needs a scenario of a file"),
    ] {
        let ended = place.run(&format!("run --ephemeral {flags} -- true"));
        assert_eq!(ended.code, Some(125), "{flags}: {}", ended.stderr);
        assert_eq!(ended.stdout, "", "{flags}");
        assert!(ended.stderr.contains(told), "{flags}: {}", ended.stderr);
    }
}

#[test]
fn signals_go_to_the_command_and_the_bank_ends_with_it() {
    let place = Place::new();
    for (signal, code) in [("INT", 41), ("TERM", 42), ("HUP", 43), ("USR1", 44)] {
        let mut command = place.command("run --ephemeral --log off -- sh -c");
        // A shell hears a signal between two commands.
        command.arg(
            "trap 'exit 41' INT; trap 'exit 42' TERM; trap 'exit 43' HUP; trap 'exit 44' USR1; \
             echo \"{\\\"issuer\\\":\\\"$HAMSTERBANK_ISSUER\\\"}\"; while :; do sleep 0.02; done",
        );
        let run = Open::start(command);
        let port = run.port("issuer");
        run.signal(signal);
        let (ended, _, stderr) = run.end();
        assert_eq!(ended, Some(code), "{signal}: {stderr:?}");
        let address = ("localhost", port);
        assert!(std::net::TcpStream::connect(address).is_err(), "{signal}");
    }
}

#[test]
fn a_redirect_uri_of_the_moment_is_the_first_clients() {
    let place = Place::new();
    let ended = place.run(
        "run --ephemeral --log off --redirect-uri http://localhost:61234/cb \
         --redirect-uri http://127.0.0.1:61235/cb -- \
         sh -c cat<$HAMSTERBANK_READY_DOCUMENT",
    );
    let ready: Value = serde_json::from_str(&ended.stdout).unwrap();
    let uris = |client: usize| ready["clients"][client]["redirect_uris"].to_string();
    for uri in ["http://localhost:61234/cb", "http://127.0.0.1:61235/cb"] {
        assert!(uris(0).contains(uri), "{}", uris(0));
        assert!(!uris(1).contains(uri), "{}", uris(1));
    }
}

/// Goal: a shell script that knows nothing but what it is given completes the journey of the README.
#[test]
fn the_journey_by_hand_needs_nothing_but_what_a_run_gives() {
    if !can_paste() {
        return;
    }
    let readme = std::fs::read_to_string("README.md").unwrap();
    let (_, journey) = readme.split_once("## The journey by hand").unwrap();
    let (journey, _) = journey.split_once("\n## ").unwrap();
    let blocks = journey.split("```sh\n").skip(1);
    let script: String = blocks.filter_map(|rest| rest.split("```").next()).collect();
    let script = script
        .replace("BANK=https://localhost:8443", "BANK=$HAMSTERBANK_ISSUER")
        .replace(
            "CONTROL=http://localhost:8444",
            "CONTROL=$HAMSTERBANK_CONTROL_URL",
        )
        .replace("KIT=certs/clients/acorn-budget\n", "")
        .replace("certs/ca.pem", "$HAMSTERBANK_CA_FILE")
        .replace("$KIT/transport.pem", "$HAMSTERBANK_CLIENT_CERT_FILE")
        .replace("$KIT/transport.key", "$HAMSTERBANK_CLIENT_KEY_FILE")
        .replace("$KIT/signing.jwk.json", "$HAMSTERBANK_SIGNING_JWK_FILE")
        .replace("$KIT/signing.key", "$HAMSTERBANK_SIGNING_KEY_FILE")
        .replace(
            "'{\"iss\":\"acorn-budget\",\"sub\":\"acorn-budget\",",
            "'{\"iss\":\"'$HAMSTERBANK_CLIENT_ID'\",\"sub\":\"'$HAMSTERBANK_CLIENT_ID'\",",
        )
        .replace(
            "'{\"iss\":\"acorn-budget\",\"client_id\":\"acorn-budget\",",
            "'{\"iss\":\"'$HAMSTERBANK_CLIENT_ID'\",\"client_id\":\"'$HAMSTERBANK_CLIENT_ID'\",",
        )
        .replace("client_id=acorn-budget", "client_id=$HAMSTERBANK_CLIENT_ID");
    let lines = script.lines().filter(|line| !line.starts_with('#'));
    let script = lines.collect::<Vec<_>>().join("\n");
    for known in ["localhost", "certs/", "acorn-budget", "KIT"] {
        assert!(
            !script.replace("https://localhost:9443", "").contains(known),
            "{known}: {script}"
        );
    }
    let place = Place::new();
    let mut command = place.command("run --ephemeral --log off -- sh -c");
    command.arg(format!("set -eu\n{script}"));
    command.env("PATH", std::env::var_os("PATH").unwrap());
    let ended = command.output().unwrap();
    let told = String::from_utf8(ended.stdout).unwrap();
    let complaint = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{told}\n{complaint}");
    for promised in [r#""account_id":"acc_1234567890""#, "access_token.expiry: "] {
        assert!(told.contains(promised), "{promised}: {told}");
    }
}

#[test]
fn env_prints_a_running_banks_variables_for_each_shell() {
    let place = Place::new();
    let bank = place.open("--ephemeral --ready-file ready.json");
    let control = bank.text("control_url");
    let ended = place.run(&format!("env --control {control}"));
    assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
    let mut names = Vec::new();
    for line in ended.stdout.lines() {
        let (name, value) = line
            .strip_prefix("export ")
            .unwrap()
            .split_once('=')
            .unwrap();
        names.push(name.to_owned());
        assert!(value.starts_with('\'') && value.ends_with('\''), "{line}");
    }
    assert_eq!(names.len(), 10, "{names:?}");
    let sourced = std::process::Command::new("sh")
        .args([
            "-c",
            &format!("{}cat $HAMSTERBANK_READY_DOCUMENT", ended.stdout),
        ])
        .output()
        .unwrap();
    let ready: Value = serde_json::from_slice(&sourced.stdout).unwrap();
    assert_eq!(ready, bank.ready);
    for (shell, begin) in [
        ("fish", "set -gx HAMSTERBANK_ISSUER '"),
        ("powershell", "$env:HAMSTERBANK_ISSUER = '"),
        ("dotenv", "HAMSTERBANK_ISSUER=\""),
    ] {
        let lines = place
            .run(&format!("env --shell {shell} --control {control}"))
            .stdout;
        assert!(lines.lines().any(|line| line.starts_with(begin)), "{lines}");
    }
    let ended = place.run("env --control http://localhost:1");
    assert_eq!((ended.code, &*ended.stdout), (Some(1), ""));
    assert!(
        ended.stderr.contains("nobody listens there"),
        "{}",
        ended.stderr
    );
}
