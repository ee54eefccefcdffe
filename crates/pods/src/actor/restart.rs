//! Whether a container that is not running is started again.
//!
//! Source: `pkg/kubelet/container/helpers.go` `ShouldContainerBeRestarted`, `pkg/api/v1/pod/util.go` `ContainerShouldRestart` of
//! 1.37; KEP-5307 for the rules of one container, KEP-5532 for those that concern all.

use crate::observe::SeenState;
use k8s_openapi::api::core::v1::{Container, PodSpec};
use types::RestartPolicy;
use types::pod::{is_sidecar, restart_policy};

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Start it, now or after its back-off.
    Start,
    /// It stays as it is.
    Leave,
}

/// What a container's own rules say about an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// It is started again.
    Restart,
    /// All containers of the pod are.
    RestartAllContainers,
}

impl Rule {
    /// The name in the API.
    fn of(action: &str) -> Option<Self> {
        match action {
            "Restart" => Some(Self::Restart),
            "RestartAllContainers" => Some(Self::RestartAllContainers),
            _ => None,
        }
    }
}

/// The verdict on a container whose newest instance is in `state`; `None` when there never was one.
pub(super) fn verdict(pod_spec: &PodSpec, container: &Container, state: Option<&SeenState>) -> Verdict {
    match state {
        None | Some(SeenState::Created | SeenState::Unknown) => Verdict::Start,
        Some(SeenState::Running { .. }) => Verdict::Leave,
        Some(SeenState::Exited(exit)) => after_exit(pod_spec, container, exit.exit_code),
    }
}

/// Whether a container that ended with `exit_code` is started again, as its pod's status has to say.
pub(crate) fn restarts_after(pod_spec: &PodSpec, container: &Container, exit_code: i32) -> bool {
    after_exit(pod_spec, container, exit_code) == Verdict::Start
}

/// Containers that are started again whatever their exit code says, sidecars among them.
pub(super) fn restart_however_they_end(pod_spec: &PodSpec) -> impl Iterator<Item = &Container> {
    let sidecars = pod_spec.init_containers.iter().flatten().filter(|container| is_sidecar(container));
    pod_spec.containers.iter().chain(sidecars).filter(|container| {
        policy(pod_spec, container) == RestartPolicy::Always
            && container.restart_policy_rules.iter().flatten().next().is_none()
    })
}

/// Whether some end of one of its containers starts all of a pod's containers again (`AllContainersCouldRestart`).
pub(crate) fn may_restart_all(pod_spec: &PodSpec) -> bool {
    let containers = pod_spec.init_containers.iter().flatten().chain(&pod_spec.containers);
    let mut rules = containers.flat_map(|container| container.restart_policy_rules.iter().flatten());
    rules.any(|rule| Rule::of(&rule.action) == Some(Rule::RestartAllContainers))
}

/// What the first of a container's own rules that fits says.
pub(crate) fn matching_rule(container: &Container, exit_code: i32) -> Option<Rule> {
    let mut rules = container.restart_policy_rules.iter().flatten();
    let first = rules.find(|rule| {
        rule.exit_codes.as_ref().is_some_and(|codes| {
            let is_listed = codes.values.as_deref().unwrap_or_default().contains(&exit_code);
            match codes.operator.as_str() {
                "In" => is_listed,
                "NotIn" => !is_listed,
                _ => false,
            }
        })
    });
    Rule::of(&first?.action)
}

/// The verdict on a container that ended with `exit_code`.
pub(super) fn after_exit(pod_spec: &PodSpec, container: &Container, exit_code: i32) -> Verdict {
    // Validation lets no container have rules without a policy of its own.
    if matching_rule(container, exit_code).is_some() {
        return Verdict::Start;
    }
    match policy(pod_spec, container) {
        RestartPolicy::Always => Verdict::Start,
        RestartPolicy::OnFailure if exit_code != 0 => Verdict::Start,
        RestartPolicy::OnFailure | RestartPolicy::Never => Verdict::Leave,
    }
}

/// The verdict on a container that failed nobody knows how: rules need an exit code.
pub(super) fn by_policy_alone(pod_spec: &PodSpec, container: &Container) -> Verdict {
    match policy(pod_spec, container) {
        RestartPolicy::Always | RestartPolicy::OnFailure => Verdict::Start,
        RestartPolicy::Never => Verdict::Leave,
    }
}

fn policy(pod_spec: &PodSpec, container: &Container) -> RestartPolicy {
    match container.restart_policy.as_deref() {
        Some("Always") => RestartPolicy::Always,
        Some("OnFailure") => RestartPolicy::OnFailure,
        Some("Never") => RestartPolicy::Never,
        Some(_) | None => restart_policy(pod_spec),
    }
}
