//! Entries as JSON, made when somebody asks (control contract, section 8).

use std::borrow::Cow;

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::block::Fields;
use super::entry::{Asked, Body, Care, Check, Ending, Entry, Kind, Notes};
use super::redact::{Decoded, Redactor, Side};
use super::{ConnectionFacts, FaultNote};
use crate::clock::Now;
use crate::id::{ClientId, ConsentId};

impl Entry {
    /// The entry with all its members; what is not known is `null`.
    #[must_use]
    pub(crate) fn to_json(&self) -> Value {
        let mut members = self.identity();
        if let Some(broken) = self.broken() {
            members.insert(
                "verdict".into(),
                json!(self.verdict().map(|verdict| verdict.word)),
            );
            members.insert("received".into(), json!(broken.reason));
            members.insert("faults".into(), broken.fault.iter().map(fault).collect());
        } else {
            self.add_request(&mut members);
        }
        members.insert("connection".into(), connection(&self.head.connection));
        Value::Object(members)
    }

    fn identity(&self) -> Map<String, Value> {
        let Now { bank, real } = self.head.at;
        let kind = match self.kind() {
            Kind::Connection => "connection",
            Kind::Request => "request",
        };
        Map::from_iter([
            ("id".to_owned(), json!(self.id().to_string())),
            ("seq".to_owned(), json!(self.seq)),
            ("kind".to_owned(), json!(kind)),
            (
                "at".to_owned(),
                json!({"bank": bank.to_string(), "real": real.to_string()}),
            ),
            ("in_flight".to_owned(), json!(self.is_in_flight())),
        ])
    }

    fn add_request(&self, members: &mut Map<String, Value>) {
        let tail = self.tail.as_deref();
        let answer = self.answer();
        let checks = tail.map(|tail| tail.checks.as_slice()).unwrap_or_default();
        let nothing = Notes::default();
        let notes = tail
            .and_then(|tail| tail.notes.as_deref())
            .unwrap_or(&nothing);
        let asked = self.asked();
        let mut add = |name: &str, value: Value| members.insert(name.to_owned(), value);
        add(
            "interaction_id",
            json!(tail.and_then(|tail| tail.interaction_id.as_deref())),
        );
        add(
            "client_id",
            json!(
                tail.and_then(|tail| tail.client_id.as_ref())
                    .map(ClientId::as_str)
            ),
        );
        add(
            "consent_id",
            json!(
                tail.and_then(|tail| tail.consent_id.as_ref())
                    .map(ConsentId::as_str)
            ),
        );
        add("route", json!(asked.and_then(|asked| asked.route)));
        add("method", json!(asked.map(|asked| asked.method.as_str())));
        add("path", json!(asked.map(Asked::path)));
        add("query", json!(asked.and_then(Asked::query)));
        add("status", json!(self.status()));
        add(
            "duration_us",
            json!(answer.map(|answer| answer.duration_us)),
        );
        for (name, value) in self.verdict_members() {
            add(name, value);
        }
        add("checks", checks.iter().map(check).collect());
        add("effects", json!(notes.effects));
        add("faults", notes.faults.iter().map(fault).collect());
        add("lint", json!(notes.lint));
        add("decoded", notes.decoded.iter().map(decoded).collect());
        let request_body = tail.and_then(|tail| tail.request_body.as_ref());
        add(
            "request",
            json!({
                "headers": asked.map(|asked| headers(asked.header_fields())),
                "body": request_body.map(body),
            }),
        );
        add(
            "response",
            answer.map_or(Value::Null, |answer| {
                json!({
                    "headers": headers(answer.headers.fields()),
                    "body": answer.body.as_ref().map(body),
                })
            }),
        );
    }

    /// The verdict with its siblings; of a bug, what it said stands under `received`.
    fn verdict_members(&self) -> [(&'static str, Value); 5] {
        let verdict = self.verdict();
        let finding = verdict.and_then(|verdict| verdict.finding);
        let received = finding
            .map(|finding| &*finding.received)
            .or_else(|| self.bug());
        let hint = finding.map(|finding| &*finding.hint);
        [
            ("verdict", json!(verdict.map(|verdict| verdict.word))),
            ("clause", json!(finding.map(|finding| finding.rule.clause))),
            ("expected", json!(finding.map(|finding| &finding.expected))),
            ("received", json!(received)),
            ("hint", json!(hint.filter(|hint| !hint.is_empty()))),
        ]
    }

    /// What a mistake of ours said.
    pub(super) fn bug(&self) -> Option<&str> {
        match &self.tail.as_deref()?.ending {
            Ending::Bug(message, _) => Some(message),
            Ending::Aborted | Ending::Answered(_) => None,
        }
    }
}

impl Asked {
    /// What followed the question mark, if there was one.
    pub(super) fn query(&self) -> Option<Cow<'_, str>> {
        let mut fields = self.fields.fields();
        fields.nth(0)?;
        fields.next_text().filter(|_| self.has_query)
    }

