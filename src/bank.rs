//! One bank: settings, clock, keys, one locked state, and a journal. Banks share nothing with each other.
//!
//! All that a request can change is one [`State`] behind one mutex, reached only through [`Bank::state`]:
//! a lock cannot be held across an await, and a reset is one assignment. Nothing slow happens under it: signing,
//! verifying and printing come before or after. Where locks are held together, they are taken in this order: what a
//! place has (its store, its snapshots), [`branch`]'s two, the state of the bank that goes, that of the bank that
//! comes, and below a state nothing but the clock's, the gates of held calls, and the journal's.
//!
//! The bank itself is replaced whole by a reset or a restore: see [`branch`].

pub(crate) mod branch;
pub(crate) mod holding;
pub(crate) mod idempotency;
pub(crate) mod keys;
pub(crate) mod opening;
mod room;
mod time;
pub(crate) mod turns;
pub(crate) mod waiting;

use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use tokio::sync::watch;

use crate::banking::Book;
use crate::banking::exchange::Contract;
use crate::banking::rail::CutOffPolicy;
use crate::clock::{Clock, Now, Standing, Timestamp};
use crate::consent::Consents;
use crate::consent::unattended::Unattended;
use crate::directory::{Directory, Kit, Onboarding, OnboardingError, Registry};
use crate::entropy::{Seed, Stream};
use crate::fault::armed::Faults;
use crate::fault::connections::Connections;
use crate::fault::header::Permission;
use crate::journal::{self, Happened, Journal};
use crate::journey::rulebook::Rulebook;
use crate::oauth::api_key::ApiKeys;
use crate::oauth::client_auth::PresentedCertificate;
use crate::oauth::metadata::{Endpoints, Links};
use crate::oauth::profile::Policy;
use crate::oauth::rate::{RateLimits, Rates};
use crate::oauth::recent::Recent;
use crate::oauth::registration::Mode;
use crate::oauth::registration::fetched::FetchedKeys;
use crate::oauth::registration::statement::TrustedDirectory;
use crate::oauth::{AuthorizationServer, Lifetimes};
use crate::pki::{PeerCertificate, TrustStore};
use crate::scenario::Scenario;
use crate::wire::connection::Teller;
use crate::wire::disturbance::Until;
use crate::wire::fetch::Fetcher;

use holding::Holding;
use idempotency::Idempotency;
use keys::KeyRing;
use opening::ClientKit;
use turns::Turns;
use waiting::WaitingRoom;

/// An open bank.
#[derive(Debug)]
pub(crate) struct Bank {
    /// What it was opened with; never changes while it is open.
    pub(crate) settings: Settings,
    /// Its time.
    pub(crate) clock: Clock,
    /// What it was asked and what it answered.
    pub(crate) journal: Arc<Journal>,
    /// Interaction ids for callers that send none.
    pub(crate) interactions: Stream,
    /// What cursors are sealed with.
    pub(crate) cursor_key: [u8; 32],
    keys: RwLock<Arc<KeyRing>>,
    /// Its built-in directory.
    pub(crate) directory: Directory,
    /// Every directory whose statements it believes, the built-in one among them.
    pub(crate) directories: Arc<[TrustedDirectory]>,
    /// Reads keys of software that other directories vouch for.
    pub(crate) fetcher: Fetcher,
    /// Where it is reading just now.
    pub(crate) fetching: Arc<Turns>,
    /// Customers who take their time.
    pub(crate) waiting: Arc<WaitingRoom>,
    /// Requests that faults hold.
    pub(crate) holding: Arc<Holding>,
    trust: TrustStore,
    /// What its first state is made of.
    pub(crate) origin: Arc<Origin>,
    /// Bank time when its first state was made.
    pub(crate) opened_at: Timestamp,
    state: Mutex<State>,
    /// Whether another bank stands in its place.
    retired: watch::Sender<bool>,
}

/// What a bank's first state is made of, whenever it is made.
#[derive(Debug)]
pub(crate) struct Origin {
    /// The scenario it plays.
    pub(crate) scenario: Arc<Scenario>,
    /// What the scenario's clients hold.
    pub(crate) kits: Arc<[ClientKit]>,
}

/// What differs between a bank and the one that takes its place: all that calls leave behind.
struct Content {
    clock: Clock,
    opened_at: Timestamp,
    journal: Arc<Journal>,
    interactions: Stream,
    directory: Directory,
    state: State,
}

