//! Every state crossed with every event, for each type; and what time does by itself.

use super::*;
use crate::banking::identifier::{Identifier, Scheme};
use crate::banking::payment::Order;
use crate::banking::rail::Rail;
use crate::money::{Amount, Currency};

pub(super) const START: Timestamp = Timestamp::from_unix_seconds(1_705_314_600);

pub(super) fn terms(consent_type: ConsentType) -> Terms {
    match consent_type {
        ConsentType::AccountAccess => Terms::AccountAccess(AccountAccess {
            permissions: Permissions::from_iter([Permission::ReadAccounts]),
            ..AccountAccess::default()
        }),
        ConsentType::Payment => Terms::Payment(Box::new(PaymentTerms {
            order: Arc::new(Order::sample(Rail::Fps, Amount::new(1_000, Currency::Gbp))),
            debtor_account: None,
            quote: None,
            charges: Vec::new(),
            schedule: terms::Schedule {
                cut_off: None,
                refuses_late: false,
                execution: START,
                settlement: START,
            },
            read_refund_account: None,
            authorization: None,
            sca_support_data: None,
        })),
        ConsentType::FundsConfirmation => Terms::FundsConfirmation(FundsTerms {
            debtor_account: Identifier::bare(Scheme::SortCodeAccountNumber, "608371-12345678"),
        }),
    }
}

pub(super) fn consent(consent_type: ConsentType, state: State) -> Consent {
    Consent {
        id: ConsentId::new("consent_test"),
        client_id: ClientId::new("acorn-budget"),
        terms: Arc::new(terms(consent_type)),
        created_at: START,
        status_updated_at: START,
        given_by: None,
        expires_at: START.plus(Duration::days(2)),
        state,
        told: "",
    }
}

fn approval(account: u64) -> Approval {
    Approval {
        customer: CustomerId::new(1),
        accounts: vec![AccountId::new(account)],
    }
}

/// Every state, in the order of the tables' lines.
fn states() -> [State; 7] {
    [
        State::AwaitingAuthorization,
        State::Authorized(approval(1)),
        State::Consumed(approval(1)),
        State::Revoked(Party::Customer),
        State::Revoked(Party::Tpp),
        State::Rejected(RejectionReason::DeniedByCustomer),
        State::Expired,
    ]
}

/// Every event, in the order of the tables' columns.
fn events() -> [Event; 6] {
    [
        Event::Approve(approval(2)),
        Event::Consume,
        Event::Delete,
        Event::Expire,
        Event::Reject(RejectionReason::DebtorAccountClosed),
        Event::RevokeByCustomer,
    ]
}

