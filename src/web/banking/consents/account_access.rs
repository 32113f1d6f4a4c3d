//! What a TPP asks for to read accounts (API contract, sections 3 and 5.1).

use crate::clock::Timestamp;
use crate::consent::{AccountAccess, ConsentType, Permission, Permissions, Terms};
use crate::oauth::access::BoundToken;
use crate::web::banking::body::Body;
use crate::web::banking::error::{Error, Kind};
use crate::web::banking::query;
use crate::web::banking::shape::{Member, Shape, Words, optional, required};
use crate::web::call::Call;
use crate::wire::reply::Reply;

use super::{check_creator, keep, read_expiration};

/// Creates an account-access consent.
pub(super) fn create(call: &mut Call<'_>, token: &BoundToken) -> Result<Reply, Error> {
    check_creator(call, token, &[ConsentType::AccountAccess])?;
    query::read_none(call)?;
    let mut body = Body::read(call, TABLE)?;
    let terms = read(&mut body, call.now.bank);
    body.judge(call)?;
    keep(call, token, terms)
}

/// What is asked for, and until when; whether it is without faults is for the body to say.
pub(super) fn read(body: &mut Body, now: Timestamp) -> (Terms, Option<Timestamp>) {
    let terms = read_terms(body);
    (Terms::AccountAccess(terms), read_expiration(body, now))
}

/// Reads what is well-formed, and adds the faults that no table can know of.
fn read_terms(body: &mut Body) -> AccountAccess {
    let terms = AccountAccess {
        permissions: read_permissions(body),
        transactions_from: body.timestamp("/transaction_from_date"),
        transactions_to: body.timestamp("/transaction_to_date"),
    };
    if let (Some(from), Some(to)) = (terms.transactions_from, terms.transactions_to)
        && from > to
    {
        let message = "must not be before transaction_from_date";
        body.fault(Kind::InvalidDate, "/transaction_to_date", message);
    }
    terms
}

fn read_permissions(body: &mut Body) -> Permissions {
    let pointer = "/permissions";
    let Some(codes) = body.texts(pointer) else {
        return Permissions::NONE;
    };
    let permissions: Permissions = codes.filter_map(Permission::parse).collect();
    let reads_accounts = [Permission::ReadAccounts, Permission::ReadAccountsBasic];
    if !permissions.contains_any(&reads_accounts) {
        let message = "must hold ReadAccounts or ReadAccountsBasic";
        body.fault(Kind::MissingField, pointer, message);
    }
    permissions
}

/// The body.
pub(super) static TABLE: &[Member] = &[
    required(
        "permissions",
        Shape::List {
            of: &Shape::Words(&Words::new(&Permission::CODES)),
            max: PERMISSIONS_MAX,
        },
    ),
    optional("expiration_date", Shape::DateTime),
    optional("transaction_from_date", Shape::DateTime),
    optional("transaction_to_date", Shape::DateTime),
    optional(
        "consent_type",
        Shape::Words(&Words::new(&[ConsentType::AccountAccess.as_str()])),
    ),
];

/// There are eight permissions; repeats are allowed, a list without end is not.
const PERMISSIONS_MAX: usize = 100;
