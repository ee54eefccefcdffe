//! Taking containers and sandboxes down.

use super::place::Place;
use crate::observe::{SeenContainer, SeenPod};
use crate::world::World;
use cri::CriError;
use futures::future::join_all;
use k8s_openapi::api::core::v1::Container;
use tokio::time::Instant;
use translate::{KillReason, MINIMUM_GRACE_PERIOD_SECONDS};
use types::pod::is_sidecar;
use types::reasons::{container_event, pod_event};
use types::{ContainerId, EventKind, EventObject, WantedPod};

/// Something may still run.
#[derive(Debug)]
pub(super) struct NotStopped;

/// Stops all containers, in the order that sidecars ask for, then the sandboxes. `grace_seconds` shortens what the
/// pod itself says. The ending began at `started_at`: another attempt has what is left of the grace, never all of it anew.
pub(super) async fn stop_everything_since(
    world: &World,
    wanted: Option<&WantedPod>,
    seen: &SeenPod,
    grace_seconds: Option<i64>,
    started_at: Instant,
) -> Result<(), NotStopped> {
    let object = EventObject::pod(&seen.name.namespace, &seen.name.name, seen.uid.as_str());
    let mut is_stopped = true;
    for group in stop_order(wanted, seen) {
        let stops = group.into_iter().map(|container| {
            let grace = grace_seconds.unwrap_or_else(|| grace_of(wanted, container));
            let spent = i64::try_from(started_at.elapsed().as_secs()).unwrap_or(i64::MAX);
            let remaining = grace.saturating_sub(spent).max(MINIMUM_GRACE_PERIOD_SECONDS);
            let told = format!("Stopping container {}", container.name);
            world.events.tell(
                EventKind::Normal,
                object.container(&container.name),
                container_event::KILLING,
                told,
            );
            stop_one(world, seen, container, remaining)
        });
        is_stopped &= join_all(stops).await.into_iter().all(|stopped| stopped.is_ok());
    }
    if !is_stopped {
        return Err(NotStopped);
    }
    // A sandbox that is not ready still holds its network until it is stopped.
    for sandbox in &seen.sandboxes {
        let mut place = Place::take(world).await;
        match place.during(world.runtime.stop_pod_sandbox(sandbox.id.as_str())).await {
            Ok(()) | Err(CriError::NotFound { .. }) => {}
            Err(error) => {
                let message = format!("error killing pod: failed to \"KillPodSandbox\": {}", error.shown());
                world.events.tell(EventKind::Warning, object.clone(), pod_event::FAILED_KILL_POD, message);
                return Err(NotStopped);
            }
        }
        if sandbox.is_ready {
            let confirmed = world.observer.confirm_sandbox(&seen.uid, &seen.name, &sandbox.id).await;
            confirmed.map_err(|_| NotStopped)?;
        }
    }
    Ok(())
}

/// Stops one container of a pod that goes on.
pub(super) async fn stop_container(
    world: &World,
    wanted: &WantedPod,
    seen: &SeenPod,
    id: &ContainerId,
) -> Result<(), NotStopped> {
    let Some(container) = seen.containers.iter().find(|container| container.id == *id) else { return Ok(()) };
    let grace = grace_of(Some(wanted), container).max(MINIMUM_GRACE_PERIOD_SECONDS);
    stop_one(world, seen, container, grace).await
}

async fn stop_one(
    world: &World,
    seen: &SeenPod,
    container: &SeenContainer,
    grace_seconds: i64,
) -> Result<(), NotStopped> {
    let mut place = Place::take(world).await;
    let answer = place.during_stop(world.runtime.stop_container(container.id.as_str(), grace_seconds)).await;
    drop(place);
    match answer {
        Ok(()) | Err(CriError::NotFound { .. }) => {}
        Err(error) => {
            let object = EventObject::pod(&seen.name.namespace, &seen.name.name, seen.uid.as_str());
            let message = format!("error killing pod: failed to \"KillContainer\": {}", error.shown());
            world.events.tell(EventKind::Warning, object, pod_event::FAILED_KILL_POD, message);
            return Err(NotStopped);
        }
    }
    let confirmed =
        world.observer.confirm_container(&seen.uid, &seen.name, &container.sandbox_id, &container.id).await;
    confirmed.map_err(|error| {
        tracing::debug!(pod = %seen.name, containerID = %container.id, err = %types::error::chain(&error), "Unable to confirm that a container stopped");
        NotStopped
    })
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
        let container = containers.find(|container| container.name == seen.name)?;
        Some(translate::grace_period_seconds(&wanted.pod, container, KillReason::Other))
    });
    of_spec.or(seen.termination_grace_period_seconds).unwrap_or(MINIMUM_GRACE_PERIOD_SECONDS)
}
