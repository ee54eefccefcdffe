//! How long pods take to start, as the service level says it (`pod_startup_latency_tracker.go`): from their creation to the
//! moment when the watch shows all their containers running. Pulling images and running init containers does not count.

use super::metrics::ReportMetrics;
use crate::actor::PodState;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStatus, Pod, PodSpec};
use std::time::Duration;
use types::pod::is_host_network;
use types::reasons::condition;

/// How far a pod's first start is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Startup {
    /// Nothing was seen of it yet.
    #[default]
    Unseen,
    /// It was new when it was seen first.
    Pending,
    /// That it runs was written.
    Written,
    /// It was measured, or is not to be.
    Done,
}

impl Startup {
    /// After the server's object was seen; `state` knows how long pulls took.
    pub(super) fn seen(self, pod: &Pod, state: &PodState, now: Timestamp, metrics: &ReportMetrics) -> Self {
        if types::pod::is_terminal(pod) || is_unschedulable(pod) {
            return Self::Done;
        }
        match self {
            Self::Unseen => {
                let is_new = pod.status.as_ref().is_none_or(|status| status.start_time.is_none());
                if is_new { Self::Pending } else { Self::Done }
            }
            Self::Written if has_started(pod) => {
                record(pod, state, now, metrics);
                Self::Done
            }
            Self::Pending | Self::Written | Self::Done => self,
        }
    }

    /// After the server's answer to a write.
    pub(super) fn written(self, pod: &Pod) -> Self {
        if self == Self::Pending && has_started(pod) { Self::Written } else { self }
    }
}

fn record(pod: &Pod, state: &PodState, now: Timestamp, metrics: &ReportMetrics) {
    let Some(created) = &pod.metadata.creation_timestamp else { return };
    let total = now.duration_since(created.0).as_secs_f64();
    let sli = total - state.pulled_for.as_secs_f64() - init_time(pod).as_secs_f64();
    metrics.pod_start_total_duration.observe(total);
    let Some(wanted) = &state.wanted else { return };
    if is_stateful(wanted.spec()) {
        return;
    }
    metrics.pod_start_sli_duration.observe(sli);
    let first = &metrics.first_network_pod_start_sli_duration;
    if !is_host_network(wanted.spec()) && first.get() == 0.0 {
        first.set(sli);
    }
}

fn has_started(pod: &Pod) -> bool {
    let statuses = pod.status.as_ref().and_then(|status| status.container_statuses.as_deref());
    let is_running = |status: &ContainerStatus| {
        let running = status.state.as_ref().and_then(|state| state.running.as_ref());
        running.is_some_and(|running| running.started_at.is_some())
    };
    statuses.is_some_and(|statuses| !statuses.is_empty() && statuses.iter().all(is_running))
}

fn init_time(pod: &Pod) -> Duration {
    let statuses = pod.status.iter().flat_map(|status| status.init_container_statuses.iter().flatten());
    let ends = statuses.filter_map(|status| status.state.as_ref()?.terminated.as_ref());
    let times = ends.filter_map(|ended| {
        let (start, end) = (ended.started_at.as_ref()?, ended.finished_at.as_ref()?);
        Duration::try_from(end.0.duration_since(start.0)).ok()
    });
    times.sum()
}

/// Whether it mounts anything that outlives a pod.
fn is_stateful(spec: &PodSpec) -> bool {
    spec.volumes.iter().flatten().any(|volume| {
        volume.secret.is_none()
            && volume.config_map.is_none()
            && volume.downward_api.is_none()
            && volume.empty_dir.is_none()
            && volume.projected.is_none()
    })
}

fn is_unschedulable(pod: &Pod) -> bool {
    let mut conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.any(|known| known.type_ == condition::POD_SCHEDULED && known.status == "False")
}
