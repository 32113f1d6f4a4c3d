//! Refusals in the words of the bank's own API (API contract, section 8): `code`, `message`, `id`, and
//! every fault of the request with where it stands.

use http::StatusCode;
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use serde::Serialize;

use crate::oauth::error::{ErrorCode, Refusal};
use crate::rule::{Finding, Mismatch, Rule};
use crate::web::call::Call;
use crate::wire::reply::Reply;

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

/// The words of section 8, each with its status.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    AccountNotConsented,
    ConsentMismatch,
    ConsentNotAuthorized,
    ConsentNotFound,
    ConsentRevoked,
    ExpirationTooLong,
    HeadersTooLarge,
    InsufficientPermissions,
    InsufficientScope,
    InvalidConsent,
    InvalidCursor,
    InvalidDate,
    InvalidField,
    InvalidFormat,
    InvalidHeader,
    InvalidRequest,
    InvalidToken,
    MethodNotAllowed,
    MissingConsent,
    MissingField,
    MissingToken,
    NotAcceptable,
    NotFound,
    PayloadTooLarge,
    RequestTimeout,
    ServerError,
    ServiceUnavailable,
    UnexpectedField,
    UnsupportedAccountIdentifier,
    UnsupportedConsentType,
    UnsupportedCurrency,
    UnsupportedMediaType,
    UnsupportedScheme,
}

impl Kind {
    /// The word on the wire.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::AccountNotConsented => "account_not_consented",
            Self::ConsentMismatch => "consent_mismatch",
            Self::ConsentNotAuthorized => "consent_not_authorized",
            Self::ConsentNotFound => "consent_not_found",
            Self::ConsentRevoked => "consent_revoked",
            Self::ExpirationTooLong => "expiration_too_long",
            Self::HeadersTooLarge => "headers_too_large",
            Self::InsufficientPermissions => "insufficient_permissions",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidConsent => "invalid_consent",
            Self::InvalidCursor => "invalid_cursor",
            Self::InvalidDate => "invalid_date",
            Self::InvalidField => "invalid_field",
            Self::InvalidFormat => "invalid_format",
            Self::InvalidHeader => "invalid_header",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken | Self::MissingToken => "invalid_token",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::MissingConsent => "missing_consent",
            Self::MissingField => "missing_field",
            Self::NotAcceptable => "not_acceptable",
            Self::NotFound => "not_found",
            Self::PayloadTooLarge => "payload_too_large",
            Self::RequestTimeout => "request_timeout",
            Self::ServerError => "server_error",
            Self::ServiceUnavailable => "service_unavailable",
            Self::UnexpectedField => "unexpected_field",
            Self::UnsupportedAccountIdentifier => "unsupported_account_identifier",
            Self::UnsupportedConsentType => "unsupported_consent_type",
            Self::UnsupportedCurrency => "unsupported_currency",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::UnsupportedScheme => "unsupported_scheme",
        }
    }

    /// The status of the answer.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::InvalidConsent | Self::InvalidToken | Self::MissingToken => {
                StatusCode::UNAUTHORIZED
            }
            Self::AccountNotConsented
            | Self::ConsentMismatch
            | Self::ConsentNotAuthorized
            | Self::ConsentRevoked
            | Self::InsufficientPermissions
            | Self::InsufficientScope => StatusCode::FORBIDDEN,
            Self::ConsentNotFound | Self::NotFound => StatusCode::NOT_FOUND,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The word's meaning in one sentence, which leads every `message`.
    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::AccountNotConsented => "the customer did not share this account",
            Self::ConsentMismatch => "the consent is not the one the access token is bound to",
            Self::ConsentNotAuthorized => "the consent is not authorized",
            Self::ConsentNotFound => "there is no such consent",
            Self::ConsentRevoked => "the consent has been revoked",
            Self::ExpirationTooLong => "the consent would live too long",
            Self::HeadersTooLarge => "the headers are larger than the bank reads",
            Self::InsufficientPermissions => "the consent does not permit this",
            Self::InsufficientScope => "the access token has not the scope this needs",
            Self::InvalidConsent => "the consent is unknown or has expired",
            Self::InvalidCursor => "the cursor is not one this list handed out",
            Self::InvalidDate => "a date is malformed or out of bounds",
            Self::InvalidField => "a member has a value it cannot have",
            Self::InvalidFormat => "the body is not a JSON object",
            Self::InvalidHeader => "a header is malformed or repeated",
            Self::InvalidRequest => "the request is malformed",
            Self::InvalidToken | Self::MissingToken => {
                "the access token is missing, expired, revoked or not yours"
            }
            Self::MethodNotAllowed => "the path does not know this method",
            Self::MissingConsent => "the X-Consent-ID header is missing",
            Self::MissingField => "a required member is missing",
            Self::NotAcceptable => "the answer is JSON, which the caller does not take",
            Self::NotFound => "there is no such path or resource",
            Self::PayloadTooLarge => "the body is larger than the bank reads",
            Self::RequestTimeout => "the request did not arrive in time",
            Self::ServerError => "the bank made a mistake",
            Self::ServiceUnavailable => "the bank cannot do this now",
            Self::UnexpectedField => "a member is not known here",
            Self::UnsupportedAccountIdentifier => "an account is named in a way not supported here",
            Self::UnsupportedConsentType => "there is no such type of consent",
            Self::UnsupportedCurrency => "the currency is not supported here",
            Self::UnsupportedMediaType => "the body is not application/json",
            Self::UnsupportedScheme => "the identification scheme is not supported",
        }
    }

    /// The v4 code of the UK standard that this stands for, where there is one.
    const fn obie_code(self) -> Option<&'static str> {
        match self {
            Self::ConsentMismatch => Some("U008"),
            Self::ConsentNotAuthorized | Self::InvalidConsent => Some("U009"),
            Self::ConsentRevoked => Some("U028"),
            Self::ExpirationTooLong | Self::InvalidDate => Some("U003"),
            Self::InvalidField => Some("U002"),
            Self::InvalidFormat => Some("U010"),
            Self::InvalidHeader => Some("U006"),
            Self::MissingConsent => Some("U007"),
            Self::MissingField => Some("U004"),
            Self::NotFound | Self::ConsentNotFound => Some("U011"),
            Self::UnexpectedField => Some("U005"),
            Self::UnsupportedAccountIdentifier => Some("U021"),
            Self::UnsupportedCurrency => Some("U023"),
            Self::UnsupportedScheme => Some("U027"),
            _ => None,
        }
    }

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
            Kind::ServiceUnavailable => reply.with_header(RETRY_AFTER, "60"),
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

#[derive(Serialize)]
struct ErrorJson<'a> {
    code: &'static str,
    message: String,
    id: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FaultJson<'a>>,
}

#[derive(Serialize)]
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
