//! Keys from elsewhere: when they are fetched, and what becomes of those that were withdrawn.

use std::io::{Read as _, Write as _};

use http::Request;
use serde_json::json;
use time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::*;
use crate::bank::State;
use crate::bank::opening::{self, Opening};
use crate::clock::Clock;
use crate::fault::connections::Connections;
use crate::fixture::InMemoryBank;
use crate::id::ClientId;
use crate::jose::{SigningKey, jwks};
use crate::oauth::registration::metadata::Asked;
use crate::oauth::registration::statement::Software;
use crate::oauth::registration::{Candidate, Form as Sent};
use crate::oauth::scope::Scope;
use crate::pki::{Authority, PspRole, fresh_p256_key};
use crate::scenario::Scenario;

const START: Timestamp = Timestamp::from_unix_seconds(1_705_314_600);

fn key() -> SigningKey {
    SigningKey::from_pem(&fresh_p256_key().unwrap()).unwrap()
}

fn bank() -> Arc<Bank> {
    let elsewhere = jwks(&[&key()]).to_string();
    let scenario = format!(
        "version: 1\nname: elsewhere\nbank:\n  trust: [{{directory: Elsewhere, jwks: '{elsewhere}'}}]\n"
    );
    let scenario = Scenario::parse("test", &scenario).unwrap();
    let authority = Arc::new(Authority::mint(START).unwrap());
    let opening = Opening {
        name: "main",
        issuer: "https://localhost:8443",
        connections: Connections::Tls,
        clock: Clock::fixed(START),
        authority: &authority,
        store: None,
        test_keys: true,
    };
    Arc::new(opening::open(&scenario, &opening).unwrap().0)
}

/// Registers a client whose keys are at `url`; the bank has read `keys` there.
fn register(bank: &Bank, url: &str, keys: &SigningKey) -> ClientId {
    register_at(bank, url, &jwks(&[keys]), START)
}

/// The same, with any set of keys read at any time.
fn register_at(bank: &Bank, url: &str, keys: &Value, read_at: Timestamp) -> ClientId {
    let software = Software {
        id: "software".to_owned(),
        name: "Willow".to_owned(),
        org_id: "org".to_owned(),
        roles: vec![PspRole::AccountInformation],
        redirect_uris: vec!["https://localhost/cb".to_owned()],
        jwks_endpoint: url.to_owned(),
        authority: None,
    };
    let asked = Asked {
        members: (json!({ "token_endpoint_auth_signing_alg": "ES256" }))
            .as_object()
            .cloned()
            .unwrap(),
        software: Arc::new(software),
        client_id: None,
    };
    let candidate = Candidate {
        metadata: asked.read().unwrap(),
        software: Arc::clone(&asked.software),
        is_built_in: false,
        statement: "statement".into(),
        keys: KeySet::from_jwks(keys).unwrap(),
        form: Sent::Json,
        certificate: None,
        identifier: None,
    };
    let registered = bank.state(|state| {
        let read = candidate.keys.clone();
        state.fetched_keys.remember(url, Ok(read), read_at);
        let now = bank.clock.now();
        state.oauth.register(candidate, now, &mut Trail::default())
    });
    registered.unwrap().0.client.id.clone()
}

async fn serve_once(document: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 1024]).await;
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
            document.len()
        );
        let _ = stream
            .write_all(format!("{head}{document}").as_bytes())
            .await;
    });
    format!("http://{address}/keys")
}

async fn call(
    bank: &Arc<Bank>,
    client: &ClientId,
    key: &SigningKey,
    after: Duration,
) -> Vec<String> {
    let claims = json!({ "iss": client.as_str(), "sub": client.as_str() });
    let assertion = key.sign(None, claims.as_object().unwrap());
    let body = Bytes::from(format!("client_assertion={assertion}"));
    let request = Request::post(TOKEN).body(()).unwrap();
    let head = Head::from_parts(request.into_parts().0);
    let now = Now {
        bank: START,
        real: START.plus(after),
    };
    make_ready(bank, &head, Some(&body), now).await;
    let known = bank.state(|state| state.oauth.client(client.as_str()));
    known.unwrap().keys.kids().map(str::to_owned).collect()
}

#[tokio::test]
async fn keys_are_read_anew_at_their_first_use_after_a_minute() {
    let minute = Duration::minutes(1);
    for signs_with_the_new_one in [true, false] {
        let (bank, old, new) = (bank(), key(), key());
        let url = serve_once(jwks(&[&new]).to_string()).await;
        let client = register(&bank, &url, &old);
        let just_before = call(&bank, &client, &new, minute - Duration::seconds(1)).await;
        assert_eq!(just_before, [old.kid()]);
        let signer = if signs_with_the_new_one { &new } else { &old };
        assert_eq!(call(&bank, &client, signer, minute).await, [new.kid()]);
        // Whoever asked again would be left without an answer.
        let just_before = minute * 2 - Duration::seconds(1);
        assert_eq!(call(&bank, &client, &old, just_before).await, [new.kid()]);
    }
}

