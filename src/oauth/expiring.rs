//! A map whose entries grow old: bounded for each owner, swept as new ones come in, never by a timer.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use time::Duration;

use crate::clock::Timestamp;
use crate::id::ClientId;

/// Entries with an owner and an end of life. An entry past its end stays readable for [`GRACE`], so that
/// a refusal can say "expired" instead of "unknown"; whoever reads asks the value for its own expiry.
#[derive(Clone, Debug)]
pub(crate) struct Expiring<K, V, I = ()> {
    entries: HashMap<K, Entry<V>>,
    by_end: BTreeSet<(Timestamp, K)>,
    per_owner: HashMap<ClientId, usize>,
    index: I,
    room: Room,
}

/// A further order of the entries, told of each that comes and each that goes, for whatever reason.
pub(crate) trait Index<K, V>: Default {
    /// One came.
    fn add(&mut self, key: &K, value: &V);

    /// One goes.
    fn take_out(&mut self, key: &K, value: &V);
}

/// Most are looked up by their keys alone.
impl<K, V> Index<K, V> for () {
    fn add(&mut self, _: &K, _: &V) {}

    fn take_out(&mut self, _: &K, _: &V) {}
}

/// How much a map keeps.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Room {
    /// For one client.
    pub(crate) each: usize,
    /// For all clients together; a client that has less than [`SHARE`] is let in even then, so that those
    /// who fill the bank shut nobody out.
    pub(crate) together: usize,
}

impl Room {
    /// Whether an owner that has `kept` may keep one more, while all together keep `all`.
    pub(crate) const fn check(self, kept: usize, all: usize) -> Result<(), Full> {
        if kept >= self.each {
            return Err(Full::Each(self.each));
        }
        if all >= self.together && kept >= SHARE {
            return Err(Full::Together(self.together));
        }
        Ok(())
    }
}

#[derive(Clone, Debug)]
struct Entry<V> {
    value: V,
    owner: ClientId,
    ends_at: Timestamp,
}

impl<K: Clone + Eq + Hash + Ord, V, I: Index<K, V>> Expiring<K, V, I> {
    /// An empty map with this much room.
    pub(crate) fn new(room: Room) -> Self {
        Self {
            entries: HashMap::new(),
            by_end: BTreeSet::new(),
            per_owner: HashMap::new(),
            index: I::default(),
            room,
        }
    }

    /// Keeps `value` for `owner` until `ends_at`, after sweeping what is long past.
    ///
    /// # Errors
    /// When the owner has its fill; nobody else loses anything to it.
    pub(crate) fn insert(
        &mut self,
        (key, value): (K, V),
        owner: &ClientId,
        ends_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), Full> {
        self.sweep(now.plus(-GRACE));
        self.remove(&key);
        self.has_room(owner, now)?;
        *self.per_owner.entry(owner.clone()).or_default() += 1;
        self.by_end.insert((ends_at, key.clone()));
        self.index.add(&key, &value);
        let owner = owner.clone();
        self.entries.insert(
            key,
            Entry {
                value,
                owner,
                ends_at,
            },
        );
        Ok(())
    }

    /// Whether `owner` may keep one more, once what is past has been swept.
    pub(crate) fn has_room(&mut self, owner: &ClientId, now: Timestamp) -> Result<(), Full> {
        if self.room_left(owner).is_ok() {
            return Ok(());
        }
        self.sweep(now);
        self.room_left(owner)
    }

    fn room_left(&self, owner: &ClientId) -> Result<(), Full> {
        self.room.check(self.kept_by(owner), self.len())
    }

    /// The value under `key`, whether past its end or not.
    pub(crate) fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.entries.get(key).map(|entry| &entry.value)
    }

    /// The same, to be changed.
    pub(crate) fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.entries.get_mut(key).map(|entry| &mut entry.value)
    }

    /// Every key with its value; in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        (self.entries.iter()).map(|(key, entry)| (key, &entry.value))
    }

    /// The further order of the entries.
    pub(crate) const fn index(&self) -> &I {
        &self.index
    }

    /// Gives an entry another end of life.
    pub(crate) fn end_at(&mut self, key: &K, ends_at: Timestamp) {
        if let Some(entry) = self.entries.get_mut(key) {
            let former = std::mem::replace(&mut entry.ends_at, ends_at);
            self.by_end.remove(&(former, key.clone()));
            self.by_end.insert((ends_at, key.clone()));
        }
    }

    /// Every value, to be changed; in no order.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.values_mut().map(|entry| &mut entry.value)
    }

    /// Takes the entry out.
    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let entry = self.entries.remove(key)?;
        self.by_end.remove(&(entry.ends_at, key.clone()));
        self.index.take_out(key, &entry.value);
        if let Some(kept) = self.per_owner.get_mut(&entry.owner) {
            *kept -= 1;
            if *kept == 0 {
                self.per_owner.remove(&entry.owner);
            }
        }
        Some(entry.value)
    }

    /// Takes out everything this owner has.
    pub(crate) fn remove_owned(&mut self, owner: &ClientId) {
        let owned = self.entries.iter();
        let owned: Vec<_> = owned
            .filter(|(_, entry)| entry.owner == *owner)
            .map(|(key, _)| key.clone())
            .collect();
        for key in &owned {
            self.remove(key);
        }
    }

    /// How many are kept, past their end or not.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    fn kept_by(&self, owner: &ClientId) -> usize {
        self.per_owner.get(owner).copied().unwrap_or(0)
    }

    fn sweep(&mut self, before: Timestamp) {
        while let Some((ends_at, key)) = self.by_end.first().cloned() {
            if ends_at > before {
                break;
            }
            self.remove(&key);
        }
    }
}

