//! The awaiting step before a handler: keys of software that another directory vouches for are fetched from
//! where its statement says they are.
//!
//! Handlers wait for nothing, so what they may need is made ready here: at a registration, and when a
//! client signs with a `kid` the bank has not seen. The bank's own directory is never asked over the wire,
//! and only an address in a statement with a good signature is.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use crate::bank::{Bank, State};
use crate::clock::{Now, Timestamp};
use crate::jose::{Jws, KeySet};
use crate::json;
use crate::oauth::client::Client;
use crate::oauth::metadata::{AUTHORIZE, INTROSPECT, PAR, REVOKE, TOKEN};
use crate::oauth::registration::REGISTER;
use crate::oauth::registration::statement;
use crate::rule::Trail;
use crate::wire::form::Form;
use crate::wire::request::Head;
use crate::wire::turns::{Taken, Turn};

/// Fetches the keys that a call needs and the bank has not, at most once a minute for each address. Calls
/// that need the same ones wait for the same fetch.
pub(super) async fn make_ready(bank: &Arc<Bank>, head: &Head, body: Option<&Bytes>, now: Now) {
    if bank.directories.iter().all(|known| known.is_built_in) {
        return;
    }
    while let Some(needed) = needed(bank, head, body) {
        match bank.fetching.take(&needed.url) {
            // What it brings may be what is needed here.
            Turn::Others(waiting) => waiting.over().await,
            Turn::Own(turn) => {
                let may_fetch =
                    |state: &mut State| state.fetched_keys.may_fetch(&needed.url, now.real);
                if bank.state(may_fetch) {
                    let waiting = turn.waiting();
                    // A task of its own, so that nobody who leaves takes it along.
                    tokio::spawn(fetch(Arc::clone(bank), needed, turn, now.real));
                    waiting.over().await;
                }
                return;
            }
        }
    }
}

/// Fetches keys while it is this turn's, and remembers what came of it.
async fn fetch(bank: Arc<Bank>, needed: Needed, turn: Taken, now_real: Timestamp) {
    let read = bank.fetcher.fetch(&needed.url).await;
    let read = read
        .map_err(|fault| fault.to_string())
        .and_then(|text| json::read(&text).map_err(|error| error.to_string()))
        .and_then(|jwks| KeySet::from_jwks(&jwks).map_err(|fault| fault.to_string()));
    bank.state(|state| {
        if let (Ok(keys), Some(client)) = (&read, &needed.client) {
            state.oauth.replace_keys(&client.id, keys.clone());
        }
        state.fetched_keys.remember(&needed.url, read, now_real);
    });
    drop(turn);
}

/// Keys a call needs.
struct Needed {
    url: String,
    /// Whose they are, when it is registered already.
    client: Option<Arc<Client>>,
}

fn needed(bank: &Bank, head: &Head, body: Option<&Bytes>) -> Option<Needed> {
    let path = head.path.as_str();
    if path == REGISTER || path.starts_with("/register/") {
        return for_registration(bank, body?);
    }
    let form = match path {
        AUTHORIZE => head.query_form().ok()?,
        PAR | TOKEN | INTROSPECT | REVOKE => Form::parse(body?).ok()?,
        _ => return None,
    };
    for_client(bank, &form)
}

fn for_registration(bank: &Bank, body: &Bytes) -> Option<Needed> {
    let text = str::from_utf8(body).ok()?.trim();
    let signed = Jws::parse(text).ok();
    let members = match &signed {
        Some(jws) => jws.unverified_claims().clone(),
        None => json::read_object(text.as_bytes()).ok()?,
    };
    let text = members.get("software_statement").and_then(Value::as_str)?;
    // The handler verifies it again, and notes in the journal what it found.
    let verified = statement::verify(text, &bank.directories, &mut Trail::default());
    let (claims, directory) = verified.ok()?;
    if directory.is_built_in {
        return None;
    }
    let url = claims.str("software_jwks_endpoint")?.to_owned();
    let kid = signed.as_ref().and_then(|jws| jws.claimed_kid());
    let held = bank.state(|state| state.fetched_keys.of(&url));
    let is_held = held.is_ok_and(|keys| kid.is_none_or(|kid| has(&keys, kid)));
    (!is_held).then_some(Needed { url, client: None })
}

