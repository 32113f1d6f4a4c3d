//! What a client is told when it is refused: one of the registered words, and the rule it broke.
//!
//! The code is the standard's word for the whole family of mistakes; the [`Finding`] is the one mistake.
//! A refusal is not an enum with a variant a mistake: the rules are a table already (`check.rs`), and a
//! second list of the same mistakes would have to change in step with it.

use http::StatusCode;

use crate::rule::Finding;

/// The registered error codes, in the order of the standards that define them.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum ErrorCode {
    /// RFC 6749, sections 4.1.2.1 and 5.2.
    InvalidRequest,
    /// RFC 6749, section 5.2: the client is not who it claims to be.
    InvalidClient,
    /// RFC 6749, section 5.2: the code or refresh token is not good.
    InvalidGrant,
    /// RFC 6749, section 5.2: the client may not do this.
    UnauthorizedClient,
    /// RFC 6749, section 5.2.
    UnsupportedGrantType,
    /// RFC 6749, section 5.2.
    InvalidScope,
    /// RFC 6749, section 4.1.2.1: the customer or the bank said no.
    AccessDenied,
    /// RFC 6749, section 4.1.2.1.
    UnsupportedResponseType,
    /// RFC 6749, section 4.1.2.1: the bank's own fault.
    ServerError,
    /// RFC 6749, section 4.1.2.1: too much at once, try again.
    TemporarilyUnavailable,
    /// RFC 6750, section 3.1: the access token is not good.
    InvalidToken,
    /// RFC 6750, section 3.1.
    InsufficientScope,
    /// OpenID Connect Core, section 3.1.2.6.
    InteractionRequired,
    /// OpenID Connect Core, section 3.1.2.6: nobody is there to log in.
    LoginRequired,
    /// OpenID Connect Core, section 3.1.2.6.
    AccountSelectionRequired,
    /// OpenID Connect Core, section 3.1.2.6.
    ConsentRequired,
    /// OpenID Connect Core, section 3.1.2.6.
    InvalidRequestUri,
    /// OpenID Connect Core, section 3.1.2.6.
    InvalidRequestObject,
    /// RFC 7591, section 3.2.2.
    InvalidRedirectUri,
    /// RFC 7591, section 3.2.2.
    InvalidClientMetadata,
    /// RFC 7591, section 3.2.2: the statement is not one of a directory's, or not a current one.
    InvalidSoftwareStatement,
    /// RFC 7591, section 3.2.2: the statement is good, what it says is not acceptable.
    UnapprovedSoftwareStatement,
}

impl ErrorCode {
    /// Every code, in order.
    pub(crate) const ALL: [Self; 22] = [
        Self::InvalidRequest,
        Self::InvalidClient,
        Self::InvalidGrant,
        Self::UnauthorizedClient,
        Self::UnsupportedGrantType,
        Self::InvalidScope,
        Self::AccessDenied,
        Self::UnsupportedResponseType,
        Self::ServerError,
        Self::TemporarilyUnavailable,
        Self::InvalidToken,
        Self::InsufficientScope,
        Self::InteractionRequired,
        Self::LoginRequired,
        Self::AccountSelectionRequired,
        Self::ConsentRequired,
        Self::InvalidRequestUri,
        Self::InvalidRequestObject,
        Self::InvalidRedirectUri,
        Self::InvalidClientMetadata,
        Self::InvalidSoftwareStatement,
        Self::UnapprovedSoftwareStatement,
    ];

