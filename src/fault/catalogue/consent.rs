//! The family `consent`: customers who say no, and consents that end when nobody expects it.

use crate::consent::Twist as ConsentTwist;
use crate::fault::Twist;
use crate::fault::arguments::Arguments;
use crate::fault::facts::Asked;

use super::{Acts, Entry, Leaves, Nature, anywhere, together};

/// The family's faults.
pub(super) static FAULTS: &[Entry] = &[
    Entry {
        id: "consent.rejected",
        summary: "The customer rejects the consent: the answer is `access_denied`, and the consent is \
                  rejected for good.",
        clause: "RFC 6749, section 4.1.2.1; Hamster Bank API, section 5.2",
        right_client: "Tells the customer kindly that nothing was shared, and asks again only with a new \
                       consent, when she wants it.",
        routes: &["oauth.authorize"],
        acts: Acts::Twist(|_| Twist::Consent(ConsentTwist::Rejected)),
        ..BASE
    },
    Entry {
        id: "consent.revoked_before_first_call",
        summary: "The customer takes the consent back at the bank as soon as the code has become tokens: \
                  they are good, and the first call with them finds the consent revoked.",
        clause: "Hamster Bank API, sections 1.2 and 5.2",
        right_client: "Does not go by its tokens: reads the consent's status, drops what it holds, and asks \
                       the customer anew if she wants it.",
        routes: &["oauth.token"],
        fits: is_code,
        acts: Acts::Twist(|_| Twist::Consent(ConsentTwist::RevokedBeforeFirstCall)),
        ..BASE
    },
    Entry {
        id: "consent.revoked_between_pages",
        summary: "The customer takes the consent back while a list is read: its next page is refused.",
        clause: "Hamster Bank API, sections 1.2 and 5.2",
        right_client: "Does not take the pages it has for the whole list, drops its tokens, and says that \
                       access has ended.",
        routes: LISTS,
        fits: is_next_page,
        acts: Acts::Twist(|_| Twist::Consent(ConsentTwist::RevokedBetweenPages)),
        ..BASE
    },
    Entry {
        id: "consent.expired_early",
        summary: "The consent expires the moment it is used, although its date has not come.",
        clause: "Hamster Bank API, sections 1.2 and 5.2",
        right_client: "Goes by the answer and not by the date it remembers: drops its tokens and asks for a \
                       new consent.",
        routes: &["banking"],
        acts: Acts::Twist(|_| Twist::Consent(ConsentTwist::ExpiredEarly)),
        ..BASE
    },
];

const BASE: Entry = Entry {
    id: "",
    summary: "",
    parameters: &[],
    clause: "",
    right_client: "",
    routes: &[],
    leaves: Leaves::UntilReset,
    check: together,
    nature: Nature::Modifier("consent"),
    phases: &[],
    fits: anywhere,
    acts: Acts::Twist(|_| Twist::Consent(ConsentTwist::ExpiredEarly)),
};

/// Lists that come in pages.
pub(super) const LISTS: &[&str] = &[
    "banking.accounts.list",
    "banking.balances.list",
    "banking.beneficiaries.list",
    "banking.direct_debits.list",
    "banking.standing_orders.list",
    "banking.transactions.list",
];

fn is_code(asked: &Asked<'_>, _: &Arguments) -> bool {
    asked.is_grant("authorization_code")
}

fn is_next_page(asked: &Asked<'_>, _: &Arguments) -> bool {
    asked.query("cursor").is_some()
}
