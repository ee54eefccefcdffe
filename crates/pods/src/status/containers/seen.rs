//! A container that the runtime has.

use super::{Subject, unknown_end, waiting_state};
use crate::observe::{Exit, SeenContainer, SeenState};
use crate::status::resources;
use crate::status::restarting::{self, Restarting};
use k8s_openapi::api::core::v1::{
    ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStatus, ContainerUser,
    LinuxContainerUser,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use types::pod::spec;
use types::reasons::terminated as terminated_reasons;

/// As much of a pod's last words as its status holds, over all containers (`MaxPodTerminationMessageLogLength`).
const MAX_MESSAGE_BYTES_PER_POD: usize = 12 * 1024;

/// The status of one instance.
pub(super) fn status(subject: &Subject<'_>, seen: &SeenContainer) -> ContainerStatus {
    let id = format!("{}://{}", subject.inputs.facts.runtime_name, seen.id);
    let old = subject.old;
    let mut status = ContainerStatus {
        name: subject.container.name.clone(),
        restart_count: i32::try_from(seen.restart_count).unwrap_or(i32::MAX),
        image: seen.image.clone(),
        image_id: seen.image_ref.clone(),
        volume_mounts: super::lost::volume_mounts(subject),
        resources: Some(resources::of_container(subject.container, seen, &id, old)),
        allocated_resources: subject.container.resources.as_ref().and_then(|own| own.requests.clone()),
        user: seen.user.as_ref().map(|user| ContainerUser {
            linux: Some(LinuxContainerUser {
                uid: user.uid,
                gid: user.gid,
                supplemental_groups: (!user.supplemental_groups.is_empty())
                    .then(|| user.supplemental_groups.clone()),
            }),
        }),
        last_state: last_state(old, &id).or_else(|| end_before(subject)),
        ..ContainerStatus::default()
    };
    let old_count = old.map_or(0, |old| old.restart_count);
    status.restart_count = status.restart_count.max(old_count);
    let old_state = old.and_then(|old| old.state.as_ref());
    let state = match &seen.state {
        SeenState::Running { started_at } => {
            let had_ended = old_state.is_some_and(|state| state.terminated.is_some());
            if had_ended && i64::from(old_count) >= i64::from(seen.restart_count) {
                status.restart_count = old_count.saturating_add(1);
            }
            let running = ContainerStateRunning { started_at: Some(Time(*started_at)) };
            ContainerState { running: Some(running), ..ContainerState::default() }
        }
        SeenState::Exited(exit) => {
            ContainerState { terminated: Some(terminated(subject, exit, &id)), ..ContainerState::default() }
        }
        SeenState::Unknown if old_state.is_some_and(|state| state.running.is_some()) => {
            status.restart_count = old_count.saturating_add(1);
            let mut ended = unknown_end("The container could not be located when the pod was terminated");
            if subject.restarting != Restarting::No {
                ended.reason = Some(terminated_reasons::RESTARTING_ALL_CONTAINERS.to_owned());
            }
            ContainerState { terminated: Some(ended), ..ContainerState::default() }
        }
        // What was made up of it once stays.
        SeenState::Unknown if is_same_end(old, &id) => old_state.cloned().unwrap_or_default(),
        SeenState::Created | SeenState::Unknown => waiting_state("", ""),
    };
    status.state = Some(state);
    status.container_id = Some(id);
    status
}

/// Whether this very instance was told as ended.
fn is_same_end(old: Option<&ContainerStatus>, id: &str) -> bool {
    old.is_some_and(|old| {
        old.container_id.as_deref() == Some(id)
            && old.state.as_ref().is_some_and(|state| state.terminated.is_some())
    })
}

/// How the instance before ended, as far as it was told: the runtime may have forgotten it.
fn last_state(old: Option<&ContainerStatus>, id: &str) -> Option<ContainerState> {
    let old = old?;
    let ended = |state: &Option<ContainerState>| state.as_ref().and_then(|state| state.terminated.clone());
    let is_another = old.container_id.as_deref() != Some(id);
    let ended = ended(&old.state).filter(|_| is_another).or_else(|| ended(&old.last_state))?;
    Some(ContainerState { terminated: Some(ended), ..ContainerState::default() })
}

/// The end of an instance that was removed before anybody could be told of it.
fn end_before(subject: &Subject<'_>) -> Option<ContainerState> {
    let is_taken_out = subject.inputs.state.taken_out.contains(&subject.container.name);
    is_taken_out.then(restarting::end_of_removed)
}

fn terminated(subject: &Subject<'_>, exit: &Exit, id: &str) -> ContainerStateTerminated {
    let pod_spec = spec(subject.pod);
    let count = pod_spec.containers.len()
        + pod_spec.init_containers.as_ref().map_or(0, Vec::len)
        + pod_spec.ephemeral_containers.as_ref().map_or(0, Vec::len);
    let message = cut(&exit.message, MAX_MESSAGE_BYTES_PER_POD / count.max(1));
    ContainerStateTerminated {
        container_id: Some(id.to_owned()),
        exit_code: exit.exit_code,
        started_at: Some(Time(exit.started_at)),
        finished_at: Some(Time(exit.finished_at)),
        message: (!message.is_empty()).then(|| message.to_owned()),
        reason: (!exit.reason.is_empty()).then(|| exit.reason.clone()),
        signal: None,
    }
}

/// At most `bytes` of a text, never half a character.
fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}
