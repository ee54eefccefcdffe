//! What to do next for a pod that should run: a pure function of the wanted and the seen pod, of what is
//! remembered and of the time.
//!
//! Source of the rules: `pkg/kubelet/kuberuntime/kuberuntime_manager.go` `computePodActions`,
//! `kuberuntime_container.go` `computeInitContainerActions`, `util/util.go` `PodSandboxChanged` of 1.37.

use super::memory::Memory;
use super::restart::{self, Verdict};
use crate::backoff::{Backoff, BackoffPolicy};
use crate::observe::{Exit, SeenContainer, SeenPod, SeenSandbox, SeenState};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};
use std::collections::BTreeMap;
use types::pod::{is_host_network, is_sidecar, restart_policy, spec};
use types::{ContainerId, RestartPolicy, SandboxId};

/// All that a plan depends on.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a> {
    /// The wanted pod.
    pub pod: &'a Pod,
    /// What the runtime has of it.
    pub seen: &'a SeenPod,
    /// What happened before.
    pub memory: &'a Memory,
    /// How restarts are slowed down.
    pub policy: BackoffPolicy,
    /// Wall time.
    pub now: Timestamp,
}

/// The next step.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Plan {
    /// Nothing to do before `until`, or before something changes.
    Wait {
        /// When a back-off ends.
        until: Option<Timestamp>,
    },
    /// Bring containers up.
    Start(Start),
    /// Every container is done and none will be started again.
    Complete,
}

/// One group of actions: what to take down first, then what to bring up, in order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Start {
    /// Where the containers go.
    pub sandbox: SandboxStep,
    /// Containers to stop first, each with the words of the `Killing` event.
    pub kill: Vec<Kill>,
    /// Containers to start, in order.
    pub containers: Vec<ContainerStep>,
}

/// Whether the pod's sandbox stays.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SandboxStep {
    /// It is ready.
    Keep(SandboxId),
    /// There is none that can be used: whatever there is is stopped, and a new one made.
    Create {
        /// Its attempt number.
        attempt: u32,
    },
}

/// A container to stop.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kill {
    /// Which one.
    pub id: ContainerId,
    /// Its name.
    pub name: String,
    /// Why, as upstream's event says it.
    pub message: String,
}

/// A container to start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ContainerStep {
    /// Which list of the specification it is in.
    pub kind: ContainerKind,
    /// Its place in that list.
    pub index: usize,
}

/// The list of the pod's specification that a container is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ContainerKind {
    /// `spec.initContainers`.
    Init,
    /// `spec.containers`.
    App,
}

impl ContainerStep {
    /// The container's specification.
    pub(super) fn container<'a>(&self, spec: &'a PodSpec) -> Option<&'a Container> {
        match self.kind {
            ContainerKind::Init => spec.init_containers.as_deref().unwrap_or_default().get(self.index),
            ContainerKind::App => spec.containers.get(self.index),
        }
    }
}

/// Containers that wait for their back-off to end: name to the end of the wait.
pub(super) type Waits = BTreeMap<String, Timestamp>;

/// Plans the next step; the second value tells which containers are held back by their restart back-off.
pub(super) fn plan(inputs: Inputs<'_>) -> (Plan, Waits) {
    let mut draft = draft(inputs);
    let mut waits = Waits::new();
    let mut until: Option<Timestamp> = None;
    if let Some(failure) = inputs.memory.pod_failure.as_ref().filter(|failure| failure.is_waiting(inputs.now))
    {
        let is_needed =
            !matches!(draft, Draft::Complete) && !matches!(&draft, Draft::Start(start) if start.is_empty());
        if is_needed {
            return (Plan::Wait { until: Some(failure.retry_at) }, waits);
        }
    }
    if let Draft::Start(start) = &mut draft {
        let pod_spec = spec(inputs.pod);
        start.containers.retain(|step| {
            let Some(container) = step.container(pod_spec) else { return false };
            match held_until(inputs, container, &mut waits) {
                Some(moment) => {
                    until = Some(until.map_or(moment, |earlier| earlier.min(moment)));
                    false
                }
                None => true,
            }
        });
    }
    let plan = match draft {
        Draft::Complete => Plan::Complete,
        Draft::Start(start) if start.is_empty() => Plan::Wait { until },
        // Without a container to start there is no use in a new sandbox yet.
        Draft::Start(start)
            if start.containers.is_empty()
                && matches!(start.sandbox, SandboxStep::Create { .. })
                && until.is_some() =>
        {
            Plan::Wait { until }
        }
        Draft::Start(start) => Plan::Start(start),
    };
    (plan, waits)
}

