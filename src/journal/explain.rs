//! An entry as one page of plain text, fit for a ticket: what was asked, by whom, what was checked in
//! order, what refused and why, and what was answered.

use std::borrow::Cow;
use std::fmt::{self, Write};

use serde_json::Value;
use time::Duration;

use super::Journal;
use super::block::Fields;
use super::entry::{Answer, Asked, Body, Check, Entry, FaultNote, Notes, Subject, Tail};
use super::pretty::pretty;
use super::project::{header_pairs, reason};
use super::redact::Decoded;
use crate::clock::Timestamp;
use crate::rule::{Finding, Rule};

impl Journal {
    /// The page on the entry of this id, if it is still there.
    #[cfg(test)]
    pub(super) fn explain(&self, id: crate::id::RequestId) -> Option<String> {
        self.get(id).map(|entry| entry.explain())
    }
}

impl Entry {
    /// The page on this entry.
    #[must_use]
    pub(crate) fn explain(&self) -> String {
        let mut page = String::new();
        // Writing to a text does not fail.
        let _ = self.write_page(&mut page);
        page
    }

    fn write_page(&self, page: &mut String) -> fmt::Result {
        self.write_headline(page)?;
        self.write_facts(page)?;
        let tail = self.tail.as_deref();
        if let Some(asked) = self.asked() {
            let body = tail.and_then(|tail| tail.request_body.as_ref());
            write_asked(page, asked, body)?;
        }
        if let Some(tail) = tail {
            write_checks(page, &tail.checks)?;
            if let Some(notes) = &tail.notes {
                self.write_notes(page, notes)?;
            }
        }
        match self.answer() {
            Some(answer) => write_answer(page, answer),
            None => Ok(()),
        }
    }

    /// `req_0000000042  POST /oauth/token  400 Bad Request` and what became of it.
    fn write_headline(&self, page: &mut String) -> fmt::Result {
        write!(page, "{}  ", self.id())?;
        match &self.head.subject {
            Subject::Connection(_) => page.push_str("a connection that never carried a request"),
            Subject::Request(asked) => write!(page, "{} {}", asked.method, asked.path())?,
        }
        if let Some(status) = self.status() {
            write!(page, "  {status} {}", reason(status))?;
        }
        writeln!(page)?;
        writeln!(page, "{}", self.outcome())
    }

    /// The verdict in a sentence.
    fn outcome(&self) -> Cow<'static, str> {
        let Some(verdict) = self.verdict() else {
            return "Still in flight: the answer is not there yet.".into();
        };
        if let Some(finding) = verdict.finding {
            return format!(
                "Refused by {} ({}).",
                finding.rule.name, finding.rule.clause
            )
            .into();
        }
        match (verdict.word, &self.head.subject) {
            ("ok", _) => "Nothing to complain about.".into(),
            ("aborted", _) => "The client went away before the answer.".into(),
            ("fault", Subject::Connection(broken)) => {
                let fault = broken.fault.as_ref().map(FaultNote::label);
                format!("{} spoiled the connection.", fault.unwrap_or_default()).into()
            }
            ("fault", _) => "No check refused it: a fault spoiled the answer.".into(),
            ("bug", _) => {
                let message = self.bug().unwrap_or_default();
                format!("A mistake of the mock bank itself, not of the client: {message}").into()
            }
            (_, Subject::Connection(broken)) => {
                format!("The handshake failed: {}", broken.reason).into()
            }
            _ => "It failed and no check says why, which is a mistake of the mock bank.".into(),
        }
    }

    fn write_facts(&self, page: &mut String) -> fmt::Result {
        let at = self.head.at;
        let facts = &self.head.connection;
        let tail = self.tail.as_deref();
        writeln!(page)?;
        let duration = self.answer().map(|answer| {
            let (ms, us) = (answer.duration_us / 1000, answer.duration_us % 1000);
            format!(", answered in {ms}.{us:03} ms")
        });
        let duration = duration.unwrap_or_default();
        if at.bank == at.real {
            fact(page, "at", Some(format!("{}{duration}", at.bank)))?;
        } else {
            let times = format!("{} bank time, {} real time{duration}", at.bank, at.real);
            fact(page, "at", Some(times))?;
        }
        if let Some(asked) = self.asked() {
            fact(
                page,
                "route",
                Some(asked.route.unwrap_or("none of this bank's")),
            )?;
            fact(page, "client", Some(client(tail)))?;
        }
        fact(
            page,
            "consent",
            tail.and_then(|tail| tail.consent_id.as_ref()),
        )?;
        fact(
            page,
            "interaction",
            tail.and_then(|tail| tail.interaction_id.as_ref()),
        )?;
        fact(page, "from", facts.remote)?;
        let tls = facts.tls_version.as_deref();
        let cipher = facts.cipher.as_deref().unwrap_or("no cipher agreed");
        fact(
            page,
            "tls",
            tls.map(|version| format!("{version}, {cipher}")),
        )?;
        let subject = facts.certificate_subject.as_deref();
        fact(
            page,
            "certificate",
            Some(subject.unwrap_or("none presented")),
        )?;
        fact(page, "x5t#S256", facts.certificate_thumbprint.as_ref())
    }

    fn write_notes(&self, page: &mut String, notes: &Notes) -> fmt::Result {
        write_list(
            page,
            "Changed in the bank",
            notes.effects.iter().map(|text| text.clone().into()),
        )?;
        write_list(
            page,
            "Legal but unwise",
            notes.lint.iter().map(|text| text.clone().into()),
        )?;
        let faults = notes.faults.iter().map(|note| match &note.held_back {
            None => format!("{} fired", note.label()),
            Some(why) => format!("{} matched and did not fire: {why}", note.label()),
        });
        write_list(page, "Faults", faults)?;
        for jwt in &notes.decoded {
            write_jwt(page, jwt, self.head.at.real)?;
        }
        Ok(())
    }
}

