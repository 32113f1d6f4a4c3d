//! Customers: accounts and rows, consents, payments, and what she does when a TPP sends her.

use super::{Kind, Member, Operation, PAGE, Takes, Tells};

pub(super) const ALL: &[Operation] = &[
    Operation::new(
        "control.customers.list",
        "Customers, unmasked",
        Tells::Items(&[
            Member::required("customer_id", Kind::Text, "Her id."),
            Member::required("username", Kind::Text, "What she logs in with."),
            Member::required("account_ids", Kind::Texts, "Her accounts."),
        ]),
    )
    .asks(&PAGE),
    Operation::new(
        "control.accounts.list",
        "Accounts, unmasked",
        Tells::Items(&[
            Member::required("account_id", Kind::Text, "Its id."),
            Member::required("status", Kind::Text, "Whether it can be used."),
            Member::required("currency", Kind::Text, "Its currency (ISO 4217)."),
            Member::required("balances", Kind::List, "Its balances."),
        ]),
    )
    .asks(&PAGE),
    Operation::new(
        "control.transactions.list",
        "An account's rows, newest first",
        Tells::Items(ROW),
    )
    .asks(&[
        PAGE[0],
        PAGE[1],
        Member::optional("status", Kind::Text, "Of this status only."),
    ]),
    Operation::new(
        "control.transactions.create",
        "Put a row into an account, with its other side in the ledger",
        Tells::Made(ROW),
    )
    .takes(Takes::And(
        &[
            Member::required("amount", Kind::Object, "`{amount, currency}`."),
            Member::required(
                "credit_debit_indicator",
                Kind::Word(&["credit", "debit"]),
                "Whether it comes or goes.",
            ),
            Member::optional(
                "status",
                Kind::Word(&["booked", "pending"]),
                "`booked` when left out.",
            ),
        ],
        "the members of a transaction as the bank shows it",
    )),
    Operation::new(
        "control.transactions.book",
        "Book a pending row, as this bank does",
        Tells::Document(&[]),
    ),
    Operation::new(
        "control.transactions.cancel",
        "Drop a pending row",
        Tells::Document(&[]),
    ),
    Operation::new(
        "control.consents.list",
        "Consents, oldest first",
        Tells::Items(CONSENT),
    )
    .asks(&[
        PAGE[0],
        Member::optional("client_id", Kind::Text, "Of this client only."),
        PAGE[1],
    ]),
    Operation::new(
        "control.consents.create",
        "A consent that is authorized without a journey",
        Tells::Made(CONSENT),
    )
    .takes(Takes::And(
        &[
            Member::required("client_id", Kind::Text, "Whose it is to be."),
            Member::required("customer_id", Kind::Text, "A customer's id or username."),
            Member::required(
                "consent_type",
                Kind::Word(&["account-access", "payment", "funds-confirmation"]),
                "Which of the three.",
            ),
            Member::optional(
                "account_ids",
                Kind::Texts,
                "The accounts she shares; all when left out.",
            ),
        ],
        "the members of the body with which a TPP makes one",
    )),
    Operation::new(
        "control.consents.decide",
        "The customer's or the bank's word on a consent",
        Tells::Document(CONSENT),
    )
    .takes(Takes::Members(&[
        Member::required(
            "decision",
            Kind::Word(&["approve", "reject", "revoke", "expire"]),
            "What becomes of it.",
        ),
        Member::optional("customer_id", Kind::Text, "Whose word it is."),
        Member::optional("account_ids", Kind::Texts, "The accounts she shares."),
    ])),
    Operation::new(
        "control.consents.age",
        "Make a consent older, without moving the clock",
        Tells::Document(CONSENT),
    )
    .takes(Takes::Members(&[Member::required(
        "by",
        Kind::Duration,
        "How much older.",
    )])),
    Operation::new(
        "control.payments.list",
        "Payments, newest first",
        Tells::Items(PAYMENT),
    )
    .asks(&PAGE),
    Operation::new(
        "control.payments.move",
        "Move a payment along a legal transition",
        Tells::Document(PAYMENT),
    )
    .takes(Takes::Members(&[
        Member::required("status_code", Kind::Text, "Where to (ISO 20022)."),
        Member::optional(
            "reason",
            Kind::Text,
            "Why, when it is rejected (ISO 20022).",
        ),
    ])),
    Operation::new(
        "control.journeys.list",
        "The rules by which customers act",
        Tells::Items(RULE),
    ),
    Operation::new(
        "control.journeys.arm",
        "One more rule, newer than all others",
        Tells::Made(RULE),
    )
    .takes(Takes::Members(&[
        Member::required("play", Kind::Text, "The script."),
        Member::optional("name", Kind::Text, "The rule's name."),
        Member::optional("when", Kind::Object, "Its conditions."),
    ])),
    Operation::new(
        "control.journeys.clear",
        "Take every rule away",
        Tells::Nothing,
    ),
    Operation::new(
        "control.journeys.disarm",
        "Take one rule away",
        Tells::Nothing,
    ),
    Operation::new(
        "control.journeys.pending",
        "Customers who wait in a script",
        Tells::Items(WAITING),
    )
    .asks(&[
        Member::optional(
            "at_least",
            Kind::Count,
            "For how many to wait; with `wait`.",
        ),
        Member::optional(
            "wait",
            Kind::Duration,
            "How long to wait for them, in real time; five minutes at most.",
        ),
    ]),
    Operation::new(
        "control.journeys.decide",
        "Decide for one who waits",
        Tells::Document(WAITING),
    )
    .takes(Takes::Members(&[
        Member::required(
            "decision",
            Kind::Word(&["approve", "reject", "abandon", "error"]),
            "What she does.",
        ),
        Member::optional("customer_id", Kind::Text, "Who she is; of `approve`."),
        Member::optional(
            "account_ids",
            Kind::Texts,
            "The accounts she shares; of `approve`.",
        ),
        Member::optional("error", Kind::Text, "What goes wrong; of `error`."),
    ])),
];

const CONSENT: &[Member] = &[
    Member::required("consent_id", Kind::Text, "Its id."),
    Member::required("consent_type", Kind::Text, "Which of the three."),
    Member::required("status", Kind::Text, "Where it stands."),
    Member::required("client_id", Kind::Text, "Whose it is."),
];

const PAYMENT: &[Member] = &[
    Member::required("payment_id", Kind::Text, "Its id."),
    Member::required("status_code", Kind::Text, "Where it stands (ISO 20022)."),
];

const ROW: &[Member] = &[
    Member::required("transaction_id", Kind::Text, "Its id."),
    Member::required("account_id", Kind::Text, "The account it is in."),
    Member::required("status", Kind::Text, "Whether it is booked."),
    Member::required("amount", Kind::Object, "`{amount, currency}`."),
];

const RULE: &[Member] = &[
    Member::required("id", Kind::Text, "Its id."),
    Member::required("when", Kind::Object, "Its conditions."),
    Member::required("play", Kind::Text, "The script."),
    Member::required("matched", Kind::Count, "How often it matched."),
    Member::required("played", Kind::Count, "How often it played."),
];

const WAITING: &[Member] = &[
    Member::required("id", Kind::Text, "Its id."),
    Member::required("client_id", Kind::Text, "Who sent her."),
    Member::required("consent_id", Kind::Text, "What she is asked for."),
];
