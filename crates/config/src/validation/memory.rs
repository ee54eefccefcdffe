//! Reserved memory and memory quality of service.

use super::Rules;
use crate::text::quote;
use types::quantity::Quantity;

/// The former default, which old files carry and which therefore passes without the gate.
const PREVIOUS_FACTOR: f64 = 0.9;

pub(super) fn check(rules: &mut Rules) {
    reservations(rules);
    quality_of_service(rules);
}

fn reservations(rules: &mut Rules) {
    let mut seen: Vec<(i32, &str)> = Vec::new();
    for (index, reservation) in rules.configuration.reserved_memory.iter().enumerate() {
        let node = reservation.numa_node;
        let field = format!("reservedMemory[{index}]");
        for (resource, quantity) in &reservation.limits {
            if resource != "memory" && !resource.starts_with("hugepages-") {
                let message = format!(
                    "the limit type {} for NUMA node {node} is not supported, only [memory hugepages-<HugePageSize>] is accepted",
                    quote(resource)
                );
                rules.invalid(&field, message);
            }
            if quantity.parse::<Quantity>().is_ok_and(|quantity| quantity.is_zero()) {
                let message = format!(
                    "reserved memory may not be zero for NUMA node {node} and resource {}",
                    quote(resource)
                );
                rules.invalid(&field, message);
            }
            if seen.contains(&(node, resource)) {
                let message = format!(
                    "the reserved memory has a duplicate value for NUMA node {node} and resource {}",
                    quote(resource)
                );
                rules.invalid(&field, message);
            }
            seen.push((node, resource));
        }
    }
}

fn quality_of_service(rules: &mut Rules) {
    let enabled = rules.gates.enabled("MemoryQoS");
    let field = "memoryThrottlingFactor";
    if let Some(factor) = rules.configuration.memory_throttling_factor {
        if !enabled && factor != PREVIOUS_FACTOR {
            rules.invalid(
                field,
                "memoryThrottlingFactor must not be set when MemoryQoS feature gate is disabled",
            );
        }
        if factor <= 0.0 || factor > 1.0 {
            rules.invalid(
                field,
                format!(
                    "memoryThrottlingFactor {factor} must be greater than 0 and less than or equal to 1.0"
                ),
            );
        }
    }
    let field = "memoryReservationPolicy";
    let policy = rules.configuration.memory_reservation_policy.as_str();
    if !enabled && policy == "TieredReservation" {
        let message = format!(
            "memoryReservationPolicy {} requires MemoryQoS feature gate to be enabled",
            quote(policy)
        );
        rules.invalid(field, message);
    }
    if !["None", "TieredReservation"].contains(&policy) {
        let message = format!(
            "option {} specified for memoryReservationPolicy. Valid options are \"None\" or \"TieredReservation\"",
            quote(policy)
        );
        rules.invalid(field, message);
    }
}
