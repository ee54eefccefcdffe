//! Pod sandboxes.

use async_trait::async_trait;

use super::Answer;
use crate::v1::{
    PodSandbox, PodSandboxConfig, PodSandboxFilter, PodSandboxStatusResponse,
    UpdatePodSandboxResourcesRequest,
};

/// Making, stopping, removing and looking at sandboxes.
#[async_trait]
pub trait SandboxService: Send + Sync {
    /// Makes and starts a sandbox; returns its id, never empty. `runtime_handler` is empty for the runtime's default.
    /// `AlreadyExists` when the same (name, namespace, uid, attempt) is there or being made.
    async fn run_pod_sandbox(&self, config: PodSandboxConfig, runtime_handler: &str) -> Answer<String>;

    /// Kills what runs in it and gives its network back. May be repeated; an unknown id succeeds or is `NotFound`.
    async fn stop_pod_sandbox(&self, sandbox_id: &str) -> Answer<()>;

    /// Removes it with all its containers. May be repeated; an unknown id succeeds.
    async fn remove_pod_sandbox(&self, sandbox_id: &str) -> Answer<()>;

    /// Its status, which is always there in the answer, with id, metadata and creation time.
    async fn pod_sandbox_status(&self, sandbox_id: &str, verbose: bool) -> Answer<PodSandboxStatusResponse>;

    /// The sandboxes that match, in no particular order. `None` lists all.
    async fn list_pod_sandbox(&self, filter: Option<PodSandboxFilter>) -> Answer<Vec<PodSandbox>>;

    /// Tells the runtime of changed pod-level resources. `Unimplemented` before containerd 2.1.
    async fn update_pod_sandbox_resources(&self, request: UpdatePodSandboxResourcesRequest) -> Answer<()>;
}
