//! Where the browser lands: the redirect that carries an authorization response.

use serde_json::{Map, Value};

use super::{Form, verified};

/// An address taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Landing {
    /// Before the query and the fragment.
    pub(crate) base: String,
    /// The query.
    pub(crate) query: Form,
    /// The fragment.
    pub(crate) fragment: Form,
}

impl Landing {
    /// Takes a `Location` apart.
    pub(crate) fn read(location: &str) -> Self {
        let (rest, fragment) = location.split_once('#').unwrap_or((location, ""));
        let (base, query) = rest.split_once('?').unwrap_or((rest, ""));
        Self {
            base: base.to_owned(),
            query: Form::read(query),
            fragment: Form::read(fragment),
        }
    }

    /// The claims of a JARM response, verified; wherever it travels it travels alone.
    #[track_caller]
    pub(crate) fn jarm(&self, jwks: &Value) -> Map<String, Value> {
        let (response, other) = match self.query.get("response") {
            Some(response) => (response, &self.fragment),
            None => (
                self.fragment.get("response").expect("response"),
                &self.query,
            ),
        };
        assert_eq!(other.get("response"), None, "{self:?}");
        for name in ["code", "state", "id_token", "error", "iss"] {
            assert_eq!(
                self.query.get(name),
                None,
                "{name} beside response: {self:?}"
            );
            assert_eq!(
                self.fragment.get(name),
                None,
                "{name} beside response: {self:?}"
            );
        }
        verified(response, jwks)
    }
}
