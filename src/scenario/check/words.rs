//! The words that scenarios choose from.

use crate::banking::pending_to_booked::PendingToBooked;
use crate::banking::rail::CutOffPolicy;
use crate::fault::header::Permission;
use crate::oauth::metadata::Links;
use crate::oauth::profile::Profile;
use crate::oauth::registration::Mode;

/// The word that stands for a value in its table.
pub(in crate::scenario) fn of<T: PartialEq>(
    table: &[(&'static str, T)],
    value: &T,
) -> &'static str {
    let found = table.iter().find(|(_, known)| known == value);
    found.map_or("", |(word, _)| word)
}

/// `bank.profile`.
pub(in crate::scenario) const PROFILES: [(&str, Profile); 2] = [
    ("fapi1-advanced", Profile::Fapi1Advanced),
    ("relaxed", Profile::Relaxed),
];
/// `bank.registration`.
pub(in crate::scenario) const REGISTRATION: [(&str, Mode); 2] =
    [("strict", Mode::Strict), ("sandbox", Mode::Sandbox)];
/// `bank.links`.
pub(in crate::scenario) const LINKS: [(&str, Links); 2] = [
    ("as_documented", Links::AsDocumented),
    ("absolute", Links::Absolute),
];
/// `bank.cut_off`.
pub(in crate::scenario) const CUT_OFF: [(&str, CutOffPolicy); 2] = [
    ("carry_over", CutOffPolicy::CarryOver),
    ("reject", CutOffPolicy::Reject),
];
/// `bank.pending_to_booked`.
pub(in crate::scenario) const WAYS: [(&str, PendingToBooked); 9] = PendingToBooked::WORDS;
/// `bank.id_lengths`: whether they are odd.
pub(in crate::scenario) const ID_LENGTHS: [(&str, bool); 2] = [("usual", false), ("odd", true)];
/// `bank.client_ca_hints`: whether there are any.
pub(in crate::scenario) const CLIENT_CA_HINTS: [(&str, bool); 2] =
    [("bank", true), ("none", false)];
/// `bank.fault_header`.
pub(in crate::scenario) const FAULT_HEADER: [(&str, Permission); 2] =
    [("allow", Permission::Allow), ("forbid", Permission::Forbid)];
