//! What an actor follows in the API beside its actions: the content of volumes, and what a failed start waits for.

use super::environment::EnvironmentSources;
use crate::world::World;
use futures::FutureExt;
use futures::future::{BoxFuture, pending, select_all};
use k8s_openapi::api::core::v1::Pod;
use std::collections::BTreeMap;
use std::sync::Arc;
use tasks::watch;
use types::reasons::pod_event;
use types::{EventKind, EventObject, WantedPod};
use volumes::PodFiles;

/// What has to change before another try of something makes sense.
#[derive(Default)]
pub(super) struct Awaited {
    /// What the pod's volumes come from, where they could not be set up.
    pub(super) files: Option<PodFiles>,
    /// Why pods get no network, where the pod waits for one.
    pub(super) network: Option<watch::Receiver<Option<String>>>,
    /// What the variables of containers come from, by the container's name.
    pub(super) environment: BTreeMap<String, EnvironmentSources>,
}

/// What may be tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    /// Preparing the pod.
    Pod,
    /// Starting a container, by its name.
    Container(String),
}

/// Followed by one actor.
#[derive(Default)]
pub(super) struct Follow {
    pub(super) awaited: Awaited,
    keeper: Option<Keeper>,
}

/// Keeps the files in a pod's volumes up to date.
struct Keeper {
    pod: Arc<Pod>,
    future: BoxFuture<'static, ()>,
}

impl Follow {
    /// Keeps the files of a pod up to date from now on.
    pub(super) fn keep(&mut self, world: &Arc<World>, wanted: &Arc<WantedPod>, files: PodFiles) {
        let pod = wanted.pod.clone();
        if files.is_empty() {
            self.keeper = Some(Keeper { pod, future: pending().boxed() });
            return;
        }
        let (world, wanted) = (world.clone(), wanted.clone());
        let future = async move {
            let object = EventObject::of_pod(&wanted);
            let tell = |error: &volumes::VolumeError| {
                let (reason, message) = (pod_event::FAILED_MOUNT, error.event_message());
                world.events.tell(EventKind::Warning, object.clone(), reason, message);
            };
            world.volumes.keep(files, tell).await;
        };
        self.keeper = Some(Keeper { pod, future: future.boxed() });
    }

    /// Whether the files of this pod are kept, as this version of it wants them.
    pub(super) fn keeps(&mut self, pod: &Arc<Pod>) -> bool {
        let Some(keeper) = &mut self.keeper else { return false };
        let is_same = is_same_content(&keeper.pod, pod);
        if is_same {
            // The next look is at the same object.
            keeper.pod = pod.clone();
        }
        is_same
    }

    /// Leaves the files alone: they are about to be set up or taken down by somebody else.
    pub(super) fn let_go(&mut self) {
        self.keeper = None;
    }

    /// Drives the keeper, and resolves when something may be tried again; it is forgotten then. May be dropped.
    pub(super) async fn next(&mut self) -> Retry {
        let Self { awaited, keeper } = self;
        let keeper = async {
            match keeper {
                Some(keeper) => (&mut keeper.future).await,
                None => pending().await,
            }
            // A keeper never ends.
            pending::<Retry>().await
        };
        tokio::select! {
            biased;
            retry = awaited.changed() => {
                awaited.forget(&retry);
                retry
            }
            retry = keeper => retry,
        }
    }
}

impl Awaited {
    /// Nothing is awaited any more for what is tried again.
    pub(super) fn forget(&mut self, retry: &Retry) {
        match retry {
            Retry::Pod => (self.files, self.network) = (None, None),
            Retry::Container(name) => {
                self.environment.remove(name);
            }
        }
    }

    pub(super) fn extend(&mut self, more: Self) {
        self.files = more.files.or_else(|| self.files.take());
        self.network = more.network.or_else(|| self.network.take());
        self.environment.extend(more.environment);
    }

    async fn changed(&mut self) -> Retry {
        let mut all: Vec<BoxFuture<'_, Retry>> = Vec::new();
        if let Some(files) = &mut self.files {
            all.push(async { files.changed().map(|()| Retry::Pod).await }.boxed());
        }
        if let Some(network) = &mut self.network {
            all.push(async { network_changed(network).map(|()| Retry::Pod).await }.boxed());
        }
        for (name, sources) in &mut self.environment {
            all.push(async { sources.changed().map(|()| Retry::Container(name.clone())).await }.boxed());
        }
        if all.is_empty() {
            return pending().await;
        }
        select_all(all).await.0
    }
}

async fn network_changed(network: &mut watch::Receiver<Option<String>>) {
    if network.changed().await.is_err() {
        // Nobody looks at the network any more: the process ends.
        pending::<()>().await;
    }
}

/// Whether two versions of a pod ask for the same files. Its status does not, and that changes most.
pub(super) fn is_same_content(one: &Arc<Pod>, other: &Arc<Pod>) -> bool {
    Arc::ptr_eq(one, other)
        || one.spec == other.spec
            && one.metadata.labels == other.metadata.labels
            && one.metadata.annotations == other.metadata.annotations
}
