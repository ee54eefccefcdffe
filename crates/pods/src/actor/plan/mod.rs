//! What to do next for a pod that should run: a pure function of the wanted and the seen pod, of what is
//! remembered and of the time.
//!
//! | module | what it says |
//! |---|---|
//! | [`draft`] | the sandbox and the containers that are missing, as if nothing had to wait |
//! | [`init_containers`] | how far the initialization is |
//! | [`reset`] | whether all containers are started again because one ended |
//!
//! Source of the rules: `pkg/kubelet/kuberuntime/kuberuntime_manager.go` `computePodActions`,
//! `kuberuntime_container.go` `computeInitContainerActions`, `util/util.go` `PodSandboxChanged` of 1.37.

mod draft;
mod init_containers;
mod reset;

pub(super) use reset::Reset;

use super::early_ends::last_end;
use super::memory::Memory;
use crate::backoff::{Backoff, BackoffPolicy};
use crate::observe::{Exit, SeenPod, SeenState};
use draft::{Draft, draft};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use types::pod::spec;
use types::{ContainerId, SandboxId};

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
    /// Take all containers out of the runtime, in this order, so that all begin again.
    Reset(Vec<Reset>),
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
    /// `spec.ephemeralContainers`.
    Ephemeral,
    /// `spec.initContainers`.
    Init,
    /// `spec.containers`.
    App,
}

impl ContainerKind {
    /// The value of the label `container_type` of upstream's metrics.
    pub(super) fn metric_label(self) -> &'static str {
        match self {
            Self::Ephemeral => "ephemeral_container",
            Self::Init => "init_container",
            Self::App => "container",
        }
    }
}

impl ContainerStep {
    /// The container's specification.
    pub(super) fn container<'a>(&self, spec: &'a PodSpec) -> Option<Cow<'a, Container>> {
        match self.kind {
            ContainerKind::Ephemeral => {
                let ephemeral = spec.ephemeral_containers.as_deref().unwrap_or_default().get(self.index)?;
                Some(Cow::Owned(translate::ephemeral_as_container(ephemeral)))
            }
            ContainerKind::Init => {
                spec.init_containers.as_deref().unwrap_or_default().get(self.index).map(Cow::Borrowed)
            }
            ContainerKind::App => spec.containers.get(self.index).map(Cow::Borrowed),
        }
    }
}

impl Start {
    /// The instances that others are put in the place of.
    pub(super) fn replaces(&self, pod_spec: &PodSpec, seen: &SeenPod) -> BTreeSet<ContainerId> {
        let containers = self.containers.iter().filter_map(|step| step.container(pod_spec));
        containers.filter_map(|container| Some(seen.newest(&container.name)?.id.clone())).collect()
    }

    fn is_empty(&self) -> bool {
        self.kill.is_empty() && self.containers.is_empty() && matches!(self.sandbox, SandboxStep::Keep(_))
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
            match held_until(inputs, &container, &mut waits) {
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
        Draft::Reset(resets) => Plan::Reset(resets),
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
    let ended_at = last_end(inputs.seen, memory, &container.name)?;
    let key = translate::backoff_key(inputs.pod, container);
    let record = memory.restarts.get(&container.name);
    let until = Backoff::blocked_until(record, &key, ended_at, inputs.now, inputs.policy)?;
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
