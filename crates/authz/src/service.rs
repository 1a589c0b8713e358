//! The use cases' common ground: what they are made of, and what every one of them begins with.

use crate::error::{Refusal, Result};
use crate::known::{KnownStore, KnownStores, View};
use crate::request::{Consistency, Scope};
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use types::{Call, Clock, Cost, Deadline, Entropy, StoreId};

/// What a use case does on its own account, such as looking up what is new, ends after this.
const OWN_SPAN: Duration = Duration::from_secs(2);

/// Every use case about stores, models, tuples and questions. Made once at the start, cheap to
/// clone.
#[derive(Clone, Debug)]
pub struct Authz(Arc<Parts>);

/// The parts that [`Authz`] is made of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) settings: Settings,
    pub(crate) known: KnownStores,
    /// Turns of long evaluations, which run apart from all other work.
    pub(crate) long_turns: Arc<Semaphore>,
    /// Who stores changes, also of callers that have gone away.
    pub(crate) writing: TaskTracker,
}

/// What the operator decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Bytes that stores may take in memory as a whole, all of them together.
    pub resident_bytes_max: u64,
    /// Most objects or users in one list.
    pub list_results_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            resident_bytes_max: 256 << 20,
            list_results_max: 1_000,
        }
    }
}

impl Authz {
    /// Puts the parts together.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        settings: Settings,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let long_turns = Arc::new(Semaphore::new(cores.saturating_sub(1).max(1)));
        Self(Arc::new(Parts {
            store,
            clock,
            entropy,
            known: KnownStores::new(settings.resident_bytes_max),
            settings,
            long_turns,
            writing: TaskTracker::new(),
        }))
    }

    /// What the operator decided.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Waits until the changes that were begun are stored or refused. No more may begin.
    pub async fn finish(&self) {
        self.0.writing.close();
        self.0.writing.wait().await;
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0
    }

    /// A call of our own on behalf of another: with its time, and a deadline of its own.
    pub(crate) fn own_call(&self, call: &Call) -> Call {
        Call {
            deadline: Deadline::after(self.0.clock.instant(), OWN_SPAN),
            cost: Arc::new(Cost::default()),
            ..call.clone()
        }
    }

    /// A store, which must be there.
    pub(crate) async fn known(&self, call: &Call, id: StoreId) -> Result<Arc<KnownStore>> {
        let found = self.0.known.find(&self.0, call, id).await?;
        Ok(found.ok_or(Refusal::StoreNotFound)?)
    }

    /// What a question is answered from. An unknown store has no models either: OpenFGA tells no
    /// more about it.
    pub(crate) async fn view(
        &self,
        call: &Call,
        scope: Scope,
    ) -> Result<(Arc<KnownStore>, Arc<View>)> {
        if let Some(store) = self.0.known.remembered(scope.store)
            && let Some(view) = store.glance(&*self.0.clock, call.now, scope)
        {
            return Ok((store, view));
        }
        // In a place of its own, as what most questions do without.
        Box::pin(self.looked_up(call, scope)).await
    }

    /// The same, where something has to be looked up or noted first.
    async fn looked_up(&self, call: &Call, scope: Scope) -> Result<(Arc<KnownStore>, Arc<View>)> {
        let store = self.known_of(call, scope).await?;
        let fresh = store.freshen(self, call, scope.consistency).await;
        fresh.map_err(|error| without_store(error, scope))?;
        store.used(&*self.0.clock);
        let view = store.view(&self.0, call, scope.model).await?;
        if view.resident.is_none() {
            store.settle_in(self, call);
        }
        Ok((store, view))
    }

    /// The store of a question or of a write.
    pub(crate) async fn known_of(&self, call: &Call, scope: Scope) -> Result<Arc<KnownStore>> {
        let known = self.known(call, scope.store).await;
        known.map_err(|error| without_store(error, scope))
    }

    /// The newest model of a store, looked up where it is not known.
    pub(crate) async fn know_models(
        &self,
        call: &Call,
        store: &Arc<KnownStore>,
        scope: Scope,
    ) -> Result<()> {
        let fresh = store.freshen(self, call, Consistency::MinimizeLatency);
        fresh.await.map_err(|error| without_store(error, scope))
    }
}

/// What a call that names a model says of a store that does not exist.
fn without_store(error: crate::Error, scope: Scope) -> crate::Error {
    match (error, scope.model) {
        (crate::Error::Refused(Refusal::StoreNotFound), Some(model)) => {
            Refusal::ModelNotFound(model).into()
        }
        (crate::Error::Refused(Refusal::StoreNotFound), None) => Refusal::NoModel.into(),
        (error, _) => error,
    }
}
