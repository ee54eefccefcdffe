//! What a creation checks, and what it makes.

use std::path::Path;

use super::super::image_names::normalize;
use super::super::objects::{Container, Process};
use super::super::{FakeRuntime, Manners};
use super::start::not_running;
use crate::service::Answer;
use crate::v1::{ContainerConfig, PodSandboxConfig, PodSandboxState};
use crate::{CriError, Operation};

impl FakeRuntime {
    /// A container that is not in the world yet, with its name reserved.
    pub(super) fn new_container(
        &self,
        sandbox_id: &str,
        config: ContainerConfig,
        sandbox_config: &PodSandboxConfig,
    ) -> Answer<Container> {
        let operation = Operation::CreateContainer;
        self.change(|world| {
            let Some(sandbox) = world.sandboxes.get(sandbox_id) else {
                let message = format!("failed to find sandbox id {sandbox_id:?}: not found");
                return Err(CriError::not_found(operation, message));
            };
            if sandbox.state() != PodSandboxState::SandboxReady {
                return Err(self.sandbox_stopped(operation, sandbox_id));
            }
            let image = config.image.clone().unwrap_or_default().image;
            let Some(image_id) = world.image(&normalize(&image)).map(|image| image.id.clone()) else {
                let message = format!("failed to resolve image {image:?}: not found");
                return Err(CriError::not_found(operation, message));
            };
            let name = container_name(&config, &sandbox.config);
            let log_path = log_path(&config, sandbox_config);
            let id = world.new_id();
            world
                .reserve(&name, &id)
                .map_err(|holder| self.name_reserved(operation, "container", &name, holder))?;
            Ok(Container {
                id,
                sandbox_id: sandbox_id.to_owned(),
                config,
                image_id,
                created_at_nanos: world.now_nanos(),
                started_at_nanos: 0,
                finished_at_nanos: 0,
                log_path,
                process: Process::Created,
                changed: Default::default(),
            })
        })
    }

    /// Why nothing can be made in a sandbox that is not ready: containerd 1.6 calls that `NotFound`.
    pub(super) fn sandbox_stopped(&self, operation: Operation, sandbox_id: &str) -> CriError {
        match self.shared.options.manners {
            Manners::Containerd1 => CriError::not_found(
                operation,
                format!(
                    "failed to get sandbox container task: no running task found: task {sandbox_id} not found: not found"
                ),
            ),
            Manners::Containerd2 => CriError::unknown(operation, not_running(sandbox_id)),
        }
    }
}

/// The name that containerd reserves (`internal/cri/server/helpers.go`, `makeContainerName`): the sandbox's attempt is
/// not part of it.
fn container_name(config: &ContainerConfig, sandbox_config: &PodSandboxConfig) -> String {
    let container = config.metadata.clone().unwrap_or_default();
    let pod = sandbox_config.metadata.clone().unwrap_or_default();
    format!("{}_{}_{}_{}_{}", container.name, pod.name, pod.namespace, pod.uid, container.attempt)
}

/// Where the log goes; empty when nowhere.
fn log_path(config: &ContainerConfig, sandbox_config: &PodSandboxConfig) -> String {
    if sandbox_config.log_directory.is_empty() || config.log_path.is_empty() {
        return String::new();
    }
    Path::new(&sandbox_config.log_directory).join(&config.log_path).to_string_lossy().into_owned()
}