#[tokio::test]
async fn what_was_read_for_one_client_of_a_software_serves_the_others() {
    let (bank, old, new) = (bank(), key(), key());
    let url = serve_once(jwks(&[&new]).to_string()).await;
    let [one, other] = [(); 2].map(|()| register(&bank, &url, &old));
    let stranger = register(&bank, "http://127.0.0.1:1/keys", &old);
    let minute = Duration::minutes(1);
    assert_eq!(call(&bank, &one, &new, minute).await, [new.kid()]);
    let known = bank.state(|state| state.oauth.client(other.as_str()).unwrap());
    assert_eq!(known.keys.kids().collect::<Vec<_>>(), [new.kid()]);
    let known = bank.state(|state| state.oauth.client(stranger.as_str()).unwrap());
    assert_eq!(known.keys.kids().collect::<Vec<_>>(), [old.kid()]);
    let unheard_of = call(&bank, &other, &key(), minute).await;
    assert_eq!(unheard_of, [new.kid()], "a kid that is not there either");
}

#[tokio::test]
async fn a_signature_over_a_payment_is_a_use_too_and_a_call_without_one_is_none() {
    for (header, token_is_known, is_use) in [
        ("x-jws-signature", true, true),
        ("x-jws-signature", false, false),
        ("x-other", true, false),
    ] {
        let (bank, old, new) = (bank(), key(), key());
        let url = serve_once(jwks(&[&new]).to_string()).await;
        let client = register(&bank, &url, &old);
        let scope = Scope::parse("payments").unwrap();
        let mint = |state: &mut State| state.oauth.mint(client.as_str(), scope, None, START);
        let token = bank.state(mint);
        let token = if token_is_known { &*token } else { "unknown" };
        let request = Request::post("/open-banking/v1/payments")
            .header("authorization", format!("Bearer {token}"))
            .header(header, "e30..x");
        let head = Head::from_parts(request.body(()).unwrap().into_parts().0);
        let now = Now {
            bank: START,
            real: START.plus(Duration::minutes(1)),
        };
        make_ready(&bank, &head, Some(&Bytes::new()), now).await;
        let known = bank.state(|state| state.oauth.client(client.as_str()).unwrap());
        let expected = if is_use { new.kid() } else { old.kid() };
        let kids: Vec<_> = known.keys.kids().collect();
        assert_eq!(kids, [expected], "{header} {token_is_known}");
    }
}

/// A bank at real time, and a client whose `keys` it read at `url` a minute ago.
fn a_minute_later(url: &str, keys: &Value) -> (InMemoryBank, ClientId) {
    let elsewhere = jwks(&[&key()]).to_string();
    let trust = format!("trust: [{{directory: Elsewhere, jwks: '{elsewhere}'}}]");
    let scenario = format!("version: 1\nname: rotation\nbank:\n  profile: relaxed\n  {trust}\n");
    let bank = InMemoryBank::builder().scenario_text(scenario);
    let bank = bank.in_memory().unwrap();
    let inner = bank.bank();
    let minute_ago = inner.clock.now().real.plus(-Duration::minutes(1));
    let client = register_at(&inner, url, keys, minute_ago);
    (bank, client)
}

/// Asks for a token with an assertion by `key`: status, body, and what the journal says.
fn ask(bank: &InMemoryBank, client: &ClientId, key: &SigningKey) -> (u16, Value, Value) {
    let now = bank.bank().clock.now().real.unix_seconds();
    let claims = json!({
        "iss": client.as_str(), "sub": client.as_str(), "aud": bank.issuer(), "exp": now + 60,
        "jti": bank.bank().interactions.uuid(),
    });
    let assertion = key.sign(None, claims.as_object().unwrap());
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let body = format!(
        "grant_type=client_credentials&client_assertion_type={kind}&client_assertion={assertion}"
    );
    let request = Request::post(TOKEN)
        .header("host", "localhost:8443")
        .header("content-type", "application/x-www-form-urlencoded");
    let answer = bank.send(request.body(body.into_bytes()).unwrap(), None);
    let entry = answer.headers()["x-hamster-request"].to_str().unwrap();
    let entry = bank.requests().get(entry).unwrap();
    let body = serde_json::from_slice(answer.body()).unwrap();
    (answer.status().as_u16(), body, entry)
}

/// Answers one call with this, on a port of the system's choice.
fn answer_once(status: &'static str, document: String) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 2048]);
        let length = document.len();
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n");
        let _ = stream.write_all(format!("{head}{document}").as_bytes());
    });
    format!("http://{address}/keys")
}