    /// Name and value of each header, in turn.
    pub(super) fn header_fields(&self) -> Fields<'_> {
        let mut fields = self.fields.fields();
        fields.nth(1);
        fields
    }
}

impl Body {
    /// What may be told of the body; `None` when nothing.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        let kept = self.kept.as_deref()?;
        match self.care {
            Care::Done | Care::Public => Some(Cow::Borrowed(kept)),
            Care::WhenRead => {
                let json = Some("application/json");
                Redactor::default().body(Side::Response, kept.as_bytes(), json)
            }
        }
    }

    /// SHA-256 of the whole body in hexadecimal, when not all of it is kept.
    pub(super) fn digest_text(&self) -> Option<String> {
        use std::fmt::Write as _;

        let digest = self.digest.as_deref()?;
        let mut text = String::with_capacity(2 * digest.len());
        for byte in digest {
            write!(text, "{byte:02x}").ok()?;
        }
        Some(text)
    }
}

/// Names and values of headers, taken in turn.
pub(super) fn header_pairs(
    mut fields: Fields<'_>,
) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    std::iter::from_fn(move || Some((fields.next_text()?, fields.next_text()?)))
}

/// The standard's words for a status.
pub(super) fn reason(status: u16) -> &'static str {
    let status = StatusCode::from_u16(status).ok();
    status
        .and_then(|status| status.canonical_reason())
        .unwrap_or_default()
}

/// Headers as HAR lists them: a name may stand there twice.
fn headers(fields: Fields<'_>) -> Value {
    header_pairs(fields)
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect()
}

fn body(body: &Body) -> Value {
    json!({
        "length": body.length,
        "text": body.text(),
        "whole": body.digest.is_none(),
        "sha256": body.digest_text(),
    })
}

fn check(check: &Check) -> Value {
    let told = |rule: &crate::rule::Rule, outcome| json!({"name": rule.name, "clause": rule.clause, "outcome": outcome});
    match check {
        Check::Passed(rule) => told(rule, "passed"),
        Check::Skipped(rule) => told(rule, "skipped"),
        Check::Failed(finding) => json!({
            "name": finding.rule.name,
            "clause": finding.rule.clause,
            "outcome": "failed",
            "expected": finding.expected,
            "received": finding.received,
            "hint": Some(&finding.hint).filter(|hint| !hint.is_empty()),
        }),
    }
}

fn fault(note: &FaultNote) -> Value {
    let parameters = note.parameters.as_deref();
    let parameters: Option<Value> = parameters.and_then(|text| serde_json::from_str(text).ok());
    json!({
        "fault": note.fault,
        "fired": note.held_back.is_none(),
        "held_back": note.held_back,
        "rule": note.rule.map(|rule| rule.to_string()),
        "name": note.name,
        "parameters": parameters.unwrap_or_else(|| json!({})),
    })
}

fn decoded(jwt: &Decoded) -> Value {
    let parsed = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| json!(text));
    json!({
        "at": jwt.place,
        "fingerprint": jwt.fingerprint.to_string(),
        "verified": false,
        "header": jwt.header.as_deref().map(parsed),
        "claims": jwt.claims.as_deref().map(parsed),
    })
}

