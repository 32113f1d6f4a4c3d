//! Unattended access: where the scenario says so, a call for a customer's data that does not tell her
//! address counts to the few that a TPP may make while she is away (API contract, section 5.4).

use crate::consent::ConsentType;
use crate::consent::unattended::{Look, Subject};
use crate::id::AccountId;
use crate::oauth::api_key::Environment;
use crate::oauth::rate::{Allowance, Limit};
use crate::rule::{Mismatch, Rule};
use crate::wire::header::{self, X_FAPI_CUSTOMER_IP_ADDRESS};

use super::banking::error::{Error, Kind};
use super::call::Call;
use super::consented::Consented;

/// Counts a call under a consent for reading, unless its customer is present.
///
/// # Errors
/// 429 when it is one too many for the account and the endpoint.
pub(super) fn admit(call: &mut Call<'_>, consented: &Consented) -> Result<(), Error> {
    let consent = consented.consent();
    let is_for_reading = consent.consent_type() == ConsentType::AccountAccess;
    let most = (call.bank.settings.unattended_limit).filter(|_| is_for_reading);
    let (Some(most), Some(endpoint)) = (most, call.route) else {
        return Ok(());
    };
    if tells_her_address(call) {
        call.trail.passed(&ATTENDED);
        return Ok(());
    }
    let Some(subject) = subject(call, consented) else {
        return Ok(());
    };
    let (client, now) = (&consent.client_id, call.now.bank);
    let look =
        (call.bank).state(|state| (state.unattended).count((client, endpoint), subject, most, now));
    if look.is_granted {
        call.trail.passed(&ATTENDED);
        return Ok(());
    }
    call.allowance = Some(allowance(look, most));
    let mismatch = Mismatch::new(
        format!("at most {most} calls a day while the customer is away"),
        format!("one more since {}", look.began),
    );
    let hint = "send x-fapi-customer-ip-address when she is present, or wait as Retry-After says";
    Err(Kind::RateLimitExceeded.because(&ATTENDED, mismatch.with_hint(hint)))
}

/// An address, and nothing that only stands where one should.
fn tells_her_address(call: &Call<'_>) -> bool {
    let told = header::single(&call.request.head.headers, &X_FAPI_CUSTOMER_IP_ADDRESS);
    let told = told.ok().flatten();
    told.is_some_and(header::is_ip_address)
}

/// What the call looks at; nothing when its path names an account she did not share, which is refused.
fn subject(call: &Call<'_>, consented: &Consented) -> Option<Subject> {
    let named = call.variable("account_id");
    if named.is_empty() {
        return Some(Subject::AccountsOf(consented.customer()));
    }
    let id = AccountId::parse(named)?;
    let is_shared = consented.accounts().contains(&id);
    is_shared.then_some(Subject::Account(id))
}

// What the answer tells of the limit it met.
const fn allowance(look: Look, most: u32) -> Allowance {
    Allowance {
        limit: Limit {
            environment: Environment::Sandbox,
            calls: most,
        },
        is_granted: false,
        remaining: look.remaining,
        began: look.began,
        reset_s: look.reset_s,
    }
}

/// Every rule of this file, for the list of checks.
pub(super) static RULES: &[&Rule] = &[&ATTENDED];

static ATTENDED: Rule = Rule {
    name: "limit.unattended",
    clause: "Hamster Bank API, section 5.4; RFC 6585, section 4",
    sentence: "While the customer is away, each account is looked at a few times a day by each endpoint.",
};