/// Whom a bank believes.
#[derive(Debug)]
pub(crate) struct Trusted {
    /// The CAs of client certificates.
    pub(crate) clients: TrustStore,
    /// The directories of software statements, the built-in one first.
    pub(crate) directories: Arc<[TrustedDirectory]>,
    /// Servers of the same CAs.
    pub(crate) fetcher: Fetcher,
}

/// What a bank is opened with.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, as a scenario writes it"
)]
pub(crate) struct Settings {
    /// Its name: `main`, or what the control API called it.
    pub(crate) name: String,
    /// The scenario it plays.
    pub(crate) scenario: String,
    /// The seed of all its data.
    pub(crate) seed: Seed,
    /// Its addresses.
    pub(crate) endpoints: Endpoints,
    /// What connections it has.
    pub(crate) connections: Connections,
    /// What it enforces.
    pub(crate) policy: Policy,
    /// Whether refusals on the wire say why.
    pub(crate) explain: bool,
    /// How it writes addresses.
    pub(crate) links: Links,
    /// How much it asks of a TPP that registers.
    pub(crate) registration: Mode,
    /// How long its tokens live.
    pub(crate) lifetimes: Lifetimes,
    /// Whether the published test keys will do; otherwise fresh ones are made, slowly.
    pub(crate) test_keys: bool,
    /// What becomes of a payment that misses its cut-off.
    pub(crate) cut_off: CutOffPolicy,
    /// Exchange contracts with its customers.
    pub(crate) contracts: Vec<Contract>,
    /// Whether answers about payments are signed.
    pub(crate) sign_responses: bool,
    /// Rows a page holds when the caller does not say.
    pub(crate) page_size: usize,
    /// Whether answers carry headers of a mock's own.
    pub(crate) response_headers: bool,
    /// How many calls a minute a client may make.
    pub(crate) rate_limits: RateLimits,
    /// How often a day a TPP may look at an account while its customer is away; without limit when `None`.
    pub(crate) unattended_limit: Option<u32>,
    /// Whether a client's calls need an API key.
    pub(crate) require_api_key: bool,
    /// Whether a call may ask for a fault of its own.
    pub(crate) fault_header: Permission,
}

/// All that a request can change. A snapshot is a clone of it and a restore puts one back, so every member
/// is a value whose clone shares nothing that changes: a new one must be, too.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// Customers, accounts, ledger.
    pub(crate) book: Book,
    /// What customers allow.
    pub(crate) consents: Consents,
    /// Requests that may come again.
    pub(crate) idempotency: Idempotency,
    /// Clients, grants, tokens.
    pub(crate) oauth: AuthorizationServer,
    /// Organisations and software of the built-in directory.
    pub(crate) registry: Registry,
    /// Keys of software of other directories.
    pub(crate) fetched_keys: FetchedKeys,
    /// What customers do.
    pub(crate) journeys: Rulebook,
    /// Which client a call says it is from.
    pub(crate) api_keys: ApiKeys,
    /// How often each client called in this minute.
    pub(crate) rates: Rates,
    /// How often each client looked at what today while nobody was there.
    pub(crate) unattended: Unattended,
    /// What clients used lately and should not use again.
    pub(crate) recent: Recent,
    /// What the bank does wrong.
    pub(crate) faults: Faults,
}

impl State {
    /// Tells whoever watches what has moved.
    fn tell(&mut self, journal: &Journal) {
        self.consents.tell_moved(|id, status, at| {
            let id = id.clone();
            journal.publish(Happened::Consent { id, status, at });
        });
        for (id, status, at) in self.book.moved_payments() {
            let status = status.as_str();
            journal.publish(Happened::Payment { id, status, at });
        }
    }
}

impl Bank {
    /// Opens a bank.
    pub(crate) fn new(
        settings: Settings,
        clock: Clock,
        (keys, directory): (KeyRing, Directory),
        trusted: Trusted,
        (state, origin): (State, Origin),
    ) -> Self {
        Self {
            interactions: settings.seed.stream(INTERACTIONS),
            cursor_key: settings.seed.key("cursors"),
            settings,
            opened_at: clock.now().bank,
            clock,
            journal: Journal::new(journal::Limits::default()),
            keys: RwLock::new(Arc::new(keys)),
            directory,
            directories: trusted.directories,
            fetcher: trusted.fetcher,
            fetching: Arc::default(),
            waiting: Arc::new(WaitingRoom::new(origin.scenario.bank.kept_per_client)),
            holding: Arc::default(),
            trust: trusted.clients,
            origin: Arc::new(origin),
            state: Mutex::new(state),
            retired: watch::Sender::new(false),
        }
    }

    /// This bank with another journal.
    pub(crate) fn with_journal(self, journal: Arc<Journal>) -> Self {
        Self { journal, ..self }
    }

