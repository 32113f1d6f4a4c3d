//! A branch: one bank under its name and its addresses.
//!
//! A reset and a restore replace the bank whole. A call under way keeps the bank it arrived at: what it
//! still writes goes to a value that nobody reads any more and that goes with the last such call, so no
//! number has to be compared anywhere. Whoever waits in a bank (a parked request, a reader of its journal)
//! waits beside [`Bank::retired`] and ends with it.
//!
//! Keys and certificates stay. The clock is a new one, so that nobody moves it who meant the former.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

use crate::clock::{Standing, Timestamp};

use super::opening::{self, OpeningError};
use super::{Bank, State};

/// A bank that can be replaced.
#[derive(Debug)]
pub(crate) struct Branch {
    current: RwLock<Arc<Bank>>,
    /// Held by whoever makes another bank of the one that stands here, so that of two at once neither undoes what
    /// the other did.
    changing: Mutex<()>,
    snapshots: Mutex<Snapshots>,
}

/// What was kept of a bank at a moment.
#[derive(Debug)]
struct Snapshot {
    bank: Bank,
    clock: Standing,
}

#[derive(Debug, Default)]
struct Snapshots {
    kept: BTreeMap<u64, Arc<Snapshot>>,
    made: u64,
}

impl Branch {
    /// A branch in which this bank stands.
    pub(crate) fn new(bank: Bank) -> Self {
        Self {
            current: RwLock::new(Arc::new(bank)),
            changing: Mutex::default(),
            snapshots: Mutex::default(),
        }
    }

    /// The bank as it stands now; who holds it across a reset holds the former one.
    pub(crate) fn bank(&self) -> Arc<Bank> {
        Arc::clone(&self.current.read())
    }

    /// Back to the scenario's first state, as a restart would: the book is made anew around the clock's
    /// first moment, because a scenario that begins `now` has its history before now. Snapshots stay.
    ///
    /// # Errors
    /// When the first state cannot be made again.
    pub(crate) fn reset(&self) -> Result<(), OpeningError> {
        let first = |former: &Bank| opening::reopened(former, former.clock.first());
        self.replace(first, |state, before| {
            state.faults.keep_ids_of(&before.faults);
        })
    }

    /// Keeps the whole bank as it is; answers the snapshot's id, and the moment in bank time.
    ///
    /// # Errors
    /// When there are [`SNAPSHOTS_MAX`] already.
    pub(crate) fn keep(&self) -> Result<(String, Timestamp), TooManySnapshots> {
        let mut snapshots = self.snapshots.lock();
        if snapshots.kept.len() >= SNAPSHOTS_MAX {
            return Err(TooManySnapshots);
        }
        let (bank, clock) = self.bank().copy();
        let at = clock.now().bank;
        snapshots.made += 1;
        let number = snapshots.made;
        let kept = Arc::new(Snapshot { bank, clock });
        snapshots.kept.insert(number, kept);
        Ok((format!("{PREFIX}{number}"), at))
    }

    /// Puts a snapshot in the place of the bank; it can be restored again. Answers its moment; none when
    /// there is no such snapshot.
    pub(crate) fn restore(&self, id: &str) -> Option<Timestamp> {
        let number = number_of(id)?;
        let kept = self.snapshots.lock().kept.get(&number).map(Arc::clone)?;
        let at = kept.clock.now().bank;
        let _: Result<(), Infallible> =
            self.replace(|_| Ok(kept.bank.copy_at(kept.clock)), |_, _| {});
        Some(at)
    }

    /// Forgets a snapshot; answers whether there was one.
    pub(crate) fn forget(&self, id: &str) -> bool {
        let mut snapshots = self.snapshots.lock();
        number_of(id).is_some_and(|number| snapshots.kept.remove(&number).is_some())
    }

