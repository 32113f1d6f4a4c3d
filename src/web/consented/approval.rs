//! What a customer's yes means: which accounts a consent is about, and the grant that comes of it.
//!
//! [`approval`] is the whole judgement, from the book alone; [`decide`] adds what follows when it cannot
//! be: the consent is rejected, and the TPP is told `access_denied`.

use crate::bank::State;
use crate::banking::Book;
use crate::banking::account::{Account, AccountKind, AccountStatus};
use crate::banking::payment::{Order, Reason, account_forbids};
use crate::clock::Timestamp;
use crate::consent::{Approval, Consent, ConsentType, Event, PaymentTerms, RejectionReason, Terms};
use crate::id::{AccountId, ClientId, ConsentId, CustomerId};
use crate::journey::Picked;
use crate::oauth::error::{ErrorCode, Refusal};
use crate::oauth::grant::{Grant, Revocation};
use crate::oauth::request::AuthorizationRequest;
use crate::rule::{Mismatch, Rule, Trail};

use super::request::{CONSENT_KNOWN, CONSENT_READY};

/// What a customer approves: the accounts she chose, or those automatic approval chooses for her.
///
/// # Errors
/// Why the consent cannot be carried out, and is to be rejected.
pub(crate) fn approval(
    book: &Book,
    consent: &Consent,
    customer: CustomerId,
    chosen: Option<&[AccountId]>,
) -> Result<Approval, RejectionReason> {
    approval_of(book, &consent.terms, customer, chosen)
}

/// The same of terms that are not yet a consent's.
pub(super) fn approval_of(
    book: &Book,
    terms: &Terms,
    customer: CustomerId,
    chosen: Option<&[AccountId]>,
) -> Result<Approval, RejectionReason> {
    let held = book.accounts_of(customer);
    let is_chosen = |account: &&Account| chosen.is_none_or(|ids| ids.contains(&account.id));
    let accounts = match terms {
        Terms::AccountAccess(_) => {
            let open = |account: &&Account| account.status != AccountStatus::Deleted;
            let accounts = held.iter().filter(open).filter(is_chosen);
            accounts.map(|account| account.id).collect()
        }
        Terms::FundsConfirmation(terms) => {
            let named = book.account_named(&terms.debtor_account);
            let named = named.filter(|account| account.holders.contains(&customer));
            vec![named.ok_or(RejectionReason::DebtorAccountNotHeld)?.id]
        }
        Terms::Payment(terms) => {
            let choice = held.iter().filter(is_chosen).collect();
            vec![account_to_pay_from(book, terms, (customer, choice))?]
        }
    };
    Ok(Approval { customer, accounts })
}

/// The named account; else her first current account in the currency, else her first current account.
/// One that she chose herself need not be a current account.
fn account_to_pay_from(
    book: &Book,
    terms: &PaymentTerms,
    (customer, choice): (CustomerId, Vec<&Account>),
) -> Result<AccountId, RejectionReason> {
    if let Some(named) = &terms.debtor_account {
        let account = book.account_named(named);
        let account = account.filter(|account| account.holders.contains(&customer));
        let account = account.ok_or(RejectionReason::DebtorAccountNotHeld)?;
        return check_debtor(&account, &terms.order).map(|()| account.id);
    }
    let current = |account: &&&Account| {
        account.kind == AccountKind::Current && account.status == AccountStatus::Enabled
    };
    let order = &terms.order;
    // A rate is a price of one currency: then it is that of the account that is meant.
    let unit = (order.exchange.as_ref()).map_or(order.instructed.currency, |terms| terms.unit);
    let suits = |account: &&&Account| current(account) && account.currency == unit;
    let account = (choice.iter().find(suits))
        .or_else(|| choice.iter().find(current))
        .or_else(|| choice.first());
    let account = account.ok_or(RejectionReason::DebtorAccountNotHeld)?;
    check_debtor(account, order).map(|()| account.id)
}

/// Whether an account may be paid from (API contract, section 6.3).
///
/// # Errors
/// The reason, in ISO 20022's code.
fn check_debtor(account: &Account, order: &Order) -> Result<(), RejectionReason> {
    match account_forbids(account, order) {
        None => Ok(()),
        Some(Reason::AccountClosed) => Err(RejectionReason::DebtorAccountClosed),
        Some(Reason::AccountBlocked) => Err(RejectionReason::DebtorAccountBlocked),
        Some(_) => Err(RejectionReason::DebtorAccountForbids),
    }
}

