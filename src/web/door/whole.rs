//! One call with its faults: what stands in for it before it acts, the call itself, what becomes of its answer.

use http::StatusCode;

use crate::fault::condition::Phase;
use crate::rule::{Mismatch, Rule};
use crate::web::banking::error::Kind;
use crate::web::call::Call;
use crate::web::caught::caught;
use crate::web::oauth::journey::{self, Visit};
use crate::web::routes::Route;
use crate::web::{faults, keys, limits, refuse};
use crate::wire::reply::Reply;
use crate::wire::request::RequestFault;
use crate::wire::router::Lookup;

use super::with_common_headers;

/// One call from its arrival to the reply as it is sent.
pub(super) async fn whole(
    call: &mut Call<'_>,
    found: &Lookup<'_, &'static Route>,
    fault: Option<RequestFault>,
) -> Reply {
    call.bank.settle(call.now.bank);
    let reply = answer(call, found, fault).await;
    call.record(None);
    let reply = limits::told(reply, call.allowance);
    let reply = with_common_headers(reply, call);
    let reply = faults::edit(call, reply);
    faults::account(call, reply)
}

/// One call with its faults: those that act before it, the call itself, those that act after.
async fn answer(
    call: &mut Call<'_>,
    found: &Lookup<'_, &'static Route>,
    fault: Option<RequestFault>,
) -> Reply {
    let route = match found {
        Lookup::Found { value, .. } => Some(value.name.as_str()),
        Lookup::MethodNotAllowed { .. } | Lookup::NotFound => None,
    };
    let Stopped(refused) = or_admit(call, |call| {
        let decided = faults::decide(call, route);
        Stopped(decided.err().map(|error| refuse(call, &error)))
    });
    if let Some(refused) = refused {
        return refused;
    }
    // Keys may have to be fetched: what the bank does wrong is decided before, in the order in which requests are
    // complete.
    let body = fault.is_none().then_some(&call.request.body);
    let trouble = keys::make_ready(call.bank, &call.request.head, body, call.now).await;
    if let Some(trouble) = trouble {
        call.entry.lint(trouble);
    }
    if let Err(refused) = hold(call, Phase::Before).await {
        return refused;
    }
    if call.faults.stands_in(Phase::Before) {
        let nothing = Reply::empty(StatusCode::OK);
        let moment = faults::moment(call);
        return call.faults.replace(Phase::Before, nothing, moment);
    }
    let reply = play(call, found, fault).await;
    match hold(call, Phase::After).await {
        Ok(()) => {
            let moment = faults::moment(call);
            call.faults.replace(Phase::After, reply, moment)
        }
        Err(refused) => refused,
    }
}

/// The answer to a call that may not go on.
struct Stopped(Option<Reply>);

impl From<Reply> for Stopped {
    fn from(reply: Reply) -> Self {
        Self(Some(reply))
    }
}

/// The call itself; it waits for nothing but a customer who takes her time.
async fn play(
    call: &mut Call<'_>,
    found: &Lookup<'_, &'static Route>,
    fault: Option<RequestFault>,
) -> Reply {
    let bank = call.bank;
    let mut visit = or_admit(call, |call| crate::web::answer(call, found, fault));
    loop {
        let parked = match visit {
            Visit::Answered(reply) => return reply,
            Visit::Waits(parked) => parked,
        };
        let woken = parked.wait(bank).await;
        call.now = bank.clock.now();
        bank.settle(call.now.bank);
        visit = or_admit(call, |call| journey::resume(call, woken));
    }
}

/// Has a call wait for whoever releases it.
async fn hold(call: &mut Call<'_>, phase: Phase) -> Result<(), Reply> {
    match faults::hold(call, phase).await {
        Ok(false) => {}
        Ok(true) => {
            call.now = call.bank.clock.now();
            call.bank.settle(call.now.bank);
        }
        Err(error) => return Err(refuse(call, &error)),
    }
    Ok(())
}

// A panic is our own mistake: the caller gets a 500, and the journal says whose fault it is.
fn or_admit<'a, T: From<Reply>>(call: &mut Call<'a>, handle: impl FnOnce(&mut Call<'a>) -> T) -> T {
    caught(|| handle(call)).unwrap_or_else(|message| admitted(call, message).into())
}

pub(super) fn admitted(call: &mut Call<'_>, message: String) -> Reply {
    call.entry.bug(message);
    let mismatch = Mismatch::new("an answer", "a mistake of the bank's own");
    let error = Kind::ServerError.because(&OURS, mismatch);
    refuse(call, &error)
}

static OURS: Rule = Rule {
    name: "bank.bug",
    clause: "none: a mistake of ours, please report it",
    sentence: "The bank answers every request.",
};