/// An owner keeps as many entries as it may.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Full {
    /// As many as any client may, so many.
    Each(usize),
    /// More than its share, while all clients together keep so many.
    Together(usize),
}

/// What a client may keep however much the others do: a test suite that waits for its tokens before it
/// asks for more needs no more. Clients are few thousands, so all of their shares are bounded too.
const SHARE: usize = 100;

/// How long something is remembered past its end, for the sake of a better refusal.
const GRACE: Duration = Duration::hours(1);

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_unix_seconds(1_705_314_600);

    const fn room(each: usize) -> Room {
        Room {
            each,
            together: 1_000,
        }
    }

    fn at(seconds: i64) -> Timestamp {
        START.plus(Duration::seconds(seconds))
    }

    #[test]
    fn one_owner_s_flood_takes_nothing_from_another() {
        let mut map: Expiring<_, _> = Expiring::new(room(2));
        let (acorn, burrow) = (ClientId::new("acorn"), ClientId::new("burrow"));
        for key in 0..2 {
            map.insert((key, ()), &acorn, at(60), START).unwrap();
        }
        assert_eq!(
            map.insert((2, ()), &acorn, at(60), START),
            Err(Full::Each(2))
        );
        assert_eq!(map.insert((3, ()), &burrow, at(60), START), Ok(()));
        assert_eq!(map.len(), 3);
    }

    #[test]
    fn clients_that_fill_it_together_leave_every_other_its_share() {
        let mut map: Expiring<_, _> = Expiring::new(Room {
            each: 3 * SHARE,
            together: 4 * SHARE,
        });
        let [acorn, burrow, clover] = ["acorn", "burrow", "clover"].map(ClientId::new);
        let mut keys = 0..;
        let mut fill = |map: &mut Expiring<usize, ()>, owner: &ClientId| {
            let mut kept = 0;
            loop {
                let entry = (keys.next().unwrap(), ());
                match map.insert(entry, owner, at(60), START) {
                    Ok(()) => kept += 1,
                    Err(full) => return (kept, full),
                }
            }
        };
        let together = Full::Together(4 * SHARE);
        assert_eq!(fill(&mut map, &acorn), (3 * SHARE, Full::Each(3 * SHARE)));
        assert_eq!(fill(&mut map, &burrow), (SHARE, together));
        assert_eq!(fill(&mut map, &clover), (SHARE, together));
        // What is past makes room for whoever comes first.
        assert_eq!(
            map.insert((usize::MAX, ()), &burrow, at(200), at(61)),
            Ok(())
        );
        assert_eq!(map.len(), 1);
    }

    #[test]
    fn what_is_past_makes_room_and_is_remembered_a_while() {
        let mut map: Expiring<_, _> = Expiring::new(room(1));
        let acorn = ClientId::new("acorn");
        map.insert(("old", 1), &acorn, at(60), START).unwrap();
        assert_eq!(map.get("old"), Some(&1));
        map.insert(("new", 2), &acorn, at(200), at(61)).unwrap();
        assert_eq!(map.get("old"), None);
        let burrow = ClientId::new("burrow");
        map.insert(("other", 3), &burrow, at(9000), at(3700))
            .unwrap();
        assert_eq!(map.get("new"), Some(&2), "within the grace");
        map.insert(("last", 4), &ClientId::new("clover"), at(9000), at(4000))
            .unwrap();
        assert_eq!(map.get("new"), None, "past the grace");
        assert_eq!(map.per_owner.get("acorn"), None);
    }

    #[test]
    fn an_entry_replaced_is_counted_once() {
        let mut map: Expiring<_, _> = Expiring::new(room(2));
        let acorn = ClientId::new("acorn");
        map.insert(("key", 1), &acorn, at(60), START).unwrap();
        map.insert(("key", 2), &acorn, at(90), START).unwrap();
        map.insert(("more", 3), &acorn, at(90), START).unwrap();
        assert_eq!((map.get("key"), map.len()), (Some(&2), 2));
        assert_eq!(map.by_end.len(), 2);
    }
}
