//! `extends`: a scenario on top of a built-in one. Maps merge by key, lists of named things by name, all
//! else is replaced; `remove: true` takes one out.
//!
//! What is merged stands elsewhere than where it was written. [`Origin`] knows the way back, so that a
//! mistake is told where its author finds it.

use serde_json::{Map, Value};

use super::builtin;
use super::document::{self, member_path};
use super::text::nearest;

/// A scenario with all it rests on, and where each part of it was written.
pub(super) struct Resolved {
    pub(super) value: Value,
    pub(super) origin: Origin,
    pub(super) slips: Vec<Slip>,
}

/// Something wrong with how one scenario extends another.
pub(super) struct Slip {
    /// Where it is written.
    pub(super) path: String,
    /// What stands there.
    pub(super) found: String,
    /// What was expected.
    pub(super) expected: String,
    /// What was perhaps meant.
    pub(super) nearest: Option<String>,
}

/// Where items of merged lists were written: none of those that came from what is extended.
#[derive(Debug, Default)]
pub(super) struct Origin(Vec<(String, Option<String>)>);

impl Origin {
    /// Where a path of the whole was written; none when another scenario says it.
    pub(super) fn written(&self, path: &str) -> Option<String> {
        let is_below = |merged: &str| {
            let rest = path.strip_prefix(merged);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let known = self.0.iter().filter(|(merged, _)| is_below(merged));
        match known.max_by_key(|(merged, _)| merged.len()) {
            None => Some(path.to_owned()),
            Some((merged, written)) => {
                let rest = path.get(merged.len()..).unwrap_or_default();
                written.as_ref().map(|written| format!("{written}{rest}"))
            }
        }
    }
}

/// What is written, with what it extends.
pub(super) fn resolve(mut written: Value) -> Resolved {
    let mut slips = Vec::new();
    let named = written
        .as_object_mut()
        .and_then(|members| members.shift_remove("extends"));
    let base = match named {
        None => None,
        Some(Value::String(name)) => find(&name, &mut slips),
        Some(other) => {
            slips.push(Slip::of(
                "extends",
                &other,
                "the name of a built-in scenario",
            ));
            None
        }
    };
    let Some(base) = base else {
        let origin = Origin::default();
        return Resolved {
            value: written,
            origin,
            slips,
        };
    };
    let mut merge = Merge {
        origin: Origin::default(),
        slips,
    };
    let value = merge.value(base, written, ("", ""));
    Resolved {
        value,
        origin: merge.origin,
        slips: merge.slips,
    }
}

/// A built-in scenario, whole. None of them extends itself: a test opens every one.
fn find(name: &str, slips: &mut Vec<Slip>) -> Option<Value> {
    let Some(source) = builtin::scenario(name) else {
        slips.push(Slip {
            path: "extends".to_owned(),
            found: name.to_owned(),
            expected: "the name of a built-in scenario".to_owned(),
            nearest: nearest(name, builtin::scenario_names()).map(str::to_owned),
        });
        return None;
    };
    let base = document::read(source).ok()?.value;
    Some(resolve(base).value)
}

struct Merge {
    origin: Origin,
    slips: Vec<Slip>,
}

impl Merge {
    /// `over` on top of `base`; both paths, that of the whole and that of the file.
    fn value(&mut self, base: Value, over: Value, (whole, file): (&str, &str)) -> Value {
        match (base, over) {
            (Value::Object(base), Value::Object(over)) => {
                Value::Object(self.map(base, over, (whole, file)))
            }
            (Value::Array(base), Value::Array(over)) => match name_in(whole) {
                Some(name) => Value::Array(self.list((base, over), name, (whole, file))),
                None => Value::Array(over),
            },
            (_, over) => over,
        }
    }

