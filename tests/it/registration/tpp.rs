//! A TPP that registers: its calls, its signatures, and what the bank answered and noted.
//!
//! Nothing here uses the bank's own JOSE code.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hamsterbank::InMemoryBank;
use http::Request;
use josekit::jwk::Jwk;
use josekit::jws::{ES256, JwsSigner, PS256, RS256};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

/// What a customer granted.
pub(crate) struct Granted {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) id_token: String,
    pub(crate) consent: String,
}

pub(crate) fn read_accounts(bank: &InMemoryBank, kit: &Value, client_id: &str) -> Answer {
    let granted = grant(bank, kit, client_id);
    assert!(granted.refresh_token.is_some());
    let headers = [
        (
            "authorization",
            &*format!("Bearer {}", granted.access_token),
        ),
        ("x-consent-id", &*granted.consent),
    ];
    send(bank, ("GET", ACCOUNTS), &headers, "", cert(kit))
}

pub(crate) fn grant(bank: &InMemoryBank, kit: &Value, client_id: &str) -> Granted {
    let own = client_credentials(bank, kit, client_id).text("access_token");
    let headers = [JSON[0], ("authorization", &*format!("Bearer {own}"))];
    let terms =
        json!({ "permissions": ["ReadAccounts"], "expiration_date": "2024-03-15T00:00:00Z" });
    let path = "/consents/account-access";
    let consent = send(
        bank,
        ("POST", path),
        &headers,
        &terms.to_string(),
        cert(kit),
    )
    .text("consent_id");
    let redirect_uri = kit["redirect_uris"][0].as_str().unwrap();
    let request = json!({
        "iss": client_id, "aud": bank.issuer(), "client_id": client_id, "nbf": START, "exp": START + 300,
        "response_type": "code", "response_mode": "jwt", "redirect_uri": redirect_uri, "state": "s",
        "nonce": "n", "scope": "openid accounts", "consent_id": consent, "code_challenge_method": "S256",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    });
    let request = sign(kit, &request);
    let pushed = post(bank, kit, client_id, "/oauth/par", &[("request", &request)]);
    pushed.expect(201, None);
    let query = form(&[
        ("client_id", client_id),
        ("request_uri", &pushed.text("request_uri")),
    ]);
    let answer = send(
        bank,
        ("GET", &format!("/oauth/authorize?{query}")),
        &[],
        "",
        None,
    );
    let (_, response) = answer.location.split_once("response=").unwrap();
    let code = claims_in(response)["code"].as_str().unwrap().to_owned();
    let answer = token(
        bank,
        kit,
        client_id,
        &[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", redirect_uri),
            (
                "code_verifier",
                "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            ),
        ],
    );
    answer.expect(200, None);
    Granted {
        access_token: answer.text("access_token"),
        id_token: answer.text("id_token"),
        refresh_token: answer.body["refresh_token"].as_str().map(str::to_owned),
        consent,
    }
}

pub(crate) fn client_credentials(bank: &InMemoryBank, kit: &Value, client_id: &str) -> Answer {
    token(
        bank,
        kit,
        client_id,
        &[("grant_type", "client_credentials")],
    )
}

pub(crate) fn token(
    bank: &InMemoryBank,
    kit: &Value,
    client_id: &str,
    fields: &[(&str, &str)],
) -> Answer {
    post(bank, kit, client_id, "/oauth/token", fields)
}

/// A call to an endpoint where clients authenticate, as the kit says.
pub(crate) fn post(
    bank: &InMemoryBank,
    kit: &Value,
    client_id: &str,
    path: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let mut fields = fields.to_vec();
    let now = OffsetDateTime::from_unix_timestamp(START)
        .unwrap()
        .unix_timestamp();
    let assertion = sign(
        kit,
        &json!({
            "iss": client_id, "sub": client_id, "aud": bank.issuer(), "exp": now + 1800, "jti": fresh(),
        }),
    );
    if kit["token_endpoint_auth_method"] == "tls_client_auth" {
        fields.push(("client_id", client_id));
    } else {
        fields.push((
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ));
        fields.push(("client_assertion", &assertion));
    }
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    send(bank, ("POST", path), &headers, &form(&fields), cert(kit))
}

/// A name nobody used before.
pub(crate) fn fresh() -> String {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
    uuid(NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
}

pub(crate) fn uuid(number: u32) -> String {
    format!("{number:08x}-0000-4000-8000-000000000000")
}

pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let escaped = |text: &str| -> String {
        let bytes = text.bytes().map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        });
        bytes.collect()
    };
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}

