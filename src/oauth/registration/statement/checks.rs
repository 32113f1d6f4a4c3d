//! The table of checks on a software statement whose signature is its directory's.

use time::Duration;

use crate::oauth::check::assertion::{EXPIRY_SKEW, FUTURE_SKEW, described, seconds};
use crate::oauth::check::{Check, Place};
use crate::oauth::error::ErrorCode;
use crate::oauth::profile::Reach;
use crate::oauth::redirect_uri::{is_loopback, scheme_and_host};
use crate::rule::{Mismatch, Rule};

use super::{Standing, Statement, roles_of, texts};

/// In the order they are asked.
pub(crate) static CHECKS: &[Check<Statement>] = &[
    row(
        Rule {
            name: "software_statement.typ",
            clause: "Hamster Bank API, section 10; RFC 7519, section 5.1",
            sentence: "A software statement says that it is a JWT, if it says what it is.",
        },
        says_it_is_a_jwt,
    ),
    row(
        Rule {
            name: "software_statement.age",
            clause: "Hamster Bank API, section 10; OBIE Dynamic Client Registration 3.3",
            sentence: "A software statement is not older than a day, and not from the future.",
        },
        is_fresh,
    ),
    row(
        Rule {
            name: "software_statement.jti",
            clause: "Hamster Bank API, section 10",
            sentence: "A software statement has an identifier; it may be presented again.",
        },
        has_an_identifier,
    ),
    Check {
        reach: Reach::Always,
        ..row(
            Rule {
                name: "software_statement.claims",
                clause: "Hamster Bank API, section 10",
                sentence: "A software statement names software, organisation, roles, addresses and keys.",
            },
            claims_are_well_formed,
        )
    },
    row(
        Rule {
            name: "software_statement.known",
            clause: "Hamster Bank API, section 10",
            sentence: "The software is one that the bank's own directory knows.",
        },
        software_is_known,
    ),
    unapproved(
        // A sandbox looks at signature and dates alone.
        Reach::StrictRegistration,
        Rule {
            name: "software_statement.revoked",
            clause: "Hamster Bank API, section 10",
            sentence: "The directory has not revoked the software.",
        },
        software_is_not_revoked,
    ),
    unapproved(
        Reach::StrictRegistration,
        Rule {
            name: "software_statement.org_status",
            clause: "Hamster Bank API, section 10",
            sentence: "The organisation behind the software is active.",
        },
        organisation_is_active,
    ),
    unapproved(
        // Without a role there is nothing that it could be registered for.
        Reach::EveryProfile,
        Rule {
            name: "software_statement.roles",
            clause: "Hamster Bank API, section 10",
            sentence: "The software has a role that a bank serves.",
        },
        has_a_role,
    ),
];

const fn row(rule: Rule, run: fn(&Statement) -> Result<(), Mismatch>) -> Check<Statement> {
    Check {
        rule,
        code: ErrorCode::InvalidSoftwareStatement,
        places: &[Place::Register],
        reach: Reach::EveryProfile,
        run,
    }
}

const fn unapproved(
    reach: Reach,
    rule: Rule,
    run: fn(&Statement) -> Result<(), Mismatch>,
) -> Check<Statement> {
    Check {
        rule,
        code: ErrorCode::UnapprovedSoftwareStatement,
        places: &[Place::Register],
        reach,
        run,
    }
}

fn says_it_is_a_jwt(statement: &Statement) -> Result<(), Mismatch> {
    match statement.claims.typ() {
        Some(typ) if !typ.eq_ignore_ascii_case("JWT") => Err(Mismatch::new(
            "typ JWT",
            typ.chars().take(100).collect::<String>(),
        )),
        _ => Ok(()),
    }
}

