//! What a TPP asks for to have funds confirmed: the account alone (API contract, sections 5.1 and 7).

use crate::bank::Bank;
use crate::clock::Timestamp;
use crate::consent::{ConsentType, FundsTerms, Terms};
use crate::oauth::access::BoundToken;
use crate::web::banking::body::Body;
use crate::web::banking::error::Error;
use crate::web::banking::shape::pool::ACCOUNT;
use crate::web::banking::shape::{Member, Shape, Words, optional, required};
use crate::web::banking::{body, named_account, query};
use crate::web::call::Call;
use crate::wire::reply::Reply;

use super::{check_creator, keep, read_expiration};

/// Creates a funds-confirmation consent.
pub(super) fn create(call: &mut Call<'_>, token: &BoundToken) -> Result<Reply, Error> {
    check_creator(call, token, &[ConsentType::FundsConfirmation])?;
    query::read_none(call)?;
    let mut body = Body::read(call, TABLE)?;
    let terms = read(call.bank, &mut body, call.now.bank);
    body.judge(call)?;
    // Without a fault the table's required member was there.
    keep(call, token, terms.ok_or_else(body::unread)?)
}

/// What is asked for, and until when; nothing when the account has a fault.
pub(super) fn read(
    bank: &Bank,
    body: &mut Body,
    now: Timestamp,
) -> Option<(Terms, Option<Timestamp>)> {
    let debtor_account = named_account::read(bank, body, "/debtor_account");
    let expires_at = read_expiration(body, now);
    let terms = FundsTerms {
        debtor_account: debtor_account?,
    };
    Some((Terms::FundsConfirmation(terms), expires_at))
}

/// The body.
pub(super) static TABLE: &[Member] = &[
    required("debtor_account", ACCOUNT),
    optional("expiration_date", Shape::DateTime),
    optional(
        "consent_type",
        Shape::Words(&Words::new(&[ConsentType::FundsConfirmation.as_str()])),
    ),
];
