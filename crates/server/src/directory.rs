//! The one view of the pods that the servers read; the wiring implements it.

use k8s_openapi::api::core::v1::Pod;
use std::path::PathBuf;
use std::sync::Arc;
use types::Event;

/// Pods as they are now, and what belongs to them. Every call is answered from memory, without waiting.
pub trait PodDirectory: Send + Sync {
    /// Every pod this kubelet knows, terminating ones included, with its full status, in order of namespace and name.
    fn list(&self) -> Vec<Arc<Pod>>;

    /// The pod of exactly this namespace and name. Of two (one terminating, its successor waiting), the older one.
    fn find(&self, namespace: &str, name: &str) -> Option<Arc<Pod>> {
        self.list().into_iter().find(|pod| {
            pod.metadata.namespace.as_deref() == Some(namespace) && pod.metadata.name.as_deref() == Some(name)
        })
    }

    /// The host's path of the log of a container's current instance, or of the one before it. `None` when there never was such an
    /// instance. The file need not exist any more.
    fn log_file(&self, uid: &str, container: &str, previous: bool) -> Option<PathBuf>;

    /// Recent events, oldest first.
    fn events(&self) -> Vec<Event>;
}
