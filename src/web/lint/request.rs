//! What is unwise about an authorization request, an assertion or the headers of FAPI: what a bank that is
//! stricter than this one would refuse.

use serde_json::Value;

use crate::clock::Timestamp;
use crate::jose::{Jws, VerifiedClaims};
use crate::web::call::Call;
use crate::wire::form::Form;
use crate::wire::header::{self, HeaderFault};

use super::{Lint, note};

/// Looks at a request object that passed its checks.
pub(crate) fn of_object(call: &mut Call<'_>, claims: &VerifiedClaims) {
    let is = |name: &str, is_right: fn(&Value) -> bool| claims.map().get(name).is_none_or(is_right);
    let age = claims.number("iat").map(Timestamp::from_unix_seconds);
    let is_fresh = age.is_none_or(|iat| call.now.real.since(iat) <= time::Duration::DAY);
    let typ_is_right = claims.typ().is_none_or(|typ| {
        ["oauth-authz-req+jwt", "JWT"]
            .iter()
            .any(|known| typ.eq_ignore_ascii_case(known))
    });
    for (is_right, lint) in [
        (typ_is_right, &OBJECT_TYP),
        (claims.map().contains_key("iss"), &OBJECT_ISS),
        (is("jti", Value::is_string), &OBJECT_JTI),
        (is_fresh, &OBJECT_IAT),
        (is("max_age", Value::is_number), &OBJECT_MAX_AGE),
    ] {
        if !is_right {
            note(call, lint);
        }
    }
}

/// Looks at what stands beside a request object, pushed or by value.
pub(crate) fn beside_object(call: &mut Call<'_>, claims: &VerifiedClaims, beside: &Form) {
    let differs = |(name, value): (&str, &str)| {
        let within = claims.map().get(name);
        within.is_some_and(|within| match within {
            Value::String(text) => text != value,
            other => serde_json::from_str(value).ok().as_ref() != Some(other),
        })
    };
    if beside.pairs().any(differs) {
        note(call, &BESIDE_DIFFERS);
    }
}

/// Looks at the query of a request by value.
pub(crate) fn of_query_by_value(call: &mut Call<'_>, query: &Form) {
    let scope = query.get("scope").unwrap_or_default();
    if !scope.split(' ').any(|token| token == "openid") {
        note(call, &BESIDE_SCOPE);
    }
}

/// Looks at the query of a request that was pushed.
pub(crate) fn of_query_pushed(call: &mut Call<'_>, query: &Form) {
    let needed = ["client_id", "request_uri"];
    if query.pairs().any(|(name, _)| !needed.contains(&name)) {
        note(call, &BESIDE_REQUEST_URI);
    }
}

/// Looks at the assertion by which a client proved itself, if it did so.
pub(crate) fn of_assertion(call: &mut Call<'_>, form: &Form) {
    let assertion = form.get("client_assertion");
    let read = assertion.and_then(|jwt| Jws::parse(jwt).ok());
    if read.is_some_and(|jws| !jws.unverified_claims().contains_key("iat")) {
        note(call, &ASSERTION_IAT);
    }
}

/// Looks at the headers of FAPI that a bank only records.
pub(super) fn of_fapi_headers(call: &mut Call<'_>) {
    let headers = &call.request.head.headers;
    let is_right = |told: Result<Option<&str>, HeaderFault>, is_right: fn(&str) -> bool| {
        told.is_ok_and(|told| told.is_none_or(is_right))
    };
    let is_date: fn(&str) -> bool = |text| Timestamp::from_http_date(text).is_some();
    let dated = is_right(header::single(headers, &header::X_FAPI_AUTH_DATE), is_date);
    let address = header::single(headers, &header::X_FAPI_CUSTOMER_IP_ADDRESS);
    let placed = is_right(address, header::is_ip_address);
    for (is_right, lint) in [(dated, &AUTH_DATE), (placed, &CUSTOMER_IP_ADDRESS)] {
        if !is_right {
            note(call, lint);
        }
    }
}

/// Every lint of this file.
#[cfg(test)]
pub(super) static ALL: &[&Lint] = &[
    &OBJECT_TYP,
    &OBJECT_ISS,
    &OBJECT_JTI,
    &OBJECT_IAT,
    &OBJECT_MAX_AGE,
    &BESIDE_DIFFERS,
    &BESIDE_SCOPE,
    &BESIDE_REQUEST_URI,
    &ASSERTION_IAT,
    &AUTH_DATE,
    &CUSTOMER_IP_ADDRESS,
];

static OBJECT_TYP: Lint = Lint {
    name: "request_object.typ",
    sentence: "The request object says that it is another kind of JWT; its typ is oauth-authz-req+jwt, or is left \
               out (RFC 9101, section 10.8).",
};
static OBJECT_ISS: Lint = Lint {
    name: "request_object.iss_missing",
    sentence: "The request object does not say who issued it (RFC 9101, section 4).",
};
static OBJECT_JTI: Lint = Lint {
    name: "request_object.jti",
    sentence: "The request object's jti is no string (RFC 7519, section 4.1.7).",
};
static OBJECT_IAT: Lint = Lint {
    name: "request_object.iat",
    sentence: "The request object was issued more than a day ago by its iat.",
};
static OBJECT_MAX_AGE: Lint = Lint {
    name: "request_object.max_age",
    sentence: "max_age within a request object is a number, and this one is a text (RFC 9101, section 4).",
};
static BESIDE_DIFFERS: Lint = Lint {
    name: "request.beside_differs",
    sentence: "A parameter beside the request object says something else than the object, which alone counts \
               (OpenID Connect Core, section 6.1).",
};
static BESIDE_SCOPE: Lint = Lint {
    name: "request.beside_scope",
    sentence: "A request by value has no scope with openid beside its request object (OpenID Connect Core, \
               section 6.1).",
};
static BESIDE_REQUEST_URI: Lint = Lint {
    name: "request.beside_request_uri",
    sentence: "Beside client_id and request_uri there is more, which nobody reads (RFC 9126, section 4).",
};
static ASSERTION_IAT: Lint = Lint {
    name: "client_assertion.iat_missing",
    sentence: "The assertion does not say when it was issued (RFC 7523, section 3).",
};
static AUTH_DATE: Lint = Lint {
    name: "auth_date.malformed",
    sentence: "x-fapi-auth-date is no HTTP date, such as Sun, 06 Nov 1994 08:49:37 GMT (FAPI 1.0 Baseline, section \
               6.2.2, item 3).",
};
static CUSTOMER_IP_ADDRESS: Lint = Lint {
    name: "customer_ip_address.malformed",
    sentence: "x-fapi-customer-ip-address is no IPv4 or IPv6 address, so the customer does not count as present \
               (FAPI 1.0 Baseline, section 6.2.2, item 5).",
};
