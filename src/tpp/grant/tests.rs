//! What a redirect must be to be believed.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;

use super::*;
use crate::clock::Clock;
use crate::jose::{Algorithm, Jws, KeySet, SigningKey, jwks};
use crate::pki::{Credential, fresh_p256_key};
use crate::tpp::connection::Tls;
use crate::tpp::discovery::Discovery;
use crate::tpp::kit::{AuthMethod, Kit};

const ISSUER: &str = "https://bank.test";
const HOME: &str = "https://tpp.test/callback?dummy=1";

struct Fixture {
    tpp: Tpp,
    bank: SigningKey,
}

fn fixture(auth_method: AuthMethod) -> Fixture {
    let bank = SigningKey::from_pem(&fresh_p256_key().unwrap()).unwrap();
    let own = fresh_p256_key().unwrap();
    let keys = Arc::new(KeySet::from_jwks(&jwks(&[&bank])).unwrap());
    let authority = crate::pki::Authority::mint(Clock::system().now().real).unwrap();
    let endpoint = |name: &str| format!("{ISSUER}/{name}");
    let tpp = Tpp {
        tls: Tls::new(authority.cert_pem(), None).unwrap(),
        kit: Kit {
            client_id: "acorn-budget".to_owned(),
            redirect_uri: HOME.to_owned(),
            auth_method,
            id_token_alg: Algorithm::Es256,
            transport: Credential {
                cert_pem: String::new(),
                key_pem: String::new(),
            },
            signing: SigningKey::from_pem(&own).unwrap(),
        },
        discovery: Arc::new(Discovery {
            issuer: ISSUER.to_owned(),
            authorize: endpoint("authorize"),
            par: endpoint("par"),
            token: endpoint("token"),
            introspect: endpoint("introspect"),
            revoke: endpoint("revoke"),
            jwks: endpoint("jwks"),
        }),
        keys,
        clock: Clock::system(),
    };
    Fixture { tpp, bank }
}

fn redirect(location: &str) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert("location", location.parse().unwrap());
    Answer {
        status: StatusCode::FOUND,
        headers,
        body: Bytes::new(),
    }
}

fn attempt(flow: Flow) -> Attempt {
    Attempt::new(flow, "consent_ais_1", "openid accounts")
}

/// An honest bank's claims about an attempt, for either kind of JWT.
fn claims(tpp: &Tpp, attempt: &Attempt) -> Map<String, Value> {
    let now = tpp.now().unix_seconds();
    object(json!({
        "iss": ISSUER,
        "aud": "acorn-budget",
        "sub": "hazel",
        "iat": now,
        "exp": now + 300,
        "nonce": attempt.nonce,
        "openbanking_intent_id": "consent_ais_1",
        "c_hash": jose::half_hash("the-code"),
        "s_hash": jose::half_hash(&attempt.state),
        "state": attempt.state,
        "code": "the-code",
    }))
}

#[test]
fn the_hybrid_answer_is_read_from_the_fragment_and_nowhere_else() {
    let Fixture { tpp, bank } = fixture(AuthMethod::PrivateKeyJwt);
    let attempt = attempt(Flow::Hybrid);
    let id_token = bank.sign(None, &claims(&tpp, &attempt));
    let state = attempt.state.as_str();
    let good = format!("{HOME}#code=the-code&id_token={id_token}&state={state}&iss={ISSUER}");
    let returned = tpp.read_return(&attempt, &redirect(&good)).unwrap();
    assert_eq!(returned.code, "the-code");
    assert_eq!(returned.subject.as_deref(), Some("hazel"));
    for (why, location) in [
        ("in the query", good.replace('#', "&")),
        ("elsewhere", good.replace("tpp.test", "evil.test")),
        ("without the registered query", good.replace("?dummy=1", "")),
        ("another state", good.replace(state, "another")),
        (
            "another issuer",
            good.replace("iss=https://bank", "iss=https://evil"),
        ),
        ("no issuer", good.replace(&format!("&iss={ISSUER}"), "")),
        ("another code", good.replace("the-code", "that-code")),
        ("no code", good.replace("code=the-code&", "")),
        ("a code twice", good.replace("#code", "#code=other&code")),
        ("no ID token", good.replace("id_token", "token")),
        (
            "a refusal",
            format!("{HOME}#error=access_denied&state={state}&iss={ISSUER}"),
        ),
        ("nothing at all", String::from(HOME)),
    ] {
        let read = tpp.read_return(&attempt, &redirect(&location));
        assert!(read.is_err(), "{why}");
    }
    let page = Answer {
        status: StatusCode::OK,
        ..redirect(&good)
    };
    assert!(tpp.read_return(&attempt, &page).is_err(), "a page");
}

