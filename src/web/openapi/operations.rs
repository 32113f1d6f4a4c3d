//! What only prose can say of a route: one row for each row of the table of routes.

mod access;
mod consents;
mod registration;
mod resources;

use schemars::{Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::web::routes::{Handler, Route};

/// What the document says of one route.
#[derive(Debug)]
pub(super) struct Operation {
    /// The row it describes.
    pub(super) of: (&'static str, &'static str),
    /// `operationId`.
    pub(super) id: &'static str,
    /// One line.
    pub(super) summary: &'static str,
    /// One of [`TAGS`].
    pub(super) tag: &'static str,
    /// Headers beside those of its guard.
    pub(super) headers: &'static [Parameter],
    /// What its query may hold.
    pub(super) query: &'static [Parameter],
    /// Its request body.
    pub(super) sends: Sends,
    /// How it ends well.
    pub(super) answers: &'static [(u16, Body)],
    /// Statuses of refusals beside those of its guard.
    pub(super) refusals: &'static [u16],
}

impl Operation {
    /// An operation that takes nothing but what its guard and its path demand.
    const fn new(
        of: (&'static str, &'static str),
        id: &'static str,
        tag: &'static str,
        summary: &'static str,
    ) -> Self {
        Self {
            of,
            id,
            summary,
            tag,
            headers: &[],
            query: &[],
            sends: Sends::Nothing,
            answers: &[],
            refusals: &[],
        }
    }
}

/// A type's schema, or a shape's.
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// A request body.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sends {
    /// None.
    Nothing,
    /// A form of these fields.
    Form(&'static [Parameter]),
    /// JSON.
    Json(SchemaOf),
    /// JSON, or a JWT with the same members.
    JsonOrJwt(SchemaOf),
}

/// The body of a good answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Body {
    /// None.
    Empty,
    /// JSON.
    Json(SchemaOf),
    /// HTML.
    Page,
    /// None, and a `Location`.
    Redirect,
}

/// A header, a query parameter or a form field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameter {
    /// Its name.
    pub(super) name: &'static str,
    /// Whether the call is refused without it.
    pub(super) is_required: bool,
    /// What it means.
    pub(super) about: &'static str,
    /// What it may be.
    pub(super) schema: fn() -> Value,
}

impl Parameter {
    const fn required(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            is_required: true,
            about,
            schema: any_text,
        }
    }

    const fn optional(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            is_required: false,
            about,
            schema: any_text,
        }
    }

    const fn which_is(self, schema: fn() -> Value) -> Self {
        Self { schema, ..self }
    }

    /// As the document has it.
    pub(super) fn described(&self, place: &str) -> Value {
        json!({
            "name": self.name,
            "in": place,
            "required": self.is_required,
            "description": self.about,
            "schema": (self.schema)(),
        })
    }
}

/// The description of a route.
pub(super) fn of(route: &Route) -> Option<&'static Operation> {
    all().find(|operation| operation.of == (route.method.as_str(), route.path))
}

/// Every description, in the order of the document.
pub(super) fn all() -> impl Iterator<Item = &'static Operation> {
    let groups = [
        access::ALL,
        registration::ALL,
        consents::ALL,
        resources::ALL,
    ];
    groups.into_iter().flatten()
}

/// The statuses with which a guard, and whatever stands before it, may refuse.
pub(super) const fn refusals_of(handler: &Handler) -> &'static [u16] {
    match handler {
        Handler::Browser(_) | Handler::Public(_) => &[408, 413, 431, 500],
        Handler::Client(..) => &[400, 401, 403, 408, 413, 429, 431, 500],
        Handler::Consented(..) => &[400, 401, 403, 404, 406, 408, 413, 429, 431, 500],
        Handler::Registration(_) => &[400, 401, 403, 408, 413, 415, 429, 431, 500],
        Handler::Token(_) => &[400, 401, 403, 406, 408, 413, 429, 431, 500],
    }
}

/// The groups of the document, in reading order.
pub(super) const TAGS: &[(&str, &str)] = &[
    (ACCESS, "OAuth 2.0, OpenID Connect and FAPI 1.0 Advanced."),
    (
        REGISTRATION,
        "Dynamic client registration and the mock directory.",
    ),
    (CONSENTS, "What a customer allows a TPP to do."),
    (
        RESOURCES,
        "Accounts, payments and confirmation of funds, under a consent.",
    ),
];

const ACCESS: &str = "access";
const CONSENTS: &str = "consents";
const REGISTRATION: &str = "registration";
const RESOURCES: &str = "resources";

/// What a call about a payment may carry.
const SIGNED: &[Parameter] = &[IDEMPOTENCY_KEY, SIGNATURE];
const IDEMPOTENCY_KEY: Parameter = Parameter::optional(
    "x-idempotency-key",
    "1 to 40 characters: the same key and body are the same call for a day.",
);
const SIGNATURE: Parameter = Parameter::optional(
    "x-jws-signature",
    "A detached JWS over the body; verified when it is sent.",
);
const CONSENT_ID: Parameter =
    Parameter::required("X-Consent-ID", "The consent the access token is bound to.");

const INTERACTION_ID: Parameter = Parameter::optional(
    "x-fapi-interaction-id",
    "A UUID to find the call again; echoed.",
)
.which_is(uuid);
const API_KEY: Parameter = Parameter::optional(
    "X-API-Key",
    "A key of the client's own: the call is held to the limit of its environment.",
);

/// What every call may carry.
pub(super) const COMMON_HEADERS: &[Parameter] = &[INTERACTION_ID];

/// What every call of a client may carry.
pub(super) const CLIENT_HEADERS: &[Parameter] = &[INTERACTION_ID, API_KEY];

/// What a call under a consent carries.
pub(super) const CONSENTED_HEADERS: &[Parameter] = &[
    CONSENT_ID,
    INTERACTION_ID,
    API_KEY,
    Parameter::optional(
        "x-fapi-auth-date",
        "When the customer last logged in at the TPP; recorded.",
    ),
    Parameter::optional(
        "x-fapi-customer-ip-address",
        "The customer's address, when she is present; recorded.",
    ),
    Parameter::optional("x-customer-user-agent", "The customer's browser; recorded."),
];

fn any_text() -> Value {
    json!({ "type": "string" })
}

fn uuid() -> Value {
    json!({ "type": "string", "format": "uuid" })
}
