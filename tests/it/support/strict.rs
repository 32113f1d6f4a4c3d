//! A reader of the bank's answers that misses nothing and forgives nothing: it tells everything that is wrong
//! with one, by name, and of a right one nothing.
//!
//! It knows what was asked, and holds every member of the answer against it: none may be missing, none may be
//! there that nobody expects, and everything signed is verified with OpenSSL alone.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::jwt::{unverified, verifies};
use super::{Landing, Request, START, TestBank, Tpp, Way, half_hash};

/// What a client knows when it judges an answer.
pub(crate) struct Strict<'a> {
    tpp: &'a Tpp<'a>,
    request: &'a Request,
    consent: &'a str,
    way: Way,
    /// The bank's keys, as the client read them.
    pub(crate) jwks: Value,
    defects: Vec<String>,
}

impl<'a> Strict<'a> {
    /// A client that asked for `consent` with `request`, and has these keys of the bank.
    pub(crate) const fn new(
        tpp: &'a Tpp<'a>,
        (way, request): (Way, &'a Request),
        consent: &'a str,
        jwks: Value,
    ) -> Self {
        Self {
            tpp,
            request,
            consent,
            way,
            jwks,
            defects: Vec::new(),
        }
    }

    /// What was wrong with everything it was shown.
    pub(crate) fn defects(self) -> Vec<String> {
        self.defects
    }

    fn bank(&self) -> &'a TestBank {
        self.tpp.bank()
    }

    fn wrong(&mut self, what: impl Into<String>) {
        self.defects.push(what.into());
    }

    fn expect(&mut self, is_right: bool, what: &str) {
        if !is_right {
            self.wrong(what);
        }
    }

    /// An authorization response; answers the code it carries.
    pub(crate) fn response(&mut self, landing: &Landing) -> Option<String> {
        let (inside, outside) = if self.way.is_jarm {
            (&landing.query, &landing.fragment)
        } else {
            (&landing.fragment, &landing.query)
        };
        self.expect(outside.get("code").is_none(), "a code elsewhere");
        let members: Map<String, Value> = if self.way.is_jarm {
            let jwt = inside.get("response").expect("a response");
            for name in ["code", "error", "state", "iss", "id_token"] {
                self.expect(inside.get(name).is_none(), "members beside the response");
            }
            self.jarm(jwt)
        } else {
            let names = inside.names().into_iter();
            names
                .map(|name| (name.to_owned(), json!(inside.get(name))))
                .collect()
        };
        self.expect(
            self.request.text("redirect_uri").starts_with(&landing.base),
            "redirect_uri",
        );
        match members.get("state") {
            None => self.wrong("state missing"),
            Some(state) => self.expect(*state == self.request.text("state"), "state wrong"),
        }
        if !self.way.is_jarm {
            match members.get("iss") {
                None => self.wrong("iss missing"),
                Some(iss) => self.expect(*iss == self.bank().issuer(), "iss wrong"),
            }
        }
        if let Some(error) = members.get("error").and_then(Value::as_str) {
            self.wrong(format!("error {error}"));
            self.names(&members, &["error", "error_description", "state", "iss"]);
            return None;
        }
        self.names(&members, &["code", "id_token", "state", "iss"]);
        let code = members.get("code")?.as_str()?.to_owned();
        match members.get("id_token").and_then(Value::as_str) {
            Some(jwt) => self.id_token(
                jwt,
                &[("c_hash", &code), ("s_hash", self.request.text("state"))],
            ),
            None => self.expect(self.way.is_jarm, "id_token missing"),
        }
        Some(code)
    }

    fn names(&mut self, members: &Map<String, Value>, known: &[&str]) {
        for name in members
            .keys()
            .filter(|name| !known.contains(&name.as_str()))
        {
            self.wrong(format!("a member {name}"));
        }
    }

    /// The claims of a JWT response without those it is judged by.
    fn jarm(&mut self, jwt: &str) -> Map<String, Value> {
        let mut claims = self.sealed(jwt, "jarm");
        let iss = claims.shift_remove("iss");
        self.expect(iss == Some(json!(self.bank().issuer())), "jarm.iss");
        let aud = claims.shift_remove("aud");
        self.expect(aud == Some(json!(self.tpp.id())), "jarm.aud");
        let exp = claims.shift_remove("exp").and_then(|exp| exp.as_i64());
        let left = exp.unwrap_or(0) - START.unix_timestamp();
        self.expect((SKEW..=600).contains(&left), "jarm.exp");
        claims
    }

