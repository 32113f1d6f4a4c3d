//! Where faults meet a call: they are decided when it arrives, again where more becomes known of it, and
//! accounted for when it ends. Where nothing is armed and no header asks, one look is all it costs.

mod about;

use std::sync::Arc;

use crate::bank::Bank;
use crate::clock::Timestamp;
use crate::fault::catalogue::{Chance, OfConnection};
use crate::fault::condition::{Lottery, Phase};
use crate::fault::decided::{Account, Decided};
use crate::fault::facts::{About, Asked, Facts, Read};
use crate::fault::header::{Permission, Refused, X_HAMSTER_FAULT, X_HAMSTER_FAULT_FIRED};
use crate::fault::note::Note;
use crate::fault::{catalogue, header as fault_header};
use crate::journal::FaultNote;
use crate::rule::{Mismatch, Rule};
use crate::scenario::nearest;
use crate::wire::header;
use crate::wire::reply::Reply;

use super::banking::error::{Error, Kind};
use super::banking::signature;
use super::call::Call;

/// Decides what happens to a call; `route` is where it leads.
///
/// # Errors
/// 400 when the call's own header asks for a fault that there is not, or not here; 403 when the bank's
/// headers are not to be asked.
pub(super) fn decide(call: &mut Call<'_>, route: Option<&'static str>) -> Result<(), Error> {
    call.route = route;
    let asked_for = asked_for(call)?;
    let needs = call.bank.state(|state| state.faults.needs());
    if asked_for.is_none() && !needs.any {
        return Ok(());
    }
    call.about = Some(Box::new(about::claimed(call)));
    let mut decided = Decided::default();
    if let Some(text) = asked_for {
        let facts = facts(call, needs.bodies);
        let asked = facts.asked.as_ref();
        let act = asked.map(|asked| fault_header::read(text, asked));
        if let Some(act) = act.transpose().map_err(|refused| unfit(&refused))? {
            decided.ask(act);
        }
    }
    call.faults = decided;
    decide_now(call, needs.bodies, &[Phase::Before, Phase::After]);
    Ok(())
}

/// Tells what became known of the call; rules that ask about it are asked now, unless they matched before.
pub(crate) fn found_out(call: &mut Call<'_>, tell: impl FnOnce(&mut About)) {
    let Some(about) = &mut call.about else {
        return;
    };
    tell(about);
    let needs = call.bank.state(|state| state.faults.needs());
    if needs.found_out {
        decide_now(call, needs.bodies, &[Phase::After]);
    }
}

/// Decides, and enters the gates of the phases that are still to come: under the lock that rules are disarmed
/// under, so that whoever takes a rule away finds everybody it holds.
fn decide_now(call: &mut Call<'_>, reads_bodies: bool, to_come: &[Phase]) {
    let (mut decided, mut gates) = (
        std::mem::take(&mut call.faults),
        std::mem::take(&mut call.gates),
    );
    let known: Vec<_> = decided.holds().to_vec();
    let facts = facts(call, reads_bodies);
    let bank = call.bank;
    bank.state(|state| {
        state.faults.decide(&facts, lottery(bank), &mut decided);
        let new = decided.holds().iter().filter(|hold| !known.contains(hold));
        for hold in new.filter(|hold| to_come.contains(&hold.phase)) {
            gates.push((hold.phase, Arc::clone(&bank.holding).enter(hold.rule)));
        }
    });
    (call.faults, call.gates) = (decided, gates);
}

/// What is wrong with a connection that was just made.
pub(super) fn of_connection(bank: &Bank, number: u64) -> Option<(FaultNote, OfConnection)> {
    let facts = Facts {
        now: bank.clock.now(),
        connection: number,
        certificate: None,
        asked: None,
    };
    bank.state(|state| {
        if !state.faults.has_any_of_connections() {
            return None;
        }
        let mut decided = Decided::default();
        state.faults.decide(&facts, lottery(bank), &mut decided);
        let (note, wrong) = decided.of_connection()?;
        Some((told(&note), wrong))
    })
}

/// What a change of the call's reply goes by.
pub(super) fn moment(call: &Call<'_>) -> (Timestamp, Chance) {
    let chance = Chance {
        seed: call.bank.settings.seed,
        request: call.request.id,
    };
    (call.now.real, chance)
}

fn lottery(bank: &Bank) -> Lottery<'_> {
    Lottery {
        seed: bank.settings.seed,
        bank: &bank.settings.name,
    }
}

/// What is known of a call; bodies are read here, where nobody waits for the state.
fn facts<'c>(call: &Call<'c>, reads_bodies: bool) -> Facts<'c> {
    let head = &call.request.head;
    let connection = &call.request.connection;
    let asked = Asked {
        id: call.request.id,
        route: call.route,
        method: &head.method,
        path: &head.path,
        query: head.query.as_deref(),
        headers: &head.headers,
        body: &call.request.body,
        about: call.about.as_deref().cloned().unwrap_or_default(),
        read: Read::default(),
    };
    if reads_bodies {
        let _ = (asked.body(""), asked.form(""), asked.query(""));
    }
    Facts {
        now: call.now,
        connection: connection.number,
        certificate: (connection.peer.as_ref()).map(|peer| peer.thumbprint().to_string()),
        asked: Some(asked),
    }
}