    /// This bank in its first state, which is given; keys and whom it believes stay.
    fn afresh(&self, state: State, standing: Standing) -> Self {
        let seed = self.settings.seed;
        self.again(Content {
            clock: self.clock.resumed(standing),
            opened_at: standing.now().bank,
            journal: self.journal.afresh(),
            interactions: seed.stream(INTERACTIONS),
            directory: self.directory.afresh(seed),
            state,
        })
    }

    /// All of this bank as it is, and where its clock stands.
    fn copy(&self) -> (Self, Standing) {
        // Whoever changes something holds this lock, so what is copied fits together: no row is settled that the
        // clock has not come to.
        let state = self.state.lock();
        let standing = self.clock.standing();
        (self.copy_of(&state, standing), standing)
    }

    /// The same, with its clock where it is told to stand.
    fn copy_at(&self, standing: Standing) -> Self {
        self.copy_of(&self.state.lock(), standing)
    }

    fn copy_of(&self, state: &State, standing: Standing) -> Self {
        self.again(Content {
            clock: self.clock.resumed(standing),
            opened_at: self.opened_at,
            journal: self.journal.copy(),
            interactions: self.interactions.clone(),
            directory: self.directory.clone(),
            state: state.clone(),
        })
    }

    /// The same bank with other contents.
    fn again(&self, content: Content) -> Self {
        Self {
            settings: self.settings.clone(),
            clock: content.clock,
            opened_at: content.opened_at,
            journal: content.journal,
            interactions: content.interactions,
            cursor_key: self.cursor_key,
            keys: RwLock::new(self.keys()),
            directory: content.directory,
            directories: Arc::clone(&self.directories),
            fetcher: self.fetcher.clone(),
            fetching: Arc::default(),
            waiting: Arc::new(WaitingRoom::new(self.origin.scenario.bank.kept_per_client)),
            holding: Arc::default(),
            trust: self.trust.clone(),
            origin: Arc::clone(&self.origin),
            state: Mutex::new(content.state),
            retired: watch::Sender::new(false),
        }
    }

    /// Says that another bank stands in its place, or that it is closed: who waits here waits in vain.
    pub(crate) fn retire(&self) {
        self.retired.send_replace(true);
    }

    /// Resolves when another bank stands in its place, or when it is closed: whatever is parked in it
    /// waits beside this.
    pub(crate) async fn retired(&self) {
        // The sender is the bank's own, so it cannot be gone.
        let _ = self.retired.subscribe().wait_for(|retired| *retired).await;
    }

    /// The same, for those who send its answers.
    pub(crate) fn until_retired(&self) -> Until {
        Until::turns_true(self.retired.subscribe())
    }

    /// Looks at the state, or changes it: check first, change last, and nothing slow inside.
    pub(crate) fn state<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock();
        let answer = work(&mut state);
        state.tell(&self.journal);
        answer
    }

    /// What it signs with at this moment.
    pub(crate) fn keys(&self) -> Arc<KeyRing> {
        Arc::clone(&self.keys.read())
    }

    /// Changes what it signs with; who signs just now finishes with the old keys.
    pub(crate) fn change_keys(&self, change: impl FnOnce(&mut KeyRing)) {
        let mut keys = self.keys.write();
        let mut changed = KeyRing::clone(&keys);
        change(&mut changed);
        *keys = Arc::new(changed);
    }

    /// Makes a TPP's kit, and tells the built-in directory of its software.
    ///
    /// # Errors
    /// See [`OnboardingError`].
    pub(crate) fn onboard(&self, onboarding: &Onboarding) -> Result<Kit, OnboardingError> {
        let ids = self.state(|state| state.registry.draw_ids());
        let kit = self.directory.onboard(onboarding, ids, self.clock.now())?;
        self.state(|state| state.registry.admit(kit.software.clone()))?;
        Ok(kit)
    }

    /// The CAs whose client certificates it accepts.
    pub(crate) const fn trust(&self) -> &TrustStore {
        &self.trust
    }

    /// A connection's certificate with the bank's judgement of it.
    pub(crate) fn present(
        &self,
        peer: &Arc<PeerCertificate>,
        teller: Teller,
        now: Now,
    ) -> PresentedCertificate {
        PresentedCertificate {
            certificate: Arc::clone(peer),
            judgement: self.trust.judge(peer, now.real),
            unreadable: match teller {
                Teller::Handshake => None,
                Teller::Header(unreadable) => unreadable,
            },
        }
    }
}

/// The stream of interaction ids.
const INTERACTIONS: &str = "interactions";
