//! Accounts and what belongs to them, under a consent.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::banking::rail::PaymentType;
use crate::banking::transaction::TransactionStatus;
use crate::web::banking::accounts::AccountJson;
use crate::web::banking::balances::BalanceJson;
use crate::web::banking::beneficiaries::BeneficiaryJson;
use crate::web::banking::direct_debits::DirectDebitJson;
use crate::web::banking::funds_confirmations::{self, ConfirmationJson};
use crate::web::banking::list::{PageJson, ResourceJson};
use crate::web::banking::payments::json::PaymentJson;
use crate::web::banking::payments::table_of;
use crate::web::banking::standing_orders::StandingOrderJson;
use crate::web::banking::transactions::TransactionJson;
use crate::web::openapi::schema::{of_table, words};

use super::{
    Body, CONSENT_ID, IDEMPOTENCY_KEY, Operation, Parameter, RESOURCES, SIGNATURE, SchemaOf, Sends,
};

/// In the order of the table of routes.
pub(super) const ALL: &[Operation] = &[
    Operation {
        query: PAGED,
        answers: &[(200, Body::Json(ACCOUNTS))],
        ..Operation::new(
            ("GET", "/open-banking/v1/accounts"),
            "listAccounts",
            RESOURCES,
            "The accounts the customer shares",
        )
    },
    Operation {
        answers: &[(
            200,
            Body::Json(SchemaGenerator::subschema_for::<ResourceJson<'_, AccountJson<'_>>>),
        )],
        ..Operation::new(
            ("GET", "/open-banking/v1/accounts/{account_id}"),
            "showAccount",
            RESOURCES,
            "One account",
        )
    },
    Operation {
        query: PAGED,
        answers: &[(200, Body::Json(BALANCES))],
        ..Operation::new(
            ("GET", "/open-banking/v1/accounts/{account_id}/balances"),
            "listAccountBalances",
            RESOURCES,
            "The balances of an account",
        )
    },
    Operation {
        query: PAGED,
        answers: &[(200, Body::Json(BALANCES))],
        ..Operation::new(
            ("GET", "/open-banking/v1/balances"),
            "listBalances",
            RESOURCES,
            "The balances of all shared accounts",
        )
    },
    Operation {
        query: FILTERED,
        answers: &[(200, Body::Json(TRANSACTIONS))],
        ..Operation::new(
            ("GET", "/open-banking/v1/accounts/{account_id}/transactions"),
            "listAccountTransactions",
            RESOURCES,
            "The transactions of an account",
        )
    },
    Operation {
        query: FILTERED,
        answers: &[(200, Body::Json(TRANSACTIONS))],
        ..Operation::new(
            ("GET", "/open-banking/v1/transactions"),
            "listTransactions",
            RESOURCES,
            "The transactions of all shared accounts",
        )
    },
    Operation {
        query: PAGED,
        answers: &[(200, Body::Json(STANDING_ORDERS))],
        ..Operation::new(
            (
                "GET",
                "/open-banking/v1/accounts/{account_id}/standing-orders",
            ),
            "listAccountStandingOrders",
            RESOURCES,
            "The standing orders of an account",
        )
    },
    Operation {
        query: PAGED,
        answers: &[(200, Body::Json(STANDING_ORDERS))],
        ..Operation::new(
            ("GET", "/open-banking/v1/standing-orders"),
            "listStandingOrders",
            RESOURCES,
            "The standing orders of all shared accounts",
        )
    },
    Operation {
        query: PAGED,
        answers: &[(200, Body::Json(DIRECT_DEBITS))],
        ..Operation::new(
            (
                "GET",
                "/open-banking/v1/accounts/{account_id}/direct-debits",
            ),
            "listAccountDirectDebits",
            RESOURCES,
            "The direct debits of an account",
        )
    },
    Operation {
        query: PAGED,
        answers: &[(200, Body::Json(DIRECT_DEBITS))],
        ..Operation::new(
            ("GET", "/open-banking/v1/direct-debits"),
            "listDirectDebits",
            RESOURCES,
            "The direct debits of all shared accounts",
        )
    },
    Operation {
        query: PAGED,
        answers: &[(200, Body::Json(BENEFICIARIES))],
        ..Operation::new(
            (
                "GET",
                "/open-banking/v1/accounts/{account_id}/beneficiaries",
            ),
            "listAccountBeneficiaries",
            RESOURCES,
            "The beneficiaries of an account",
        )
    },
    Operation {
        query: PAGED,
        answers: &[(200, Body::Json(BENEFICIARIES))],
        ..Operation::new(
            ("GET", "/open-banking/v1/beneficiaries"),
            "listBeneficiaries",
            RESOURCES,
            "The beneficiaries of all shared accounts",
        )
    },
    pay(
        "/open-banking/v1/payments",
        ("createPayment", "Submit an authorized payment"),
        |_| payment(None),
    ),
    pay(
        "/open-banking/v1/payments/domestic",
        (
            "createDomesticPayment",
            "Submit an authorized domestic payment",
        ),
        |_| payment(Some(PaymentType::Domestic)),
    ),
    pay(
        "/open-banking/v1/payments/international",
        (
            "createInternationalPayment",
            "Submit an authorized international payment",
        ),
        |_| payment(Some(PaymentType::International)),
    ),
    Operation {
        headers: &[CONSENT_ID],
        answers: &[(200, Body::Json(PAYMENT))],
        refusals: &[404],
        ..Operation::new(
            ("GET", "/open-banking/v1/payments/{payment_id}"),
            "showPayment",
            RESOURCES,
            "How a payment stands",
        )
    },
    Operation {
        sends: Sends::Json(|_| of_table(funds_confirmations::TABLE)),
        answers: &[(
            201,
            Body::Json(SchemaGenerator::subschema_for::<ConfirmationJson<'_>>),
        )],
        refusals: &[409, 415, 503],
        ..Operation::new(
            ("POST", "/open-banking/v1/funds-confirmations"),
            "createFundsConfirmation",
            RESOURCES,
            "Ask whether an amount is there",
        )
    },
];

const fn pay(
    path: &'static str,
    (id, summary): (&'static str, &'static str),
    body: SchemaOf,
) -> Operation {
    Operation {
        headers: &[CONSENT_ID, IDEMPOTENCY_KEY, SIGNATURE],
        sends: Sends::Json(body),
        answers: &[(201, Body::Json(PAYMENT))],
        refusals: &[404, 409, 415, 422, 503],
        ..Operation::new(("POST", path), id, RESOURCES, summary)
    }
}

fn payment(of_path: Option<PaymentType>) -> Schema {
    let types = PaymentType::ALL.into_iter();
    let types = types.filter(|known| of_path.is_none_or(|of_path| of_path == *known));
    let tables: Vec<_> = types
        .map(|known| of_table(table_of(known, of_path)))
        .collect();
    match tables.as_slice() {
        [only] => only.clone(),
        several => json_schema!({ "type": "object", "anyOf": several }),
    }
}

const PAYMENT: SchemaOf = SchemaGenerator::subschema_for::<PaymentJson<'_>>;
const ACCOUNTS: SchemaOf = SchemaGenerator::subschema_for::<PageJson<'_, AccountJson<'_>>>;
const BALANCES: SchemaOf = SchemaGenerator::subschema_for::<PageJson<'_, BalanceJson>>;
const TRANSACTIONS: SchemaOf = SchemaGenerator::subschema_for::<PageJson<'_, TransactionJson<'_>>>;

const STANDING_ORDERS: SchemaOf =
    SchemaGenerator::subschema_for::<PageJson<'_, StandingOrderJson<'_>>>;
const DIRECT_DEBITS: SchemaOf = SchemaGenerator::subschema_for::<PageJson<'_, DirectDebitJson<'_>>>;
const BENEFICIARIES: SchemaOf = SchemaGenerator::subschema_for::<PageJson<'_, BeneficiaryJson<'_>>>;

/// What every list takes.
const PAGED: &[Parameter] = &[PAGE_SIZE, CURSOR];

/// What a list of transactions takes.
const FILTERED: &[Parameter] = &[
    PAGE_SIZE,
    CURSOR,
    Parameter::optional(
        "from_booking_date_time",
        "Not booked before; an offset is ignored.",
    )
    .which_is(moment),
    Parameter::optional(
        "to_booking_date_time",
        "Not booked after; an offset is ignored.",
    )
    .which_is(moment),
    Parameter::optional("status", "Of this status; may be repeated.").which_is(statuses),
    Parameter::optional("credit_debit_indicator", "Money in, or money out.").which_is(directions),
    Parameter::optional("order", "Newest first unless `asc`.").which_is(orders),
];

const PAGE_SIZE: Parameter =
    Parameter::optional("page_size", "Rows on a page.").which_is(page_size);
const CURSOR: Parameter = Parameter::optional(
    "cursor",
    "Where the page before ended, from its `next` link.",
);

fn page_size() -> Value {
    json!({ "type": "integer", "minimum": 1, "maximum": 1000, "default": 100 })
}

fn moment() -> Value {
    json!({ "type": "string", "examples": ["2026-01-31T00:00:00Z", "2026-01-31T00:00:00", "2026-01-31"] })
}

fn statuses() -> Value {
    json!({
        "type": "array",
        "items": { "type": "string", "enum": words(TransactionStatus::ALL, TransactionStatus::as_str) },
    })
}

fn directions() -> Value {
    json!({ "type": "string", "enum": ["credit", "debit"] })
}

fn orders() -> Value {
    json!({ "type": "string", "enum": ["asc", "desc"] })
}
