//! `enforceNodeAllocatable` and what it needs; `hairpinMode`; `memorySwap`.

use super::{Rules, named};
use crate::text::quote;

const FIELD: &str = "enforceNodeAllocatable";

pub(super) fn check(rules: &mut Rules) {
    swap(rules);
    exclusive(rules, "system-reserved-compressible", "system-reserved");
    exclusive(rules, "kube-reserved", "kube-reserved-compressible");
    enforcements(rules);
    hairpin(rules);
}

fn swap(rules: &mut Rules) {
    let behaviour = rules.configuration.memory_swap.swap_behavior.as_str();
    let field = "memorySwap.swapBehavior";
    if rules.gates.enabled("NodeSwap") {
        if !["", "NoSwap", "LimitedSwap"].contains(&behaviour) {
            let message =
                format!("{field} {} must be one of: \"\", \"LimitedSwap\" or \"NoSwap\"", quote(behaviour));
            rules.invalid(field, message);
        }
    } else if !behaviour.is_empty() {
        rules.invalid(field, format!("{field} cannot be set when NodeSwap feature flag is disabled"));
    }
}

fn flag_name() -> String {
    named(FIELD, "enforce-node-allocatable")
}

fn exclusive(rules: &mut Rules, first: &str, second: &str) {
    let has = |wanted: &str| {
        let set = &rules.configuration.enforce_node_allocatable;
        set.iter().any(|enforcement| enforcement == wanted)
    };
    if has(first) && has(second) {
        let message = format!(
            "both {} and {} cannot be specified together in {}",
            quote(first),
            quote(second),
            flag_name()
        );
        rules.invalid(FIELD, message);
    }
}

fn enforcements(rules: &mut Rules) {
    let configuration = rules.configuration;
    let set = &configuration.enforce_node_allocatable;
    for (index, enforcement) in set.iter().enumerate() {
        let field = format!("{FIELD}[{index}]");
        let quoted = quote(enforcement);
        if set[..index].contains(enforcement) {
            let message = format!("duplicated enforcements {quoted} in {}", flag_name());
            rules.invalid(&field, message);
            continue;
        }
        match enforcement.as_str() {
            "pods" => {}
            "system-reserved" | "system-reserved-compressible" => {
                if configuration.system_reserved_cgroup.is_empty() {
                    needs_cgroup(rules, &field, "system");
                }
            }
            "kube-reserved" | "kube-reserved-compressible" => {
                if configuration.kube_reserved_cgroup.is_empty() {
                    needs_cgroup(rules, &field, "kube");
                }
            }
            "none" => {
                if set.len() > 1 {
                    let message = format!(
                        "{} may not contain additional enforcements when {quoted} is specified",
                        flag_name()
                    );
                    rules.invalid(&field, message);
                }
                continue;
            }
            _ => {
                let message = format!(
                    "option {quoted} specified for {}. Valid options are \"pods\", \"system-reserved\", \"system-reserved-compressible\", \"kube-reserved\", \"kube-reserved-compressible\" or \"none\"",
                    flag_name()
                );
                rules.invalid(&field, message);
                continue;
            }
        }
        if !configuration.cgroups_per_qos {
            let message = format!(
                "{} must be set to true when {quoted} contained in {}",
                named("cgroupsPerQOS", "cgroups-per-qos"),
                flag_name()
            );
            rules.invalid("cgroupsPerQOS", message);
        }
    }
}

fn needs_cgroup(rules: &mut Rules, field: &str, who: &str) {
    let message = format!(
        "{} must be specified when \"{who}-reserved\" or \"{who}-reserved-compressible\" included in {}",
        named(&format!("{who}ReservedCgroup"), &format!("{who}-reserved-cgroup")),
        flag_name()
    );
    rules.invalid(field, message);
}

fn hairpin(rules: &mut Rules) {
    let mode = rules.configuration.hairpin_mode.as_str();
    if !["none", "hairpin-veth", "promiscuous-bridge"].contains(&mode) {
        let message = format!(
            "option {} specified for {}. Valid options are \"none\", \"hairpin-veth\" or \"promiscuous-bridge\"",
            quote(mode),
            named("hairpinMode", "hairpin-mode")
        );
        rules.invalid("hairpinMode", message);
    }
}
