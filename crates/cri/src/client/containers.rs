//! Containers.

use async_trait::async_trait;

use super::Client;
use super::call::{Terms, filled};
use crate::Operation;
use crate::service::{Answer, ContainerService};
use crate::v1::{
    Container, ContainerConfig, ContainerFilter, ContainerResources, ContainerStatus, ContainerStatusRequest,
    ContainerStatusResponse, CreateContainerRequest, CreateContainerResponse, ListContainersRequest,
    ListContainersResponse, PodSandboxConfig, RemoveContainerRequest, ReopenContainerLogRequest,
    StartContainerRequest, StopContainerRequest, UpdateContainerResourcesRequest,
};

#[async_trait]
impl ContainerService for Client {
    async fn create_container(
        &self,
        sandbox_id: &str,
        config: ContainerConfig,
        sandbox_config: PodSandboxConfig,
    ) -> Answer<String> {
        let name = config.metadata.clone().unwrap_or_default().name;
        self.call(
            Operation::CreateContainer,
            CreateContainerRequest {
                pod_sandbox_id: sandbox_id.to_owned(),
                config: Some(config),
                sandbox_config: Some(sandbox_config),
            },
            |request| async move { self.runtime().create_container(request).await },
            |reply: CreateContainerResponse| {
                filled(reply.container_id, || format!("ContainerId for container {name:?}"))
            },
        )
        .await
    }

    async fn start_container(&self, container_id: &str) -> Answer<()> {
        self.call(
            Operation::StartContainer,
            StartContainerRequest { container_id: container_id.to_owned() },
            |request| async move { self.runtime().start_container(request).await },
            |_| Ok(()),
        )
        .await
    }

    async fn stop_container(&self, container_id: &str, timeout_seconds: i64) -> Answer<()> {
        let terms = Terms {
            operation: Operation::StopContainer,
            deadline: self.deadlines.stop_container(timeout_seconds),
            runtime_handler: None,
        };
        self.call_with(
            terms,
            StopContainerRequest { container_id: container_id.to_owned(), timeout: timeout_seconds },
            |request| async move { self.runtime().stop_container(request).await },
            |_| Ok(()),
        )
        .await
    }

    async fn remove_container(&self, container_id: &str) -> Answer<()> {
        self.call(
            Operation::RemoveContainer,
            RemoveContainerRequest { container_id: container_id.to_owned() },
            |request| async move { self.runtime().remove_container(request).await },
            |_| Ok(()),
        )
        .await
    }

    async fn list_containers(&self, filter: Option<ContainerFilter>) -> Answer<Vec<Container>> {
        self.call(
            Operation::ListContainers,
            ListContainersRequest { filter },
            |request| async move { self.runtime().list_containers(request).await },
            |reply: ListContainersResponse| Ok(reply.containers),
        )
        .await
    }

    async fn container_status(&self, container_id: &str, verbose: bool) -> Answer<ContainerStatusResponse> {
        self.call(
            Operation::ContainerStatus,
            ContainerStatusRequest { container_id: container_id.to_owned(), verbose },
            |request| async move { self.runtime().container_status(request).await },
            |reply: ContainerStatusResponse| check_status(reply.status.as_ref()).map(|()| reply),
        )
        .await
    }

    async fn update_container_resources(
        &self,
        container_id: &str,
        resources: ContainerResources,
    ) -> Answer<()> {
        self.call(
            Operation::UpdateContainerResources,
            UpdateContainerResourcesRequest {
                container_id: container_id.to_owned(),
                linux: resources.linux,
                windows: resources.windows,
                annotations: Default::default(),
            },
            |request| async move { self.runtime().update_container_resources(request).await },
            |_| Ok(()),
        )
        .await
    }

    async fn reopen_container_log(&self, container_id: &str) -> Answer<()> {
        self.call(
            Operation::ReopenContainerLog,
            ReopenContainerLogRequest { container_id: container_id.to_owned() },
            |request| async move { self.runtime().reopen_container_log(request).await },
            |_| Ok(()),
        )
        .await
    }
}

/// What a caller relies on (`cri-client/pkg/utils.go`, `verifyContainerStatus`).
fn check_status(status: Option<&ContainerStatus>) -> Result<(), String> {
    let missing = |field: &str| Err(format!("{field} is not set"));
    let Some(status) = status else { return missing("status") };
    let Some(metadata) = &status.metadata else { return missing("status.Metadata") };
    if status.id.is_empty() {
        return missing("status.Id");
    }
    if metadata.name.is_empty() {
        return Err(format!("metadata.Name is not in metadata {metadata:?}"));
    }
    if status.created_at == 0 {
        return missing("status.CreatedAt");
    }
    if status.image.as_ref().is_none_or(|image| image.image.is_empty()) {
        return missing("status.Image");
    }
    if status.image_ref.is_empty() {
        return missing("status.ImageRef");
    }
    Ok(())
}
