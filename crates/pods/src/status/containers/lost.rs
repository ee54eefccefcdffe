//! A container that the runtime does not have: not yet, or not any more.

use super::{Kind, Subject, unknown_end, waiting_state};
use crate::observe::SeenState;
use crate::status::restarting::{self, Restarting};
use k8s_openapi::api::core::v1::{
    ContainerState, ContainerStateTerminated, ContainerStatus, VolumeMount, VolumeMountStatus,
};
use types::pod::{is_sidecar, spec};
use types::reasons::terminated;

/// The status of a container of which there is no instance.
pub(super) fn status(subject: &Subject<'_>) -> ContainerStatus {
    let container = subject.container;
    let mut status = ContainerStatus {
        name: container.name.clone(),
        image: container.image.clone().unwrap_or_default(),
        state: Some(waiting_state(subject.default_reason(), "")),
        volume_mounts: volume_mounts(subject),
        ..ContainerStatus::default()
    };
    if let Some(old) = subject.old {
        let is_restarting = subject.restarting != Restarting::No;
        let has_been_told_to_wait = old.state.as_ref().is_some_and(|state| state.waiting.is_some());
        if is_restarting && !has_been_told_to_wait {
            status.volume_mounts.clone_from(&old.volume_mounts);
            restarting::removed(&mut status, old);
            return status;
        }
        let old_state = old.state.clone().unwrap_or_default();
        if old_state.terminated.is_some() {
            // How it ended is known already.
            status = old.clone();
        } else {
            status.restart_count = old.restart_count;
            status.last_state.clone_from(&old.last_state);
        }
        if restarting::waits_since_removal(old) {
            status.state.clone_from(&old.state);
        }
        let has_ended = status.last_state.as_ref().is_some_and(|last| last.terminated.is_some());
        if old_state.running.is_some() && !has_ended {
            // It ran, and nobody saw how it ended: it must not look as if it had never run.
            let ended = unknown_end(
                "The container could not be located when the pod was deleted.  The container used to be Running",
            );
            status.last_state = Some(ContainerState { terminated: Some(ended), ..ContainerState::default() });
            if subject.pod.metadata.deletion_timestamp.is_none() {
                status.restart_count = status.restart_count.saturating_add(1);
            }
        }
    }
    if subject.kind == Kind::Init && is_forgotten_success(subject, &status) {
        status.state = Some(ContainerState { terminated: Some(completed()), ..ContainerState::default() });
    }
    status
}

/// Whether an init container must have done its work: the pod's own containers were made after it.
fn is_forgotten_success(subject: &Subject<'_>, status: &ContainerStatus) -> bool {
    if subject.restarting != Restarting::No {
        return false;
    }
    let Some(seen) = subject.inputs.state.seen.as_deref() else { return false };
    let is_waiting = status.state.as_ref().is_some_and(|state| state.waiting.is_some());
    let was_app_made = spec(subject.pod)
        .containers
        .iter()
        .any(|app| seen.newest(&app.name).is_some_and(|made| !matches!(made.state, SeenState::Unknown)));
    is_waiting && was_app_made && !is_sidecar(subject.container)
}

fn completed() -> ContainerStateTerminated {
    ContainerStateTerminated {
        reason: Some(terminated::COMPLETED.to_owned()),
        message: Some(
            "Unable to get init container status from container runtime and pod has been initialized, treat it as exited normally"
                .to_owned(),
        ),
        ..ContainerStateTerminated::default()
    }
}

/// What is mounted, which the runtime does not know by name; it never changes once it was told.
pub(super) fn volume_mounts(subject: &Subject<'_>) -> Option<Vec<VolumeMountStatus>> {
    if let Some(told) = subject.old.and_then(|old| old.volume_mounts.clone()) {
        return Some(told);
    }
    let is_possible = subject.inputs.facts.recursive_read_only;
    let mounts = subject.container.volume_mounts.iter().flatten().map(|mount| VolumeMountStatus {
        name: mount.name.clone(),
        mount_path: mount.mount_path.clone(),
        read_only: mount.read_only.filter(|is_read_only| *is_read_only),
        recursive_read_only: mount
            .read_only
            .unwrap_or(false)
            .then(|| recursive_read_only(mount, is_possible).to_owned()),
        volume_status: None,
    });
    let mounts: Vec<VolumeMountStatus> = mounts.collect();
    (!mounts.is_empty()).then_some(mounts)
}

/// `resolveRecursiveReadOnly`; what cannot be is told as disabled.
fn recursive_read_only(mount: &VolumeMount, is_possible: bool) -> &'static str {
    let is_private = matches!(mount.mount_propagation.as_deref(), None | Some("None"));
    let is_wanted = matches!(mount.recursive_read_only.as_deref(), Some("IfPossible" | "Enabled"));
    if is_wanted && is_private && is_possible { "Enabled" } else { "Disabled" }
}
