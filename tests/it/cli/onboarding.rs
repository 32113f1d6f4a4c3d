//! `onboard`: a kit on the disk, and the printed lines that register it.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::process::{Ended, Open, Place};
use crate::support::can_paste;

/// Goal: whoever has a shell and curl registers a TPP and gets a token for it, by pasting what was printed.
#[test]
fn the_printed_lines_register_a_tpp_and_get_it_a_token() {
    if !can_paste() {
        return;
    }
    let place = Place::new();
    let bank = place.open("--ephemeral");
    let ended = onboard(
        &place,
        &bank,
        "--out kits/willow --token-endpoint-auth-method tls_client_auth",
    );
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    // The same lines stand in the kit, where they work without the way to it.
    let kit = place.path().join("kits/willow");
    let readme = std::fs::read_to_string(kit.join("README.txt")).unwrap();
    for (lines, from) in [
        (pasted(&ended.stdout), place.path()),
        (pasted(&readme), &*kit),
    ] {
        let told = paste(&lines, from);
        let (status, token) = told.split_once('\n').unwrap();
        assert_eq!(status, "201", "{told}");
        let token: Value = serde_json::from_str(token).unwrap();
        assert!(token["access_token"].is_string(), "{token}");
        assert_eq!(
            token["scope"],
            "accounts transactions payments fundsconfirmations consents"
        );
    }
    let client = json_file(&kit, "client.json");
    assert_eq!(client["client_name"], Value::Null);
    assert_eq!(client["token_endpoint_auth_method"], "tls_client_auth");
    let told = verdict(&place, &bank, 1);
    assert!(told.contains("POST /register  201 Created"), "{told}");
}

#[test]
fn a_flawed_kit_is_refused_and_the_answer_says_why() {
    if !can_paste() {
        return;
    }
    let place = Place::new();
    let bank = place.open("--ephemeral");
    let refusals = [
        (
            "expired_ssa",
            "400",
            "invalid_software_statement",
            "software_statement.age",
        ),
        ("foreign_ca", "401", "invalid_client", "certificate.trusted"),
    ];
    for (index, (flaw, status, error, rule)) in refusals.into_iter().enumerate() {
        let ended = onboard(&place, &bank, &format!("--out {flaw} --flaw {flaw}"));
        assert!(
            ended
                .stdout
                .contains(&format!("flawed on purpose ({flaw})")),
            "{ended:?}"
        );
        assert_eq!(paste(&pasted(&ended.stdout), place.path()).trim(), status);
        let answer = json_file(&place.path().join(flaw), "client.json");
        assert_eq!(answer["error"], error);
        let told = verdict(&place, &bank, index + 1);
        assert!(told.contains(&format!("Refused by {rule} ")), "{told}");
    }
}

/// Goal: a kit that no bank made is refused by a bank that knows nothing of it, and registers with one that
/// was told what the page says it must be told.
#[test]
fn a_kit_made_alone_registers_with_a_bank_that_is_told_to_trust_it() {
    if !can_paste() {
        return;
    }
    let place = Place::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let ended = place.run(&format!(
        "onboard --out willow --token-endpoint-auth-method tls_client_auth --signing-alg ES256 \
         --roles AISP --jwks-url http://{}/jwks.json",
        listener.local_addr().unwrap()
    ));
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let (trust, lines): (Vec<_>, Vec<_>) = ended
        .stdout
        .lines()
        .filter(|line| line.starts_with("  "))
        .partition(|line| {
            YAML.iter()
                .any(|begin| line.trim_start().starts_with(begin))
        });
    assert_eq!(trust.len(), 4, "{ended:?}");
    let jwks = std::fs::read_to_string(place.path().join("willow/jwks.json")).unwrap();
    std::thread::spawn(move || serve(&listener, &jwks));
    let register = |bank: &Open| {
        let lines = lines
            .join("\n")
            .replace("https://localhost:8443", bank.text("issuer"))
            .replace("/path/to/ca.pem", bank.text("ca_file"));
        paste(&lines, place.path())
    };
    let stranger = place.open("--ephemeral");
    assert!(register(&stranger).starts_with("401\n"));
    let told = verdict(&place, &stranger, 1);
    assert!(told.contains("Refused by certificate.trusted "), "{told}");
    let scenario = format!("version: 1\nname: trusting\n{}\n", dedented(&trust));
    std::fs::write(place.path().join("trusting.yaml"), scenario).unwrap();
    let bank = place.open("--ephemeral --scenario trusting.yaml");
    let told = register(&bank);
    assert!(told.starts_with("201\n{\"access_token\":"), "{told}");
}

