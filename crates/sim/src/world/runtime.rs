//! The door to the runtime: the verbs that the kubelet uses.

use super::{Life, World};
use async_trait::async_trait;
use cri::client::Deadlines;
use cri::{ContainerService, CriError, ImageService, Operation, SandboxService, StateService, v1};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// Default of `runtimeRequestTimeout`.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(120);

/// The runtime as one life of the kubelet sees it, with the deadlines of the real client.
#[derive(Clone)]
pub struct RuntimeDoor {
    pub(super) world: Arc<World>,
    life: Arc<Life>,
    deadlines: Deadlines,
}

impl RuntimeDoor {
    /// For one life.
    pub fn new(world: Arc<World>, life: Arc<Life>) -> Self {
        Self { world, life, deadlines: Deadlines::new(REQUEST_TIMEOUT) }
    }

    async fn call<T>(
        &self,
        operation: Operation,
        object: &str,
        deadline: Option<Duration>,
        work: impl Future<Output = Result<T, CriError>>,
    ) -> Result<T, CriError> {
        self.world.enter(&self.life, format_args!("{operation} {}", short(object)));
        {
            let mut ledger = self.world.ledger();
            ledger.count_call(operation);
            ledger.repeats(operation, object);
        }
        self.world.survive(&self.life).await;
        let answer = match deadline {
            Some(deadline) => match tokio::time::timeout(deadline, work).await {
                Ok(answer) => answer,
                Err(_) => {
                    let message = "context deadline exceeded".to_owned();
                    Err(CriError::DeadlineExceeded { operation, message })
                }
            },
            None => work.await,
        };
        self.world.absorb();
        match &answer {
            Ok(_) if object.is_empty() => self.world.leave_list(&self.life, operation),
            Ok(_) => self.world.leave(&self.life, format_args!("{operation} {}: done", short(object))),
            Err(error) => {
                self.world.leave(&self.life, format_args!("{operation} {}: {error}", short(object)))
            }
        }
        self.world.survive(&self.life).await;
        answer
    }

    async fn usual<T>(
        &self,
        operation: Operation,
        object: &str,
        work: impl Future<Output = Result<T, CriError>>,
    ) -> Result<T, CriError> {
        self.call(operation, object, self.deadlines.default_call(), work).await
    }
}

/// The beginning of an id: enough to tell them apart.
pub(crate) fn short(id: &str) -> &str {
    id.get(..12).filter(|_| id.len() == 64).unwrap_or(id)
}

#[async_trait]
impl StateService for RuntimeDoor {
    async fn version(&self) -> Result<v1::VersionResponse, CriError> {
        self.usual(Operation::Version, "", self.world.runtime.version()).await
    }

    async fn status(&self, verbose: bool) -> Result<v1::StatusResponse, CriError> {
        self.usual(Operation::Status, "", self.world.runtime.status(verbose)).await
    }

    async fn runtime_config(&self) -> Result<v1::RuntimeConfigResponse, CriError> {
        self.usual(Operation::RuntimeConfig, "", self.world.runtime.runtime_config()).await
    }

    async fn update_runtime_config(&self, config: v1::RuntimeConfig) -> Result<(), CriError> {
        self.world.runtime.update_runtime_config(config).await
    }

    fn get_container_events(&self) -> cri::EventStream {
        self.world.ledger().count_call(Operation::GetContainerEvents);
        self.world.runtime.get_container_events()
    }
}

#[async_trait]
impl SandboxService for RuntimeDoor {
    async fn run_pod_sandbox(&self, config: v1::PodSandboxConfig, handler: &str) -> Result<String, CriError> {
        let uid = config.metadata.as_ref().map(|metadata| metadata.uid.clone()).unwrap_or_default();
        self.world.ledger().begins_something(Operation::RunPodSandbox, &uid);
        let work = self.world.runtime.run_pod_sandbox(config, handler);
        self.call(Operation::RunPodSandbox, &uid, self.deadlines.run_pod_sandbox(), work).await
    }

    async fn stop_pod_sandbox(&self, id: &str) -> Result<(), CriError> {
        self.world.absorb();
        self.world.ledger().stops_sandbox(id);
        let work = self.world.runtime.stop_pod_sandbox(id);
        let answer = self.usual(Operation::StopPodSandbox, id, work).await;
        if answer.is_ok() {
            self.world.ledger().sandbox_stopped(id);
        }
        answer
    }

    async fn remove_pod_sandbox(&self, id: &str) -> Result<(), CriError> {
        self.usual(Operation::RemovePodSandbox, id, self.world.runtime.remove_pod_sandbox(id)).await
    }

    async fn pod_sandbox_status(
        &self,
        id: &str,
        verbose: bool,
    ) -> Result<v1::PodSandboxStatusResponse, CriError> {
        self.usual(Operation::PodSandboxStatus, id, self.world.runtime.pod_sandbox_status(id, verbose)).await
    }

