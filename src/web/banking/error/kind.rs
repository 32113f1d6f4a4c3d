//! The words of refusals (API contract, sections 8 and 15): each with its status and its meaning.

use http::StatusCode;

/// A word of the contract.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    AccountNotConsented,
    AfterCutOff,
    AmountExceedsLimit,
    ConsentConsumed,
    ConsentMismatch,
    ConsentNotAuthorized,
    ConsentNotFound,
    ConsentNotRevocable,
    ConsentRevoked,
    DuplicateReference,
    ExchangeRateExpired,
    ExpectedField,
    ExpirationTooLong,
    FaultForbidden,
    HeadersTooLarge,
    IdempotencyConflict,
    IdempotencyInProgress,
    InsufficientPermissions,
    InsufficientScope,
    InvalidApiKey,
    InvalidConsent,
    InvalidContract,
    InvalidCursor,
    InvalidDate,
    InvalidFault,
    InvalidField,
    InvalidFormat,
    InvalidHeader,
    InvalidRequest,
    InvalidToken,
    MethodNotAllowed,
    MissingConsent,
    MissingField,
    #[expect(
        dead_code,
        reason = "the standard dialect demands what is optional here"
    )]
    MissingHeader,
    MissingToken,
    NotAcceptable,
    NotFound,
    PayloadTooLarge,
    PaymentMismatch,
    RateLimitExceeded,
    RequestTimeout,
    ServerError,
    ServiceUnavailable,
    SignatureInvalid,
    SignatureInvalidClaim,
    SignatureMalformed,
    #[expect(
        dead_code,
        reason = "the standard dialect demands what is optional here"
    )]
    SignatureMissing,
    SignatureMissingClaim,
    #[expect(
        dead_code,
        reason = "the standard dialect demands what is optional here"
    )]
    SignatureUnexpected,
    UnexpectedField,
    UnknownFault,
    UnsupportedAccountIdentifier,
    UnsupportedConsentType,
    UnsupportedCurrency,
    UnsupportedLocalInstrument,
    UnsupportedMediaType,
    UnsupportedScheme,
    WrongConsentType,
}

