//! The process, its banks, their time and their state.

use super::{Kind, Member, Operation, Takes, Tells};

pub(super) const ALL: &[Operation] = &[
    Operation::new(
        "control.health",
        "Whether the bank answers",
        Tells::Document(&[Member::required("status", Kind::Text, "`ok`.")]),
    ),
    Operation::new(
        "control.ready",
        "The ready document",
        Tells::Document(READY),
    ),
    Operation::new(
        "control.openapi",
        "The control API as an OpenAPI document",
        Tells::Document(&[
            Member::required("openapi", Kind::Text, "The version of OpenAPI."),
            Member::required("paths", Kind::Object, "The operations."),
        ]),
    ),
    Operation::new(
        "control.banks.list",
        "Every bank of the process",
        Tells::Items(&[
            Member::required("bank", Kind::Text, "Its name."),
            Member::required("scenario", Kind::Text, "What it plays."),
            Member::required("issuer", Kind::Text, "Its issuer."),
        ]),
    ),
    Operation::new(
        "control.banks.create",
        "Open another bank, isolated from all others",
        Tells::Made(READY),
    )
    .takes(Takes::Members(&[
        Member::optional("name", Kind::Text, "Its name; drawn when left out."),
        Member::optional(
            "scenario",
            Kind::TextOrObject,
            "What it plays: a name, or a scenario written out.",
        ),
        Member::optional("seed", Kind::Count, "The seed of all generated data."),
        Member::optional(
            "clock",
            Kind::Text,
            "When its time begins: `now`, or an instant.",
        ),
        Member::optional(
            "port",
            Kind::Count,
            "Where it listens; any free port when left out.",
        ),
        Member::optional(
            "at",
            Kind::Word(&["port", "path"]),
            "On a port of its own, or below a path of the main listener.",
        ),
        Member::optional(
            "ttl",
            Kind::Duration,
            "When it closes by itself, in real time.",
        ),
    ])),
    Operation::new(
        "control.banks.delete",
        "Close a bank at once",
        Tells::Nothing,
    ),
    Operation::new(
        "control.reset",
        "Back to the scenario's first state",
        Tells::Document(&[Member::required(
            "clock",
            Kind::Object,
            "What time it is there.",
        )]),
    ),
    Operation::new(
        "control.snapshots.create",
        "Keep the whole state",
        Tells::Made(SNAPSHOT),
    ),
    Operation::new(
        "control.snapshots.restore",
        "Back to what was kept, byte for byte",
        Tells::Document(SNAPSHOT),
    ),
    Operation::new(
        "control.snapshots.delete",
        "Forget what was kept",
        Tells::Nothing,
    ),
    Operation::new(
        "control.scenario.get",
        "What the bank plays, as a scenario that opens the same bank",
        Tells::Document(SCENARIO),
    ),
    Operation::new(
        "control.scenario.replace",
        "Play another scenario; keys and certificates stay",
        Tells::Document(SCENARIO),
    )
    .takes(Takes::And(
        SCENARIO,
        "the keys of a scenario; or nothing but the name of a built-in one, as a text",
    )),
    Operation::new(
        "control.scenario.reload",
        "Read the scenario again that the bank was opened with",
        Tells::Document(SCENARIO),
    ),
    Operation::new(
        "control.clock.get",
        "The bank's time",
        Tells::Document(&[
            Member::required("now", Kind::Moment, "The bank's time."),
            Member::required(
                "mode",
                Kind::Word(&["follow", "frozen", "rate"]),
                "How it runs.",
            ),
            Member::required(
                "offset_s",
                Kind::Any,
                "How many seconds it is ahead of real time.",
            ),
            Member::optional(
                "rate",
                Kind::Count,
                "How many times as fast as real time it runs.",
            ),
        ]),
    ),
    Operation::new(
        "control.clock.set",
        "Move the bank's time, and do what falls due",
        Tells::Document(&[
            Member::required("from", Kind::Moment, "The time before."),
            Member::required("to", Kind::Moment, "The time after."),
            Member::required(
                "fired",
                Kind::List,
                "What fell due, in order: `{at, kind, id}`.",
            ),
            Member::required("count", Kind::Count, "How many things that were."),
        ]),
    )
    .takes(Takes::OneOf(&[
        Member::optional("advance", Kind::Duration, "Forward by so much."),
        Member::optional("set", Kind::Moment, "Forward to a moment."),
        Member::optional("freeze", Kind::Flag, "It stands still (`true`)."),
        Member::optional("rate", Kind::Count, "So many times as fast as real time."),
        Member::optional("follow", Kind::Flag, "It runs with real time (`true`)."),
    ])),
    Operation::new(
        "control.keys.rotate",
        "A new key for what the bank signs",
        Tells::Document(&[Member::required(
            "kids",
            Kind::Texts,
            "The keys that are published now.",
        )]),
    )
    .takes(Takes::Members(&[
        Member::optional(
            "keep_old",
            Kind::Flag,
            "Whether the old keys stay published; they do when left out.",
        ),
        Member::optional(
            "alg",
            Kind::Word(&["PS256", "ES256"]),
            "Of this algorithm only.",
        ),
    ])),
];

const SCENARIO: &[Member] = &[
    Member::required("version", Kind::Count, "The version of its form: 1."),
    Member::required("name", Kind::Text, "What it is called."),
];

const READY: &[Member] = &[
    Member::required("event", Kind::Text, "`ready`."),
    Member::required("bank", Kind::Text, "Its name."),
    Member::required("issuer", Kind::Text, "Its issuer."),
    Member::required("clients", Kind::List, "What its scenario's TPPs hold."),
    Member::required("customers", Kind::List, "Who banks there."),
];

const SNAPSHOT: &[Member] = &[
    Member::required("id", Kind::Text, "Its id."),
    Member::required("at", Kind::Moment, "The bank's time in it."),
];
