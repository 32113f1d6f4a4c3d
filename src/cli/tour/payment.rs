//! The chapter in which a customer pays: a consent that says to the letter what is paid, the payment, and the
//! bank's time moved on until the money has arrived.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use time::Duration;

use crate::clock::Timestamp;
use crate::entropy;
use crate::tpp::TppDoubt;
use crate::tpp::call::{Answer, Call};
use crate::tpp::grant::{Attempt, Flow};

use super::alone::OwnTokens;
use super::customer;
use super::walk::{Client, Clients, Party, Step, Walk, Wrong};

/// What she allowed: one payment, and to look at it.
struct Allowed {
    consent: String,
    access_token: String,
}

impl Allowed {
    async fn by(walk: &Walk<'_, '_>, client: &Client, attempt: &Attempt) -> Result<Self, Wrong> {
        let tokens = customer::grant_unseen(walk, client, attempt).await?;
        Ok(Self {
            consent: attempt.consent_id().to_owned(),
            access_token: tokens.access_token,
        })
    }
}

/// A payment, from its consent to the creditor's account. Neither client need be allowed to make one.
pub(super) async fn pay(
    walk: &mut Walk<'_, '_>,
    clients: &Clients,
    tokens: &OwnTokens,
) -> Result<(), Wrong> {
    walk.page.heading("She pays")?;
    let (client, flow, own_token) = if clients.first.may_pay {
        (&clients.first, Flow::Hybrid, &tokens.first)
    } else if clients.second.may_pay {
        (&clients.second, Flow::Jarm, &tokens.second)
    } else {
        walk.page
            .prose("Neither of these two clients may initiate payments at this bank.")?;
        return Ok(());
    };
    let (own, shown) = ask_her(walk, client, (flow, own_token)).await?;
    let payment = hand_in(walk, client, (&own, &shown)).await?;
    arrive(walk, client, (&own, &payment)).await
}

/// The consent, and her word on it: for the tour's own payment, and for the line that is shown.
async fn ask_her(
    walk: &mut Walk<'_, '_>,
    client: &Client,
    (flow, own_token): (Flow, &str),
) -> Result<(Allowed, Allowed), Wrong> {
    walk.page.prose(&format!(
        "{} says what is to be paid, to whom, and the bank keeps it as it was said.",
        client.name
    ))?;
    let url = format!("{}/consents/payment", client.tpp.discovery().issuer);
    let call = Call::bearer(Method::POST, &url, own_token).with_json(instruction());
    let step = Step::new(call.clone(), StatusCode::CREATED);
    let answer = walk.take(Party::Client(client), step).await?;
    let attempt = Attempt::new(flow, &answer.text_member("consent_id")?, SCOPE);
    let own = Allowed::by(walk, client, &attempt).await?;
    let answer = walk
        .prepare(Party::Client(client), &call, StatusCode::CREATED)
        .await?;
    let spare = attempt.again(&answer.text_member("consent_id")?);
    let shown = Allowed::by(walk, client, &spare).await?;
    Ok((own, shown))
}

/// The payment; answers its document.
async fn hand_in(
    walk: &mut Walk<'_, '_>,
    client: &Client,
    (own, shown): (&Allowed, &Allowed),
) -> Result<Value, Wrong> {
    walk.page.prose(
        "She is asked as before, by the same three lines with scope openid payments, and approves. \
         What is handed in then must be the same to the letter, and a consent is good for one \
         payment, so the line below carries a second one. The idempotency key makes it safe to send \
         again: the answer is the same payment.",
    )?;
    let url = format!("{}/payments", walk.around.api_url);
    let call = |allowed: &Allowed| {
        Call::bearer(Method::POST, &url, &allowed.access_token)
            .with_header("X-Consent-ID", &allowed.consent)
            .with_header("x-idempotency-key", idempotency_key())
            .with_json(instruction())
    };
    let step = Step::new(call(own), StatusCode::CREATED).showing(call(shown));
    let answer = walk.take(Party::Client(client), step).await?;
    let payment = data(&answer)?;
    expect_status(&payment, "RCVD")?;
    Ok(payment)
}

/// Time passes, and the payment is read at its end.
async fn arrive(
    walk: &mut Walk<'_, '_>,
    client: &Client,
    (allowed, payment): (&Allowed, &Value),
) -> Result<(), Wrong> {
    walk.page.prose(
        "Received is not paid: that takes this bank some seconds, which need not be waited for. \
         Whoever runs the bank moves its time fifteen of them on, and is told what fell due. (A code \
         and a request_uri printed above are so much older now. Pasted again, this line is refused.)",
    )?;
    let created = text(payment, "created_at")?;
    let created = Timestamp::parse(&created)
        .map_err(|error| TppDoubt::new("the payment's created_at", "a time", error.to_string()))?;
    let later = created.plus(PATIENCE).to_string();
    let call = walk.around.control.post("/clock", json!({ "set": later }));
    walk.take(Party::Operator, Step::new(call, StatusCode::OK))
        .await?;
    walk.page.prose("The money has arrived:")?;
    let id = text(payment, "payment_id")?;
    let url = format!("{}/payments/{id}", walk.around.api_url);
    let call = Call::bearer(Method::GET, &url, &allowed.access_token);
    let step = Step::new(call, StatusCode::OK);
    let answer = walk.take(Party::Client(client), step).await?;
    let payment = data(&answer)?;
    expect_status(&payment, "ACCC")?;
    let history = payment.get("status_history").and_then(Value::as_array);
    let codes = history.into_iter().flatten();
    let codes = codes.filter_map(|was| was.get("status_code")?.as_str());
    let codes: Vec<_> = codes.collect();
    walk.page.prose(&format!(
        "Its way, in the codes of ISO 20022: {}.",
        codes.join(", ")
    ))?;
    Ok(())
}

/// What is paid.
fn instruction() -> Value {
    json!({
        "payment_type": "domestic",
        "instruction": {
            "instruction_identification": "TOUR-1",
            "end_to_end_identification": "TOUR-1-E2E",
            "local_instrument": "fps",
            "instructed_amount": { "amount": "10.00", "currency": "GBP" },
            "creditor_account": {
                "scheme": "SortCodeAccountNumber", "id": "202015-55555555", "name": "Acorn Stores",
            },
        },
    })
}

fn idempotency_key() -> String {
    entropy::secret()
        .chars()
        .take(IDEMPOTENCY_KEY_CHARS)
        .collect()
}

fn data(answer: &Answer) -> Result<Value, Wrong> {
    let data = answer.json()?.get("data").cloned();
    Ok(data.ok_or_else(|| TppDoubt::new("the answer", "data", "none"))?)
}

fn text(payment: &Value, name: &'static str) -> Result<String, Wrong> {
    let text = payment.get(name).and_then(Value::as_str);
    let text = text.ok_or_else(|| TppDoubt::new("the payment", name, "none"))?;
    Ok(text.to_owned())
}

fn expect_status(payment: &Value, expected: &'static str) -> Result<(), Wrong> {
    let received = text(payment, "status_code")?;
    if received == expected {
        return Ok(());
    }
    Err(TppDoubt::new("the payment's status_code", expected, received).into())
}

/// What she is asked for.
const SCOPE: &str = "openid payments";
/// A bank's usual payment arrives after twelve seconds.
const PATIENCE: Duration = Duration::seconds(15);
/// As long as one may be (API contract, section 2).
const IDEMPOTENCY_KEY_CHARS: usize = 40;