    fn map(
        &mut self,
        mut base: Map<String, Value>,
        over: Map<String, Value>,
        (whole, file): (&str, &str),
    ) -> Map<String, Value> {
        for (name, value) in over {
            let paths = (member_path(whole, &name), member_path(file, &name));
            let is_there = base.contains_key(&name);
            if is_removal(&value, None) {
                if !is_there {
                    let known = base.keys().map(String::as_str);
                    self.absent(&paths.1, &name, known);
                }
                base.shift_remove(&name);
            } else if let Some(place) = base.get_mut(&name) {
                let under = place.take();
                *place = self.value(under, value, (&paths.0, &paths.1));
            } else {
                base.insert(name, value);
            }
        }
        base
    }

    fn list(
        &mut self,
        (base, over): (Vec<Value>, Vec<Value>),
        name: &str,
        (whole, file): (&str, &str),
    ) -> Vec<Value> {
        let named = |item: &Value| item.get(name).and_then(Value::as_str).map(str::to_owned);
        let mut items: Vec<_> = base.into_iter().map(|item| (item, None)).collect();
        let over = over.into_iter().enumerate();
        // Places must not shift once something has been merged into them.
        let (removals, over): (Vec<_>, Vec<_>) =
            over.partition(|(_, item)| is_removal(item, Some(name)));
        for (index, item) in removals {
            let own = named(&item);
            let place = items
                .iter()
                .position(|(known, _)| own.is_some() && named(known) == own);
            if let Some(place) = place {
                items.remove(place);
                continue;
            }
            let known: Vec<_> = items.iter().filter_map(|(it, _)| named(it)).collect();
            let path = member_path(&format!("{file}[{index}]"), name);
            let own = own.unwrap_or_default();
            self.absent(&path, &own, known.iter().map(String::as_str));
        }
        for (index, item) in over {
            let written = format!("{file}[{index}]");
            let own = named(&item);
            let place = items
                .iter()
                .position(|(known, _)| own.is_some() && named(known) == own);
            let under = place.and_then(|place| items.get_mut(place));
            let Some((under, origin)) = under else {
                items.push((item, Some(written)));
                continue;
            };
            let whole = format!("{whole}[{}]", place.unwrap_or_default());
            *under = self.value(under.take(), item, (&whole, &written));
            *origin = Some(written);
        }
        let mut list = Vec::with_capacity(items.len());
        for (index, (item, written)) in items.into_iter().enumerate() {
            self.origin.0.push((format!("{whole}[{index}]"), written));
            list.push(item);
        }
        list
    }

    fn absent<'known>(&mut self, path: &str, name: &str, known: impl Iterator<Item = &'known str>) {
        self.slips.push(Slip {
            path: path.to_owned(),
            found: name.to_owned(),
            expected: "something that is there, to be taken out".to_owned(),
            nearest: nearest(name, known).map(str::to_owned),
        });
    }
}

impl Slip {
    fn of(path: &str, found: &Value, expected: &str) -> Self {
        Self {
            path: path.to_owned(),
            found: found.to_string(),
            expected: expected.to_owned(),
            nearest: None,
        }
    }
}

/// Whether something says `remove: true` and no more than its own name.
fn is_removal(value: &Value, name: Option<&str>) -> bool {
    let Some(members) = value.as_object() else {
        return false;
    };
    let is_alone = members
        .keys()
        .all(|key| key == "remove" || Some(key.as_str()) == name);
    is_alone && members.get("remove") == Some(&Value::Bool(true))
}

/// What the things of a list are told apart by, when they are.
fn name_in(path: &str) -> Option<&'static str> {
    let last = path.rsplit('.').next().unwrap_or(path);
    let named = NAMES.iter().find(|(list, _)| *list == last);
    named.map(|(_, name)| *name)
}

/// Lists of named things, and what their names are called. Of rules, those without a name are added: in
/// every list of rules the newest match wins.
const NAMES: &[(&str, &str)] = &[
    ("accounts", "name"),
    ("clients", "client_id"),
    ("contracts", "id"),
    ("customers", "id"),
    ("faults", "name"),
    ("rules", "name"),
    ("timelines", "name"),
];
