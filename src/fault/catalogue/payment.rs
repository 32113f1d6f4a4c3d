//! The family `payment`: payments that fail or come to a halt, whatever timeline they would have had.

use crate::banking::payment::{Reason, StatusCode};
use crate::banking::timeline::Twist as PaymentTwist;
use crate::fault::Twist;
use crate::fault::arguments::{Kind, Lengths, Parameter};

use super::{Acts, Entry, Leaves, Nature, anywhere, together};

/// The family's faults.
pub(super) static FAULTS: &[Entry] = &[
    Entry {
        id: "payment.rejected",
        summary: "The payment is accepted and later rejected (RJCT), for any reason there is.",
        parameters: &[
            Parameter {
                name: "reason_code",
                kind: Kind::Word(&REASONS),
                default: Some(Reason::InsufficientFunds.code()),
                about: "The reason, as it stands in `status_reason`.",
            },
            Parameter {
                name: "delay",
                kind: Kind::Duration(Lengths::OF_BANK_TIME),
                default: Some("5s"),
                about: "How long after it was received, in the bank's time; `0s` for in the answer itself.",
            },
        ],
        right_client: "Does not take 201 for paid: follows the payment to its end, tells the customer why it \
                       failed, and pays again only when she says so.",
        acts: Acts::Twist(|with| {
            let reason = with.text("reason_code").and_then(Reason::parse);
            Twist::Payment(PaymentTwist::Rejected {
                reason: reason.unwrap_or(Reason::InsufficientFunds),
                after: with.duration("delay").unwrap_or_default(),
            })
        }),
        ..BASE
    },
    Entry {
        id: "payment.stuck",
        summary: "The payment comes as far as a status and goes no further.",
        parameters: &[Parameter {
            name: "status_code",
            kind: Kind::Word(&[
                "RCVD", "PDNG", "PATC", "ACTC", "ACCP", "ACFC", "ACSP", "ACWC", "ACSC", "ACWP",
            ]),
            default: Some("PDNG"),
            about: "Where it stays; it comes there step by step, each of five seconds of the bank's time.",
        }],
        right_client: "Asks less and less often, gives up asking one day, and never takes silence for a \
                       payment that was made or failed.",
        acts: Acts::Twist(|with| {
            let status = with.text("status_code").and_then(StatusCode::parse);
            Twist::Payment(PaymentTwist::Stuck(status.unwrap_or(StatusCode::Pdng)))
        }),
        ..BASE
    },
];

const BASE: Entry = Entry {
    id: "",
    summary: "",
    parameters: &[],
    clause: "Hamster Bank API, section 6.3; ISO 20022, external payment transaction status",
    right_client: "",
    routes: &["banking.payments.create"],
    leaves: Leaves::UntilReset,
    check: together,
    nature: Nature::Modifier("timeline"),
    phases: &[],
    fits: anywhere,
    acts: Acts::Twist(|_| Twist::Payment(PaymentTwist::Stuck(StatusCode::Pdng))),
};

/// The code of every reason.
static REASONS: [&str; Reason::ALL.len()] = {
    let mut codes = [""; Reason::ALL.len()];
    let mut index = 0;
    #[expect(
        clippy::indexing_slicing,
        reason = "a constant: out of bounds it would not compile"
    )]
    while index < codes.len() {
        codes[index] = Reason::ALL[index].code();
        index += 1;
    }
    codes
};