/// One line `name  value`, if there is a value.
fn fact(page: &mut String, name: &str, value: Option<impl fmt::Display>) -> fmt::Result {
    match value {
        Some(value) => writeln!(page, "  {name:<12} {value}"),
        None => Ok(()),
    }
}

fn client(tail: Option<&Tail>) -> &str {
    let id = tail.and_then(|tail| tail.client_id.as_ref());
    id.map_or("not known", |id| id.as_str())
}

fn write_list(page: &mut String, title: &str, lines: impl Iterator<Item = String>) -> fmt::Result {
    for (index, line) in lines.enumerate() {
        if index == 0 {
            writeln!(page, "\n{title}")?;
        }
        writeln!(page, "  {line}")?;
    }
    Ok(())
}

fn write_asked(page: &mut String, asked: &Asked, body: Option<&Body>) -> fmt::Result {
    writeln!(page, "\nAsked")?;
    write!(page, "  {} {}", asked.method, asked.path())?;
    if let Some(query) = asked.query() {
        write!(page, "?{query}")?;
    }
    writeln!(page)?;
    write_message(page, asked.header_fields(), body)
}

fn write_answer(page: &mut String, answer: &Answer) -> fmt::Result {
    writeln!(page, "\nAnswered")?;
    writeln!(page, "  {} {}", answer.status, reason(answer.status))?;
    write_message(page, answer.headers.fields(), answer.body.as_ref())
}

fn write_message(page: &mut String, headers: Fields<'_>, body: Option<&Body>) -> fmt::Result {
    for (name, value) in header_pairs(headers) {
        writeln!(page, "  {name}: {value}")?;
    }
    let Some(body) = body else {
        return Ok(());
    };
    let text = body.text();
    match &text {
        Some(text) => writeln!(page, "\n{}", indented(&readable(text)))?,
        None => writeln!(page)?,
    }
    if let Some(digest) = body.digest_text() {
        let kept = if text.is_some() {
            "the beginning of"
        } else {
            "not shown:"
        };
        writeln!(
            page,
            "  ({kept} {} bytes with SHA-256 {digest})",
            body.length
        )?;
    }
    Ok(())
}

/// JSON over several lines, a form one pair a line, all else as it is.
fn readable(text: &str) -> String {
    if text.trim_start().starts_with(['{', '[', '"', '<']) {
        pretty(text)
    } else {
        text.replace('&', "\n&")
    }
}

fn write_checks(page: &mut String, checks: &[Check]) -> fmt::Result {
    writeln!(page, "\nChecked, in this order")?;
    if checks.is_empty() {
        return writeln!(page, "  nothing");
    }
    let name = |check: &Check| rule_of(check).name.chars().count();
    let width = checks.iter().map(name).max().unwrap_or_default();
    for check in checks {
        let rule = rule_of(check);
        let (sign, remark) = match check {
            Check::Failed(_) => ('✗', ""),
            Check::Passed(_) => ('✓', ""),
            Check::Skipped(_) => ('–', " (switched off)"),
        };
        writeln!(
            page,
            "  {sign} {:<width$}  {}{remark}",
            rule.name, rule.clause
        )?;
        if let Check::Failed(finding) = check {
            write_finding(page, finding)?;
        }
    }
    Ok(())
}

