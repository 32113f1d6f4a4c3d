//! Questions to the journal: lists, counts, and the honest answer when it no longer knows.

use super::entry::{Entry, Kind};
use super::{Journal, Shelf};
use crate::clock::Timestamp;
use crate::id::{ClientId, ConsentId};

/// Which entries are meant: all that meet every condition given.
///
/// Client, consent, interaction, status and verdict are known when a request has ended, so conditions on
/// them leave out what is still in flight.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Filter {
    /// Only of this kind.
    pub(crate) kind: Option<Kind>,
    /// Only of this client.
    pub(crate) client_id: Option<ClientId>,
    /// Only of this route, or of routes below it: `banking` means `banking.accounts.list` too.
    pub(crate) route: Option<String>,
    /// Only with this method.
    pub(crate) method: Option<String>,
    /// Only with this path, in which `*` stands for any text.
    pub(crate) path: Option<String>,
    /// Only with this status.
    pub(crate) status: Option<StatusFilter>,
    /// Only with this interaction id.
    pub(crate) interaction_id: Option<String>,
    /// Only about this consent.
    pub(crate) consent_id: Option<ConsentId>,
    /// Only with this verdict, or with one of the rules below this name.
    pub(crate) verdict: Option<String>,
    /// Only later than the entry of this number.
    pub(crate) since: u64,
    /// At most so many, the oldest of them. A count is not limited.
    pub(crate) limit: Option<usize>,
}

/// A status or a class of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum StatusFilter {
    /// All that begin with this digit: `4xx`.
    Class(u16),
    /// This one.
    Exactly(u16),
}

impl StatusFilter {
    /// Reads `404` or `4xx`.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(class) = text.strip_suffix("xx") {
            let class = class.parse().ok()?;
            return (1..=5).contains(&class).then_some(Self::Class(class));
        }
        let status: u16 = text.parse().ok()?;
        let is_status = text.len() == 3 && (100..600).contains(&status);
        is_status.then_some(Self::Exactly(status))
    }

    fn holds(self, status: u16) -> bool {
        match self {
            Self::Class(class) => status / 100 == class,
            Self::Exactly(exact) => status == exact,
        }
    }
}

/// Entries of the range asked for are no longer there, so that no count of it would be true.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "{dropped} entries were dropped to make room, the last of them number {last}; ask for a range since then, or clear the journal before a test"
)]
pub(crate) struct Evicted {
    /// How many went, since the last clear.
    pub(crate) dropped: u64,
    /// The number of the latest of them: from here on a count is true again.
    pub(crate) last: u64,
}

impl Journal {
    /// The entries that are meant and still there, oldest first.
    #[must_use]
    pub(crate) fn list(&self, filter: &Filter) -> Vec<Entry> {
        let entries = self.shelf.lock().since(filter.since);
        let meant = entries.into_iter().filter(|entry| filter.holds(entry));
        meant.take(filter.limit.unwrap_or(usize::MAX)).collect()
    }

    /// How many entries are meant.
    ///
    /// # Errors
    /// When since the last clear any entry later than `filter.since` was dropped: it might have been
    /// meant, and the count would be too small.
    pub(crate) fn count(&self, filter: &Filter) -> Result<u64, Evicted> {
        let entries = self.later_than(filter.since, None)?;
        let meant = entries.iter().filter(|entry| filter.holds(entry));
        Ok(u64::try_from(meant.count()).unwrap_or(u64::MAX))
    }

    /// All entries later than the one of this number and, where `from` says a moment, not from before it in
    /// bank time.
    ///
    /// # Errors
    /// When since the last clear any of them was dropped.
    pub(crate) fn later_than(
        &self,
        seq: u64,
        from: Option<Timestamp>,
    ) -> Result<Vec<Entry>, Evicted> {
        let shelf = self.shelf.lock();
        let is_meant = |at: Timestamp| from.is_none_or(|from| at >= from);
        let was_meant = shelf.dropped_last_at.is_some_and(is_meant);
        if was_meant && shelf.dropped_last > seq {
            return Err(Evicted {
                dropped: shelf.dropped,
                last: shelf.dropped_last,
            });
        }
        let mut entries = shelf.since(seq);
        drop(shelf);
        entries.retain(|entry| is_meant(entry.head.at.bank));
        Ok(entries)
    }
}

