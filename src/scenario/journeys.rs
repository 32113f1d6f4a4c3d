//! Journeys and scripts as a scenario writes them.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::text::Quoted;

/// What customers do at the authorization endpoint.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct JourneysFile {
    /// What happens where no rule matches: `auto` (the default) approves at once.
    pub(super) default: Option<String>,
    /// Who is expected where nobody is named, by username or id; the first customer.
    pub(super) customer: Option<Quoted>,
    /// Which script plays when; the newest (last) that matches wins; none.
    #[serde(default)]
    pub(super) rules: Vec<RuleFile>,
}

/// When a script plays.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    /// What the journal calls it; its id when left out.
    pub(super) name: Option<String>,
    /// Conditions, all of which must hold; without any, every journey is meant.
    #[serde(default)]
    pub(super) when: WhenFile,
    /// The name of a script.
    pub(super) play: String,
}

/// Conditions of a rule.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WhenFile {
    /// Who asks.
    pub(super) client_id: Option<Quoted>,
    /// Who is expected to answer, by username or id.
    pub(super) customer: Option<Quoted>,
    /// What is asked for: `account-access`, `payment` or `funds-confirmation`.
    pub(super) consent_type: Option<String>,
    /// More than this is to be paid, in the instruction's currency: `"100.00"`.
    pub(super) amount_over: Option<Quoted>,
    /// Only the match of this number, counted from 1.
    pub(super) nth: Option<u32>,
    /// How often it plays.
    pub(super) times: Option<u32>,
}

/// Every script by its name, in the order written.
#[derive(Clone, Debug, Default)]
pub(super) struct ScriptsFile(pub(super) Vec<(String, Vec<StepFile>)>);

/// One step: a word alone (`approve`), or with what it needs (`wait: 3s`).
#[derive(Clone, Debug)]
pub(super) struct StepFile {
    pub(super) word: String,
    pub(super) value: ValueFile,
}

/// What stands behind a step's word.
#[derive(Clone, Debug)]
pub(super) enum ValueFile {
    Nothing,
    Text(String),
    List(Vec<Quoted>),
}

impl fmt::Display for ValueFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Text(text) => f.write_str(text),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(|item| item.0.as_str()).collect();
                write!(f, "[{}]", items.join(", "))
            }
        }
    }
}

// A map of the reader's own would let the second of two scripts of one name win in silence.
impl<'de> Deserialize<'de> for ScriptsFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ScriptsVisitor)
    }
}

struct ScriptsVisitor;

impl<'de> Visitor<'de> for ScriptsVisitor {
    type Value = ScriptsFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("scripts: a map of a name to a list of steps")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ScriptsFile, A::Error> {
        let mut scripts: Vec<(String, Vec<StepFile>)> = Vec::new();
        while let Some((name, steps)) = map.next_entry::<String, _>()? {
            if scripts.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom(format_args!("duplicate field `{name}`")));
            }
            scripts.push((name, steps));
        }
        Ok(ScriptsFile(scripts))
    }
}

impl<'de> Deserialize<'de> for StepFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StepVisitor)
    }
}

struct StepVisitor;

impl<'de> Visitor<'de> for StepVisitor {
    type Value = StepFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a step, such as `approve` or `otp: wrong`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<StepFile, E> {
        Ok(StepFile {
            word: text.to_owned(),
            value: ValueFile::Nothing,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<StepFile, A::Error> {
        let Some((word, value)) = map.next_entry()? else {
            return Err(A::Error::custom("a step has a word, such as `approve`"));
        };
        if let Some(second) = map.next_key::<String>()? {
            let message = format!("a step has one word, not `{second}` too: write it as the next");
            return Err(A::Error::custom(message));
        }
        Ok(StepFile { word, value })
    }
}

impl<'de> Deserialize<'de> for ValueFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = ValueFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of texts")
    }

    fn visit_unit<E: Error>(self) -> Result<ValueFile, E> {
        Ok(ValueFile::Nothing)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ValueFile, E> {
        Ok(ValueFile::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<ValueFile, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(ValueFile::List(list))
    }
}
