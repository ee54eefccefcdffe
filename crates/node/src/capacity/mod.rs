//! What the machine has, what of it is kept back, and what pods may use together.
//!
//! Pure. Input: the machine, `kubeReserved`, `systemReserved` and the hard eviction thresholds. Output: [`Resources`],
//! from which `status.capacity` and `status.allocatable` are written, and from which admission takes what fits.
//!
//! Source: `pkg/kubelet/nodestatus/setters.go` `MachineInfo`, `cm/node_container_manager_linux.go`
//! `GetNodeAllocatableReservation`, `cadvisor/util.go`, `eviction/api/types.go` `GetThresholdQuantity`, release 1.37.

#[cfg(test)]
mod tests;
mod threshold;

use k8s_openapi::api::core::v1::NodeStatus;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use std::collections::BTreeMap;
use types::quantity::{Format, Quantity};
use types::resources::HUGE_PAGES_PREFIX;

/// CPU time.
pub const CPU: &str = "cpu";
/// Memory.
pub const MEMORY: &str = "memory";
/// Space on the file system of the kubelet's directory.
pub const EPHEMERAL_STORAGE: &str = "ephemeral-storage";
/// Pods.
pub const PODS: &str = "pods";

/// Amounts by the name of their resource.
pub type Amounts = BTreeMap<String, Quantity>;

/// What the machine has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MachineSize {
    /// CPUs online.
    pub cpus: u32,
    /// Memory.
    pub memory_bytes: i64,
    /// Size of the file system of the kubelet's directory; `None` where local storage is not told apart or its size
    /// is not known.
    pub disk_bytes: Option<i64>,
    /// Bytes set aside as huge pages, by the size of a page in bytes; sizes without pages too.
    pub huge_pages: BTreeMap<i64, i64>,
}

/// What is kept back from pods, and how many there may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reservations {
    /// `kubeReserved`.
    pub kube: BTreeMap<String, String>,
    /// `systemReserved`.
    pub system: BTreeMap<String, String>,
    /// `evictionHard`; empty with `--experimental-allocatable-ignore-eviction`.
    pub eviction_hard: BTreeMap<String, String>,
    /// `maxPods`.
    pub max_pods: i64,
    /// `podsPerCore`; 0 for no such bound.
    pub pods_per_core: i64,
}

/// What the machine has and what of it is kept back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// Everything.
    pub capacity: Amounts,
    /// What is not for pods: `kubeReserved`, `systemReserved` and the hard eviction thresholds.
    pub reserved: Amounts,
    /// `kubeReserved` and `systemReserved` alone.
    pub configured: Amounts,
}

impl Resources {
    /// Adds up.
    pub fn new(machine: &MachineSize, reservations: &Reservations) -> Self {
        let mut capacity = Amounts::new();
        capacity.insert(CPU.to_owned(), Quantity::from_units(i64::from(machine.cpus), Format::DecimalSi));
        capacity.insert(MEMORY.to_owned(), Quantity::from_units(machine.memory_bytes, Format::BinarySi));
        if let Some(bytes) = machine.disk_bytes {
            capacity.insert(EPHEMERAL_STORAGE.to_owned(), Quantity::from_units(bytes, Format::DecimalSi));
        }
        for (size, bytes) in &machine.huge_pages {
            let size = Quantity::from_units(*size, Format::BinarySi);
            let name = format!("{HUGE_PAGES_PREFIX}{size}");
            capacity.insert(name, Quantity::from_units(*bytes, Format::BinarySi));
        }
        let (mut reserved, mut kept) = (Amounts::new(), Amounts::new());
        for (name, amount) in &capacity {
            let configured = configured(name, reservations);
            let all = configured.clone() + &threshold(name, amount, reservations);
            let pairs = [(&mut kept, configured), (&mut reserved, all)];
            for (list, amount) in pairs.into_iter().filter(|(_, amount)| !amount.is_zero()) {
                list.insert(name.clone(), amount);
            }
        }
        let per_core = i64::from(machine.cpus) * reservations.pods_per_core;
        let pods = match reservations.pods_per_core > 0 {
            true => per_core.min(reservations.max_pods),
            false => reservations.max_pods,
        };
        capacity.insert(PODS.to_owned(), Quantity::from_units(pods, Format::DecimalSi));
        Self { capacity, reserved, configured: kept }
    }

