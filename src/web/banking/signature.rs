//! `x-jws-signature`: detached signatures of what is sent about payments, and of what is answered (API
//! contract, sections 1.1, 8 and 15; the UK's Read/Write API, "Message Signing").

use serde_json::{Map, Value, json};
use time::Duration;

use crate::clock::{Now, Timestamp};
use crate::id::ClientId;
use crate::jose::{Algorithm, DetachedJws, SignatureFault};
use crate::rule::Rule;
use crate::web::call::Call;
use crate::wire::header::{self, X_JWS_SIGNATURE};
use crate::wire::reply::Reply;

use super::error::{Error, Fault, Kind, Place};

/// Whether the signature of a call, if it brings one, is its client's over its body.
///
/// # Errors
/// 400 with a word for each way to be wrong.
pub(super) fn check(call: &mut Call<'_>, client: &ClientId) -> Result<(), Error> {
    let sent = header::single(&call.request.head.headers, &X_JWS_SIGNATURE);
    let sent = sent.map_err(|fault| refuse(Kind::InvalidHeader, &FORM, fault.to_string()))?;
    let Some(text) = sent else { return Ok(()) };
    let malformed = |message| refuse(Kind::SignatureMalformed, &FORM, message);
    let jws = DetachedJws::parse(text).map_err(|fault| malformed(fault.to_string()))?;
    if jws.claimed_algorithm().known() != Some(Algorithm::Ps256) {
        let claimed = jws.claimed_algorithm();
        return Err(malformed(format!("`alg` must be PS256, not {claimed}")));
    }
    call.trail.passed(&FORM);
    let members = jws.unverified_header();
    if let Some(missing) = CLAIMS.iter().find(|name| !members.contains_key(**name)) {
        let message = format!("the header lacks `{missing}`");
        return Err(refuse(Kind::SignatureMissingClaim, &PRESENT, message));
    }
    call.trail.passed(&PRESENT);
    let issuers = issuers_of(call, client);
    check_claims(members, call.now, &issuers)
        .map_err(|message| refuse(Kind::SignatureInvalidClaim, &CLAIMED, message))?;
    call.trail.passed(&CLAIMED);
    let signer = (call.bank).state(|state| state.oauth.client(client.as_str()));
    let verified = match &signer {
        Some(signer) => jws.verify(&call.request.body, &signer.keys, Algorithm::Ps256),
        None => Err(SignatureFault::UnknownKey { kid: None }),
    };
    verified.map_err(|fault| {
        let kind = match fault {
            SignatureFault::BadSignature => Kind::SignatureInvalid,
            // The key that `kid` names is none of the client's, or none for this.
            _ => Kind::SignatureInvalidClaim,
        };
        refuse(kind, &VERIFIES, fault.to_string())
    })?;
    call.trail.passed(&VERIFIES);
    Ok(())
}

/// Signs what the bank itself answers about payments, when the scenario wants that. Outside of every lock.
pub(crate) fn sign(call: &Call<'_>, reply: Reply) -> Reply {
    let is_own = call.bank.settings.sign_responses && !reply.is_foreign;
    if !is_own || !is_about_payments(call, &reply) {
        return reply;
    }
    let members = json!({
        "typ": "JOSE",
        "cty": "application/json",
        // A TPP verifies with its own clock, which is real.
        "http://openbanking.org.uk/iat": call.now.real.unix_seconds(),
        "http://openbanking.org.uk/iss": OWN_ID,
        "http://openbanking.org.uk/tan": TRUST_ANCHOR,
        "crit": CRITICAL,
    });
    let members = members.as_object().cloned().unwrap_or_default();
    let key = call.bank.keys().for_algorithm(Algorithm::Ps256);
    let signature = key.sign_detached(members, &reply.body);
    reply.with_header(X_JWS_SIGNATURE, &signature)
}

fn is_about_payments(call: &Call<'_>, reply: &Reply) -> bool {
    let path = call.request.head.path.as_str();
    let location = reply.headers.get(http::header::LOCATION);
    let location = location.and_then(|value| value.to_str().ok());
    let begins = |text: &str| PATHS.iter().any(|prefix| text.starts_with(prefix));
    begins(path) || location.is_some_and(begins)
}

