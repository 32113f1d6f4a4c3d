//! The family `banking`: account data that is not quite right.

use crate::banking::page::Twist as PageTwist;
use crate::fault::Twist;

use super::consent::LISTS;
use super::{Acts, Entry, Leaves, Nature, anywhere, together};

/// The family's faults.
pub(super) static FAULTS: &[Entry] = &[Entry {
    id: "banking.page.repeats_row",
    summary: "The link to the next page begins one row early: the last row of this page comes twice.",
    parameters: &[],
    clause: "Hamster Bank API, section 4.1",
    right_client: "Knows rows by their ids, and counts one that comes twice once.",
    routes: LISTS,
    leaves: Leaves::Nothing,
    check: together,
    nature: Nature::Modifier("next page"),
    phases: &[],
    fits: anywhere,
    acts: Acts::Twist(|_| Twist::Page(PageTwist::RepeatsRow)),
}];
