//! Sandboxes.

use async_trait::async_trait;

use super::Client;
use super::call::{Terms, filled};
use crate::Operation;
use crate::service::{Answer, SandboxService};
use crate::v1::{
    ListPodSandboxRequest, ListPodSandboxResponse, PodSandbox, PodSandboxConfig, PodSandboxFilter,
    PodSandboxStatus, PodSandboxStatusRequest, PodSandboxStatusResponse, RemovePodSandboxRequest,
    RunPodSandboxRequest, RunPodSandboxResponse, StopPodSandboxRequest, UpdatePodSandboxResourcesRequest,
};

#[async_trait]
impl SandboxService for Client {
    async fn run_pod_sandbox(&self, config: PodSandboxConfig, runtime_handler: &str) -> Answer<String> {
        let terms = Terms {
            operation: Operation::RunPodSandbox,
            deadline: self.deadlines.run_pod_sandbox(),
            runtime_handler: Some(runtime_handler),
        };
        let name = config.metadata.clone().unwrap_or_default().name;
        self.call_with(
            terms,
            RunPodSandboxRequest { config: Some(config), runtime_handler: runtime_handler.to_owned() },
            |request| async move { self.runtime().run_pod_sandbox(request).await },
            |reply: RunPodSandboxResponse| {
                filled(reply.pod_sandbox_id, || format!("PodSandboxId for sandbox {name:?}"))
            },
        )
        .await
    }

    async fn stop_pod_sandbox(&self, sandbox_id: &str) -> Answer<()> {
        self.call(
            Operation::StopPodSandbox,
            StopPodSandboxRequest { pod_sandbox_id: sandbox_id.to_owned() },
            |request| async move { self.runtime().stop_pod_sandbox(request).await },
            |_| Ok(()),
        )
        .await
    }

    async fn remove_pod_sandbox(&self, sandbox_id: &str) -> Answer<()> {
        self.call(
            Operation::RemovePodSandbox,
            RemovePodSandboxRequest { pod_sandbox_id: sandbox_id.to_owned() },
            |request| async move { self.runtime().remove_pod_sandbox(request).await },
            |_| Ok(()),
        )
        .await
    }

    async fn pod_sandbox_status(&self, sandbox_id: &str, verbose: bool) -> Answer<PodSandboxStatusResponse> {
        self.call(
            Operation::PodSandboxStatus,
            PodSandboxStatusRequest { pod_sandbox_id: sandbox_id.to_owned(), verbose },
            |request| async move { self.runtime().pod_sandbox_status(request).await },
            |reply: PodSandboxStatusResponse| check_status(reply.status.as_ref()).map(|()| reply),
        )
        .await
    }

    async fn list_pod_sandbox(&self, filter: Option<PodSandboxFilter>) -> Answer<Vec<PodSandbox>> {
        self.call(
            Operation::ListPodSandbox,
            ListPodSandboxRequest { filter },
            |request| async move { self.runtime().list_pod_sandbox(request).await },
            |reply: ListPodSandboxResponse| Ok(reply.items),
        )
        .await
    }

    async fn update_pod_sandbox_resources(&self, request: UpdatePodSandboxResourcesRequest) -> Answer<()> {
        self.call(
            Operation::UpdatePodSandboxResources,
            request,
            |request| async move { self.runtime().update_pod_sandbox_resources(request).await },
            |_| Ok(()),
        )
        .await
    }
}

/// What a caller relies on (`cri-client/pkg/utils.go`, `verifySandboxStatus`).
fn check_status(status: Option<&PodSandboxStatus>) -> Result<(), String> {
    let missing = |field: &str| Err(format!("{field} is not set"));
    let Some(status) = status else { return missing("status") };
    let Some(metadata) = &status.metadata else { return missing("status.Metadata") };
    if status.id.is_empty() {
        return missing("status.Id");
    }
    if metadata.name.is_empty() || metadata.namespace.is_empty() || metadata.uid.is_empty() {
        return Err(format!(
            "metadata.Name, metadata.Namespace or metadata.Uid is not in metadata {metadata:?}"
        ));
    }
    if status.created_at == 0 {
        return missing("status.CreatedAt");
    }
    Ok(())
}
