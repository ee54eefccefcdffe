//! Metrics of image pulls, with upstream's names.

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry};

/// Registered once, in the wiring.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// `kubelet_image_pull_duration_seconds`, by size of the image.
    pub pull_duration: HistogramVec,
    /// `kubelet_image_manager_ensure_image_requests_total`.
    pub ensure_requests: IntCounterVec,
    /// `kubelet_imagemanager_image_mustpull_checks_total`, by `result`.
    pub must_pull_checks: IntCounterVec,
    /// `kubelet_imagemanager_ondisk_pullintents`.
    pub pull_intents: IntGauge,
    /// `kubelet_imagemanager_ondisk_pulledrecords`.
    pub pulled_records: IntGauge,
}

impl Metrics {
    /// Makes and registers them.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let pull_duration = HistogramVec::new(
            HistogramOpts::new(
                "kubelet_image_pull_duration_seconds",
                "Duration in seconds to pull an image.",
            )
            .buckets(vec![
                1.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 180.0, 240.0, 300.0, 360.0, 480.0, 600.0, 900.0,
                1200.0, 1800.0, 2700.0, 3600.0,
            ]),
            &["image_size_in_bytes"],
        )?;
        let ensure_requests = IntCounterVec::new(
            Opts::new(
                "kubelet_image_manager_ensure_image_requests_total",
                "Number of ensure-image requests processed by the kubelet.",
            ),
            &["pull_policy", "present_locally", "pull_required"],
        )?;
        let must_pull_checks = IntCounterVec::new(
            Opts::new(
                "kubelet_imagemanager_image_mustpull_checks_total",
                "Counter for how many times kubelet checked whether credentials need to be re-verified to access an image",
            ),
            &["result"],
        )?;
        let pull_intents = IntGauge::new(
            "kubelet_imagemanager_ondisk_pullintents",
            "Number of ImagePullIntents stored on disk.",
        )?;
        let pulled_records = IntGauge::new(
            "kubelet_imagemanager_ondisk_pulledrecords",
            "Number of ImagePulledRecords stored on disk.",
        )?;
        registry.register(Box::new(pull_duration.clone()))?;
        registry.register(Box::new(ensure_requests.clone()))?;
        registry.register(Box::new(must_pull_checks.clone()))?;
        registry.register(Box::new(pull_intents.clone()))?;
        registry.register(Box::new(pulled_records.clone()))?;
        Ok(Self { pull_duration, ensure_requests, must_pull_checks, pull_intents, pulled_records })
    }
}

/// The label value of an image of `bytes`, 0 for an unknown size (upstream's `GetImageSizeBucket`).
pub(crate) fn size_bucket(bytes: u64) -> &'static str {
    const MB: u64 = 1024 * 1024;
    const GB: u64 = 1024 * MB;
    match bytes {
        0 => "N/A",
        bytes if bytes <= 10 * MB => "0-10MB",
        bytes if bytes <= 100 * MB => "10MB-100MB",
        bytes if bytes <= 500 * MB => "100MB-500MB",
        bytes if bytes <= GB => "500MB-1GB",
        bytes if bytes <= 5 * GB => "1GB-5GB",
        bytes if bytes <= 10 * GB => "5GB-10GB",
        bytes if bytes <= 20 * GB => "10GB-20GB",
        bytes if bytes <= 30 * GB => "20GB-30GB",
        bytes if bytes <= 40 * GB => "30GB-40GB",
        bytes if bytes <= 60 * GB => "40GB-60GB",
        bytes if bytes <= 100 * GB => "60GB-100GB",
        _ => "GT100GB",
    }
}
