//! How far a pod's initialization is, and what takes it further (`computeInitContainerActions`).

use super::draft::is_changed;
use super::{ContainerKind, ContainerStep, Inputs, Kill, Start};
use crate::actor::restart::{self, Verdict};
use crate::observe::{SeenContainer, SeenSandbox, SeenState};
use k8s_openapi::api::core::v1::PodSpec;
use types::pod::is_sidecar;

/// How far it is.
pub(super) enum Initialization {
    /// App containers may start.
    Done,
    /// They may not yet.
    Running,
    /// They never will.
    Failed,
}

/// Walks the init containers from the last to the first, as finished ones may have been removed since. What has to be started
/// and stopped is added to `start`.
pub(super) fn init_containers(
    inputs: Inputs<'_>,
    pod_spec: &PodSpec,
    sandbox: &SeenSandbox,
    start: &mut Start,
) -> Initialization {
    let init_containers = pod_spec.init_containers.as_deref().unwrap_or_default();
    if init_containers.is_empty() {
        return Initialization::Done;
    }
    let active = |name: &str| {
        inputs.seen.containers.iter().find(|seen| seen.name == name && seen.sandbox_id == sandbox.id)
    };
    let mut is_done = pod_spec.containers.iter().any(|container| {
        active(&container.name).is_some_and(|seen| !matches!(seen.state, SeenState::Created))
    });
    let mut is_later_initialized = is_done;
    let mut indexes = Vec::new();
    for (index, container) in init_containers.iter().enumerate().rev() {
        let sidecar = is_sidecar(container);
        let Some(seen) = active(&container.name) else {
            if is_later_initialized && sidecar {
                indexes.push(index);
            }
            continue;
        };
        if is_later_initialized && !sidecar {
            continue;
        }
        let is_last = index + 1 == init_containers.len();
        let mut advance = |indexes: &mut Vec<usize>| {
            if is_last {
                is_done = true;
            } else if !is_later_initialized {
                indexes.push(index + 1);
            }
        };
        match &seen.state {
            SeenState::Created => indexes.push(index),
            SeenState::Running { .. } if inputs.memory.ended_early.contains_key(&seen.id) => {
                indexes.push(index)
            }
            SeenState::Running { .. } if sidecar => {
                advance(&mut indexes);
                if is_changed(container, seen) {
                    start.kill.push(Kill {
                        id: seen.id.clone(),
                        message: format!("Init container {} definition changed", container.name),
                    });
                    indexes.push(index);
                }
            }
            SeenState::Running { .. } => {}
            SeenState::Exited(_) if sidecar => indexes.push(index),
            SeenState::Exited(exit) if exit.exit_code == 0 && exit.reason != "OOMKilled" => {
                advance(&mut indexes);
            }
            SeenState::Exited(exit) => {
                if restart::after_exit(pod_spec, container, exit.exit_code) == Verdict::Leave {
                    return Initialization::Failed;
                }
                indexes.push(index);
            }
            SeenState::Unknown => {
                if !sidecar && restart::by_policy_alone(pod_spec, container) == Verdict::Leave {
                    return Initialization::Failed;
                }
                start.kill.push(unknown(seen));
                indexes.push(index);
            }
        }
        is_later_initialized = true;
    }
    if !is_later_initialized {
        indexes.push(0);
    }
    indexes.reverse();
    let steps = indexes.into_iter().map(|index| ContainerStep { kind: ContainerKind::Init, index });
    start.containers.extend(steps);
    if is_done { Initialization::Done } else { Initialization::Running }
}

fn unknown(seen: &SeenContainer) -> Kill {
    Kill {
        id: seen.id.clone(),
        message: "Init container is in \"unknown\" state, try killing it before restart".to_owned(),
    }
}
