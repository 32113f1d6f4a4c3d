//! The family `transport`: answers that are late, slow, cut short or never come, and doors that are shut.
//!
//! What happens is a disturbance of the reply, which `wire/server` performs. All times are real ones.

use std::num::NonZeroU32;
use std::time::Duration;

use http::Method;

use crate::entropy::{Draws, Spread};
use crate::fault::arguments::{Arguments, Kind, Lengths, Parameter};
use crate::fault::condition::Phase;
use crate::fault::facts::Asked;
use crate::fault::routes::EVERYWHERE;
use crate::wire::disturbance::{Disturbance, Ending, Scope};
use crate::wire::reply::Reply;

use super::{Acts, Clash, Entry, Given, Leaves, Nature, OfConnection, anywhere, together};

/// The family's faults.
pub(super) static FAULTS: &[Entry] = &[
    Entry {
        id: "transport.latency",
        summary: "The answer is made at once and sent late: after a fixed time, or one that varies.",
        parameters: &[
            Parameter {
                name: "delay",
                kind: Kind::Duration(Lengths::OF_WAITS),
                default: Some("1s"),
                about: "How late; where it varies, the middle of it.",
            },
            Parameter {
                name: "distribution",
                kind: Kind::Word(&["fixed", "uniform", "normal", "log_normal"]),
                default: Some("fixed"),
                about: "How it varies: not at all; evenly, by as much as `by` to either side; normally, with \
                        `by` as the standard deviation; log-normally about `delay`, never above six times it.",
            },
            Parameter {
                name: "by",
                kind: Kind::Duration(Lengths::OF_WAITS),
                default: None,
                about: "How much it varies, where it is `uniform` (then at most as much as `delay`) or `normal`.",
            },
        ],
        clause: "RFC 9110, section 9.2.2",
        right_client: "Waits as long as its time limit, which is its own and finite, and is still right when \
                       the answer comes.",
        nature: Nature::Modifier(""),
        phases: &[],
        check: varies,
        acts: Acts::Reply(latency),
        ..BASE
    },
    Entry {
        id: "transport.throttle",
        summary: "The answer's body comes at so many bytes a second.",
        parameters: &[Parameter {
            name: "bytes_per_second",
            kind: Kind::Integer(1, 1_000_000_000),
            default: Some("100"),
            about: "The rate.",
        }],
        clause: "RFC 9112, section 6",
        right_client: "Reads on for as long as bytes come, within a limit for the whole.",
        nature: Nature::Modifier(""),
        phases: &[],
        fits: wants_body,
        acts: Acts::Reply(throttle),
        ..BASE
    },
    Entry {
        id: "transport.stall.before_headers",
        summary: "The call is done at once, and not a byte of the answer comes for a while.",
        parameters: &[DURATION],
        clause: "RFC 9110, section 9.2.2",
        right_client: "Gives up after a time limit of its own, knowing that the call may have been done; asks \
                       again only what may be asked twice.",
        nature: Nature::Modifier(""),
        phases: &[],
        acts: Acts::Reply(|reply, given| {
            let time = duration(given.arguments);
            reply.disturbances.push(Disturbance::Wait(time));
            true
        }),
        ..BASE
    },
    Entry {
        id: "transport.stall.after_bytes",
        summary: "The answer's body stops in its middle for a while, and then goes on.",
        parameters: &[AFTER_BYTES, DURATION],
        clause: "RFC 9112, section 8",
        right_client: "Has a time limit between bytes and one for the whole, and takes half a body for none.",
        nature: Nature::Modifier("stall"),
        phases: &[],
        fits: wants_body,
        acts: Acts::Reply(stall),
        ..BASE
    },
    Entry {
        id: "transport.reset.before_headers",
        summary: "The connection is reset where the answer should begin; on HTTP/2, the stream.",
        parameters: &[SCOPE],
        clause: "RFC 9112, section 9.5; RFC 9113, section 6.4",
        right_client: "Takes the outcome for unknown, and asks again only what may be asked twice.",
        phases: &[Phase::Before, Phase::After],
        acts: Acts::Reply(|reply, given| end(reply, given, Ending::Reset { after_bytes: None })),
        ..BASE
    },
    Entry {
        id: "transport.reset.mid_body",
        summary: "The connection is reset in the middle of the answer's body; on HTTP/2, the stream.",
        parameters: &[AFTER_BYTES, SCOPE],
        clause: "RFC 9112, section 8; RFC 9113, section 6.4",
        right_client: "Throws away what came: half a body is none, and is not parsed.",
        phases: &[Phase::After],
        fits: wants_body,
        acts: Acts::Reply(|reply, given| {
            let after_bytes = Some(middle(reply, given.arguments));
            !reply.body.is_empty() && end(reply, given, Ending::Reset { after_bytes })
        }),
        ..BASE
    },
    Entry {
        id: "transport.close.no_response",
        summary: "The connection is closed in an orderly way instead of an answer, and nothing was done; on \
                  HTTP/2 the stream is reset.",
        parameters: &[SCOPE],
        clause: "RFC 9112, section 9.5; RFC 9113, section 8.7",
        right_client: "Cannot tell whether the call was done, and asks again only what may be asked twice.",
        phases: &[Phase::Before, Phase::After],
        acts: Acts::Reply(|reply, given| end(reply, given, Ending::Close)),
        ..BASE
    },
    Entry {
        id: "transport.close_after_effect",
        summary: "What was asked is done, and the connection is closed without an answer; on HTTP/2 the \
                  stream is reset.",
        parameters: &[SCOPE],
        clause: "RFC 9110, section 9.2.2; Hamster Bank API, section 6.2",
        right_client: "Does not pay again blindly: sends the same request with the same idempotency key, or \
                       looks the payment up.",
        phases: &[Phase::After],
        acts: Acts::Reply(|reply, given| {
            // What was refused had no effect.
            let has_effect = !reply.status.is_client_error() && !reply.status.is_server_error();
            has_effect && end(reply, given, Ending::Close)
        }),
        ..BASE
    },
    Entry {
        id: "transport.black_hole",
        summary: "The request is taken, and no answer ever comes; the connection stays open.",
        parameters: &[],
        clause: "RFC 9110, section 9.2.2",
        right_client: "Gives up after a time limit of its own, and closes the connection.",
        phases: &[Phase::Before, Phase::After],
        acts: Acts::Reply(|reply, given| end(reply, given, Ending::BlackHole)),
        ..BASE
    },
    Entry {
        id: "transport.truncate",
        summary: "The head promises the whole body, and fewer bytes of it come before an orderly end.",
        parameters: &[AFTER_BYTES, SCOPE],
        clause: "RFC 9112, sections 6.3 and 8; RFC 9113, section 8.1.1",
        right_client: "Counts: fewer bytes than Content-Length are an error, not a short list.",
        phases: &[Phase::After],
        fits: wants_body,
        acts: Acts::Reply(|reply, given| {
            let after_bytes = middle(reply, given.arguments);
            // Nothing cannot break off.
            !reply.body.is_empty() && end(reply, given, Ending::Truncate { after_bytes })
        }),
        ..BASE
    },
    Entry {
        id: "transport.garbage",
        summary: "Bytes that are no HTTP come instead of an answer, within TLS, and then the connection is \
                  closed.",
        parameters: &[],
        clause: "RFC 9112, section 4; RFC 9113, section 3.4",
        right_client: "Says that the answer is not HTTP, and uses the connection no more.",
        phases: &[Phase::Before, Phase::After],
        acts: Acts::Reply(|reply, given| end(reply, given, garbage(&mut given.draws()))),
        ..BASE
    },
    Entry {
        id: "transport.refuse",
        summary: "A connection is reset as soon as it is made, and for a while nobody listens: further ones \
                  are refused.",
        parameters: &[SHUT],
        clause: "RFC 9293, section 3.5.3",
        right_client: "Waits a little longer each time it tries again, and tries again only what may be \
                       asked twice.",
        routes: &[],
        phases: &[],
        acts: Acts::Connection(|arguments| OfConnection::NotAtHome(duration(arguments))),
        ..BASE
    },
];

