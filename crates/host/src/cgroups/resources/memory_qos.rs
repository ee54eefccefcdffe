//! Memory that is kept for pods, and where they are slowed down (`MemoryQoS`, KEP-2570). Only control groups of v2 have such.
//!
//! The rules are those of upstream's `ResourceConfigForPod`, `memoryHighForPod` (`pkg/kubelet/cm/helpers_linux.go`) and
//! `setMemoryQoS` (`qos_container_manager_linux.go`), release 1.37. What a container gets is the runtime's to set; the kernel
//! keeps it only as far as all groups above keep as much.

use types::qos::QosClass;

use super::{CgroupResources, PodAmounts};

/// `memoryReservationPolicy`, with the gate applied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Protection {
    /// `None`: no memory is kept, and what an earlier kubelet kept is given back.
    #[default]
    None,
    /// `TieredReservation`: what pods request, of Guaranteed ones at any cost, of others as long as there is other memory.
    Requests,
}

/// `memoryThrottlingFactor`, with the gate applied.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Throttling {
    /// Where between request and limit a group is slowed down, above 0 to 1.
    pub factor: f64,
    /// The machine's page size.
    pub page_size_bytes: u64,
}

/// How memory is kept and throttled.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MemoryQos {
    /// Which memory is kept.
    pub protection: Protection,
    /// Where groups are slowed down; `None`: nowhere.
    pub throttling: Option<Throttling>,
}

/// What the pods of a node request together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Requested {
    /// CPU of Burstable pods, in thousandths.
    pub burstable_cpu_milli: u64,
    /// Memory of Burstable pods.
    pub burstable_memory_bytes: u64,
    /// Memory of Guaranteed pods.
    pub guaranteed_memory_bytes: u64,
}

impl Requested {
    /// With one pod more.
    pub fn add(&mut self, qos: QosClass, pod: &PodAmounts) {
        let add = |sum: &mut u64, amount| *sum = sum.saturating_add(amount);
        match qos {
            QosClass::Burstable => {
                add(&mut self.burstable_cpu_milli, pod.cpu_request_milli);
                add(&mut self.burstable_memory_bytes, pod.memory_request_bytes);
            }
            QosClass::Guaranteed => add(&mut self.guaranteed_memory_bytes, pod.memory_request_bytes),
            QosClass::BestEffort => {}
        }
    }
}

impl MemoryQos {
    /// Adds what a pod's own group keeps, and where it is slowed down.
    pub(super) fn add_to_pod(&self, qos: QosClass, pod: &PodAmounts, resources: &mut CgroupResources) {
        let kept = Some(pod.memory_request_bytes).filter(|bytes| *bytes > 0);
        match (self.protection, qos) {
            (Protection::None, _) => {}
            (Protection::Requests, QosClass::Guaranteed) => resources.memory_min_bytes = kept,
            (Protection::Requests, QosClass::Burstable | QosClass::BestEffort) => {
                resources.memory_low_bytes = kept;
            }
        }
        // Without amounts of the pod's own, its containers are throttled one by one.
        if pod.has_own_amounts && pod.memory_limits_declared {
            resources.memory_high_bytes = self.throttling.and_then(|throttling| throttling.of_pod(pod));
        }
    }

    /// `kubepods` at the start. What is kept for pods is set when they are known.
    #[must_use]
    pub fn all_pods_at_start(&self, resources: CgroupResources) -> CgroupResources {
        match self.protection {
            Protection::None => self.of_level(QosClass::Guaranteed, &Requested::default(), resources),
            Protection::Requests => resources,
        }
    }

    /// A level's values with what it keeps for its pods. `Guaranteed` is `kubepods`, which lies above all of them.
    #[must_use]
    pub fn of_level(
        &self,
        qos: QosClass,
        requested: &Requested,
        resources: CgroupResources,
    ) -> CgroupResources {
        let Requested { burstable_memory_bytes: burstable, guaranteed_memory_bytes: guaranteed, .. } =
            match self.protection {
                Protection::None => Requested::default(),
                Protection::Requests => *requested,
            };
        match qos {
            QosClass::Guaranteed => CgroupResources {
                memory_min_bytes: Some(guaranteed.saturating_add(burstable)),
                memory_low_bytes: Some(burstable),
                ..resources
            },
            QosClass::Burstable => CgroupResources { memory_low_bytes: Some(burstable), ..resources },
            QosClass::BestEffort => resources,
        }
    }
}

