//! What the bodies of payments look like, at home and abroad (API contract, section 6.1): one table a
//! kind, shared by consents and payments. Lengths are those of the UK standard.

use crate::banking::payment::RateType;
use crate::banking::rail::{ChargeBearer, Rail};
use crate::web::banking::error::Kind;
use crate::web::banking::shape::pool::{
    ACCOUNT, BIC, COUNTRY, DECIMAL, MERCHANT_CATEGORY, NAME, SCHEMES, SECONDARY_ID,
};
use crate::web::banking::shape::{
    Class, Form, Least, Member, Run, Shape, Words, optional, required,
};

const fn text(max: usize) -> Shape {
    Shape::Text { max }
}

/// `instruction` of a payment at home.
pub(crate) static DOMESTIC: &[Member] = &[
    required("instruction_identification", text(35)),
    required("end_to_end_identification", text(35)),
    required("instructed_amount", Shape::Money(Least::AboveZero)),
    required("creditor_account", CREDITOR_ACCOUNT),
    optional("debtor_account", ACCOUNT),
    optional("local_instrument", Shape::Words(&DOMESTIC_RAILS)),
    optional(
        "remittance_information",
        Shape::Object(&[
            optional("reference", text(35)),
            optional("unstructured", text(140)),
        ]),
    ),
    optional("creditor_postal_address", ADDRESS),
];

/// `instruction` of a payment abroad.
pub(crate) static INTERNATIONAL: &[Member] = &[
    required("instruction_identification", text(35)),
    required("end_to_end_identification", text(35)),
    required("instructed_amount", Shape::Money(Least::AboveZero)),
    required("creditor_account", CREDITOR_ACCOUNT),
    required("currency_of_transfer", Shape::Currency),
    optional("debtor_account", ACCOUNT),
    optional("local_instrument", Shape::Words(&INTERNATIONAL_RAILS)),
    optional(
        "remittance_information",
        Shape::Object(&[
            optional("reference", text(35)),
            optional("unstructured", text(140)),
            optional("structured", STRUCTURED),
        ]),
    ),
    optional("charge_bearer", Shape::Words(&CHARGE_BEARERS)),
    optional(
        "instruction_priority",
        Shape::Words(&Words::new(&["normal", "urgent"])),
    ),
    optional("purpose_code", Shape::Form(&PURPOSE)),
    optional("extended_purpose", text(140)),
    optional("destination_country_code", Shape::Form(&COUNTRY)),
    optional(
        "creditor",
        Shape::Object(&[optional("name", NAME), optional("postal_address", ADDRESS)]),
    ),
    optional(
        "creditor_agent",
        Shape::Object(&[
            optional("scheme", Shape::Words(&AGENT_SCHEMES)),
            optional("id", Shape::Form(&BIC)),
            optional("name", text(140)),
            optional("postal_address", ADDRESS),
        ]),
    ),
    optional(
        "exchange_rate_information",
        Shape::Object(&[
            required("unit_currency", Shape::Currency),
            required("rate_type", Shape::Words(&RATE_TYPES)),
            optional("exchange_rate", Shape::Form(&DECIMAL)),
            optional("contract_identification", text(256)),
        ]),
    ),
];

/// `risk`, of either.
pub(crate) static RISK: &[Member] = &[
    optional("payment_context_code", Shape::Words(&CONTEXTS)),
    optional("merchant_category_code", Shape::Form(&MERCHANT_CATEGORY)),
    optional("merchant_customer_identification", text(70)),
    optional("contract_present_indicator", Shape::Boolean),
    optional("beneficiary_prepopulated_indicator", Shape::Boolean),
    optional(
        "beneficiary_account_type",
        Shape::Words(&BENEFICIARY_ACCOUNTS),
    ),
    optional("payment_purpose_code", Shape::Form(&PURPOSE)),
    optional("delivery_address", ADDRESS),
];

/// A creditor's account has a name.
const CREDITOR_ACCOUNT: Shape = Shape::Object(&[
    required("scheme", Shape::Words(&SCHEMES)),
    required("id", text(256)),
    required("name", NAME),
    optional("secondary_id", SECONDARY_ID),
]);

/// Where somebody lives or trades.
const ADDRESS: Shape = Shape::Object(&[
    optional("address_type", Shape::Words(&ADDRESS_TYPES)),
    optional("department", text(70)),
    optional("sub_department", text(70)),
    optional("street_name", text(140)),
    optional("building_number", text(16)),
    optional("building_name", text(140)),
    optional("floor", text(70)),
    optional("unit_number", text(16)),
    optional("room", text(70)),
    optional("post_box", text(16)),
    optional("town_location_name", text(140)),
    optional("district_name", text(140)),
    optional("care_of", text(140)),
    optional("post_code", text(16)),
    optional("town_name", text(140)),
    optional("country_sub_division", text(35)),
    optional("country", Shape::Form(&COUNTRY)),
    optional(
        "address_line",
        Shape::List {
            of: &text(70),
            max: 7,
        },
    ),
]);

/// A creditor's reference as invoices print it (ISO 11649 among others).
const STRUCTURED: Shape = Shape::Object(&[
    optional("type", text(35)),
    optional("issuer", text(35)),
    optional("reference", text(35)),
]);

static DOMESTIC_RAILS: Words = Words {
    list: &[
        Rail::Fps.as_str(),
        Rail::Bacs.as_str(),
        Rail::Chaps.as_str(),
        Rail::Book.as_str(),
    ],
    otherwise: Kind::UnsupportedLocalInstrument,
};

static INTERNATIONAL_RAILS: Words = Words {
    list: &[
        Rail::Swift.as_str(),
        Rail::SepaCreditTransfer.as_str(),
        Rail::SepaInstant.as_str(),
        Rail::Target2.as_str(),
    ],
    otherwise: Kind::UnsupportedLocalInstrument,
};

static CHARGE_BEARERS: Words = Words::new(&[
    ChargeBearer::BorneByCreditor.as_str(),
    ChargeBearer::BorneByDebtor.as_str(),
    ChargeBearer::FollowingServiceLevel.as_str(),
    ChargeBearer::Shared.as_str(),
]);

static RATE_TYPES: Words = Words::new(&[
    RateType::Actual.as_str(),
    RateType::Agreed.as_str(),
    RateType::Indicative.as_str(),
]);

static AGENT_SCHEMES: Words = Words {
    list: &["BICFI"],
    otherwise: Kind::UnsupportedScheme,
};

static ADDRESS_TYPES: Words = Words::new(&[
    "business",
    "correspondence",
    "delivery_to",
    "mail_to",
    "po_box",
    "postal",
    "residential",
    "statement",
]);

static CONTEXTS: Words = Words::new(&[
    "billing_goods_and_services_in_advance",
    "billing_goods_and_services_in_arrears",
    "ecommerce_merchant_initiated",
    "face_to_face_point_of_sale",
    "transfer_to_self",
    "transfer_to_third_party",
]);

static BENEFICIARY_ACCOUNTS: Words = Words::new(&[
    "business",
    "business_savings_account",
    "charity",
    "collection",
    "corporate",
    "ewallet",
    "government",
    "investment",
    "isa",
    "joint_personal",
    "pension",
    "personal",
    "personal_savings_account",
    "premier",
    "wealth",
]);

/// ISO 20022, external purpose: four characters, of which the oldest have three.
static PURPOSE: Form = Form {
    about: "a purpose code of 3 or 4 capital letters and digits",
    either: &[&[Run::new(Class::UpperOrDigit, 3, 4)]],
};
