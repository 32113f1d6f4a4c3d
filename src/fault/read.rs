//! Rules as they are written, in a scenario or over the control API: read member by member, every mistake
//! told with where it stands, what was expected and which names are known.

mod when;

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::id::{AccountId, CustomerId};

use super::arguments::Arguments;
use super::catalogue::{self, Entry};
use super::condition::When;
use super::connections::Connections;
use super::routes::{self, NAMES};
use super::rule::{Act, Rule};

pub(crate) use when::ALWAYS;

/// Whom rules may name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// The ids of the clients.
    pub(crate) clients: Vec<String>,
    /// The customers, by username.
    pub(crate) customers: Vec<(String, CustomerId)>,
    /// The accounts.
    pub(crate) accounts: Vec<AccountId>,
    /// What connections the bank has.
    pub(crate) connections: Connections,
}

/// Something wrong with a rule.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Complaint {
    /// Where it stands, as a JSON pointer below the rule.
    pub(crate) pointer: String,
    /// What would be right.
    pub(crate) expected: String,
    /// What is there.
    pub(crate) found: String,
    /// The names there are, where it is a name that nobody knows: what was meant may be among them.
    pub(crate) known: Vec<String>,
}

/// Reads a rule.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn rule(written: &Value, known: &Known) -> Result<Rule, Vec<Complaint>> {
    let mut reader = Reader::new(known);
    let rule = reader.rule(written);
    match rule {
        Some(rule) if reader.complaints.is_empty() => Ok(rule),
        _ => Err(reader.complaints),
    }
}

/// Reads what is said of one fault beside its id.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn arguments(
    entry: &'static Entry,
    said: &Map<String, Value>,
) -> Result<Arguments, Vec<Complaint>> {
    let known = Known::default();
    let mut reader = Reader::new(&known);
    let arguments = reader.arguments("", entry, said);
    if reader.complaints.is_empty() {
        Ok(arguments)
    } else {
        Err(reader.complaints)
    }
}

struct Reader<'k> {
    known: &'k Known,
    complaints: Vec<Complaint>,
}

impl<'k> Reader<'k> {
    const fn new(known: &'k Known) -> Self {
        Self {
            known,
            complaints: Vec::new(),
        }
    }

    fn expected(&mut self, pointer: &str, expected: impl Into<String>, found: &Value) {
        self.complaints.push(Complaint {
            pointer: pointer.to_owned(),
            expected: expected.into(),
            found: shown(found),
            known: Vec::new(),
        });
    }

