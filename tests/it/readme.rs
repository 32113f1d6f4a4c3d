//! The README is true: each command in it is run, against a bank on free ports.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::can_paste;

/// Goal: whoever pastes the journey block after block, into one shell, gets what the text promises.
#[test]
fn the_journey_by_hand_works_as_it_is_written() {
    if !can_paste() {
        return;
    }
    let bank = OpenBank::open();
    let script: String = shell_blocks()
        .iter()
        .filter(|block| !block.contains("cargo ") || block.contains(" onboard "))
        .map(|block| bank.at_home_in(block))
        .map(|block| block.replace("cargo run --release --", env!("CARGO_BIN_EXE_hamsterbank")))
        .collect();
    let script = format!("set -eu\n{script}");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}\n{complaint}");
    let mut rest = told.as_str();
    // In this order: what each step prints.
    for promised in [
        "consent_ais_",
        "urn:ietf:params:oauth:request_uri:",
        r#""account_id":"acc_1234567890""#,
        r#""type":"interim_available""#,
        r#""transaction_id":"txn_"#,
        "Refused by certificate.present (",
        // What falls due in six minutes depends on the time of day.
        r#","count":"#,
        "access_token.expiry: ",
        "The kit of my-tpp is in ",
        "\n201\n",
        r#"{"access_token":""#,
    ] {
        let found = rest.find(promised);
        let found = found.unwrap_or_else(|| panic!("{promised} is missing in\n{told}"));
        rest = &rest[found + promised.len()..];
    }
}

/// Goal: the commands that begin with cargo are those that CI and this package know, and what they
/// run is what their sentence says.
#[test]
fn the_commands_of_the_first_minute_are_those_that_run_and_test_this_package() {
    let commands = shell_blocks();
    let commands: Vec<_> = commands
        .iter()
        .flat_map(|block| block.lines())
        .filter(|line| line.starts_with("cargo "))
        .collect();
    assert_eq!(
        commands,
        [
            "cargo run --release",
            "cargo test",
            "cargo run --release -- tour",
            "cargo run --release -- tour --against http://localhost:8444",
            "cargo run --release -- onboard --control http://localhost:8444 --out certs/my-tpp \
             --token-endpoint-auth-method tls_client_auth",
            "cargo run --release -- run -- sh -c 'curl -sS --cacert \"$HAMSTERBANK_CA_FILE\" \
             \"$HAMSTERBANK_API_URL/accounts\"'",
            "cargo run --release -- env --shell sh",
            "cargo run --release -- ctl clock advance 91d",
            "cargo run --release -- ctl requests list --route oauth.token --count",
            "cargo run --release -- faults token.expired_early",
            "cargo run --release -- ctl faults arm token.expired_early --on banking.accounts --times 1",
        ]
    );
    let bank = OpenBank::open();
    for command in commands {
        let Some(arguments) = command.strip_prefix("cargo run --release -- ") else {
            continue;
        };
        let needs_tools = arguments.contains("curl");
        if needs_tools && !can_paste() {
            continue;
        }
        let line = format!("\"$0\" {}", bank.at_home_in(arguments));
        let output = Command::new("sh")
            .args(["-c", &line, env!("CARGO_BIN_EXE_hamsterbank")])
            .env("HAMSTERBANK_EPHEMERAL", "true")
            .env("HAMSTERBANK_CONTROL_URL", bank.control_url())
            .stderr(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{command}");
        assert!(!output.stdout.is_empty(), "{command}");
    }
}

#[test]
fn every_file_it_points_to_is_there_and_every_scenario_is_listed() {
    let readme = readme();
    let links = readme.split("](").skip(1);
    let links: Vec<_> = links.filter_map(|rest| rest.split(')').next()).collect();
    assert!(!links.is_empty());
    for link in links {
        assert!(std::path::Path::new(link).exists(), "{link}");
    }
    for scenario in std::fs::read_dir("scenarios").unwrap() {
        let path = scenario.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(readme.contains(&format!("| `{name}` |")), "{name}");
    }
}

/// The binary, open on free ports; closed when dropped.
struct OpenBank {
    process: Child,
    ready: Value,
}

impl OpenBank {
    fn open() -> Self {
        let free = "localhost:0";
        let mut process = Command::new(env!("CARGO_BIN_EXE_hamsterbank"))
            .args(["serve", "--ephemeral", "--output", "json"])
            .args(["--listen", free, "--control-listen", free])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap();
        Self { process, ready }
    }

    fn control_url(&self) -> &str {
        self.ready["control_url"].as_str().unwrap()
    }

    /// The text with this bank's addresses and files in the place of the usual ones.
    fn at_home_in(&self, text: &str) -> String {
        let fact = |name: &str| self.ready[name].as_str().unwrap();
        let certs = fact("ca_file").strip_suffix("ca.pem").unwrap();
        let text = text
            .replace("https://localhost:8443", fact("issuer"))
            .replace("http://localhost:8444", fact("control_url"))
            .replace("certs/", certs);
        assert!(!text.contains("localhost:844"), "{text}");
        text
    }
}

impl Drop for OpenBank {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// What stands between ```sh and ```.
fn shell_blocks() -> Vec<String> {
    let readme = readme();
    let blocks = readme.split("\n```sh\n").skip(1);
    let blocks: Vec<_> = blocks
        .map(|rest| format!("{}\n", rest.split("\n```").next().unwrap()))
        .collect();
    assert!(blocks.len() > 5, "the README has lost its commands");
    blocks
}

fn readme() -> String {
    std::fs::read_to_string("README.md").unwrap()
}
