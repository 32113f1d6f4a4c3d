//! The table of routes: every path of the bank, one line each. The router, the journal's filters and the
//! test that every route is tested read it.

use http::Method;

use crate::banking::rail::PaymentType::{Domestic, International};
use crate::consent::ConsentType::{AccountAccess, FundsConfirmation, Payment};
use crate::consent::Permission::{
    ReadAccounts, ReadAccountsBasic, ReadBalances, ReadBeneficiaries, ReadDirectDebits,
    ReadStandingOrders, ReadTransactions, ReadTransactionsBasic,
};
use crate::oauth::check::Place;
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::error::Refusal;
use crate::oauth::metadata::{
    AUTHORIZE, DISCOVERY, INTROSPECT, JWKS, PAR, REVOKE, TOKEN, USERINFO,
};
use crate::oauth::registration::REGISTER;
use crate::oauth::scope::ScopeToken::{Accounts, Fundsconfirmations, Transactions};
use crate::wire::form::Form;
use crate::wire::reply::Reply;
use crate::wire::router::RouteName;

use super::banking::error::Error;
use super::banking::{
    accounts, balances, beneficiaries, consents, direct_debits, funds_confirmations, payments,
    standing_orders, transactions,
};
use super::call::Call;
use super::consented::Consented;
use super::directory;
use super::guard::Requirement;
use super::oauth::journey::Visit;
use super::oauth::register::{self, Declined};
use super::oauth::{authorize, introspect, metadata, par, revoke, token, userinfo};
use super::openapi;

/// One line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// The method; HEAD is served wherever GET is.
    pub(crate) method: Method,
    /// The path, with `{variables}`.
    pub(crate) path: &'static str,
    /// The dotted name in faults, journal filters and metrics.
    pub(crate) name: RouteName,
    /// What answers, behind which guard, in which surface's words.
    pub(crate) handler: Handler,
}

