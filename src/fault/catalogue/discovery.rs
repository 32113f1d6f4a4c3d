//! The family `discovery`: what the discovery document says.

use crate::fault::Twist;
use crate::oauth::metadata;

use super::{Acts, Entry, Leaves, Nature, anywhere, together};

/// The family's faults.
pub(super) static FAULTS: &[Entry] = &[Entry {
    id: "discovery.issuer_mismatch.suffix",
    summary: "The discovery document names an issuer with `/another` behind the one that was asked.",
    parameters: &[],
    clause: "OpenID Connect Discovery 1.0, section 4.3; RFC 8414, section 3.3",
    right_client: "Compares the issuer with the one whose document it asked for, character by character, \
                   and uses nothing of a document that names another.",
    routes: &["oauth.discovery"],
    leaves: Leaves::Nothing,
    check: together,
    nature: Nature::Modifier("discovery.issuer"),
    phases: &[],
    fits: anywhere,
    acts: Acts::Twist(|_| Twist::Discovery(metadata::Twist::IssuerSuffix)),
}];
