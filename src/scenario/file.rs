//! A scenario as it is written: YAML, unknown and duplicate keys refused. The comment on each field is
//! its reference text; what a value means, and what holds when it is left out, is decided in `check`.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor, value::MapAccessDeserializer};

use crate::json::Strict;

use super::check::{client, words};
use super::journeys::{JourneysFile, ScriptsFile};
use super::payments::PaymentsFile;
use super::person::PersonFile;
use super::schema;
use super::text::Quoted;
use super::trust::TrustFile;

/// A whole scenario file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ScenarioFile {
    /// The version of this form: 1.
    pub(super) version: u32,
    /// Another built-in scenario to start from: maps merge by key, lists of named things by name, and
    /// `remove: true` takes one out; none.
    #[expect(
        dead_code,
        reason = "resolved before the file is read; here for the schema"
    )]
    pub(super) extends: Option<String>,
    /// What the scenario is called; that of its file, as a rule.
    pub(super) name: String,
    /// What it is for, in a sentence.
    #[serde(default)]
    pub(super) about: String,
    /// How the bank behaves.
    #[serde(default)]
    pub(super) bank: BankFile,
    /// Who banks here.
    #[serde(default)]
    pub(super) customers: Vec<PersonFile>,
    /// Which TPPs are registered from the start.
    #[serde(default)]
    pub(super) clients: Vec<ClientFile>,
    /// What customers do at the authorization endpoint.
    #[serde(default)]
    pub(super) journeys: JourneysFile,
    /// What `journeys` may play: names, each with a list of steps.
    #[serde(default)]
    pub(super) scripts: ScriptsFile,
    /// How payments go.
    #[serde(default)]
    pub(super) payments: PaymentsFile,
    /// What the bank does wrong: rules as the control API takes them, `{name?, when, then}`; none.
    #[serde(default)]
    #[schemars(schema_with = "schema::faults")]
    pub(super) faults: Vec<Strict>,
}

/// How the bank behaves.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BankFile {
    /// The name customers read: `Hamster Bank`.
    pub(super) name: Option<String>,
    /// `fapi1-advanced` (the default) enforces everything; `relaxed` takes what the guides print.
    #[schemars(extend("enum" = schema::words(&words::PROFILES)))]
    pub(super) profile: Option<String>,
    /// Names of checks that are switched off one by one; none.
    #[serde(default)]
    pub(super) lenient: Vec<String>,
    /// Whether a refusal says on the wire why: true.
    pub(super) explain: Option<bool>,
    /// Seed of all generated data: 42.
    pub(super) seed: Option<u64>,
    /// When bank time begins: `now`, an RFC 3339 instant, or `{start, rate}`.
    pub(super) clock: Option<ClockFile>,
    /// How long tokens live.
    #[serde(default)]
    pub(super) tokens: TokensFile,
    /// `strict` (the default of `fapi1-advanced`) wants a TPP's certificate to be its organisation's when
    /// it registers; `sandbox` (the default of `relaxed`) looks at signatures and dates.
    #[schemars(extend("enum" = schema::words(&words::REGISTRATION)))]
    pub(super) registration: Option<String>,
    /// `as_documented` (the default) prints `/register/…` and `/accounts` as the guides do; `absolute`
    /// prints whole URLs, for client libraries that read no others.
    #[schemars(extend("enum" = schema::words(&words::LINKS)))]
    pub(super) links: Option<String>,
    /// `allow` (the default) lets a call ask for a fault of its own in `x-hamster-fault`; `forbid` refuses
    /// such a call.
    #[schemars(extend("enum" = schema::words(&words::FAULT_HEADER)))]
    pub(super) fault_header: Option<String>,
    /// Whether answers carry `x-hamster-request` and its like: true. A real bank has no such headers.
    pub(super) response_headers: Option<bool>,
    /// `bank` (the default) names in TLS the CAs whose client certificates are accepted; `none` names none.
    /// Taken when the bank's port opens.
    #[schemars(extend("enum" = schema::words(&words::CLIENT_CA_HINTS)))]
    pub(super) client_ca_hints: Option<String>,
    /// `usual` (the default) writes ids as documented; `odd` makes each longer by up to 16 characters, as the
    /// seed says: clients may rely on no length. Ids that a scenario writes out stay as they are.
    #[schemars(extend("enum" = schema::words(&words::ID_LENGTHS)))]
    pub(super) id_lengths: Option<String>,
    /// Rows on a page when nobody asks for a number, 1 to 1000: 100.
    pub(super) page_size: Option<u32>,
    /// `carry_over` (the default) lets a payment that misses its scheme's cut-off wait for the next working
    /// day; `reject` refuses it.
    #[schemars(extend("enum" = schema::words(&words::CUT_OFF)))]
    pub(super) cut_off: Option<String>,
    /// Exchange contracts that payments at an agreed rate may name; none.
    #[serde(default)]
    pub(super) contracts: Vec<ContractFile>,
    /// How pending rows are booked, after the ways of real banks: `stable_id` (the default), `new_id`,
    /// `changed_amount`, `changed_narrative`, `dropped`, `back_dated`, `future_dated`,
    /// `positional_reference`, `reused_id`.
    #[schemars(extend("enum" = schema::words(&words::WAYS)))]
    pub(super) pending_to_booked: Option<String>,
    /// Whether answers about payments are signed: false.
    pub(super) sign_responses: Option<bool>,
    /// Calls a minute for each client, in bank time: `off`, or `{sandbox, production}`, where 0 is without
    /// limit and a call without an API key counts as sandbox. Left out, only calls with a key are limited,
    /// to 100 and 1,000.
    pub(super) limits: Option<LimitsFile>,
    /// How often a day of bank time each account may be read by each endpoint without
    /// `x-fapi-customer-ip-address`, 1 to 1000; without limit.
    pub(super) unattended_limit: Option<u32>,
    /// Whether a client's calls need an API key: false.
    pub(super) require_api_key: Option<bool>,
    /// Files of further CAs whose client certificates are accepted, and further directories whose software
    /// statements are, as `{directory: <iss>, jwks: <file>}`; none.
    #[serde(default)]
    pub(super) trust: Vec<TrustFile>,
}