const BASE: Entry = Entry {
    id: "",
    summary: "",
    parameters: &[],
    clause: "",
    right_client: "",
    routes: EVERYWHERE,
    leaves: Leaves::Nothing,
    check: together,
    nature: Nature::Exclusive,
    phases: &[],
    fits: anywhere,
    acts: Acts::Reply(|_, _| false),
};

const DURATION: Parameter = Parameter {
    name: "duration",
    kind: Kind::Duration(Lengths::OF_WAITS),
    default: Some("5s"),
    about: "How long, in real time.",
};
/// A door that is shut is looked at by nobody until its time is over.
const SHUT: Parameter = Parameter {
    about: "How long, in real time. To take the rule away does not open the door before; a reset does.",
    ..DURATION
};
const AFTER_BYTES: Parameter = Parameter {
    name: "after_bytes",
    kind: Kind::Integer(0, 1 << 30),
    default: None,
    about: "How much of the body comes before; half of it where nothing is said, and never all of it.",
};
const SCOPE: Parameter = Parameter {
    name: "scope",
    kind: Kind::Word(&["stream", "connection"]),
    default: Some("stream"),
    about: "What ends on HTTP/2; HTTP/1.1 has only the connection.",
};

/// Whether `by` is said where it is used, and nowhere else.
fn varies(arguments: &Arguments) -> Result<(), Clash> {
    let by = arguments.duration("by");
    let distribution = arguments.text("distribution");
    let expected = match (distribution, by) {
        (Some("uniform"), Some(by))
            if arguments.duration("delay").is_some_and(|delay| by > delay) =>
        {
            "at most as much as `delay`, where the distribution is uniform"
        }
        (Some("uniform" | "normal"), None) => {
            "how much it varies, as the distribution says that it does"
        }
        (Some("uniform" | "normal"), Some(_)) | (_, None) => return Ok(()),
        (_, Some(_)) => "no `by`, but where the distribution is uniform or normal",
    };
    Err(Clash {
        parameter: "by",
        expected,
    })
}

