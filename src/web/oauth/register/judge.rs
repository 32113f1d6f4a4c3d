//! From a body at the registration endpoint to a candidate in good order.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::jose::{Jws, KeySet, UnverifiedJws};
use crate::json;
use crate::oauth::check::assertion::{EXPIRY_SKEW, seconds};
use crate::oauth::check::{self, Place};
use crate::oauth::client::Authentication;
use crate::oauth::client_auth::{PresentedCertificate, malformed};
use crate::oauth::error::{ErrorCode, Refusal};
use crate::oauth::registration::metadata::{self, Asked, Metadata};
use crate::oauth::registration::organisation::{self, CERTIFICATE_CHECKS, Caller};
use crate::oauth::registration::signed::{self, SignedRegistration};
use crate::oauth::registration::statement::{self, Software, Standing, Statement};
use crate::oauth::registration::{Candidate, Form, Mode, Registration};
use crate::rule::{Mismatch, Rule};
use crate::web::banking::error::Kind;
use crate::web::call::Call;
use crate::wire::header;

use super::Declined;

/// A body, read but not believed.
struct Sent {
    members: Map<String, Value>,
    jws: Option<UnverifiedJws>,
}

/// Software that a directory vouches for, and where its keys are to be had.
struct Vouched {
    software: Arc<Software>,
    statement: Arc<str>,
    keys: KeySet,
    is_built_in: bool,
}

/// What a call wants registered, judged whole; `former` is what it is to replace.
///
/// # Errors
/// The first rule it breaks.
pub(super) fn candidate(
    call: &mut Call<'_>,
    certificate: Option<&PresentedCertificate>,
    former: Option<&Registration>,
) -> Result<Candidate, Declined> {
    let sent = read(call)?;
    let vouched = vouch(call, &sent.members)?;
    if let Some(former) = former {
        check_same_software(call, former, &vouched.software)?;
    }
    let form = match sent.jws {
        Some(_) => Form::Jose,
        None => Form::Json,
    };
    let (members, identifier) = match sent.jws {
        Some(jws) => signed_members(call, jws, &vouched)?,
        None => (sent.members, None),
    };
    let client_id = former.map(|former| former.client.id.to_string());
    let metadata = judge_metadata(call, members, &vouched, client_id)?;
    check_encryption_key(call, &vouched, &metadata)?;
    check_organisation(call, &vouched, &metadata, certificate)?;
    note_other_subject(call, &metadata, certificate);
    Ok(Candidate {
        metadata,
        software: vouched.software,
        is_built_in: vouched.is_built_in,
        statement: vouched.statement,
        keys: vouched.keys,
        form,
        certificate: certificate.map(|presented| presented.certificate.thumbprint()),
        // The UK's tool sends one signed registration twice: by POST, then by PUT.
        identifier: identifier.filter(|_| former.is_none()),
    })
}

fn read(call: &mut Call<'_>) -> Result<Sent, Declined> {
    let (headers, body) = (&call.request.head.headers, &call.request.body);
    let is = |essence| header::expect_content_type(headers, essence);
    let as_json = is("application/json");
    let is_jose = is("application/jose").is_ok() || is("application/jwt").is_ok();
    if let (Err(fault), false) = (&as_json, is_jose) {
        let expected = "application/json, application/jose or application/jwt";
        let mismatch = Mismatch::new(expected, fault.to_string());
        return Err(Kind::UnsupportedMediaType
            .because(&CONTENT_TYPE, mismatch)
            .into());
    }
    call.trail.passed(&CONTENT_TYPE);
    let invalid = |finding| ErrorCode::InvalidClientMetadata.because(finding);
    if is_jose {
        let text = str::from_utf8(body).unwrap_or_default().trim();
        let read = Jws::parse(text).map_err(|fault| malformed(&fault));
        let jws = call.trail.judge(&signed::READABLE, read).map_err(invalid)?;
        return Ok(Sent {
            members: jws.unverified_claims().clone(),
            jws: Some(jws),
        });
    }
    let read = json::read_object(body).map_err(|error| {
        Mismatch::new("a JSON object without repeated members", error.to_string())
    });
    let members = call.trail.judge(&READABLE, read).map_err(invalid)?;
    Ok(Sent { members, jws: None })
}

