//! Amounts: eviction thresholds (`pkg/kubelet/eviction/helpers.go`) and reservations (`parseResourceList`).

use super::Rules;
use crate::Duration;
use crate::schema::key_path;
use crate::text::quote;
use std::collections::BTreeMap;
use types::quantity::Quantity;

const SIGNALS: [&str; 9] = [
    "allocatableMemory.available",
    "containerfs.available",
    "containerfs.inodesFree",
    "imagefs.available",
    "imagefs.inodesFree",
    "memory.available",
    "nodefs.available",
    "nodefs.inodesFree",
    "pid.available",
];

pub(super) fn check(rules: &mut Rules) {
    let configuration = rules.configuration;
    signals(rules, "evictionHard", &configuration.eviction_hard, threshold_problem);
    signals(rules, "evictionSoft", &configuration.eviction_soft, threshold_problem);
    signals(rules, "evictionSoftGracePeriod", &configuration.eviction_soft_grace_period, grace_problem);
    signals(rules, "evictionMinimumReclaim", &configuration.eviction_minimum_reclaim, reclaim_problem);
    for signal in configuration.eviction_soft.keys() {
        if !configuration.eviction_soft_grace_period.contains_key(signal) {
            let message = format!("grace period must be specified for the soft eviction threshold {signal}");
            rules.error(&key_path("evictionSoft", signal), message);
        }
    }
    reservation(rules, "systemReserved", &configuration.system_reserved);
    reservation(rules, "kubeReserved", &configuration.kube_reserved);
    for (resource, percentage) in &configuration.qos_reserved {
        if let Some(problem) = qos_problem(resource, percentage) {
            rules.error(&key_path("qosReserved", resource), format!("qosReserved: {problem}"));
        }
    }
}

fn signals(
    rules: &mut Rules,
    field: &str,
    entries: &BTreeMap<String, String>,
    problem: fn(&str, &str) -> Option<String>,
) {
    for (signal, value) in entries {
        let found = if SIGNALS.contains(&signal.as_str()) {
            problem(signal, value)
        } else {
            Some(format!("unsupported eviction signal {signal}"))
        };
        if let Some(found) = found {
            rules.error(&key_path(field, signal), format!("{field}: {found}"));
        }
    }
}

fn threshold_problem(signal: &str, value: &str) -> Option<String> {
    if value.ends_with('%') {
        return match percentage(value) {
            Err(problem) => Some(problem),
            Ok(number) if number < 0.0 => {
                Some(format!("eviction percentage threshold {signal} must be >= 0%: {value}"))
            }
            Ok(number) if number > 100.0 => {
                Some(format!("eviction percentage threshold {signal} must be <= 100%: {value}"))
            }
            Ok(_) => None,
        };
    }
    match value.parse::<Quantity>() {
        Err(error) => Some(error.to_string()),
        Ok(quantity) if quantity.is_zero() || quantity.is_negative() => {
            Some(format!("eviction threshold {signal} must be positive: {value}"))
        }
        Ok(_) => None,
    }
}

fn grace_problem(_: &str, value: &str) -> Option<String> {
    match value.parse::<Duration>() {
        Err(error) => Some(error.to_string()),
        Ok(period) if period.is_negative() => {
            Some(format!("invalid eviction grace period specified: {value}, must be a positive value"))
        }
        Ok(_) => None,
    }
}

fn reclaim_problem(signal: &str, value: &str) -> Option<String> {
    if value.ends_with('%') {
        return match percentage(value) {
            Err(problem) => Some(problem),
            Ok(number) if number <= 0.0 => {
                Some(format!("eviction percentage minimum reclaim {signal} must be positive: {value}"))
            }
            Ok(_) => None,
        };
    }
    match value.parse::<Quantity>() {
        Err(error) => Some(error.to_string()),
        Ok(quantity) if quantity.is_negative() => {
            Some(format!("negative eviction minimum reclaim specified for {signal}"))
        }
        Ok(_) => None,
    }
}

fn percentage(value: &str) -> Result<f32, String> {
    let number = value.trim_end_matches('%');
    number.parse().map_err(|_| format!("strconv.ParseFloat: parsing {}: invalid syntax", quote(number)))
}

fn reservation(rules: &mut Rules, field: &str, entries: &BTreeMap<String, String>) {
    for (resource, value) in entries {
        let known = ["cpu", "memory", "ephemeral-storage", "pid"].contains(&resource.as_str());
        let problem = match value.parse::<Quantity>() {
            _ if !known => format!("cannot reserve {} resource", quote(resource)),
            Err(error) => {
                format!("failed to parse quantity {} for {} resource: {error}", quote(value), quote(resource))
            }
            Ok(quantity) if quantity.is_negative() => {
                format!("resource quantity for {} cannot be negative: {value}", quote(resource))
            }
            Ok(_) => continue,
        };
        rules.error(&key_path(field, resource), format!("{field}: {problem}"));
    }
}

fn qos_problem(resource: &str, value: &str) -> Option<String> {
    if resource != "memory" {
        return Some(format!("cannot reserve {} resource", quote(resource)));
    }
    let problem = match value.strip_suffix('%') {
        None => format!("percentage expected, got '{value}'"),
        Some(number) => match number.parse::<i64>() {
            Err(_) => format!("invalid number in percentage '{value}'"),
            Ok(number) if !(0..=100).contains(&number) => "percentage must be between 0 and 100".to_owned(),
            Ok(_) => return None,
        },
    };
    Some(format!("failed to parse percentage {} for {} resource: {problem}", quote(value), quote(resource)))
}