impl Shelf {
    /// The entries later than `seq`, taken along so that nobody waits while they are read.
    fn since(&self, seq: u64) -> Vec<Entry> {
        let first = self.entries.partition_point(|entry| entry.seq <= seq);
        self.entries.range(first..).cloned().collect()
    }
}

impl Filter {
    /// Whether the entry is meant; looks at all conditions but `limit`.
    #[must_use]
    pub(crate) fn holds(&self, entry: &Entry) -> bool {
        let tail = entry.tail.as_deref();
        entry.seq > self.since
            && self.kind.is_none_or(|kind| kind == entry.kind())
            && self.holds_for_head(entry)
            && meets(self.client_id.as_ref(), |wanted| {
                tail?.client_id.as_ref().map(|id| id == wanted)
            })
            && meets(self.consent_id.as_ref(), |wanted| {
                tail?.consent_id.as_ref().map(|id| id == wanted)
            })
            && meets(self.interaction_id.as_ref(), |wanted| {
                tail?.interaction_id.as_ref().map(|id| **id == **wanted)
            })
            && meets(self.status, |wanted| Some(wanted.holds(entry.status()?)))
            && meets(self.verdict.as_ref(), |wanted| {
                Some(is_below(wanted, entry.verdict()?.word))
            })
    }

    fn holds_for_head(&self, entry: &Entry) -> bool {
        let asked = entry.asked();
        meets(self.route.as_ref(), |wanted| {
            Some(is_below(wanted, asked?.route?))
        }) && meets(self.method.as_ref(), |wanted| {
            Some(asked?.method.as_str().eq_ignore_ascii_case(wanted))
        }) && meets(self.path.as_ref(), |wanted| {
            Some(is_like(wanted, &asked?.path()))
        })
    }
}

/// Whether a condition, if there is one, holds; what is not known does not meet it.
fn meets<T>(wanted: Option<T>, holds: impl FnOnce(T) -> Option<bool>) -> bool {
    wanted.is_none_or(|wanted| holds(wanted).unwrap_or(false))
}