    /// The word on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InteractionRequired => "interaction_required",
            Self::LoginRequired => "login_required",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::ConsentRequired => "consent_required",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidSoftwareStatement => "invalid_software_statement",
            Self::UnapprovedSoftwareStatement => "unapproved_software_statement",
        }
    }

    /// The status of an answer that carries this code straight to the client.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::InvalidClient | Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::AccessDenied | Self::InsufficientScope => StatusCode::FORBIDDEN,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TemporarilyUnavailable => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The code's meaning in one sentence, which leads every `error_description`.
    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::InvalidRequest => "the request is missing a parameter or has a malformed one",
            Self::InvalidClient => "client authentication failed",
            Self::InvalidGrant => "the grant is invalid, expired, revoked or another client's",
            Self::UnauthorizedClient => "the client is not registered for this",
            Self::UnsupportedGrantType => "the grant type is not supported",
            Self::InvalidScope => "the scope is unknown, malformed or beyond what is allowed",
            Self::AccessDenied => "the customer or the bank denied the request",
            Self::UnsupportedResponseType => "the response type is not supported",
            Self::ServerError => "the bank met a condition it did not expect",
            Self::TemporarilyUnavailable => "the bank cannot take the request now; try again later",
            Self::InvalidToken => "the access token is missing, expired, revoked or not yours",
            Self::InsufficientScope => "the access token has not the scope this needs",
            Self::InteractionRequired => "the customer would have to do something first",
            Self::LoginRequired => "there is no such customer to log in",
            Self::AccountSelectionRequired => "the customer would have to pick an account first",
            Self::ConsentRequired => "the customer would have to consent first",
            Self::InvalidRequestUri => "the request_uri is unknown, expired or used",
            Self::InvalidRequestObject => "the request object is not valid",
            Self::InvalidRedirectUri => "a redirect URI is not one that may be registered",
            Self::InvalidClientMetadata => "the client metadata is missing something or not valid",
            Self::InvalidSoftwareStatement => "the software statement is not valid",
            Self::UnapprovedSoftwareStatement => "the software statement is not approved here",
        }
    }
}

/// A refusal: the registered word, and the rule behind it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Refusal {
    /// What the client is told by the standard.
    pub(crate) code: ErrorCode,
    /// What was wrong, exactly.
    pub(crate) finding: Finding,
}

impl Refusal {
    /// The client's `error_description`: the standard's sentence and, when the bank explains itself, the
    /// finding; in the characters RFC 6749, section 5.2 allows (no `"`, no `\`, printable ASCII).
    pub(crate) fn description(&self, explain: bool) -> String {
        let sentence = self.code.sentence();
        if !explain {
            return sentence.to_owned();
        }
        let full = format!("{sentence}: {}", self.finding);
        full.chars().map(allowed_in_description).collect()
    }
}

/// An endpoint refuses on purpose, with a word that need not be a registered one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Twist {
    /// The word.
    pub(crate) word: Box<str>,
    /// The status, where an answer has one; the word's own otherwise.
    pub(crate) status: Option<StatusCode>,
}

impl Twist {
    /// What its description says.
    pub(crate) const DESCRIPTION: &str = "the bank was told to refuse";

    /// The refusal with this word.
    pub(crate) fn new(word: impl Into<Box<str>>) -> Self {
        let word = word.into();
        Self { word, status: None }
    }

    /// The status of an answer that carries it straight to the client.
    pub(crate) fn status(&self) -> StatusCode {
        let mut codes = ErrorCode::ALL.into_iter();
        let code = codes.find(|code| code.as_str() == &*self.word);
        self.status
            .unwrap_or_else(|| code.map_or(StatusCode::BAD_REQUEST, ErrorCode::status))
    }
}

/// RFC 6749, section 5.2: no double quote, no backslash, printable ASCII.
pub(crate) const fn allowed_in_description(character: char) -> char {
    match character {
        '"' => '\'',
        '\\' => '/',
        ' '..='~' => character,
        _ => '?',
    }
}

impl ErrorCode {
    /// The refusal with this code for this finding.
    pub(crate) const fn because(self, finding: Finding) -> Refusal {
        Refusal {
            code: self,
            finding,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{Mismatch, Rule};

    static RULE: Rule = Rule {
        name: "test.rule",
        clause: "RFC 0, section 0",
        sentence: "It must hold.",
    };

    #[test]
    fn a_description_keeps_to_the_characters_of_rfc_6749() {
        let mismatch = Mismatch::new("a \"word\"", "back\\slash\n\u{1f439}");
        let refusal = ErrorCode::InvalidRequest.because(mismatch.under(&RULE));
        let description = refusal.description(true);
        let fits = |c: char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
        assert!(description.chars().all(fits), "{description}");
        assert!(description.contains("test.rule"), "{description}");
    }

    #[test]
    fn a_bank_that_does_not_explain_says_the_standard_s_sentence_alone() {
        for code in ErrorCode::ALL {
            let refusal = code.because(Mismatch::new("a", "b").under(&RULE));
            assert_eq!(refusal.description(false), code.sentence());
            assert!(refusal.description(true).starts_with(code.sentence()));
        }
    }

    #[test]
    fn no_code_stands_for_success() {
        for code in ErrorCode::ALL {
            let status = code.status();
            let is_error = status.is_client_error() || status.is_server_error();
            assert!(is_error, "{}", code.as_str());
        }
    }
}
