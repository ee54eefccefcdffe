//! Numbers and their ranges.

use super::{Rules, braced, named};
use crate::Duration;

pub(super) fn check(rules: &mut Rules) {
    let configuration = rules.configuration;
    if configuration.node_lease_duration_seconds <= 0 {
        rules.invalid("nodeLeaseDurationSeconds", "nodeLeaseDurationSeconds must be greater than 0");
    }
    if !configuration.system_cgroups.is_empty() && configuration.cgroup_root.is_empty() {
        rules.invalid(
            "systemCgroups",
            "systemCgroups (--system-cgroups) was specified and cgroupRoot (--cgroup-root) was not specified",
        );
    }
    not_negative(rules, "eventBurst", "event-burst", configuration.event_burst);
    not_negative(rules, "eventRecordQPS", "event-qps", configuration.event_record_qps);
    if configuration.healthz_port != 0 {
        port(rules, "healthzPort", "healthz-port", configuration.healthz_port, 1);
    }
    quota_period(rules);
    image_thresholds(rules);
    between(rules, "iptablesDropBit", "iptables-drop-bit", configuration.iptables_drop_bit, 0, 31);
    between(
        rules,
        "iptablesMasqueradeBit",
        "iptables-masquerade-bit",
        configuration.iptables_masquerade_bit,
        0,
        31,
    );
    not_negative(rules, "kubeAPIBurst", "kube-api-burst", configuration.kube_api_burst);
    not_negative(rules, "kubeAPIQPS", "kube-api-qps", configuration.kube_api_qps);
    if configuration.node_status_max_images < -1 {
        let message = format!(
            "{} {} must be -1 or greater",
            named("nodeStatusMaxImages", "node-status-max-images"),
            configuration.node_status_max_images
        );
        rules.invalid("nodeStatusMaxImages", message);
    }
    not_negative(rules, "maxOpenFiles", "max-open-files", configuration.max_open_files);
    not_negative(rules, "maxPods", "max-pods", configuration.max_pods);
    between(rules, "oomScoreAdj", "oom-score-adj", configuration.oom_score_adj, -1000, 1000);
    not_negative(rules, "podsPerCore", "pods-per-core", configuration.pods_per_core);
    port(rules, "port", "port", configuration.port, 1);
    if configuration.read_only_port != 0 {
        port(rules, "readOnlyPort", "read-only-port", configuration.read_only_port, 0);
    }
    not_negative(rules, "registryBurst", "registry-burst", configuration.registry_burst);
    not_negative(rules, "registryPullQPS", "registry-qps", configuration.registry_pull_qps);
    parallel_pulls(rules);
    if configuration.server_tls_bootstrap && !rules.gates.enabled("RotateKubeletServerCertificate") {
        rules.invalid(
            "serverTLSBootstrap",
            "serverTLSBootstrap true requires feature gate RotateKubeletServerCertificate",
        );
    }
}

fn not_negative(rules: &mut Rules, field: &str, flag: &str, value: impl Into<i64>) {
    let value = value.into();
    if value < 0 {
        let message = format!("{} {value} must not be a negative number", named(field, flag));
        rules.invalid(field, message);
    }
}

fn between(rules: &mut Rules, field: &str, flag: &str, value: i32, minimum: i32, maximum: i32) {
    if !(minimum..=maximum).contains(&value) {
        let message =
            format!("{} {value} must be between {minimum} and {maximum}, inclusive", named(field, flag));
        rules.invalid(field, message);
    }
}

/// `least` is what the message says; 0 has been dealt with where it is allowed.
fn port(rules: &mut Rules, field: &str, flag: &str, value: i32, least: i32) {
    if !(1..=65_535).contains(&value) {
        let message = format!("{} {value} must be between {least} and 65535, inclusive", named(field, flag));
        rules.invalid(field, message);
    }
}

fn quota_period(rules: &mut Rules) {
    let period = rules.configuration.cpu_cfs_quota_period;
    let name = named("cpuCFSQuotaPeriod", "cpu-cfs-quota-period");
    let bounds = Duration::from_milliseconds(1)..=Duration::from_seconds(1);
    if rules.gates.enabled("CustomCPUCFSQuotaPeriod") {
        if !bounds.contains(&period) {
            let message = format!("{name} {} must be between 1ms and 1sec, inclusive", braced(period));
            rules.invalid("cpuCFSQuotaPeriod", message);
        }
    } else if period != Duration::from_milliseconds(100) {
        let message = format!("{name} {} requires feature gate CustomCPUCFSQuotaPeriod", braced(period));
        rules.invalid("cpuCFSQuotaPeriod", message);
    }
}

fn image_thresholds(rules: &mut Rules) {
    let high = rules.configuration.image_gc_high_threshold_percent;
    let low = rules.configuration.image_gc_low_threshold_percent;
    let high_name = ("imageGCHighThresholdPercent", "image-gc-high-threshold");
    let low_name = ("imageGCLowThresholdPercent", "image-gc-low-threshold");
    between(rules, high_name.0, high_name.1, high, 0, 100);
    between(rules, low_name.0, low_name.1, low, 0, 100);
    if low >= high {
        let message = format!(
            "{} {low} must be less than {} {high}",
            named(low_name.0, low_name.1),
            named(high_name.0, high_name.1)
        );
        rules.invalid(low_name.0, message);
    }
}

fn parallel_pulls(rules: &mut Rules) {
    let Some(pulls) = rules.configuration.max_parallel_image_pulls else {
        return;
    };
    if pulls < 1 {
        rules.invalid(
            "maxParallelImagePulls",
            format!("maxParallelImagePulls {pulls} must be a positive number"),
        );
    }
    if pulls > 1 && rules.configuration.serialize_image_pulls {
        rules.invalid(
            "maxParallelImagePulls",
            "maxParallelImagePulls cannot be larger than 1 unless SerializeImagePulls (--serialize-image-pulls) is set to false",
        );
    }
}
