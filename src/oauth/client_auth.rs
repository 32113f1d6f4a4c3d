//! Who is calling: client authentication at every endpoint a client calls directly.
//!
//! The order is that of distrust: what is *claimed* (a client id), what is *presented* (an assertion, a
//! certificate), what is *proven* (its signature, its subject), and at last, when the assertion is not a
//! replay, an [`AuthenticatedClient`]. Only [`AuthorizationServer::admit`] makes one.
//!
//! [`AuthorizationServer::admit`]: super::AuthorizationServer::admit

use std::sync::Arc;

use crate::clock::{Now, Timestamp};
use crate::id::ClientId;
use crate::jose::{Jws, Malformed, SignatureFault};
use crate::pki::{Distrust, PeerCertificate};
use crate::rule::{Mismatch, Rule, Trail};
use crate::wire::client_cert::Unreadable;
use crate::wire::connection::Teller;
use crate::wire::form::Form;

use super::check::assertion::{self, Assertion, EXPIRY_SKEW, seconds};
use super::check::{self, Place};
use super::client::{Authentication, Client};
use super::error::{ErrorCode, Refusal};
use super::profile::{Policy, Reach};

/// A client certificate as it came, with the bank's judgement of its chain and dates.
#[derive(Clone, Debug)]
pub(crate) struct PresentedCertificate {
    /// What the handshake proved the key of, or a header told.
    pub(crate) certificate: Arc<PeerCertificate>,
    /// Whether a CA the bank trusts stands behind it, today.
    pub(crate) judgement: Result<(), Distrust>,
    /// What is wrong with how it was told, where that is why it cannot be read.
    pub(crate) unreadable: Option<Unreadable>,
}

/// No client certificate came by the way on which this would have come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoCertificate(pub(crate) Teller);

impl From<NoCertificate> for Mismatch {
    fn from(NoCertificate(teller): NoCertificate) -> Self {
        let (expected, hint) = match teller {
            Teller::Handshake => (
                "a client certificate in the TLS handshake",
                "with curl: --cert and --key",
            ),
            Teller::Header(_) => (
                "a client certificate in the header Client-Cert",
                "this bank speaks plain HTTP: send the certificate's DER in base64 between colons (RFC 9440), or \
                 have the proxy that ends TLS do so",
            ),
        };
        Self::new(expected, "none").with_hint(hint)
    }
}

/// What a caller presents to prove who it is.
pub(crate) struct Presented<'a> {
    /// The body.
    pub(crate) form: &'a Form,
    /// Whether there is an `Authorization` header, which no method here uses.
    pub(crate) has_authorization_header: bool,
    /// The client certificate of the connection.
    pub(crate) certificate: Result<PresentedCertificate, NoCertificate>,
    /// Where it is presented.
    pub(crate) place: Place,
}

/// What is needed of the bank to judge it.
pub(crate) struct Context<'a> {
    /// What is enforced.
    pub(crate) policy: &'a Policy,
    /// Every `aud` that means this bank.
    pub(crate) audiences: Arc<[String]>,
    /// When it arrived.
    pub(crate) now: Now,
}

/// A client that proved to be itself, if only its assertion has not been used before.
pub(crate) struct ProvenClient {
    pub(super) client: Arc<Client>,
    pub(super) certificate: Option<Arc<PeerCertificate>>,
    /// The assertion's identifier, and until when it must be remembered.
    pub(super) identifier: Option<(String, Timestamp)>,
}

/// The proof that the caller is this client.
#[derive(Clone, Debug)]
pub(crate) struct AuthenticatedClient {
    client: Arc<Client>,
    certificate: Option<Arc<PeerCertificate>>,
}

impl AuthenticatedClient {
    pub(super) fn new(proven: ProvenClient) -> Self {
        Self {
            client: proven.client,
            certificate: proven.certificate,
        }
    }

    /// The client.
    pub(crate) const fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// The certificate it called with; tokens are bound to it.
    pub(crate) const fn certificate(&self) -> Option<&Arc<PeerCertificate>> {
        self.certificate.as_ref()
    }
}

/// Which client the caller claims to be: `client_id`, or else the assertion's unverified subject. That both
/// name the same one is asked later, of the verified assertion.
///
/// # Errors
/// When neither names one.
pub(crate) fn claimed_client_id(form: &Form) -> Result<ClientId, Refusal> {
    let named = form.get("client_id");
    let asserted = form
        .get("client_assertion")
        .and_then(|assertion| Jws::parse(assertion).ok())
        .and_then(|jws| {
            let claims = jws.unverified_claims();
            let claim = |name| claims.get(name).and_then(serde_json::Value::as_str);
            claim("sub").or_else(|| claim("iss")).map(str::to_owned)
        });
    let claimed = named.map(str::to_owned).or(asserted);
    claimed.map(ClientId::new).ok_or_else(|| {
        let mismatch = Mismatch::new("a client_id, or a client_assertion with sub", "neither");
        ErrorCode::InvalidClient.because(mismatch.under(&CLIENT_KNOWN))
    })
}

