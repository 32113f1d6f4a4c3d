//! From a scenario to an open bank: clients with kits, keys, people.
//!
//! Everything that costs time at the start happens here, so what is slow stays out: RSA keys come from the
//! pool of published test keys, certificates are reused from disk or issued within microseconds, and keys
//! are decoded when they first sign.

mod further;
mod own;
mod replaced;
mod signing;
mod trust;

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use crate::clock::{Clock, ClockMode, Now, Standing, Timestamp};
use crate::consent::Consents;
use crate::consent::unattended::Unattended;
use crate::directory::RegistryFull;
use crate::fault::armed::Faults;
use crate::fault::connections::{Connections, Misfit};
use crate::id::ClientId;
use crate::jose::Algorithm;
use crate::jose::{KeySet, KeySetFault, SigningKey};
use crate::journey::rulebook::Rulebook;
use crate::oauth::AuthorizationServer;
use crate::oauth::api_key::{ApiKeys, NotKept};
use crate::oauth::client::{Authentication, Client};
use crate::oauth::metadata::Endpoints;
use crate::oauth::profile::Policy;
use crate::oauth::rate::Rates;
use crate::oauth::recent::Recent;
use crate::oauth::registration::fetched::FetchedKeys;
use crate::oauth::room::Rooms;
use crate::oauth::token::GrantType;
use crate::pki::{
    Authority, AuthorityError, Credential, KeyFault, KeySource, Kit, KitFiles, KitSpec,
    PeerCertificate, Store, StoreError, TestKeys, TlsFault, TppSubject,
};
use crate::scenario::{AuthMethod, ClientPlan, ClockStart, Scenario};

use super::idempotency::Idempotency;
use super::{Bank, Origin, Settings, State};

pub(crate) use further::{FurtherError, add_client};
pub(crate) use replaced::{inherit, replaced};
pub(crate) use signing::next_signing_key;

/// What a scenario does not say about the bank it opens.
pub(crate) struct Opening<'a> {
    /// The bank's name in this process.
    pub(crate) name: &'a str,
    /// Its public URL, without a trailing slash.
    pub(crate) issuer: &'a str,
    /// How it is reached.
    pub(crate) connections: Connections,
    /// Its clock.
    pub(crate) clock: Clock,
    /// The CA its clients' certificates come from.
    pub(crate) authority: &'a Arc<Authority>,
    /// Where kits are kept; without it they live in memory alone.
    pub(crate) store: Option<&'a Store>,
    /// Whether the published test keys will do; otherwise fresh ones are made, slowly.
    pub(crate) test_keys: bool,
}

/// What a scenario's client holds: certificates and keys, and where they lie on disk.
#[derive(Clone, Debug)]
pub(crate) struct ClientKit {
    /// The registration.
    pub(crate) client: Arc<Client>,
    /// What it presents in TLS.
    pub(crate) transport: Credential,
    /// What it signs with, as PEM.
    pub(crate) signing_key_pem: String,
    /// The same as a private JWK.
    pub(crate) signing_jwk: String,
    /// The key's id.
    pub(crate) signing_kid: String,
    /// The algorithm the key is for.
    pub(crate) signing_alg: Algorithm,
    /// Where it lies, when it does.
    pub(crate) files: Option<KitFiles>,
}

