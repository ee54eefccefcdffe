//! What the local API sees of the pods.

use k8s_openapi::api::core::v1::Pod;
use pods::actor::PodState;
use pods::supervisor::PodsHandle;
use pods::world::World;
use server::PodDirectory;
use std::path::PathBuf;
use std::sync::Arc;
use types::Event;

/// Builds statuses when they are asked for.
pub struct Directory {
    pods: PodsHandle,
    world: Arc<World>,
}

impl Directory {
    /// A view of `pods`.
    pub fn new(pods: PodsHandle, world: Arc<World>) -> Self {
        Self { pods, world }
    }

    fn states(&self) -> Vec<Arc<PodState>> {
        self.pods.list()
    }
}

impl PodDirectory for Directory {
    fn list(&self) -> Vec<Arc<Pod>> {
        let facts = self.world.node.borrow().clone();
        let mut pods: Vec<Arc<Pod>> = self
            .states()
            .iter()
            .filter_map(|state| pods::status::with_status(state, &facts))
            .map(Arc::new)
            .collect();
        pods.sort_by(|one, other| {
            let key = |pod: &Pod| {
                let metadata = &pod.metadata;
                (metadata.namespace.clone(), metadata.name.clone(), metadata.deletion_timestamp.is_none())
            };
            key(one).cmp(&key(other))
        });
        pods
    }

    fn log_file(&self, uid: &str, container: &str, previous: bool) -> Option<PathBuf> {
        let state = self
            .states()
            .into_iter()
            .find(|state| state.wanted.as_ref().is_some_and(|wanted| wanted.uid.as_str() == uid))?;
        let seen = state.seen.as_ref()?;
        let instance =
            seen.containers.iter().filter(|seen| seen.name == container).nth(usize::from(previous))?;
        let logs = self.world.pod_log_directory(&seen.name, &seen.uid);
        Some(logs.join(translate::container_log_path(container, instance.restart_count)))
    }

    fn events(&self) -> Vec<Event> {
        self.world.events.recent()
    }
}
