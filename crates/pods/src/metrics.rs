//! Metrics of pods, with upstream's names, labels and buckets.

mod counts;

pub use counts::PodCounts;
pub(crate) use counts::origin;

use prometheus::{
    Gauge, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
};

/// Registered once, in the wiring.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// `kubelet_pleg_relist_duration_seconds`.
    pub pleg_relist_duration: Histogram,
    /// `kubelet_pleg_relist_interval_seconds`.
    pub pleg_relist_interval: Histogram,
    /// `kubelet_pleg_last_seen_seconds`.
    pub pleg_last_seen: Gauge,
    /// `kubelet_pod_start_duration_seconds`: from the kubelet first seeing a pod to all its containers running.
    pub pod_start_duration: Histogram,
    /// `kubelet_pod_worker_duration_seconds`, by `operation_type`.
    pub pod_worker_duration: HistogramVec,
    /// `kubelet_pod_worker_start_duration_seconds`.
    pub pod_worker_start_duration: Histogram,
    /// `kubelet_started_pods_total`.
    pub started_pods: IntCounter,
    /// `kubelet_started_pods_errors_total`.
    pub started_pods_errors: IntCounter,
    /// `kubelet_started_containers_total`, by `container_type`.
    pub started_containers: IntCounterVec,
    /// `kubelet_started_containers_errors_total`, by `code` and `container_type`.
    pub started_containers_errors: IntCounterVec,
    /// `kubelet_terminated_containers_total`, by `container_type`, `exit_code` and `reason`.
    pub terminated_containers: IntCounterVec,
    /// `kubelet_started_user_namespaced_pods_total`.
    pub started_user_namespaced_pods: IntCounter,
    /// `kubelet_started_user_namespaced_pods_errors_total`.
    pub started_user_namespaced_pods_errors: IntCounter,
    /// `kubelet_image_volume_requested_total`.
    pub image_volumes_requested: IntCounter,
    /// `kubelet_image_volume_mounted_succeed_total`.
    pub image_volumes_mounted: IntCounter,
    /// `kubelet_image_volume_mounted_errors_total`.
    pub image_volumes_failed: IntCounter,
    /// `kubelet_containers_per_pod_count`.
    pub containers_per_pod: Histogram,
    /// `kubelet_pod_level_resources_admission_total`, by `config_mode` and `qos_class`.
    pub pod_level_resources_admissions: IntCounterVec,
    /// `kubelet_mirror_pods`.
    pub mirror_pods: IntGauge,
    /// `kubelet_restarted_pods_total`, by `static`.
    pub restarted_pods: IntCounterVec,
    /// `kubelet_orphaned_runtime_pods_total`.
    pub orphaned_runtime_pods: IntCounter,
    /// `kubelet_admission_rejections_total`, by `reason`.
    pub admission_rejections: IntCounterVec,
    /// `kubelet_preemptions`, by `preemption_signal`: the resource.
    pub preemptions: IntCounterVec,
}

/// Bounds of upstream's pod start histograms, in seconds.
pub(crate) const POD_START_BUCKETS: [f64; 25] = [
    0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 20.0, 30.0, 45.0, 60.0, 120.0, 180.0, 240.0, 300.0, 360.0,
    480.0, 600.0, 900.0, 1200.0, 1800.0, 2700.0, 3600.0,
];

