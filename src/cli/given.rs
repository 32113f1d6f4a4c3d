//! What the bank gives to the programs that are tested against it: names in the environment, for `run`
//! and `env` alike.

use serde_json::Value;

/// Every name that is given (control contract, section 4), in the order in which a reader wants them.
pub(super) const NAMES: [&str; 10] = [
    "HAMSTERBANK_READY_DOCUMENT",
    "HAMSTERBANK_ISSUER",
    "HAMSTERBANK_API_URL",
    "HAMSTERBANK_CONTROL_URL",
    "HAMSTERBANK_CA_FILE",
    "HAMSTERBANK_CLIENT_ID",
    "HAMSTERBANK_CLIENT_CERT_FILE",
    "HAMSTERBANK_CLIENT_KEY_FILE",
    "HAMSTERBANK_SIGNING_KEY_FILE",
    "HAMSTERBANK_SIGNING_JWK_FILE",
];

/// The names of a bank with their values, as far as its ready document tells them: a bank whose control
/// API is closed gives no URL for it, and one that knows no TPP gives no kit.
pub(super) fn variables(ready: &Value) -> Vec<(&'static str, String)> {
    let told = |pointer: &str| ready.pointer(pointer)?.as_str().map(str::to_owned);
    let values = [
        told("/ready_file"),
        told("/issuer"),
        told("/api_url"),
        told("/control_url"),
        told("/ca_file"),
        told("/clients/0/client_id"),
        told("/clients/0/transport_cert_file"),
        told("/clients/0/transport_key_file"),
        told("/clients/0/signing_key_file"),
        told("/clients/0/signing_jwk_file"),
    ];
    let pairs = NAMES.into_iter().zip(values);
    pairs
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_bank_does_not_have_it_does_not_give() {
        let ready = json!({ "issuer": "https://localhost:1", "clients": [] });
        let given = variables(&ready);
        assert_eq!(
            given,
            [("HAMSTERBANK_ISSUER", "https://localhost:1".to_owned())]
        );
        let ready = json!({ "ready_file": "/tmp/ready.json" });
        let given = variables(&ready);
        assert_eq!(
            given,
            [("HAMSTERBANK_READY_DOCUMENT", "/tmp/ready.json".to_owned())]
        );
    }
}
