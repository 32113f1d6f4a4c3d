//! The gate: all listeners of some doors, closed together for a while.
//!
//! `localhost` is two listeners on one port, and a caller who is refused at one tries the other. So
//! both are gone before the connection that caused it is reset.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::{Closing, line};
use crate::wire::disturbance::Until;

/// What the listeners of some doors know of each other.
pub(super) struct Gate {
    listeners: usize,
    state: watch::Sender<State>,
}

/// How long nobody listens.
#[derive(Clone)]
pub(super) struct Absence {
    /// When somebody does again.
    ends_at: Instant,
    /// When this says so, it ends early.
    until: Until,
    /// Tells two absences apart.
    number: u64,
}

#[derive(Default)]
struct State {
    absence: Option<Absence>,
    /// How many absences there have been.
    absences: u64,
    /// How many listeners have gone.
    gone: usize,
}

impl Gate {
    /// A gate with so many listeners, all there.
    pub(super) fn of(listeners: usize) -> Self {
        Self {
            listeners,
            state: watch::Sender::default(),
        }
    }

    /// Sends every listener away.
    pub(super) fn close(&self, time: Duration, until: Until) {
        self.state.send_modify(|state| {
            state.absences += 1;
            state.absence = Some(Absence {
                ends_at: Instant::now() + time,
                until,
                number: state.absences,
            });
        });
    }

    /// Returns when a listener that has been through `seen` absences has to go.
    pub(super) async fn closes(&self, seen: u64) -> Absence {
        let mut state = self.state.subscribe();
        loop {
            let absence = state.borrow_and_update().absence.clone();
            match absence.filter(|absence| absence.number > seen) {
                Some(absence) => return absence,
                // The sender is the gate's own, so it cannot be gone.
                None => drop(state.changed().await),
            }
        }
    }

    /// Goes through an absence: when this returns, the listener is back, or the doors close and there
    /// is none. `caller` is reset when nobody listens any more.
    pub(super) async fn pass(
        &self,
        mut absence: Absence,
        caller: Option<TcpStream>,
        address: SocketAddr,
        closing: &mut Closing,
    ) -> Option<TcpListener> {
        self.state.send_modify(|state| state.gone += 1);
        let _gone = Gone(self);
        if let Some(caller) = caller {
            let mut state = self.state.subscribe();
            let all_gone = state.wait_for(|state| state.gone == self.listeners);
            tokio::select! {
                () = closing.draining() => {}
                _ = all_gone => {}
            }
            line::reset(&caller);
        }
        tokio::select! {
            () = closing.draining() => return None,
            () = absence.until.over() => {}
            () = sleep_until(absence.ends_at) => {}
        }
        loop {
            if let Ok(listener) = TcpListener::bind(address).await {
                return Some(listener);
            }
            // Somebody took the port meanwhile; he may leave again.
            tokio::select! {
                () = closing.draining() => return None,
                () = sleep(PAUSE) => {}
            }
        }
    }
}

impl Absence {
    /// Its number, from 1.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }
}

/// A listener that has gone; it is counted as back when this is dropped.
struct Gone<'a>(&'a Gate);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        self.0.state.send_modify(|state| state.gone -= 1);
    }
}

/// How long to wait for a port that somebody else has.
const PAUSE: Duration = Duration::from_millis(100);
