//! Scenarios and personas compiled into the binary, so that it needs no files beside it.

/// The source of a built-in scenario.
pub(super) fn scenario(name: &str) -> Option<&'static str> {
    find(&SCENARIOS, name)
}

/// The names of all built-in scenarios.
pub(super) fn scenario_names() -> impl Iterator<Item = &'static str> {
    SCENARIOS.iter().map(|(name, _)| *name)
}

/// The source of a persona.
pub(super) fn persona(name: &str) -> Option<&'static str> {
    find(&PERSONAS, name)
}

/// The names of all personas.
pub(super) fn persona_names() -> impl Iterator<Item = &'static str> {
    PERSONAS.iter().map(|(name, _)| *name)
}

fn find(table: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    (table.iter())
        .find(|(known, _)| *known == name)
        .map(|(_, source)| *source)
}

const SCENARIOS: [(&str, &str); 14] = [
    ("default", include_str!("../../scenarios/default.yaml")),
    ("demo", include_str!("../../scenarios/demo.yaml")),
    ("docs", include_str!("../../scenarios/docs.yaml")),
    (
        "expired-tokens",
        include_str!("../../scenarios/expired-tokens.yaml"),
    ),
    ("flaky", include_str!("../../scenarios/flaky.yaml")),
    ("grease", include_str!("../../scenarios/grease.yaml")),
    ("heavy", include_str!("../../scenarios/heavy.yaml")),
    ("hostile", include_str!("../../scenarios/hostile.yaml")),
    ("people", include_str!("../../scenarios/people.yaml")),
    (
        "payments-gone-wrong",
        include_str!("../../scenarios/payments-gone-wrong.yaml"),
    ),
    (
        "rate-limited",
        include_str!("../../scenarios/rate-limited.yaml"),
    ),
    ("relaxed", include_str!("../../scenarios/relaxed.yaml")),
    (
        "rejected-consent",
        include_str!("../../scenarios/rejected-consent.yaml"),
    ),
    (
        "revoked-midway",
        include_str!("../../scenarios/revoked-midway.yaml"),
    ),
];

const PERSONAS: [(&str, &str); 15] = [
    (
        "closed-and-blocked",
        include_str!("../../seed-data/personas/closed-and-blocked.yaml"),
    ),
    (
        "couple",
        include_str!("../../seed-data/personas/couple.yaml"),
    ),
    (
        "dormant",
        include_str!("../../seed-data/personas/dormant.yaml"),
    ),
    (
        "extremes",
        include_str!("../../seed-data/personas/extremes.yaml"),
    ),
    (
        "freelancer-abroad",
        include_str!("../../seed-data/personas/freelancer-abroad.yaml"),
    ),
    (
        "gig-worker",
        include_str!("../../seed-data/personas/gig-worker.yaml"),
    ),
    (
        "high-earner",
        include_str!("../../seed-data/personas/high-earner.yaml"),
    ),
    (
        "homeowner",
        include_str!("../../seed-data/personas/homeowner.yaml"),
    ),
    (
        "in-difficulty",
        include_str!("../../seed-data/personas/in-difficulty.yaml"),
    ),
    (
        "new-to-bank",
        include_str!("../../seed-data/personas/new-to-bank.yaml"),
    ),
    (
        "retiree",
        include_str!("../../seed-data/personas/retiree.yaml"),
    ),
    (
        "salaried-renter",
        include_str!("../../seed-data/personas/salaried-renter.yaml"),
    ),
    (
        "small-business",
        include_str!("../../seed-data/personas/small-business.yaml"),
    ),
    (
        "student",
        include_str!("../../seed-data/personas/student.yaml"),
    ),
    (
        "switching",
        include_str!("../../seed-data/personas/switching.yaml"),
    ),
];