/// What a customer approves of a client's consent; what cannot be carried out is rejected on the spot.
///
/// # Errors
/// `access_denied` when the debtor account is in the way.
pub(crate) fn decide(
    state: &mut State,
    (client, consent): (&ClientId, &ConsentId),
    (customer, chosen): (CustomerId, Option<&[AccountId]>),
    now: Timestamp,
    trail: &mut Trail,
) -> Result<Approval, Refusal> {
    let own = state.consents.find_own(consent.as_str(), client, now);
    let consent = own.ok_or_else(|| unknown(consent))?;
    let same = match consent.given_by {
        Some(first) if first != customer => Err(Mismatch::new(
            format!("{first}, who gave the consent"),
            customer.to_string(),
        )),
        _ => Ok(()),
    };
    trail
        .judge(&SAME_CUSTOMER, same)
        .map_err(|finding| ErrorCode::AccessDenied.because(finding))?;
    let is_over = (consent.terms.payment()).is_some_and(|terms| terms.schedule.is_over(now));
    let approved = if is_over {
        Err(RejectionReason::AfterCutOff)
    } else {
        approval(&state.book, consent, customer, chosen)
    };
    let approved = approved.map_err(|reason| {
        // In force already, it stays so: a re-authentication that fails takes nothing away.
        let _ = consent.apply(Event::Reject(reason), now);
        let received = format!("{}: {}", reason.as_str(), reason.description());
        Mismatch::new(
            "a debtor account of the customer that allows it, in time",
            received,
        )
    });
    trail
        .judge(&DEBTOR_ACCOUNT, approved)
        .map_err(|finding| ErrorCode::AccessDenied.because(finding))
}

/// Who is expected to decide: whom the client names, else whom the scenario names, else its first customer.
pub(crate) fn expected_customer(
    state: &State,
    request: &AuthorizationRequest,
) -> Option<CustomerId> {
    if let Some(hint) = request.login_hint.as_deref() {
        return state.book.customer(hint).map(|customer| customer.id);
    }
    automatic_customer(state)
}

/// Whom automatic approval stands for: whom the scenario names, else its first customer.
pub(crate) fn automatic_customer(state: &State) -> Option<CustomerId> {
    let named = state.journeys.customer();
    named.or_else(|| state.book.customers().first().map(|customer| customer.id))
}

/// Whether there is anybody to decide.
///
/// # Errors
/// When there is nobody: a `login_hint` names no customer, and no script names another.
pub(crate) fn check_customer(
    customer: Option<CustomerId>,
    request: &AuthorizationRequest,
    trail: &mut Trail,
) -> Result<CustomerId, Refusal> {
    let customer = customer.ok_or_else(|| {
        let received = request.login_hint.as_deref().unwrap_or("none").to_owned();
        Mismatch::new(
            "a customer's username or id in login_hint, or no login_hint",
            received,
        )
    });
    trail
        .judge(&CUSTOMER_KNOWN, customer)
        .map_err(|finding| ErrorCode::LoginRequired.because(finding))
}

/// Whether a customer is one that the client's request is for.
///
/// # Errors
/// `login_required`: a positive answer would be about somebody else.
pub(crate) fn check_subject(
    customer: CustomerId,
    request: &AuthorizationRequest,
    trail: &mut Trail,
) -> Result<(), Refusal> {
    let who = customer.to_string();
    let claimed = request.claimed_subjects.as_deref();
    let hinted = request.hinted_subject.as_deref();
    let answer = if claimed.is_some_and(|claimed| !claimed.contains(&who)) {
        let claimed = claimed.unwrap_or_default().join(" or ");
        Err((format!("{claimed}, by claims.id_token.sub"), who))
    } else if hinted.is_some_and(|hinted| *hinted != *who) {
        let hinted = hinted.unwrap_or_default();
        Err((format!("{hinted}, by id_token_hint"), who))
    } else {
        Ok(())
    };
    let answer = answer.map_err(|(expected, received)| {
        Mismatch::new(expected, received).with_hint("login_hint says who is asked")
    });
    trail
        .judge(&SUBJECT, answer)
        .map_err(|finding| ErrorCode::LoginRequired.because(finding))
}

