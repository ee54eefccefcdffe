//! Image ages, shutdown grace, back-off.

use super::{Rules, braced};
use crate::Duration;

pub(super) fn check(rules: &mut Rules) {
    image_ages(rules);
    shutdown(rules);
    back_off(rules);
}

fn image_ages(rules: &mut Rules) {
    let minimum = rules.configuration.image_minimum_gc_age;
    let maximum = rules.configuration.image_maximum_gc_age;
    if !maximum.is_zero() && !rules.gates.enabled("ImageMaximumGCAge") {
        rules.invalid(
            "imageMaximumGCAge",
            "ImageMaximumGCAge feature gate is required for Kubelet configuration option imageMaximumGCAge",
        );
    }
    if minimum.is_negative() {
        rules.invalid("imageMinimumGCAge", format!("imageMinimumGCAge {minimum} must not be negative"));
    }
    if maximum.is_negative() {
        rules.invalid("imageMaximumGCAge", format!("imageMaximumGCAge {maximum} must not be negative"));
    }
    if maximum > Duration::ZERO && maximum <= minimum {
        rules.invalid(
            "imageMaximumGCAge",
            format!("imageMaximumGCAge {maximum} must be greater than imageMinimumGCAge {minimum}"),
        );
    }
}

fn shutdown(rules: &mut Rules) {
    let total = rules.configuration.shutdown_grace_period;
    let critical = rules.configuration.shutdown_grace_period_critical_pods;
    let by_priority = !rules.configuration.shutdown_grace_period_by_pod_priority.is_empty();
    let any = total > Duration::ZERO || critical > Duration::ZERO;
    if rules.gates.enabled("GracefulNodeShutdown") {
        if critical > total {
            let message = format!(
                "shutdownGracePeriodCriticalPods {} must be <= shutdownGracePeriod {}",
                braced(critical),
                braced(total)
            );
            rules.invalid("shutdownGracePeriodCriticalPods", message);
        }
        for (field, value) in [("shutdownGracePeriod", total), ("shutdownGracePeriodCriticalPods", critical)]
        {
            if !value.is_zero() && value < Duration::from_seconds(1) {
                let message = format!("{field} {} must be either zero or otherwise >= 1 sec", braced(value));
                rules.invalid(field, message);
            }
        }
    } else if any {
        rules.invalid(
            "shutdownGracePeriod",
            "specifying shutdownGracePeriod or shutdownGracePeriodCriticalPods requires feature gate GracefulNodeShutdown",
        );
    }
    if !by_priority {
        return;
    }
    if !rules.gates.enabled("GracefulNodeShutdownBasedOnPodPriority") {
        rules.invalid(
            "shutdownGracePeriodByPodPriority",
            "Specifying shutdownGracePeriodByPodPriority requires feature gate GracefulNodeShutdownBasedOnPodPriority",
        );
    } else if any {
        rules.invalid(
            "shutdownGracePeriodByPodPriority",
            "Cannot specify both shutdownGracePeriodByPodPriority and shutdownGracePeriod at the same time",
        );
    }
}

fn back_off(rules: &mut Rules) {
    let field = "crashLoopBackOff.maxContainerRestartPeriod";
    let period = rules.configuration.crash_loop_back_off.max_container_restart_period;
    let enabled = rules.gates.enabled("KubeletCrashLoopBackOffMax");
    match (enabled, period) {
        (true, None) => rules.invalid(
            field,
            "FeatureGate KubeletCrashLoopBackOffMax is enabled, CrashLoopBackOff.MaxContainerRestartPeriod must be set",
        ),
        (true, Some(period)) => {
            // Upstream compares whole milliseconds.
            let milliseconds = period.nanoseconds() / 1_000_000;
            if !(1_000..=300_000).contains(&milliseconds) {
                let message = format!(
                    "CrashLoopBackOff.MaxContainerRestartPeriod (got: {} seconds) must be set between 1s and 300s",
                    period.seconds()
                );
                rules.invalid(field, message);
            }
        }
        (false, Some(_)) => rules.invalid(
            field,
            "FeatureGate KubeletCrashLoopBackOffMax not enabled, CrashLoopBackOff.MaxContainerRestartPeriod must not be set",
        ),
        (false, None) => {}
    }
}
