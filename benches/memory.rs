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

const ACCOUNTS: &str = "/open-banking/v1/accounts";
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

fn bank() -> InMemoryBank {
    InMemoryBank::builder().in_memory().unwrap()
}

fn tpp(bank: &InMemoryBank, client_id: &str) -> (Tpp, String) {
    let kit = bank.client(client_id).expect("a client of the scenario");
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

criterion_group!(benches, open, read, token, journey);
criterion_main!(benches);
