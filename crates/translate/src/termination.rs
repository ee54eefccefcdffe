//! How a container ends: its grace period and its last words.

use crate::ContainerIdentity;
use cri::v1;
use k8s_openapi::api::core::v1::{Container, Pod, Probe};

/// A container always gets this long to end, whatever the pod says (`minimumGracePeriodInSeconds`).
pub const MINIMUM_GRACE_PERIOD_SECONDS: i64 = 2;
/// Bytes read of the file with a container's last words, from its end.
pub const MAX_TERMINATION_MESSAGE_BYTES: usize = 4096;
/// Bytes taken from the end of a log that stands in for it.
pub const MAX_TERMINATION_MESSAGE_LOG_BYTES: usize = 2048;
/// Lines taken from the end of a log that stands in for it.
pub const MAX_TERMINATION_MESSAGE_LOG_LINES: usize = 80;

/// Why a container is ended, as far as its grace period depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KillReason {
    /// Its startup probe failed.
    StartupProbe,
    /// Its liveness probe failed.
    LivenessProbe,
    /// Anything else.
    Other,
}

/// Seconds between the first signal and the last (`setTerminationGracePeriod`), before preStop hooks and ordering have
/// used theirs; the caller keeps at least [`MINIMUM_GRACE_PERIOD_SECONDS`] for the container itself.
///
/// The grace period of a deletion wins over all; a probe's own over the pod's. A pod that says nothing, which happens
/// only for one known from a container's annotations, gets the minimum.
pub fn grace_period_seconds(pod: &Pod, container: &Container, reason: KillReason) -> i64 {
    if let Some(seconds) = pod.metadata.deletion_grace_period_seconds {
        return seconds;
    }
    let Some(pod_seconds) = types::pod::spec(pod).termination_grace_period_seconds else {
        return MINIMUM_GRACE_PERIOD_SECONDS;
    };
    let own = |probe: &Option<Probe>| probe.as_ref().and_then(|probe| probe.termination_grace_period_seconds);
    match reason {
        KillReason::StartupProbe => own(&container.startup_probe).unwrap_or(pod_seconds),
        KillReason::LivenessProbe => own(&container.liveness_probe).unwrap_or(pod_seconds),
        KillReason::Other => pod_seconds,
    }
}

/// Where the last words of an ended container are to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminationMessage {
    /// From the last [`MAX_TERMINATION_MESSAGE_BYTES`] of this file. When it is missing or empty, from the log if
    /// `else_log`; a file that cannot be read for another reason gives `Error on reading termination log <path>: …`.
    File {
        /// On the node.
        path: String,
        /// Whether the log stands in.
        else_log: bool,
    },
    /// From the end of the container's log.
    Log,
    /// There are none.
    Nothing,
}

/// Finds the last words of an ended container (`getTerminationMessage`, `convertToKubeContainerStatus`). Its log stands
/// in only if its policy says so and it failed after it had been started. What is found is appended to the message of
/// the runtime, after `: ` when there is one.
pub fn termination_message_source(
    identity: &ContainerIdentity,
    status: &v1::ContainerStatus,
) -> TerminationMessage {
    let use_log = identity.termination_message_policy == "FallbackToLogsOnError"
        && status.exit_code != 0
        && status.reason != "ContainerCannotRun";
    let mount = status.mounts.iter().find(|mount| {
        !identity.termination_message_path.is_empty()
            && mount.container_path == absolute(&identity.termination_message_path)
    });
    match (mount, use_log) {
        (Some(mount), else_log) => TerminationMessage::File { path: mount.host_path.clone(), else_log },
        (None, true) => TerminationMessage::Log,
        (None, false) => TerminationMessage::Nothing,
    }
}

/// A path in a container; a relative one starts at the root (`volumeutil.MakeAbsolutePath`).
pub(crate) fn absolute(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn grace(pod: serde_json::Value, container: serde_json::Value, reason: KillReason) -> i64 {
        let mut container = container;
        container["name"] = json!("app");
        grace_period_seconds(
            &serde_json::from_value(pod).unwrap(),
            &serde_json::from_value(container).unwrap(),
            reason,
        )
    }

    #[test]
    fn deletion_wins_then_the_probe_then_the_pod() {
        let pod = json!({"metadata": {}, "spec": {"containers": [], "terminationGracePeriodSeconds": 40}});
        let deleted = json!({"metadata": {"deletionGracePeriodSeconds": 7},
            "spec": {"containers": [], "terminationGracePeriodSeconds": 40}});
        let silent = json!({"metadata": {}, "spec": {"containers": []}});
        let probes = json!({"startupProbe": {"terminationGracePeriodSeconds": 11},
            "livenessProbe": {"terminationGracePeriodSeconds": 12}});
        for (pod, container, reason, expected) in [
            (&pod, json!({}), KillReason::Other, 40),
            (&pod, json!({}), KillReason::LivenessProbe, 40),
            (&pod, probes.clone(), KillReason::StartupProbe, 11),
            (&pod, probes.clone(), KillReason::LivenessProbe, 12),
            (&pod, probes.clone(), KillReason::Other, 40),
            (&deleted, probes.clone(), KillReason::LivenessProbe, 7),
            (&silent, probes.clone(), KillReason::LivenessProbe, 2),
        ] {
            assert_eq!(grace(pod.clone(), container, reason), expected, "{pod} {reason:?}");
        }
    }

    #[test]
    fn last_words_come_from_the_mounted_file_or_the_log() {
        let mount = v1::Mount {
            host_path: "/var/lib/kubelet/pods/u/containers/app/12345678".to_owned(),
            container_path: "/dev/termination-log".to_owned(),
            ..Default::default()
        };
        let check = |path: &str, policy: &str, exit_code, reason: &str, expected| {
            let identity = ContainerIdentity {
                termination_message_path: path.to_owned(),
                termination_message_policy: policy.to_owned(),
                ..ContainerIdentity::default()
            };
            let status = v1::ContainerStatus {
                exit_code,
                reason: reason.to_owned(),
                mounts: vec![mount.clone()],
                ..Default::default()
            };
            assert_eq!(
                termination_message_source(&identity, &status),
                expected,
                "{path} {policy} {exit_code}"
            );
        };
        let file = |else_log| TerminationMessage::File { path: mount.host_path.clone(), else_log };
        let fallback = "FallbackToLogsOnError";
        check("/dev/termination-log", "File", 1, "Error", file(false));
        check("dev/termination-log", fallback, 1, "Error", file(true));
        check("/dev/termination-log", fallback, 0, "Completed", file(false));
        check("/elsewhere", fallback, 1, "Error", TerminationMessage::Log);
        check("/elsewhere", fallback, 128, "ContainerCannotRun", TerminationMessage::Nothing);
        check("", "File", 1, "Error", TerminationMessage::Nothing);
    }
}
