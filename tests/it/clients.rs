//! A client library nobody here wrote walks the whole journey over mutual TLS.
//!
//! The `openidconnect` crate discovers the bank, registers a client, composes the request, exchanges and
//! refreshes tokens, introspects and revokes them, and above all verifies: every ID token and every signed
//! response is judged by its keys, its hashes and its rules. What it cannot do (sign a request object, push
//! it, prove a client by an assertion, delete a registration) the test does with OpenSSL and plain HTTP, so
//! that no signature here is made by the code that checks it.

mod answer;
mod faults;
mod judge;
mod kit;
mod library;
mod registration;
mod signer;
mod tpp;
mod transport;

use openidconnect::core::{CoreErrorResponseType, CoreTokenType};
use openidconnect::{
    AccessToken, Nonce, OAuth2TokenResponse, RequestTokenError, StandardErrorResponse,
    TokenIntrospectionResponse, TokenResponse,
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use hamsterbank::Bank;

use crate::support::Variant;
use kit::Wishes;
use library::TokenFailure;
use tpp::{Asked, Carriage, Mode, Tpp};

/// Both ways to prove oneself, both algorithms.
const TPPS: [Wishes; 3] = [
    Wishes {
        name: "Linden Budget",
        token_endpoint_auth_method: "private_key_jwt",
        signing_alg: "PS256",
    },
    Wishes {
        name: "Maple Pay",
        token_endpoint_auth_method: "tls_client_auth",
        signing_alg: "PS256",
    },
    Wishes {
        name: "Nutmeg Check",
        token_endpoint_auth_method: "private_key_jwt",
        signing_alg: "ES256",
    },
];

/// The library reads a `registration_client_uri` only if it is a whole URL, as RFC 7592 has it.
fn bank(seed: u64) -> Bank {
    let scenario = Variant::default().bank("links: absolute").yaml();
    let bank = Bank::builder().scenario_text(scenario).seed(seed);
    bank.start().unwrap()
}

/// Goal: all combinations of client, response mode and carriage end with the same data; when its
/// registration ends, so does the client.
#[tokio::test]
async fn the_library_completes_the_journey_in_every_combination() {
    let bank = bank(7);
    for wishes in &TPPS {
        let tpp = Tpp::register(&bank, wishes).await;
        for mode in [Mode::Hybrid, Mode::Jarm] {
            for carriage in [Carriage::Pushed, Carriage::ByValue, Carriage::Bare] {
                println!("{wishes:?}, {mode:?}, {carriage:?}");
                walk(&tpp, mode, carriage).await;
            }
        }
        tpp.unregister().await;
        assert_eq!(refused(tpp.client_credentials().await), "invalid_client");
    }
}

async fn walk(tpp: &Tpp, mode: Mode, carriage: Carriage) {
    let consent = tpp.create_consent().await;
    let asked = tpp.ask(mode, &consent);
    let location = tpp.authorize(&asked, carriage).await;
    let answer = tpp.verify_answer(&asked, &location);
    let tokens = tpp.exchange(&asked, &answer.code).await.unwrap();
    assert_eq!(*tokens.token_type(), CoreTokenType::Bearer);
    assert_eq!(tokens.expires_in().unwrap().as_secs(), 300);
    let subject = tpp.verify_id_token(tokens.id_token().unwrap(), &asked, tokens.access_token());
    if let Some(front_channel) = &answer.subject {
        assert_eq!(*front_channel, subject, "one customer in both ID tokens");
    }
    let userinfo = tpp.userinfo(tokens.access_token(), &subject).await;
    assert_eq!(*userinfo.subject(), subject);
    assert_accounts(tpp, tokens.access_token(), &consent).await;

    let refresh_token = tokens.refresh_token().unwrap();
    let refreshed = tpp.refresh(refresh_token).await.unwrap();
    assert_ne!(
        refreshed.access_token().secret(),
        tokens.access_token().secret()
    );
    assert_accounts(tpp, refreshed.access_token(), &consent).await;

    let known = tpp.introspect(refreshed.access_token().secret()).await;
    assert!(known.active());
    assert_eq!(known.client_id().unwrap().as_str(), tpp.client_id());
    assert_eq!(known.sub(), Some(subject.as_str()));
    assert_eq!(known.token_type(), Some(&CoreTokenType::Bearer));
    let family = tpp.introspect(refresh_token.secret()).await;
    assert!(family.active());
    assert_eq!(family.token_type(), None, "a refresh token has no type");

    tpp.revoke(refresh_token.clone().into()).await;
    for dead in [tokens.access_token(), refreshed.access_token()] {
        assert!(!tpp.introspect(dead.secret()).await.active());
        let (status, body) = tpp.accounts(dead, &consent).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{body}");
        assert_eq!(body["code"], "invalid_token");
    }
    assert_eq!(
        refused(tpp.refresh(refresh_token).await),
        "invalid_grant",
        "a revoked family cannot be refreshed"
    );
}

async fn assert_accounts(tpp: &Tpp, access_token: &AccessToken, consent: &str) {
    let (status, accounts) = tpp.accounts(access_token, consent).await;
    assert_eq!(status, StatusCode::OK, "{accounts}");
    let documented = json!("acc_1234567890");
    let listed = accounts["data"].as_array().unwrap();
    assert!(listed.iter().any(|one| one["account_id"] == documented));
}

/// Goal: what the library makes of the refusals of the token endpoint.
#[tokio::test]
async fn the_library_understands_the_refusals_of_the_token_endpoint() {
    let bank = bank(8);
    for wishes in &TPPS {
        let tpp = Tpp::register(&bank, wishes).await;
        let consent = tpp.create_consent().await;

        let asked = tpp.ask(Mode::Jarm, &consent);
        let code = code(&tpp, &asked).await;
        let another = tpp.ask(Mode::Jarm, &consent);
        assert_eq!(
            refused(tpp.exchange(&another, &code).await),
            "invalid_grant",
            "another request's PKCE verifier"
        );

        let asked = tpp.ask(Mode::Jarm, &consent);
        let code = self::code(&tpp, &asked).await;
        let tokens = tpp.exchange(&asked, &code).await.unwrap();
        assert_eq!(
            refused(tpp.exchange(&asked, &code).await),
            "invalid_grant",
            "a code used twice"
        );
        let known = tpp.introspect(tokens.access_token().secret()).await;
        assert!(!known.active(), "a code used twice takes its tokens along");
        let (status, body) = tpp.accounts(tokens.access_token(), &consent).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{body}");
    }
}

async fn code(tpp: &Tpp, asked: &Asked) -> String {
    let location = tpp.authorize(asked, Carriage::Pushed).await;
    tpp.verify_answer(asked, &location).code
}

/// Goal: a TPP that verifies as the library does is told why it was turned away, in both response modes.
#[tokio::test]
async fn a_refusal_comes_back_as_strictly_as_a_code() {
    let bank = bank(9);
    let tpp = Tpp::register(&bank, &TPPS[0]).await;
    for mode in [Mode::Hybrid, Mode::Jarm] {
        let consent = tpp.create_consent().await;
        let mut asked = tpp.ask(mode, &consent);
        // By its signature the bank knows that the client asked for this; the consent is not its own.
        asked.claims["claims"]["id_token"]["openbanking_intent_id"]["value"] =
            json!("consent_ais_of_nobody");
        for carriage in [Carriage::ByValue, Carriage::Bare] {
            let location = tpp.authorize(&asked, carriage).await;
            let refusal = tpp.verify_refusal(&asked, &location);
            assert_eq!(refusal.error, "invalid_request", "{mode:?}: {refusal:?}");
            assert!(refusal.description.contains("consent"), "{refusal:?}");
        }
    }
}

/// Goal: the library rejects what was made for somebody else, so that what it accepts means something.
#[tokio::test]
async fn the_library_would_have_noticed_a_wrong_answer() {
    let bank = bank(10);
    let tpp = Tpp::register(&bank, &TPPS[0]).await;
    let stranger = Tpp::register(&bank, &TPPS[2]).await;
    let other_bank = self::bank(99);
    let elsewhere = Tpp::register(&other_bank, &TPPS[0]).await;
    let consent = tpp.create_consent().await;
    let asked = tpp.ask(Mode::Jarm, &consent);
    let code = code(&tpp, &asked).await;
    let tokens = tpp.exchange(&asked, &code).await.unwrap();
    let token = tokens.id_token().unwrap();
    let complaint = |who: &Tpp, nonce: &Nonce| {
        let complaint = who.judge_id_token(token, nonce).unwrap_err();
        complaint.to_string().to_lowercase()
    };
    assert!(tpp.judge_id_token(token, &asked.nonce).is_ok());
    assert!(complaint(&tpp, &Nonce::new_random()).contains("nonce"));
    assert!(complaint(&stranger, &asked.nonce).contains("audience"));
    assert!(complaint(&elsewhere, &asked.nonce).contains("issuer"));
}

/// The registered word of a refusal, read by the library.
fn refused<T: std::fmt::Debug>(answer: Result<T, TokenFailure>) -> String {
    match answer {
        Err(RequestTokenError::ServerResponse(refusal)) => word(&refusal),
        other => panic!("a refusal was due: {other:?}"),
    }
}

fn word(refusal: &StandardErrorResponse<CoreErrorResponseType>) -> String {
    let description = refusal.error_description().unwrap();
    assert!(!description.is_empty());
    refusal.error().as_ref().to_owned()
}

/// One claim of a decoded JWT, as text.
fn text<'a>(claims: &'a Value, name: &str) -> &'a str {
    claims[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} in {claims}"))
}

/// A TPP has a clock of its own, and it is real.
#[expect(clippy::disallowed_methods, reason = "the bank's clock is the bank's")]
fn unix_seconds() -> i64 {
    time::OffsetDateTime::now_utc().unix_timestamp()
}
