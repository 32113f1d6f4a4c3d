//! `hamsterbank tour`, as a person uses it: it is run against a bank, and every line it prints is
//! pasted into a shell.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Output, Stdio};

use hamsterbank::Bank;

use crate::cli::process::Place;
use crate::support::can_paste;

/// Goal: each printed `curl` line works when pasted, in the order printed, and shows what its
/// answer shows.
#[test]
fn every_line_of_the_tour_works_when_it_is_pasted() {
    if !can_paste() {
        return;
    }
    let bank = Bank::builder().with_files().start().unwrap();
    let told = stdout_of(&tour(&["--against", bank.control_url()]), 0);
    let lines = pasteable_lines(&told);
    assert!(lines.len() >= 30, "only {} lines", lines.len());
    for (line, shown) in &lines {
        // Announced: pasted again, the clock would have to go back.
        let expected = if line.contains(r#"{"set":"#) {
            "422"
        } else {
            shown
        };
        let (status, body) = paste(line);
        assert_eq!(status, expected, "{line}\n\n{body}");
    }
}

#[test]
fn the_lines_may_be_pasted_a_second_time_where_nothing_in_them_works_only_once() {
    if !can_paste() {
        return;
    }
    let bank = Bank::builder().with_files().start().unwrap();
    let told = stdout_of(&tour(&["--against", bank.control_url()]), 0);
    let repeatable = |line: &&(String, String)| {
        let once = [
            "client_assertion=",
            "code=",
            "/oauth/authorize",
            r#"{"set":"#,
        ];
        !once.iter().any(|word| line.0.contains(word))
    };
    let lines = pasteable_lines(&told);
    for (line, shown) in lines.iter().filter(repeatable) {
        for _ in 0..2 {
            assert_eq!(paste(line).0, *shown, "{line}");
        }
    }
}

#[test]
fn a_code_pasted_twice_is_refused_and_harms_no_other_line() {
    if !can_paste() {
        return;
    }
    let bank = Bank::builder().with_files().start().unwrap();
    let told = stdout_of(&tour(&["--against", bank.control_url()]), 0);
    let lines = pasteable_lines(&told);
    // The second TPP proves itself by its certificate, so that only the code is used twice.
    let exchanges = |assertion: bool| {
        lines.iter().find(move |(line, _)| {
            line.contains("-d code=") && line.contains("client_assertion=") == assertion
        })
    };
    let (line, _) = exchanges(false).unwrap();
    assert_eq!(paste(line).0, "200");
    let (status, body) = paste(line);
    assert_eq!(status, "400");
    assert!(body.contains("code.unused"), "{body}");
    let accounts = lines
        .iter()
        .filter(|(line, shown)| line.contains("/accounts") && shown == "200");
    for (line, _) in accounts {
        assert_eq!(paste(line).0, "200", "{line}");
    }
}

/// Goal: a bank whose TLS is somebody else's is toured as well, and its lines tell the certificate themselves.
#[test]
fn a_bank_in_the_clear_is_toured_and_its_lines_can_be_pasted() {
    if !can_paste() {
        return;
    }
    let place = Place::new();
    let bank = place.open("--ephemeral --plain-http");
    let url = bank.ready["control_url"].as_str().unwrap();
    let told = stdout_of(&tour(&["--against", url]), 0);
    assert!(told.contains("leaves TLS to somebody else") && !told.contains("--cacert"));
    let lines = pasteable_lines(&told);
    assert!(lines.len() >= 34, "only {} lines", lines.len());
    for (line, shown) in &lines {
        let expected = if line.contains(r#"{"set":"#) {
            "422"
        } else {
            shown
        };
        assert_eq!(paste(line).0, expected, "{line}");
    }
}

