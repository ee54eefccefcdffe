//! How pods are held to their amounts, from the configuration.

use config::Settings;
use host::cgroups::resources::{DEFAULT_PERIOD_US, Enforcement, MemoryQos, Protection, Throttling};
use translate::{MemoryReservation, NodeFacts};

/// What the control groups of pods are made with.
pub fn enforcement(settings: &Settings, facts: &NodeFacts) -> Enforcement {
    let configuration = &settings.configuration;
    Enforcement {
        cpu_quota: configuration.cpu_cfs_quota,
        cpu_period_us: u64::try_from(configuration.cpu_cfs_quota_period.nanoseconds() / 1000)
            .unwrap_or(DEFAULT_PERIOD_US),
        pod_pids_limit: Some(configuration.pod_pids_limit).filter(|limit| *limit > 0),
        memory: memory_qos(facts),
    }
}

/// The same rules for the groups of pods as for those of containers.
fn memory_qos(facts: &NodeFacts) -> MemoryQos {
    let translate::MemoryQos { enabled, reservation, throttling_factor } = facts.memory_qos;
    if !enabled {
        return MemoryQos::default();
    }
    let page_size_bytes = u64::try_from(facts.page_size_bytes).unwrap_or(1).max(1);
    MemoryQos {
        protection: match reservation {
            MemoryReservation::None => Protection::None,
            MemoryReservation::TieredReservation => Protection::Requests,
        },
        throttling: throttling_factor.map(|factor| Throttling { factor, page_size_bytes }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_kept_as_for_containers() {
        let check = |enabled: bool, reservation: MemoryReservation, factor, expected: MemoryQos| {
            let memory_qos = translate::MemoryQos { enabled, reservation, throttling_factor: factor };
            let facts = NodeFacts { memory_qos, ..NodeFacts::default() };
            assert_eq!(super::memory_qos(&facts), expected, "{memory_qos:?}");
        };
        let tiered = MemoryReservation::TieredReservation;
        let throttling = Some(Throttling { factor: 0.9, page_size_bytes: 4096 });
        check(false, tiered, Some(0.9), MemoryQos::default());
        check(true, MemoryReservation::None, None, MemoryQos::default());
        check(true, tiered, Some(0.9), MemoryQos { protection: Protection::Requests, throttling });
    }
}
