//! Another scenario for a bank that is open: one that is given, or its own, read again. A scenario that is
//! wrong changes nothing.

use std::fmt;
use std::sync::Arc;

use crate::bank::opening::{OpeningError, inherit, replaced};
use crate::scenario::{self, Scenario};

use super::{Banks, Place};

/// Why a bank plays what it played before.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReloadFault {
    /// The scenario is wrong.
    #[error(transparent)]
    Scenario(#[from] scenario::Error),
    /// No bank can be made of it.
    #[error(transparent)]
    Opening(#[from] OpeningError),
}

/// Who is told, a sentence at a time, of what went wrong without anybody asking.
#[derive(Clone)]
pub(crate) struct Trouble(Arc<dyn Fn(&str) + Send + Sync>);

impl Trouble {
    /// Whoever calls this.
    pub(crate) fn new(tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }
}

impl fmt::Debug for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trouble")
    }
}

impl Banks {
    /// Reads a bank's scenario again, and says so where troubles are told when that fails.
    ///
    /// # Errors
    /// See [`ReloadFault`]; the bank is as it was then.
    pub(crate) fn reload(&self, place: &Place) -> Result<(), ReloadFault> {
        let read = place.source.read_again().map_err(ReloadFault::from);
        let reloaded = read.and_then(|scenario| place.replace(scenario));
        if let (Err(fault), Some(Trouble(tell))) = (&reloaded, &self.ground.trouble) {
            let bank = &place.name;
            tell(&format!(
                "bank {bank} keeps its scenario, since it cannot be reloaded: {fault}"
            ));
        }
        reloaded
    }
}

impl Place {
    /// Puts another scenario in the place of the one that is played.
    ///
    /// # Errors
    /// See [`ReloadFault`]; the bank is as it was then.
    pub(crate) fn replace(&self, scenario: Scenario) -> Result<(), ReloadFault> {
        // Held so that the files stay while kits are written into them.
        let belongings = self.belongings.lock();
        let store = belongings.store.as_ref();
        self.branch
            .replace(|former| replaced(former, scenario, store), inherit)?;
        Ok(())
    }
}
