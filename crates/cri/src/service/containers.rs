//! Containers.

use async_trait::async_trait;

use super::Answer;
use crate::v1::{
    Container, ContainerConfig, ContainerFilter, ContainerResources, ContainerStatusResponse,
    PodSandboxConfig,
};

/// Making, starting, stopping, removing and looking at containers.
#[async_trait]
pub trait ContainerService: Send + Sync {
    /// Makes a container in a sandbox; returns its id, never empty. `sandbox_config` is the one the sandbox was made with.
    /// `AlreadyExists` when the same (name, attempt) is there or being made in this sandbox.
    async fn create_container(
        &self,
        sandbox_id: &str,
        config: ContainerConfig,
        sandbox_config: PodSandboxConfig,
    ) -> Answer<String>;

    /// Starts a created container. A second start fails.
    async fn start_container(&self, container_id: &str) -> Answer<()>;

    /// Sends the stop signal, waits up to `timeout_seconds`, kills, and returns when the process is gone. May be repeated;
    /// an unknown id succeeds or is `NotFound`. Zero kills at once.
    async fn stop_container(&self, container_id: &str, timeout_seconds: i64) -> Answer<()>;

    /// Removes it, by force if it runs. May be repeated; an unknown id succeeds.
    async fn remove_container(&self, container_id: &str) -> Answer<()>;

    /// The containers that match, in any state, in no particular order. `None` lists all.
    async fn list_containers(&self, filter: Option<ContainerFilter>) -> Answer<Vec<Container>>;

    /// Its status, which is always there in the answer, with id, metadata, creation time and image. `verbose` adds
    /// `info`, from which [`crate::info::container_pid`] takes the process id.
    async fn container_status(&self, container_id: &str, verbose: bool) -> Answer<ContainerStatusResponse>;

    /// Changes limits of a running or created container.
    async fn update_container_resources(
        &self,
        container_id: &str,
        resources: ContainerResources,
    ) -> Answer<()>;

    /// Opens the log file anew, after it was renamed.
    async fn reopen_container_log(&self, container_id: &str) -> Answer<()>;
}
