//! What the bank says of itself, believed only where it fits (OpenID Connect Discovery, section
//! 4.3; RFC 8414; RFC 8705, section 5).

use serde_json::Value;

use super::judge::Doubt;

/// The parts of a discovery document that this client uses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Discovery {
    /// `iss` of all the bank signs, and `aud` of all we sign for it.
    pub(crate) issuer: String,
    /// Where customers are sent.
    pub(crate) authorize: String,
    /// The pushed authorization request endpoint.
    pub(crate) par: String,
    /// The token endpoint.
    pub(crate) token: String,
    /// The introspection endpoint.
    pub(crate) introspect: String,
    /// The revocation endpoint.
    pub(crate) revoke: String,
    /// Where the bank's keys are.
    pub(crate) jwks: String,
}

impl Discovery {
    /// Reads a document that was fetched from `url`. A client with a certificate takes the
    /// mutual-TLS aliases wherever there are some. Only a bank that was named in the clear is called so.
    ///
    /// # Errors
    /// When the document is of another issuer, or lacks an endpoint.
    pub(crate) fn read(document: &Value, url: &str) -> Result<Self, Doubt> {
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        let issuer = text("issuer").unwrap_or_default().to_owned();
        // OpenID Connect Discovery, section 4.3: the issuer is the URL without the well-known
        // suffix.
        if format!("{}{WELL_KNOWN}", issuer.trim_end_matches('/')) != url {
            let expected = url.trim_end_matches(WELL_KNOWN).to_owned();
            return Err(Doubt::new(
                "the issuer in the discovery document",
                expected,
                issuer,
            ));
        }
        let scheme = match url.split_once("://") {
            Some(("http", _)) => "http",
            _ => "https",
        };
        let aliases = document.get("mtls_endpoint_aliases");
        let endpoint = |name: &str| {
            let alias = aliases.and_then(|aliases| aliases.get(name)?.as_str());
            let url = alias.or_else(|| text(name));
            url.filter(|url| url.split_once("://").is_some_and(|(it, _)| it == scheme))
                .map(str::to_owned)
                .ok_or_else(|| {
                    Doubt::new(
                        "the discovery document",
                        format!("{name}, an {scheme} URL"),
                        "none",
                    )
                })
        };
        Ok(Self {
            issuer,
            authorize: endpoint("authorization_endpoint")?,
            par: endpoint("pushed_authorization_request_endpoint")?,
            token: endpoint("token_endpoint")?,
            introspect: endpoint("introspection_endpoint")?,
            revoke: endpoint("revocation_endpoint")?,
            jwks: endpoint("jwks_uri")?,
        })
    }
}

const WELL_KNOWN: &str = "/.well-known/openid-configuration";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const URL: &str = "https://bank.test/.well-known/openid-configuration";

    fn document() -> Value {
        json!({
            "issuer": "https://bank.test",
            "authorization_endpoint": "https://bank.test/authorize",
            "pushed_authorization_request_endpoint": "https://bank.test/par",
            "token_endpoint": "https://bank.test/token",
            "introspection_endpoint": "https://bank.test/introspect",
            "revocation_endpoint": "https://bank.test/revoke",
            "jwks_uri": "https://bank.test/jwks",
        })
    }

    #[test]
    fn a_document_of_its_own_issuer_is_believed_and_its_aliases_are_used() {
        let mut document = document();
        assert_eq!(
            Discovery::read(&document, URL).unwrap().token,
            "https://bank.test/token"
        );
        document["mtls_endpoint_aliases"] = json!({ "token_endpoint": "https://mtls.test/token" });
        let read = Discovery::read(&document, URL).unwrap();
        assert_eq!(read.token, "https://mtls.test/token");
        assert_eq!(read.par, "https://bank.test/par");
    }

    #[test]
    fn a_bank_in_the_clear_is_believed_only_where_it_was_named_so() {
        let text = document().to_string().replace("https:", "http:");
        let mut document: Value = serde_json::from_str(&text).unwrap();
        let url = URL.replace("https:", "http:");
        let read = Discovery::read(&document, &url).unwrap();
        assert_eq!(read.token, "http://bank.test/token");
        assert!(Discovery::read(&document, URL).is_err());
        document["token_endpoint"] = json!("https://bank.test/token");
        assert!(Discovery::read(&document, &url).is_err());
    }

    #[test]
    fn what_does_not_fit_is_not_believed() {
        for (why, name, value) in [
            ("another issuer", "issuer", json!("https://other.test")),
            (
                "an issuer with a suffix",
                "issuer",
                json!("https://bank.test/x"),
            ),
            ("no issuer", "issuer", json!(null)),
            (
                "an endpoint in the clear",
                "token_endpoint",
                json!("http://bank.test/token"),
            ),
            (
                "no PAR",
                "pushed_authorization_request_endpoint",
                json!(null),
            ),
            ("keys that are no URL", "jwks_uri", json!(7)),
        ] {
            let mut document = document();
            document[name] = value;
            assert!(Discovery::read(&document, URL).is_err(), "{why}");
        }
    }
}
