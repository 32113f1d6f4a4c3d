//! The bank that is toured, as its ready document describes it, and the kits that lie in its files.

use std::fs;
use std::sync::Arc;

use serde_json::Value;

use crate::jose::{Algorithm, SigningKey};
use crate::pki::Credential;
use crate::tpp::call::{Answer, Call};
use crate::tpp::connection::{self, Tls};
use crate::tpp::kit::{AuthMethod, Kit};

use super::walk::Wrong;

/// The control API of a bank.
#[derive(Clone, Debug)]
pub(super) struct Control {
    url: String,
    token: Option<String>,
}

impl Control {
    /// The API at this URL, behind this token if it has one.
    pub(super) fn new(url: &str, token: Option<String>) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            token,
        }
    }

    /// A call to it that reads.
    pub(super) fn get(&self, path: &str) -> Call {
        self.signed(Call::get(&format!("{}{path}", self.url)))
    }

    /// A call to it that changes something.
    pub(super) fn post(&self, path: &str, document: Value) -> Call {
        let call = Call::new(http::Method::POST, &format!("{}{path}", self.url));
        self.signed(call.with_json(document))
    }

    fn signed(&self, call: Call) -> Call {
        match &self.token {
            Some(token) => call.with_header("Authorization", format!("Bearer {token}")),
            None => call,
        }
    }
}

/// What stands around the TPPs.
#[derive(Debug)]
pub(super) struct Surroundings {
    /// How to steer the bank.
    pub(super) control: Control,
    /// Where the bank tells what it is.
    pub(super) discovery_url: String,
    /// Where the resources are.
    pub(super) api_url: String,
    /// The CA's certificate, as a file and as text.
    pub(super) ca_file: String,
    pub(super) ca_pem: String,
    /// TLS without a client certificate.
    pub(super) bare: Tls,
}

impl Surroundings {
    /// Whether the bank leaves TLS to somebody else.
    pub(super) fn is_plain(&self) -> bool {
        self.discovery_url.starts_with("http://")
    }
}

/// A kit, and the files a `curl` line names.
#[derive(Debug)]
pub(super) struct FiledKit {
    pub(super) kit: Kit,
    pub(super) name: String,
    /// Whether its registration has the scope of payments.
    pub(super) may_pay: bool,
    pub(super) files: Arc<Files>,
}

/// The files of a client's certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Files {
    pub(super) cert: String,
    pub(super) key: String,
}

/// A bank about to be toured.
#[derive(Debug)]
pub(super) struct Toured {
    pub(super) surroundings: Surroundings,
    /// One client of each way to prove oneself: by assertion, by certificate.
    pub(super) kits: (FiledKit, FiledKit),
}

impl Toured {
    /// Asks a bank for its ready document, and reads the files it names.
    ///
    /// # Errors
    /// When nobody answers, a file cannot be read, or the bank is not one the tour can show.
    pub(super) async fn read(control: Control) -> Result<Self, Wrong> {
        let answer = connection::send(&control.get("/ready"), None).await?;
        let ready = ready(&answer)?;
        let profile = text(&ready, "profile")?;
        if profile != "fapi1-advanced" {
            return Err(Wrong::Unsuitable(format!(
                "the tour shows a strict bank (profile fapi1-advanced); \
                 this one's profile is {profile}"
            )));
        }
        let ca_file = text(&ready, "ca_file")?;
        let ca_pem = read_file(&ca_file)?;
        let kits = (
            kit(&ready, AuthMethod::PrivateKeyJwt, "private_key_jwt")?,
            kit(&ready, AuthMethod::TlsClientAuth, "tls_client_auth")?,
        );
        let surroundings = Surroundings {
            control,
            discovery_url: text(&ready, "discovery_url")?,
            api_url: text(&ready, "api_url")?,
            bare: Tls::new(&ca_pem, None)?,
            ca_file,
            ca_pem,
        };
        Ok(Self { surroundings, kits })
    }
}

fn ready(answer: &Answer) -> Result<Value, Wrong> {
    if answer.status == http::StatusCode::UNAUTHORIZED {
        let words = "the control API asks for a token: give it with --control-token";
        return Err(Wrong::Unsuitable(words.to_owned()));
    }
    let document = answer.json().ok();
    let is_ready = |document: &Value| document.get("event").is_some_and(|event| event == "ready");
    document.filter(is_ready).ok_or_else(|| {
        let words = "expected a bank's ready document there: is this its control URL?";
        Wrong::Unsuitable(words.to_owned())
    })
}

