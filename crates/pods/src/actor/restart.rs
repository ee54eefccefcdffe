//! Whether a container that is not running is started again.
//!
//! Source: `pkg/kubelet/container/helpers.go` `ShouldContainerBeRestarted` of 1.37, KEP-5307 for the rules of one container.

use crate::observe::SeenState;
use k8s_openapi::api::core::v1::{Container, PodSpec};
use types::RestartPolicy;
use types::pod::restart_policy;

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Start it, now or after its back-off.
    Start,
    /// It stays as it is.
    Leave,
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

/// The verdict on a container that ended with `exit_code`.
pub(super) fn after_exit(pod_spec: &PodSpec, container: &Container, exit_code: i32) -> Verdict {
    let rules = container.restart_policy_rules.as_deref().unwrap_or_default();
    let is_restart_rule = rules.iter().any(|rule| {
        rule.action == "Restart"
            && rule.exit_codes.as_ref().is_some_and(|codes| {
                let is_listed = codes.values.as_deref().unwrap_or_default().contains(&exit_code);
                match codes.operator.as_str() {
                    "In" => is_listed,
                    "NotIn" => !is_listed,
                    _ => false,
                }
            })
    });
    if is_restart_rule {
        return Verdict::Start;
    }
    let policy = match container.restart_policy.as_deref() {
        Some("Always") => RestartPolicy::Always,
        Some("OnFailure") => RestartPolicy::OnFailure,
        Some("Never") => RestartPolicy::Never,
        Some(_) | None => restart_policy(pod_spec),
    };
    match policy {
        RestartPolicy::Always => Verdict::Start,
        RestartPolicy::OnFailure if exit_code != 0 => Verdict::Start,
        RestartPolicy::OnFailure | RestartPolicy::Never => Verdict::Leave,
    }
}
