//! What the bank does on real sockets, beside the least any server must: `cargo bench --bench wire`.
//!
//! Bank and limit run in this process, each on one thread, and are measured in turn, round after round, so
//! that a slow minute falls on both. The ratio of the two, by median, is the result; the absolute rates
//! move with the machine, and the load takes its share of it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    reason = "a bench stops at the first surprise, and its rates are no money"
)]

mod journey;
#[path = "wire/limit.rs"]
mod limit;
#[path = "wire/load.rs"]
mod load;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::{Builder, Runtime};

use hamsterbank::{Bank, TppKit};

use journey::{Grant, Tpp};
use limit::Answers;
use load::{Line, Round, Target};

const ACCOUNTS: &str = "/open-banking/v1/accounts";
const ACCOUNT: &str = "/open-banking/v1/accounts/acc_1234567890";
const PAGE: &str = "/open-banking/v1/accounts/acc_1234567890/transactions?page_size=50";

/// How long and how often; without `--bench` the whole is only tried.
struct Effort {
    rounds: usize,
    span: Duration,
}

/// The two servers, and how to ask them.
struct Contest {
    runtime: Runtime,
    effort: Effort,
    bank: Target,
    limit: Target,
}

fn main() -> io::Result<()> {
    let serious = std::env::args().any(|argument| argument == "--bench");
    let effort = Effort {
        rounds: if serious { 9 } else { 1 },
        span: Duration::from_millis(if serious { 500 } else { 20 }),
    };
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    report_starts(&effort)?;
    let bank = Bank::builder().start().unwrap();
    let kit = bank.client("clover-check");
    let ca = CertificateDer::from_pem_slice(bank.ca_pem().as_bytes()).unwrap();
    let tpp = Tpp::new(kit.clone(), bank.issuer());
    let bank_target = Target {
        address: address(&bank),
        tls: tls(&kit, &ca),
        thread: "hamsterbank",
    };
    let mut line = runtime.block_on(bank_target.connect());
    let grant = grant(&runtime, &mut line, &tpp);
    report_journal(&runtime, &mut line, &tpp.read(&grant, ACCOUNTS))?;
    let answers = [ACCOUNT, ACCOUNTS, PAGE].map(|path| {
        let answer = runtime.block_on(load::ask(&mut line, tpp.read(&grant, path)));
        assert_eq!(answer.status(), 200);
        (path.to_owned(), Bytes::from(answer.into_body()))
    });
    let limit = limit::start(&ca, Answers::from(answers));
    let contest = Contest {
        runtime,
        effort,
        bank: bank_target,
        limit: Target {
            address: limit.address,
            tls: tls(&kit, &limit.certificate),
            thread: limit::THREAD,
        },
    };
    contest.run(&tpp, &grant)?;
    writeln!(io::stdout(), "resident at the end: {} KiB", resident_kib())
}

impl Contest {
    fn run(mut self, tpp: &Tpp, grant: &Grant) -> io::Result<()> {
        writeln!(
            io::stdout(),
            "{:<34}{:>10}{:>10}{:>8}{:>10}{:>10}{:>10}",
            "",
            "bank /s",
            "limit /s",
            "ratio",
            "bank µs",
            "limit µs",
            "µs ratio"
        )?;
        for (name, path, count) in [
            ("GET one account, 1 connection", ACCOUNT, 1),
            ("GET one account, 32 connections", ACCOUNT, 32),
            ("GET accounts, 1 connection", ACCOUNTS, 1),
            ("GET accounts, 32 connections", ACCOUNTS, 32),
            ("page of 50, 32 connections", PAGE, 32),
        ] {
            let rounds = self.keep_asking(&tpp.read(grant, path), count);
            report(name, &rounds)?;
        }
        let request = tpp.read(grant, ACCOUNTS);
        report("resumed handshake + GET", &self.keep_meeting(&request))?;
        for target in [&mut self.bank, &mut self.limit] {
            let mut tls = ClientConfig::clone(&target.tls);
            tls.resumption = Resumption::disabled();
            target.tls = Arc::new(tls);
        }
        report("full handshake + GET", &self.keep_meeting(&request))
    }