/// The moment before which this container may not be started, if any.
fn held_until(inputs: Inputs<'_>, container: &Container, waits: &mut Waits) -> Option<Timestamp> {
    let memory = inputs.memory;
    if let Some(failure) =
        memory.failures.get(&container.name).filter(|failure| failure.is_waiting(inputs.now))
    {
        return Some(failure.retry_at);
    }
    let exit = last_exit(inputs.seen, &container.name)?;
    let key = translate::backoff_key(inputs.pod, container);
    let record = memory.restarts.get(&container.name);
    let until = Backoff::blocked_until(record, &key, exit.finished_at, inputs.now, inputs.policy)?;
    waits.insert(container.name.clone(), until);
    Some(until)
}

/// How the newest ended container of that name ended.
pub(super) fn last_exit<'a>(seen: &'a SeenPod, container_name: &str) -> Option<&'a Exit> {
    seen.containers.iter().filter(|container| container.name == container_name).find_map(|container| {
        match &container.state {
            SeenState::Exited(exit) => Some(exit),
            SeenState::Created | SeenState::Running { .. } | SeenState::Unknown => None,
        }
    })
}

enum Draft {
    Complete,
    Start(Start),
}

impl Start {
    fn is_empty(&self) -> bool {
        self.kill.is_empty() && self.containers.is_empty() && matches!(self.sandbox, SandboxStep::Keep(_))
    }
}

fn draft(inputs: Inputs<'_>) -> Draft {
    let pod_spec = spec(inputs.pod);
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
    let mut start =
        Start { sandbox: SandboxStep::Keep(sandbox.id.clone()), kill: Vec::new(), containers: Vec::new() };
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
            Some((SeenState::Running { .. }, seen)) => {
                if is_changed(container, seen) {
                    start.kill.push(Kill {
                        id: seen.id.clone(),
                        name: container.name.clone(),
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
                    start.kill.push(unknown(seen));
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

fn unknown(seen: &SeenContainer) -> Kill {
    Kill {
        id: seen.id.clone(),
        name: seen.name.clone(),
        message: "Container is in \"unknown\" state, try killing it before restart".to_owned(),
    }
}

fn is_changed(container: &Container, seen: &SeenContainer) -> bool {
    // Whoever made a container without noting a hash cannot have meant another specification.
    seen.hash.is_some_and(|hash| hash != translate::container_hash(container))
}

enum Initialization {
    Done,
    Running,
    Failed,
}

/// Walks the init containers from the last to the first, as finished ones may have been removed since.
fn init_containers(
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
            SeenState::Running { .. } if sidecar => {
                advance(&mut indexes);
                if is_changed(container, seen) {
                    start.kill.push(Kill {
                        id: seen.id.clone(),
                        name: container.name.clone(),
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
            state @ (SeenState::Exited(_) | SeenState::Unknown) => {
                if !sidecar && restart::verdict(pod_spec, container, Some(state)) == Verdict::Leave {
                    return Initialization::Failed;
                }
                if matches!(state, SeenState::Unknown) {
                    start.kill.push(unknown(seen));
                }
                indexes.push(index);
            }
        }
        is_later_initialized = true;
    }
    if !is_later_initialized {
        indexes.push(0);
    }
    indexes.reverse();
    start.containers =
        indexes.into_iter().map(|index| ContainerStep { kind: ContainerKind::Init, index }).collect();
    if is_done { Initialization::Done } else { Initialization::Running }
}
