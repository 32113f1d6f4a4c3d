//! The family `payment`: payments that fail or come to a halt, and are right in everything else.

use serde_json::json;

use super::arm;
use crate::banking::payments::{codes, domestic, look, paid};
use crate::support::TestBank;

#[test]
fn a_payment_is_rejected_for_any_reason_when_it_was_told() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    for (parameters, reason, after) in [
        (json!({}), "AM04", "5s"),
        (
            json!({"reason_code": "FR01", "delay": "90s"}),
            "FR01",
            "90s",
        ),
        (json!({"reason_code": "1161", "delay": "1s"}), "1161", "1s"),
    ] {
        let mut fault = parameters;
        fault["fault"] = "payment.rejected".into();
        arm(&bank, &json!({"when": {"times": 1}, "then": [fault]}));
        let payment = paid(&tpp, &domestic());
        assert_eq!(payment["status_code"], "RCVD");
        bank.operator().advance_clock(after);
        let found = look(&tpp, &payment);
        assert_eq!(
            (&found["status"], &found["status_code"]),
            (&json!("failed"), &json!("RJCT"))
        );
        assert_eq!(found["status_reason"][0]["code"], reason, "{found:#}");
        bank.operator().advance_clock("1h");
        assert_eq!(codes(&look(&tpp, &payment)), "RCVD RJCT");
        // What was asked for stays what was asked for.
        assert_eq!(found["instruction"], payment["instruction"]);
    }
    let payment = paid(&tpp, &domestic());
    bank.operator().advance_clock("1h");
    assert_eq!(codes(&look(&tpp, &payment)), "RCVD ACSP ACSC ACCC");
}

#[test]
fn a_payment_is_rejected_in_the_answer_itself() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    arm(
        &bank,
        &json!({
            "when": {"times": 1},
            "then": [{"fault": "payment.rejected", "delay": "0s", "reason_code": "AC04"}],
        }),
    );
    let payment = paid(&tpp, &domestic());
    assert_eq!(payment["status_code"], "RJCT", "{payment:#}");
    assert_eq!(payment["status_reason"][0]["code"], "AC04");
}

#[test]
fn a_payment_is_stuck_where_it_was_told() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    for (status, history) in [
        (None, "RCVD PDNG"),
        (Some("RCVD"), "RCVD"),
        (Some("ACSP"), "RCVD ACSP"),
        (Some("ACWC"), "RCVD ACSP ACWC"),
        (Some("PATC"), "RCVD PATC"),
    ] {
        let mut fault = json!({"fault": "payment.stuck"});
        if let Some(status) = status {
            fault["status_code"] = status.into();
        }
        arm(&bank, &json!({"when": {"times": 1}, "then": [fault]}));
        let payment = paid(&tpp, &domestic());
        bank.operator().advance_clock("30d");
        assert_eq!(codes(&look(&tpp, &payment)), history);
    }
}