    fn keep_asking(&self, request: &Request<Vec<u8>>, count: usize) -> Vec<(Round, Round)> {
        let mut lines = [&self.bank, &self.limit].map(|target| self.connect(target, count));
        let mut rounds = Vec::new();
        // The first round warms both and is not counted.
        for _ in 0..=self.effort.rounds {
            let [bank, limit] = lines;
            let ask = |target, lines| {
                let asking = load::keep_asking(target, lines, request, self.effort.span);
                self.runtime.block_on(asking)
            };
            let (of_bank, bank) = ask(&self.bank, bank);
            let (of_limit, limit) = ask(&self.limit, limit);
            rounds.push((of_bank, of_limit));
            lines = [bank, limit];
        }
        rounds.split_off(1)
    }

    fn keep_meeting(&self, request: &Request<Vec<u8>>) -> Vec<(Round, Round)> {
        let meet = |target| {
            let meeting = load::keep_meeting(target, request, self.effort.span);
            self.runtime.block_on(meeting)
        };
        let rounds = (0..self.effort.rounds).map(|_| (meet(&self.bank), meet(&self.limit)));
        rounds.collect()
    }

    fn connect(&self, target: &Target, count: usize) -> Vec<Line> {
        (0..count)
            .map(|_| self.runtime.block_on(target.connect()))
            .collect()
    }
}

fn report(name: &str, rounds: &[(Round, Round)]) -> io::Result<()> {
    let of = |pick: fn(&(Round, Round)) -> f64| rounds.iter().map(pick).collect::<Vec<_>>();
    let bank_us = least(of(|round| round.0.server_us));
    let limit_us = least(of(|round| round.1.server_us));
    writeln!(
        io::stdout(),
        "{name:<34}{:>10.0}{:>10.0}{:>8.2}{bank_us:>10.1}{limit_us:>10.1}{:>10.2}",
        median(of(|round| round.0.per_second)),
        median(of(|round| round.1.per_second)),
        median(of(|round| round.0.per_second / round.1.per_second)),
        bank_us / limit_us,
    )
}

/// Opening and closing a bank inside a test: the first one, and those after it.
fn report_starts(effort: &Effort) -> io::Result<()> {
    let mut opened = Vec::new();
    let mut closed = Vec::new();
    for _ in 0..=effort.rounds {
        let started = load::now();
        let bank = Bank::builder().start().unwrap();
        opened.push(started.elapsed().as_secs_f64() * 1000.0);
        let closing = load::now();
        bank.close();
        closed.push(closing.elapsed().as_secs_f64() * 1000.0);
    }
    let first = opened.remove(0);
    writeln!(
        io::stdout(),
        "a bank in a test: first {first:.1} ms, each further {:.1} ms, close {:.1} ms",
        median(opened),
        median(closed),
    )
}

/// What the journal keeps of one GET, by the growth of the whole process while it fills.
fn report_journal(
    runtime: &Runtime,
    line: &mut Line,
    request: &Request<Vec<u8>>,
) -> io::Result<()> {
    let before = resident_kib();
    for _ in 0..ENTRIES {
        let answer = runtime.block_on(load::ask(line, request.clone()));
        assert_eq!(answer.status(), 200);
    }
    let grown = resident_kib() - before;
    writeln!(
        io::stdout(),
        "resident before {before} KiB; a journal entry of a bearer GET: {:.1} kB",
        f64::from(grown) * 1.024 / f64::from(ENTRIES),
    )
}

/// Linux tells it; elsewhere this is zero.
fn resident_kib() -> i32 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = resident.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse().ok());
    kib.unwrap_or_default()
}

fn grant(runtime: &Runtime, line: &mut Line, tpp: &Tpp) -> Grant {
    let line = std::cell::RefCell::new(line);
    let send = |request: Request<Vec<u8>>| -> Response<Vec<u8>> {
        runtime.block_on(load::ask(&mut line.borrow_mut(), request))
    };
    tpp.journey(&send)
}

fn address(bank: &Bank) -> SocketAddr {
    let (_, port) = bank.issuer().rsplit_once(':').expect("a port");
    format!("127.0.0.1:{port}").parse().unwrap()
}

fn tls(kit: &TppKit, ca: &CertificateDer<'static>) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(ca.clone()).unwrap();
    let chain = CertificateDer::pem_slice_iter(kit.transport_cert_pem().as_bytes());
    let chain = chain.collect::<Result<Vec<_>, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_slice(kit.transport_key_pem().as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key);
    Arc::new(config.unwrap())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn least(values: Vec<f64>) -> f64 {
    values.into_iter().fold(f64::INFINITY, f64::min)
}

/// Fewer than the journal holds.
const ENTRIES: i32 = 8_000;