/// The refusal of a client id that nobody is registered under.
pub(crate) fn unknown_client(claimed: &ClientId) -> Refusal {
    let mismatch = Mismatch::new("the client_id of a registered client", claimed.to_string());
    ErrorCode::InvalidClient.because(mismatch.under(&CLIENT_KNOWN))
}

/// Whether what is presented proves that the caller is `client`.
///
/// # Errors
/// The first rule it breaks.
pub(crate) fn prove(
    client: Arc<Client>,
    presented: Presented<'_>,
    context: &Context<'_>,
    trail: &mut Trail,
) -> Result<ProvenClient, Refusal> {
    trail.passed(&CLIENT_KNOWN);
    refuse_secrets(&presented, trail)?;
    let identifier = match &client.authentication {
        Authentication::PrivateKeyJwt { .. } => {
            prove_by_assertion(&client, &presented, context, trail)?
        }
        Authentication::TlsClientAuth { .. } => {
            refuse_other_method(&client, &presented, trail)?;
            None
        }
    };
    check_certificate(&client, &presented, context, trail)?;
    Ok(ProvenClient {
        client,
        certificate: (presented.certificate.ok()).map(|presented| presented.certificate),
        identifier,
    })
}

fn refuse_secrets(presented: &Presented<'_>, trail: &mut Trail) -> Result<(), Refusal> {
    let received = if presented.has_authorization_header {
        Err("an Authorization header")
    } else if presented.form.get("client_secret").is_some() {
        Err("a client_secret")
    } else {
        Ok(())
    };
    let answer = received.map_err(|received| {
        Mismatch::new("private_key_jwt or tls_client_auth", received)
            .with_hint("shared secrets are not accepted by FAPI 1.0 Advanced")
    });
    judge(trail, &METHOD, answer)
}

fn refuse_other_method(
    client: &Client,
    presented: &Presented<'_>,
    trail: &mut Trail,
) -> Result<(), Refusal> {
    let answer = match presented.form.get("client_assertion") {
        None => Ok(()),
        Some(_) => Err(Mismatch::new(
            format!("{} as registered", client.authentication.method()),
            "a client_assertion",
        )),
    };
    judge(trail, &METHOD, answer)
}

fn prove_by_assertion(
    client: &Arc<Client>,
    presented: &Presented<'_>,
    context: &Context<'_>,
    trail: &mut Trail,
) -> Result<Option<(String, Timestamp)>, Refusal> {
    let assertion_type = presented.form.get("client_assertion_type");
    let answer = match assertion_type {
        Some(JWT_BEARER) => Ok(()),
        other => Err(Mismatch::new(
            format!("client_assertion_type {JWT_BEARER}"),
            other.unwrap_or("none").to_owned(),
        )),
    };
    judge(trail, &ASSERTION_TYPE, answer)?;
    let Some(text) = presented.form.get("client_assertion") else {
        let mismatch = Mismatch::new("a client_assertion", "none");
        return Err(ErrorCode::InvalidClient.because(mismatch.under(&ASSERTION_SIGNATURE)));
    };
    let claims = judge(trail, &ASSERTION_SIGNATURE, verify(client, text))?;
    let assertion = Assertion {
        claims,
        client: Arc::clone(client),
        audiences: Arc::clone(&context.audiences),
        now: context.now,
    };
    let place = (presented.place, context.policy);
    check::run(assertion::CHECKS, &assertion, place, trail)?;
    let claims = &assertion.claims;
    let ends_at = seconds(claims, "exp").unwrap_or(context.now.bank);
    let identifier = claims.str("jti").map(str::to_owned);
    Ok(identifier.map(|jti| (jti, ends_at.plus(EXPIRY_SKEW))))
}

fn verify(client: &Client, text: &str) -> Result<crate::jose::VerifiedClaims, Mismatch> {
    let Authentication::PrivateKeyJwt { signing_alg } = &client.authentication else {
        return Err(Mismatch::new(
            client.authentication.method(),
            "a client_assertion",
        ));
    };
    let jws = Jws::parse(text).map_err(|fault| malformed(&fault))?;
    jws.verify(&client.keys, &[*signing_alg])
        .map_err(|fault| bad_signature(client, &fault))
}

/// A JWT that is none, in a refusal's words.
pub(crate) fn malformed(fault: &Malformed) -> Mismatch {
    Mismatch::new(
        "a JWT in compact form (RFC 7515, section 7.1)",
        fault.to_string(),
    )
}

/// A signature that does not hold, in a refusal's words.
pub(crate) fn bad_signature(client: &Client, fault: &SignatureFault) -> Mismatch {
    Mismatch::new(
        format!("a signature by a registered key of client {}", client.id),
        fault.to_string(),
    )
}

