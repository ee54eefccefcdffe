//! Sandboxes of the fake.

use async_trait::async_trait;
use tokio::time::Instant;

use super::call::Call;
use super::faults::Leftover;
use super::journal::What;
use super::world::World;
use super::{FakeRuntime, Manners, Stage};
use crate::service::{Answer, SandboxService};
use crate::v1::{
    PodSandbox, PodSandboxConfig, PodSandboxFilter, PodSandboxMetadata, PodSandboxStatusResponse,
    UpdatePodSandboxResourcesRequest,
};
use crate::{CriError, Operation};

#[async_trait]
impl SandboxService for FakeRuntime {
    async fn run_pod_sandbox(&self, config: PodSandboxConfig, runtime_handler: &str) -> Answer<String> {
        let operation = Operation::RunPodSandbox;
        let metadata = config.metadata.clone().unwrap_or_default();
        let call = Call::new(operation, &metadata.uid);
        self.serve(&call, async {
            let name = sandbox_name(&metadata);
            let id = self.change(|world| {
                let id = world.new_id();
                world
                    .reserve(&name, &id)
                    .map(|()| id)
                    .map_err(|holder| self.name_reserved(operation, "sandbox", &name, holder))
            })?;
            let half_done = self.half_done(&call, |leftover| {
                self.change(|world| abandon(world, &id, config.clone(), runtime_handler, leftover));
            });
            self.meet(Stage::During, &call).await?;
            half_done.complete();
            self.change(|world| world.add_sandbox(&id, config.clone(), runtime_handler, true));
            Ok(id)
        })
        .await
    }

    async fn stop_pod_sandbox(&self, sandbox_id: &str) -> Answer<()> {
        let call = Call::new(Operation::StopPodSandbox, sandbox_id);
        self.serve(&call, async {
            if !self.world().sandboxes.contains_key(sandbox_id) {
                return self.unknown_stop(&call, "sandbox");
            }
            self.change(|world| kill_containers(world, sandbox_id));
            self.meet(Stage::During, &call).await?;
            self.change(|world| world.stop_sandbox(sandbox_id));
            Ok(())
        })
        .await
    }

    async fn remove_pod_sandbox(&self, sandbox_id: &str) -> Answer<()> {
        let call = Call::new(Operation::RemovePodSandbox, sandbox_id);
        self.serve(&call, async {
            self.change(|world| {
                kill_containers(world, sandbox_id);
                world.stop_sandbox(sandbox_id);
                for id in world.containers_of(sandbox_id) {
                    world.remove_container(&id);
                }
            });
            self.meet(Stage::During, &call).await?;
            self.change(|world| world.remove_sandbox(sandbox_id));
            Ok(())
        })
        .await
    }

    async fn pod_sandbox_status(&self, sandbox_id: &str, verbose: bool) -> Answer<PodSandboxStatusResponse> {
        let call = Call::new(Operation::PodSandboxStatus, sandbox_id);
        self.serve(&call, async {
            let world = self.world();
            let Some(sandbox) = world.sandboxes.get(sandbox_id) else {
                let message =
                    format!("an error occurred when try to find sandbox: {sandbox_id:?}: not found");
                return Err(CriError::not_found(call.operation, message));
            };
            let mut answer = PodSandboxStatusResponse {
                status: Some(sandbox.to_status()),
                ..PodSandboxStatusResponse::default()
            };
            if verbose {
                let json = format!("{{\"pid\":{},\"processStatus\":\"\"}}", sandbox.pid.unwrap_or(0));
                answer.info.insert("info".to_owned(), json);
            }
            Ok(answer)
        })
        .await
    }

    async fn list_pod_sandbox(&self, filter: Option<PodSandboxFilter>) -> Answer<Vec<PodSandbox>> {
        let call = Call::new(Operation::ListPodSandbox, "");
        let filter = filter.unwrap_or_default();
        self.serve(&call, async {
            let world = self.world();
            let items = world.sandboxes.values().map(super::objects::Sandbox::to_item);
            Ok(items.filter(|item| matches(item, &filter)).collect())
        })
        .await
    }

    async fn update_pod_sandbox_resources(&self, request: UpdatePodSandboxResourcesRequest) -> Answer<()> {
        let call = Call::new(Operation::UpdatePodSandboxResources, &request.pod_sandbox_id);
        self.serve(&call, async {
            self.change(|world| match world.sandboxes.get_mut(&request.pod_sandbox_id) {
                Some(sandbox) => {
                    let linux = sandbox.config.linux.get_or_insert_default();
                    linux.overhead = request.overhead.clone();
                    linux.resources = request.resources.clone();
                    Ok(())
                }
                None => Err(CriError::not_found(call.operation, "failed to find sandbox: not found")),
            })
        })
        .await
    }
}

impl FakeRuntime {
    /// The answer to a stop of what is not there, which changed between containerd 1.6 and 2.0.
    pub(super) fn unknown_stop(&self, call: &Call, kind: &str) -> Answer<()> {
        match self.shared.options.manners {
            Manners::Containerd1 => {
                let message =
                    format!("an error occurred when try to find {kind} {:?}: not found", call.object);
                Err(CriError::not_found(call.operation, message))
            }
            Manners::Containerd2 => Ok(()),
        }
    }
}

/// The name that containerd reserves (`internal/cri/server/helpers.go`, `makeSandboxName`).
fn sandbox_name(metadata: &PodSandboxMetadata) -> String {
    format!("{}_{}_{}_{}", metadata.name, metadata.namespace, metadata.uid, metadata.attempt)
}

/// What a failed or cancelled `RunPodSandbox` leaves.
fn abandon(world: &mut World, id: &str, config: PodSandboxConfig, runtime_handler: &str, leftover: Leftover) {
    match leftover {
        Leftover::Nothing { cleaned_up_after } => world.release(id, cleaned_up_after),
        Leftover::NotReady => world.add_sandbox(id, config, runtime_handler, false),
        Leftover::Complete => world.add_sandbox(id, config, runtime_handler, true),
    }
}

/// containerd stops the containers of a sandbox without any grace.
fn kill_containers(world: &mut World, sandbox_id: &str) {
    for id in world.containers_of(sandbox_id) {
        if world.runs(&id) {
            world.journal.note(Instant::now(), &id, What::ContainerStopRequested { grace_seconds: 0 });
            world.kill(&id);
        }
    }
}

fn matches(item: &PodSandbox, filter: &PodSandboxFilter) -> bool {
    item.id.starts_with(&filter.id)
        && filter.state.as_ref().is_none_or(|wanted| wanted.state == item.state)
        && filter.label_selector.iter().all(|(key, value)| item.labels.get(key) == Some(value))
}