fn vouch(call: &mut Call<'_>, members: &Map<String, Value>) -> Result<Vouched, Refusal> {
    let invalid = |finding| ErrorCode::InvalidSoftwareStatement.because(finding);
    let text = members.get("software_statement").and_then(Value::as_str);
    let present = text.ok_or_else(|| {
        Mismatch::new("a software_statement", "none")
            .with_hint("POST /onboard of the control API, or hamsterbank onboard, makes one")
    });
    let text = call
        .trail
        .judge(&statement::PRESENT, present)
        .map_err(invalid)?;
    let bank = call.bank;
    let (claims, directory) = statement::verify(text, &bank.directories, &mut call.trail)?;
    let id = claims.str("software_id").unwrap_or_default();
    let standing = if directory.is_built_in {
        bank.state(|state| state.registry.standing(id))
    } else {
        Standing::Elsewhere
    };
    let subject = Statement {
        claims,
        standing,
        now: call.now,
    };
    let at = (Place::Register, &bank.settings.policy);
    check::run(statement::CHECKS, &subject, at, &mut call.trail)?;
    let software = Software::read(&subject.claims);
    let keys = keys(call, &software, directory.is_built_in)?;
    Ok(Vouched {
        software: Arc::new(software),
        statement: text.into(),
        keys,
        is_built_in: directory.is_built_in,
    })
}

fn keys(call: &mut Call<'_>, software: &Software, is_built_in: bool) -> Result<KeySet, Refusal> {
    let found = call.bank.state(|state| {
        if is_built_in {
            let own = state.registry.software(&software.id);
            return own
                .map(|own| own.keys.clone())
                .ok_or_else(|| "there is no such software in the directory".to_owned());
        }
        state.fetched_keys.of(&software.jwks_endpoint)
    });
    let usable = found.and_then(|keys| {
        let is_usable = !keys.is_empty();
        is_usable
            .then_some(keys)
            .ok_or_else(|| "there is no key in it".to_owned())
    });
    let usable = usable.map_err(|reason| {
        Mismatch::new(format!("a JWK Set at {}", software.jwks_endpoint), reason)
    });
    call.trail
        .judge(&KEYS, usable)
        .map_err(|finding| ErrorCode::InvalidClientMetadata.because(finding))
}

fn check_same_software(
    call: &mut Call<'_>,
    former: &Registration,
    software: &Software,
) -> Result<(), Refusal> {
    let known = &former.candidate.software;
    let answer = if (&known.id, &known.org_id) == (&software.id, &software.org_id) {
        Ok(())
    } else {
        Err(Mismatch::new(
            format!("a statement of software {} of {}", known.id, known.org_id),
            format!("one of {} of {}", software.id, software.org_id),
        ))
    };
    call.trail
        .judge(&SAME_SOFTWARE, answer)
        .map_err(|finding| ErrorCode::UnapprovedSoftwareStatement.because(finding))
}

type MembersAndIdentifier = (Map<String, Value>, Option<(String, Timestamp)>);

fn signed_members(
    call: &mut Call<'_>,
    jws: UnverifiedJws,
    vouched: &Vouched,
) -> Result<MembersAndIdentifier, Refusal> {
    let software = &vouched.software;
    let settings = &call.bank.settings;
    let claims = signed::verify(jws, software, &vouched.keys, &mut call.trail)?;
    let subject = SignedRegistration {
        claims,
        software: Arc::clone(software),
        issuer: Arc::clone(&settings.endpoints.issuer),
        now: call.now,
    };
    let at = (Place::Register, &settings.policy);
    check::run(signed::CHECKS, &subject, at, &mut call.trail)?;
    let claims = subject.claims;
    let ends_at = seconds(&claims, "exp").unwrap_or(call.now.real);
    let identifier = claims.str("jti").map(str::to_owned);
    let identifier = identifier.map(|jti| (jti, ends_at.plus(EXPIRY_SKEW)));
    Ok((claims.into_map(), identifier))
}