/// Goal: the payment that is shown arrives, and the line below it makes one payment, however often it is pasted.
#[test]
fn a_payment_is_made_and_its_line_makes_one_more() {
    if !can_paste() {
        return;
    }
    let bank = Bank::builder().with_files().start().unwrap();
    let told = stdout_of(&tour(&["--against", bank.control_url()]), 0);
    assert!(
        told.contains("RCVD, ACSP, ACSC, ACCC."),
        "{}",
        ending(&told)
    );
    let payments = || bank.payments().list().unwrap();
    assert_eq!(payments().len(), 1);
    assert_eq!(payments()[0]["status_code"], "ACCC");
    let lines = pasteable_lines(&told);
    let (line, shown) = lines
        .iter()
        .find(|(line, _)| line.contains("x-idempotency-key"))
        .unwrap();
    assert_eq!(shown, "201");
    for _ in 0..3 {
        assert_eq!(paste(line).0, "201");
    }
    assert_eq!(payments().len(), 2);
}

/// Goal: a tour for accounts alone is one too, and a payment by the one who may is one.
#[test]
fn who_may_not_pay_does_not_and_the_other_does() {
    let scenario = std::fs::read_to_string("scenarios/default.yaml").unwrap();
    let all = "roles: [AISP, PISP, CBPII]";
    let accounts = "roles: [AISP]";
    for (scenario, told, paid) in [
        (scenario.replace(all, accounts), "Neither of these two", 0),
        (
            scenario.replacen(all, accounts, 1),
            "Burrow Pay says what is to be paid",
            1,
        ),
    ] {
        let bank = Bank::builder()
            .scenario_text(scenario)
            .with_files()
            .start()
            .unwrap();
        let page = stdout_of(&tour(&["--against", bank.control_url()]), 0);
        assert!(page.contains(told), "{told}: {}", ending(&page));
        assert_eq!(bank.payments().list().unwrap().len(), paid, "{told}");
    }
}

/// Goal: the three refusals are there, each with the rule by which the journal explains it.
#[test]
fn three_refusals_are_shown_and_explained() {
    let bank = Bank::builder().with_files().start().unwrap();
    let told = stdout_of(&tour(&["--against", bank.control_url()]), 0);
    let refused = pasteable_lines(&told);
    let refused: Vec<_> = refused.iter().filter(|(_, shown)| shown == "401").collect();
    assert_eq!(refused.len(), 3);
    for rule in [
        "access_token.expiry",
        "certificate.present",
        "access_token.certificate",
    ] {
        assert!(told.contains(&format!("  Refused by {rule} (")), "{rule}");
    }
    for name in ["--cert", "--key"] {
        assert!(!refused[1].0.contains(name), "a call without a certificate");
    }
}

#[test]
fn a_bank_that_plays_another_year_can_be_toured_too() {
    let january = time::macros::datetime!(2024-01-15 10:30 UTC);
    let bank = Bank::builder()
        .clock_at(january)
        .with_files()
        .start()
        .unwrap();
    let told = stdout_of(&tour(&["--against", bank.control_url()]), 0);
    assert!(told.contains("That was the tour"), "{}", ending(&told));
}

/// Goal: the tour never says yes falsely. A bank that lets something pass fails it, in words that
/// name what was expected.
#[test]
fn a_bank_that_is_too_kind_or_too_slow_fails_the_tour() {
    let scenario = std::fs::read_to_string("scenarios/default.yaml").unwrap();
    let strict = "profile: fapi1-advanced";
    assert!(scenario.contains(strict));
    let lenient = "profile: fapi1-advanced\n  lenient: [certificate.present]";
    let stuck = "payments:\n  rules:\n    - {when: {local_instrument: fps}, play: stuck-pending}\n";
    for (why, kind, told) in [
        (
            "no certificate is asked for",
            scenario.replace(strict, lenient),
            "expected a refusal by the rule certificate.present",
        ),
        (
            "another profile",
            scenario.replace(strict, "profile: relaxed"),
            "this one's profile is relaxed",
        ),
        (
            "a payment that does not arrive",
            format!("{scenario}\n{stuck}"),
            "the payment's status_code: expected ACCC, received PDNG",
        ),
    ] {
        let bank = Bank::builder()
            .scenario_text(kind)
            .with_files()
            .start()
            .expect(why);
        let page = stdout_of(&tour(&["--against", bank.control_url()]), 1);
        // The sentence may be wrapped.
        let words: Vec<_> = page.split_whitespace().collect();
        assert!(words.join(" ").contains(told), "{why}: {}", ending(&page));
        assert!(!page.contains("That was the tour"), "{why}");
    }
}

