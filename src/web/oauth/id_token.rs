//! Signing an ID token for a client, and encrypting it when the client registered that.
//!
//! Both take their time, so they happen outside of the state.

use crate::fault::Twist;
use crate::jose::{Encryption, EncryptionFault};
use crate::oauth::client::Client;
use crate::oauth::error::{ErrorCode, Refusal};
use crate::oauth::grant::Grant;
use crate::oauth::id_token::{self, Beside};
use crate::rule::{Mismatch, Rule};
use crate::web::call::Call;

use super::signing;

/// Whether an ID token for this client can be made at all; asked before anything changes.
///
/// # Errors
/// When the client wants it encrypted and has no key that it could be encrypted to.
pub(super) fn check(call: &mut Call<'_>, client: &Client) -> Result<(), Refusal> {
    let Some(encryption) = client.id_token_encryption else {
        return Ok(());
    };
    let tried = encryption.nest("", &client.keys).map(|_| ());
    let answer = tried.map_err(|fault| unfit(encryption, &fault));
    call.trail
        .judge(&ENCRYPTION, answer)
        .map_err(|finding| ErrorCode::InvalidClient.because(finding))
}

fn unfit(encryption: Encryption, fault: &EncryptionFault) -> Mismatch {
    let expected = format!(
        "a key for {} in the client's key set",
        encryption.alg.as_str()
    );
    Mismatch::new(expected, fault.to_string())
}

/// The ID token of a grant, in the form its client has registered by now.
///
/// # Errors
/// When the client wants it encrypted and has no key that it could be encrypted to.
pub(super) fn make(
    call: &mut Call<'_>,
    (client, grant): (&Client, &Grant),
    beside: Beside<'_>,
) -> Result<String, Refusal> {
    let settings = &call.bank.settings;
    let by = (&*settings.endpoints.issuer, settings.lifetimes.id_token);
    let mut claims = id_token::claims(grant, beside, by, call.now);
    let mut flaw = None;
    for twist in twists(call) {
        twist.perform(&mut claims, call.now);
        if let id_token::Twist::Seal(of_seal) = twist {
            flaw = Some(of_seal);
        }
    }
    let flaw = flaw.or_else(|| signing::flaw(call));
    let key = signing::key(call, client.id_token_signed_response_alg);
    let signed = match flaw {
        Some(flaw) => key.sign_wrongly(&claims, flaw),
        None => key.sign(None, &claims),
    };
    let Some(encryption) = client.id_token_encryption else {
        return Ok(signed);
    };
    encryption.nest(&signed, &client.keys).map_err(|fault| {
        ErrorCode::InvalidClient.because(unfit(encryption, &fault).under(&ENCRYPTION))
    })
}

fn twists(call: &mut Call<'_>) -> Vec<id_token::Twist> {
    call.faults.take(|twist| match twist {
        Twist::IdToken(twist) => Some(*twist),
        _ => None,
    })
}

/// Every rule of this file, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[&ENCRYPTION];

static ENCRYPTION: Rule = Rule {
    name: "id_token.encryption",
    clause: "OpenID Connect Dynamic Client Registration, section 2",
    sentence: "A client that wants its ID tokens encrypted has a key for it.",
};