#[test]
fn a_kit_is_whole_and_its_keys_are_its_owner_s_alone() {
    let place = Place::new();
    let bank = place.open("--ephemeral");
    let ended = onboard(
        &place,
        &bank,
        "--out willow --name Willow --roles AISP,CBPII --redirect-uri https://willow.test/cb \
         --redirect-uri http://localhost:1/cb --signing-alg ES256 --output json",
    );
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let told: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(told["name"], "Willow");
    assert_eq!(told["roles"], serde_json::json!(["AISP", "CBPII"]));
    let uris = ["https://willow.test/cb", "http://localhost:1/cb"];
    assert_eq!(told["redirect_uris"], serde_json::json!(uris));
    let kit = place.path().join("willow");
    let mut names = Place::names_in(&kit);
    names.retain(|name| !["README.txt", "kit.json", ".gitignore"].contains(&name.as_str()));
    let members = told.as_object().unwrap().iter();
    let mut files: Vec<_> = members
        .filter(|(name, _)| name.ends_with("_file"))
        .map(|(_, path)| Path::new(path.as_str().unwrap()))
        .collect();
    files.sort();
    let listed: Vec<_> = files
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(listed, names);
    for path in files {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(!text.is_empty(), "{}", path.display());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            let holds_key = text.contains("PRIVATE KEY") || text.contains("\"d\":");
            assert_eq!(mode == 0o600, holds_key, "{} {mode:o}", path.display());
        }
    }
    let jwk = json_file(&kit, "signing.jwk.json");
    let published = &json_file(&kit, "jwks.json")["keys"][0];
    assert_eq!(
        (&jwk["alg"], &jwk["kid"], &jwk["x"]),
        (&published["alg"], &published["kid"], &published["x"])
    );
    assert_eq!(published["d"], Value::Null);
    let statement = std::fs::read_to_string(kit.join("software_statement.jwt")).unwrap();
    let registration = json_file(&kit, "registration.json");
    assert_eq!(registration["software_statement"], statement.trim());
}

#[test]
fn what_lies_in_the_way_is_not_overwritten() {
    let place = Place::new();
    let theirs = place.path().join("theirs");
    std::fs::create_dir(&theirs).unwrap();
    std::fs::write(theirs.join("transport.key"), "theirs").unwrap();
    let alone = "--signing-alg ES256";
    assert_eq!(
        place.run(&format!("onboard --out ours {alone}")).code,
        Some(0)
    );
    std::fs::write(place.path().join("ours/client.json"), "{}").unwrap();
    let before = json_file(&place.path().join("ours"), "kit.json");
    for (flags, told) in [
        ("--out theirs", "holds no kit of ours"),
        ("--out theirs --replace", "holds no kit of ours"),
        ("--out ours", "--replace makes it anew"),
        (
            "--out theirs/transport.key",
            "a file stands where a directory is needed",
        ),
    ] {
        let ended = place.run(&format!("onboard {flags} {alone}"));
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(1), ""),
            "{flags}"
        );
        assert!(ended.stderr.contains(told), "{flags}: {}", ended.stderr);
    }
    assert_eq!(
        std::fs::read_to_string(theirs.join("transport.key")).unwrap(),
        "theirs"
    );
    assert_eq!(json_file(&place.path().join("ours"), "kit.json"), before);
    let ended = place.run(&format!("onboard --out ours --replace {alone}"));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_ne!(json_file(&place.path().join("ours"), "kit.json"), before);
    assert!(!place.path().join("ours/client.json").exists());
}

