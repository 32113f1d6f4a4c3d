//! An entry of a scenario that comes by itself, as JSON: same words, same checks.

use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::check;
use super::file::ClientFile;
use super::text::nearest;
use super::{ClientPlan, Mistake};

/// What a client is to be, from the members of an entry of `clients`.
///
/// # Errors
/// The first thing that is wrong with it; its path is below the entry.
pub(crate) fn client_of(members: &Map<String, Value>) -> Result<ClientPlan, Box<Mistake>> {
    for (name, value) in members {
        let kind = MEMBERS.iter().find(|(known, _)| known == name);
        let (_, kind) = kind.ok_or_else(|| unknown(name))?;
        kind.check(name, value)?;
    }
    for required in ["client_id", "redirect_uris"] {
        if !members.contains_key(required) {
            return Err(missing(required));
        }
    }
    let written = ClientFile::deserialize(members)
        .map_err(|error| Box::new(Mistake::of_file("", error.to_string())))?;
    check::lone_client(&written)
}

/// What a member holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Text,
    Texts,
}

impl Kind {
    fn check(self, name: &str, value: &Value) -> Result<(), Box<Mistake>> {
        match (self, value) {
            (Self::Text, Value::String(_)) => Ok(()),
            (Self::Texts, Value::Array(items)) => {
                let strange = items.iter().enumerate().find(|(_, item)| !item.is_string());
                strange.map_or(Ok(()), |(index, item)| {
                    Err(expected(
                        &format!("{name}[{index}]"),
                        "a text",
                        &item.to_string(),
                    ))
                })
            }
            (Self::Text, _) => Err(expected(name, "a text", &value.to_string())),
            (Self::Texts, _) => Err(expected(name, "a list of texts", &value.to_string())),
        }
    }
}

fn unknown(name: &str) -> Box<Mistake> {
    let known = || MEMBERS.iter().map(|(known, _)| *known);
    let known_words: Vec<_> = known().collect();
    Box::new(Mistake {
        path: name.to_owned(),
        expected: Some(format!("one of {}", known_words.join(", "))),
        nearest: nearest(name, known()).map(str::to_owned),
        is_unknown_name: true,
        ..Mistake::of_file("", format!("unknown member `{name}`"))
    })
}

fn missing(name: &str) -> Box<Mistake> {
    Box::new(Mistake {
        path: name.to_owned(),
        expected: Some("a member of this name".to_owned()),
        ..Mistake::of_file("", format!("`{name}` is missing"))
    })
}

fn expected(path: &str, expected: &str, found: &str) -> Box<Mistake> {
    Box::new(Mistake {
        path: path.to_owned(),
        expected: Some(expected.to_owned()),
        ..Mistake::of_file("", format!("expected {expected}, found `{found}`"))
    })
}

/// The members of [`ClientFile`].
const MEMBERS: &[(&str, Kind)] = &[
    ("client_id", Kind::Text),
    ("name", Kind::Text),
    ("token_endpoint_auth_method", Kind::Text),
    ("signing_alg", Kind::Text),
    ("id_token_signed_response_alg", Kind::Text),
    ("roles", Kind::Texts),
    ("redirect_uris", Kind::Texts),
    ("responses", Kind::Texts),
    ("scope", Kind::Text),
    ("api_keys", Kind::Texts),
    ("transport_cert", Kind::Text),
    ("transport_key", Kind::Text),
    ("signing_key", Kind::Text),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(entry: &Value) -> Result<ClientPlan, Box<Mistake>> {
        client_of(entry.as_object().unwrap())
    }

    #[test]
    fn the_members_are_those_of_a_scenario() {
        let told = ClientFile::deserialize(&json!({ "": 0 }))
            .unwrap_err()
            .to_string();
        let written: Vec<_> = told.split('`').skip(3).step_by(2).collect();
        let known: Vec<_> = MEMBERS.iter().map(|(name, _)| *name).collect();
        assert_eq!(written, known, "{told}");
    }

    #[test]
    fn an_entry_means_what_it_means_in_a_scenario() {
        let entry = json!({
            "client_id": "willow", "redirect_uris": ["https://localhost:9443/callback"], "roles": ["AISP"],
        });
        let scenario = format!("version: 1\nname: x\nclients: [{entry}]\n");
        let scenario = super::super::Scenario::parse("x", &scenario).unwrap();
        assert_eq!(read(&entry).unwrap(), scenario.clients[0]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let uris = json!(["https://localhost/cb"]);
        for (entry, path, nearest) in [
            (json!({ "client": "w" }), "client", Some("client_id")),
            (json!({ "client_id": 7 }), "client_id", None),
            (json!({ "client_id": "w" }), "redirect_uris", None),
            (json!({ "redirect_uris": uris }), "client_id", None),
            (
                json!({ "client_id": "w", "redirect_uris": "x" }),
                "redirect_uris",
                None,
            ),
            (
                json!({ "client_id": "w", "redirect_uris": [7] }),
                "redirect_uris[0]",
                None,
            ),
            (
                json!({ "client_id": "../w", "redirect_uris": uris }),
                ".client_id",
                None,
            ),
            (
                json!({ "client_id": "w", "redirect_uris": [] }),
                ".redirect_uris",
                None,
            ),
            (
                json!({ "client_id": "w", "redirect_uris": ["http://x.test"] }),
                ".redirect_uris[0]",
                None,
            ),
            (
                json!({ "client_id": "w", "redirect_uris": uris, "roles": ["AIPS"] }),
                ".roles[0]",
                Some("AISP"),
            ),
            (
                json!({ "client_id": "w", "redirect_uris": uris, "signing_alg": "PS265" }),
                ".signing_alg",
                Some("PS256"),
            ),
            (
                json!({ "client_id": "w", "redirect_uris": uris, "roles": ["AISP"], "scope": "payments" }),
                ".scope",
                None,
            ),
        ] {
            let mistake = read(&entry).unwrap_err();
            assert_eq!(mistake.path, path, "{entry}");
            assert_eq!(mistake.nearest.as_deref(), nearest, "{entry}");
            assert!(mistake.expected.is_some(), "{entry}");
        }
    }
}