impl Metrics {
    /// Makes and registers them.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            pleg_relist_duration: Histogram::with_opts(HistogramOpts::new(
                "kubelet_pleg_relist_duration_seconds",
                "Duration in seconds for relisting pods in PLEG.",
            ))?,
            pleg_relist_interval: Histogram::with_opts(HistogramOpts::new(
                "kubelet_pleg_relist_interval_seconds",
                "Interval in seconds between relisting in PLEG.",
            ))?,
            pleg_last_seen: Gauge::new(
                "kubelet_pleg_last_seen_seconds",
                "Timestamp in seconds when PLEG was last seen active.",
            )?,
            pod_start_duration: Histogram::with_opts(
                HistogramOpts::new(
                    "kubelet_pod_start_duration_seconds",
                    "Duration in seconds from kubelet seeing a pod for the first time to the pod starting to run",
                )
                .buckets(POD_START_BUCKETS.to_vec()),
            )?,
            pod_worker_duration: HistogramVec::new(
                HistogramOpts::new(
                    "kubelet_pod_worker_duration_seconds",
                    "Duration in seconds to sync a single pod. Broken down by operation type: create, update, or sync",
                ),
                &["operation_type"],
            )?,
            pod_worker_start_duration: Histogram::with_opts(HistogramOpts::new(
                "kubelet_pod_worker_start_duration_seconds",
                "Duration in seconds from kubelet seeing a pod to starting a worker.",
            ))?,
            started_pods: IntCounter::new("kubelet_started_pods_total", "Cumulative number of pods started")?,
            started_pods_errors: IntCounter::new(
                "kubelet_started_pods_errors_total",
                "Cumulative number of errors when starting pods",
            )?,
            started_containers: IntCounterVec::new(
                Opts::new("kubelet_started_containers_total", "Cumulative number of containers started"),
                &["container_type"],
            )?,
            started_containers_errors: IntCounterVec::new(
                Opts::new(
                    "kubelet_started_containers_errors_total",
                    "Cumulative number of errors when starting containers",
                ),
                &["container_type", "code"],
            )?,
            terminated_containers: IntCounterVec::new(
                Opts::new("kubelet_terminated_containers_total", "Cumulative number of container terminations."),
                &["container_type", "exit_code", "reason"],
            )?,
            started_user_namespaced_pods: IntCounter::new(
                "kubelet_started_user_namespaced_pods_total",
                "Cumulative number of pods with user namespaces started. This metric will only be collected on Linux.",
            )?,
            started_user_namespaced_pods_errors: IntCounter::new(
                "kubelet_started_user_namespaced_pods_errors_total",
                "Cumulative number of errors when starting pods with user namespaces. This metric will only be collected on Linux.",
            )?,
            image_volumes_requested: IntCounter::new(
                "kubelet_image_volume_requested_total",
                "Number of requested image volumes.",
            )?,
            image_volumes_mounted: IntCounter::new(
                "kubelet_image_volume_mounted_succeed_total",
                "Number of successful image volume mounts.",
            )?,
            image_volumes_failed: IntCounter::new(
                "kubelet_image_volume_mounted_errors_total",
                "Number of failed image volume mounts.",
            )?,
            containers_per_pod: Histogram::with_opts(
                HistogramOpts::new("kubelet_containers_per_pod_count", "The number of containers per pod.")
                    .buckets(vec![1.0, 2.0, 4.0, 8.0, 16.0]),
            )?,
            pod_level_resources_admissions: IntCounterVec::new(
                Opts::new(
                    "kubelet_pod_level_resources_admission_total",
                    "Total number of pods admitted during Kubelet admission, categorized by resource configuration mode (pod_and_container_level, pod_level, container_level, or empty for unconfigured/BestEffort) and QoS class.",
                ),
                &["config_mode", "qos_class"],
            )?,
            mirror_pods: IntGauge::new(
                "kubelet_mirror_pods",
                "The number of mirror pods the kubelet will try to create (one per admitted static pod)",
            )?,
            restarted_pods: IntCounterVec::new(
                Opts::new(
                    "kubelet_restarted_pods_total",
                    "Number of pods that have been restarted because they were deleted and recreated with the same UID while the kubelet was watching them (common for static pods, extremely uncommon for API pods)",
                ),
                &["static"],
            )?,
            orphaned_runtime_pods: IntCounter::new(
                "kubelet_orphaned_runtime_pods_total",
                "Number of pods that have been detected in the container runtime without being already known to the pod worker. This typically indicates the kubelet was restarted while a pod was force deleted in the API or in the local configuration, which is unusual.",
            )?,
            admission_rejections: IntCounterVec::new(
                Opts::new(
                    "kubelet_admission_rejections_total",
                    "Cumulative number pod admission rejections by the Kubelet.",
                ),
                &["reason"],
            )?,
            preemptions: IntCounterVec::new(
                Opts::new(
                    "kubelet_preemptions",
                    "Cumulative number of pod preemptions by preemption resource",
                ),
                &["preemption_signal"],
            )?,
        };
        metrics.register(registry)?;
        Ok(metrics)
    }

    fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        let collectors: [Box<dyn prometheus::core::Collector>; 23] = [
            Box::new(self.pleg_relist_duration.clone()),
            Box::new(self.pleg_relist_interval.clone()),
            Box::new(self.pleg_last_seen.clone()),
            Box::new(self.pod_start_duration.clone()),
            Box::new(self.pod_worker_duration.clone()),
            Box::new(self.pod_worker_start_duration.clone()),
            Box::new(self.started_pods.clone()),
            Box::new(self.started_pods_errors.clone()),
            Box::new(self.started_containers.clone()),
            Box::new(self.started_containers_errors.clone()),
            Box::new(self.terminated_containers.clone()),
            Box::new(self.started_user_namespaced_pods.clone()),
            Box::new(self.started_user_namespaced_pods_errors.clone()),
            Box::new(self.image_volumes_requested.clone()),
            Box::new(self.image_volumes_mounted.clone()),
            Box::new(self.image_volumes_failed.clone()),
            Box::new(self.containers_per_pod.clone()),
            Box::new(self.pod_level_resources_admissions.clone()),
            Box::new(self.mirror_pods.clone()),
            Box::new(self.restarted_pods.clone()),
            Box::new(self.orphaned_runtime_pods.clone()),
            Box::new(self.admission_rejections.clone()),
            Box::new(self.preemptions.clone()),
        ];
        collectors.into_iter().try_for_each(|collector| registry.register(collector))
    }
}
