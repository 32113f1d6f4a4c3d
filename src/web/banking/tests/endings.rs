//! What ends a consent, and what ends with it (API contract, section 5.2): each hand that can, on each
//! type that lasts.

use http::Method;
use serde_json::{Value, json};

use super::{Desk, TPP};
use crate::banking::identifier::{Identifier, Scheme};
use crate::consent::{
    AccountAccess, ConsentType, Event, FundsTerms, Permission, Permissions, Terms,
};
use crate::id::{ClientId, ConsentId};
use crate::web::consented;

/// Something lasting, and a call that it opens.
fn lasting(consent_type: ConsentType) -> (Terms, &'static str) {
    let account = Identifier::bare(Scheme::SortCodeAccountNumber, "608371-12345678");
    match consent_type {
        ConsentType::AccountAccess => {
            let permissions = Permissions::from_iter([Permission::ReadAccounts]);
            let terms = AccountAccess {
                permissions,
                ..AccountAccess::default()
            };
            (Terms::AccountAccess(terms), "openid accounts")
        }
        ConsentType::FundsConfirmation => {
            let terms = FundsTerms {
                debtor_account: account,
            };
            (Terms::FundsConfirmation(terms), "openid fundsconfirmations")
        }
        ConsentType::Payment => panic!("a payment does not last"),
    }
}

/// Uses the consent; the reference tells one question from the next.
fn call(desk: &Desk, id: &ConsentId, token: &str, reference: &str) -> (u16, Value) {
    let credentials = (token, Some(id));
    if id.as_str().starts_with("consent_ais_") {
        let path = "/open-banking/v1/accounts";
        return desk.call((Method::GET, path), credentials, None);
    }
    let body = json!({
        "reference": reference,
        "instructed_amount": { "amount": "1.00", "currency": "GBP" },
    });
    let path = "/open-banking/v1/funds-confirmations";
    desk.call((Method::POST, path), credentials, Some(&body))
}

fn status_of(desk: &Desk, id: &ConsentId) -> (Value, Value) {
    let path = format!("/consents/{id}");
    let (status, shown) = desk.call((Method::GET, &path), (&desk.credentials(), None), None);
    assert_eq!(status, 200, "{shown}");
    (shown["status"].clone(), shown["revoked_by"].clone())
}

fn end(desk: &Desk, id: &ConsentId, event: Event) -> bool {
    let (client, now) = (ClientId::new(TPP), desk.now());
    let ended = desk.state(|state| consented::end(state, (id.as_str(), &client), event, now));
    ended.is_ok()
}

#[test]
fn whoever_ends_a_consent_ends_its_tokens_at_once() {
    let desk = Desk::open();
    for consent_type in [ConsentType::AccountAccess, ConsentType::FundsConfirmation] {
        for (event, status, revoked_by) in [
            (Event::Delete, "revoked", json!("tpp")),
            (Event::RevokeByCustomer, "revoked", json!("customer")),
            (Event::Expire, "expired", Value::Null),
        ] {
            let context = format!("{consent_type:?} {event:?}");
            let (terms, scope) = lasting(consent_type);
            let (id, token) = desk.approved(terms, scope);
            let (before, _) = call(&desk, &id, &token, "before");
            assert!(before < 300, "{context}");
            assert!(end(&desk, &id, event), "{context}");
            let (after, told) = call(&desk, &id, &token, "after");
            assert_eq!(
                (after, &told["code"]),
                (401, &json!("invalid_token")),
                "{context}"
            );
            assert_eq!(
                status_of(&desk, &id),
                (json!(status), revoked_by),
                "{context}"
            );
        }
    }
}

#[test]
fn a_customer_who_revoked_may_think_again_of_reading_and_of_nothing_else() {
    let desk = Desk::open();
    for (consent_type, may_return) in [
        (ConsentType::AccountAccess, true),
        (ConsentType::FundsConfirmation, false),
    ] {
        let (terms, scope) = lasting(consent_type);
        let (id, old) = desk.approved(terms, scope);
        assert!(end(&desk, &id, Event::RevokeByCustomer));
        assert!(!end(&desk, &id, Event::RevokeByCustomer), "twice");
        let now = desk.now();
        let can = desk.state(|state| {
            let consent = state.consents.find(id.as_str(), now).unwrap();
            consent.can_be_authorized()
        });
        assert_eq!(can, may_return, "{consent_type:?}");
        if may_return {
            let new = desk.approve(&id, scope);
            assert_eq!(status_of(&desk, &id), (json!("authorized"), Value::Null));
            assert_eq!(call(&desk, &id, &new, "new").0, 200);
            assert_eq!(call(&desk, &id, &old, "old").0, 401);
        }
    }
}