fn check_certificate(
    client: &Client,
    presented: &Presented<'_>,
    context: &Context<'_>,
    trail: &mut Trail,
) -> Result<(), Refusal> {
    let by_certificate = matches!(client.authentication, Authentication::TlsClientAuth { .. });
    let reach = if by_certificate {
        Reach::Always
    } else {
        Reach::Fapi1Advanced
    };
    // A pushed request is signed, and a private_key_jwt client proves itself without a certificate.
    let needed = by_certificate || presented.place != Place::Par;
    // What is presented is judged, whether it had to be or not: a token would be bound to it.
    let certificate = match &presented.certificate {
        Ok(certificate) => certificate,
        Err(_) if !needed => return Ok(()),
        Err(_) if !context.policy.enforces(&CERTIFICATE_PRESENT, reach) => {
            trail.skipped(&CERTIFICATE_PRESENT);
            return Ok(());
        }
        Err(missing) => return judge(trail, &CERTIFICATE_PRESENT, Err((*missing).into())),
    };
    trail.passed(&CERTIFICATE_PRESENT);
    judge(trail, &CERTIFICATE_TRUSTED, trusted(certificate))?;
    if let Authentication::TlsClientAuth { subject } = &client.authentication {
        let presented = certificate.certificate.subject();
        let answer = if subject.matches(presented) {
            Ok(())
        } else {
            Err(Mismatch::new(
                format!("a certificate with the registered subject {subject}"),
                format!("{presented}"),
            ))
        };
        judge(trail, &CERTIFICATE_SUBJECT, answer)?;
    }
    Ok(())
}

/// Whether a CA the bank trusts stands behind a certificate.
pub(crate) fn trusted(presented: &PresentedCertificate) -> Result<(), Mismatch> {
    presented.judgement.as_ref().copied().map_err(|distrust| {
        let expected = "a certificate issued by a CA this bank trusts, valid today";
        let received = match presented.certificate.subject().to_string() {
            unknown if unknown.is_empty() => distrust.to_string(),
            subject => format!("{distrust}; its subject is {subject}"),
        };
        let mismatch = Mismatch::new(expected, received);
        match presented.unreadable {
            Some(unreadable) => mismatch.with_hint(unreadable.hint()),
            None => mismatch,
        }
    })
}

fn judge<T>(
    trail: &mut Trail,
    rule: &'static Rule,
    answer: Result<T, Mismatch>,
) -> Result<T, Refusal> {
    trail
        .judge(rule, answer)
        .map_err(|finding| ErrorCode::InvalidClient.because(finding))
}

/// The only assertion type there is (RFC 7523, section 8.1).
pub(crate) const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Every rule of this file, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[
    &CLIENT_KNOWN,
    &METHOD,
    &ASSERTION_TYPE,
    &ASSERTION_SIGNATURE,
    &ASSERTION_REPLAY,
    &CERTIFICATE_PRESENT,
    &CERTIFICATE_TRUSTED,
    &CERTIFICATE_SUBJECT,
];

/// Those of them that a profile or a scenario may leave out.
pub(crate) static SWITCHABLE: &[(&Rule, Reach)] = &[(&CERTIFICATE_PRESENT, Reach::Fapi1Advanced)];

static CLIENT_KNOWN: Rule = Rule {
    name: "client.known",
    clause: "RFC 6749, section 5.2",
    sentence: "The caller names a registered client.",
};
static METHOD: Rule = Rule {
    name: "client.auth_method",
    clause: "FAPI 1.0 Advanced, section 5.2.2, item 14",
    sentence: "A client authenticates by the method it registered and by no other.",
};
static ASSERTION_TYPE: Rule = Rule {
    name: "client_assertion.type",
    clause: "RFC 7523, section 2.2",
    sentence: "A client assertion says that it is a JWT.",
};
static ASSERTION_SIGNATURE: Rule = Rule {
    name: "client_assertion.signature",
    clause: "RFC 7523, section 3, rule 9; FAPI 1.0 Advanced, section 8.6",
    sentence: "A client assertion is signed PS256 or ES256 by a key of the client.",
};
/// Remembered by the server: asked in `AuthorizationServer::admit`.
pub(super) static ASSERTION_REPLAY: Rule = Rule {
    name: "client_assertion.replay",
    clause: "RFC 7523, section 3, rule 7; OpenID Connect Core, section 9",
    sentence: "A client assertion is used once.",
};
/// Also asked of a bearer token's call.
pub(crate) static CERTIFICATE_PRESENT: Rule = Rule {
    name: "certificate.present",
    clause: "RFC 8705, sections 2 and 3; FAPI 1.0 Advanced, section 5.2.2, items 5 and 6",
    sentence: "The call comes over mutual TLS.",
};
/// Also asked of a bearer token's call.
pub(crate) static CERTIFICATE_TRUSTED: Rule = Rule {
    name: "certificate.trusted",
    clause: "RFC 8705, section 2.1; RFC 5280, section 6",
    sentence: "The client certificate is issued by a CA the bank trusts, and valid today.",
};
static CERTIFICATE_SUBJECT: Rule = Rule {
    name: "certificate.subject",
    clause: "RFC 8705, section 2.1.2",
    sentence: "The certificate's subject is the one the client registered.",
};