/// Whether the dotted name is `prefix` or below it.
pub(super) fn is_below(prefix: &str, name: &str) -> bool {
    name.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether `text` is of the pattern, in which `*` stands for any text.
fn is_like(pattern: &str, text: &str) -> bool {
    let Some((front, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(front) else {
        return false;
    };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        // The first place is good enough: what follows may be any text.
        let Some(at) = text.find(part) else {
            return false;
        };
        text = text.get(at + part.len()..).unwrap_or_default();
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::journal::fixture::{PKCE, answer, arrive, fill, limits};
    use crate::journal::{Limits, Open};

    #[test]
    fn a_status_is_three_digits_or_a_class() {
        assert_eq!(StatusFilter::parse("404"), Some(StatusFilter::Exactly(404)));
        assert_eq!(StatusFilter::parse("4xx"), Some(StatusFilter::Class(4)));
        for text in [
            "", "xx", "0xx", "6xx", "44xx", "4XX", "4x", "99", "600", "0404", "+404", "40 ",
        ] {
            assert_eq!(StatusFilter::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_prefix_ends_at_a_dot() {
        for (prefix, name, below) in [
            ("banking", "banking.accounts.list", true),
            ("banking.accounts", "banking.accounts.list", true),
            ("oauth.token", "oauth.token", true),
            ("bank", "banking.accounts.list", false),
            ("banking.accounts.list", "banking.accounts", false),
            ("banking.", "banking.accounts", false),
            ("", "oauth.token", false),
            ("ok", "okay", false),
        ] {
            assert_eq!(is_below(prefix, name), below, "{prefix:?} {name:?}");
        }
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, like) in [
            ("/accounts", "/accounts", true),
            ("*", "", true),
            ("/accounts*", "/accounts", true),
            ("/accounts/*/balances", "/accounts/acc_1/balances", true),
            ("*/balances", "/accounts/acc_1/balances", true),
            ("/a*b*c", "/aXbYc", true),
            ("**", "/x", true),
            ("/accounts", "/accounts/", false),
            ("/accounts/*", "/accounts", false),
            ("/a*a", "/a", false),
            ("/a*b*c", "/aXcYb", false),
            ("/a*bc*c", "/abc", false),
            ("", "/", false),
        ] {
            assert_eq!(is_like(pattern, text), like, "{pattern:?} {text:?}");
        }
    }

    #[test]
    fn a_count_over_dropped_entries_is_refused() {
        let journal = Journal::new(limits(3, usize::MAX));
        fill(&journal, 3);
        assert_eq!(journal.count(&Filter::default()), Ok(3));
        fill(&journal, 2);
        let since = |since| Filter {
            since,
            ..Filter::default()
        };
        let evicted = Err(Evicted {
            dropped: 2,
            last: 2,
        });
        assert_eq!(journal.count(&since(0)), evicted);
        assert_eq!(journal.count(&since(1)), evicted);
        assert_eq!(journal.count(&since(2)), Ok(3));
        assert_eq!(journal.count(&since(4)), Ok(1));
        assert_eq!(journal.count(&since(9)), Ok(0));
        // What was dropped cannot be asked whether it was meant.
        assert_eq!(
            journal.count(&Filter {
                route: Some("oauth".to_owned()),
                ..since(0)
            }),
            evicted
        );
        journal.clear();
        assert_eq!(journal.count(&since(0)), Ok(0));
        fill(&journal, 1);
        assert_eq!(journal.count(&since(0)), Ok(1));
    }

    /// Three entries: a good call, a refused one, one in flight.
    fn three_calls(journal: &Arc<Journal>) -> Open {
        let mut open = arrive(journal, Some("banking.accounts.list"), "/accounts", &[]);
        open.client(ClientId::new("acorn-budget"));
        open.consent(ConsentId::new("consent_ais_1"));
        open.interaction_id("one");
        answer(open, 200, &[], "");
        let mut open = arrive(journal, Some("oauth.token"), "/oauth/token?x", &[]);
        open.client(ClientId::new("burrow-pay"));
        open.check_failed(PKCE.finding("a", "b"));
        answer(open, 400, &[], "");
        arrive(journal, None, "/nowhere", &[])
    }

    #[test]
    fn every_condition_of_a_filter_counts() {
        type Change = fn(&mut Filter);
        const CASES: &[(Change, &[u64])] = &[
            (|_| (), &[1, 2, 3]),
            (|f| f.client_id = Some(ClientId::new("acorn-budget")), &[1]),
            (|f| f.client_id = Some(ClientId::new("nobody")), &[]),
            (|f| f.route = Some("banking".into()), &[1]),
            (|f| f.route = Some("oauth.token".into()), &[2]),
            (|f| f.route = Some("oauth.tok".into()), &[]),
            (|f| f.method = Some("post".into()), &[2]),
            (|f| f.method = Some("PUT".into()), &[]),
            (|f| f.path = Some("/accounts".into()), &[1]),
            (|f| f.path = Some("/*w*".into()), &[3]),
            (|f| f.path = Some("/account".into()), &[]),
            (|f| f.status = StatusFilter::parse("4xx"), &[2]),
            (|f| f.status = StatusFilter::parse("200"), &[1]),
            (|f| f.status = StatusFilter::parse("404"), &[]),
            (|f| f.interaction_id = Some("one".into()), &[1]),
            (|f| f.interaction_id = Some("on".into()), &[]),
            (
                |f| f.consent_id = Some(ConsentId::new("consent_ais_1")),
                &[1],
            ),
            (
                |f| f.consent_id = Some(ConsentId::new("consent_ais_2")),
                &[],
            ),
            (|f| f.verdict = Some("ok".into()), &[1]),
            (|f| f.verdict = Some("pkce".into()), &[2]),
            (|f| f.verdict = Some("aborted".into()), &[]),
            (|f| f.kind = Some(Kind::Request), &[1, 2, 3]),
            (|f| f.kind = Some(Kind::Connection), &[]),
            (|f| f.since = 1, &[2, 3]),
            (|f| f.since = u64::MAX, &[]),
            (|f| f.limit = Some(2), &[1, 2]),
            (|f| f.limit = Some(0), &[]),
            (
                |f| {
                    f.client_id = Some(ClientId::new("acorn-budget"));
                    f.route = Some("oauth".into());
                },
                &[],
            ),
        ];
        let journal = Journal::new(Limits::default());
        let _in_flight = three_calls(&journal);
        for (change, ids) in CASES {
            let mut filter = Filter::default();
            change(&mut filter);
            let found = journal.list(&filter);
            let found: Vec<_> = found.iter().map(|entry| entry.id().number()).collect();
            assert_eq!(found, *ids, "{filter:?}");
            if filter.limit.is_none() {
                let count = u64::try_from(ids.len()).unwrap();
                assert_eq!(journal.count(&filter), Ok(count), "{filter:?}");
            }
        }
    }
}
