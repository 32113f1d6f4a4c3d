//! Another scenario for a bank that is open: one that is given, or its own, read again. A scenario that is
//! wrong changes nothing.

use std::fmt;
use std::sync::Arc;

use crate::bank::opening::{OpeningError, inherit, replaced};
use crate::scenario::{self, Scenario};

use super::opening::beside;
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
    pub(crate) async fn reload(&self, place: &Place) -> Result<(), ReloadFault> {
        let source = Arc::clone(&place.source);
        let reloaded = place.replace_with(move || Ok(source.read_again()?)).await;
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
    pub(crate) async fn replace(&self, scenario: Scenario) -> Result<(), ReloadFault> {
        self.replace_with(|| Ok(scenario)).await
    }

    /// The same with what is read. Keys may have to be made, which takes long: it is done beside all calls, and
    /// to its end, also when nobody waits for it any more.
    async fn replace_with(
        &self,
        read: impl FnOnce() -> Result<Scenario, ReloadFault> + Send + 'static,
    ) -> Result<(), ReloadFault> {
        let turn = Arc::clone(&self.replacing).lock_owned().await;
        // Its files stay while kits are written into them.
        let store = self.belongings.lock().store.clone();
        let branch = Arc::clone(&self.branch);
        beside(move || {
            let scenario = read()?;
            branch.replace(
                |former| replaced(former, scenario, store.as_deref()),
                inherit,
            )?;
            drop(turn);
            Ok(())
        })
        .await?
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use super::*;
    use crate::bank::opening::{self, Opening};
    use crate::clock::{Clock, Timestamp};
    use crate::fault::connections::Connections;
    use crate::pki::Authority;
    use crate::web::banks::{At, Belongings};

    const START: Timestamp = Timestamp::from_unix_seconds(1_705_314_600);

    fn place() -> Place {
        let opening = Opening {
            name: "main",
            issuer: "https://localhost:8443",
            connections: Connections::Tls,
            clock: Clock::fixed(START),
            authority: &Arc::new(Authority::mint(START).unwrap()),
            store: None,
            test_keys: true,
        };
        let (bank, _) = opening::open(&named("default"), &opening).unwrap();
        let ready = serde_json::Value::Null;
        Place::new(("main", At::Path), bank, ready, Belongings::default())
    }

    fn named(name: &str) -> Scenario {
        Scenario::builtin(name).unwrap()
    }

    fn plays(place: &Place) -> String {
        place.branch.bank().settings.scenario.clone()
    }

    #[tokio::test]
    async fn a_scenario_is_replaced_to_the_end_also_when_nobody_waits_for_it() {
        let place = place();
        let former = place.branch.bank();
        tokio::select! {
            biased;
            replaced = place.replace(named("docs")) => panic!("at once: {replaced:?}"),
            () = ready(()) => {}
        }
        former.retired().await;
        assert_eq!(plays(&place), "docs");
    }

    #[tokio::test]
    async fn two_that_replace_a_scenario_take_turns() {
        let place = place();
        let (one, other) = tokio::join!(
            place.replace(named("docs")),
            place.replace(named("rejected-consent")),
        );
        one.unwrap();
        other.unwrap();
        assert_eq!(plays(&place), "rejected-consent");
    }

    #[tokio::test]
    async fn who_is_parked_in_a_bank_that_closes_meanwhile_hears_of_it() {
        let place = place();
        let (replaced, ()) = tokio::join!(place.replace(named("docs")), place.close());
        replaced.unwrap();
        assert_eq!(plays(&place), "docs");
        place.branch.bank().retired().await;
    }
}