pub(crate) fn register(bank: &InMemoryBank, kit: &Value) -> Answer {
    send(
        bank,
        ("POST", "/register"),
        JSON,
        &kit["registration"].to_string(),
        cert(kit),
    )
}

pub(crate) fn register_signed(bank: &InMemoryBank, kit: &Value, claims: &Value) -> Answer {
    send(
        bank,
        ("POST", "/register"),
        JOSE,
        &sign(kit, claims),
        cert(kit),
    )
}

/// What the UK's tool signs.
pub(crate) fn signed_claims(bank: &InMemoryBank, kit: &Value) -> Value {
    let method = &kit["token_endpoint_auth_method"];
    let claims = json!({
        "iss": kit["software_id"], "aud": bank.issuer(), "iat": START, "exp": START + 1800, "jti": fresh(),
        "software_statement": kit["software_statement"],
        "redirect_uris": ["https://localhost:9443/callback"],
        "grant_types": ["authorization_code", "client_credentials"],
        "response_types": ["code id_token"],
        "scope": "accounts openid",
        "application_type": "web",
        "token_endpoint_auth_method": method,
        "id_token_signed_response_alg": "PS256",
        "request_object_signing_alg": "PS256",
    });
    if method == "tls_client_auth" {
        let subject = &kit["tls_client_auth_subject_dn"];
        return with(claims, &json!({ "tls_client_auth_subject_dn": subject }));
    }
    claims
}

pub(crate) fn manage(
    bank: &InMemoryBank,
    kit: &Value,
    method: &str,
    client_id: &str,
    token: &str,
) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [JSON[0], ("authorization", bearer.as_str())];
    let body = if method == "PUT" {
        kit["registration"].to_string()
    } else {
        String::new()
    };
    send(
        bank,
        (method, &format!("/register/{client_id}")),
        &headers,
        &body,
        cert(kit),
    )
}

/// The members of `change` in the place of those of `value`; null takes one out.
pub(crate) fn with(mut value: Value, change: &Value) -> Value {
    let members = value.as_object_mut().unwrap();
    for (name, changed) in change.as_object().unwrap() {
        match changed {
            Value::Null => members.shift_remove(name),
            changed => members.insert(name.clone(), changed.clone()),
        };
    }
    value
}

pub(crate) fn sign(kit: &Value, claims: &Value) -> String {
    let algorithm = kit["signing_jwk"]["alg"].as_str().unwrap();
    sign_as(algorithm, kit, claims)
}

pub(crate) fn sign_as(algorithm: &str, kit: &Value, claims: &Value) -> String {
    sign_with((algorithm, None), &kit["signing_jwk"], claims)
}

/// Signs with an algorithm, and a `typ` if there is to be one.
pub(crate) fn sign_with(
    (algorithm, typ): (&str, Option<&str>),
    key: &Value,
    claims: &Value,
) -> String {
    let mut members = key.as_object().unwrap().clone();
    let kid = members["kid"].clone();
    members.retain(|name, _| !["alg", "use", "kid"].contains(&name.as_str()));
    let key = Jwk::from_map(members).unwrap();
    let signer: Box<dyn JwsSigner> = match algorithm {
        "ES256" => Box::new(ES256.signer_from_jwk(&key).unwrap()),
        "RS256" => Box::new(RS256.signer_from_jwk(&key).unwrap()),
        _ => Box::new(PS256.signer_from_jwk(&key).unwrap()),
    };
    let mut header = json!({ "alg": algorithm, "kid": kid });
    if let Some(typ) = typ {
        header["typ"] = typ.into();
    }
    let signed = [header, claims.clone()].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    let signed = signed.join(".");
    let signature = signer.sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

pub(crate) fn public(key: &Value) -> Value {
    let mut members = key.as_object().unwrap().clone();
    members.retain(|name, _| !["d", "p", "q", "dp", "dq", "qi"].contains(&name.as_str()));
    Value::Object(members)
}

/// The kit's software statement with other words under the same signature.
pub(crate) fn tampered(kit: &Value) -> String {
    let text = kit["software_statement"].as_str().unwrap();
    let parts: Vec<_> = text.split('.').collect();
    let claims = with(
        claims_in(text),
        &json!({ "software_roles": ["AISP", "PISP"] }),
    );
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    [parts[0], &claims, parts[2]].join(".")
}

pub(crate) fn claims_of(kit: &Value, member: &str) -> Value {
    claims_in(kit[member].as_str().unwrap())
}

pub(crate) fn claims_in(jwt: &str) -> Value {
    let payload = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

pub(crate) fn cert(kit: &Value) -> Option<&str> {
    kit["transport_cert_pem"].as_str()
}

pub(crate) fn bank() -> InMemoryBank {
    scenario("default")
}

pub(crate) fn scenario(name: &str) -> InMemoryBank {
    let builder = InMemoryBank::builder().scenario(name);
    builder.clock_at(start()).in_memory().unwrap()
}

pub(crate) fn start() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(START).unwrap()
}

pub(crate) fn bank_and_kit(wishes: &Value) -> (InMemoryBank, Value) {
    let bank = bank();
    let kit = onboard(&bank, &with(json!({ "name": "Willow" }), wishes));
    (bank, kit)
}

pub(crate) fn onboard(bank: &InMemoryBank, wishes: &Value) -> Value {
    let (status, kit) = control(bank, "POST", "/onboard", &wishes.to_string());
    assert_eq!(status, 201, "{kit}");
    kit
}

pub(crate) fn control(bank: &InMemoryBank, method: &str, path: &str, body: &str) -> (u16, Value) {
    let request = Request::builder().method(method).uri(path);
    let request = request
        .header("host", "localhost:8444")
        .header("content-type", "application/json");
    let answer = bank.control(request.body(body.as_bytes().to_vec()).unwrap());
    let body = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
    (answer.status().as_u16(), body)
}

/// An answer, and what the journal says of it.
#[must_use]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    /// The journal's name of the route.
    pub(crate) route: String,
    pub(crate) verdict: String,
    pub(crate) location: String,
    pub(crate) challenge: String,
}