impl Kind {
    /// The word on the wire.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::AccountNotConsented => "account_not_consented",
            Self::AfterCutOff => "after_cut_off",
            Self::AmountExceedsLimit => "amount_exceeds_limit",
            Self::ConsentConsumed => "consent_consumed",
            Self::ConsentMismatch => "consent_mismatch",
            Self::ConsentNotAuthorized => "consent_not_authorized",
            Self::ConsentNotFound => "consent_not_found",
            Self::ConsentNotRevocable => "consent_not_revocable",
            Self::ConsentRevoked => "consent_revoked",
            Self::DuplicateReference => "duplicate_reference",
            Self::ExchangeRateExpired => "exchange_rate_expired",
            Self::ExpectedField => "expected_field",
            Self::ExpirationTooLong => "expiration_too_long",
            Self::FaultForbidden => "fault_forbidden",
            Self::HeadersTooLarge => "headers_too_large",
            Self::IdempotencyConflict => "idempotency_conflict",
            Self::IdempotencyInProgress => "idempotency_in_progress",
            Self::InsufficientPermissions => "insufficient_permissions",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidApiKey => "invalid_api_key",
            Self::InvalidConsent => "invalid_consent",
            Self::InvalidContract => "invalid_contract",
            Self::InvalidCursor => "invalid_cursor",
            Self::InvalidDate => "invalid_date",
            Self::InvalidFault => "invalid_fault",
            Self::InvalidField => "invalid_field",
            Self::InvalidFormat => "invalid_format",
            Self::InvalidHeader => "invalid_header",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken | Self::MissingToken => "invalid_token",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::MissingConsent => "missing_consent",
            Self::MissingField => "missing_field",
            Self::MissingHeader => "missing_header",
            Self::NotAcceptable => "not_acceptable",
            Self::NotFound => "not_found",
            Self::PayloadTooLarge => "payload_too_large",
            Self::PaymentMismatch => "payment_mismatch",
            Self::RateLimitExceeded => "rate_limit_exceeded",
            Self::RequestTimeout => "request_timeout",
            Self::ServerError => "server_error",
            Self::ServiceUnavailable => "service_unavailable",
            Self::SignatureInvalid => "signature_invalid",
            Self::SignatureInvalidClaim => "signature_invalid_claim",
            Self::SignatureMalformed => "signature_malformed",
            Self::SignatureMissing => "signature_missing",
            Self::SignatureMissingClaim => "signature_missing_claim",
            Self::SignatureUnexpected => "signature_unexpected",
            Self::UnexpectedField => "unexpected_field",
            Self::UnknownFault => "unknown_fault",
            Self::UnsupportedAccountIdentifier => "unsupported_account_identifier",
            Self::UnsupportedConsentType => "unsupported_consent_type",
            Self::UnsupportedCurrency => "unsupported_currency",
            Self::UnsupportedLocalInstrument => "unsupported_local_instrument",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::UnsupportedScheme => "unsupported_scheme",
            Self::WrongConsentType => "wrong_consent_type",
        }
    }

    /// The status of the answer.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::AccountNotConsented
            | Self::ConsentMismatch
            | Self::ConsentNotAuthorized
            | Self::ConsentRevoked
            | Self::FaultForbidden
            | Self::InsufficientPermissions
            | Self::InsufficientScope
            | Self::WrongConsentType => StatusCode::FORBIDDEN,
            Self::AmountExceedsLimit | Self::ExchangeRateExpired => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::ConsentConsumed
            | Self::ConsentNotRevocable
            | Self::DuplicateReference
            | Self::IdempotencyConflict
            | Self::IdempotencyInProgress => StatusCode::CONFLICT,
            Self::ConsentNotFound | Self::NotFound => StatusCode::NOT_FOUND,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::InvalidApiKey
            | Self::InvalidConsent
            | Self::InvalidToken
            | Self::MissingToken => StatusCode::UNAUTHORIZED,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RateLimitExceeded => StatusCode::TOO_MANY_REQUESTS,
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
            Self::AfterCutOff => "the cut-off for payments of this kind has passed",
            Self::AmountExceedsLimit => "the amount is more than may be paid at once",
            Self::ConsentConsumed => "the consent has been used for its payment",
            Self::ConsentMismatch => "the consent is not the one the access token is bound to",
            Self::ConsentNotAuthorized => "the consent is not authorized",
            Self::ConsentNotFound => "there is no such consent",
            Self::ConsentNotRevocable => "an authorized payment is an order and cannot be recalled",
            Self::ConsentRevoked => "the consent has been revoked",
            Self::DuplicateReference => "the reference was used before under this consent",
            Self::ExchangeRateExpired => "the quoted exchange rate holds no longer",
            Self::ExpectedField => "a member is required beside another",
            Self::ExpirationTooLong => "the consent would live too long",
            Self::FaultForbidden => "the bank lets no call ask for a fault",
            Self::HeadersTooLarge => "the headers are larger than the bank reads",
            Self::IdempotencyConflict => "the idempotency key was used for another request",
            Self::IdempotencyInProgress => {
                "the first request with this idempotency key is under way"
            }
            Self::InsufficientPermissions => "the consent does not permit this",
            Self::InsufficientScope => "the access token has not the scope this needs",
            Self::InvalidApiKey => "the API key is missing, unknown, withdrawn or not yours",
            Self::InvalidConsent => "the consent is unknown or has expired",
            Self::InvalidContract => "there is no such exchange contract",
            Self::InvalidCursor => "the cursor is not one this list handed out",
            Self::InvalidDate => "a date is malformed or out of bounds",
            Self::InvalidFault => "the fault asked for cannot be had like this",
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
            Self::MissingHeader => "a required header is missing",
            Self::NotAcceptable => "the answer is JSON, which the caller does not take",
            Self::NotFound => "there is no such path or resource",
            Self::PayloadTooLarge => "the body is larger than the bank reads",
            Self::PaymentMismatch => "the payment is not the one that was consented to",
            Self::RateLimitExceeded => "the client asks for too much",
            Self::RequestTimeout => "the request did not arrive in time",
            Self::ServerError => "the bank made a mistake",
            Self::ServiceUnavailable => "the bank cannot do this now",
            Self::SignatureInvalid => "the signature does not verify",
            Self::SignatureInvalidClaim => "the signature has a claim it cannot have",
            Self::SignatureMalformed => "the signature is malformed",
            Self::SignatureMissing => "the signature is missing",
            Self::SignatureMissingClaim => "the signature lacks a claim",
            Self::SignatureUnexpected => "a signature is not expected here",
            Self::UnexpectedField => "a member is not known here",
            Self::UnknownFault => "there is no such fault",
            Self::UnsupportedAccountIdentifier => "an account is named in a way not supported here",
            Self::UnsupportedConsentType => "there is no such type of consent",
            Self::UnsupportedCurrency => "the currency is not supported here",
            Self::UnsupportedLocalInstrument => "the local instrument is not supported here",
            Self::UnsupportedMediaType => "the body is not application/json",
            Self::UnsupportedScheme => "the identification scheme is not supported",
            Self::WrongConsentType => "the consent is of another type",
        }
    }

    /// The v4 code of the UK standard that this stands for, where there is one.
    pub(super) const fn obie_code(self) -> Option<&'static str> {
        match self {
            Self::ExpectedField => Some("U001"),
            Self::ExchangeRateExpired | Self::InvalidField => Some("U002"),
            Self::ExpirationTooLong | Self::InvalidDate => Some("U003"),
            Self::MissingField => Some("U004"),
            Self::UnexpectedField => Some("U005"),
            Self::InvalidHeader => Some("U006"),
            Self::MissingConsent | Self::MissingHeader => Some("U007"),
            Self::ConsentMismatch | Self::PaymentMismatch => Some("U008"),
            Self::ConsentConsumed
            | Self::ConsentNotAuthorized
            | Self::InvalidConsent
            | Self::WrongConsentType => Some("U009"),
            Self::InvalidFormat => Some("U010"),
            Self::ConsentNotFound | Self::NotFound => Some("U011"),
            Self::AfterCutOff => Some("U012"),
            Self::DuplicateReference => Some("U013"),
            Self::SignatureInvalid => Some("U015"),
            Self::SignatureInvalidClaim => Some("U016"),
            Self::SignatureMissingClaim => Some("U017"),
            Self::SignatureMalformed => Some("U018"),
            Self::SignatureMissing => Some("U019"),
            Self::SignatureUnexpected => Some("U020"),
            Self::UnsupportedAccountIdentifier => Some("U021"),
            Self::UnsupportedCurrency => Some("U023"),
            Self::UnsupportedLocalInstrument => Some("U026"),
            Self::UnsupportedScheme => Some("U027"),
            Self::ConsentRevoked => Some("U028"),
            _ => None,
        }
    }
}
