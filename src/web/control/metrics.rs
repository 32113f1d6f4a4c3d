//! GET `/metrics`: what a monitor reads, in Prometheus' text format. Each line says the bank's name; nothing
//! that a caller chose is a label.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use http::StatusCode;
use http::header::CONTENT_TYPE;

use crate::bank::Bank;
use crate::journal::{BOUNDS_US, Journal, Readings, RouteReadings};
use crate::wire::reply::Reply;

use super::ControlCall;

/// Answers the page.
pub(super) fn show_metrics(call: &ControlCall<'_>) -> Reply {
    let mut page = Page {
        text: String::new(),
        bank: escaped(&call.bank.settings.name),
    };
    // Writing to a text does not fail.
    let _ = write_requests(&mut page, &call.bank.journal.readings());
    let _ = write_state(&mut page, call.bank);
    Reply::text(StatusCode::OK, page.text)
        .with_header(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")
}

/// A page under way.
struct Page {
    text: String,
    bank: String,
}

impl Page {
    /// Begins a metric.
    fn metric(&mut self, name: &str, kind: &str, about: &str) -> fmt::Result {
        writeln!(self.text, "# HELP {name} {about}")?;
        writeln!(self.text, "# TYPE {name} {kind}")
    }

    /// A line of it; `labels` end in a comma, if there are any.
    fn line(&mut self, name: &str, labels: &str, value: impl fmt::Display) -> fmt::Result {
        let bank = &self.bank;
        writeln!(self.text, "{name}{{{labels}bank=\"{bank}\"}} {value}")
    }

    /// A metric of one line.
    fn single(&mut self, (name, kind): (&str, &str), about: &str, value: u64) -> fmt::Result {
        self.metric(name, kind, about)?;
        self.line(name, "", value)
    }
}

fn write_requests(page: &mut Page, readings: &Readings) -> fmt::Result {
    let requests = "hamsterbank_requests_total";
    page.metric(
        requests,
        "counter",
        "Requests that have ended, by route and class of status.",
    )?;
    for (route, of_route) in &readings.routes {
        for (class, count) in of_route.by_class.iter().enumerate() {
            let class = match class {
                _ if *count == 0 => continue,
                0 => "none".to_owned(),
                class => format!("{class}xx"),
            };
            let labels = format!("route=\"{}\",status=\"{class}\",", named(*route));
            page.line(requests, &labels, count)?;
        }
    }
    let durations = "hamsterbank_request_duration_seconds";
    page.metric(
        durations,
        "histogram",
        "From a request's arrival to its answer, in real time.",
    )?;
    for (route, of_route) in &readings.routes {
        write_durations(page, (durations, named(*route)), of_route)?;
    }
    let name = ("hamsterbank_connections_failed_total", "counter");
    let about = "Connections that never carried a request.";
    page.single(name, about, readings.connections_failed)?;
    let name = ("hamsterbank_faults_fired_total", "counter");
    let about = "Faults that fired on requests that have ended.";
    page.single(name, about, readings.faults_fired)
}

fn write_durations(
    page: &mut Page,
    (name, route): (&str, &str),
    readings: &RouteReadings,
) -> fmt::Result {
    let bucket = format!("{name}_bucket");
    let mut count = 0;
    for (bound, within) in BOUNDS_US.iter().zip(readings.by_duration) {
        count += within;
        let labels = format!("route=\"{route}\",le=\"{}\",", seconds(*bound));
        page.line(&bucket, &labels, count)?;
    }
    count += readings.longer;
    page.line(&bucket, &format!("route=\"{route}\",le=\"+Inf\","), count)?;
    let labels = format!("route=\"{route}\",");
    page.line(&format!("{name}_sum"), &labels, seconds(readings.sum_us))?;
    page.line(&format!("{name}_count"), &labels, count)
}

fn write_state(page: &mut Page, bank: &Bank) -> fmt::Result {
    let now = bank.clock.now().bank;
    let (consents, payments, tokens, clients) = bank.state(|state| {
        let mut payments = BTreeMap::<_, u64>::new();
        for payment in state.book.payments() {
            *payments
                .entry(payment.current().status.as_str())
                .or_default() += 1;
        }
        let clients = state.oauth.all_clients().len() as u64;
        (
            state.consents.by_status(now),
            payments,
            state.oauth.tokens_kept(),
            clients,
        )
    });
    page.metric(
        "hamsterbank_consents",
        "gauge",
        "Consents that are kept, by status.",
    )?;
    for (status, count) in consents {
        let labels = format!("status=\"{status}\",");
        page.line("hamsterbank_consents", &labels, count)?;
    }
    page.metric(
        "hamsterbank_payments",
        "gauge",
        "Payments that are kept, by status code.",
    )?;
    for (status, count) in payments {
        let labels = format!("status=\"{status}\",");
        page.line("hamsterbank_payments", &labels, count)?;
    }
    page.metric(
        "hamsterbank_tokens",
        "gauge",
        "Tokens that are kept, ended or not, by kind.",
    )?;
    let (access, refresh) = tokens;
    page.line("hamsterbank_tokens", "kind=\"access\",", access)?;
    page.line("hamsterbank_tokens", "kind=\"refresh\",", refresh)?;
    let name = "hamsterbank_clock_seconds";
    page.metric(name, "gauge", "The bank's time, in seconds since 1970.")?;
    page.line(name, "", now.unix_seconds())?;
    let name = ("hamsterbank_clients", "gauge");
    page.single(name, "TPPs that the bank knows.", clients)?;
    write_journal(page, &bank.journal)
}

fn write_journal(page: &mut Page, journal: &Journal) -> fmt::Result {
    for (name, kind, about, value) in [
        (
            "hamsterbank_journal_entries",
            "gauge",
            "Entries in the journal.",
            journal.len() as u64,
        ),
        (
            "hamsterbank_journal_bytes",
            "gauge",
            "Memory that they take.",
            journal.bytes() as u64,
        ),
        (
            "hamsterbank_journal_dropped_total",
            "counter",
            "Entries that went to make room, since the journal was last cleared.",
            journal.dropped(),
        ),
    ] {
        page.single((name, kind), about, value)?;
    }
    Ok(())
}

fn named(route: Option<&'static str>) -> &'static str {
    route.unwrap_or("none")
}

/// Microseconds as seconds, without arithmetic in floating point.
fn seconds(us: u64) -> String {
    let text = format!("{}.{:06}", us / 1_000_000, us % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A text as a label's value.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_told_without_rounding() {
        for (us, text) in [
            (0, "0"),
            (100, "0.0001"),
            (1_000_000, "1"),
            (2_500_001, "2.500001"),
        ] {
            assert_eq!(seconds(us), text);
        }
    }

    #[test]
    fn a_label_keeps_to_its_quotes() {
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