    /// Puts another bank in the place of the one that stands here; whoever waits in that waits in vain. What the
    /// new state takes over of the former is copied in the moment of the change.
    ///
    /// # Errors
    /// When the other cannot be built; nothing has changed then.
    pub(crate) fn replace<E>(
        &self,
        build: impl FnOnce(&Bank) -> Result<Bank, E>,
        inherit: impl FnOnce(&mut State, &State),
    ) -> Result<(), E> {
        let _changing = self.changing.lock();
        let former = self.bank();
        let anew = build(&former)?;
        let mut current = self.current.write();
        former.state(|before| {
            anew.state(|state| {
                inherit(state, before);
                state.faults.follow(&before.faults);
            });
            *current = Arc::new(anew);
        });
        drop(current);
        former.retire();
        Ok(())
    }
}

fn number_of(id: &str) -> Option<u64> {
    let number = id.strip_prefix(PREFIX)?;
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
    number.parse().ok().filter(|_| is_plain)
}

/// The branch keeps its fill of snapshots.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a bank keeps at most {SNAPSHOTS_MAX} snapshots; delete one")]
pub(crate) struct TooManySnapshots;

/// More steps than a test goes back; a snapshot of the largest scenario takes a dozen megabytes.
pub(crate) const SNAPSHOTS_MAX: usize = 16;

const PREFIX: &str = "snap_";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::opening::Opening;
    use crate::clock::Clock;
    use crate::fault::connections::Connections;
    use crate::pki::Authority;
    use crate::scenario::Scenario;

    const START: Timestamp = Timestamp::from_unix_seconds(1_705_314_600);

    fn branch() -> Branch {
        let scenario = Scenario::builtin("default").unwrap();
        let opening = Opening {
            name: "main",
            issuer: "https://localhost:8443",
            connections: Connections::Tls,
            clock: Clock::fixed(START),
            authority: &Arc::new(Authority::mint(START).unwrap()),
            store: None,
            test_keys: true,
        };
        Branch::new(opening::open(&scenario, &opening).unwrap().0)
    }

    fn draw(bank: &Bank) -> String {
        bank.state(|state| state.registry.draw_ids()).software
    }

    #[test]
    fn what_a_call_writes_after_a_reset_reaches_nobody() {
        let branch = branch();
        let under_way = branch.bank();
        branch.reset().unwrap();
        let first = draw(&under_way);
        let second = draw(&under_way);
        assert_eq!(draw(&branch.bank()), first);
        assert_ne!(first, second);
        branch.reset().unwrap();
        assert_eq!(draw(&branch.bank()), first);
    }

    #[tokio::test]
    async fn who_is_parked_hears_of_a_reset_and_of_a_restore() {
        let branch = branch();
        let (snapshot, _) = branch.keep().unwrap();
        let parked = branch.bank();
        branch.reset().unwrap();
        parked.retired().await;
        let parked = branch.bank();
        branch.restore(&snapshot).unwrap();
        parked.retired().await;
    }

    #[test]
    fn a_snapshot_is_not_touched_by_what_follows() {
        let branch = branch();
        let first = draw(&branch.bank());
        let (snapshot, at) = branch.keep().unwrap();
        assert_eq!(at, START);
        let second = draw(&branch.bank());
        for _ in 0..3 {
            branch.bank().clock.advance(time::Duration::days(91));
            assert_eq!(branch.restore(&snapshot), Some(START));
            assert_eq!(branch.bank().clock.now().bank, START);
            assert_eq!(draw(&branch.bank()), second);
        }
        assert_ne!(first, second);
    }

    #[test]
    fn keys_survive_both_and_the_former_clock_moves_nobody() {
        let branch = branch();
        let (snapshot, _) = branch.keep().unwrap();
        let (former, kids) = (branch.bank().clock.clone(), branch.bank().keys().kids());
        branch.reset().unwrap();
        assert_eq!(branch.bank().keys().kids(), kids);
        branch.restore(&snapshot).unwrap();
        assert_eq!(branch.bank().keys().kids(), kids);
        former.advance(time::Duration::days(1));
        assert_eq!(branch.bank().clock.now().bank, START);
    }
}
