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

const SCENARIOS: [(&str, &str); 4] = [
    ("default", include_str!("../../scenarios/default.yaml")),
    ("docs", include_str!("../../scenarios/docs.yaml")),
    (
        "payments-gone-wrong",
        include_str!("../../scenarios/payments-gone-wrong.yaml"),
    ),
    (
        "rejected-consent",
        include_str!("../../scenarios/rejected-consent.yaml"),
    ),
];

const PERSONAS: [(&str, &str); 3] = [
    (
        "gig-worker",
        include_str!("../../seed-data/personas/gig-worker.yaml"),
    ),
    (
        "salaried-renter",
        include_str!("../../seed-data/personas/salaried-renter.yaml"),
    ),
    (
        "student",
        include_str!("../../seed-data/personas/student.yaml"),
    ),
];