/// A handler with its surface: one variant a guard, so that none can be reached unguarded.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Handler {
    /// A customer's browser: answers with a redirect or a page, perhaps after she took her time.
    Browser(fn(&mut Call<'_>) -> Visit),
    /// An authenticated client, in the words of RFC 6749.
    Client(
        Place,
        fn(&mut Call<'_>, &AuthenticatedClient, &Form) -> Result<Reply, Refusal>,
    ),
    /// A customer's data under a consent, in the bank's own words.
    Consented(
        Requirement,
        fn(&mut Call<'_>, &Consented) -> Result<Reply, Error>,
    ),
    /// Anybody.
    Public(fn(&mut Call<'_>) -> Reply),
    /// Whoever registers or manages a registration, in the words of RFC 7591.
    Registration(fn(&mut Call<'_>) -> Result<Reply, Declined>),
    /// A bearer token that the handler honors itself, in the bank's own words.
    Token(fn(&mut Call<'_>) -> Result<Reply, Error>),
}

/// Every route of the bank.
pub(crate) static ROUTES: &[Route] = &[
    get(
        DISCOVERY,
        "oauth.discovery",
        Handler::Public(metadata::show_discovery_document),
    ),
    get(JWKS, "oauth.jwks", Handler::Public(metadata::show_jwks)),
    get(
        "/openapi.json",
        "bank.openapi",
        Handler::Public(openapi::show_document),
    ),
    post(
        PAR,
        "oauth.par",
        Handler::Client(Place::Par, par::push_authorization_request),
    ),
    get(
        AUTHORIZE,
        "oauth.authorize",
        Handler::Browser(authorize::authorize),
    ),
    post(
        TOKEN,
        "oauth.token",
        Handler::Client(Place::Token, token::issue_tokens),
    ),
    post(
        INTROSPECT,
        "oauth.introspect",
        Handler::Client(Place::Introspect, introspect::introspect_token),
    ),
    post(
        REVOKE,
        "oauth.revoke",
        Handler::Client(Place::Revoke, revoke::revoke_token),
    ),
    get(
        USERINFO,
        "oauth.userinfo",
        Handler::Token(userinfo::show_userinfo),
    ),
    post(
        USERINFO,
        "oauth.userinfo",
        Handler::Token(userinfo::show_userinfo),
    ),
    post(
        REGISTER,
        "register.create",
        Handler::Registration(register::create_registration),
    ),
    get(
        "/register/{client_id}",
        "register.get",
        Handler::Registration(register::show_registration),
    ),
    put(
        "/register/{client_id}",
        "register.update",
        Handler::Registration(register::update_registration),
    ),
    delete(
        "/register/{client_id}",
        "register.delete",
        Handler::Registration(register::delete_registration),
    ),
    get(
        "/directory/jwks",
        "directory.jwks",
        Handler::Public(directory::show_jwks),
    ),
    get(
        "/directory/{org_id}/{file}",
        "directory.software_jwks",
        Handler::Public(directory::show_published_jwks),
    ),
    get(
        "/directory/{org_id}/revoked/{file}",
        "directory.software_jwks",
        Handler::Public(directory::show_revoked_jwks),
    ),
    post(
        "/consents/account-access",
        "consents.create",
        Handler::Token(consents::create_account_access_consent),
    ),
    post(
        "/consents/payment",
        "consents.create",
        Handler::Token(consents::create_payment_consent),
    ),
    get(
        "/consents/{consent_id}/funds-confirmation",
        "consents.funds",
        Handler::Token(consents::funds_check::check_funds),
    ),
    get(
        "/consents/payment/{consent_id}/funds-confirmation",
        "consents.funds",
        Handler::Token(consents::funds_check::check_funds),
    ),
    post(
        "/consents/funds-confirmation",
        "consents.create",
        Handler::Token(consents::create_funds_confirmation_consent),
    ),
    post(
        "/consents",
        "consents.create",
        Handler::Token(consents::create_consent),
    ),
    get(
        "/consents/{consent_id}",
        "consents.get",
        Handler::Token(|call| consents::show_consent(call, None)),
    ),
    delete(
        "/consents/{consent_id}",
        "consents.delete",
        Handler::Token(|call| consents::delete_consent(call, None)),
    ),
    get(
        "/consents/account-access/{consent_id}",
        "consents.get",
        Handler::Token(|call| consents::show_consent(call, Some(AccountAccess))),
    ),
    delete(
        "/consents/account-access/{consent_id}",
        "consents.delete",
        Handler::Token(|call| consents::delete_consent(call, Some(AccountAccess))),
    ),
    get(
        "/consents/payment/{consent_id}",
        "consents.get",
        Handler::Token(|call| consents::show_consent(call, Some(Payment))),
    ),
    delete(
        "/consents/payment/{consent_id}",
        "consents.delete",
        Handler::Token(|call| consents::delete_consent(call, Some(Payment))),
    ),
    get(
        "/consents/funds-confirmation/{consent_id}",
        "consents.get",
        Handler::Token(|call| consents::show_consent(call, Some(FundsConfirmation))),
    ),
    delete(
        "/consents/funds-confirmation/{consent_id}",
        "consents.delete",
        Handler::Token(|call| consents::delete_consent(call, Some(FundsConfirmation))),
    ),
    get(
        "/open-banking/v1/accounts",
        "banking.accounts.list",
        Handler::Consented(ACCOUNTS, accounts::list_accounts),
    ),
    get(
        "/open-banking/v1/accounts/{account_id}",
        "banking.accounts.get",
        Handler::Consented(ACCOUNTS, accounts::show_account),
    ),
    get(
        "/open-banking/v1/accounts/{account_id}/balances",
        "banking.balances.list",
        Handler::Consented(BALANCES, balances::list_account_balances),
    ),
    get(
        "/open-banking/v1/balances",
        "banking.balances.list",
        Handler::Consented(BALANCES, balances::list_balances),
    ),
    get(
        "/open-banking/v1/accounts/{account_id}/transactions",
        "banking.transactions.list",
        Handler::Consented(TRANSACTIONS, transactions::list_account_transactions),
    ),
    get(
        "/open-banking/v1/transactions",
        "banking.transactions.list",
        Handler::Consented(TRANSACTIONS, transactions::list_transactions),
    ),
    post(
        "/open-banking/v1/payments",
        "banking.payments.create",
        Handler::Token(|call| payments::create_payment(call, None)),
    ),
    post(
        "/open-banking/v1/payments/domestic",
        "banking.payments.create",
        Handler::Token(|call| payments::create_payment(call, Some(Domestic))),
    ),
    post(
        "/open-banking/v1/payments/international",
        "banking.payments.create",
        Handler::Token(|call| payments::create_payment(call, Some(International))),
    ),
    get(
        "/open-banking/v1/payments/{payment_id}",
        "banking.payments.get",
        Handler::Token(payments::show_payment),
    ),
    post(
        "/open-banking/v1/funds-confirmations",
        "banking.funds_confirmations.create",
        Handler::Consented(FUNDS, funds_confirmations::create_funds_confirmation),
    ),
    get(
        "/open-banking/v1/accounts/{account_id}/standing-orders",
        "banking.standing_orders.list",
        Handler::Consented(
            STANDING_ORDERS,
            standing_orders::list_account_standing_orders,
        ),
    ),
    get(
        "/open-banking/v1/standing-orders",
        "banking.standing_orders.list",
        Handler::Consented(STANDING_ORDERS, standing_orders::list_standing_orders),
    ),
    get(
        "/open-banking/v1/accounts/{account_id}/direct-debits",
        "banking.direct_debits.list",
        Handler::Consented(DIRECT_DEBITS, direct_debits::list_account_direct_debits),
    ),
    get(
        "/open-banking/v1/direct-debits",
        "banking.direct_debits.list",
        Handler::Consented(DIRECT_DEBITS, direct_debits::list_direct_debits),
    ),
    get(
        "/open-banking/v1/accounts/{account_id}/beneficiaries",
        "banking.beneficiaries.list",
        Handler::Consented(BENEFICIARIES, beneficiaries::list_account_beneficiaries),
    ),
    get(
        "/open-banking/v1/beneficiaries",
        "banking.beneficiaries.list",
        Handler::Consented(BENEFICIARIES, beneficiaries::list_beneficiaries),
    ),
];

const ACCOUNTS: Requirement = Requirement {
    scopes: &[Accounts],
    consent_type: AccountAccess,
    permissions: &[ReadAccounts, ReadAccountsBasic],
};

const BALANCES: Requirement = Requirement {
    scopes: &[Accounts],
    consent_type: AccountAccess,
    permissions: &[ReadBalances],
};

const TRANSACTIONS: Requirement = Requirement {
    scopes: &[Transactions, Accounts],
    consent_type: AccountAccess,
    permissions: &[ReadTransactions, ReadTransactionsBasic],
};

const FUNDS: Requirement = Requirement {
    scopes: &[Fundsconfirmations],
    consent_type: FundsConfirmation,
    permissions: &[],
};

const STANDING_ORDERS: Requirement = Requirement {
    scopes: &[Accounts],
    consent_type: AccountAccess,
    permissions: &[ReadStandingOrders],
};

const DIRECT_DEBITS: Requirement = Requirement {
    scopes: &[Accounts],
    consent_type: AccountAccess,
    permissions: &[ReadDirectDebits],
};

const BENEFICIARIES: Requirement = Requirement {
    scopes: &[Accounts],
    consent_type: AccountAccess,
    permissions: &[ReadBeneficiaries],
};

const fn get(path: &'static str, name: &'static str, handler: Handler) -> Route {
    route(Method::GET, path, name, handler)
}

const fn post(path: &'static str, name: &'static str, handler: Handler) -> Route {
    route(Method::POST, path, name, handler)
}

const fn put(path: &'static str, name: &'static str, handler: Handler) -> Route {
    route(Method::PUT, path, name, handler)
}

const fn delete(path: &'static str, name: &'static str, handler: Handler) -> Route {
    route(Method::DELETE, path, name, handler)
}

const fn route(method: Method, path: &'static str, name: &'static str, handler: Handler) -> Route {
    Route {
        method,
        path,
        name: RouteName::new(name),
        handler,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::fault::routes::{METHODS, NAMES, methods_of};

    #[test]
    fn rules_of_faults_know_the_names_of_this_table() {
        let own: BTreeSet<_> = ROUTES.iter().map(|route| route.name.as_str()).collect();
        let known: BTreeSet<_> = NAMES.iter().copied().collect();
        assert_eq!(own, known);
        let mut all = BTreeSet::new();
        for name in NAMES {
            let of = ROUTES.iter().filter(|route| route.name.as_str() == *name);
            let mut methods: BTreeSet<_> = of.map(|route| route.method.as_str()).collect();
            if methods.contains("GET") {
                methods.insert("HEAD");
            }
            assert_eq!(methods_of(name), Vec::from_iter(methods.clone()), "{name}");
            all.append(&mut methods);
        }
        assert_eq!(METHODS, Vec::from_iter(all));
    }
}