fn rule_of(check: &Check) -> &'static Rule {
    match check {
        Check::Failed(finding) => finding.rule,
        Check::Passed(rule) | Check::Skipped(rule) => rule,
    }
}

fn write_finding(page: &mut String, finding: &Finding) -> fmt::Result {
    let lines = [
        ("rule", finding.rule.sentence),
        ("expected", &finding.expected),
        ("received", &finding.received),
        ("hint", &finding.hint),
    ];
    for (name, text) in lines {
        if !text.is_empty() {
            writeln!(page, "      {name:<8}  {text}")?;
        }
    }
    Ok(())
}

fn write_jwt(page: &mut String, jwt: &Decoded, now: Timestamp) -> fmt::Result {
    writeln!(
        page,
        "\nJWT at {}, decoded and not verified: {}",
        jwt.place, jwt.fingerprint
    )?;
    match &jwt.header {
        Some(header) => writeln!(page, "{}", indented(&pretty(header)))?,
        None => writeln!(page, "  (a broken header)")?,
    }
    let Some(claims) = jwt.claims.as_deref() else {
        return writeln!(
            page,
            "  (claims that cannot be read: encrypted, broken, or not within)"
        );
    };
    writeln!(page, "{}", indented(&readable(claims)))?;
    let claims: Value = serde_json::from_str(claims).unwrap_or_default();
    for name in ["iat", "nbf", "exp"] {
        if let Some(seconds) = claims.get(name).and_then(Value::as_i64) {
            let moment = Timestamp::from_unix_seconds(seconds);
            writeln!(page, "  {name} is {moment}, {}", distance(moment, now))?;
        }
    }
    Ok(())
}

/// How far a moment is from the request, in the two largest units.
fn distance(moment: Timestamp, now: Timestamp) -> String {
    let away = moment.since(now.whole_second());
    if away == Duration::ZERO {
        return "the moment of the request".to_owned();
    }
    let seconds = away.whole_seconds().unsigned_abs();
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    let length = match (days, hours, minutes) {
        (0, 0, 0) => format!("{rest} s"),
        (0, 0, _) => format!("{minutes} min {rest} s"),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    };
    let side = if away.is_negative() {
        "before"
    } else {
        "after"
    };
    format!("{length} {side} the request")
}

