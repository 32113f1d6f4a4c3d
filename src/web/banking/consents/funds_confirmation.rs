//! What a TPP asks for to have funds confirmed: the account alone (API contract, sections 5.1 and 7).

use crate::consent::{ConsentType, FundsTerms, Terms};
use crate::oauth::access::BoundToken;
use crate::web::banking::body::Body;
use crate::web::banking::error::Error;
use crate::web::banking::shape::pool::ACCOUNT;
use crate::web::banking::shape::{Member, Shape, Words, optional, required};
use crate::web::banking::{body, named_account};
use crate::web::call::Call;
use crate::wire::reply::Reply;

use super::{check_creator, keep, read_expiration};

/// Creates a funds-confirmation consent.
pub(super) fn create(call: &mut Call<'_>, token: &BoundToken) -> Result<Reply, Error> {
    check_creator(call, token, &[ConsentType::FundsConfirmation])?;
    let mut body = Body::read(call, TABLE)?;
    let debtor_account = named_account::read(call.bank, &mut body, "/debtor_account");
    let expires_at = read_expiration(&mut body, call.now.bank);
    body.judge(call)?;
    // Without a fault the table's required member was there.
    let debtor_account = debtor_account.ok_or_else(body::unread)?;
    let terms = FundsTerms { debtor_account };
    keep(call, token, (Terms::FundsConfirmation(terms), expires_at))
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
