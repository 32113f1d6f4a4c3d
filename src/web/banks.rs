//! The banks of one process: the main one, and those the control API opens beside it.
//!
//! They share the CA, and the listeners where they are served by path; nothing else. A bank of its own port
//! has its own doors. A bank by path lives below `/b/{bank}` of the main bank's listener, and sees no more
//! of that prefix than a bank behind a proxy would: it is taken off before the bank is asked.

pub(crate) mod opening;
pub(crate) mod order;
pub(crate) mod reload;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::AbortHandle;

use crate::bank::Bank;
use crate::bank::branch::Branch;
use crate::bank::opening::ClientKit;
use crate::fault::armed::RULES_MAX;
use crate::fault::unfired::Unfired;
use crate::oauth::metadata::DISCOVERY;
use crate::pki::{Authority, Store};
use crate::scenario::Scenario;
use crate::web::ready;
use crate::wire::server::Doors;

use opening::{Ground, OpenFault};
use order::Order;

/// All banks of a process.
#[derive(Debug)]
pub(crate) struct Banks {
    main: Arc<Place>,
    /// By name; none while a bank of that name is being opened.
    further: Mutex<BTreeMap<String, Option<Arc<Place>>>>,
    numbered: AtomicU64,
    /// What never fired in banks that are closed, with their names.
    closed_unfired: Mutex<Vec<(String, Unfired)>>,
    ground: Ground,
}

/// Where one bank is found.
#[derive(Debug)]
pub(crate) struct Place {
    /// Its name in this process.
    pub(crate) name: String,
    /// Where the bank itself stands.
    pub(crate) branch: Arc<Branch>,
    /// What it was opened with, for when that is read again.
    pub(crate) source: Arc<Scenario>,
    /// Its ready document as it was when it opened.
    pub(crate) ready: Value,
    /// How it is reached.
    pub(crate) at: At,
    /// What goes with it.
    belongings: Mutex<Belongings>,
    /// Held while another bank is made for its place, one at a time.
    replacing: Arc<tokio::sync::Mutex<()>>,
}

/// What a bank alone has, and lets go when it closes.
#[derive(Debug, Default)]
pub(crate) struct Belongings {
    pub(crate) doors: Option<Doors>,
    pub(crate) end: Option<AbortHandle>,
    /// An ephemeral store takes its files with it.
    pub(crate) store: Option<Arc<Store>>,
}

/// How a bank is reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum At {
    /// Below `/b/{bank}` of the main bank's listener.
    Path,
    /// On a port of its own.
    Port,
}

impl At {
    /// The word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Port => "port",
        }
    }
}

impl Banks {
    /// The main bank, and nobody beside it yet.
    pub(crate) fn new(main: Place, ground: Ground) -> Self {
        Self {
            main: Arc::new(main),
            further: Mutex::default(),
            numbered: AtomicU64::new(0),
            closed_unfired: Mutex::default(),
            ground,
        }
    }

    /// The bank the process was started for.
    pub(crate) const fn main(&self) -> &Arc<Place> {
        &self.main
    }

    /// The CA that all of them share.
    pub(crate) fn authority(&self) -> &Authority {
        &self.ground.authority
    }

    /// What a bank plays of which nothing else is said.
    pub(crate) const fn usual(&self) -> &Scenario {
        &self.ground.scenario
    }

    /// The bank of this name.
    pub(crate) fn find(&self, name: &str) -> Option<Arc<Place>> {
        if name == self.main.name {
            return Some(Arc::clone(&self.main));
        }
        self.further.lock().get(name).cloned().flatten()
    }

    /// Every bank: the main one, then the others by name.
    pub(crate) fn list(&self) -> Vec<Arc<Place>> {
        let further = self.further.lock();
        let further = further.values().flatten().map(Arc::clone);
        std::iter::once(Arc::clone(&self.main))
            .chain(further)
            .collect()
    }

    /// The bank by path that a path of the main listener is for, and what the path is there. Discovery has
    /// two forms below an issuer with a path: OpenID Connect Discovery 1.0, section 4, appends, and RFC
    /// 8414, section 3, inserts.
    pub(crate) fn by_path(&self, path: &str) -> Option<(Arc<Branch>, String)> {
        let (name, rest) = if let Some(name) = path.strip_prefix(INSERTED) {
            (name, DISCOVERY)
        } else {
            let below = path.strip_prefix(BELOW)?;
            below.split_at_checked(below.find('/')?)?
        };
        let place = self.find(name).filter(|place| place.at == At::Path)?;
        Some((Arc::clone(&place.branch), rest.to_owned()))
    }

    /// Opens a bank.
    ///
    /// # Errors
    /// When its name is taken, there are [`BANKS_MAX`] already, or it cannot be opened.
    pub(crate) async fn open(self: &Arc<Self>, order: Order) -> Result<Arc<Place>, OpenFault> {
        let reserved = self.reserve(order.name.as_deref())?;
        let ttl = order.ttl;
        let place = Arc::new(self.ground.open(&reserved.name, order).await?);
        reserved.fill(&place);
        // Not before: it would find no bank to close.
        if let Some(ttl) = ttl {
            let end = tokio::spawn(close_after(
                Arc::downgrade(self),
                Arc::downgrade(&place),
                ttl,
            ));
            place.belongings.lock().end = Some(end.abort_handle());
        }
        Ok(place)
    }

    /// Closes a bank at once; answers whether there was one. The main bank ends with the process.
    pub(crate) async fn close(&self, name: &str) -> bool {
        let Some(place) = self.take(name) else {
            return false;
        };
        self.remember(place.unfired());
        place.close().await;
        true
    }