#[test]
fn the_jarm_answer_is_one_signed_jwt_and_nothing_beside_it() {
    let Fixture { tpp, bank } = fixture(AuthMethod::TlsClientAuth);
    let attempt = attempt(Flow::Jarm);
    let response = bank.sign(None, &claims(&tpp, &attempt));
    let good = format!("{HOME}&response={response}");
    let returned = tpp.read_return(&attempt, &redirect(&good)).unwrap();
    assert_eq!(returned.code, "the-code");
    let mut other = claims(&tpp, &attempt);
    other.insert("state".to_owned(), "another".into());
    let mut refused = claims(&tpp, &attempt);
    refused.insert("error".to_owned(), "access_denied".into());
    for (why, location) in [
        (
            "a code in the clear beside it",
            format!("{good}&code=the-code"),
        ),
        ("in the fragment", good.replace("&response", "#response")),
        (
            "a plain code",
            format!("{HOME}&code=the-code&state={}", attempt.state),
        ),
        (
            "another state",
            format!("{HOME}&response={}", bank.sign(None, &other)),
        ),
        (
            "a refusal",
            format!("{HOME}&response={}", bank.sign(None, &refused)),
        ),
        (
            "a broken signature",
            good.replace("&response=ey", "&response=eyJ"),
        ),
    ] {
        let read = tpp.read_return(&attempt, &redirect(&location));
        assert!(read.is_err(), "{why}");
    }
}

#[test]
fn each_proof_is_fresh_and_of_the_registered_kind() {
    let tpp = fixture(AuthMethod::PrivateKeyJwt).tpp;
    let jti = || {
        let call = tpp.client_credentials("accounts", Duration::minutes(1));
        let super::super::call::Body::Form(form) = call.body else {
            panic!("not a form");
        };
        let assertion = form.iter().find(|(name, _)| *name == "client_assertion");
        let jws = Jws::parse(&assertion.unwrap().1).unwrap();
        jws.unverified_claims()["jti"].clone()
    };
    assert_ne!(jti(), jti());
    let tpp = fixture(AuthMethod::TlsClientAuth).tpp;
    let call = tpp.push(&attempt(Flow::Jarm), Duration::minutes(1));
    let (_, body) = call.content().unwrap();
    let form = Form::parse(&body).unwrap();
    assert_eq!(form.get("client_id"), Some("acorn-budget"));
    assert!(form.get("client_assertion").is_none());
    let request = Jws::parse(form.get("request").unwrap()).unwrap();
    assert_eq!(request.claimed_typ(), Some("oauth-authz-req+jwt"));
    assert_eq!(request.unverified_claims()["response_mode"], "jwt");
    assert!(request.unverified_claims().get("sub").is_none());
}

#[test]
fn tokens_of_another_type_or_customer_are_not_taken() {
    let Fixture { tpp, bank } = fixture(AuthMethod::PrivateKeyJwt);
    let attempt = attempt(Flow::Jarm);
    let id_token = bank.sign(None, &claims(&tpp, &attempt));
    let answer = |kind: &str| Answer {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: json!({ "access_token": "t", "token_type": kind, "id_token": id_token })
            .to_string()
            .into(),
    };
    let returned = |subject: Option<&str>| Returned {
        code: "the-code".to_owned(),
        subject: subject.map(str::to_owned),
    };
    for (kind, subject, is_good) in [
        ("Bearer", Some("hazel"), true),
        ("bEARER", None, true),
        ("DPoP", None, false),
        ("Bearer", Some("rowan"), false),
    ] {
        let read = tpp.read_tokens(&attempt, &returned(subject), &answer(kind));
        assert_eq!(read.is_ok(), is_good, "{kind} {subject:?}");
    }
}
