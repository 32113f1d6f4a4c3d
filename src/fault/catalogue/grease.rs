//! The family `grease`: answers that are odd and right. What the standards leave open is done otherwise than
//! one is used to, so that a client learns the standard and not this bank.

use http::header::{HeaderName, HeaderValue};
use serde_json::{Map, Value};

use crate::entropy::Draws;
use crate::fault::condition::Phase;
use crate::fault::routes::EVERYWHERE;
use crate::json;
use crate::wire::reply::Reply;

use super::{Acts, Entry, Given, Leaves, Nature, anywhere, together};

/// The family's faults.
pub(super) static FAULTS: &[Entry] = &[
    Entry {
        id: "grease.members.order",
        summary: "The members of every JSON object come in another order.",
        clause: "RFC 8259, section 4: an object is an unordered collection",
        right_client: "Finds members by their names.",
        nature: Nature::Modifier("order"),
        acts: Acts::Reply(|reply, given| {
            let mut draws = given.draws();
            edit(reply, |members| shuffle(members, &mut draws))
        }),
        ..BASE
    },
    Entry {
        id: "grease.members.extra",
        summary: "Every JSON object has one more member, of which nobody has heard.",
        clause: "RFC 6749, section 5.1; RFC 7517, section 4; OpenID Connect Discovery 1.0, section 3",
        right_client: "Ignores members it does not know.",
        nature: Nature::Modifier("extra"),
        acts: Acts::Reply(|reply, given| {
            let mut draws = given.draws();
            edit(reply, |members| {
                let name = format!("x_grease_{}", draws.below(1000));
                members.insert(name, "ignore me".into());
            })
        }),
        ..BASE
    },
    Entry {
        id: "grease.headers.extra",
        summary: "The answer has one more header, of which nobody has heard.",
        clause: "RFC 9110, section 5.1: a recipient ignores header fields it does not know",
        right_client: "Ignores a header it does not know.",
        nature: Nature::Modifier("x-grease"),
        acts: Acts::Reply(|reply, _| {
            let value = HeaderValue::from_static("ignore me");
            reply.headers.insert(X_GREASE, value).is_none()
        }),
        ..BASE
    },
    Entry {
        id: "grease.token_type.odd_case",
        summary: "The token endpoint writes Bearer in letters of any case.",
        clause: "RFC 6749, section 5.1: the value of token_type is case insensitive",
        right_client: "Compares it without regard to case.",
        routes: &["oauth.token"],
        nature: Nature::Modifier("token_type"),
        acts: Acts::Reply(odd_case),
        ..BASE
    },
];

const BASE: Entry = Entry {
    id: "",
    summary: "",
    parameters: &[],
    clause: "",
    right_client: "",
    routes: EVERYWHERE,
    leaves: Leaves::Nothing,
    check: together,
    nature: Nature::Modifier(""),
    phases: NO_PHASES,
    fits: anywhere,
    acts: Acts::Reply(|_, _| false),
};

const NO_PHASES: &[Phase] = &[];

const X_GREASE: HeaderName = HeaderName::from_static("x-grease");

/// Changes every object of a JSON body; false where there is none.
fn edit(reply: &mut Reply, mut change: impl FnMut(&mut Map<String, Value>)) -> bool {
    let Ok(mut body) = json::read(&reply.body) else {
        return false;
    };
    let is_changed = walk(&mut body, &mut change);
    if is_changed {
        reply.body = body.to_string().into();
    }
    is_changed
}

fn walk(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) -> bool {
    match value {
        Value::Array(items) => {
            let changed = items.iter_mut().map(|item| walk(item, change));
            changed.fold(false, |any, one| any | one)
        }
        Value::Object(members) => {
            for member in members.values_mut() {
                walk(member, change);
            }
            change(members);
            true
        }
        _ => false,
    }
}

/// Fisher and Yates.
fn shuffle(members: &mut Map<String, Value>, draws: &mut Draws) {
    let mut left: Vec<_> = std::mem::take(members).into_iter().collect();
    while let Ok(count) = u32::try_from(left.len())
        && count > 0
    {
        let at = usize::try_from(draws.below(count)).unwrap_or(0);
        let (name, value) = left.swap_remove(at);
        members.insert(name, value);
    }
}

fn odd_case(reply: &mut Reply, given: &Given<'_>) -> bool {
    let mut draws = given.draws();
    let mut is_found = false;
    edit(reply, |members| {
        if let Some(Value::String(word)) = members.get_mut("token_type") {
            let letters = word.chars().map(|letter| {
                if draws.percent(50) {
                    letter.to_ascii_uppercase()
                } else {
                    letter.to_ascii_lowercase()
                }
            });
            *word = letters.collect();
            is_found = true;
        }
    });
    is_found
}
