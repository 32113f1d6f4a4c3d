//! The dotted names of the bank's routes (control contract, section 12), for rules to be checked against.

/// Every name, as the table of routes has them; a test of the table compares the two.
pub(crate) static NAMES: &[&str] = &[
    "bank.openapi",
    "banking.accounts.get",
    "banking.accounts.list",
    "banking.balances.list",
    "banking.beneficiaries.list",
    "banking.direct_debits.list",
    "banking.funds_confirmations.create",
    "banking.payments.create",
    "banking.payments.get",
    "banking.standing_orders.list",
    "banking.transactions.list",
    "consents.create",
    "consents.delete",
    "consents.funds",
    "consents.get",
    "directory.jwks",
    "directory.software_jwks",
    "oauth.authorize",
    "oauth.discovery",
    "oauth.introspect",
    "oauth.jwks",
    "oauth.par",
    "oauth.revoke",
    "oauth.token",
    "oauth.userinfo",
    "register.create",
    "register.delete",
    "register.get",
    "register.update",
];

/// Every method that a route has, HEAD wherever GET is; the same test compares them.
pub(crate) const METHODS: &[&str] = &["DELETE", "GET", "HEAD", "POST", "PUT"];

/// The methods of a route; the same test compares them.
pub(crate) fn methods_of(name: &str) -> &'static [&'static str] {
    let last = name.rsplit('.').next().unwrap_or(name);
    match (name, last) {
        ("oauth.userinfo", _) => &["GET", "HEAD", "POST"],
        ("oauth.introspect" | "oauth.par" | "oauth.revoke" | "oauth.token", _) | (_, "create") => {
            &["POST"]
        }
        (_, "delete") => &["DELETE"],
        (_, "update") => &["PUT"],
        _ => &["GET", "HEAD"],
    }
}

/// Whatever the bank serves.
pub(crate) static EVERYWHERE: &[&str] = &[
    "bank",
    "banking",
    "consents",
    "directory",
    "oauth",
    "register",
];

/// Whether `prefix` is `name` or stands above it: `oauth` is above `oauth.token`.
pub(crate) fn is_within(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether `prefix` is a route's name, or above one.
pub(crate) fn is_known(prefix: &str) -> bool {
    NAMES.iter().any(|name| is_within(name, prefix))
}

/// Names and what stands above them, for proposals.
pub(crate) fn prefixes() -> Vec<&'static str> {
    let mut all: Vec<_> = NAMES.to_vec();
    for name in NAMES {
        let above = name.match_indices('.').filter_map(|(at, _)| name.get(..at));
        all.extend(above);
    }
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_a_name_does() {
        for (prefix, known) in [
            ("oauth", true),
            ("oauth.token", true),
            ("banking.accounts", true),
            ("banking.account", false),
            ("oauth.", false),
            ("", false),
            ("control", false),
        ] {
            assert_eq!(is_known(prefix), known, "{prefix:?}");
        }
        assert!(prefixes().contains(&"banking.accounts"));
    }
}
