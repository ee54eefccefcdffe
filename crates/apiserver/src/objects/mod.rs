//! Secrets and ConfigMaps that pods need: one watch per object, as the node authorizer wants it.
//!
//! ```text
//! Objects ── secret(ns, name) ──▶ Object (a subscription) ◀── latest state ── one task per object
//!   └ registry: who is watched                                GET, then a watch; ends 5 min after the last subscription
//! ```
//!
//! The GET answers from the newest state at once; the watch that follows begins with whatever is not older, which the server has
//! in memory. Differences from upstream's `util/manager/watch_based_manager.go`: a missing object is waited for
//! by its watch instead of by polling, and what changes is told instead of found at the next sync.

mod keeper;
mod registry;

use crate::Call;
use crate::error::{ApiError, Failure};
use crate::server::ApiServer;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::Resource;
use registry::Registry;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;
use tasks::{Stop, watch};

/// [`Object::get`] waits so long for a first answer. Upstream waits 1 s and then fails the pod's sync.
const FIRST_ANSWER_PATIENCE: Duration = Duration::from_secs(10);

/// Secrets and ConfigMaps, each watched while somebody needs it. Cheap to clone.
#[derive(Clone)]
pub struct Objects {
    secrets: Registry<Secret>,
    config_maps: Registry<ConfigMap>,
}

impl Objects {
    /// Nothing is watched yet. All watches end with `stop`.
    pub fn new(api_server: &ApiServer, stop: Stop) -> Self {
        Self {
            secrets: Registry::new(api_server.main.clone(), stop.clone()),
            config_maps: Registry::new(api_server.main.clone(), stop),
        }
    }

    /// A subscription to a Secret; it is being read from now on.
    pub fn secret(&self, namespace: &str, name: &str) -> Object<Secret> {
        self.secrets.subscribe(namespace, name)
    }

    /// A subscription to a ConfigMap; it is being read from now on.
    pub fn config_map(&self, namespace: &str, name: &str) -> Object<ConfigMap> {
        self.config_maps.subscribe(namespace, name)
    }
}

/// A kind of object that can be subscribed to.
pub trait Source: Resource<DynamicType = ()> + DeserializeOwned + Send + Sync + 'static {
    /// Plural name of the kind.
    const RESOURCE: &'static str;
    /// Whether its content can never change again (KEP-1412).
    fn is_immutable(&self) -> bool;
}

impl Source for Secret {
    const RESOURCE: &'static str = "secrets";

    fn is_immutable(&self) -> bool {
        self.immutable == Some(true)
    }
}

impl Source for ConfigMap {
    const RESOURCE: &'static str = "configmaps";

    fn is_immutable(&self) -> bool {
        self.immutable == Some(true)
    }
}

/// What is known of an object.
#[derive(Clone, Debug)]
pub(crate) enum State<K> {
    /// No answer yet.
    Pending,
    /// It is this, or does not exist. Stays while the server is away.
    Known(Option<Arc<K>>),
    /// It could not be read so far; it is being tried again.
    Failed(ApiError),
}

/// A subscription to one object. While one lives, the object is watched, and some minutes longer, so that the
/// next pod of a namespace finds it fresh. Immutable objects are not watched. A clone has seen what the original has.
#[derive(Debug)]
pub struct Object<K> {
    call: Call,
    states: watch::Receiver<State<K>>,
}

impl<K> Clone for Object<K> {
    fn clone(&self) -> Self {
        Self { call: self.call.clone(), states: self.states.clone() }
    }
}

impl<K: Send + Sync> Object<K> {
    /// The object as it is known now, `None` when it does not exist. Waits for the first answer for at most 10 s.
    ///
    /// While the server is away, what is known is given; what was never read is [`ApiError::Unavailable`], at
    /// once when that is certain. [`ApiError::Forbidden`] comes only after some seconds of asking again, because the
    /// node authorizer may not have seen the pod yet that gives the right.
    pub async fn get(&mut self) -> Result<Option<Arc<K>>, ApiError> {
        let answered = self.states.wait_for(|state| !matches!(state, State::Pending));
        let is_answered = match tokio::time::timeout(FIRST_ANSWER_PATIENCE, answered).await {
            Err(_) => return Err(ApiError::timed_out(&self.call, FIRST_ANSWER_PATIENCE)),
            Ok(answer) => answer.is_ok(),
        };
        if !is_answered {
            return Err(self.stopped());
        }
        let answer = match &*self.states.borrow_and_update() {
            State::Known(object) => Some(Ok(object.clone())),
            State::Failed(error) => Some(Err(error.clone())),
            State::Pending => None,
        };
        answer.unwrap_or_else(|| Err(self.stopped()))
    }

    /// Resolves when [`Object::get`] would answer otherwise than it last did. Never, once the kubelet stops.
    pub async fn changed(&mut self) {
        if self.states.changed().await.is_err() {
            std::future::pending().await
        }
    }

    fn stopped(&self) -> ApiError {
        ApiError::Unavailable(Failure::new(&self.call, 0, "the kubelet is stopping".to_owned()))
    }
}

#[cfg(test)]
mod tests;
