//! A client that brings its certificate and keys along, as its CA and its own software made them.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use crate::jose::SigningKey;
use crate::pki::{Credential, KitFiles, PeerCertificate, PrivateKey};
use crate::scenario::{ClientPlan, OwnKit, path_of, text_of};

use super::{ClientKit, OpeningError, client};

/// What such a client holds.
///
/// # Errors
/// When something of it cannot be read, or does not fit the rest.
pub(super) fn own_kit(plan: &ClientPlan, own: &OwnKit) -> Result<ClientKit, OpeningError> {
    let fault = |member, reason: &dyn ToString| OpeningError::Own {
        client: plan.client_id.clone(),
        member,
        reason: reason.to_string(),
    };
    let read = |member, written| {
        let text = text_of(written).map(std::borrow::Cow::into_owned);
        text.map_err(|error| fault(member, &error))
    };
    let transport = Credential {
        cert_pem: read(CERT, &own.transport_cert)?,
        key_pem: read(KEY, &own.transport_key)?,
    };
    let certificate = PeerCertificate::from_pem(&transport.cert_pem);
    let certificate = certificate.as_ref().and_then(PeerCertificate::facts);
    let certificate = certificate.ok_or_else(|| fault(CERT, &"it is no certificate in PEM"))?;
    let key = PrivateKey::from_pem(&transport.key_pem).map_err(|error| fault(KEY, &error))?;
    if !certificate.is_of(&key) {
        return Err(fault(KEY, &"it is not the key of transport_cert"));
    }
    let signing_key_pem = read(SIGNING, &own.signing_key)?;
    let signing = SigningKey::from_pem(&signing_key_pem).map_err(|error| fault(SIGNING, &error))?;
    signing.prepare().map_err(|error| fault(SIGNING, &error))?;
    if signing.algorithm() != plan.signing_alg {
        let (is, should) = (signing.algorithm(), plan.signing_alg);
        let reason = format!("it is a key for {is}, and signing_alg is {should}");
        return Err(fault(SIGNING, &reason));
    }
    Ok(ClientKit {
        client: Arc::new(client(plan, &signing, &transport)?),
        transport,
        signing_kid: signing.kid().to_owned(),
        signing_alg: plan.signing_alg,
        signing_key_pem,
        signing_jwk: json!(signing.private_jwk()).to_string(),
        files: files(own),
    })
}

/// Where it lies, if all of it lies in files.
fn files(own: &OwnKit) -> Option<KitFiles> {
    let file = |written| -> Option<PathBuf> { std::path::absolute(path_of(written)?).ok() };
    Some(KitFiles {
        transport_pem: file(&own.transport_cert)?,
        transport_key: file(&own.transport_key)?,
        signing_key: file(&own.signing_key)?,
        signing_jwk: None,
    })
}

const CERT: &str = "transport_cert";
const KEY: &str = "transport_key";
const SIGNING: &str = "signing_key";