fn for_client(bank: &Bank, form: &Form) -> Option<Needed> {
    let jws = ["client_assertion", "request"]
        .into_iter()
        .filter_map(|name| Jws::parse(form.get(name)?).ok());
    let jws: Vec<_> = jws.collect();
    let claimed = form.get("client_id").map(str::to_owned).or_else(|| {
        let claims = jws.first()?.unverified_claims();
        let claimed = claims.get("sub").or_else(|| claims.get("iss"))?;
        claimed.as_str().map(str::to_owned)
    })?;
    let registration = bank.state(|state| state.oauth.registration(&claimed))?;
    if registration.candidate.is_built_in {
        return None;
    }
    let client = bank.state(|state| state.oauth.client(&claimed))?;
    let kids = jws.iter().filter_map(|jws| jws.claimed_kid());
    let wanted: Vec<_> = kids.filter(|kid| !has(&client.keys, kid)).collect();
    if wanted.is_empty() {
        return None;
    }
    let url = registration.candidate.software.jwks_endpoint.clone();
    // They may have been read for another client of the same software, less than a minute ago.
    let is_held = bank.state(|state| match state.fetched_keys.of(&url) {
        Ok(keys) if wanted.iter().all(|kid| has(&keys, kid)) => {
            state.oauth.replace_keys(&client.id, keys);
            true
        }
        Ok(_) | Err(_) => false,
    });
    (!is_held).then_some(Needed {
        url,
        client: Some(client),
    })
}

fn has(keys: &KeySet, kid: &str) -> bool {
    keys.kids().any(|known| known == kid)
}

#[cfg(test)]
mod tests {
    use http::Request;
    use serde_json::json;
    use time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::oneshot;

    use super::*;
    use crate::bank::opening::{self, Opening};
    use crate::clock::Clock;
    use crate::fault::connections::Connections;
    use crate::id::ClientId;
    use crate::jose::{SigningKey, jwks};
    use crate::oauth::registration::metadata::Asked;
    use crate::oauth::registration::statement::Software;
    use crate::oauth::registration::{Candidate, Form as Sent};
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
            members: serde_json::Map::new(),
            software: Arc::new(software),
            client_id: None,
        };
        let candidate = Candidate {
            metadata: asked.read().unwrap(),
            software: Arc::clone(&asked.software),
            is_built_in: false,
            statement: "statement".into(),
            keys: KeySet::from_jwks(&jwks(&[keys])).unwrap(),
            form: Sent::Json,
            certificate: None,
            identifier: None,
        };
        let registered = bank.state(|state| {
            let read = candidate.keys.clone();
            state.fetched_keys.remember(url, Ok(read), START);
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
    async fn a_new_kid_is_looked_for_once_the_minute_is_over() {
        let (bank, old, new) = (bank(), key(), key());
        let url = serve_once(jwks(&[&new]).to_string()).await;
        let client = register(&bank, &url, &old);
        let minute = Duration::minutes(1);
        let just_before = call(&bank, &client, &new, minute - Duration::seconds(1)).await;
        assert_eq!(just_before, [old.kid()]);
        assert_eq!(
            call(&bank, &client, &old, minute).await,
            [old.kid()],
            "a kid it knows"
        );
        assert_eq!(call(&bank, &client, &new, minute).await, [new.kid()]);
    }

    #[tokio::test]
    async fn what_was_read_for_one_client_of_a_software_serves_the_others() {
        let (bank, old, new) = (bank(), key(), key());
        let url = serve_once(jwks(&[&new]).to_string()).await;
        let [one, other] = [(); 2].map(|()| register(&bank, &url, &old));
        let minute = Duration::minutes(1);
        assert_eq!(call(&bank, &one, &new, minute).await, [new.kid()]);
        let unheard_of = call(&bank, &other, &key(), minute).await;
        assert_eq!(unheard_of, [old.kid()], "a kid that is not there either");
        assert_eq!(call(&bank, &other, &new, minute).await, [new.kid()]);
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
}