    fn unknown<'n>(&mut self, pointer: &str, name: &str, known: impl IntoIterator<Item = &'n str>) {
        let known: Vec<_> = known.into_iter().map(str::to_owned).collect();
        let expected = format!("one of {}", known.join(", "));
        self.unlike(pointer, (expected, name), known);
    }

    /// The same, where what is right is told in words of its own.
    fn unlike(&mut self, pointer: &str, (expected, found): (String, &str), known: Vec<String>) {
        self.complaints.push(Complaint {
            pointer: pointer.to_owned(),
            expected,
            found: found.to_owned(),
            known,
        });
    }

    /// The members of an object, none of them unknown.
    fn object<'v>(
        &mut self,
        pointer: &str,
        value: &'v Value,
        known: &[&str],
    ) -> Option<&'v Map<String, Value>> {
        let Some(object) = value.as_object() else {
            self.expected(pointer, "an object", value);
            return None;
        };
        for name in object.keys().filter(|name| !known.contains(&name.as_str())) {
            let at = format!("{pointer}/{}", step(name));
            self.unknown(&at, name, known.iter().copied());
        }
        Some(object)
    }

    fn rule(&mut self, written: &Value) -> Option<Rule> {
        let members = self.object("", written, &["name", "when", "then"])?;
        let name = members.get("name").and_then(|name| self.name(name));
        let when = if let Some(when) = members.get("when") {
            self.when(when)
        } else {
            self.expected("/when", "conditions, or \"always\"", &Value::Null);
            None
        };
        let then = if let Some(then) = members.get("then") {
            self.then(then)
        } else {
            self.expected("/then", "a list of faults", &Value::Null);
            None
        };
        let (when, then) = (when?, then?);
        self.judge(&when, &then);
        Some(Rule { name, when, then })
    }

    fn name(&mut self, name: &Value) -> Option<Box<str>> {
        let text = name
            .as_str()
            .filter(|text| (1..=NAME_LENGTH_MAX).contains(&text.len()));
        if text.is_none() {
            let expected = format!("a name of 1 to {NAME_LENGTH_MAX} bytes");
            self.expected("/name", expected, name);
        }
        text.map(Into::into)
    }

    fn then(&mut self, written: &Value) -> Option<Vec<Act>> {
        let Some(list) = written.as_array().filter(|list| list.len() <= ACTS_MAX) else {
            let expected = format!("a list of at most {ACTS_MAX} faults");
            self.expected("/then", expected, written);
            return None;
        };
        let acts: Vec<_> = (list.iter().enumerate())
            .filter_map(|(index, written)| self.act(&format!("/then/{index}"), written))
            .collect();
        (acts.len() == list.len()).then_some(acts)
    }

    fn act(&mut self, pointer: &str, written: &Value) -> Option<Act> {
        let Some(members) = written.as_object() else {
            self.expected(pointer, "an object with a fault", written);
            return None;
        };
        let at = format!("{pointer}/fault");
        let Some(id) = members.get("fault").and_then(Value::as_str) else {
            let found = members.get("fault").unwrap_or(&Value::Null);
            self.expected(&at, "the id of a fault", found);
            return None;
        };
        let Some(entry) = catalogue::find(id) else {
            let known = catalogue::all().map(|entry| entry.id.to_owned());
            self.unlike(&at, (an_id_like(id), id), known.collect());
            return None;
        };
        let mut said = members.clone();
        said.remove("fault");
        let arguments = Arc::new(self.arguments(pointer, entry, &said));
        Some(Act { entry, arguments })
    }

    fn arguments(
        &mut self,
        pointer: &str,
        entry: &'static Entry,
        said: &Map<String, Value>,
    ) -> Arguments {
        let complaints = self.complaints.len();
        for (name, value) in said {
            let at = format!("{pointer}/{}", step(name));
            let mut parameters = entry.parameters.iter();
            match parameters.find(|parameter| parameter.name == name) {
                None if entry.parameters.is_empty() => {
                    let expected = format!("no parameter: {} has none", entry.id);
                    self.expected(&at, expected, &name.as_str().into());
                }
                None => {
                    let names = entry.parameters.iter().map(|parameter| parameter.name);
                    self.unknown(&at, name, names);
                }
                Some(parameter) if !parameter.kind.takes(value) => {
                    self.expected(&at, parameter.kind.expected(), value);
                }
                Some(_) => {}
            }
        }
        let arguments = Arguments::new(entry.parameters, said);
        if self.complaints.len() == complaints
            && let Err(clash) = (entry.check)(&arguments)
        {
            let at = format!("{pointer}/{}", clash.parameter);
            let found = said.get(clash.parameter).unwrap_or(&Value::Null);
            self.expected(&at, clash.expected, found);
        }
        arguments
    }

    /// Whether conditions and faults go together.
    fn judge(&mut self, when: &When, then: &[Act]) {
        if then.is_empty() && !when.hold {
            let expected = "at least one fault, or hold in when";
            self.expected("/then", expected, &Value::Array(Vec::new()));
        }
        for (index, act) in then.iter().enumerate() {
            self.judge_act(&format!("/then/{index}/fault"), when, act);
            if let Some(first) = then.first().filter(|first| !act.counts_like(first)) {
                let expected = format!(
                    "a fault of {}, as {} is: a rule counts connections or requests, not both",
                    first.entry.acts_on(),
                    first.entry.id
                );
                let at = format!("/then/{index}/fault");
                self.expected(&at, expected, &act.entry.id.into());
            }
            let mut before = then.iter().take(index);
            if let Some(other) = before.find(|other| act.is_in_the_way_of(other)) {
                let expected = format!("a fault that can act beside {}", other.entry.id);
                self.expected(
                    &format!("/then/{index}/fault"),
                    expected,
                    &act.entry.id.into(),
                );
            }
        }
    }

    /// Whether any route where the fault can act has the method that is asked for.
    fn judge_method(&mut self, when: &When, act: &Act) {
        let Some(method) = &when.method else { return };
        let is_meant = |name: &&&str| {
            let prefix = when.route.as_deref();
            act.can_act_within(name) && prefix.is_none_or(|prefix| routes::is_within(name, prefix))
        };
        let names = NAMES.iter().filter(is_meant);
        let mut methods: Vec<_> = names.flat_map(|name| routes::methods_of(name)).collect();
        methods.sort_unstable();
        methods.dedup();
        if methods.is_empty() || methods.iter().any(|own| ***own == **method) {
            return;
        }
        let methods: Vec<_> = methods.into_iter().copied().collect();
        let id = act.entry.id;
        let expected = format!(
            "a method with which {id} can act there, {}",
            methods.join(" or ")
        );
        self.expected("/when/method", expected, &(**method).into());
    }

    fn judge_act(&mut self, pointer: &str, when: &When, act: &Act) {
        let entry = act.entry;
        if entry.is_of_connections() {
            if when.asks_for_more_than_a_connection() {
                let expected = "connection, between, ttl and counts alone: \
                                the fault acts before anything is sent";
                self.expected("/when", expected, &entry.id.into());
            }
            if let Some(expected) = self.known.connections.misfit(entry) {
                self.expected(pointer, expected, &entry.id.into());
            }
            return;
        }
        if let Some(route) = when
            .route
            .as_deref()
            .filter(|route| !act.can_act_within(route))
        {
            let expected = act.expected_route();
            self.expected("/when/route", expected, &route.into());
        }
        self.judge_method(when, act);
        if let Some(phase) = when.phase.filter(|phase| !entry.phases.contains(phase)) {
            let expected = match entry.phases {
                [] => format!("no phase: {} acts where the thing is made", entry.id),
                [one, ..] => format!("{}, as {} does", one.as_str(), entry.id),
            };
            self.expected("/when/phase", expected, &phase.as_str().into());
        }
    }
}

/// What would be right instead of an id that nobody knows: a list of all of them would hide it.
fn an_id_like(id: &str) -> String {
    let family = id.split('.').next().unwrap_or(id);
    if catalogue::families().any(|known| known == family) {
        return format!(
            "the id of a fault; `hamsterbank faults {family}` lists those of its family"
        );
    }
    let families: Vec<_> = catalogue::families().collect();
    format!(
        "the id of a fault of {}; `hamsterbank faults` lists them",
        families.join(", ")
    )
}

/// A name as a step of a pointer (RFC 6901, section 3).
fn step(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A name is read in a line of the journal.
pub(super) const NAME_LENGTH_MAX: usize = 64;
/// More faults than these at once tell nothing.
pub(super) const ACTS_MAX: usize = 16;

#[cfg(test)]
mod tests;