fn indented(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|line| format!("  {line}")).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::Method;

    use super::*;
    use crate::clock::Now;
    use crate::id::RequestId;
    use crate::id::{ClientId, ConsentId};
    use crate::journal::fixture::{CERTIFICATE, NOON, PKCE, TLS, answer, arrive, fault, headers};
    use crate::journal::{Arrival, ConnectionFacts, ConnectionRecord, Limits};

    /// A token request with everything in it that a page can tell.
    fn refused_call(journal: &Arc<Journal>) -> RequestId {
        let assertion = "eyJhbGciOiJQUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJhY29ybi1idWRnZXQiLCJleHAiOjE3MDUzMjAzMDB9.c2ln";
        let mut open = journal.arrive(Arrival {
            at: Now {
                bank: NOON.plus(Duration::days(91)),
                real: NOON,
            },
            route: Some("oauth.token"),
            version: http::Version::HTTP_11,
            method: &Method::POST,
            path: "/oauth/token",
            query: None,
            headers: &headers(&[
                ("content-type", "application/x-www-form-urlencoded"),
                ("accept", "application/json"),
            ]),
            connection: Arc::new(ConnectionFacts {
                remote: Some("127.0.0.1:50000".parse().unwrap()),
                tls_version: Some("TLSv1.3".to_owned()),
                cipher: Some("TLS13_AES_256_GCM_SHA384".to_owned()),
                certificate_thumbprint: Some(
                    "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2".to_owned(),
                ),
                certificate_subject: Some("CN=Acorn Budget, O=Acorn Ltd, C=GB".to_owned()),
            }),
        });
        open.interaction_id("93bac548-d2de-4546-b106-880a5018460d");
        let body = format!(
            "grant_type=authorization_code&code=a-code-of-43-characters&code_verifier=wrong-verifier&client_assertion={assertion}"
        );
        open.request_body(body.as_bytes(), Some("application/x-www-form-urlencoded"));
        open.client(ClientId::new("acorn-budget"));
        open.consent(ConsentId::new("consent_ais_1"));
        open.check_passed(&CERTIFICATE);
        open.check_skipped(&TLS);
        open.check_failed(
            PKCE.finding(
                "the verifier of challenge E9Melhoa2Ow",
                "wrong-verifier, whose challenge is BWV1012",
            )
            .with_hint("send the verifier made for this request, not the challenge"),
        );
        open.effect("code used up");
        open.lint("nonce was used before");
        open.fault(fault("latency", Some("only the third match fires")));
        answer(
            open,
            400,
            &[
                ("content-type", "application/json"),
                ("cache-control", "no-store"),
            ],
            "{\"error\":\"invalid_grant\",\"error_description\":\"wrong-verifier is not it\"}",
        )
    }

    #[test]
    fn the_explanation_is_a_page_for_a_ticket() {
        let journal = Journal::new(Limits::default());
        let id = refused_call(&journal);
        insta::assert_snapshot!(journal.explain(id).unwrap(), @r#"
        req_0000000001  POST /oauth/token  400 Bad Request
        Refused by pkce.code_verifier (RFC 7636, section 4.6).

          at           2024-04-15T12:00:00Z bank time, 2024-01-15T12:00:00Z real time, answered in 1.234 ms
          route        oauth.token
          client       acorn-budget
          consent      consent_ais_1
          interaction  93bac548-d2de-4546-b106-880a5018460d
          from         127.0.0.1:50000
          tls          TLSv1.3, TLS13_AES_256_GCM_SHA384
          certificate  CN=Acorn Budget, O=Acorn Ltd, C=GB
          x5t#S256     bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2

        Asked
          POST /oauth/token
          content-type: application/x-www-form-urlencoded
          accept: application/json

          grant_type=authorization_code
          &code=sha256:c40a79f3bb69
          &code_verifier=sha256:66e80e0dc5f5
          &client_assertion=sha256:db598e86c98d

        Checked, in this order
          ✓ client_auth.certificate  RFC 8705, section 2.1
          – tls.cipher               FAPI 1.0 Advanced, section 8.5 (switched off)
          ✗ pkce.code_verifier       RFC 7636, section 4.6
              rule      The verifier's SHA-256 must be the challenge of the authorization request.
              expected  the verifier of challenge E9Melhoa2Ow
              received  sha256:66e80e0dc5f5, whose challenge is BWV1012
              hint      send the verifier made for this request, not the challenge

        Changed in the bank
          code used up

        Legal but unwise
          nonce was used before

        Faults
          latency of the rule fault_0000000001 matched and did not fire: only the third match fires

        JWT at request.body.client_assertion, decoded and not verified: sha256:db598e86c98d
          {
            "alg": "PS256",
            "kid": "k1"
          }
          {
            "iss": "acorn-budget",
            "exp": 1705320300
          }
          exp is 2024-01-15T12:05:00Z, 5 min 0 s after the request

        Answered
          400 Bad Request
          content-type: application/json
          cache-control: no-store

          {
            "error": "invalid_grant",
            "error_description": "sha256:66e80e0dc5f5 is not it"
          }
        "#);
    }

    #[test]
    fn short_stories_have_short_explanations() {
        let journal = Journal::new(Limits::default());
        let in_flight = arrive(&journal, None, "/nowhere?a=b", &[]);
        let refused = journal.connection_failed(ConnectionRecord {
            at: Now {
                bank: NOON,
                real: NOON,
            },
            reason: "the client sent plain HTTP".to_owned(),
            fault: None,
            connection: ConnectionFacts::default(),
        });
        let mut buggy = arrive(&journal, Some("oauth.jwks"), "/jwks", &[]);
        buggy.bug("index out of bounds");
        let buggy = answer(
            buggy,
            500,
            &[("content-type", "text/html")],
            "<html></html>",
        );
        let pages = [in_flight.id(), refused, buggy].map(|id| journal.explain(id).unwrap());
        insta::assert_snapshot!(pages.join("\n---\n\n"), @r#"
        req_0000000001  POST /nowhere
        Still in flight: the answer is not there yet.

          at           2024-01-15T12:00:00Z
          route        none of this bank's
          client       not known
          certificate  none presented

        Asked
          POST /nowhere?a=b

        ---

        req_0000000002  a connection that never carried a request
        The handshake failed: the client sent plain HTTP

          at           2024-01-15T12:00:00Z
          certificate  none presented

        ---

        req_0000000003  GET /jwks  500 Internal Server Error
        A mistake of the mock bank itself, not of the client: index out of bounds

          at           2024-01-15T12:00:00Z, answered in 1.234 ms
          route        oauth.jwks
          client       not known
          certificate  none presented

        Asked
          GET /jwks

        Checked, in this order
          nothing

        Answered
          500 Internal Server Error
          content-type: text/html

          (not shown: 13 bytes with SHA-256 b633a587c652d02386c4f16f8c6f6aab7352d97f16367c3c40576214372dd628)
        "#);
        assert_eq!(journal.explain(RequestId::new(99)), None);
    }
}
