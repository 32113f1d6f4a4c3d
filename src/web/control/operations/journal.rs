//! The journal, and what it is held against.

use super::{EVENT_STREAM, Kind, Member, Operation, Takes, Tells};

pub(super) const ALL: &[Operation] = &[
    Operation::new(
        "control.requests.list",
        "Entries, oldest first; or how many, or once there are some",
        Tells::Document(&[
            Member::optional("items", Kind::List, "The entries."),
            Member::optional("count", Kind::Count, "How many there are."),
            Member::required("dropped", Kind::Count, "How many had to go before."),
            Member::optional("satisfied", Kind::Flag, "Whether what was waited for came."),
        ]),
    )
    .asks(ASKED),
    Operation::new(
        "control.requests.get",
        "One entry; as a page of text for `Accept: text/plain`",
        Tells::Document(&[
            Member::required("id", Kind::Text, "Its id."),
            Member::required("kind", Kind::Text, "`request` or `connection`."),
            Member::required("seq", Kind::Count, "Its place in the journal."),
        ]),
    ),
    Operation::new(
        "control.requests.verify",
        "Whether what was to happen happened, with the nearest misses",
        Tells::Document(&[
            Member::required("ok", Kind::Flag, "Whether all of it did."),
            Member::required(
                "results",
                Kind::List,
                "Of each expectation: `{expected, actual, nearest, request_ids}`.",
            ),
        ]),
    )
    .takes(Takes::Members(&[
        Member::required(
            "expect",
            Kind::List,
            "`{route, client_id?, status?, count|at_least|at_most}` each.",
        ),
        Member::optional(
            "since",
            Kind::Count,
            "Only of what came later than this entry.",
        ),
        Member::optional("in_order", Kind::Flag, "Whether one after the other."),
        Member::optional(
            "within",
            Kind::Duration,
            "Only of what came in so much of the bank's time before now.",
        ),
    ])),
    Operation::new(
        "control.requests.archive",
        "The journal as an HTTP archive (HAR 1.2)",
        Tells::Document(&[Member::required(
            "log",
            Kind::Object,
            "What was asked and answered.",
        )]),
    )
    .asks(ASKED.split_at(FILTERS).0),
    Operation::new(
        "control.requests.clear",
        "Forget every entry",
        Tells::Nothing,
    ),
    Operation::new(
        "control.events",
        "What happens as it happens, as server-sent events",
        Tells::Text(EVENT_STREAM),
    )
    .asks(&[Member::optional(
        "last_event_id",
        Kind::Text,
        "After this event, as the header `Last-Event-ID`; 0 is before all that is kept.",
    )]),
    Operation::new(
        "control.metrics",
        "What a monitor reads, in Prometheus' text format",
        Tells::Text("text/plain"),
    ),
    Operation::new(
        "control.checks",
        "What is enforced, each with its standard and section",
        Tells::Items(&[
            Member::required("name", Kind::Text, "Its name."),
            Member::required("clause", Kind::Text, "Where it is demanded."),
            Member::required("enforced", Kind::Flag, "Whether it is on."),
        ]),
    ),
];

/// What a list of entries can be asked: first what narrows it down, then how it is told.
const ASKED: &[Member] = &[
    Member::optional("client_id", Kind::Text, "Of this client."),
    Member::optional("consent_id", Kind::Text, "Of this consent."),
    Member::optional(
        "interaction_id",
        Kind::Text,
        "With this `x-fapi-interaction-id`.",
    ),
    Member::optional(
        "kind",
        Kind::Word(&["request", "connection"]),
        "Of this kind.",
    ),
    Member::optional("limit", Kind::Count, "How many at most."),
    Member::optional("method", Kind::Text, "With this method."),
    Member::optional("path", Kind::Text, "With this path."),
    Member::optional("route", Kind::Text, "Of this route, or below this prefix."),
    Member::optional("since", Kind::Count, "Later than this one."),
    Member::optional("status", Kind::Text, "Answered so: `404`, or `4xx`."),
    Member::optional(
        "verdict",
        Kind::Text,
        "Ended so: `ok`, or the check that refused.",
    ),
    Member::optional(
        "at_least",
        Kind::Count,
        "For how many to wait; with `wait`.",
    ),
    Member::optional("count", Kind::Flag, "Only how many."),
    Member::optional(
        "wait",
        Kind::Duration,
        "How long to wait, in real time; five minutes at most.",
    ),
];

/// How many of them narrow a list down.
const FILTERS: usize = 11;