#[test]
fn a_kit_that_cannot_be_made_leaves_nothing_and_says_why() {
    let place = Place::new();
    let bank = place.open("--ephemeral --control-token s3cret");
    let url = bank.text("control_url").to_owned();
    let before = place.names();
    for (flags, code, told) in [
        ("", 2, "required arguments were not provided: --out <DIR>"),
        ("--out x --roles AIPS", 2, "did you mean AISP?"),
        (
            "--out x --flaw expired_sssa",
            2,
            "did you mean expired_ssa?",
        ),
        ("--out x --signing-alg RS256", 2, "invalid value 'RS256'"),
        (
            "--out x --redirect-uri http://tpp.example/cb",
            2,
            "redirect URI 0 is not https",
        ),
        ("--out x --flaw revoked_software", 2, "needs --control"),
        (
            "--out x --jwks-url http://tpp.example/keys",
            2,
            "invalid value",
        ),
        (
            "--out x --bank-url http://bank.test",
            2,
            "expected https://",
        ),
        (
            "--out x --control http://localhost:1",
            1,
            "no bank answers at http://localhost:1",
        ),
        (
            "--out x --control https://localhost:1",
            2,
            "is no control URL",
        ),
        (
            &*format!("--out x --control {url}"),
            1,
            "asks for its control token",
        ),
        (
            &*format!("--out x --control {url} --control-token s3cret --redirect-uri ftp://x"),
            1,
            "answers 422: /redirect_uris/0: redirect URI 0",
        ),
        (
            &*format!("--out x --control {url} --jwks-url https://x/y"),
            2,
            "cannot be used with",
        ),
    ] {
        let ended = place.run(&format!("onboard {flags}"));
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(code), ""),
            "{flags}"
        );
        assert!(ended.stderr.contains(told), "{flags}: {}", ended.stderr);
        assert_eq!(place.names(), before, "{flags}");
    }
}

fn onboard(place: &Place, bank: &Open, flags: &str) -> Ended {
    place.run(&format!(
        "onboard --control {} {flags}",
        bank.text("control_url")
    ))
}

/// The lines that are to be pasted.
fn pasted(page: &str) -> String {
    let lines = page
        .lines()
        .skip_while(|line| !line.starts_with("To register"));
    let lines: Vec<_> = lines.filter(|line| line.starts_with("  ")).collect();
    assert!(lines.len() >= 3, "{page}");
    lines.join("\n")
}

/// What the lines print, pasted in a directory.
fn paste(lines: &str, place: &Path) -> String {
    let output = Command::new("sh")
        .args(["-c", lines])
        .current_dir(place)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(complaint, "", "{lines}");
    String::from_utf8(output.stdout).unwrap()
}

/// The journal's page on the n-th request.
fn verdict(place: &Place, bank: &Open, nth: usize) -> String {
    let url = bank.text("control_url");
    place
        .run(&format!("explain req_{nth:010} --control {url}"))
        .stdout
}

fn json_file(directory: &Path, name: &str) -> Value {
    let text = std::fs::read_to_string(directory.join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Answers every call with this document.
fn serve(listener: &TcpListener, document: &str) {
    while let Ok((mut stream, _)) = listener.accept() {
        let _ = stream.read(&mut [0; 2048]);
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
            document.len()
        );
        let _ = stream.write_all(format!("{head}{document}").as_bytes());
    }
}

fn dedented(lines: &[&str]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| &line[2..]).collect();
    lines.join("\n")
}

/// How the lines of the page begin that belong into a scenario.
const YAML: [&str; 3] = ["bank:", "trust:", "- "];
