//! Taking containers and sandboxes down.

use super::grace::seconds_left;
use super::memory::Memory;
use super::place::Place;
use crate::observe::{SeenContainer, SeenPod, SeenSandbox};
use crate::world::World;
use cri::CriError;
use futures::future::join_all;
use k8s_openapi::api::core::v1::Container;
use tasks::watch;
use tokio::time::Instant;
use translate::{KillReason, MINIMUM_GRACE_PERIOD_SECONDS};
use types::pod::is_sidecar;
use types::reasons::{container_event, pod_event};
use types::{ContainerId, EventKind, EventObject, WantedPod};

/// Something may still run.
#[derive(Debug)]
pub(super) struct NotStopped;

/// One pod's stops.
pub(super) struct Stopping<'a> {
    pub(super) world: &'a World,
    /// The specification, where it is known, says how much grace there is.
    pub(super) wanted: Option<&'a WantedPod>,
    pub(super) seen: &'a SeenPod,
    /// Keeps by when each container has to be gone, and may be told of an earlier moment at any time.
    pub(super) memory: &'a watch::Sender<Memory>,
}

impl Stopping<'_> {
    /// Stops all containers, in the order that sidecars ask for, then the sandboxes. All share the same time: a sidecar that
    /// waits for the others has what they leave of it.
    pub(super) async fn everything(&self) -> Result<(), NotStopped> {
        let (world, seen) = (self.world, self.seen);
        let object = self.object();
        let mut is_stopped = true;
        let order = stop_order(self.wanted, seen);
        for (turn, group) in order.iter().enumerate() {
            let later: Vec<&SeenContainer> = order[turn + 1..].iter().flatten().copied().collect();
            let later = later.as_slice();
            let stops = group.iter().copied().map(|container| {
                let told = format!("Stopping container {}", container.name);
                let object = object.any_container(self.wanted, &container.name);
                world.events.tell(EventKind::Normal, object, container_event::KILLING, told);
                self.stop(container, later)
            });
            is_stopped &= join_all(stops).await.into_iter().all(|stopped| stopped.is_ok());
        }
        if !is_stopped {
            return Err(NotStopped);
        }
        // A sandbox that is not ready still holds its network until it is stopped.
        let is_stopped =
            |sandbox: &SeenSandbox| !sandbox.is_ready && self.memory.borrow().stopped.contains(&sandbox.id);
        for sandbox in seen.sandboxes.iter().filter(|sandbox| !is_stopped(sandbox)) {
            let mut place = Place::take(world).await;
            match place.during(world.runtime.stop_pod_sandbox(sandbox.id.as_str())).await {
                Ok(()) | Err(CriError::NotFound { .. }) => {}
                Err(error) => {
                    let message = kill_failure("KillPodSandbox", seen.uid.as_str(), &error);
                    world.events.tell(EventKind::Warning, object, pod_event::FAILED_KILL_POD, message);
                    return Err(NotStopped);
                }
            }
            self.memory.send_modify(|memory| {
                memory.stopped.retain(|id| seen.sandboxes.iter().any(|sandbox| sandbox.id == *id));
                memory.stopped.insert(sandbox.id.clone());
            });
            if sandbox.is_ready {
                let confirmed = world.observer.sandbox_stopped(&seen.uid, &sandbox.id).await;
                confirmed.map_err(|_| NotStopped)?;
            }
        }
        Ok(())
    }

    /// Stops one container of a pod that goes on; `message` is why, as upstream's event says it.
    pub(super) async fn container(&self, id: &ContainerId, message: &str) -> Result<(), NotStopped> {
        let Some(container) = self.seen.containers.iter().find(|container| container.id == *id) else {
            return Ok(());
        };
        let object = self.object().any_container(self.wanted, &container.name);
        self.world.events.tell(EventKind::Normal, object, container_event::KILLING, message);
        self.stop(container, &[]).await
    }

    /// The same, without any grace beyond the moment that every container gets.
    pub(super) async fn container_at_once(&self, id: &ContainerId, message: &str) -> Result<(), NotStopped> {
        self.memory.send_modify(|memory| memory.grace.stop_container(id, 0, Instant::now()));
        self.container(id, message).await
    }

    fn object(&self) -> EventObject {
        EventObject::of_known_pod(self.wanted, &self.seen.name, &self.seen.uid)
    }

    /// Notes by when a container whose turn has come has to be gone, and those that go after it.
    fn begin(&self, container: &SeenContainer, later: &[&SeenContainer]) {
        let now = Instant::now();
        self.memory.send_modify(|memory| {
            memory.grace.keep_only(self.seen);
            for container in std::iter::once(container).chain(later.iter().copied()) {
                memory.grace.stop_container(&container.id, grace_of(self.wanted, container), now);
            }
        });
    }

    async fn stop(&self, container: &SeenContainer, later: &[&SeenContainer]) -> Result<(), NotStopped> {
        let (world, seen) = (self.world, self.seen);
        match self.call(container, later).await {
            Ok(()) | Err(CriError::NotFound { .. }) => {}
            Err(error) => {
                let message = kill_failure("KillContainer", &container.name, &error);
                world.events.tell(EventKind::Warning, self.object(), pod_event::FAILED_KILL_POD, message);
                return Err(NotStopped);
            }
        }
        let confirmed =
            world.observer.container_stopped(&seen.uid, &container.sandbox_id, &container.id).await;
        confirmed.map_err(|error| {
            tracing::debug!(pod = %seen.name, containerID = %container.id, err = %types::error::chain(&error), "Unable to confirm that a container stopped");
            NotStopped
        })
    }

    /// Calls `StopContainer`; gives the call up and calls again when there is less time than it was told.
    async fn call(&self, container: &SeenContainer, later: &[&SeenContainer]) -> Result<(), CriError> {
        let mut memory = self.memory.subscribe();
        let mut place = Place::take(self.world).await;
        self.begin(container, later);
        loop {
            let deadline = memory.borrow_and_update().grace.deadline(&container.id);
            let deadline = deadline.unwrap_or_else(Instant::now);
            let left = seconds_left(deadline, Instant::now());
            let call = self.world.runtime.stop_container(container.id.as_str(), left);
            let is_shorter = |memory: &Memory| {
                memory.grace.deadline(&container.id).is_some_and(|earlier| earlier < deadline)
            };
            tokio::select! {
                biased;
                answer = place.during_stop(call) => return answer,
                // Its sender is held by the pod's actor, and by this stop.
                Ok(_) = memory.wait_for(is_shorter) => {}
            }
        }
    }
}