fn asked_for<'c>(call: &Call<'c>) -> Result<Option<&'c str>, Error> {
    let headers = &call.request.head.headers;
    let told = header::single(headers, &X_HAMSTER_FAULT).map_err(|fault| {
        let mismatch = Mismatch::new("one fault's id", fault.to_string());
        Kind::InvalidFault.because(&FITS, mismatch)
    })?;
    if told.is_some() && call.bank.settings.fault_header == Permission::Forbid {
        let mismatch = Mismatch::new("no x-hamster-fault header", "one")
            .with_hint("the scenario says bank.fault_header: forbid");
        return Err(Kind::FaultForbidden.because(&ALLOWED, mismatch));
    }
    Ok(told)
}

fn unfit(refused: &Refused) -> Error {
    match refused {
        Refused::Unknown(id) => {
            let received = if id.is_empty() { "nothing" } else { id };
            let mismatch = Mismatch::new("the id of a fault", received.to_owned());
            let near = nearest(id, catalogue::all().map(|entry| entry.id));
            let mismatch = match near {
                Some(near) => mismatch.with_hint(format!("did you mean {near}?")),
                None => mismatch.with_hint("`hamsterbank faults` lists them"),
            };
            Kind::UnknownFault.because(&KNOWN, mismatch)
        }
        Refused::Unfit { expected, found } => {
            let mismatch = Mismatch::new(expected.clone(), found.clone());
            Kind::InvalidFault.because(&FITS, mismatch)
        }
    }
}

/// Waits at the gates of a phase until all of them are open, or the bank ends; answers whether there were any.
///
/// # Errors
/// 503 when too many wait already.
pub(super) async fn hold(call: &mut Call<'_>, phase: Phase) -> Result<bool, Error> {
    let gates = std::mem::take(&mut call.gates);
    let (here, later): (Vec<_>, _) = gates.into_iter().partition(|(when, _)| *when == phase);
    call.gates = later;
    let is_held = !here.is_empty();
    for (_, held) in here {
        let held = held.map_err(|full| {
            let mismatch = Mismatch::new(full.to_string(), "one more");
            Kind::ServiceUnavailable.because(&HELD, mismatch)
        })?;
        call.faults.note_held(held.rule());
        tokio::select! {
            () = held.released() => {}
            () = call.bank.retired() => return Ok(true),
        }
    }
    Ok(is_held)
}

/// The finished reply with what faults make of it. What is signed is signed anew: a signature that no longer
/// fits would be a second mistake.
pub(super) fn edit(call: &mut Call<'_>, reply: Reply) -> Reply {
    if call.faults.is_empty() {
        return reply;
    }
    let moment = moment(call);
    let reply = call.faults.edit(reply, moment);
    let mut reply = signature::sign(call, reply);
    if !reply.disturbances.is_empty() {
        reply.until = Some(call.bank.until_retired());
    }
    reply
}

/// Tells the journal what became of a call's faults, and gives back what did not act; the answer says what
/// its own header brought about.
pub(super) fn account(call: &mut Call<'_>, reply: Reply) -> Reply {
    if call.faults.is_empty() {
        return reply;
    }
    let Account {
        notes,
        of_header,
        to_give_back,
    } = std::mem::take(&mut call.faults).finish();
    for note in &notes {
        call.entry.fault(told(note));
    }
    if !to_give_back.is_empty() {
        let request = call.request.id;
        call.bank.state(|state| {
            for rule in to_give_back {
                state.faults.give_back(rule, request);
            }
        });
    }
    if of_header.is_empty() || !call.bank.settings.response_headers {
        return reply;
    }
    reply.with_header(X_HAMSTER_FAULT_FIRED, &of_header.join(", "))
}

/// As the journal keeps it.
pub(super) fn told(note: &Note) -> FaultNote {
    FaultNote {
        fault: note.fault.clone(),
        rule: note.whose.rule,
        name: note.whose.name.clone(),
        parameters: note.parameters(),
        held_back: note.held_back.clone(),
    }
}

/// Every rule of this file, for the list of checks.
pub(super) static RULES: &[&Rule] = &[&ALLOWED, &KNOWN, &FITS, &HELD];

static ALLOWED: Rule = Rule {
    name: "fault.header",
    clause: "Hamster Bank, control contract, sections 5 and 7",
    sentence: "A call asks for a fault of its own where the scenario allows that.",
};
static KNOWN: Rule = Rule {
    name: "fault.known",
    clause: "Hamster Bank, control contract, section 11",
    sentence: "A fault that a call asks for is in the catalogue.",
};
static FITS: Rule = Rule {
    name: "fault.fits",
    clause: "Hamster Bank, control contract, section 7",
    sentence: "A fault that a call asks for can act on its route, with the parameters it has.",
};
static HELD: Rule = Rule {
    name: "limit.held",
    clause: "Hamster Bank, limits",
    sentence: "No more calls are held at a time than a test could need.",
};
