//! The family `tls`: what the server shows of itself when hands are shaken, before anything is asked.

use crate::fault::arguments::Arguments;
use crate::pki::ServerFlaw;

use super::{Acts, Entry, Leaves, Nature, OfConnection, anywhere, together};

/// The family's faults.
pub(super) static FAULTS: &[Entry] = &[
    Entry {
        id: "tls.server_cert.expired",
        summary: "The server's certificate expired yesterday; it is right in everything else.",
        clause: "RFC 5280, sections 4.1.2.5 and 6.1.3",
        acts: Acts::Connection(|_: &Arguments| OfConnection::Certificate(ServerFlaw::Expired)),
        ..BASE
    },
    Entry {
        id: "tls.server_cert.wrong_host",
        summary: "The server's certificate is another host's; it is right in everything else.",
        clause: "RFC 9525, section 6; FAPI 1.0 Baseline, section 7.1",
        acts: Acts::Connection(|_: &Arguments| OfConnection::Certificate(ServerFlaw::WrongHost)),
        ..BASE
    },
    Entry {
        id: "tls.server_cert.untrusted_issuer",
        summary: "The server's certificate was issued by a CA that nobody has heard of; it is right in \
                  everything else.",
        clause: "RFC 5280, section 6.1",
        acts: Acts::Connection(|_: &Arguments| {
            OfConnection::Certificate(ServerFlaw::UntrustedIssuer)
        }),
        ..BASE
    },
];

const BASE: Entry = Entry {
    id: "",
    summary: "",
    parameters: &[],
    clause: "",
    right_client: "Refuses the connection before it sends anything, names the certificate as the reason, and \
                   has no switch that is left on by mistake.",
    routes: &[],
    leaves: Leaves::Nothing,
    check: together,
    nature: Nature::Exclusive,
    phases: &[],
    fits: anywhere,
    acts: Acts::Reply(|_, _| false),
};