#[test]
fn a_tour_without_a_bank_opens_its_own_and_says_that_it_closes() {
    let told = stdout_of(&tour(&[]), 0);
    assert!(told.contains("closes with it"), "{}", ending(&told));
    assert!(told.contains("That was the tour"), "{}", ending(&told));
    // Nothing of it is left behind.
    let ca = told.split("--cacert ").nth(1).unwrap();
    let ca = ca.split_whitespace().next().unwrap();
    assert!(!std::path::Path::new(ca).exists(), "{ca}");
}

#[test]
fn a_bank_that_is_told_to_stay_takes_lines_until_it_is_interrupted() {
    if !can_paste() {
        return;
    }
    let mut process = Command::new(env!("CARGO_BIN_EXE_hamsterbank"))
        .args(["tour", "--stay"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = String::new();
    let mut stdout = BufReader::new(process.stdout.take().unwrap());
    while !told.contains("Ctrl-C closes it") {
        assert!(
            stdout.read_line(&mut told).unwrap() > 0,
            "{}",
            ending(&told)
        );
    }
    let lines = pasteable_lines(&told);
    let status = paste(&lines.last().unwrap().0).0;
    let interrupt = format!("kill -INT {}", process.id());
    let interrupted = Command::new("sh").args(["-c", &interrupt]).status();
    let code = process.wait().unwrap().code();
    assert!(interrupted.unwrap().success());
    assert_eq!((status.as_str(), code), ("200", Some(0)));
}

#[test]
fn what_cannot_be_toured_is_said_in_one_sentence() {
    if !can_paste() {
        return;
    }
    let bank = Bank::builder().with_files().start().unwrap();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    for (why, url, sentence) in [
        ("nobody there", closed.as_str(), "cannot connect to"),
        (
            "the bank's own door",
            bank.issuer(),
            "is not a URL that can be called here",
        ),
        (
            "no URL at all",
            "localhost",
            "is not a URL that can be called here",
        ),
    ] {
        let told = stdout_of(&tour(&["--against", url]), 1);
        assert!(told.contains(sentence), "{why}: {told}");
        assert!(!told.contains("curl"), "{why}: {told}");
    }
}

fn tour(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hamsterbank"))
        .arg("tour")
        .args(arguments)
        .output()
        .unwrap()
}

#[track_caller]
fn stdout_of(output: &Output, code: i32) -> String {
    let told = String::from_utf8(output.stdout.clone()).unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    let ending = ending(&told);
    assert_eq!(output.status.code(), Some(code), "{ending}\n{complaint}");
    told
}

/// The last lines, which say what became of it.
fn ending(told: &str) -> String {
    let lines: Vec<_> = told.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}

/// Each `curl` line, over all its lines, with the status of the answer below it.
fn pasteable_lines(told: &str) -> Vec<(String, String)> {
    let mut lines = told.lines().peekable();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if !line.starts_with("curl ") {
            continue;
        }
        let mut command = line.to_owned();
        while command.ends_with('\\') {
            command.push('\n');
            command.push_str(lines.next().unwrap());
        }
        assert_eq!(lines.next(), Some(""), "{command}");
        let status = lines.next().unwrap();
        found.push((command, status[2..5].to_owned()));
    }
    found
}

/// Runs a line as a shell would, with the status written behind.
fn paste(line: &str) -> (String, String) {
    let line = format!("{line} -w '\\n%{{http_code}}'");
    let output = Command::new("sh").args(["-c", &line]).output().unwrap();
    assert!(
        output.status.success(),
        "{line}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let answer = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, status) = answer.rsplit_once('\n').unwrap();
    (status.to_owned(), body.to_owned())
}