fn latency(reply: &mut Reply, given: &Given<'_>) -> bool {
    let arguments = given.arguments;
    let millis = |name| {
        let time = arguments.duration(name).unwrap_or_default();
        i64::try_from(time.whole_milliseconds()).unwrap_or(0)
    };
    let (delay, by) = (millis("delay"), millis("by"));
    let drawn = match arguments.text("distribution") {
        Some("uniform") => given.draws().between(delay - by, delay + by),
        Some("normal") => normal(delay, by, &mut given.draws()),
        Some("log_normal") => given.draws().about(delay, Spread::Wide),
        _ => delay,
    };
    let drawn = u64::try_from(drawn).unwrap_or(0);
    let wait = Disturbance::Wait(Duration::from_millis(drawn));
    reply.disturbances.push(wait);
    true
}

/// A draw about `mean` with that standard deviation: twelve even ones added up, whose variance is that of
/// one times twelve, are as good as normal, and need no fractions.
fn normal(mean: i64, deviation: i64, draws: &mut Draws) -> i64 {
    let sum: i64 = (0..12).map(|_| draws.between(0, deviation)).sum();
    mean - 6 * deviation + sum
}

/// An answer to a HEAD has no body to be slow with, or to break off in.
fn wants_body(asked: &Asked<'_>, _: &Arguments) -> bool {
    *asked.method != Method::HEAD
}

fn throttle(reply: &mut Reply, given: &Given<'_>) -> bool {
    let rate = given.arguments.integer("bytes_per_second");
    let rate = rate.and_then(|rate| u32::try_from(rate).ok());
    let Some(bytes_per_second) = rate.and_then(NonZeroU32::new) else {
        return false;
    };
    of_body(reply, Disturbance::Throttle { bytes_per_second })
}

fn stall(reply: &mut Reply, given: &Given<'_>) -> bool {
    let after_bytes = middle(reply, given.arguments);
    let time = duration(given.arguments);
    of_body(reply, Disturbance::Stall { after_bytes, time })
}

/// A disturbance of a body, where there is one.
fn of_body(reply: &mut Reply, disturbance: Disturbance) -> bool {
    let has_body = !reply.body.is_empty();
    if has_body {
        reply.disturbances.push(disturbance);
    }
    has_body
}

fn end(reply: &mut Reply, given: &Given<'_>, ending: Ending) -> bool {
    let scope = match given.arguments.text("scope") {
        Some("connection") => Scope::Connection,
        _ => Scope::Stream,
    };
    reply.disturbances.push(Disturbance::End(ending, scope));
    true
}

/// Where a body breaks off: where it was said, else in its middle, and before its last byte.
fn middle(reply: &Reply, arguments: &Arguments) -> usize {
    let length = reply.body.len();
    let said = arguments.integer("after_bytes");
    let said = said.and_then(|said| usize::try_from(said).ok());
    said.unwrap_or(length / 2).min(length.saturating_sub(1))
}

fn duration(arguments: &Arguments) -> Duration {
    let time = arguments.duration("duration").unwrap_or_default();
    time.unsigned_abs()
}

/// Bytes that begin neither an answer nor a frame: no method or version begins with the first, and a frame
/// of that length is larger than any client has said it takes.
fn garbage(draws: &mut Draws) -> Ending {
    let drawn = (1..GARBAGE_BYTES).map(|_| u8::try_from(draws.below(256)).unwrap_or(0));
    let bytes: Vec<u8> = std::iter::once(0xff).chain(drawn).collect();
    Ending::Garbage(bytes.into())
}

/// More than the head of a frame, less than anybody's buffer.
const GARBAGE_BYTES: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Seed;

    #[test]
    fn a_normal_delay_is_about_its_middle() {
        let mut draws = Draws::new(Seed(7), "test");
        let drawn: Vec<_> = (0..2_000).map(|_| normal(1_000, 100, &mut draws)).collect();
        let mean = drawn.iter().sum::<i64>() / 2_000;
        assert!((990..=1_010).contains(&mean), "{mean}");
        let within = drawn
            .iter()
            .filter(|it| (900..=1_100).contains(*it))
            .count();
        // Two thirds within one deviation.
        assert!((1_250..=1_480).contains(&within), "{within}");
        assert_eq!(normal(50, 0, &mut draws), 50);
    }

    #[test]
    fn garbage_begins_like_nothing_else() {
        let mut draws = Draws::new(Seed(7), "test");
        let Ending::Garbage(bytes) = garbage(&mut draws) else {
            panic!("garbage is garbage");
        };
        assert_eq!((bytes[0], bytes.len()), (0xff, 64));
    }
}