    /// An ID token, bound to these values by claims of these names.
    pub(crate) fn id_token(&mut self, jwt: &str, bound: &[(&str, &str)]) {
        let claims = self.sealed(jwt, "id_token");
        let nonce = self.request.text("nonce");
        for (name, right) in [
            ("iss", json!(self.bank().issuer())),
            ("aud", json!(self.tpp.id())),
            ("nonce", json!(nonce)),
            ("sub", json!("cus_0000000001")),
            ("acr", json!("urn:openbanking:psd2:sca")),
            ("openbanking_intent_id", json!(self.consent)),
            ("iat", json!(START.unix_timestamp())),
            ("auth_time", json!(START.unix_timestamp())),
        ] {
            match claims.get(name) {
                None => self.wrong(format!("id_token.{name} missing")),
                Some(value) => self.expect(*value == right, &format!("id_token.{name} wrong")),
            }
        }
        let left = claims.get("exp").and_then(Value::as_i64).unwrap_or(0) - START.unix_timestamp();
        self.expect((SKEW..=600).contains(&left), "id_token.exp");
        for (name, value) in bound {
            match claims.get(*name) {
                None => self.wrong(format!("id_token.{name} missing")),
                Some(hash) => {
                    self.expect(*hash == half_hash(value), &format!("id_token.{name} wrong"));
                }
            }
        }
        let standard = [
            "exp",
            "iss",
            "aud",
            "nonce",
            "sub",
            "acr",
            "openbanking_intent_id",
            "iat",
        ];
        let known: BTreeSet<_> = (standard.into_iter().chain(["auth_time"]))
            .chain(bound.iter().map(|(name, _)| *name))
            .collect();
        for name in claims.keys().filter(|name| !known.contains(name.as_str())) {
            self.wrong(format!("a claim {name}"));
        }
    }

    /// The claims of a JWT; its header and signature are judged.
    fn sealed(&mut self, jwt: &str, what: &str) -> Map<String, Value> {
        let (header, claims) = unverified(jwt);
        self.expect(jwt.matches('.').count() == 2, &format!("{what}.form"));
        let names: Vec<_> = header.keys().map(String::as_str).collect();
        self.expect(names == ["alg", "kid"], &format!("{what}.header"));
        let signature = jwt.rsplit('.').next().unwrap_or_default();
        if header.get("alg") == Some(&json!("none")) {
            self.wrong(format!("{what}.alg none"));
            self.expect(signature.is_empty(), &format!("{what}.signature"));
            return claims;
        }
        let keys: Vec<_> = self.jwks["keys"].as_array().expect("keys").clone();
        let fits = |key: &&Value| key["alg"] == header["alg"] && key["use"] == "sig";
        let named = keys
            .iter()
            .filter(fits)
            .find(|key| key["kid"] == header["kid"]);
        let is_good = if let Some(key) = named {
            verifies(key, jwt)
        } else {
            self.wrong(format!("{what}.kid unknown"));
            keys.iter().filter(fits).any(|key| verifies(key, jwt))
        };
        self.expect(is_good, &format!("{what}.signature"));
        claims
    }

    /// What the token endpoint answers to a code; answers the tokens.
    pub(crate) fn tokens(&mut self, body: &Value) {
        let Some(access_token) = body["access_token"].as_str() else {
            self.wrong(format!(
                "error {}",
                body["error"].as_str().unwrap_or_default()
            ));
            return;
        };
        self.expect(body["token_type"] == "Bearer", "token_type");
        self.expect(body["scope"] == "openid accounts", "scope");
        self.expect(body["expires_in"] == 300, "expires_in");
        self.expect(body["refresh_token"].is_string(), "refresh_token missing");
        match body["id_token"].as_str() {
            Some(jwt) => self.id_token(jwt, &[("at_hash", access_token)]),
            None => self.wrong("id_token missing"),
        }
        let known = [
            "access_token",
            "token_type",
            "expires_in",
            "refresh_token",
            "scope",
            "id_token",
        ];
        self.names(body.as_object().expect("an object"), &known);
    }

    /// The discovery document, as far as a client goes by it.
    pub(crate) fn discovery(&mut self, document: &Value) {
        let issuer = self.bank().issuer();
        self.expect(document["issuer"] == issuer, "discovery.issuer");
        let supported = "authorization_response_iss_parameter_supported";
        self.expect(document[supported] == true, "discovery.iss parameter");
        for (name, value) in document.as_object().expect("an object") {
            if name.ends_with("_endpoint") || name == "jwks_uri" {
                let url = value.as_str().unwrap_or_default();
                self.expect(url.starts_with(issuer), &format!("discovery.{name}"));
            }
        }
    }
}

/// What many libraries allow two clocks to differ by, unless they are told otherwise: five minutes.
const SKEW: i64 = -300;