/// What the user is told of a call that failed (`sync_result.go`, `PodSyncResult.Error`).
fn kill_failure(action: &str, target: &str, error: &CriError) -> String {
    let words = types::go::quote(&error.shown());
    format!("error killing pod: failed to \"{action}\" for \"{target}\" with {action}Error: {words}")
}

/// All at once, but sidecars after them, the last one first (KEP-753).
fn stop_order<'a>(wanted: Option<&WantedPod>, seen: &'a SeenPod) -> Vec<Vec<&'a SeenContainer>> {
    let sidecars: Vec<&Container> = wanted
        .into_iter()
        .flat_map(|wanted| wanted.spec().init_containers.iter().flatten())
        .filter(|container| is_sidecar(container))
        .collect();
    let is_of_sidecar = |seen: &&SeenContainer| sidecars.iter().any(|sidecar| sidecar.name == seen.name);
    let mut groups =
        vec![seen.maybe_running().filter(|container| !is_of_sidecar(container)).collect::<Vec<_>>()];
    for sidecar in sidecars.iter().rev() {
        groups.push(seen.maybe_running().filter(|container| container.name == sidecar.name).collect());
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// What the specification says, else what the container's maker noted on it.
fn grace_of(wanted: Option<&WantedPod>, seen: &SeenContainer) -> i64 {
    let of_spec = wanted.and_then(|wanted| {
        let spec = wanted.spec();
        let mut containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
        let mut ephemeral = spec.ephemeral_containers.iter().flatten();
        let container = containers.find(|container| container.name == seen.name).cloned().or_else(|| {
            ephemeral.find(|container| container.name == seen.name).map(translate::ephemeral_as_container)
        })?;
        Some(translate::grace_period_seconds(&wanted.pod, &container, KillReason::Other))
    });
    of_spec.or(seen.grace_period_seconds).unwrap_or(MINIMUM_GRACE_PERIOD_SECONDS)
}