impl Throttling {
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "upstream's arithmetic, bit for bit"
    )]
    fn of_pod(self, pod: &PodAmounts) -> Option<u64> {
        let (request, limit) = (pod.memory_request_bytes, pod.memory_limit_bytes);
        if limit == 0 || request == limit {
            return None;
        }
        let exact = request as f64 + (limit as f64 - request as f64) * self.factor;
        let pages = (exact.floor() / self.page_size_bytes as f64) as u64;
        Some(pages * self.page_size_bytes).filter(|high| *high > request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEEPS: MemoryQos = MemoryQos { protection: Protection::Requests, throttling: None };

    fn kept(resources: &CgroupResources) -> [Option<u64>; 3] {
        [resources.memory_min_bytes, resources.memory_low_bytes, resources.memory_high_bytes]
    }

    #[test]
    fn pods() {
        let throttling = Some(Throttling { factor: 0.9, page_size_bytes: 4096 });
        let all = MemoryQos { throttling, ..KEEPS };
        let check = |memory: MemoryQos, qos, amounts: (u64, u64, bool), expected: [Option<u64>; 3]| {
            let (memory_request_bytes, memory_limit_bytes, has_own_amounts) = amounts;
            let pod = PodAmounts {
                memory_request_bytes,
                memory_limit_bytes,
                has_own_amounts,
                memory_limits_declared: true,
                ..PodAmounts::default()
            };
            let mut resources = CgroupResources::default();
            memory.add_to_pod(qos, &pod, &mut resources);
            assert_eq!(kept(&resources), expected, "{qos:?} {amounts:?}");
        };
        check(MemoryQos::default(), QosClass::Guaranteed, (1 << 20, 1 << 20, true), [None; 3]);
        check(KEEPS, QosClass::Guaranteed, (1 << 20, 1 << 20, false), [Some(1 << 20), None, None]);
        check(KEEPS, QosClass::Burstable, (1 << 20, 0, false), [None, Some(1 << 20), None]);
        check(KEEPS, QosClass::BestEffort, (0, 0, false), [None; 3]);
        // 10 % below the limit, in whole pages.
        let high = Some((1 << 20) + 943_718 / 4096 * 4096);
        check(all, QosClass::Burstable, (1 << 20, 2 << 20, true), [None, Some(1 << 20), high]);
        check(all, QosClass::Burstable, (1 << 20, 2 << 20, false), [None, Some(1 << 20), None]);
        check(all, QosClass::Burstable, (1 << 20, 0, true), [None, Some(1 << 20), None]);
        check(all, QosClass::Guaranteed, (1 << 20, 1 << 20, true), [Some(1 << 20), None, None]);
    }

    #[test]
    fn levels() {
        let mut requested = Requested::default();
        let pod =
            PodAmounts { cpu_request_milli: 100, memory_request_bytes: 1 << 20, ..PodAmounts::default() };
        for qos in [QosClass::Guaranteed, QosClass::Burstable, QosClass::Burstable, QosClass::BestEffort] {
            requested.add(qos, &pod);
        }
        assert_eq!(requested.burstable_cpu_milli, 200);
        let check = |memory: MemoryQos, qos, expected: [Option<u64>; 3]| {
            let found = memory.of_level(qos, &requested, CgroupResources::default());
            assert_eq!(kept(&found), expected, "{memory:?} {qos:?}");
        };
        check(KEEPS, QosClass::Guaranteed, [Some(3 << 20), Some(2 << 20), None]);
        check(KEEPS, QosClass::Burstable, [None, Some(2 << 20), None]);
        check(KEEPS, QosClass::BestEffort, [None; 3]);
        let off = MemoryQos::default();
        check(off, QosClass::Guaranteed, [Some(0), Some(0), None]);
        check(off, QosClass::Burstable, [None, Some(0), None]);
        let at_start = |memory: MemoryQos| kept(&memory.all_pods_at_start(CgroupResources::default()));
        assert_eq!((at_start(off), at_start(KEEPS)), ([Some(0), Some(0), None], [None; 3]));
    }
}