fn is_fresh(statement: &Statement) -> Result<(), Mismatch> {
    let claims = &statement.claims;
    let Some(iat) = seconds(claims, "iat") else {
        let received = described(claims.map().get("iat"));
        return Err(Mismatch::new("iat in seconds", received));
    };
    let now = statement.now;
    let is_young =
        |now: crate::clock::Timestamp| iat <= now.plus(FUTURE_SKEW) && now < iat.plus(AGE_MAX);
    if !now.either(is_young) {
        let expected = format!("iat in the last 24 hours; it is {}", now.real);
        return Err(Mismatch::new(expected, format!("iat {iat}"))
            .with_hint("have the directory issue a fresh statement"));
    }
    match seconds(claims, "exp") {
        Some(exp) if !now.either(|now| now < exp.plus(EXPIRY_SKEW)) => {
            let expected = format!("exp in the future; it is {}", now.real);
            Err(Mismatch::new(expected, format!("exp {exp}")))
        }
        _ => Ok(()),
    }
}

fn has_an_identifier(statement: &Statement) -> Result<(), Mismatch> {
    match statement.claims.str("jti") {
        Some(jti) if !jti.is_empty() => Ok(()),
        _ => Err(Mismatch::new(
            "a jti",
            described(statement.claims.map().get("jti")),
        )),
    }
}

fn claims_are_well_formed(statement: &Statement) -> Result<(), Mismatch> {
    let claims = &statement.claims;
    let refuse = |name: &str, expected: &str| {
        let received = described(claims.map().get(name));
        Err(Mismatch::new(format!("{name} to be {expected}"), received))
    };
    for name in ["software_id", "software_client_id"] {
        let is_base62 = |text: &str| {
            (1..=22).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let is_needed = name == "software_id" || claims.map().contains_key(name);
        if is_needed && !claims.str(name).is_some_and(is_base62) {
            return refuse(name, "1 to 22 letters and digits");
        }
    }
    if claims
        .str("org_id")
        .is_none_or(|id| id.is_empty() || id.len() > 64)
    {
        return refuse("org_id", "the organisation's id");
    }
    for name in ["software_redirect_uris", "software_roles"] {
        if texts(claims, name).is_none_or(|texts| texts.is_empty()) {
            return refuse(name, "a list of texts");
        }
    }
    let may_be_read = |url: &str| match scheme_and_host(url) {
        Some(("https", _)) => true,
        Some(("http", host)) => is_loopback(host),
        _ => false,
    };
    if !claims
        .str("software_jwks_endpoint")
        .is_some_and(may_be_read)
    {
        return refuse(
            "software_jwks_endpoint",
            "https://…, or http:// on loopback",
        );
    }
    Ok(())
}

fn software_is_known(statement: &Statement) -> Result<(), Mismatch> {
    if statement.standing != Standing::Unknown {
        return Ok(());
    }
    let mismatch = Mismatch::new(
        "a software_id of this bank's directory",
        described(statement.claims.map().get("software_id")),
    );
    Err(mismatch.with_hint(
        "the kit comes from another bank's directory, which this bank does not know: make one with \
         hamsterbank onboard --control URL",
    ))
}

fn software_is_not_revoked(statement: &Statement) -> Result<(), Mismatch> {
    if statement.standing != Standing::Revoked {
        return Ok(());
    }
    let id = described(statement.claims.map().get("software_id"));
    Err(Mismatch::new(
        "software in force",
        format!("{id}, which the directory revoked"),
    ))
}

fn organisation_is_active(statement: &Statement) -> Result<(), Mismatch> {
    match statement.claims.str("org_status") {
        Some("Active") => Ok(()),
        _ => Err(Mismatch::new(
            "org_status Active",
            described(statement.claims.map().get("org_status")),
        )),
    }
}

fn has_a_role(statement: &Statement) -> Result<(), Mismatch> {
    let words = statement.claims.map().get("software_roles");
    if words.is_some_and(|words| !roles_of(words).is_empty()) {
        return Ok(());
    }
    Err(Mismatch::new(
        "one of AISP, PISP, CBPII in software_roles",
        described(words),
    ))
}

/// The directory sets no limit; a mock that a test calls within the day needs no longer one.
const AGE_MAX: Duration = Duration::hours(24);
