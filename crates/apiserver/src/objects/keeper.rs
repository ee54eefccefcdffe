//! The task that keeps one object fresh.

use super::{Source, State};
use crate::call::Call;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::watch::{Change, Follower, Pause, Selection};
use kube::core::Request;
use std::sync::Arc;
use std::time::Duration;
use tasks::watch;
use tokio::time::Instant;

/// An object that nobody is subscribed to is watched so much longer: upstream's idle time, 5 times
/// `syncFrequency` at its default of 1 min.
const IDLE_GRACE: Duration = Duration::from_secs(5 * 60);
/// A refusal is believed after so long. Until then the node authorizer may not have seen the pod that gives
/// the right: it learns of pods by a watch, as we do.
const AUTHORIZER_LAG: Duration = Duration::from_secs(3);
/// Pause between two questions within [`AUTHORIZER_LAG`], at first; it doubles.
const FIRST_AUTHORIZER_PAUSE: Duration = Duration::from_millis(50);

/// Keeps the state of one object.
pub(super) struct Keeper<K> {
    pub(super) caller: Caller,
    pub(super) call: Call,
    pub(super) states: Arc<watch::Sender<State<K>>>,
}

impl<K: Source> Keeper<K> {
    /// Runs until `forget_unused`, which is asked when nobody was subscribed for a while, says that the object
    /// was forgotten.
    pub(super) async fn run(self, forget_unused: impl Fn() -> bool + Send + Sync) {
        tokio::select! {
            biased;
            () = self.states.forgotten(IDLE_GRACE, &forget_unused) => {}
            () = self.keep(&forget_unused) => {}
        }
    }

    /// Reads and follows the object for ever, or until it need not be followed and nobody is subscribed.
    async fn keep(&self, forget_unused: &(impl Fn() -> bool + Send + Sync)) {
        let object = self.read().await;
        let is_immutable = object.as_deref().is_some_and(K::is_immutable);
        let version = object.and_then(|object| object.meta().resource_version.clone());
        if is_immutable {
            return self.until_forgotten(forget_unused).await;
        }
        let path = K::url_path(&(), Some(&self.call.namespace));
        let selection = Selection::named(path, K::RESOURCE, &self.call.namespace, &self.call.name);
        let mut follower = Follower::<K>::not_older(self.caller.clone(), selection, version);
        loop {
            let object = match follower.next().await {
                Change::Listed(objects) => objects.into_iter().next(),
                Change::Applied(object) => Some(object),
                Change::Deleted(_) => None,
                // The right ended with the last pod.
                Change::Failed(ApiError::Forbidden(_)) if forget_unused() => return,
                Change::Failed(_) => continue,
            };
            let is_immutable = object.as_ref().is_some_and(K::is_immutable);
            self.tell(State::Known(object.map(slim)));
            if is_immutable {
                drop(follower);
                return self.until_forgotten(forget_unused).await;
            }
        }
    }

    /// Reads the object until there is a definite answer, and tells it.
    async fn read(&self) -> Option<Arc<K>> {
        let request = Request::new(K::url_path(&(), Some(&self.call.namespace)));
        let start = Instant::now();
        let mut quick = FIRST_AUTHORIZER_PAUSE;
        let mut slow = Pause::new(&format!("{}", self.call));
        loop {
            let built = request.get(&self.call.name, &Default::default());
            let error = match self.caller.call::<K>(self.call.clone(), built).await {
                Ok(object) => {
                    let object = slim(object);
                    self.tell(State::Known(Some(object.clone())));
                    return Some(object);
                }
                Err(ApiError::NotFound(_)) => {
                    self.tell(State::Known(None));
                    return None;
                }
                Err(error) => error,
            };
            if error.is_forbidden() && start.elapsed() < AUTHORIZER_LAG {
                tokio::time::sleep(quick).await;
                quick *= 2;
                continue;
            }
            tracing::debug!(%error, "An object cannot be read, and is tried again");
            self.tell(State::Failed(error));
            tokio::time::sleep(slow.after_failure()).await;
        }
    }

    /// Tells what is known now; who waits is woken only by what `get` would answer otherwise.
    fn tell(&self, new: State<K>) {
        self.states.send_if_modified(|state| {
            let is_news = match (&*state, &new) {
                (State::Known(Some(old)), State::Known(Some(new))) => {
                    (&old.meta().uid, &old.meta().resource_version)
                        != (&new.meta().uid, &new.meta().resource_version)
                }
                (State::Known(None), State::Known(None)) | (State::Failed(_), State::Failed(_)) => false,
                (State::Pending | State::Known(_) | State::Failed(_), _) => true,
            };
            *state = new;
            is_news
        });
    }

    /// An object that cannot change is kept only while somebody needs it: without a watch nobody would tell
    /// that it was deleted and made anew.
    async fn until_forgotten(&self, forget_unused: &(impl Fn() -> bool + Send + Sync)) {
        loop {
            self.states.closed().await;
            if forget_unused() {
                return;
            }
        }
    }
}

/// `managedFields` are of no use here.
fn slim<K: Source>(mut object: K) -> Arc<K> {
    object.meta_mut().managed_fields = None;
    Arc::new(object)
}
