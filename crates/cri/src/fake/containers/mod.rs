//! Containers of the fake.

mod create;
mod start;

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::fake::call::Call;
use crate::fake::faults::Leftover;
use crate::fake::journal::What;
use crate::fake::objects;
use crate::fake::{FakeRuntime, Program, Stage};
use crate::service::{Answer, ContainerService};
use crate::v1::{
    Container, ContainerConfig, ContainerFilter, ContainerResources, ContainerStatusResponse,
    PodSandboxConfig,
};
use crate::{CriError, Operation};

/// What containerd says when the caller went away.
const CANCELLED: &str = "failed to create containerd task: failed to create shim task: context canceled";

#[async_trait]
impl ContainerService for FakeRuntime {
    async fn create_container(
        &self,
        sandbox_id: &str,
        config: ContainerConfig,
        sandbox_config: PodSandboxConfig,
    ) -> Answer<String> {
        let name = config.metadata.clone().unwrap_or_default().name;
        let call = Call::new(Operation::CreateContainer, &name);
        self.serve(&call, async {
            let container = self.new_container(sandbox_id, config, &sandbox_config)?;
            let id = container.id.clone();
            let mut container = Some(container);
            let half_done = self.half_done(&call, |leftover| {
                self.change(|world| match (leftover, container.take()) {
                    (Leftover::Nothing { cleaned_up_after }, _) => world.release(&id, cleaned_up_after),
                    (Leftover::Complete, Some(container)) if world.sandboxes.contains_key(sandbox_id) => {
                        world.add_container(container);
                    }
                    (Leftover::NotReady | Leftover::Complete, _) => world.release(&id, Duration::ZERO),
                });
            });
            self.meet(Stage::During, &call).await?;
            if !self.world().sandboxes.contains_key(sandbox_id) {
                return Err(self.sandbox_stopped(call.operation, sandbox_id));
            }
            half_done.finish(Leftover::Complete);
            Ok(id.clone())
        })
        .await
    }

    async fn start_container(&self, container_id: &str) -> Answer<()> {
        let call = Call::new(Operation::StartContainer, container_id);
        self.serve(&call, async {
            let program = self.begin_start(&call)?;
            let half_done = self.half_done(&call, |leftover| {
                self.change(|world| match leftover {
                    Leftover::Complete => world.start(container_id, program.clone()),
                    Leftover::Nothing { cleaned_up_after } => {
                        world.will_fail(container_id, cleaned_up_after, CANCELLED);
                    }
                    Leftover::NotReady => world.fail_start(container_id, CANCELLED),
                });
            });
            self.meet(Stage::During, &call).await?;
            half_done.complete();
            let failure = self
                .sandbox_ended(container_id)
                .or_else(|| program.start_failure.clone())
                .or_else(|| self.write_log(container_id, &program).err());
            if let Some(message) = failure {
                self.change(|world| world.fail_start(container_id, &message));
                return Err(CriError::unknown(call.operation, message));
            }
            self.change(|world| world.start(container_id, program.clone()));
            Ok(())
        })
        .await
    }

    async fn stop_container(&self, container_id: &str, timeout_seconds: i64) -> Answer<()> {
        let call = Call::new(Operation::StopContainer, container_id);
        self.serve(&call, async {
            if !self.world().containers.contains_key(container_id) {
                return self.unknown_stop(&call, "container");
            }
            let Some(pid) = self.signal(container_id, timeout_seconds) else {
                self.change(|world| world.tell_end(container_id));
                return Ok(());
            };
            self.meet(Stage::During, &call).await?;
            let grace = Duration::from_secs(u64::try_from(timeout_seconds).unwrap_or(0));
            let exited = self.exited(container_id, pid);
            if grace.is_zero() || tokio::time::timeout(grace, exited).await.is_err() {
                self.change(|world| world.kill(container_id));
            }
            self.change(|world| world.tell_end(container_id));
            Ok(())
        })
        .await
    }

    async fn remove_container(&self, container_id: &str) -> Answer<()> {
        let call = Call::new(Operation::RemoveContainer, container_id);
        self.serve(&call, async {
            self.change(|world| world.remove_container(container_id));
            Ok(())
        })
        .await
    }

    async fn list_containers(&self, filter: Option<ContainerFilter>) -> Answer<Vec<Container>> {
        let call = Call::new(Operation::ListContainers, "");
        let filter = filter.unwrap_or_default();
        self.serve(&call, async {
            let world = self.world();
            let items = world.containers.values().map(objects::Container::to_item);
            Ok(items.filter(|item| matches(item, &filter)).collect())
        })
        .await
    }

    async fn container_status(&self, container_id: &str, verbose: bool) -> Answer<ContainerStatusResponse> {
        let call = Call::new(Operation::ContainerStatus, container_id);
        self.serve(&call, async {
            let world = self.world();
            let Some(container) = world.containers.get(container_id) else { return Err(not_found(&call)) };
            Ok(ContainerStatusResponse {
                status: Some(container.to_status(world.images.get(&container.image_id))),
                info: if verbose { container.info() } else { Default::default() },
            })
        })
        .await
    }

    async fn update_container_resources(
        &self,
        container_id: &str,
        resources: ContainerResources,
    ) -> Answer<()> {
        let call = Call::new(Operation::UpdateContainerResources, container_id);
        self.serve(&call, async {
            self.change(|world| {
                let container = world.containers.get_mut(container_id).ok_or_else(|| not_found(&call))?;
                container.config.linux.get_or_insert_default().resources = resources.linux;
                Ok(())
            })
        })
        .await
    }

    async fn reopen_container_log(&self, container_id: &str) -> Answer<()> {
        let call = Call::new(Operation::ReopenContainerLog, container_id);
        self.serve(&call, async {
            {
                let world = self.world();
                let container = world.containers.get(container_id).ok_or_else(|| not_found(&call))?;
                if container.process.pid().is_none() {
                    return Err(CriError::unknown(call.operation, "container is not running"));
                }
            }
            let reopened =
                self.write_log(container_id, &Program { output: Vec::new(), ..Program::forever() });
            reopened.map_err(|message| CriError::unknown(call.operation, message))
        })
        .await
    }
}

impl FakeRuntime {
    /// Sends the stop signal, unless `timeout_seconds` is zero; the process that has to end, if one runs.
    fn signal(&self, container_id: &str, timeout_seconds: i64) -> Option<u32> {
        self.change(|world| {
            let now = Instant::now();
            let container = world.containers.get_mut(container_id)?;
            let pid = container.process.pid()?;
            let end = if timeout_seconds > 0 { container.process.obey(now) } else { None };
            let request = What::ContainerStopRequested { grace_seconds: timeout_seconds };
            world.journal.note(now, container_id, request);
            if let Some(end) = end {
                world.will_exit(container_id, end);
            }
            Some(pid)
        })
    }
}

pub(super) fn not_found(call: &Call) -> CriError {
    let message = format!("an error occurred when try to find container {:?}: not found", call.object);
    CriError::not_found(call.operation, message)
}

fn matches(item: &Container, filter: &ContainerFilter) -> bool {
    item.id.starts_with(&filter.id)
        && (filter.pod_sandbox_id.is_empty() || filter.pod_sandbox_id == item.pod_sandbox_id)
        && filter.state.as_ref().is_none_or(|wanted| wanted.state == item.state)
        && filter.label_selector.iter().all(|(key, value)| item.labels.get(key) == Some(value))
}