/// Whether a customer may share what she picked.
///
/// # Errors
/// When an account is not hers, or deleted.
pub(crate) fn check_picked(
    state: &State,
    customer: CustomerId,
    picked: &Picked,
    trail: &mut Trail,
) -> Result<(), Refusal> {
    let Picked::These(ids) = picked else {
        return Ok(());
    };
    let held = state.book.accounts_of(customer);
    let is_hers = |id: &&AccountId| {
        let mut held = held.iter();
        held.any(|account| account.id == **id && account.status != AccountStatus::Deleted)
    };
    let own = match ids.iter().find(|id| !is_hers(id)) {
        Some(strange) => Err(Mismatch::new(
            "accounts the customer has",
            strange.to_string(),
        )),
        None => Ok(()),
    };
    trail
        .judge(&ACCOUNTS_HERS, own)
        .map_err(|finding| ErrorCode::AccessDenied.because(finding))
}

/// Records a no; answers where the consent stands now, if that moved it.
pub(crate) fn deny(
    state: &mut State,
    (client, consent): (&ClientId, &ConsentId),
    why: RejectionReason,
    now: Timestamp,
) -> Option<&'static str> {
    let own = state.consents.find_own(consent.as_str(), client, now)?;
    // In force already, it stays so: a re-authentication that is denied takes nothing away.
    own.apply(Event::Reject(why), now).ok()?;
    Some(own.state.as_str())
}

/// Records an approval, voids what an earlier one gave, and issues the code.
///
/// # Errors
/// When the consent cannot be authorized any more, or the client has too much outstanding.
pub(crate) fn grant(
    state: &mut State,
    grant: Grant,
    (request, approval): (&AuthorizationRequest, Approval),
    now: Timestamp,
) -> Result<(String, Grant), Refusal> {
    let id: ConsentId = grant.consent.clone();
    state.oauth.check_room(&grant.client.id, now)?;
    let consent = state
        .consents
        .find_own(id.as_str(), &grant.client.id, now)
        .ok_or_else(|| unknown(&id))?;
    consent
        .apply(Event::Approve(approval), now)
        .map_err(|illegal| {
            let mismatch = Mismatch::new("a consent that can be authorized", illegal.to_string());
            ErrorCode::InvalidRequest.because(mismatch.under(&CONSENT_READY))
        })?;
    let grant = Grant {
        ends_at: consent.expires_at,
        // A payment is made once and soon: there is nothing to refresh.
        is_refreshable: consent.consent_type() != ConsentType::Payment,
        ..grant
    };
    state.oauth.revoke_consent(&id, Revocation::Reauthorized);
    let code = state.oauth.grant(grant.clone(), request, now)?;
    Ok((code, grant))
}

fn unknown(consent: &ConsentId) -> Refusal {
    let mismatch = Mismatch::new("a consent of this client", consent.to_string());
    ErrorCode::InvalidRequest.because(mismatch.under(&CONSENT_KNOWN))
}

pub(super) static CUSTOMER_KNOWN: Rule = Rule {
    name: "authorize.customer",
    clause: "OpenID Connect Core, section 3.1.2.1 (login_hint)",
    sentence: "There is a customer to approve.",
};
pub(super) static SAME_CUSTOMER: Rule = Rule {
    name: "authorize.consent.customer",
    clause: "Hamster Bank API, section 5.2",
    sentence: "A consent is renewed by the customer who gave it.",
};
pub(super) static SUBJECT: Rule = Rule {
    name: "authorize.subject",
    clause: "OpenID Connect Core, sections 3.1.2.1, 3.1.2.2 and 5.5.1",
    sentence: "The customer who decides is the one that claim sub and id_token_hint name, if they name one.",
};
pub(super) static DEBTOR_ACCOUNT: Rule = Rule {
    name: "authorize.debtor_account",
    clause: "Hamster Bank API, sections 5.2, 7 and 15",
    sentence: "The debtor account is the customer's, and may be used for what is asked.",
};
pub(super) static ACCOUNTS_HERS: Rule = Rule {
    name: "journey.accounts",
    clause: "Hamster Bank, control contract, section 11",
    sentence: "A customer shares accounts of her own.",
};