#[test]
fn a_withdrawn_key_stops_and_the_one_in_its_place_serves() {
    let [stays, goes, comes] = [key(), key(), key()];
    let url = answer_once("200 OK", jwks(&[&stays, &comes]).to_string());
    let mut before = jwks(&[&stays, &goes, &goes]);
    // The same kid now names another key.
    before["keys"][2]["kid"] = comes.kid().into();
    let (bank, client) = a_minute_later(&url, &before);
    let (status, body, entry) = ask(&bank, &client, &goes);
    assert_eq!((status, &body["error"]), (401, &json!("invalid_client")));
    assert_eq!(entry["verdict"], "client_assertion.signature");
    for key in [&stays, &comes] {
        let (status, body, entry) = ask(&bank, &client, key);
        assert_eq!((status, &entry["verdict"]), (200, &json!("ok")), "{body}");
        assert!(!entry["lint"].to_string().contains(&url), "{entry}");
    }
}

#[test]
fn keys_that_cannot_be_read_stay_in_use_and_the_journal_says_so() {
    for (status, document, reason) in [
        ("503 Busy", "", "the server answered 503"),
        ("200 OK", "no json", ""),
        ("200 OK", r#"{"keys": [{"kty": "oct", "k": "AA"}]}"#, ""),
    ] {
        let kept = key();
        let url = answer_once(status, document.to_owned());
        let (bank, client) = a_minute_later(&url, &jwks(&[&kept]));
        // The second call does not ask again, and is told the same.
        for _ in 0..2 {
            let (status, body, entry) = ask(&bank, &client, &kept);
            assert_eq!(status, 200, "{document}: {body}");
            let told = entry["lint"][0].as_str().unwrap_or_default();
            let begins = format!("the keys at {url} cannot be read: {reason}");
            let is_told = told.starts_with(&begins) && told.ends_with(" stay in use");
            assert!(is_told, "{document}: {entry}");
        }
    }
}

/// The same, but only once the second channel says so; the first says that somebody asks.
async fn serve_once_when_told(
    document: String,
) -> (String, oneshot::Receiver<()>, oneshot::Sender<()>) {
    let url = serve_once(document).await;
    let address = url.trim_start_matches("http://").trim_end_matches("/keys");
    let (asks, asked) = oneshot::channel();
    let (tell, told) = oneshot::channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let slow = format!("http://{}/keys", listener.local_addr().unwrap());
    let address = address.to_owned();
    tokio::spawn(async move {
        let (mut near, _) = listener.accept().await.unwrap();
        asks.send(()).unwrap();
        told.await.unwrap();
        let mut far = TcpStream::connect(address).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
    });
    (slow, asked, tell)
}

#[tokio::test]
async fn who_leaves_while_keys_are_fetched_leaves_them_to_the_next() {
    let (bank, old, new) = (bank(), key(), key());
    let document = jwks(&[&new]).to_string();
    let (url, asked, tell) = serve_once_when_told(document).await;
    let client = register(&bank, &url, &old);
    let minute = Duration::minutes(1);
    tokio::select! {
        kids = call(&bank, &client, &new, minute) => panic!("nobody has answered: {kids:?}"),
        asked = asked => asked.unwrap(),
    }
    tell.send(()).unwrap();
    assert_eq!(call(&bank, &client, &new, minute).await, [new.kid()]);
}

#[tokio::test]
async fn who_comes_while_keys_are_fetched_waits_for_them_and_asks_nobody() {
    let (bank, old, new) = (bank(), key(), key());
    let document = jwks(&[&new]).to_string();
    let (url, asked, tell) = serve_once_when_told(document).await;
    let [one, other] = [(); 2].map(|()| register(&bank, &url, &old));
    let minute = Duration::minutes(1);
    let (first, second, third, ()) = tokio::join!(
        call(&bank, &one, &new, minute),
        call(&bank, &one, &new, minute),
        call(&bank, &other, &new, minute),
        async {
            asked.await.unwrap();
            tell.send(()).unwrap();
        },
    );
    for kids in [first, second, third] {
        assert_eq!(kids, [new.kid()]);
    }
}

#[tokio::test]
async fn what_cannot_be_read_takes_no_key_away() {
    for document in ["no json", "{}", r#"{"keys": [{"kty": "oct", "k": "AA"}]}"#] {
        let (bank, old, new) = (bank(), key(), key());
        let url = serve_once(document.to_owned()).await;
        let client = register(&bank, &url, &old);
        let kids = call(&bank, &client, &new, Duration::minutes(1)).await;
        assert_eq!(kids, [old.kid()], "{document}");
    }
}
