//! Consents: created, read and deleted by the TPP.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::banking::rail::PaymentType;
use crate::consent::ConsentType;
use crate::web::banking::consents::json::ConsentJson;
use crate::web::banking::consents::{TABLES, payment};
use crate::web::openapi::schema::of_table;

use super::{Body, CONSENTS, Operation, SIGNED, SchemaOf, Sends};

/// In the order of the table of routes.
pub(super) const ALL: &[Operation] = &[
    create(
        "/consents/account-access",
        ("createAccountAccessConsent", "Ask for access to accounts"),
        |_| of_type(ConsentType::AccountAccess),
    ),
    Operation {
        headers: SIGNED,
        ..create(
            "/consents/payment",
            ("createPaymentConsent", "Ask for a payment"),
            |_| of_type(ConsentType::Payment),
        )
    },
    Operation {
        answers: &[(200, Body::Json(funds_check))],
        refusals: &[404, 409],
        ..Operation::new(
            ("GET", "/consents/{consent_id}/funds-confirmation"),
            "checkFunds",
            CONSENTS,
            "Ask whether the funds of an authorized payment are there",
        )
    },
    Operation {
        answers: &[(200, Body::Json(funds_check))],
        refusals: &[404, 409],
        ..Operation::new(
            ("GET", "/consents/payment/{consent_id}/funds-confirmation"),
            "checkPaymentFunds",
            CONSENTS,
            "Ask whether the funds of an authorized payment are there",
        )
    },
    create(
        "/consents/funds-confirmation",
        (
            "createFundsConfirmationConsent",
            "Ask whether funds may be asked for",
        ),
        |_| of_type(ConsentType::FundsConfirmation),
    ),
    // A payment may be asked for here too.
    Operation {
        headers: SIGNED,
        ..create(
            "/consents",
            (
                "createConsent",
                "Ask for a consent of the type named in the body",
            ),
            |_| of_any_type(),
        )
    },
    show("/consents/{consent_id}", "showConsent"),
    drop("/consents/{consent_id}", "deleteConsent"),
    show(
        "/consents/account-access/{consent_id}",
        "showAccountAccessConsent",
    ),
    drop(
        "/consents/account-access/{consent_id}",
        "deleteAccountAccessConsent",
    ),
    show("/consents/payment/{consent_id}", "showPaymentConsent"),
    drop("/consents/payment/{consent_id}", "deletePaymentConsent"),
    show(
        "/consents/funds-confirmation/{consent_id}",
        "showFundsConfirmationConsent",
    ),
    drop(
        "/consents/funds-confirmation/{consent_id}",
        "deleteFundsConfirmationConsent",
    ),
];

const fn create(
    path: &'static str,
    (id, summary): (&'static str, &'static str),
    body: SchemaOf,
) -> Operation {
    Operation {
        sends: Sends::Json(body),
        answers: &[(201, Body::Json(CONSENT))],
        refusals: &[409, 415, 422, 503],
        ..Operation::new(("POST", path), id, CONSENTS, summary)
    }
}

const fn show(path: &'static str, id: &'static str) -> Operation {
    Operation {
        answers: &[(200, Body::Json(CONSENT))],
        refusals: &[404],
        ..Operation::new(("GET", path), id, CONSENTS, "Read a consent")
    }
}

const fn drop(path: &'static str, id: &'static str) -> Operation {
    Operation {
        answers: &[(204, Body::Empty)],
        refusals: &[404, 409],
        ..Operation::new(("DELETE", path), id, CONSENTS, "Delete a consent")
    }
}

const CONSENT: SchemaOf = SchemaGenerator::subschema_for::<ConsentJson>;

/// The tables a body of this type is held against.
fn tables(of: ConsentType) -> Vec<Schema> {
    let flat = TABLES.iter().filter(|(known, _)| *known == of);
    let flat = flat.map(|(_, members)| *members);
    let payments = PaymentType::ALL.map(payment::table_of).into_iter();
    let payments = payments.filter(|_| of == ConsentType::Payment);
    flat.chain(payments).map(of_table).collect()
}

fn of_type(wanted: ConsentType) -> Schema {
    match tables(wanted).as_slice() {
        [only] => only.clone(),
        several => json_schema!({ "type": "object", "anyOf": several }),
    }
}

fn of_any_type() -> Schema {
    let all: Vec<_> = ConsentType::ALL.into_iter().flat_map(tables).collect();
    json_schema!({ "type": "object", "required": ["consent_type"], "anyOf": all })
}

fn funds_check(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "required": ["data", "links"],
        "properties": {
            "data": {
                "type": "object",
                "required": ["funds_available", "funds_available_date_time"],
                "properties": {
                    "funds_available": { "type": "boolean" },
                    "funds_available_date_time": { "type": "string", "format": "date-time" },
                },
            },
            "links": {
                "type": "object",
                "required": ["self"],
                "properties": { "self": { "type": "string" } },
            },
        },
    })
}
