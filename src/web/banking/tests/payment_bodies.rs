//! Payment consents of both types with every member there is.

use serde_json::{Value, json};

use crate::banking::rail::PaymentType;

/// A payment consent with every member there is.
pub(super) fn whole_payment(payment_type: PaymentType) -> Value {
    let instruction = match payment_type {
        PaymentType::Domestic => json!({
            "instruction_identification": "ORDER-1001", "end_to_end_identification": "ORDER-1001-E2E",
            "instructed_amount": { "amount": "10.00", "currency": "GBP" },
            "creditor_account": {
                "scheme": "SortCodeAccountNumber", "id": "202015-55555555", "name": "Acorn Stores",
                "secondary_id": "0002",
            },
            "debtor_account": debtor(),
            "local_instrument": "bacs",
            "remittance_information": { "reference": "ORDER1001", "unstructured": "Seeds" },
            "creditor_postal_address": address(),
        }),
        PaymentType::International => json!({
            "instruction_identification": "INV-77", "end_to_end_identification": "INV-77-E2E",
            "instructed_amount": { "amount": "100.00", "currency": "EUR" },
            "creditor_account": {
                "scheme": "IBAN", "id": "DE89370400440532013000", "name": "Feldhamster GmbH",
                "secondary_id": "0002",
            },
            "currency_of_transfer": "EUR",
            "debtor_account": debtor(),
            "local_instrument": "swift",
            "remittance_information": {
                "reference": "INV-77", "unstructured": "Seeds",
                "structured": { "type": "SCOR", "issuer": "ISO", "reference": "RF18539007547034" },
            },
            "charge_bearer": "shared", "instruction_priority": "urgent", "purpose_code": "GDDS",
            "extended_purpose": "Seeds for a wheel", "destination_country_code": "DE",
            "creditor": { "name": "Feldhamster GmbH", "postal_address": address() },
            "creditor_agent": {
                "scheme": "BICFI", "id": "COBADEFFXXX", "name": "Bank", "postal_address": address(),
            },
            "exchange_rate_information": {
                "unit_currency": "GBP", "rate_type": "agreed", "exchange_rate": "1.1700",
                "contract_identification": "FX-HAMSTER-1",
            },
        }),
    };
    json!({
        "payment_type": payment_type.as_str(),
        "instruction": instruction,
        "risk": {
            "payment_context_code": "transfer_to_third_party", "merchant_category_code": "5411",
            "merchant_customer_identification": "C-1", "contract_present_indicator": true,
            "beneficiary_prepopulated_indicator": false, "beneficiary_account_type": "business",
            "payment_purpose_code": "GDDS", "delivery_address": address(),
        },
        "read_refund_account": true,
        "authorization": { "type": "any", "completion_date_time": "2025-06-20T00:00:00Z" },
        "sca_support_data": {
            "requested_sca_exemption_type": "kiosk", "applied_authentication_approach": "sca",
            "reference_payment_order_id": "pay_0000000001",
        },
        "consent_type": "payment",
    })
}

fn debtor() -> Value {
    json!({
        "scheme": "SortCodeAccountNumber", "id": "608371-12345678", "name": "Hazel Wheelwright",
        "secondary_id": "0002",
    })
}

fn address() -> Value {
    json!({
        "address_type": "business", "department": "Seeds", "sub_department": "Sunflower",
        "street_name": "Wheel Lane", "building_number": "4", "building_name": "Burrow House",
        "floor": "1", "unit_number": "2", "room": "3", "post_box": "77",
        "town_location_name": "Old Town", "district_name": "North", "care_of": "Hazel",
        "post_code": "HM1 1HM", "town_name": "Wheelchester", "country_sub_division": "Wheelshire",
        "country": "GB", "address_line": ["Burrow House", "4 Wheel Lane"],
    })
}