/// The next state's word; `-` is an illegal move, `=` one that succeeds and changes nothing.
type Table = [[&'static str; 6]; 7];

const ACCOUNT_ACCESS: Table = [
    ["authorized", "-", "tpp", "rejected", "rejected", "-"],
    ["authorized", "-", "tpp", "expired", "-", "customer"],
    ["-", "-", "-", "-", "-", "-"],
    ["authorized", "-", "tpp", "expired", "-", "-"],
    ["-", "-", "=", "-", "-", "-"],
    ["-", "-", "=", "-", "-", "-"],
    ["-", "-", "=", "-", "-", "-"],
];

const PAYMENT: Table = [
    ["authorized", "-", "tpp", "rejected", "rejected", "-"],
    ["-", "consumed", "-", "expired", "-", "-"],
    ["-", "-", "-", "-", "-", "-"],
    ["-", "-", "-", "-", "-", "-"],
    ["-", "-", "=", "-", "-", "-"],
    ["-", "-", "=", "-", "-", "-"],
    ["-", "-", "=", "-", "-", "-"],
];

const FUNDS_CONFIRMATION: Table = [
    ["authorized", "-", "tpp", "rejected", "rejected", "-"],
    ["authorized", "-", "tpp", "expired", "-", "customer"],
    ["-", "-", "-", "-", "-", "-"],
    ["-", "-", "tpp", "expired", "-", "-"],
    ["-", "-", "=", "-", "-", "-"],
    ["-", "-", "=", "-", "-", "-"],
    ["-", "-", "=", "-", "-", "-"],
];

fn word(state: &State) -> &'static str {
    match state {
        State::Revoked(party) => party.as_str(),
        other => other.as_str(),
    }
}

#[test]
fn every_move_is_the_table_s() {
    let now = START.plus(Duration::minutes(30));
    for (consent_type, table) in [
        (ConsentType::AccountAccess, ACCOUNT_ACCESS),
        (ConsentType::Payment, PAYMENT),
        (ConsentType::FundsConfirmation, FUNDS_CONFIRMATION),
    ] {
        for (state, row) in states().into_iter().zip(table) {
            for (event, expected) in events().into_iter().zip(row) {
                let mut consent = consent(consent_type, state.clone());
                let moved = consent.apply(event.clone(), now);
                let context = format!("{consent_type:?} {state:?} {event:?}");
                assert_eq!(moved.is_err(), expected == "-", "{context}");
                if ["-", "="].contains(&expected) {
                    assert_eq!(consent.state, state, "{context}");
                    assert_eq!(consent.status_updated_at, START, "{context}");
                } else {
                    assert_eq!(word(&consent.state), expected, "{context}");
                    assert_eq!(consent.status_updated_at, now, "{context}");
                }
            }
            let approvable = row[0] == "authorized";
            let consent = consent(consent_type, state.clone());
            assert_eq!(consent.can_be_authorized(), approvable, "{state:?}");
        }
    }
}

#[test]
fn reauthentication_picks_other_accounts_and_keeps_the_expiry() {
    let kind = ConsentType::AccountAccess;
    let mut consent = consent(kind, State::Authorized(approval(1)));
    let expires_at = consent.expires_at;
    let approve = Event::Approve(approval(2));
    let next_day = START.plus(Duration::days(1));
    consent.apply(approve, next_day).unwrap();
    assert_eq!(consent.approval(), Some(&approval(2)));
    assert_eq!(consent.expires_at, expires_at);
}

#[test]
fn a_consent_nobody_decides_lapses_after_a_day_or_at_its_end() {
    for consent_type in ConsentType::ALL {
        for (expires, lapses) in [
            (Duration::days(2), TIME_TO_AUTHORIZE),
            (Duration::HOUR, Duration::HOUR),
        ] {
            let mut consent = consent(consent_type, State::AwaitingAuthorization);
            consent.expires_at = START.plus(expires);
            consent.settle(START.plus(lapses).plus(Duration::milliseconds(-1)));
            assert_eq!(consent.state, State::AwaitingAuthorization);
            consent.settle(START.plus(Duration::days(7)));
            let reason = RejectionReason::NotAuthorizedInTime;
            assert_eq!(consent.state, State::Rejected(reason));
            assert_eq!(consent.status_updated_at, START.plus(lapses));
        }
    }
}

#[test]
fn an_authorized_consent_expires_at_its_date_and_cannot_come_back() {
    for consent_type in ConsentType::ALL {
        let mut consent = consent(consent_type, State::Authorized(approval(1)));
        let refused = consent.apply(Event::Approve(approval(1)), START.plus(Duration::days(91)));
        assert!(refused.is_err());
        assert_eq!(consent.state, State::Expired);
        assert_eq!(consent.status_updated_at, START.plus(Duration::days(2)));
    }
}

#[test]
fn a_payment_must_be_submitted_within_an_hour_of_its_approval() {
    let mut consent = consent(ConsentType::Payment, State::AwaitingAuthorization);
    consent.expires_at = START.plus(TIME_TO_AUTHORIZE);
    let late = START.plus(Duration::hours(23));
    consent.apply(Event::Approve(approval(1)), late).unwrap();
    assert_eq!(consent.expires_at, late.plus(TIME_TO_SUBMIT));
    let mut used = consent.clone();
    used.apply(Event::Consume, late.plus(Duration::minutes(59)))
        .unwrap();
    used.settle(START.plus(Duration::days(400)));
    assert_eq!(used.state, State::Consumed(approval(1)));
    assert_eq!(
        (used.approval(), used.approved()),
        (None, Some(&approval(1)))
    );
    assert!(
        consent
            .apply(Event::Consume, late.plus(TIME_TO_SUBMIT))
            .is_err()
    );
    assert_eq!(consent.state, State::Expired);
}

#[test]
fn what_has_ended_stays_so_whatever_the_time() {
    for state in [
        State::Consumed(approval(1)),
        State::Revoked(Party::Tpp),
        State::Rejected(RejectionReason::AfterCutOff),
    ] {
        let mut consent = consent(ConsentType::Payment, state.clone());
        consent.settle(START.plus(Duration::days(400)));
        assert_eq!(consent.state, state);
        assert!(consent.is_over());
    }
}
