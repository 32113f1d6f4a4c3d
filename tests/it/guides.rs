//! The two published guides, call by call: what they print works to the letter in the `docs` scenario,
//! and the strict bank takes none of it.
//!
//! Each call is written as the guides print it, with their placeholders; only host, ids, keys and what is
//! signed differ. So there is no client certificate here, no PKCE, and a plain code.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::support::{Call, Jwt, TestBank, verified};

/// When the guides were written: where the scenario's clock begins.
const PRINTED_AT: OffsetDateTime = datetime!(2024-01-15 10:30:00 UTC);

/// A call as a guide prints it.
struct Printed {
    method: Method,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: Body,
}

enum Body {
    Empty,
    /// Each `-d` of curl, which joins them and escapes nothing.
    Form(&'static [&'static str]),
    Json(&'static str),
}

/// Getting started, step 1.
const REGISTER: Printed = Printed {
    method: Method::POST,
    path: "/register",
    headers: &[("Content-Type", "application/json")],
    body: Body::Json(
        r#"{
    "software_statement": "<your-ssa-jwt>",
    "redirect_uris": ["https://your-app.com/callback"],
    "token_endpoint_auth_method": "private_key_jwt",
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"]
  }"#,
    ),
};

/// What the guide shows as its answer.
const REGISTERED: &str = r#"{
  "client_id": "550e8400-e29b-41d4-a716-446655440000",
  "client_id_issued_at": 1702512000,
  "registration_access_token": "reg_token_...",
  "registration_client_uri": "/register/550e8400-e29b-41d4-a716-446655440000",
  "redirect_uris": ["https://your-app.com/callback"],
  "scope": "openid accounts transactions",
  "token_endpoint_auth_method": "private_key_jwt"
}"#;

/// Authentication, client credentials flow.
const CLIENT_CREDENTIALS: Printed = Printed {
    method: Method::POST,
    path: "/oauth/token",
    headers: FORM,
    body: Body::Form(&[
        "grant_type=client_credentials",
        "scope=consents",
        "client_id={client_id}",
        "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion={signed_jwt}",
    ]),
};

/// Authentication, creating a consent.
const CREATE_CONSENT: Printed = Printed {
    method: Method::POST,
    path: "/consents/account-access",
    headers: &[
        ("Authorization", "Bearer {client_credentials_token}"),
        ("Content-Type", "application/json"),
    ],
    body: Body::Json(
        r#"{
    "permissions": [
      "ReadAccounts",
      "ReadBalances",
      "ReadTransactions"
    ],
    "expiration_date": "2024-03-15T00:00:00Z",
    "transaction_from_date": "2023-01-01T00:00:00Z"
  }"#,
    ),
};

/// Authentication, authorization code flow, step 1: the guide names the endpoint, and RFC 6749 the rest.
const AUTHORIZE: Printed = Printed {
    method: Method::GET,
    path: "/oauth/authorize?response_type=code&client_id={client_id}\
           &redirect_uri=https://your-app.com/callback&scope=openid%20accounts%20transactions\
           &state=xyz&consent_id={consent_id}",
    headers: &[],
    body: Body::Empty,
};

/// Getting started, step 3.
const EXCHANGE_CODE: Printed = Printed {
    method: Method::POST,
    path: "/oauth/token",
    headers: FORM,
    body: Body::Form(&[
        "grant_type=authorization_code",
        "code={authorization_code}",
        "redirect_uri=https://your-app.com/callback",
        "client_id={client_id}",
        "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion={signed_jwt}",
    ]),
};

/// Getting started, step 4.
const LIST_ACCOUNTS: Printed = Printed {
    method: Method::GET,
    path: "/open-banking/v1/accounts",
    headers: &[
        ("Authorization", "Bearer {access_token}"),
        ("X-Consent-ID", "{consent_id}"),
    ],
    body: Body::Empty,
};

/// What the guide shows as its answer.
const ACCOUNTS: &str = r#"{
  "data": [
    {
      "account_id": "acc_1234567890",
      "status": "enabled",
      "currency": "GBP",
      "account_type": "current",
      "nickname": "Main Account",
      "identifiers": [
        {
          "scheme": "SortCodeAccountNumber",
          "id": "608371-12345678"
        },
        {
          "scheme": "IBAN",
          "id": "GB33BUKB60837112345678"
        }
      ]
    }
  ],
  "links": {
    "self": "/accounts"
  }
}"#;

/// Authentication, refreshing tokens.
const REFRESH: Printed = Printed {
    method: Method::POST,
    path: "/oauth/token",
    headers: FORM,
    body: Body::Form(&[
        "grant_type=refresh_token",
        "refresh_token={refresh_token}",
        "client_id={client_id}",
        "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion={signed_jwt}",
    ]),
};

/// Authentication, OAuth endpoints.
const ENDPOINTS: [(Method, &str); 7] = [
    (Method::GET, "/.well-known/openid-configuration"),
    (Method::GET, "/.well-known/jwks.json"),
    (Method::POST, "/oauth/par"),
    (Method::GET, "/oauth/authorize"),
    (Method::POST, "/oauth/token"),
    (Method::POST, "/oauth/introspect"),
    (Method::POST, "/oauth/revoke"),
];

