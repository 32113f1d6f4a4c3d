//! Requests that a fault's rule holds until somebody releases them.
//!
//! As with customers who wait, they are not part of the bank's state: each is a connection held open, which
//! no snapshot could keep. A reset ends them with the bank.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::id::FaultRuleId;

/// Every request that is held.
#[derive(Debug, Default)]
pub(crate) struct Holding {
    gates: Mutex<BTreeMap<FaultRuleId, Gate>>,
}

/// Where the requests of one rule wait; opened by dropping it.
#[derive(Debug)]
struct Gate {
    is_open: watch::Sender<bool>,
    waiting: usize,
}

/// A request that is held; leaves when dropped.
#[derive(Debug)]
pub(crate) struct Held {
    holding: Arc<Holding>,
    rule: FaultRuleId,
    is_open: watch::Receiver<bool>,
}

impl Holding {
    /// Has a request wait at the gate of a rule.
    ///
    /// # Errors
    /// When [`HELD_MAX`] wait already.
    pub(crate) fn enter(self: Arc<Self>, rule: FaultRuleId) -> Result<Held, Overcrowded> {
        let mut gates = self.gates.lock();
        let together: usize = gates.values().map(|gate| gate.waiting).sum();
        if together >= HELD_MAX {
            return Err(Overcrowded);
        }
        let gate = gates.entry(rule).or_insert_with(|| Gate {
            is_open: watch::Sender::new(false),
            waiting: 0,
        });
        gate.waiting += 1;
        let is_open = gate.is_open.subscribe();
        drop(gates);
        Ok(Held {
            holding: self,
            rule,
            is_open,
        })
    }

    /// Lets go whoever waits at the gate of a rule; answers how many. Who comes later waits again.
    pub(crate) fn release(&self, rule: FaultRuleId) -> usize {
        // Opened before the lock is let go: who leaves meanwhile must not be taken for one of the next gate.
        let mut gates = self.gates.lock();
        let gate = gates.remove(&rule);
        gate.map_or(0, |gate| {
            gate.is_open.send_replace(true);
            gate.waiting
        })
    }

    /// Lets go whoever waits anywhere.
    pub(crate) fn release_all(&self) {
        let mut gates = self.gates.lock();
        for gate in std::mem::take(&mut *gates).into_values() {
            gate.is_open.send_replace(true);
        }
    }

    /// How many wait at the gate of a rule.
    #[cfg(test)]
    fn waiting(&self, rule: FaultRuleId) -> usize {
        self.gates.lock().get(&rule).map_or(0, |gate| gate.waiting)
    }
}

impl Held {
    /// Whose gate it is.
    pub(crate) const fn rule(&self) -> FaultRuleId {
        self.rule
    }

    /// Resolves when it is let go.
    pub(crate) async fn released(mut self) {
        // The gate is opened, or gone, which is the same.
        let _ = self.is_open.wait_for(|is_open| *is_open).await;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut gates = self.holding.gates.lock();
        if *self.is_open.borrow() {
            return;
        }
        if let Some(gate) = gates.get_mut(&self.rule) {
            gate.waiting = gate.waiting.saturating_sub(1);
        }
    }
}

/// Why a request is not held.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("at most {HELD_MAX} requests are held at a time")]
pub(crate) struct Overcrowded;

/// Each is a connection and a task; a race is tested with far fewer.
const HELD_MAX: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_gate_lets_go_those_who_wait_and_holds_those_who_come_later() {
        let holding = Arc::new(Holding::default());
        let (one, other) = (FaultRuleId::new(1), FaultRuleId::new(2));
        let enter = |rule| Arc::clone(&holding).enter(rule).unwrap();
        let (first, second, apart) = (enter(one), enter(one), enter(other));
        assert_eq!(holding.waiting(one), 2);
        assert_eq!(holding.release(one), 2);
        first.released().await;
        second.released().await;
        let later = enter(one);
        assert_eq!((holding.waiting(one), holding.waiting(other)), (1, 1));
        drop(later);
        assert_eq!(holding.waiting(one), 0);
        holding.release_all();
        apart.released().await;
        assert_eq!(holding.release(other), 0);
    }

    #[test]
    fn no_more_wait_than_a_test_needs() {
        let holding = Arc::new(Holding::default());
        let enter = |rule| Arc::clone(&holding).enter(FaultRuleId::new(rule));
        let held: Vec<_> = (0..HELD_MAX).map(|_| enter(1).unwrap()).collect();
        assert_eq!(enter(2).unwrap_err(), Overcrowded);
        drop(held);
        assert!(enter(2).is_ok());
    }
}