/// Why a bank cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpeningError {
    /// A scenario's API keys cannot be kept.
    #[error(transparent)]
    ApiKey(#[from] NotKept),
    /// It was not made to its end.
    #[error("the bank was not opened to its end: {0}")]
    BrokenOff(String),
    /// A certificate could not be issued.
    #[error("cannot issue a certificate: {0}")]
    Authority(#[from] AuthorityError),
    /// A key cannot be used.
    #[error("cannot use a key: {0}")]
    Key(#[from] KeyFault),
    /// A client's key set cannot be used.
    #[error("cannot use a client's key: {0}")]
    KeySet(#[from] KeySetFault),
    /// There are more clients than the directory keeps.
    #[error(transparent)]
    Directory(#[from] RegistryFull),
    /// A fault of the scenario could not act here.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// What a client brings along cannot be used.
    #[error("cannot use {member} of client {client}: {reason}")]
    Own {
        /// Whose.
        client: ClientId,
        /// What.
        member: &'static str,
        /// Why not.
        reason: String,
    },
    /// A runtime cannot be started.
    #[error("cannot start a runtime: {0}")]
    Runtime(String),
    /// A file of further CAs cannot be used.
    #[error("cannot trust {}: {reason}", path.display())]
    Trust {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The directory of certificates cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The CAs cannot be used.
    #[error("cannot trust the bank's own CA: {0}")]
    Tls(#[from] TlsFault),
    /// A certificate that was just made cannot be read.
    #[error("cannot read the certificate of client {0}")]
    Unreadable(ClientId),
}

/// Opens the bank of a scenario, and hands out what its clients hold.
///
/// # Errors
/// See [`OpeningError`].
pub(crate) fn open(
    scenario: &Scenario,
    opening: &Opening<'_>,
) -> Result<(Bank, Arc<[ClientKit]>), OpeningError> {
    let now = opening.clock.now();
    let kits: Arc<[_]> = kits(scenario, opening, now)?.into();
    let settings = settings(scenario, opening);
    let origin = Origin {
        scenario: Arc::new(scenario.clone()),
        kits: Arc::clone(&kits),
    };
    let state = first_state(&origin, &settings, now)?;
    let keys = signing::bank_keys(opening, settings.seed, now)?;
    let directory = trust::directory(opening, settings.seed)?;
    let trusted = trust::trusted(scenario, opening, &directory)?;
    let bank = Bank::new(
        settings,
        opening.clock.clone(),
        (keys, directory),
        trusted,
        (state, origin),
    );
    Ok((bank, kits))
}

/// A bank as it opened, but for its keys, which stay, and its journal's listener.
///
/// # Errors
/// When the scenario's clients do not fit into the directory, as they did before.
pub(super) fn reopened(former: &Bank, standing: Standing) -> Result<Bank, OpeningError> {
    let state = first_state(&former.origin, &former.settings, standing.now())?;
    Ok(former.afresh(state, standing))
}

/// What stands in a bank before the first call.
fn first_state(origin: &Origin, settings: &Settings, now: Now) -> Result<State, OpeningError> {
    let Origin { scenario, kits } = origin;
    let clients = kits.iter().map(|kit| Arc::clone(&kit.client)).collect();
    let stream = |name| settings.seed.stream(name);
    settings.connections.check(&scenario.faults)?;
    let kept = scenario.bank.kept_per_client;
    let rooms = Rooms::with_at_most(kept);
    Ok(State {
        book: scenario.open(now),
        consents: Consents::new((stream("consents"), scenario.bank.id_lengths()), kept),
        idempotency: Idempotency::default(),
        oauth: AuthorizationServer::new(clients, (settings.lifetimes, rooms), stream("clients")),
        registry: trust::registry(scenario, kits)?,
        fetched_keys: FetchedKeys::default(),
        journeys: Rulebook::of(&scenario.journeys),
        api_keys: api_keys(scenario, now.bank)?,
        rates: Rates::default(),
        unattended: Unattended::default(),
        recent: Recent::default(),
        faults: Faults::of(&scenario.faults, now.real),
    })
}

fn api_keys(scenario: &Scenario, now: Timestamp) -> Result<ApiKeys, NotKept> {
    (scenario.clients.iter()).try_fold(ApiKeys::default(), |keys, plan| {
        keys.with(&plan.client_id, &plan.api_keys, now)
    })
}

/// The clock a scenario begins with, in the same real time as another bank of the process.
pub(crate) fn clock_beside(other: &Clock, start: ClockStart) -> Clock {
    match start {
        ClockStart::Now => other.beside(None, ClockMode::Follow),
        ClockStart::At(at) => other.beside(Some(at), ClockMode::Follow),
        ClockStart::AtRate { start, rate } => other.beside(start, ClockMode::Rate(rate)),
    }
}

/// The clock a scenario begins with.
pub(crate) fn clock_of(start: ClockStart) -> Clock {
    clock_beside(&Clock::system(), start)
}

fn settings(scenario: &Scenario, opening: &Opening<'_>) -> Settings {
    let bank = &scenario.bank;
    Settings {
        name: opening.name.to_owned(),
        scenario: scenario.name.clone(),
        seed: bank.seed,
        endpoints: Endpoints::below(opening.issuer),
        connections: opening.connections,
        policy: Policy {
            profile: bank.profile,
            lenient: bank.lenient.clone(),
            registration: bank.registration,
        },
        explain: bank.explain,
        links: bank.links,
        registration: bank.registration,
        lifetimes: bank.lifetimes,
        test_keys: opening.test_keys,
        cut_off: bank.cut_off,
        contracts: bank.contracts.clone(),
        sign_responses: bank.sign_responses,
        page_size: bank.page_size,
        response_headers: bank.response_headers,
        rate_limits: bank.rate_limits,
        unattended_limit: bank.unattended_limit,
        require_api_key: bank.require_api_key,
        fault_header: bank.fault_header,
    }
}

fn kits(
    scenario: &Scenario,
    opening: &Opening<'_>,
    now: Now,
) -> Result<Vec<ClientKit>, OpeningError> {
    let roles: Vec<_> = scenario
        .clients
        .iter()
        .flat_map(|plan| ["transport", "signing"].map(|part| format!("{part}/{}", plan.client_id)))
        .collect();
    let roles: Vec<_> = roles.iter().map(String::as_str).collect();
    let pool = TestKeys::pick_distinct(scenario.bank.seed, opening.name, &roles);
    let (pairs, _) = pool.as_chunks::<2>();
    scenario
        .clients
        .iter()
        .zip(pairs)
        .map(|(plan, pair)| kit(plan, *pair, opening, now))
        .collect()
}

fn kit(
    plan: &ClientPlan,
    [transport, signing]: [&'static str; 2],
    opening: &Opening<'_>,
    now: Now,
) -> Result<ClientKit, OpeningError> {
    if let Some(own) = &plan.own {
        return own::own_kit(plan, own);
    }
    let rsa = |pooled| {
        if opening.test_keys {
            KeySource::Pool(pooled)
        } else {
            KeySource::FreshRsa
        }
    };
    let spec = KitSpec {
        id: plan.client_id.to_string(),
        subject: subject(plan),
        transport_key: rsa(transport),
        signing_key: match plan.signing_alg {
            Algorithm::Ps256 => rsa(signing),
            Algorithm::Es256 => KeySource::FreshP256,
        },
    };
    let kit = match opening.store {
        Some(store) => store.client_kit(opening.authority, &spec, now.real)?,
        None => Kit::issue(opening.authority, &spec, now.real)?,
    };
    let key = SigningKey::from_pem(&kit.signing.key_pem)?;
    let jwk = if let Some(jwk) = kit.signing_jwk {
        jwk
    } else {
        let jwk = json!(key.private_jwk()).to_string();
        if let Some(store) = opening.store {
            store.write_signing_jwk(&spec.id, &jwk)?;
        }
        jwk
    };
    let client = Arc::new(client(plan, &key, &kit.transport)?);
    Ok(ClientKit {
        client,
        transport: kit.transport,
        signing_kid: key.kid().to_owned(),
        signing_alg: plan.signing_alg,
        signing_key_pem: kit.signing.key_pem,
        signing_jwk: jwk,
        files: kit.files,
    })
}

// Invented organisations: the number is made of the id, so that it stays the same.
fn subject(plan: &ClientPlan) -> TppSubject {
    let number = plan.client_id.as_str().bytes().fold(0_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    TppSubject {
        country: "GB".to_owned(),
        organisation: format!("{} (test)", plan.name),
        organization_identifier: format!("PSDGB-FCA-{:06}", number % 1_000_000),
        common_name: plan.client_id.to_string(),
        roles: plan.roles.clone(),
    }
}

fn client(
    plan: &ClientPlan,
    key: &SigningKey,
    transport: &Credential,
) -> Result<Client, OpeningError> {
    let authentication = match plan.auth_method {
        AuthMethod::PrivateKeyJwt => Authentication::PrivateKeyJwt {
            signing_alg: plan.signing_alg,
        },
        AuthMethod::TlsClientAuth => {
            let certificate = PeerCertificate::from_pem(&transport.cert_pem)
                .ok_or_else(|| OpeningError::Unreadable(plan.client_id.clone()))?;
            Authentication::TlsClientAuth {
                subject: certificate.subject().clone(),
            }
        }
    };
    Ok(Client {
        id: plan.client_id.clone(),
        name: plan.name.as_str().into(),
        authentication,
        keys: KeySet::from_jwks(&json!({ "keys": [key.public_jwk()] }))?,
        certificate: PeerCertificate::from_pem(&transport.cert_pem).map(|it| it.thumbprint()),
        redirect_uris: plan.redirect_uris.clone(),
        grant_types: GrantType::ALL.to_vec(),
        response_types: plan.response_types.clone(),
        scope: plan.scope,
        id_token_signed_response_alg: plan.id_token_alg,
        id_token_encryption: None,
        authorization_signed_response_alg: plan.id_token_alg,
        request_object_signing_alg: plan.signing_alg,
    })
}
