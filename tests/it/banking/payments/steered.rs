//! The control API's hand on payments: every legal move and no other (CONTROL, section 6).

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{codes, domestic, look, paid};
use crate::support::{Operator, TestBank};

fn answer(response: &http::Response<Vec<u8>>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

#[test]
fn a_payment_is_moved_along_legal_transitions_with_its_rows() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let payment = paid(&acorn, &domestic());
    let id = payment["payment_id"].as_str().unwrap();
    let path = format!("/payments/{id}/status");
    let reader = acorn.grant(&["ReadAccounts", "ReadTransactions"]);
    let rows = || {
        let list = reader.get("/accounts/acc_1234567890/transactions");
        let list = list.query("page_size=20").send().ok();
        let rows = list["data"].as_array().unwrap().clone();
        let is_its = |row: &Value| row["transaction_reference"] == "FPS000000000001";
        rows.into_iter().filter(is_its).collect::<Vec<_>>()
    };
    let row = || rows()[0].clone();
    for (status, row_status) in [
        ("ACTC", None),
        ("ACSP", Some("pending")),
        ("ACSC", Some("booked")),
    ] {
        let moved = bank
            .operator()
            .post(&path, &json!({ "status_code": status }));
        assert_eq!(moved.status(), StatusCode::OK, "{status}");
        assert_eq!(answer(&moved)["status_code"], status);
        assert_eq!(answer(&moved)["client_id"], "acorn-budget");
        if let Some(expected) = row_status {
            assert_eq!(row()["status"], expected);
            assert_eq!(
                row()["transaction_reference"],
                answer(&moved)["scheme_payment_id"]
            );
        }
    }
    let back = bank
        .operator()
        .post(&path, &json!({"status_code": "RJCT", "reason": "1161"}));
    assert_eq!(back.status(), StatusCode::OK);
    assert_eq!(row()["credit_debit_indicator"], "credit");
    assert_eq!(row()["transaction_information"], "RETURNED ORDER1001");
    let payment = look(&acorn, &payment);
    assert_eq!(codes(&payment), "RCVD ACTC ACSP ACSC RJCT");
    assert_eq!(payment["status_reason"][0]["code"], "1161");
    let listed = bank.operator().get("/payments");
    assert_eq!(listed["items"][0]["payment_id"], payment["payment_id"]);
}

#[test]
fn payments_are_told_a_page_at_a_time_newest_first() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let ids: Vec<_> = (0..3)
        .map(|_| paid(&acorn, &domestic())["payment_id"].clone())
        .collect();
    let all = bank.operator().get("/payments");
    let items = all["items"].as_array().unwrap();
    let told: Vec<_> = items.iter().map(|item| &item["payment_id"]).collect();
    assert_eq!(told, ids.iter().rev().collect::<Vec<_>>());
    assert!(all.get("next").is_none());
    let first = bank.operator().get("/payments?limit=2");
    assert_eq!(first["items"].as_array().unwrap()[..], items[..2]);
    let next = bank.operator().get(first["next"].as_str().unwrap());
    assert_eq!(next, json!({ "items": [items[2]] }));
    for (query, pointer) in [
        ("after=x", "after"),
        ("after=pay_0000000099", "after"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("client_id=acorn-budget", "client_id"),
    ] {
        let target = format!("/payments?{query}");
        let refused = bank
            .operator()
            .send(Operator::request(Method::GET, &target));
        assert_eq!(
            refused.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{query}"
        );
        assert_eq!(answer(&refused)["pointer"], pointer, "{query}");
    }
}

#[test]
fn what_the_machine_does_not_allow_changes_nothing() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let payment = paid(&acorn, &domestic());
    let path = format!(
        "/payments/{}/status",
        payment["payment_id"].as_str().unwrap()
    );
    for (body, status, code) in [
        (json!({"status_code": "ACSC"}), 409, "illegal_transition"),
        (json!({"status_code": "RCVD"}), 409, "illegal_transition"),
        (json!({"status_code": "CANC"}), 409, "illegal_transition"),
        (json!({"status_code": "DONE"}), 422, "unknown_name"),
        (json!({"status_code": 7}), 422, "invalid_value"),
        (
            json!({"status_code": "RJCT", "reason": "BAD"}),
            422,
            "unknown_name",
        ),
        (
            json!({"status_code": "RJCT", "why": "AM04"}),
            422,
            "unknown_name",
        ),
        (json!({}), 422, "invalid_value"),
    ] {
        let refused = bank.operator().post(&path, &body);
        assert_eq!(refused.status().as_u16(), status, "{body}");
        assert_eq!(answer(&refused)["code"], code, "{body}");
    }
    for unknown in ["/payments/pay_0000000099/status", "/payments/x/status"] {
        let refused = bank
            .operator()
            .post(unknown, &json!({"status_code": "RJCT"}));
        assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(look(&acorn, &payment), payment);
}
