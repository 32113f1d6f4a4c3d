//! Refusals in the words of the bank's own API (API contract, section 8): `code`, `message`, `id`, and
//! every fault of the request with where it stands.

mod kind;

use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use schemars::JsonSchema;
use serde::Serialize;

use crate::oauth::error::{ErrorCode, Refusal};
use crate::rule::{Finding, Mismatch, Rule};
use crate::web::call::Call;
use crate::wire::reply::Reply;

pub(crate) use kind::Kind;

/// A refusal of a resource or consent call.
#[derive(Clone, Debug)]
pub(crate) struct Error {
    /// Its status and word.
    pub(crate) kind: Kind,
    /// What was wrong.
    pub(crate) finding: Finding,
    /// Where, for mistakes in parameters, headers and bodies.
    pub(crate) faults: Vec<Fault>,
}

impl Kind {
    /// The error that `rule` was broken in this way.
    pub(crate) fn because(self, rule: &'static Rule, mismatch: Mismatch) -> Error {
        Error {
            kind: self,
            finding: mismatch.under(rule),
            faults: Vec::new(),
        }
    }
}

/// One fault in what was sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Fault {
    /// Its word.
    pub(crate) kind: Kind,
    /// What would be right.
    pub(crate) message: String,
    /// Where it stands.
    pub(crate) place: Place,
}

/// Where a fault stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// A header, by name.
    Header(&'static str),
    /// A query parameter, by name.
    Parameter(String),
    /// A member of the body (RFC 6901).
    Pointer(String),
}

impl Error {
    /// The error of a request with faults in what it sent; the first one's word leads.
    pub(crate) fn of_faults(rule: &'static Rule, faults: Vec<Fault>) -> Self {
        let kind = faults
            .first()
            .map_or(Kind::InvalidRequest, |fault| fault.kind);
        let told: Vec<_> = faults
            .iter()
            .map(|fault| {
                format!(
                    "{} {}: {}",
                    fault.place.shown(),
                    fault.kind.code(),
                    fault.message
                )
            })
            .collect();
        Self {
            kind,
            finding: Mismatch::new("a request without faults", told.join("; ")).under(rule),
            faults,
        }
    }

    /// The error of one fault.
    pub(crate) fn of_fault(rule: &'static Rule, fault: Fault) -> Self {
        Self::of_faults(rule, vec![fault])
    }

    /// The answer to the caller.
    pub(crate) fn reply(&self, call: &Call<'_>) -> Reply {
        let body = ErrorJson {
            code: self.kind.code(),
            message: self.message(call.bank.settings.explain),
            id: call.interaction_id,
            errors: self.faults.iter().map(FaultJson::from).collect(),
        };
        let reply = Reply::json(self.kind.status(), &body);
        let reply = match self.kind {
            Kind::RateLimitExceeded | Kind::ServiceUnavailable => {
                reply.with_header(RETRY_AFTER, "60")
            }
            Kind::IdempotencyInProgress => reply.with_header(RETRY_AFTER, "1"),
            _ => reply,
        };
        match self.challenge() {
            Some(challenge) => reply.with_header(WWW_AUTHENTICATE, &challenge),
            None => reply,
        }
    }

    /// What a person reads: the word's sentence and, when the bank explains itself, the finding.
    pub(crate) fn message(&self, explain: bool) -> String {
        let sentence = self.kind.sentence();
        match (explain, self.faults.as_slice()) {
            (false, _) => sentence.to_owned(),
            (true, [only]) => format!("{sentence}: {} {}", only.place.shown(), only.message),
            (true, _) => format!("{sentence}: {}", self.finding),
        }
    }

    /// The `WWW-Authenticate` header; a call without a token learns no error code (RFC 6750, section 3).
    pub(crate) fn challenge(&self) -> Option<String> {
        let realm = r#"Bearer realm="hamsterbank""#;
        match self.kind {
            // RFC 9110, section 15.5.2: every 401 has a challenge; no scheme is registered for this one.
            Kind::InvalidApiKey => Some(r#"ApiKey realm="hamsterbank""#.to_owned()),
            Kind::MissingToken => Some(realm.to_owned()),
            Kind::InvalidToken => Some(format!(r#"{realm}, error="invalid_token""#)),
            Kind::InsufficientScope => {
                let scope = &self.finding.expected;
                Some(format!(
                    r#"{realm}, error="insufficient_scope", scope="{scope}""#
                ))
            }
            _ => None,
        }
    }
}

/// A bad token is the same to every surface.
impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal.code {
            ErrorCode::InsufficientScope => Kind::InsufficientScope,
            _ => Kind::InvalidToken,
        };
        Self {
            kind,
            finding: refusal.finding,
            faults: Vec::new(),
        }
    }
}

impl Place {
    fn shown(&self) -> String {
        match self {
            Self::Header(name) => format!("header {name}"),
            Self::Parameter(name) if name.is_empty() => "the query".to_owned(),
            Self::Parameter(name) => format!("parameter {name}"),
            Self::Pointer(pointer) if pointer.is_empty() => "the body".to_owned(),
            Self::Pointer(pointer) => pointer.clone(),
        }
    }
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Error")]
pub(crate) struct ErrorJson<'a> {
    code: &'static str,
    message: String,
    id: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FaultJson<'a>>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Fault")]
struct FaultJson<'a> {
    code: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    obie_code: Option<&'static str>,
}

impl<'a> From<&'a Fault> for FaultJson<'a> {
    fn from(fault: &'a Fault) -> Self {
        let mut json = Self {
            code: fault.kind.code(),
            message: &fault.message,
            pointer: None,
            parameter: None,
            header: None,
            obie_code: fault.kind.obie_code(),
        };
        match &fault.place {
            Place::Header(name) => json.header = Some(name),
            Place::Parameter(name) => {
                json.parameter = Some(name.as_str()).filter(|it| !it.is_empty());
            }
            Place::Pointer(pointer) => json.pointer = Some(pointer),
        }
        json
    }
}
