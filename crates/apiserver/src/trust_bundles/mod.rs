//! Cluster trust bundles (KEP-3257): certificates that pods trust, by name or by signer.
//!
//! ```text
//! TrustBundles ── subscribe ──▶ TrustBundlesView ◀── all bundles ── one task, while somebody is subscribed
//!                                                                     a watch of v1, else v1beta1, else v1alpha1
//! ```
//!
//! A node has one watch at most, and none before the first pod needs it: as upstream's `LazyInformerManager`
//! (`pkg/kubelet/clustertrustbundle`). Unlike there, a server that gets the API later is noticed, what changes is told, and
//! the watch ends when nobody needs it any more.

mod follow;
#[cfg(test)]
mod tests;

use crate::caller::Caller;
use crate::error::ApiError;
use crate::server::ApiServer;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tasks::{Stop, watch};
use tokio_util::task::AbortOnDropHandle;

/// [`TrustBundlesView::get`] waits so long for the first list, as upstream does.
const FIRST_LIST_PATIENCE: Duration = Duration::from_secs(10);

/// One bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustBundle {
    /// Its name.
    pub name: Box<str>,
    /// Its labels, which pods select by.
    pub labels: BTreeMap<String, String>,
    /// Who signs with these certificates; empty for a bundle of nobody's.
    pub signer_name: Box<str>,
    /// The certificates, as PEM.
    pub certificates: Box<str>,
}

/// All bundles, by name.
pub type TrustBundlesByName = BTreeMap<Box<str>, Arc<TrustBundle>>;

/// Why there are no bundles to be had.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TrustBundlesError {
    /// The server has no version of this API.
    #[error("the API server has no cluster trust bundles")]
    NoApi,
    /// They have not been listed yet, or cannot be.
    #[error("the cluster trust bundles are not known yet")]
    NotListed(#[source] Option<ApiError>),
}

/// What is known of the bundles.
#[derive(Clone, Debug)]
enum State {
    Pending,
    /// Stays while the server is away.
    Known(Arc<TrustBundlesByName>),
    NoApi,
    /// They could not be listed so far; it is being tried again.
    Failed(ApiError),
}

/// The cluster's trust bundles, watched while somebody is subscribed. Cheap to clone.
#[derive(Clone)]
pub struct TrustBundles {
    shared: Arc<Shared>,
}

struct Shared {
    caller: Caller,
    stop: Stop,
    /// The lock is held for a look.
    watched: Mutex<Option<Watched>>,
}

/// The bundles while they are watched. The task ends with it.
struct Watched {
    states: Arc<watch::Sender<State>>,
    _task: AbortOnDropHandle<()>,
}

impl TrustBundles {
    /// Nothing is watched yet. The watch ends with `stop`.
    pub fn new(api_server: &ApiServer, stop: Stop) -> Self {
        let shared = Shared { caller: api_server.main.clone(), stop, watched: Mutex::default() };
        Self { shared: Arc::new(shared) }
    }

    /// A subscription to all bundles; they are being listed from now on.
    pub fn subscribe(&self) -> TrustBundlesView {
        let mut watched = self.shared.watched();
        if let Some(watched) = watched.as_ref() {
            return TrustBundlesView { states: watched.states.subscribe() };
        }
        let (states, receiver) = watch::channel(State::Pending);
        let states = Arc::new(states);
        let (caller, stop, told) = (self.shared.caller.clone(), self.shared.stop.clone(), states.clone());
        // The task must not hold what holds the task.
        let shared = Arc::downgrade(&self.shared);
        let task = tokio::spawn(async move {
            let forget_unused = || shared.upgrade().is_none_or(|shared| shared.forget_unused());
            tokio::select! {
                biased;
                () = stop.requested() => {
                    if let Some(shared) = shared.upgrade() {
                        *shared.watched() = None;
                    }
                }
                () = told.forgotten(follow::IDLE_GRACE, forget_unused) => {}
                () = follow::follow(&caller, &told) => {}
            }
        });
        *watched = Some(Watched { states, _task: AbortOnDropHandle::new(task) });
        TrustBundlesView { states: receiver }
    }
}

impl Shared {
    /// Ends the watch if nobody is subscribed; says whether it did.
    fn forget_unused(&self) -> bool {
        let mut watched = self.watched();
        let is_unused = watched.as_ref().is_none_or(|watched| watched.states.receiver_count() == 0);
        if is_unused {
            *watched = None;
        }
        is_unused
    }

    fn watched(&self) -> MutexGuard<'_, Option<Watched>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A subscription to the bundles. A clone has seen what the original has.
#[derive(Clone)]
pub struct TrustBundlesView {
    states: watch::Receiver<State>,
}

impl TrustBundlesView {
    /// The bundles as they are known now. Waits for the first list for at most 10 s.
    ///
    /// # Errors
    /// [`TrustBundlesError`], at once when it is certain; what was listed once is known for good.
    pub async fn get(&mut self) -> Result<Arc<TrustBundlesByName>, TrustBundlesError> {
        let answered = self.states.wait_for(|state| !matches!(state, State::Pending));
        // Neither patience that ended nor a kubelet that stops brings an answer.
        let _ = tokio::time::timeout(FIRST_LIST_PATIENCE, answered).await;
        self.states.mark_unchanged();
        self.known()
    }

    /// The bundles as they are known now, without waiting.
    ///
    /// # Errors
    /// [`TrustBundlesError`].
    pub fn known(&self) -> Result<Arc<TrustBundlesByName>, TrustBundlesError> {
        match &*self.states.borrow() {
            State::Known(bundles) => Ok(bundles.clone()),
            State::NoApi => Err(TrustBundlesError::NoApi),
            State::Failed(error) => Err(TrustBundlesError::NotListed(Some(error.clone()))),
            State::Pending => Err(TrustBundlesError::NotListed(None)),
        }
    }

    /// Resolves when something about the bundles changed since they were last looked at. Never, once the kubelet stops.
    pub async fn changed(&mut self) {
        if self.states.changed().await.is_err() {
            std::future::pending().await
        }
    }
}
