//! The customer's part of an authorization: what she does is played, and how it ends is carried out.
//!
//! Without a rule that matches, she approves at once, with every account she has. With one, its script
//! plays; where it pauses, the call is [`Parked`], and goes on when the pause is over or somebody has
//! decided for her. Whatever was checked before a pause is asked again after it.

mod ending;

use std::sync::Arc;

use crate::bank::waiting::{Decision, Seat, Waiting};
use crate::bank::{Bank, State};
use crate::clock::{Now, Timestamp};
use crate::consent::{self, ConsentType};
use crate::fault::Twist;
use crate::id::{CustomerId, JourneyId};
use crate::journey::rulebook::{Armed, Occasion};
use crate::journey::script::{Pause, Play};
use crate::journey::{Ending, Picked, SESSION};
use crate::oauth::error::{ErrorCode, Refusal};
use crate::oauth::id_token::ACR_SCA;
use crate::oauth::request::AuthorizationRequest;
use crate::rule::{Mismatch, Rule};
use crate::web::call::Call;
use crate::web::consented;
use crate::web::faults;
use crate::web::pages::trouble;
use crate::wire::reply::Reply;

use super::authorize::{self, Ready};
use super::id_token;
use ending::end;

/// What comes of a call: an answer, or a customer who takes her time.
#[must_use]
pub(crate) enum Visit {
    /// The answer.
    Answered(Reply),
    /// To be gone on with when the wait is over.
    Waits(Box<Parked>),
}

/// A journey at a pause.
pub(crate) struct Parked {
    journey: Journey,
    play: Play,
    seat: Seat,
    patience: time::Duration,
}

/// A journey whose pause is over.
pub(crate) struct Woken {
    journey: Journey,
    play: Play,
    decision: Option<Decision>,
    is_retired: bool,
}

/// A customer before a request.
struct Journey {
    ready: Ready,
    customer: CustomerId,
    consent_type: ConsentType,
    /// Why she does what she does; nothing of automatic approval.
    cause: Option<Cause>,
    began_at: Timestamp,
}

/// The rule by which a script plays, and the script.
struct Cause {
    rule: Box<str>,
    script: Box<str>,
}

impl From<Reply> for Visit {
    fn from(reply: Reply) -> Self {
        Self::Answered(reply)
    }
}

impl Parked {
    /// Waits for the end of the pause, or for a decision; not beyond a reset of the bank.
    pub(crate) async fn wait(self, bank: &Bank) -> Woken {
        let (decision, is_retired) = tokio::select! {
            decision = self.seat.wait(self.patience) => (decision, false),
            () = bank.retired() => (None, true),
        };
        Woken {
            journey: self.journey,
            play: self.play,
            decision,
            is_retired,
        }
    }
}

/// Lets the customer decide a request in good order.
pub(super) fn begin(call: &mut Call<'_>, ready: Ready) -> Visit {
    let cast = match prepare(call, &ready) {
        Ok(cast) => cast,
        Err(refusal) => {
            return Visit::Answered(authorize::send_back(call, &ready.callback, &refusal));
        }
    };
    faults::found_out(call, |about| {
        about.customer_id = Some(cast.customer);
        about.consent_type = Some(cast.consent_type.as_str());
    });
    let mut journey = Journey {
        ready,
        customer: cast.customer,
        consent_type: cast.consent_type,
        cause: None,
        began_at: call.now.bank,
    };
    let says_no = Twist::Consent(consent::Twist::Rejected);
    let taken = call.faults.take(|twist| (*twist == says_no).then_some(()));
    if !taken.is_empty() {
        return Visit::Answered(end(call, &journey, &Ending::Rejected));
    }
    let Some(chosen) = cast.chosen else {
        return Visit::Answered(end(call, &journey, &Ending::Approved(Picked::All)));
    };
    let script = Arc::clone(&chosen.rule.play);
    let cause = Cause::of(&chosen);
    call.entry
        .effect(format!("{} plays script {}", cause.rule, cause.script));
    journey.cause = Some(cause);
    go_on(call, journey, Play::of(script))
}

/// Goes on after a pause.
pub(crate) fn resume(call: &mut Call<'_>, woken: Woken) -> Visit {
    let Woken {
        mut journey,
        play,
        decision,
        is_retired,
    } = woken;
    if is_retired {
        let mismatch = Mismatch::new("the bank she came to", "one that was reset meanwhile");
        let refusal = ErrorCode::TemporarilyUnavailable.because(mismatch.under(&STANDS));
        call.record(Some(&refusal.finding));
        return trouble::page(&refusal, call.bank.settings.explain).into();
    }
    if journey.lapses_at() <= call.now.bank {
        return Visit::Answered(end(call, &journey, &Ending::Lapsed));
    }
    let Some(decision) = decision else {
        return go_on(call, journey, play);
    };
    call.entry.effect("decided over the control API");
    journey.customer = decision.customer.unwrap_or(journey.customer);
    Visit::Answered(end(call, &journey, &decision.ending))
}