const FORM: &[(&str, &str)] = &[("Content-Type", "application/x-www-form-urlencoded")];

/// Somebody who reads the guides and types what they print.
struct Reader<'a> {
    bank: &'a TestBank,
    kit: Value,
    /// What stands for the guides' placeholders by now.
    values: BTreeMap<&'static str, String>,
}

impl<'a> Reader<'a> {
    /// A reader with the guides' prerequisites: a software statement, and the keys it speaks of.
    #[track_caller]
    fn of(bank: &'a TestBank) -> Self {
        let wishes = json!({
            "name": "Your App",
            "roles": ["AISP"],
            "redirect_uris": ["https://your-app.com/callback"],
        });
        let answer = bank.operator().post("/onboard", &wishes);
        assert_eq!(answer.status(), 201);
        let kit: Value = serde_json::from_slice(answer.body()).unwrap();
        let mut reader = Self {
            bank,
            kit,
            values: BTreeMap::new(),
        };
        reader.put("<your-ssa-jwt>", &reader.kit["software_statement"].clone());
        reader
    }

    #[track_caller]
    fn put(&mut self, placeholder: &'static str, value: &Value) {
        let value = value
            .as_str()
            .unwrap_or_else(|| panic!("{placeholder} is {value}"));
        self.values.insert(placeholder, value.to_owned());
    }

    /// The call, typed into a shell: nothing is proven in its handshake.
    fn types(&mut self, printed: &Printed) -> Call<'a> {
        if self.values.contains_key("{client_id}") {
            let jwt = Value::String(self.assertion());
            self.put("{signed_jwt}", &jwt);
        }
        let path = self.filled(printed.path);
        let mut call = self.bank.stranger().call(printed.method.clone(), &path);
        for (name, value) in printed.headers {
            call = call.header(name, &self.filled(value));
        }
        match printed.body {
            Body::Empty => call,
            Body::Form(parts) => call.body(self.filled(&parts.join("&"))),
            Body::Json(text) => call.body(self.filled(text)),
        }
    }

    fn filled(&self, text: &str) -> String {
        let values = self.values.iter();
        values.fold(text.to_owned(), |text, (placeholder, value)| {
            text.replace(placeholder, value)
        })
    }

    // Authentication, private_key_jwt: six claims, and five minutes of life.
    fn assertion(&self) -> String {
        let client_id = &self.values["{client_id}"];
        let clock = self.bank.operator().get("/clock");
        let issued = &self.values["issued_at"];
        let now = issued.parse::<i64>().unwrap() - clock["offset_s"].as_i64().unwrap();
        let claims = json!({
            "iss": client_id,
            "sub": client_id,
            "aud": format!("{}/oauth/token", self.bank.issuer()),
            "jti": format!("unique-id-{}", self.bank.draw()),
            "exp": now + 300,
            "iat": now,
        });
        let text = |name: &str| self.kit[name].as_str().unwrap();
        let (alg, kid) = (text("signing_alg"), text("signing_kid"));
        Jwt::new(alg, kid, text("signing_key_pem"), &claims).encoded()
    }
}

/// Goal: registration, client credentials, consent, authorize, code exchange, accounts, refresh. Once with
/// a clock that stands still, once with the scenario's own, which runs years behind the machine's.
#[test]
fn every_call_the_guides_print_works_in_their_order() {
    for clock in [Some(PRINTED_AT), None] {
        let bank = TestBank::of_the_guides(clock);
        let mut reader = Reader::of(&bank);

        let registered = reader.types(&REGISTER).send().created();
        assert_registered(&registered);
        reader.put("{client_id}", &registered["client_id"]);
        let issued = registered["client_id_issued_at"].to_string();
        reader.put("issued_at", &issued.into());

        let tokens = reader.types(&CLIENT_CREDENTIALS).send().ok();
        assert_eq!(tokens["scope"], "consents");
        assert!(tokens.get("refresh_token").is_none(), "{tokens}");
        reader.put("{client_credentials_token}", &tokens["access_token"]);

        let consent = reader.types(&CREATE_CONSENT).send().created();
        assert_consent(&consent);
        reader.put("{consent_id}", &consent["consent_id"]);

        let landing = reader.types(&AUTHORIZE).send().landing();
        assert_eq!(landing.base, "https://your-app.com/callback");
        assert_eq!(landing.query.names(), ["code", "state", "iss"]);
        assert_eq!(landing.query.get("state"), Some("xyz"));
        let code = landing.query.get("code").unwrap();
        reader.put("{authorization_code}", &code.into());

        let tokens = reader.types(&EXCHANGE_CODE).send().ok();
        assert_tokens(&reader, &tokens);
        reader.put("{access_token}", &tokens["access_token"]);
        reader.put("{refresh_token}", &tokens["refresh_token"]);

        let printed: Value = serde_json::from_str(ACCOUNTS).unwrap();
        assert_eq!(reader.types(&LIST_ACCOUNTS).send().ok(), printed);

        let refreshed = reader.types(&REFRESH).send().ok();
        assert_ne!(refreshed["access_token"], tokens["access_token"]);
        assert_eq!(refreshed["expires_in"], 300);
        reader.put("{access_token}", &refreshed["access_token"]);
        assert_eq!(reader.types(&LIST_ACCOUNTS).send().ok(), printed);
    }
}