impl Answer {
    /// The status, and of a refusal the word the client saw and the rule the journal names.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16, refusal: Option<(&str, &str)>) {
        let (error, verdict) =
            refusal.map_or((Value::Null, "ok"), |(error, rule)| (json!(error), rule));
        let seen = self.body.get("error").cloned().unwrap_or_default();
        assert_eq!(
            (self.status, &seen, self.verdict.as_str()),
            (status, &error, verdict),
            "{}",
            self.body
        );
    }

    #[track_caller]
    pub(crate) fn text(&self, member: &str) -> String {
        let text = self.body[member].as_str();
        text.unwrap_or_else(|| panic!("no {member} in {}", self.body))
            .to_owned()
    }
}

pub(crate) fn send(
    bank: &InMemoryBank,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: &str,
    certificate: Option<&str>,
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost:8443");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = bank.send(request.body(body.as_bytes().to_vec()).unwrap(), certificate);
    let header = |name: &str| {
        let value = answer.headers().get(name);
        value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    };
    let entry = control(
        bank,
        "GET",
        &format!("/requests/{}", header("x-hamster-request")),
        "",
    )
    .1;
    if path == "/register" || path.starts_with("/register/") {
        assert!(
            answer.status() == 204 || header("cache-control") == "no-store",
            "{path}"
        );
    }
    Answer {
        status: answer.status().as_u16(),
        body: serde_json::from_slice(answer.body()).unwrap_or(Value::Object(Map::new())),
        route: entry["route"].as_str().unwrap_or_default().to_owned(),
        verdict: entry["verdict"].as_str().unwrap_or_default().to_owned(),
        location: header("location"),
        challenge: header("www-authenticate"),
    }
}

/// The word for a member that may not be so.
pub(crate) const METADATA: &str = "invalid_client_metadata";
pub(crate) const START: i64 = 1_705_314_600;
pub(crate) const DISCOVERY: &str = "/.well-known/openid-configuration";
pub(crate) const ACCOUNTS: &str = "/open-banking/v1/accounts";
pub(crate) const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
pub(crate) const JOSE: &[(&str, &str)] = &[("content-type", "application/jose")];

/// Every claim of the contract's table.
pub(crate) const SSA_CLAIMS: &[&str] = &[
    "iss",
    "iat",
    "jti",
    "software_id",
    "software_client_id",
    "software_client_name",
    "software_client_description",
    "software_client_uri",
    "software_logo_uri",
    "software_policy_uri",
    "software_tos_uri",
    "software_version",
    "software_on_behalf_of_org",
    "software_redirect_uris",
    "software_roles",
    "software_jwks_endpoint",
    "software_jwks_revoked_endpoint",
    "org_jwks_endpoint",
    "org_jwks_revoked_endpoint",
    "software_environment",
    "software_mode",
    "org_id",
    "org_name",
    "org_contacts",
    "org_status",
    "organisation_competent_authority_claims",
];

/// A bank of one customer; TRUST stands for what it trusts besides.
pub(crate) const DIRECTORIES: &str = "
version: 1
name: directories
bank:
  registration: strict
  TRUST
customers:
  - persona: student
    id: clementine
";
