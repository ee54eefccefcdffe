//! How many pods there are, counted when somebody asks.
//!
//! Upstream counts in its housekeeping, every two seconds (`HandlePodCleanups`). Counting at the scrape costs nothing
//! between scrapes, and is never late.

use crate::actor::{PodPhase, PodState};
use crate::observe::{SeenPod, SeenState};
use crate::supervisor::PodsHandle;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{IntGauge, IntGaugeVec, Opts};
use types::PodSource;

/// `kubelet_desired_pods`, `kubelet_active_pods`, `kubelet_working_pods`, and what runs of them.
pub struct PodCounts {
    pods: PodsHandle,
    desired: IntGaugeVec,
    active: IntGaugeVec,
    working: IntGaugeVec,
    running_pods: IntGauge,
    running_containers: IntGaugeVec,
    ephemeral_containers: IntGauge,
}

/// The values of `static`: upstream's says nothing where it means no.
const ORIGINS: [&str; 2] = ["", "true"];

/// The values of `container_state`.
const CONTAINER_STATES: [&str; 4] = ["created", "running", "exited", "unknown"];

/// The values of `lifecycle`.
const LIFECYCLES: [&str; 3] = ["sync", "terminating", "terminated"];

impl PodCounts {
    /// Counts `pods`.
    pub fn new(pods: PodsHandle) -> Result<Self, prometheus::Error> {
        Ok(Self {
            pods,
            desired: IntGaugeVec::new(
                Opts::new(
                    "kubelet_desired_pods",
                    "The number of pods the kubelet is being instructed to run. static is true if the pod is not from the apiserver.",
                ),
                &["static"],
            )?,
            active: IntGaugeVec::new(
                Opts::new(
                    "kubelet_active_pods",
                    "The number of pods the kubelet considers active and which are being considered when admitting new pods. static is true if the pod is not from the apiserver.",
                ),
                &["static"],
            )?,
            working: IntGaugeVec::new(
                Opts::new(
                    "kubelet_working_pods",
                    "Number of pods the kubelet is actually running, broken down by lifecycle phase, whether the pod is desired, orphaned, or runtime only (also orphaned), and whether the pod is static. An orphaned pod has been removed from local configuration or force deleted in the API and consumes resources that are not otherwise visible.",
                ),
                &["config", "lifecycle", "static"],
            )?,
            running_pods: IntGauge::new(
                "kubelet_running_pods",
                "Number of pods that have a running pod sandbox",
            )?,
            running_containers: IntGaugeVec::new(
                Opts::new("kubelet_running_containers", "Number of containers currently running"),
                &["container_state"],
            )?,
            ephemeral_containers: IntGauge::new(
                "kubelet_managed_ephemeral_containers",
                "Current number of ephemeral containers in pods managed by this kubelet.",
            )?,
        })
    }

    fn count(&self) {
        for origin in ORIGINS {
            self.desired.with_label_values(&[origin]).set(0);
            self.active.with_label_values(&[origin]).set(0);
            for lifecycle in LIFECYCLES {
                self.working.with_label_values(&["desired", lifecycle, origin]).set(0);
                self.working.with_label_values(&["orphan", lifecycle, origin]).set(0);
            }
        }
        for lifecycle in LIFECYCLES {
            self.working.with_label_values(&["runtime_only", lifecycle, "unknown"]).set(0);
        }
        for state in CONTAINER_STATES {
            self.running_containers.with_label_values(&[state]).set(0);
        }
        self.running_pods.set(0);
        self.ephemeral_containers.set(0);
        for state in self.pods.list() {
            self.count_one(&state);
            if let Some(seen) = &state.seen {
                self.count_seen(seen);
            }
        }
    }

    fn all(&self) -> [&dyn Collector; 6] {
        [
            &self.desired,
            &self.active,
            &self.working,
            &self.running_pods,
            &self.running_containers,
            &self.ephemeral_containers,
        ]
    }

    fn count_seen(&self, seen: &SeenPod) {
        self.running_pods.add(i64::from(seen.sandboxes.iter().any(|sandbox| sandbox.is_ready)));
        for container in &seen.containers {
            self.running_containers.with_label_values(&[container_state(&container.state)]).inc();
        }
    }

    fn count_one(&self, state: &PodState) {
        let lifecycle = lifecycle(state);
        let Some(wanted) = &state.wanted else {
            self.working.with_label_values(&["runtime_only", lifecycle, "unknown"]).inc();
            return;
        };
        let origin = origin(wanted.source);
        if state.phase == PodPhase::Ending {
            self.working.with_label_values(&["orphan", lifecycle, origin]).inc();
            return;
        }
        let ephemeral = wanted.spec().ephemeral_containers.as_ref().map_or(0, Vec::len);
        self.ephemeral_containers.add(i64::try_from(ephemeral).unwrap_or(i64::MAX));
        self.working.with_label_values(&["desired", lifecycle, origin]).inc();
        self.desired.with_label_values(&[origin]).inc();
        if !state.is_over() && !types::pod::is_terminal(&wanted.pod) {
            self.active.with_label_values(&[origin]).inc();
        }
    }
}

/// The value of `container_state`.
fn container_state(state: &SeenState) -> &'static str {
    match state {
        SeenState::Created => "created",
        SeenState::Running { .. } => "running",
        SeenState::Exited(_) => "exited",
        SeenState::Unknown => "unknown",
    }
}

/// The value of `static` for a pod of this source.
pub(crate) fn origin(source: PodSource) -> &'static str {
    match source {
        PodSource::File | PodSource::Http => "true",
        PodSource::Api => "",
    }
}

fn lifecycle(state: &PodState) -> &'static str {
    let is_stopped = state.seen.as_ref().is_some_and(|seen| seen.is_stopped());
    match state.phase {
        PodPhase::Syncing => "sync",
        PodPhase::Completed | PodPhase::Ending if is_stopped => "terminated",
        PodPhase::Completed | PodPhase::Ending => "terminating",
    }
}

impl Collector for PodCounts {
    fn desc(&self) -> Vec<&Desc> {
        self.all().into_iter().flat_map(Collector::desc).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.count();
        self.all().into_iter().flat_map(Collector::collect).collect()
    }
}