#[track_caller]
fn assert_registered(answer: &Value) {
    let printed: Value = serde_json::from_str(REGISTERED).unwrap();
    let printed = printed.as_object().unwrap();
    let names: Vec<_> = answer.as_object().unwrap().keys().collect();
    let leading = names.get(..printed.len()).unwrap();
    assert_eq!(leading, printed.keys().collect::<Vec<_>>());
    for name in ["redirect_uris", "scope", "token_endpoint_auth_method"] {
        assert_eq!(answer[name], printed[name], "{name}");
    }
    let client_id = answer["client_id"].as_str().unwrap();
    assert_eq!(client_id.len(), 36, "{client_id}");
    let uri = format!("/register/{client_id}");
    assert_eq!(answer["registration_client_uri"], uri);
    let token = answer["registration_access_token"].as_str().unwrap();
    assert!(token.starts_with("reg_token_"), "{token}");
    let issued = answer["client_id_issued_at"].as_i64().unwrap();
    let since = issued - PRINTED_AT.unix_timestamp();
    assert!((0..60).contains(&since), "{since} seconds");
}

#[track_caller]
fn assert_consent(answer: &Value) {
    assert_eq!(answer["status"], "awaiting_authorization");
    assert_eq!(answer["consent_type"], "account-access");
    let asked = ["ReadAccounts", "ReadBalances", "ReadTransactions"];
    assert_eq!(answer["permissions"], json!(asked));
    assert_eq!(answer["expiration_date"], "2024-03-15T00:00:00Z");
    assert_eq!(answer["transaction_from_date"], "2023-01-01T00:00:00Z");
    let id = answer["consent_id"].as_str().unwrap();
    assert!(id.starts_with("consent_ais_"), "{id}");
}

/// Authentication, token lifecycle.
#[track_caller]
fn assert_tokens(reader: &Reader<'_>, answer: &Value) {
    assert_eq!(answer["expires_in"], 300, "5 minutes");
    assert!(answer["refresh_token"].is_string(), "{answer}");
    let jwks = reader.bank.jwks();
    let claims = verified(answer["id_token"].as_str().unwrap(), &jwks);
    let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(life, 300, "5 minutes");
    let value = |placeholder: &str| reader.values[placeholder].as_str();
    assert_eq!(claims["aud"], value("{client_id}"));
    assert_eq!(claims["openbanking_intent_id"], value("{consent_id}"));
}

#[test]
fn every_endpoint_the_guides_list_is_there() {
    let bank = TestBank::of_the_guides(Some(PRINTED_AT));
    for (method, path) in ENDPOINTS {
        let status = bank.stranger().call(method, path).send_unwatched();
        assert!(![404, 405].contains(&status), "{path}: {status}");
    }
}

/// Goal: the strict bank asks for a certificate wherever the guides print none, and for a signed request.
#[test]
fn the_strict_bank_takes_none_of_the_printed_calls() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    let mut reader = Reader::of(&bank);
    for (placeholder, value) in [
        ("{client_id}", acorn.id()),
        ("{consent_id}", &grant.consent),
        (
            "{client_credentials_token}",
            &acorn.client_credentials("consents"),
        ),
        ("{access_token}", &grant.access_token),
        ("{refresh_token}", &grant.refresh_token),
        ("{authorization_code}", "any"),
        ("issued_at", "0"),
    ] {
        reader.put(placeholder, &value.into());
    }
    for (printed, code) in [
        (REGISTER, "invalid_client"),
        (CREATE_CONSENT, "invalid_token"),
        (LIST_ACCOUNTS, "invalid_token"),
    ] {
        let refused = reader.types(&printed).send();
        refused.refused(401, code, "certificate.present");
    }
    // The reader's keys are not the client's, so these three are sent with the client's own proof.
    for printed in [CLIENT_CREDENTIALS, EXCHANGE_CODE, REFRESH] {
        let assertion = acorn.assertion().encoded();
        let Body::Form(parts) = printed.body else {
            panic!("a form");
        };
        reader.put("{signed_jwt}", &assertion.into());
        let form = reader.filled(&parts.join("&"));
        let call = bank.stranger().call(printed.method, printed.path);
        let call = call.header(FORM[0].0, FORM[0].1).body(form);
        call.send()
            .refused(401, "invalid_client", "certificate.present");
    }
    let elsewhere = reader.types(&AUTHORIZE).send();
    elsewhere.refused_by_page("invalid_request", "request_object.present");
}
