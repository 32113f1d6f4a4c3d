//! Faults: what the bank does wrong on purpose.

use crate::fault::schema;

use super::{Kind, Member, Operation, Takes, Tells};

pub(super) const ALL: &[Operation] = &[
    Operation::new(
        "control.faults.list",
        "The rules by which the bank misbehaves, oldest first",
        Tells::Items(RULE),
    )
    .asks(&[Member::optional(
        "state",
        Kind::Word(&["unfired"]),
        "Only those that never fired.",
    )]),
    Operation::new(
        "control.faults.arm",
        "One more rule, newer than all others",
        Tells::Made(RULE),
    )
    .takes(Takes::Members(&[
        Member::optional("name", Kind::Text, "The rule's name."),
        Member::required(
            "when",
            Kind::Defined(schema::WHEN),
            "Its conditions, or `always`.",
        ),
        Member::required(
            "then",
            Kind::ListOf(schema::ACT),
            "Its faults: `{fault, …parameters}` each.",
        ),
    ])),
    Operation::new(
        "control.faults.replace",
        "These rules in the place of all there are",
        Tells::Items(RULE),
    )
    .takes(Takes::Members(&[Member::required(
        "items",
        Kind::ListOf(schema::RULE),
        "The rules, oldest first.",
    )])),
    Operation::new(
        "control.faults.clear",
        "Take every rule away, and let go whom they hold",
        Tells::Nothing,
    ),
    Operation::new(
        "control.faults.catalogue",
        "Every fault there is",
        Tells::Items(&[
            Member::required("id", Kind::Text, "Its id."),
            Member::required("family", Kind::Text, "Its family."),
            Member::required("summary", Kind::Text, "What the bank does."),
            Member::required(
                "parameters",
                Kind::List,
                "What can be said about it: `{name, type, default, about}` each.",
            ),
            Member::required("clause", Kind::Text, "Where it is written what it breaks."),
            Member::required("right_client", Kind::Text, "What a TPP should do."),
            Member::required("routes", Kind::Texts, "Where it can act."),
            Member::required(
                "leaves_state",
                Kind::Flag,
                "Whether something in the bank is different afterwards.",
            ),
        ]),
    ),
    Operation::new("control.faults.get", "One rule", Tells::Document(RULE)),
    Operation::new(
        "control.faults.disarm",
        "Take one rule away, and let go whom it holds",
        Tells::Nothing,
    ),
    Operation::new(
        "control.faults.release",
        "Let go whom a rule holds",
        Tells::Document(&[Member::required(
            "released",
            Kind::Count,
            "How many requests that were.",
        )]),
    ),
];

const RULE: &[Member] = &[
    Member::required("id", Kind::Text, "Its id."),
    Member::required("name", Kind::Any, "Its name, or null."),
    Member::required(
        "when",
        Kind::Defined(schema::WHEN),
        "Its conditions, or `always`.",
    ),
    Member::required("then", Kind::ListOf(schema::ACT), "Its faults."),
    Member::required(
        "source",
        Kind::Word(&["scenario", "control"]),
        "Who armed it.",
    ),
    Member::required("matched", Kind::Count, "How often its conditions held."),
    Member::required("fired", Kind::Count, "How often it fired."),
    Member::required(
        "remaining",
        Kind::Any,
        "How often it will still fire; null when that is not counted.",
    ),
    Member::required("request_ids", Kind::Texts, "The requests it fired on."),
];