fn connection(facts: &ConnectionFacts) -> Value {
    json!({
        "remote": facts.remote.map(|remote| remote.to_string()),
        "tls_version": facts.tls_version,
        "cipher": facts.cipher,
        "certificate_thumbprint": facts.certificate_thumbprint,
        "certificate_subject": facts.certificate_subject,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ClientId, ConsentId};
    use crate::journal::fixture::{CERTIFICATE, NOON, TLS, answer, arrive, get_json};
    use crate::journal::{ConnectionRecord, Filter, Journal, Limits};

    #[test]
    fn an_entry_is_there_from_arrival_and_complete_at_the_end() {
        let journal = Journal::new(Limits::default());
        let mut open = arrive(
            &journal,
            Some("banking.accounts.list"),
            "/open-banking/v1/accounts?page_size=5",
            &[("accept", "*/*"), ("authorization", "Bearer abc")],
        );
        let early = get_json(&journal, open.id());
        assert_eq!(early["in_flight"], true);
        assert_eq!(early["verdict"], Value::Null);
        assert_eq!(early["query"], "page_size=5");
        assert_eq!(early["response"], Value::Null);

        open.interaction_id("93bac548-d2de-4546-b106-880a5018460d");
        open.client(ClientId::new("acorn-budget"));
        open.consent(ConsentId::new("consent_ais_1"));
        open.check_skipped(&TLS);
        open.check_passed(&CERTIFICATE);
        open.effect("consent used");
        open.lint("no interaction id was sent");
        let id = answer(
            open,
            200,
            &[("content-type", "application/json")],
            "{\"accounts\":[]}",
        );
        insta::assert_json_snapshot!(get_json(&journal, id), @r#"
        {
          "id": "req_0000000001",
          "seq": 1,
          "kind": "request",
          "at": {
            "bank": "2024-01-15T12:00:00Z",
            "real": "2024-01-15T12:00:00Z"
          },
          "in_flight": false,
          "interaction_id": "93bac548-d2de-4546-b106-880a5018460d",
          "client_id": "acorn-budget",
          "consent_id": "consent_ais_1",
          "route": "banking.accounts.list",
          "method": "POST",
          "path": "/open-banking/v1/accounts",
          "query": "page_size=5",
          "status": 200,
          "duration_us": 1234,
          "verdict": "ok",
          "clause": null,
          "expected": null,
          "received": null,
          "hint": null,
          "checks": [
            {
              "name": "tls.cipher",
              "clause": "FAPI 1.0 Advanced, section 8.5",
              "outcome": "skipped"
            },
            {
              "name": "client_auth.certificate",
              "clause": "RFC 8705, section 2.1",
              "outcome": "passed"
            }
          ],
          "effects": [
            "consent used"
          ],
          "faults": [],
          "lint": [
            "no interaction id was sent"
          ],
          "decoded": [],
          "request": {
            "headers": [
              {
                "name": "accept",
                "value": "*/*"
              },
              {
                "name": "authorization",
                "value": "Bearer sha256:ba7816bf8f01"
              }
            ],
            "body": null
          },
          "response": {
            "headers": [
              {
                "name": "content-type",
                "value": "application/json"
              }
            ],
            "body": {
              "length": 15,
              "text": "{\"accounts\":[]}",
              "whole": true,
              "sha256": null
            }
          },
          "connection": {
            "remote": null,
            "tls_version": null,
            "cipher": null,
            "certificate_thumbprint": null,
            "certificate_subject": null
          }
        }
        "#);
    }

    #[test]
    fn a_failed_handshake_is_an_entry() {
        let journal = Journal::new(Limits::default());
        let id = journal.connection_failed(ConnectionRecord {
            at: Now {
                bank: NOON,
                real: NOON,
            },
            reason: "the client sent plain HTTP".to_owned(),
            fault: None,
            connection: ConnectionFacts {
                remote: Some("127.0.0.1:50000".parse().unwrap()),
                ..ConnectionFacts::default()
            },
        });
        insta::assert_json_snapshot!(get_json(&journal, id), @r#"
        {
          "id": "req_0000000001",
          "seq": 1,
          "kind": "connection",
          "at": {
            "bank": "2024-01-15T12:00:00Z",
            "real": "2024-01-15T12:00:00Z"
          },
          "in_flight": false,
          "verdict": "handshake_failed",
          "received": "the client sent plain HTTP",
          "faults": [],
          "connection": {
            "remote": "127.0.0.1:50000",
            "tls_version": null,
            "cipher": null,
            "certificate_thumbprint": null,
            "certificate_subject": null
          }
        }
        "#);
        let entry = journal.get(id).unwrap();
        assert!(!entry.is_in_flight());
        assert_eq!(
            journal.count(&Filter {
                kind: Some(Kind::Connection),
                ..Filter::default()
            }),
            Ok(1)
        );
        assert_eq!(
            journal.count(&Filter {
                kind: Some(Kind::Request),
                ..Filter::default()
            }),
            Ok(0)
        );
    }
}