    fn remember(&self, unfired: Vec<(String, Unfired)>) {
        let mut kept = self.closed_unfired.lock();
        let room = RULES_MAX.saturating_sub(kept.len());
        kept.extend(unfired.into_iter().take(room));
    }

    /// Every fault that was armed in any bank, open or closed, and never fired; each with the bank's name.
    pub(crate) fn unfired(&self) -> Vec<(String, Unfired)> {
        let mut unfired = self.closed_unfired.lock().clone();
        unfired.extend(self.list().iter().flat_map(|place| place.unfired()));
        unfired
    }

    /// Closes every bank but the main one.
    pub(crate) async fn close_all(&self) {
        let places = std::mem::take(&mut *self.further.lock());
        for place in places.into_values().flatten() {
            place.close().await;
        }
    }

    /// Lets go of what the main bank has, once its doors are closed: its temporary files go now, not with the
    /// last task that still knows of it.
    pub(crate) async fn close_main(&self) {
        self.main.close().await;
    }

    /// Takes a bank out, but leaves a name that is only reserved.
    fn take(&self, name: &str) -> Option<Arc<Place>> {
        let mut further = self.further.lock();
        further.get(name)?.as_ref()?;
        further.remove(name).flatten()
    }

    fn reserve(&self, wanted: Option<&str>) -> Result<Reserved<'_>, OpenFault> {
        let mut further = self.further.lock();
        if further.len() >= BANKS_MAX {
            return Err(OpenFault::Full);
        }
        let is_free = |name: &str| name != self.main.name && !further.contains_key(name);
        let name = match wanted {
            Some(name) if is_free(name) => name.to_owned(),
            Some(name) => return Err(OpenFault::NameTaken(name.to_owned())),
            // A number is never given twice, so nobody mistakes a new bank for one that was closed.
            None => loop {
                let number = self.numbered.fetch_add(1, Ordering::Relaxed) + 1;
                let name = format!("bank-{number}");
                if is_free(&name) {
                    break name;
                }
            },
        };
        further.insert(name.clone(), None);
        Ok(Reserved { banks: self, name })
    }
}

/// A name under which a bank is being opened; given back unless it is filled.
struct Reserved<'a> {
    banks: &'a Banks,
    name: String,
}

impl Reserved<'_> {
    fn fill(self, place: &Arc<Place>) {
        let mut further = self.banks.further.lock();
        further.insert(self.name.clone(), Some(Arc::clone(place)));
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        let mut further = self.banks.further.lock();
        if further.get(&self.name).is_some_and(Option::is_none) {
            further.remove(&self.name);
        }
    }
}

impl Place {
    /// A bank under a name, with what is told of it and what goes with it.
    pub(crate) fn new(
        (name, at): (&str, At),
        bank: Bank,
        ready: Value,
        belongings: Belongings,
    ) -> Self {
        Self {
            name: name.to_owned(),
            source: Arc::clone(&bank.origin.scenario),
            branch: Arc::new(Branch::new(bank)),
            ready,
            at,
            belongings: Mutex::new(belongings),
            replacing: Arc::default(),
        }
    }

    /// What its scenario's clients hold.
    pub(crate) fn clients(&self) -> Arc<[ClientKit]> {
        Arc::clone(&self.branch.bank().origin.kits)
    }

    /// Its ready document as it is now: with its clock, and with the scenario it plays by now.
    pub(crate) fn ready_now(&self) -> Value {
        ready::refreshed(&self.ready, &self.branch.bank())
    }

    /// What a list tells of it.
    pub(crate) fn summary(&self) -> Value {
        let member = |name: &str| self.ready.get(name).cloned().unwrap_or_default();
        json!({
            "bank": self.name,
            "scenario": self.branch.bank().settings.scenario,
            "at": self.at.as_str(),
            "issuer": member("issuer"),
            "control_url": member("control_url"),
        })
    }

    fn unfired(&self) -> Vec<(String, Unfired)> {
        let unfired = self.branch.bank().state(|state| state.faults.unfired());
        let named = unfired.into_iter().map(|rule| (self.name.clone(), rule));
        named.collect()
    }

    /// Lets go of everything: whoever is parked in it hears of that, connections are cut, files go.
    async fn close(&self) {
        // Whatever is being made for its place comes first, and ends with it.
        let _made = self.replacing.lock().await;
        let belongings = std::mem::take(&mut *self.belongings.lock());
        self.branch.bank().retire();
        if let Some(doors) = belongings.doors {
            doors.close(Duration::ZERO).await;
        }
        // Last, because this may be its own task.
        if let Some(end) = belongings.end {
            end.abort();
        }
    }
}

/// The end of a bank that was opened for a while. Another of its name is not meant.
async fn close_after(banks: Weak<Banks>, place: Weak<Place>, ttl: Duration) {
    tokio::time::sleep(ttl).await;
    let (Some(banks), Some(place)) = (banks.upgrade(), place.upgrade()) else {
        return;
    };
    let is_there = banks
        .find(&place.name)
        .is_some_and(|found| Arc::ptr_eq(&found, &place));
    if is_there {
        banks.close(&place.name).await;
    }
}

/// A test suite of hundreds of parallel tests with a bank each; a default bank takes about half a megabyte.
pub(crate) const BANKS_MAX: usize = 1000;

/// What the paths of banks by path begin with.
pub(crate) const BELOW: &str = "/b/";

/// Where RFC 8414 looks for their discovery documents.
const INSERTED: &str = "/.well-known/oauth-authorization-server/b/";
