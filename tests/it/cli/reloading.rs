//! A scenario read again while the bank is open: at SIGHUP, and with `--watch`.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use super::process::{Open, Place};

fn write(file: &Path, page_size: u32) {
    let text = format!("version: 1\nname: mine\nextends: docs\nbank: {{page_size: {page_size}}}\n");
    // As editors do: beside, then in its place.
    let beside = file.with_extension("new");
    std::fs::write(&beside, text).unwrap();
    std::fs::rename(beside, file).unwrap();
}

fn scenario(bank: &Open) -> String {
    let mut stream = TcpStream::connect(("localhost", bank.port("control_url"))).unwrap();
    let head = "GET /scenario HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Asks until the bank plays it: each answer is awaited, and a bank that never does fails.
#[track_caller]
fn awaits(bank: &Open, page_size: u32) {
    let wanted = format!("\"page_size\":{page_size},");
    let plays = (0..ANSWERS_MAX).any(|_| scenario(bank).contains(&wanted));
    assert!(plays, "it never played {wanted}");
}

#[cfg(unix)]
#[test]
fn a_hangup_has_the_scenario_read_again_and_a_wrong_one_is_told() {
    let place = Place::new();
    let file = place.path().join("mine.yaml");
    write(&file, 5);
    let bank =
        place.open("--scenario mine.yaml --ephemeral --log warn --clock 2030-01-01T00:00:00Z");
    // Bank time is another than real time, which is told.
    assert!(bank.log_line().starts_with("warning: bank time is"));
    write(&file, 6);
    bank.signal("HUP");
    awaits(&bank, 6);
    assert!(scenario(&bank).contains("\"clock\":\"2030-01-01T00:00:00Z\""));
    write(&file, 0);
    bank.signal("HUP");
    let told = bank.log_line();
    assert_eq!(
        told,
        "warning: bank main keeps its scenario, since it cannot be reloaded: \
         mine.yaml:4: bank.page_size: expected a number from 1 to 1000, found `0`"
    );
    awaits(&bank, 6);
    bank.signal("TERM");
    assert_eq!(bank.end().0, Some(0));
}

#[test]
fn a_watched_file_is_played_again_when_it_is_saved() {
    let place = Place::new();
    let file = place.path().join("mine.yaml");
    write(&file, 5);
    let bank = place.open("--scenario mine.yaml --ephemeral --log warn --watch");
    // Its clock is years behind, which is told.
    assert!(bank.log_line().starts_with("warning: bank time is"));
    write(&file, 8);
    awaits(&bank, 8);
    write(&file, 0);
    assert!(
        bank.log_line()
            .contains("mine.yaml:4: bank.page_size: expected")
    );
    write(&file, 9);
    awaits(&bank, 9);
}

/// Many times as many as come while a file settles; only a failing test waits for them all.
const ANSWERS_MAX: usize = 50_000;