/// An exchange contract.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ContractFile {
    /// What payments call it.
    pub(super) id: Quoted,
    /// What the rate is a price of: `GBP`.
    pub(super) unit_currency: String,
    /// The other currency: `EUR`.
    pub(super) currency: String,
    /// Units of the other for one: `"1.1700"`.
    pub(super) rate: Quoted,
}

/// How many calls a minute a client may make.
#[derive(Clone, Debug)]
pub(super) enum LimitsFile {
    /// A word: `off`.
    Text(String),
    /// A number for each environment.
    Calls(CallsFile),
}

/// Calls a minute.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CallsFile {
    /// With a sandbox key, or without any: 100.
    pub(super) sandbox: Option<u32>,
    /// With a production key: 1000.
    pub(super) production: Option<u32>,
}

impl<'de> Deserialize<'de> for LimitsFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LimitsVisitor)
    }
}

struct LimitsVisitor;

impl<'de> Visitor<'de> for LimitsVisitor {
    type Value = LimitsFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`off`, or {sandbox, production}")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<LimitsFile, E> {
        Ok(LimitsFile::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<LimitsFile, A::Error> {
        CallsFile::deserialize(MapAccessDeserializer::new(map)).map(LimitsFile::Calls)
    }
}

/// Lifetimes, each with its unit: `300s`, `5m`, `90d`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TokensFile {
    /// Of an access token: 300s.
    pub(super) access: Option<String>,
    /// Of a refresh token: 90d.
    pub(super) refresh: Option<String>,
    /// Of an ID token: 300s.
    pub(super) id: Option<String>,
    /// Of an authorization code: 60s.
    pub(super) code: Option<String>,
    /// Of a pushed request: 90s.
    pub(super) request_uri: Option<String>,
}

/// When bank time begins and how it runs.
#[derive(Clone, Debug)]
pub(super) enum ClockFile {
    /// A word or an instant.
    Text(String),
    /// A start and a rate.
    Course(CourseFile),
}

/// A start and a rate.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CourseFile {
    /// `now` (the default) or an RFC 3339 instant.
    pub(super) start: Option<String>,
    /// How many times as fast as real time: 1.
    pub(super) rate: Option<u32>,
}

impl<'de> Deserialize<'de> for ClockFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ClockVisitor)
    }
}

struct ClockVisitor;

impl<'de> Visitor<'de> for ClockVisitor {
    type Value = ClockFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`now`, an RFC 3339 instant, or {start, rate}")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ClockFile, E> {
        Ok(ClockFile::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ClockFile, A::Error> {
        CourseFile::deserialize(MapAccessDeserializer::new(map)).map(ClockFile::Course)
    }
}

/// A TPP that is registered from the start.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientFile {
    /// What it calls itself in requests.
    pub(super) client_id: Quoted,
    /// What customers read; the id when left out.
    pub(super) name: Option<String>,
    /// `private_key_jwt` (the default) or `tls_client_auth`.
    #[schemars(extend("enum" = schema::words(&client::AUTH_METHODS)))]
    pub(super) token_endpoint_auth_method: Option<String>,
    /// `PS256` (the default) or `ES256`: what it signs and is signed for with, unless said apart.
    #[schemars(extend("enum" = schema::words(&client::ALGORITHMS)))]
    pub(super) signing_alg: Option<String>,
    /// With what ID tokens for it are signed; `signing_alg`.
    #[schemars(extend("enum" = schema::words(&client::ALGORITHMS)))]
    pub(super) id_token_signed_response_alg: Option<String>,
    /// Of `AISP`, `PISP`, `CBPII`; all three.
    pub(super) roles: Option<Vec<String>>,
    /// Where answers may go: https, or http on a loopback host.
    pub(super) redirect_uris: Vec<String>,
    /// Of `jarm`, `hybrid`; both.
    pub(super) responses: Option<Vec<String>>,
    /// Its registered scope; what its roles allow.
    pub(super) scope: Option<String>,
    /// API keys it has from the start: `sk_sandbox_…` and `sk_live_…`; none.
    pub(super) api_keys: Option<Vec<String>>,
    /// A certificate of its own to present in TLS, in PEM or the file it is in; its CA belongs into `bank.trust`.
    /// Needs `transport_key` and `signing_key`. Left out, the bank makes all three.
    pub(super) transport_cert: Option<String>,
    /// The key of `transport_cert`: PKCS#8 in PEM, or the file it is in.
    pub(super) transport_key: Option<String>,
    /// What it signs with, RSA for PS256 or P-256 for ES256: PKCS#8 in PEM, or the file it is in.
    pub(super) signing_key: Option<String>,
}