/// Who a client may say it is: itself, or its software within its organisation.
fn issuers_of(call: &Call<'_>, client: &ClientId) -> Vec<String> {
    let registration = (call.bank).state(|state| state.oauth.registration(client.as_str()));
    let of_directory = registration.map(|registration| {
        let software = &registration.candidate.software;
        format!("{}/{}", software.org_id, software.id)
    });
    let own = std::iter::once(client.to_string());
    own.chain(of_directory).collect()
}

fn check_claims(members: &Map<String, Value>, now: Now, issuers: &[String]) -> Result<(), String> {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    if text("typ") != Some("JOSE") && members.contains_key("typ") {
        return Err("`typ` must be JOSE, or absent".to_owned());
    }
    let content = text("cty");
    if members.contains_key("cty") && !matches!(content, Some("json" | "application/json")) {
        return Err("`cty` must be json or application/json, or absent".to_owned());
    }
    let listed = members.get("crit").and_then(Value::as_array);
    let lists = |name: &&&str| listed.is_some_and(|listed| listed.contains(&json!(**name)));
    let lists_all = CRITICAL.iter().filter(lists).count() == CRITICAL.len();
    if !lists_all || listed.map(Vec::len) != Some(CRITICAL.len()) {
        return Err(format!(
            "`crit` must list {} and no other",
            CRITICAL.join(", ")
        ));
    }
    if text("kid").is_none_or(str::is_empty) {
        return Err("`kid` must name a key".to_owned());
    }
    let issued = members.get(IAT).and_then(Value::as_i64);
    let issued = issued.ok_or_else(|| format!("`{IAT}` must be seconds since 1970"))?;
    let issued = Timestamp::from_unix_seconds(issued);
    if !now.either(|now| issued <= now.plus(SKEW)) {
        return Err(format!("`{IAT}` must not lie in the future"));
    }
    if !issuers.iter().any(|issuer| text(ISS) == Some(issuer)) {
        return Err(format!("`{ISS}` must be {}", issuers.join(" or ")));
    }
    if text(TAN) != Some(TRUST_ANCHOR) {
        return Err(format!("`{TAN}` must be {TRUST_ANCHOR}"));
    }
    Ok(())
}

fn refuse(kind: Kind, rule: &'static Rule, message: String) -> Error {
    let fault = Fault {
        kind,
        message,
        place: Place::Header("x-jws-signature"),
    };
    Error::of_fault(rule, fault)
}

const IAT: &str = "http://openbanking.org.uk/iat";
const ISS: &str = "http://openbanking.org.uk/iss";
const TAN: &str = "http://openbanking.org.uk/tan";

/// What a reader must understand.
const CRITICAL: [&str; 3] = [IAT, ISS, TAN];

/// What a header must have beside `alg`.
const CLAIMS: [&str; 5] = ["kid", "crit", IAT, ISS, TAN];

/// Where keys are vouched for.
const TRUST_ANCHOR: &str = "openbanking.org.uk";

/// Who the bank says it is: the name on its seal.
const OWN_ID: &str = "hamster-bank";

/// Between two clocks that both mean well.
const SKEW: Duration = Duration::seconds(60);

/// Where answers about payments come from.
const PATHS: [&str; 3] = [
    "/open-banking/v1/payments",
    "/consents/payment",
    "/consents/consent_pis_",
];

/// Every rule of this file, for the list of checks.
pub(super) static RULES: &[&Rule] = &[&FORM, &PRESENT, &CLAIMED, &VERIFIES];

static FORM: Rule = Rule {
    name: "signature.form",
    clause: "RFC 7515, section 7.1 and Appendix F; Hamster Bank API, section 1.1",
    sentence: "A signature is one detached JWS, made with PS256.",
};
static PRESENT: Rule = Rule {
    name: "signature.claims.present",
    clause: "Hamster Bank API, section 1.1",
    sentence: "A signature's header has kid, crit, and the three claims of the UK standard.",
};
static CLAIMED: Rule = Rule {
    name: "signature.claims",
    clause: "Hamster Bank API, sections 1.1 and 15; RFC 7515, section 4.1.11",
    sentence: "A signature's header says who signed what, when, and vouched for by whom.",
};
static VERIFIES: Rule = Rule {
    name: "signature.verifies",
    clause: "Hamster Bank API, sections 1.1 and 8",
    sentence: "A signature is the client's own, over the body as it was sent.",
};