    /// What pods may use together, of what the machine itself has.
    pub fn allocatable(&self) -> Amounts {
        allocatable(&self.capacity, &self.reserved)
    }

    /// What the control group of all pods is held to (`getNodeAllocatableInternalAbsolute`): eviction thresholds are left
    /// to be used, for a moment, so that eviction comes before the kernel's killer.
    pub fn enforced(&self) -> Amounts {
        less(&self.capacity, &self.configured)
    }

    /// Writes capacity and allocatable. Resources of others (device plugins, opaque ones) are kept; amounts that
    /// are equal keep the words that the server has for them.
    pub fn write(&self, status: &mut NodeStatus) {
        let capacity = status.capacity.get_or_insert_default();
        write(capacity, &self.capacity);
        let known = capacity.keys().cloned().collect::<Vec<_>>();
        let all: Amounts =
            known.iter().filter_map(|name| Some((name.clone(), parse(&capacity[name])?))).collect();
        let written = status.allocatable.get_or_insert_default();
        written.retain(|name, _| all.contains_key(name) || !is_extended(name));
        write(written, &allocatable(&all, &self.reserved));
    }
}

/// Every amount less what is reserved of it, never below zero.
fn less(capacity: &Amounts, reserved: &Amounts) -> Amounts {
    let left = |(name, amount): (&String, &Quantity)| {
        let kept = reserved.get(name).cloned().unwrap_or_default();
        (name.clone(), not_negative(amount.clone() - &kept))
    };
    capacity.iter().map(left).collect()
}

/// What is left of every amount; huge pages are no memory for anything else.
fn allocatable(capacity: &Amounts, reserved: &Amounts) -> Amounts {
    let mut allocatable = less(capacity, reserved);
    let huge_pages: Vec<Quantity> = capacity
        .iter()
        .filter(|(name, _)| name.starts_with(HUGE_PAGES_PREFIX))
        .map(|(_, amount)| amount.clone())
        .collect();
    if let Some(memory) = allocatable.get_mut(MEMORY) {
        for bytes in huge_pages {
            *memory = not_negative(memory.clone() - &bytes);
        }
    }
    allocatable
}

/// Reservations are checked when the configuration is read; one that is no quantity counts for nothing.
fn configured(name: &str, reservations: &Reservations) -> Quantity {
    let of = |list: &BTreeMap<String, String>| -> Quantity {
        list.get(name).and_then(|text| text.parse().ok()).unwrap_or_default()
    };
    of(&reservations.system) + &of(&reservations.kube)
}

/// What eviction keeps free.
fn threshold(name: &str, capacity: &Quantity, reservations: &Reservations) -> Quantity {
    let signal = match name {
        MEMORY => "memory.available",
        EPHEMERAL_STORAGE => "nodefs.available",
        _ => return Quantity::ZERO,
    };
    let text = reservations.eviction_hard.get(signal);
    text.map(|text| threshold::amount(text, capacity.value())).unwrap_or_default()
}

fn write(there: &mut BTreeMap<String, ApiQuantity>, amounts: &Amounts) {
    for (name, amount) in amounts {
        if there.get(name).and_then(parse).as_ref() != Some(amount) {
            there.insert(name.clone(), amount.to_api());
        }
    }
}

/// What the server holds as an amount; `None` when it is none.
pub(crate) fn parse(amount: &ApiQuantity) -> Option<Quantity> {
    Quantity::from_api(amount)
}

fn not_negative(amount: Quantity) -> Quantity {
    match amount.is_negative() {
        true => Quantity::from_units(0, amount.format()),
        false => amount,
    }
}

/// `v1helper.IsExtendedResourceName`: a name of somebody else's domain, that a quota could be set on.
pub(crate) fn is_extended(name: &str) -> bool {
    let is_native = !name.contains('/') || name.contains("kubernetes.io/");
    !is_native && !name.starts_with("requests.")
}
