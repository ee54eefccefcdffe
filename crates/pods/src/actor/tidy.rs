//! Removing what a running pod has outlived: dead containers beyond the newest of each name, dead sandboxes beyond the
//! newest. Upstream does it for all pods every minute (`kuberuntime_gc.go`, MaxPerPodContainer 1).

use super::logs::remove_log_link;
use crate::observe::{SeenContainer, SeenPod, SeenState};
use crate::world::World;
use cri::CriError;
use std::collections::BTreeSet;
use types::SandboxId;

/// What can go.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Surplus {
    pub(super) containers: Vec<SeenContainer>,
    pub(super) sandboxes: Vec<SandboxId>,
}

impl Surplus {
    pub(super) fn is_empty(&self) -> bool {
        self.containers.is_empty() && self.sandboxes.is_empty()
    }
}

/// One ended container of each name stays, for its exit code and its log.
pub(super) fn surplus(seen: &SeenPod) -> Surplus {
    let mut surplus = Surplus::default();
    let mut kept_names = BTreeSet::new();
    for container in &seen.containers {
        let is_newest = seen.newest(&container.name).is_some_and(|newest| newest.id == container.id);
        match container.state {
            SeenState::Running { .. } | SeenState::Unknown => {}
            SeenState::Exited(_) if kept_names.insert(container.name.as_str()) => {}
            SeenState::Created if is_newest => {}
            SeenState::Exited(_) | SeenState::Created => surplus.containers.push(container.clone()),
        }
    }
    for sandbox in seen.sandboxes.iter().skip(1).filter(|sandbox| !sandbox.is_ready) {
        let is_used = seen.containers.iter().any(|container| {
            container.sandbox_id == sandbox.id
                && !surplus.containers.iter().any(|other| other.id == container.id)
        });
        if !is_used {
            surplus.sandboxes.push(sandbox.id.clone());
        }
    }
    surplus
}

/// Removes it; whether all of it is seen to be gone. If not, it has to be tried again after a pause.
pub(super) async fn tidy(world: &World, seen: &SeenPod, surplus: Surplus) -> bool {
    let mut is_tidy = true;
    for container in &surplus.containers {
        match world.runtime.remove_container(container.id.as_str()).await {
            Ok(()) | Err(CriError::NotFound { .. }) => {}
            Err(error) => {
                tracing::debug!(pod = %seen.name, containerID = %container.id, err = %error, "Failed to remove a dead container");
                is_tidy = false;
                continue;
            }
        }
        let noted = world.observer.container_removed(&seen.uid, &container.sandbox_id, &container.id).await;
        is_tidy &= noted.is_ok();
        remove_log_link(world, &seen.name, container.id.as_str(), &container.name).await;
        remove_log(world, seen, container).await;
    }
    for sandbox in &surplus.sandboxes {
        if let Err(error) = world.runtime.remove_pod_sandbox(sandbox.as_str()).await {
            tracing::debug!(pod = %seen.name, sandboxID = %sandbox, err = %error, "Failed to remove a dead sandbox");
            is_tidy = false;
            continue;
        }
        let confirmed = world.observer.confirm_sandbox(&seen.uid, &seen.name, sandbox).await;
        is_tidy &= matches!(confirmed, Ok(None));
    }
    is_tidy
}

/// The log of one run, with what rotation made of it.
async fn remove_log(world: &World, seen: &SeenPod, container: &SeenContainer) {
    let directory = world.pod_log_directory(&seen.name, &seen.uid).join(&container.name);
    let prefix = format!("{}.log", container.restart_count);
    let entries = world.files.list_dir(&directory).await.ok().flatten().unwrap_or_default();
    for entry in entries {
        if entry.name.to_str().is_some_and(|name| name.starts_with(&prefix)) {
            world.files.remove(&directory.join(entry.name)).await.ok();
        }
    }
}
