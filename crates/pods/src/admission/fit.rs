//! Whether what a pod asks for is still there.
//!
//! Source: `pkg/scheduler/framework/plugins/noderesources/fit.go` `fitsRequest`,
//! `pkg/kubelet/lifecycle/predicate.go` `removeMissingExtendedResources`.

use super::node::NodeView;
use super::rejection::Rejection;
use std::collections::BTreeMap;
use types::WantedPod;
use types::resources::{CPU, EPHEMERAL_STORAGE, HUGE_PAGES_PREFIX, MEMORY, Overhead, pod_requests};

/// Name of the resource of which each pod takes one.
const PODS: &str = "pods";

/// A resource of which too little is left: thousandths of a core for CPU, else whole units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Insufficient {
    /// Its name.
    pub(super) resource: String,
    /// What the pod asks for.
    pub(super) requested: i64,
    /// What others have.
    pub(super) used: i64,
    /// What there is.
    pub(super) capacity: i64,
}

impl Insufficient {
    /// How much others would have to give back.
    pub(super) fn missing(&self) -> i64 {
        self.requested - (self.capacity - self.used)
    }

    /// The words for a pod that nobody gives way to.
    pub(super) fn rejection(&self) -> Rejection {
        let Self { resource, requested, used, capacity } = self;
        Rejection::new(
            format!("OutOf{resource}"),
            format!(
                "Node didn't have enough resource: {resource}, requested: {requested}, used: {used}, capacity: {capacity}"
            ),
        )
    }
}

/// What is not there, pods first, then CPU, memory, disk space, and the rest by name.
pub(super) fn insufficient(node: &NodeView, wanted: &WantedPod, others: &[&WantedPod]) -> Vec<Insufficient> {
    let mut found = Vec::new();
    let mut compare = |resource: &str, requested: i64, used: i64, capacity: i64| {
        if requested > 0 && requested > capacity.saturating_sub(used) {
            found.push(Insufficient { resource: resource.to_owned(), requested, used, capacity });
        }
    };
    let there = &node.allocatable;
    compare(PODS, 1, i64::try_from(others.len()).unwrap_or(i64::MAX), there.pods);
    let asked = requests(wanted);
    if asked.is_empty() {
        return found;
    }
    let mut used: BTreeMap<String, i64> = BTreeMap::new();
    for other in others {
        for (name, amount) in requests(other) {
            let sum = used.entry(name).or_default();
            *sum = sum.saturating_add(amount);
        }
    }
    let of = |list: &BTreeMap<String, i64>, name: &str| list.get(name).copied().unwrap_or(0);
    for (name, capacity) in [
        (CPU, there.cpu_milli),
        (MEMORY, there.memory_bytes),
        (EPHEMERAL_STORAGE, there.ephemeral_storage_bytes),
    ] {
        compare(name, of(&asked, name), of(&used, name), capacity);
    }
    for (name, requested) in &asked {
        // An extended resource that this node does not have at all is the cluster's, not the node's, to give.
        let is_counted = name.starts_with(HUGE_PAGES_PREFIX) || there.other.contains_key(name);
        if is_counted && ![CPU, MEMORY, EPHEMERAL_STORAGE].contains(&name.as_str()) {
            compare(name, *requested, of(&used, name), of(&there.other, name));
        }
    }
    found
}

/// What a pod asks for, its overhead included, in the units of [`Insufficient`].
pub(super) fn requests(wanted: &WantedPod) -> BTreeMap<String, i64> {
    let requests = pod_requests(wanted.spec(), Overhead::Included);
    requests
        .into_iter()
        .map(|(name, amount)| {
            let amount = if name == CPU { amount.milli_value() } else { amount.value() };
            (name, amount)
        })
        .collect()
}