    async fn list_pod_sandbox(
        &self,
        filter: Option<v1::PodSandboxFilter>,
    ) -> Result<Vec<v1::PodSandbox>, CriError> {
        self.usual(Operation::ListPodSandbox, "", self.world.runtime.list_pod_sandbox(filter)).await
    }

    async fn update_pod_sandbox_resources(
        &self,
        request: v1::UpdatePodSandboxResourcesRequest,
    ) -> Result<(), CriError> {
        self.world.runtime.update_pod_sandbox_resources(request).await
    }
}

#[async_trait]
impl ContainerService for RuntimeDoor {
    async fn create_container(
        &self,
        sandbox_id: &str,
        config: v1::ContainerConfig,
        sandbox_config: v1::PodSandboxConfig,
    ) -> Result<String, CriError> {
        self.world.absorb();
        let uid = sandbox_config.metadata.as_ref().map(|metadata| metadata.uid.clone()).unwrap_or_default();
        let metadata = config.metadata.clone().unwrap_or_default();
        {
            let mut ledger = self.world.ledger();
            ledger.begins_something(Operation::CreateContainer, &uid);
            ledger.creates(&uid, &config);
        }
        let object = format!("{uid} {} {}", metadata.name, metadata.attempt);
        let work = self.world.runtime.create_container(sandbox_id, config.clone(), sandbox_config);
        let answer = self.usual(Operation::CreateContainer, &object, work).await;
        if answer.is_ok() {
            self.world.ledger().created(&uid, &config);
        }
        answer
    }

    async fn start_container(&self, id: &str) -> Result<(), CriError> {
        self.world.absorb();
        let log = {
            let mut ledger = self.world.ledger();
            let (uid, log) =
                ledger.container(id).map(|found| (found.uid.clone(), found.log_path.clone())).unzip();
            ledger.begins_something(Operation::StartContainer, uid.as_deref().unwrap_or_default());
            log
        };
        // The runtime opens the log before it starts the process. A fault that was left by a call that the kubelet gave up is not meant for it.
        if let Some(log) = log {
            let open = || host::files::Files::make_file(self.world.host.as_ref(), &log, 0o640);
            if open().await.is_err() {
                open().await.ok();
            }
        }
        self.usual(Operation::StartContainer, id, self.world.runtime.start_container(id)).await
    }

    async fn stop_container(&self, id: &str, timeout_seconds: i64) -> Result<(), CriError> {
        self.world.absorb();
        self.world.ledger().stops(id, timeout_seconds);
        let deadline = self.deadlines.stop_container(timeout_seconds);
        let work = self.world.runtime.stop_container(id, timeout_seconds);
        self.call(Operation::StopContainer, id, deadline, work).await
    }

    async fn remove_container(&self, id: &str) -> Result<(), CriError> {
        self.usual(Operation::RemoveContainer, id, self.world.runtime.remove_container(id)).await
    }

    async fn list_containers(
        &self,
        filter: Option<v1::ContainerFilter>,
    ) -> Result<Vec<v1::Container>, CriError> {
        self.usual(Operation::ListContainers, "", self.world.runtime.list_containers(filter)).await
    }

    async fn container_status(
        &self,
        id: &str,
        verbose: bool,
    ) -> Result<v1::ContainerStatusResponse, CriError> {
        self.usual(Operation::ContainerStatus, id, self.world.runtime.container_status(id, verbose)).await
    }

    async fn update_container_resources(
        &self,
        id: &str,
        resources: v1::ContainerResources,
    ) -> Result<(), CriError> {
        self.world.runtime.update_container_resources(id, resources).await
    }

    async fn reopen_container_log(&self, id: &str) -> Result<(), CriError> {
        self.world.runtime.reopen_container_log(id).await
    }
}

#[async_trait]
impl ImageService for RuntimeDoor {
    async fn list_images(&self, filter: Option<v1::ImageFilter>) -> Result<Vec<v1::Image>, CriError> {
        self.usual(Operation::ListImages, "", self.world.runtime.list_images(filter)).await
    }

    async fn image_status(
        &self,
        image: v1::ImageSpec,
        verbose: bool,
    ) -> Result<v1::ImageStatusResponse, CriError> {
        let name = image.image.clone();
        self.usual(Operation::ImageStatus, &name, self.world.runtime.image_status(image, verbose)).await
    }

    async fn pull_image(
        &self,
        image: v1::ImageSpec,
        auth: Option<v1::AuthConfig>,
        sandbox_config: Option<v1::PodSandboxConfig>,
    ) -> Result<String, CriError> {
        let name = image.image.clone();
        let work = self.world.runtime.pull_image(image, auth, sandbox_config);
        self.call(Operation::PullImage, &name, self.deadlines.pull_image(), work).await
    }

    async fn remove_image(&self, image: v1::ImageSpec) -> Result<(), CriError> {
        self.world.runtime.remove_image(image).await
    }

    async fn image_fs_info(&self) -> Result<v1::ImageFsInfoResponse, CriError> {
        self.world.runtime.image_fs_info().await
    }
}