fn go_on(call: &mut Call<'_>, journey: Journey, mut play: Play) -> Visit {
    let patience = match play.go_on() {
        Pause::Over(ending) => return Visit::Answered(end(call, &journey, &ending)),
        Pause::For(patience) => patience,
    };
    match call.bank.waiting.enter(journey.waiting(call, patience)) {
        Ok(seat) => Visit::Waits(Box::new(Parked {
            journey,
            play,
            seat,
            patience,
        })),
        Err(full) => {
            let mismatch = Mismatch::new(full.to_string(), "one more");
            let refusal = ErrorCode::TemporarilyUnavailable.because(mismatch.under(&SEATS));
            Visit::Answered(authorize::send_back(
                call,
                &journey.ready.callback,
                &refusal,
            ))
        }
    }
}

/// Who decides, and what makes her.
struct Cast {
    customer: CustomerId,
    consent_type: ConsentType,
    chosen: Option<Armed>,
}

/// Asks whatever can be asked before the customer is, and finds out who she is and what she does.
fn prepare(call: &mut Call<'_>, ready: &Ready) -> Result<Cast, Refusal> {
    let client = ready.callback.client();
    let request = &ready.request;
    check_acr(call, request)?;
    id_token::check(call, client)?;
    let (now, trail) = (call.now, &mut call.trail);
    call.bank.state(|state| {
        check_unused(state, ready, now)?;
        let terms = consented::check_request(state, (client, request), now.bank, trail)?;
        let consent_type = terms.consent_type();
        let expected = consented::expected_customer(state, request);
        let chosen = state.journeys.choose(&Occasion {
            client_id: &client.id,
            customer: expected,
            consent_type,
            amount: terms.payment().map(|payment| payment.order.instructed),
        });
        let named = chosen
            .as_ref()
            .and_then(|chosen| chosen.rule.play.customer());
        let customer = consented::check_customer(named.or(expected), request, trail)?;
        consented::check_subject(customer, request, trail)?;
        Ok(Cast {
            customer,
            consent_type,
            chosen,
        })
    })
}

// Of two visits with one request_uri, the other may have used it up meanwhile. Its life is asked at the
// first visit alone: from then on the session's counts, and what is used is remembered for longer.
fn check_unused(state: &State, ready: &Ready, now: Now) -> Result<(), Refusal> {
    let Some(request_uri) = &ready.request_uri else {
        return Ok(());
    };
    match state.oauth.pushed(request_uri, now.bank) {
        Some(pushed) if pushed.is_used => pushed.standing,
        Some(_) => Ok(()),
        None => Err(authorize::unknown_request_uri(ready.callback.client())),
    }
}

fn check_acr(call: &mut Call<'_>, request: &AuthorizationRequest) -> Result<(), Refusal> {
    let met = match &request.essential_acr {
        Some(values) if !values.iter().any(|value| value == ACR_SCA) => {
            Err(Mismatch::new(ACR_SCA, values.join(", ")))
        }
        _ => Ok(()),
    };
    call.trail
        .judge(&ACR, met)
        .map_err(|finding| ErrorCode::AccessDenied.because(finding))
}

impl Journey {
    fn lapses_at(&self) -> Timestamp {
        self.began_at.plus(SESSION)
    }

    /// What was received, and by whose script.
    fn told(&self, what: &str) -> String {
        match &self.cause {
            Some(cause) => format!("{what} (script {}, {})", cause.script, cause.rule),
            None => what.to_owned(),
        }
    }

    fn waiting(&self, call: &Call<'_>, patience: time::Duration) -> Waiting {
        let text = |part: fn(&Cause) -> &str| self.cause.as_ref().map_or("", part).into();
        Waiting {
            id: JourneyId::new(call.request.id.number()),
            request_id: call.request.id,
            client_id: self.ready.callback.client().id.clone(),
            consent_id: self.ready.request.consent.clone(),
            consent_type: self.consent_type,
            customer: self.customer,
            script: text(|cause| &cause.script),
            rule: text(|cause| &cause.rule),
            began_at: self.began_at,
            lapses_at: self.lapses_at(),
            resumes_at: call.now.real.plus(patience),
        }
    }
}

impl Cause {
    fn of(chosen: &Armed) -> Self {
        let rule = match &chosen.rule.name {
            Some(name) => format!("rule {name:?}"),
            None => chosen.id.to_string(),
        };
        Self {
            rule: rule.into(),
            script: chosen.rule.play.name().into(),
        }
    }
}

/// Every rule of this file and of `ending`, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[
    &ACR,
    &SEATS,
    &ending::IN_TIME,
    &ending::CODE,
    &ending::APPROVES,
    &ending::STAYS,
    &ending::GOES_ON,
    &STANDS,
];

static ACR: Rule = Rule {
    name: "authorize.acr",
    clause: "OpenID Connect Core, section 5.5.1.1",
    sentence: "An authentication class the client insists on is one the bank performs.",
};
static SEATS: Rule = Rule {
    name: "limit.journeys",
    clause: "Hamster Bank, limits",
    sentence: "No more customers wait at a time than a test could need.",
};
static STANDS: Rule = Rule {
    name: "journey.reset",
    clause: "Hamster Bank, control contract, section 6",
    sentence: "A customer's journey belongs to the bank it began at, and ends with it.",
};
