//! Client assertions at the token endpoint, which `private_key_jwt` alone has (SECURITY contract,
//! section 5.6).

use super::{Combination, every_where};
use crate::support::{Form, Jwt, Request, START};

const NOW: i64 = START.unix_timestamp();

/// A code and the request it answers, about to be exchanged.
struct Exchange<'a> {
    combination: &'a Combination<'a>,
    request: Request,
    code: String,
}

/// Runs a module in every combination of a client with assertions.
fn every_exchange(run: impl Fn(&Exchange<'_>)) {
    every_where(
        |combination| combination.tpp.has_assertions(),
        |combination| {
            let request = combination.request();
            let code = combination.code(&request);
            let exchange = Exchange {
                combination,
                request,
                code,
            };
            run(&exchange);
        },
    );
}

impl Exchange<'_> {
    fn form(&self) -> Form {
        self.combination.exchange_form(&self.code, &self.request)
    }

    fn assertion(&self) -> Jwt {
        self.combination.tpp.assertion()
    }

    /// Refused with this assertion, whether a `client_id` stands beside it or not; and the code is
    /// still good, so that nothing but the assertion was wrong.
    #[track_caller]
    fn refused(&self, change: impl Fn(Jwt) -> Jwt, rule: &str) {
        self.refused_in(&self.form(), &change, rule);
        self.refused_in(&self.form().without("client_id"), &change, rule);
        self.succeeds(&self.assertion());
    }

    #[track_caller]
    fn refused_in(&self, form: &Form, change: &impl Fn(Jwt) -> Jwt, rule: &str) {
        let form = Combination::asserted(form.clone(), &change(self.assertion()));
        let answer = self.combination.tpp.post("/oauth/token", &form).send();
        answer.refused(401, "invalid_client", rule);
    }

    #[track_caller]
    fn succeeds(&self, assertion: &Jwt) {
        let form = Combination::asserted(self.form(), assertion);
        self.combination.tpp.post("/oauth/token", &form).send().ok();
    }
}

// 36
#[test]
fn ensure_signed_client_assertion_with_rs256_fails() {
    let has_rsa = |combination: &Combination<'_>| combination.tpp.kit().signing_alg() == "PS256";
    every_where(
        |combination| combination.tpp.has_assertions() && has_rsa(combination),
        |combination| {
            let request = combination.request();
            let code = combination.code(&request);
            let exchange = Exchange {
                combination,
                request,
                code,
            };
            exchange.refused(
                |jwt| jwt.header("alg", "RS256"),
                "client_assertion.signature",
            );
        },
    );
}

// 37
#[test]
fn ensure_client_assertion_in_token_endpoint() {
    every_exchange(|exchange| {
        let form = exchange.form().without("client_assertion");
        let (bare, typed) = (form.clone().without("client_assertion_type"), form);
        for (form, rule) in [
            (bare, "client_assertion.type"),
            (typed, "client_assertion.signature"),
        ] {
            let answer = exchange.combination.tpp.post("/oauth/token", &form).send();
            answer.refused(401, "invalid_client", rule);
        }
        exchange.succeeds(&exchange.assertion());
    });
}

// 38
#[test]
fn ensure_client_assertion_with_exp_is_5_minutes_in_past_fails() {
    every_exchange(|exchange| {
        let change = |jwt: Jwt| jwt.claim("exp", NOW - 300);
        exchange.refused(change, "client_assertion.exp");
    });
}

// 39
#[test]
fn ensure_client_assertion_with_wrong_aud_fails() {
    every_exchange(|exchange| {
        let change = |jwt: Jwt| jwt.claim("aud", "https://other.example/token");
        exchange.refused(change, "client_assertion.aud");
    });
}

// 40: this is what keeps a request object from being replayed as an assertion.
#[test]
fn ensure_client_assertion_with_no_sub_fails() {
    every_exchange(|exchange| {
        exchange.refused(|jwt| jwt.without("sub"), "client_assertion.sub");
        let object = exchange.combination.request().jwt;
        let form = Combination::asserted(exchange.form(), &object);
        let answer = exchange.combination.tpp.post("/oauth/token", &form).send();
        answer.refused(401, "invalid_client", "client_assertion.sub");
    });
}

// 41
#[test]
fn ensure_client_assertion_with_wrong_iss_fails() {
    every_exchange(|exchange| {
        let second = exchange.combination.second();
        let change = |jwt: Jwt| jwt.claim("iss", second.tpp.id());
        exchange.refused(change, "client_assertion.iss");
    });
}

// 42: with no client_id beside it, the sub says whose key must have signed.
#[test]
fn ensure_client_assertion_with_wrong_sub_fails() {
    every_exchange(|exchange| {
        let second = exchange.combination.second();
        let change = |jwt: Jwt| jwt.claim("sub", second.tpp.id());
        exchange.refused_in(&exchange.form(), &change, "client_assertion.sub");
        let bare = exchange.form().without("client_id");
        exchange.refused_in(&bare, &change, "client_assertion.signature");
        let nobody = |jwt: Jwt| jwt.claim("sub", "nobody");
        exchange.refused_in(&bare, &nobody, "client.known");
        exchange.succeeds(&exchange.assertion());
    });
}

// 43
#[test]
fn ensure_client_assertion_with_iss_aud_succeeds() {
    every_exchange(|exchange| {
        let issuer = exchange.combination.bank().issuer();
        exchange.succeeds(&exchange.assertion().claim("aud", issuer));
    });
}
