//! What is missing, as if nothing had to wait.

use super::init_containers::{Initialization, init_containers};
use super::reset::{self, Reset};
use super::{ContainerKind, ContainerStep, Inputs, Kill, SandboxStep, Start};
use crate::actor::restart::{self, Verdict};
use crate::observe::{SeenContainer, SeenPod, SeenSandbox, SeenState};
use k8s_openapi::api::core::v1::{Container, PodSpec};
use types::RestartPolicy;
use types::pod::{is_host_network, restart_policy, spec};

/// A plan before anything is held back.
pub(super) enum Draft {
    Complete,
    Start(Start),
    Reset(Vec<Reset>),
}

/// Drafts the next step.
pub(super) fn draft(inputs: Inputs<'_>) -> Draft {
    let pod_spec = spec(inputs.pod);
    if let Some(resets) = reset::resets(pod_spec, inputs.seen) {
        return Draft::Reset(resets);
    }
    match usable_sandbox(pod_spec, inputs.seen) {
        Some(sandbox) => in_sandbox(inputs, pod_spec, sandbox),
        None => in_new_sandbox(inputs, pod_spec),
    }
}

/// The one ready sandbox in the right network with an address, if that is what there is.
fn usable_sandbox<'a>(pod_spec: &PodSpec, seen: &'a SeenPod) -> Option<&'a SeenSandbox> {
    let newest = seen.newest_sandbox()?;
    let ready_count = seen.sandboxes.iter().filter(|sandbox| sandbox.is_ready).count();
    let host_network = is_host_network(pod_spec);
    let is_usable = newest.is_ready
        && ready_count == 1
        && newest.is_host_network == host_network
        && (host_network || !newest.ips.is_empty());
    is_usable.then_some(newest)
}

fn in_new_sandbox(inputs: Inputs<'_>, pod_spec: &PodSpec) -> Draft {
    let seen = inputs.seen;
    let attempt = seen.newest_sandbox().map_or(0, |sandbox| sandbox.attempt + 1);
    let policy = restart_policy(pod_spec);
    if policy == RestartPolicy::Never && attempt != 0 && !seen.containers.is_empty() {
        return Draft::Complete;
    }
    let to_start: Vec<usize> = (0..pod_spec.containers.len())
        .filter(|&index| {
            let container = &pod_spec.containers[index];
            let is_run_once = match container.restart_policy.as_deref() {
                Some(own) => own == "OnFailure",
                None => policy == RestartPolicy::OnFailure,
            };
            !(is_run_once && succeeded(seen.newest(&container.name)))
        })
        .collect();
    let is_initialized = pod_spec.containers.iter().any(|container| seen.newest(&container.name).is_some());
    if to_start.is_empty() && is_initialized {
        return Draft::Complete;
    }
    let has_init_containers = pod_spec.init_containers.as_ref().is_some_and(|list| !list.is_empty());
    let containers = if has_init_containers {
        vec![ContainerStep { kind: ContainerKind::Init, index: 0 }]
    } else {
        to_start.into_iter().map(|index| ContainerStep { kind: ContainerKind::App, index }).collect()
    };
    Draft::Start(Start { sandbox: SandboxStep::Create { attempt }, kill: Vec::new(), containers })
}

fn succeeded(container: Option<&SeenContainer>) -> bool {
    matches!(container.map(|container| &container.state), Some(SeenState::Exited(exit)) if exit.exit_code == 0)
}

fn in_sandbox(inputs: Inputs<'_>, pod_spec: &PodSpec, sandbox: &SeenSandbox) -> Draft {
    let mut start = Start {
        sandbox: SandboxStep::Keep(sandbox.id.clone()),
        kill: Vec::new(),
        containers: ephemeral(inputs, pod_spec),
    };
    match init_containers(inputs, pod_spec, sandbox, &mut start) {
        Initialization::Failed => return Draft::Complete,
        Initialization::Running => return Draft::Start(start),
        Initialization::Done => {}
    }
    let mut kept = 0;
    let mut app_starts = Vec::new();
    for (index, container) in pod_spec.containers.iter().enumerate() {
        let step = ContainerStep { kind: ContainerKind::App, index };
        let newest = inputs.seen.newest(&container.name);
        match newest.map(|seen| (&seen.state, seen)) {
            Some((SeenState::Running { .. }, seen)) if inputs.memory.ended_early.contains_key(&seen.id) => {
                app_starts.push(step);
            }
            Some((SeenState::Running { .. }, seen)) => {
                if is_changed(container, seen) {
                    start.kill.push(Kill {
                        id: seen.id.clone(),
                        message: format!(
                            "Container {} definition changed, will be restarted",
                            container.name
                        ),
                    });
                    app_starts.push(step);
                } else {
                    kept += 1;
                }
            }
            Some((SeenState::Unknown, seen)) => {
                if restart::verdict(pod_spec, container, Some(&seen.state)) == Verdict::Start {
                    start.kill.push(Kill {
                        id: seen.id.clone(),
                        message: "Container is in \"unknown\" state, try killing it before restart"
                            .to_owned(),
                    });
                    app_starts.push(step);
                }
            }
            Some((state @ (SeenState::Created | SeenState::Exited(_)), _)) => {
                if restart::verdict(pod_spec, container, Some(state)) == Verdict::Start {
                    app_starts.push(step);
                }
            }
            None => app_starts.push(step),
        }
    }
    if kept == 0 && app_starts.is_empty() {
        return Draft::Complete;
    }
    start.containers.extend(app_starts);
    Draft::Start(start)
}

/// Ephemeral containers that were never made. They come before all others, so that a pod that does not start can be looked at,
/// and they run once.
fn ephemeral(inputs: Inputs<'_>, pod_spec: &PodSpec) -> Vec<ContainerStep> {
    let listed = pod_spec.ephemeral_containers.iter().flatten().enumerate();
    let missing = listed.filter(|(_, container)| inputs.seen.newest(&container.name).is_none());
    missing.map(|(index, _)| ContainerStep { kind: ContainerKind::Ephemeral, index }).collect()
}

/// Whether a running container was made from another specification.
pub(super) fn is_changed(container: &Container, seen: &SeenContainer) -> bool {
    // Whoever made a container without noting a hash cannot have meant another specification.
    seen.hash.is_some_and(|hash| hash != translate::container_hash(container))
}