fn judge_metadata(
    call: &mut Call<'_>,
    members: Map<String, Value>,
    vouched: &Vouched,
    client_id: Option<String>,
) -> Result<Metadata, Refusal> {
    let asked = Asked {
        members,
        software: Arc::clone(&vouched.software),
        client_id,
    };
    let at = (Place::Register, &call.bank.settings.policy);
    check::run(metadata::CHECKS, &asked, at, &mut call.trail)?;
    asked
        .read()
        .map_err(|mismatch| ErrorCode::InvalidClientMetadata.because(mismatch.under(&UNDERSTOOD)))
}

fn check_encryption_key(
    call: &mut Call<'_>,
    vouched: &Vouched,
    metadata: &Metadata,
) -> Result<(), Refusal> {
    let Some(encryption) = metadata.id_token_encryption else {
        return Ok(());
    };
    let answer = if vouched.keys.can_encrypt(encryption.alg) {
        Ok(())
    } else {
        let url = &vouched.software.jwks_endpoint;
        let expected = format!("a key for {} at {url}", encryption.alg.as_str());
        Err(Mismatch::new(expected, "none"))
    };
    call.trail
        .judge(&ENCRYPTION_KEY, answer)
        .map_err(|finding| ErrorCode::InvalidClientMetadata.because(finding))
}

fn check_organisation(
    call: &mut Call<'_>,
    vouched: &Vouched,
    metadata: &Metadata,
    certificate: Option<&PresentedCertificate>,
) -> Result<(), Refusal> {
    let settings = &call.bank.settings;
    if settings.registration == Mode::Sandbox {
        return Ok(());
    }
    let caller = Caller {
        software: Arc::clone(&vouched.software),
        certificate: certificate.map(|presented| Arc::clone(&presented.certificate)),
        scope: metadata.scope,
    };
    let at = (Place::Register, &settings.policy);
    check::run(CERTIFICATE_CHECKS, &caller, at, &mut call.trail)?;
    check::run(organisation::CHECKS, &caller, at, &mut call.trail)
}

// Legal, for a client may have several certificates; most often it is a name printed by other software.
fn note_other_subject(
    call: &mut Call<'_>,
    metadata: &Metadata,
    certificate: Option<&PresentedCertificate>,
) {
    let Authentication::TlsClientAuth { subject } = &metadata.authentication else {
        return;
    };
    let presented = certificate.map(|presented| presented.certificate.subject());
    if let Some(presented) = presented.filter(|presented| !subject.matches(presented)) {
        let told = format!(
            "tls_client_auth_subject_dn {subject} is not the subject of the certificate presented, \
             {presented}: with this certificate the client cannot authenticate"
        );
        call.entry.lint(told);
    }
}

pub(super) static CONTENT_TYPE: Rule = Rule {
    name: "registration.content_type",
    clause: "RFC 7591, section 3.1; Hamster Bank API, section 1.1",
    sentence: "A registration is application/json, or signed: application/jose or application/jwt.",
};
pub(super) static READABLE: Rule = Rule {
    name: "registration.readable",
    clause: "RFC 7591, section 3.1",
    sentence: "A registration is a JSON object, each member once.",
};
pub(super) static KEYS: Rule = Rule {
    name: "registration.keys",
    clause: "Hamster Bank API, section 10; RFC 7517, section 5",
    sentence: "The software's keys can be had where its statement says they are.",
};
pub(super) static ENCRYPTION_KEY: Rule = Rule {
    name: "registration.encryption_key",
    clause: "OpenID Connect Core, section 10.2",
    sentence: "A client that wants ID tokens encrypted publishes a key for it.",
};
pub(super) static UNDERSTOOD: Rule = Rule {
    name: "registration.understood",
    clause: "RFC 7591, section 2",
    sentence: "What is left of a registration when checks are switched off can still be read.",
};
pub(super) static SAME_SOFTWARE: Rule = Rule {
    name: "registration.same_software",
    clause: "RFC 7592, section 2.2",
    sentence: "A changed registration is of the same software.",
};