/// The first client that proves itself so.
fn kit(ready: &Value, method: AuthMethod, method_name: &str) -> Result<FiledKit, Wrong> {
    let clients = ready.get("clients").and_then(Value::as_array);
    let is_wanted = |client: &&Value| {
        let name = client.get("token_endpoint_auth_method");
        name.and_then(Value::as_str).and_then(AuthMethod::parse) == Some(method)
    };
    let client = clients
        .into_iter()
        .flatten()
        .find(is_wanted)
        .ok_or_else(|| {
            let words = "the tour needs a client with kit files that proves itself by";
            Wrong::Unsuitable(format!("{words} {method_name}; this bank has none"))
        })?;
    let files = Files {
        cert: text(client, "transport_cert_file")?,
        key: text(client, "transport_key_file")?,
    };
    let id = text(client, "client_id")?;
    let signing = read_file(&text(client, "signing_key_file")?)?;
    let signing = SigningKey::from_pem(&signing)
        .map_err(|fault| Wrong::Unsuitable(format!("the signing key of {id}: {fault}")))?;
    let alg = text(client, "id_token_signed_response_alg")?;
    let redirect_uri = client.pointer("/redirect_uris/0").and_then(Value::as_str);
    let kit = Kit {
        redirect_uri: redirect_uri.unwrap_or_default().to_owned(),
        auth_method: method,
        id_token_alg: Algorithm::parse(&alg).ok_or_else(|| missing("a signature algorithm"))?,
        transport: Credential {
            cert_pem: read_file(&files.cert)?,
            key_pem: read_file(&files.key)?,
        },
        signing: signing.with_kid(text(client, "signing_kid")?),
        client_id: id,
    };
    let scope = client.get("scope").and_then(Value::as_str);
    let mut scope = scope.unwrap_or_default().split(' ');
    Ok(FiledKit {
        kit,
        name: text(client, "name")?,
        may_pay: scope.any(|token| token == "payments"),
        files: Arc::new(files),
    })
}

fn text(document: &Value, name: &str) -> Result<String, Wrong> {
    let member = document.get(name).and_then(Value::as_str);
    member.map(str::to_owned).ok_or_else(|| missing(name))
}

fn missing(what: &str) -> Wrong {
    Wrong::Unsuitable(format!("the ready document lacks {what}"))
}

fn read_file(path: &str) -> Result<String, Wrong> {
    fs::read_to_string(path).map_err(|source| {
        let words =
            "the tour reads the files the ready document names, so it runs where the bank runs";
        Wrong::Unsuitable(format!("cannot read {path} ({source}): {words}"))
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: &'static str) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from(body),
        }
    }

    #[test]
    fn what_is_no_ready_document_is_refused_with_advice() {
        for (why, status, body, advice) in [
            ("a token is wanted", 401, "{}", "--control-token"),
            ("a page", 200, "<html>", "control URL"),
            ("other JSON", 200, r#"{"event":"failed"}"#, "control URL"),
            ("a list", 200, "[]", "control URL"),
            ("nothing", 404, "", "control URL"),
        ] {
            let wrong = ready(&answer(status, body)).unwrap_err().to_string();
            assert!(wrong.contains(advice), "{why}: {wrong}");
        }
        assert!(ready(&answer(200, r#"{"event":"ready"}"#)).is_ok());
    }

    #[test]
    fn a_bank_without_the_clients_or_the_files_of_a_tour_is_refused() {
        let client = json!({
            "client_id": "a", "name": "A", "token_endpoint_auth_method": "private_key_jwt",
        });
        let mut filed = client.clone();
        for name in [
            "transport_cert_file",
            "transport_key_file",
            "signing_key_file",
        ] {
            filed[name] = json!("/no/such/file");
        }
        for (why, ready, advice) in [
            ("no clients", json!({}), "needs a client"),
            (
                "none of this method",
                json!({"clients": [{}]}),
                "needs a client",
            ),
            (
                "no files",
                json!({"clients": [client]}),
                "lacks transport_cert_file",
            ),
            (
                "files elsewhere",
                json!({"clients": [filed]}),
                "where the bank runs",
            ),
        ] {
            let kit = kit(&ready, AuthMethod::PrivateKeyJwt, "private_key_jwt");
            let wrong = kit.unwrap_err().to_string();
            assert!(wrong.contains(advice), "{why}: {wrong}");
        }
    }

    #[test]
    fn the_token_of_the_control_api_goes_with_every_call() {
        let control = Control::new("http://bank.test/", Some("secret".to_owned()));
        for call in [control.get("/clock"), control.post("/clock", json!({}))] {
            assert_eq!(call.url, "http://bank.test/clock");
            let header = ("Authorization", "Bearer secret".to_owned());
            assert!(call.headers.contains(&header));
        }
        let open = Control::new("http://bank.test", None);
        assert!(open.get("/clock").headers.is_empty());
    }
}
