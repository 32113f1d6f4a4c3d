//! The combinations: who asks, how the request travels, how the answer comes back.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Map, Value};

use crate::support::{
    Call, Form, Jwt, Landing, Request, Response, START, TestBank, Tpp, Variant, Way,
};

/// One client in one of the ways FAPI 1.0 Advanced leaves open.
pub(super) struct Combination<'a> {
    /// Client 1 of the plan.
    pub(super) tpp: Tpp<'a>,
    /// How it asks and is answered.
    pub(super) way: Way,
    client: usize,
}

/// Runs a module in every combination, on one bank.
pub(super) fn every(run: impl Fn(&Combination<'_>)) {
    every_where(|_| true, run);
}

/// Runs a module in every combination it applies to.
///
/// Each failure has been printed by the time the next combination runs; the last word is where it
/// failed.
pub(super) fn every_where(
    applies: impl Fn(&Combination<'_>) -> bool,
    run: impl Fn(&Combination<'_>),
) {
    let bank = open();
    let ways = (0..CLIENTS.len()).flat_map(|client| Way::ALL.map(|way| (client, way)));
    let combinations = ways.map(|(client, way)| Combination::new(&bank, client, way));
    let mut tried = 0;
    let mut failed = Vec::new();
    for combination in combinations.filter(|combination| applies(combination)) {
        tried += 1;
        if catch_unwind(AssertUnwindSafe(|| run(&combination))).is_err() {
            failed.push(combination.to_string());
        }
    }
    assert!(tried >= 2, "a module applies to some combinations");
    assert!(
        failed.is_empty(),
        "{} of {tried} failed: {failed:#?}",
        failed.len()
    );
}

/// A bank with a pair of clients for each method, each pair with both algorithms: the second of a
/// pair has a redirect URI with a query, as the plan's client 2.
fn open() -> TestBank {
    let redirect_uris = "redirect_uris: [\"https://localhost:9443/callback\"]";
    let with_query = "redirect_uris: [\"https://localhost:9443/callback\", \
                      \"https://localhost:9443/callback?dummy1=lorem&dummy2=ipsum\"]";
    let roles = "roles: [AISP, PISP, CBPII]";
    let by_certificate = "token_endpoint_auth_method: tls_client_auth";
    let by_assertion = "token_endpoint_auth_method: private_key_jwt";
    let variant = Variant::default()
        .client(
            CLIENTS[1],
            &[by_assertion, "signing_alg: ES256", roles, with_query],
        )
        .client(
            CLIENTS[2],
            &[by_certificate, "signing_alg: PS256", roles, redirect_uris],
        );
    TestBank::varied(&variant)
}

impl<'a> Combination<'a> {
    fn new(bank: &'a TestBank, client: usize, way: Way) -> Self {
        let tpp = bank.tpp(CLIENTS[client]);
        Self { tpp, way, client }
    }

    /// Client 2 of the plan: another client with the same method.
    pub(super) fn second(&self) -> Self {
        Self::new(self.bank(), self.client ^ 1, self.way)
    }

    /// A client of the other method, with a key for the same algorithm.
    pub(super) fn with_the_same_algorithm(&self) -> Self {
        Self::new(self.bank(), self.client ^ 2, self.way)
    }

    pub(super) const fn bank(&self) -> &'a TestBank {
        self.tpp.bank()
    }

    /// An address of the bank.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.bank().issuer())
    }

    // What is asked.

    /// A consent to read accounts.
    pub(super) fn consent(&self) -> String {
        self.tpp.create_consent(&["ReadAccounts"])
    }

    /// A request in good order, as the plan makes it.
    pub(super) fn request(&self) -> Request {
        self.request_for(&self.consent())
    }

    /// The same for this consent. Beside the object stand only the parameters that OpenID Connect
    /// wants there, and a request by value has no PKCE.
    pub(super) fn request_for(&self, consent: &str) -> Request {
        let request = self
            .tpp
            .request(self.way, consent)
            .jwt(|jwt| jwt.without_header("typ"))
            .outside(|form| form.without("state").without("response_mode"));
        if self.way.is_pushed {
            return request;
        }
        request
            .without("code_challenge")
            .without("code_challenge_method")
    }

    /// What the next customer this client brings does, by the name of its script.
    #[track_caller]
    pub(super) fn plays_once(&self, script: &str) {
        let when = serde_json::json!({ "client_id": self.tpp.id(), "times": 1 });
        let rule = serde_json::json!({ "when": when, "play": script });
        let armed = self.bank().operator().post("/journeys", &rule);
        assert_eq!(armed.status(), 201, "{armed:?}");
    }

    /// The customer follows the TPP's link; what is pushed is pushed before.
    #[track_caller]
    pub(super) fn arrives(&self, request: &Request) -> Response {
        if !self.way.is_pushed {
            return self.opens(&request.url());
        }
        let pushed = self.tpp.push(request).send().created();
        let request_uri = pushed["request_uri"].as_str().expect("request_uri");
        self.opens_with_duplicates(request, request_uri)
    }

    /// A pushed request's link, with the parameters beside it that the plan puts there.
    #[track_caller]
    pub(super) fn opens_with_duplicates(&self, request: &Request, request_uri: &str) -> Response {
        let query = request.outside.clone().with("request_uri", request_uri);
        self.opens(&format!("/oauth/authorize?{}", query.encoded()))
    }

    #[track_caller]
    pub(super) fn opens(&self, url: &str) -> Response {
        self.bank().customer("hazel").opens(url)
    }

    /// What proves who it is, and these parameters.
    pub(super) fn exchange_form(&self, code: &str, request: &Request) -> Form {
        let mut params = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", request.text("redirect_uri")),
        ];
        if request.jwt.value("code_challenge").is_some() {
            params.push(("code_verifier", &request.verifier));
        }
        self.tpp.form(params)
    }

    /// Exchanges a code.
    pub(super) fn exchange(&self, code: &str, request: &Request) -> Call<'a> {
        self.tpp
            .post("/oauth/token", &self.exchange_form(code, request))
    }

    /// The same form with this assertion instead of its own.
    pub(super) fn asserted(form: Form, assertion: &Jwt) -> Form {
        form.with("client_assertion_type", JWT_BEARER)
            .with("client_assertion", assertion.encoded())
    }

    // What is answered.

    /// The members of the answer to a request that succeeds.
    #[track_caller]
    pub(super) fn succeeds(&self, request: &Request) -> Map<String, Value> {
        let members = self.members(&self.arrives(request).landing());
        assert!(!members.contains_key("error"), "{members:#?}");
        members
    }

    /// A code for a request.
    #[track_caller]
    pub(super) fn code(&self, request: &Request) -> String {
        self.succeeds(request)["code"]
            .as_str()
            .expect("a code")
            .to_owned()
    }

    /// The tokens for a request.
    #[track_caller]
    pub(super) fn tokens(&self, request: &Request) -> Value {
        self.exchange(&self.code(request), request).send().ok()
    }

    /// The members of an answer, held to where and how they must come.
    #[track_caller]
    pub(super) fn members(&self, landing: &Landing) -> Map<String, Value> {
        let redirect_uri = self.tpp.redirect_uri();
        let (base, query) = redirect_uri.split_once('?').unwrap_or((&redirect_uri, ""));
        assert_eq!(landing.base, base);
        let beside = landing.query.clone();
        let beside = if self.way.is_jarm {
            beside.without("response")
        } else {
            beside
        };
        assert_eq!(
            beside,
            Form::read(query),
            "the redirect URI's own query stays, and stays alone"
        );
        let members = self.tpp.answer(landing, self.way);
        if self.way.is_jarm {
            assert!(landing.fragment.names().is_empty(), "{landing:?}");
            assert_eq!(members["aud"], self.tpp.id());
            let left = members["exp"].as_i64().expect("exp") - START.unix_timestamp();
            assert!((10..=600).contains(&left), "a JWT response lives {left} s");
        }
        assert_eq!(members["iss"], self.bank().issuer());
        members
    }

    // How it is refused.

    /// Refused for what it asks: at the PAR endpoint, or by redirect with the state it signed.
    #[track_caller]
    pub(super) fn refused(&self, request: &Request, code: &str, rule: &str) {
        self.refused_with(request, (code, rule), request.jwt.text("state"));
    }

    /// The same for an object that cannot be trusted, so that its state is not known.
    #[track_caller]
    pub(super) fn refused_unread(&self, request: &Request, code: &str, rule: &str) {
        self.refused_with(request, (code, rule), None);
    }

    /// Refused where no address can be trusted: at the PAR endpoint, or on a page.
    #[track_caller]
    pub(super) fn refused_on_a_page(&self, request: &Request, code: &str, rule: &str) {
        if self.way.is_pushed {
            self.tpp.push(request).send().refused(400, code, rule);
        } else {
            self.opens(&request.url()).refused_by_page(code, rule);
        }
    }

    #[track_caller]
    fn refused_with(&self, request: &Request, (code, rule): (&str, &str), state: Option<&str>) {
        if self.way.is_pushed {
            self.tpp.push(request).send().refused(400, code, rule);
        } else {
            self.sent_back(&self.opens(&request.url()), (code, rule), state);
        }
    }

    /// The browser is sent back with an error and nothing but what belongs to one.
    #[track_caller]
    pub(super) fn sent_back(
        &self,
        answer: &Response,
        (code, rule): (&str, &str),
        state: Option<&str>,
    ) {
        answer.check_verdict(rule);
        let members = self.members(&answer.landing());
        assert_eq!(members["error"], code, "{members:#?}");
        assert_eq!(members.get("state").and_then(Value::as_str), state);
        let description = members["error_description"]
            .as_str()
            .expect("a description");
        let allowed = |c: char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
        assert!(description.chars().all(allowed), "{description}");
        for name in members.keys() {
            let known = ["iss", "aud", "exp", "error", "error_description", "state"];
            assert!(known.contains(&name.as_str()), "{name} beside an error");
        }
    }
}

impl fmt::Display for Combination<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = self.tpp.kit().token_endpoint_auth_method();
        let travels = if self.way.is_pushed {
            "pushed"
        } else {
            "by value"
        };
        let answer = if self.way.is_jarm { "JARM" } else { "hybrid" };
        let (id, alg) = (self.tpp.id(), self.tpp.kit().signing_alg());
        write!(f, "{method}, {travels}, {answer} ({id}, {alg})")
    }
}

/// Two pairs: neighbours share a method, and one from each pair share an algorithm.
const CLIENTS: [&str; 4] = ["acorn-budget", "elder-pay", "dandelion-sum", "burrow-pay"];

pub(super) const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
