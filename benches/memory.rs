//! What the bank itself costs, without sockets: `cargo bench --bench memory`.
//!
//! Each row goes through the same dispatch as a request from the wire, its guards and its journal entry
//! included. What the TPP does (keys, signatures) is done before the clock starts.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench stops at the first surprise"
)]

mod journey;

use std::cell::Cell;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use http::{Response, StatusCode};

use hamsterbank::InMemoryBank;
use journey::Tpp;

const HEAVY: &str = include_str!("../scenarios/heavy.yaml");
const ACCOUNTS: &str = "/open-banking/v1/accounts";
const QUARTER: time::Duration = time::Duration::days(90);
const PAGE: &str = "/open-banking/v1/accounts/acc_1234567890/transactions?page_size=50";

/// One TPP for each algorithm.
const BY_ALGORITHM: [(&str, &str); 2] = [("ES256", "clover-check"), ("PS256", "acorn-budget")];

fn open(criterion: &mut Criterion) {
    criterion.bench_function("open a bank in memory", |bencher| {
        bencher.iter(bank);
    });
}

fn read(criterion: &mut Criterion) {
    let bank = bank();
    let (tpp, certificate) = tpp(&bank, "clover-check");
    let send = |request| bank.send(request, Some(&certificate));
    let grant = tpp.journey(&send);
    for (name, path) in [("accounts", ACCOUNTS), ("page of 50 transactions", PAGE)] {
        let send = |request| ok(bank.send(request, Some(&certificate)));
        criterion.bench_function(&format!("GET {name}"), |bencher| {
            let request = || tpp.read(&grant, path);
            bencher.iter_batched(request, send, BatchSize::SmallInput);
        });
    }
    // No guard, no state: routing, the journal entry, and what this door costs without and with mTLS.
    for (name, certificate) in [
        ("the key set, no certificate", None),
        ("the key set, a certificate", Some(certificate.as_str())),
    ] {
        let send = |request| ok(bank.send(request, certificate));
        criterion.bench_function(&format!("GET {name}"), |bencher| {
            let request = || tpp.read(&grant, "/.well-known/jwks.json");
            bencher.iter_batched(request, send, BatchSize::SmallInput);
        });
    }
}

fn token(criterion: &mut Criterion) {
    for (algorithm, client_id) in BY_ALGORITHM {
        let bank = bank();
        let (tpp, certificate) = tpp(&bank, client_id);
        let name = format!("token by client_credentials, {algorithm}");
        criterion.bench_function(&name, |bencher| {
            let send = |request| ok(bank.send(request, Some(&certificate)));
            bencher.iter_batched(|| tpp.client_credentials(), send, BatchSize::SmallInput);
        });
    }
}

fn journey(criterion: &mut Criterion) {
    for (algorithm, client_id) in BY_ALGORITHM {
        let bank = bank();
        let (tpp, certificate) = tpp(&bank, client_id);
        let spent = Cell::new(Duration::ZERO);
        let send = |request| {
            let (response, took) = timed(|| bank.send(request, Some(&certificate)));
            spent.set(spent.get() + took);
            response
        };
        let name = format!("consent journey, {algorithm}");
        criterion.bench_function(&name, |bencher| {
            bencher.iter_custom(|rounds| {
                spent.set(Duration::ZERO);
                for _ in 0..rounds {
                    tpp.journey(&send);
                }
                spent.get()
            });
        });
    }
}

/// A page costs what is on it: the same whatever the account has, and whatever the page passes over.
fn volume(criterion: &mut Criterion) {
    for (name, transactions) in [
        ("1,000", 1_000),
        ("100,000", 100_000),
        ("1,000,000", 1_000_000),
    ] {
        let bank = bank_of(transactions);
        let (tpp, certificate) = tpp(&bank, "acorn-budget");
        let grant = tpp.journey(&|request| bank.send(request, Some(&certificate)));
        for (what, filter) in [
            ("page of 50", ""),
            ("page of 50 credits", "&credit_debit_indicator=credit"),
            ("page of what is pending", "&status=pending"),
        ] {
            let path = format!("{PAGE}{filter}");
            let send = |request| ok(bank.send(request, Some(&certificate)));
            let name = format!("GET {what}, an account of {name}");
            criterion.bench_function(&name, |bencher| {
                let request = || tpp.read(&grant, &path);
                bencher.iter_batched(request, send, BatchSize::SmallInput);
            });
        }
    }
}

/// Everything that falls due in a quarter of the default bank.
fn quarter(criterion: &mut Criterion) {
    criterion.bench_function("advance the default bank by 90 days", |bencher| {
        let advance = |bank: InMemoryBank| {
            bank.clock().advance(QUARTER);
            bank
        };
        bencher.iter_batched(bank, advance, BatchSize::PerIteration);
    });
}

/// Prints what a transaction takes in a bank that has a million. No criterion: once is enough.
#[expect(clippy::print_stdout, reason = "the figure is the result")]
fn million(_: &mut Criterion) {
    let small = bank_of(1);
    let before = resident_bytes();
    let (large, took) = timed(|| bank_of(1_000_000));
    let after = resident_bytes();
    drop((small, large));
    // Where nobody tells how much is resident, there is nothing to print.
    if let Some((before, after)) = before.zip(after) {
        let each = after.saturating_sub(before) / 1_000_000;
        println!("a transaction of 1,000,000: {each} bytes, the bank open in {took:?}");
    }
}

/// A bank whose one account has so many transactions.
fn bank_of(transactions: u32) -> InMemoryBank {
    let (before, after) = HEAVY.split_once("transactions: 100000,").expect("its bulk");
    let yaml = format!("{before}transactions: {transactions},{after}");
    let builder = InMemoryBank::builder().scenario_text(yaml);
    builder.in_memory().unwrap()
}

/// The process's resident memory, where the system tells it.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes = line.split_whitespace().nth(1)?.parse::<u64>().ok()?;
    Some(kilobytes * 1024)
}

fn bank() -> InMemoryBank {
    InMemoryBank::builder().in_memory().unwrap()
}

fn tpp(bank: &InMemoryBank, client_id: &str) -> (Tpp, String) {
    let kit = bank.client(client_id);
    let certificate = kit.transport_cert_pem().to_owned();
    (Tpp::new(kit, bank.issuer()), certificate)
}

fn ok(response: Response<Vec<u8>>) -> Response<Vec<u8>> {
    assert_eq!(response.status(), StatusCode::OK);
    response
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let done = work();
    (done, started.elapsed())
}

criterion_group!(
    benches, open, read, token, journey, volume, quarter, million
);
criterion_main!(benches);
