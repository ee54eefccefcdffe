//! Which pods give way to a critical one.
//!
//! Source: `pkg/kubelet/preemption/preemption.go`, `pkg/kubelet/types/pod_update.go` `Preemptable`.

use super::fit::{Insufficient, requests};
use super::is_critical;
use super::rejection::Rejection;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use types::qos::QosClass;
use types::resources::{CPU, MEMORY};
use types::{PodUid, WantedPod};

/// An amount that must be given back.
type Requirements = Vec<(String, i64)>;

/// The pods that end so that `wanted` finds what it asks for: as few as possible, BestEffort before Burstable before
/// Guaranteed.
pub(super) fn victims(
    wanted: &WantedPod,
    others: &[&WantedPod],
    insufficient: &[Insufficient],
) -> Result<Vec<PodUid>, Rejection> {
    let required: Requirements =
        insufficient.iter().map(|missing| (missing.resource.clone(), missing.missing())).collect();
    let candidates: Vec<Candidate> =
        others.iter().filter(|other| gives_way(wanted, other)).map(|other| Candidate::new(other)).collect();
    let of_class = |class| candidates.iter().filter(|candidate| candidate.qos == class).collect::<Vec<_>>();
    let (best_effort, burstable, guaranteed) =
        (of_class(QosClass::BestEffort), of_class(QosClass::Burstable), of_class(QosClass::Guaranteed));
    let lacking = less(&required, &candidates.iter().collect::<Vec<_>>());
    if !lacking.is_empty() {
        return Err(nobody(&lacking));
    }
    // Each class gives what the classes below it, all ended, would not.
    let left_after = |one: &[&Candidate], other: &[&Candidate]| less(&less(&required, one), other);
    let guaranteed = nearest(guaranteed, left_after(&best_effort, &burstable))?;
    let burstable = nearest(burstable, left_after(&best_effort, &guaranteed))?;
    let best_effort = nearest(best_effort, left_after(&burstable, &guaranteed))?;
    Ok([best_effort, burstable, guaranteed]
        .concat()
        .into_iter()
        .map(|candidate| candidate.uid.clone())
        .collect())
}

/// A pod that may be ended, and what that gives back.
struct Candidate {
    uid: PodUid,
    qos: QosClass,
    requests: BTreeMap<String, i64>,
}

impl Candidate {
    fn new(wanted: &WantedPod) -> Self {
        let mut requests = requests(wanted);
        requests.insert("pods".to_owned(), 1);
        Self { uid: wanted.uid.clone(), qos: QosClass::of_pod(&wanted.pod), requests }
    }

    fn gives(&self, resource: &str) -> i64 {
        self.requests.get(resource).copied().unwrap_or(0)
    }
}

/// What is ordinary gives way to what is critical, and a lower priority to a higher one.
fn gives_way(wanted: &WantedPod, other: &WantedPod) -> bool {
    let priorities = wanted.spec().priority.zip(other.spec().priority);
    is_critical(wanted) && !is_critical(other) || priorities.is_some_and(|(own, others)| own > others)
}

/// What is still required when these pods have ended.
fn less(required: &Requirements, ended: &[&Candidate]) -> Requirements {
    let left = |(resource, amount): &(String, i64)| {
        let given: i64 = ended.iter().map(|candidate| candidate.gives(resource)).sum();
        (resource.clone(), amount - given)
    };
    required.iter().map(left).filter(|(_, amount)| *amount > 0).collect()
}

/// Takes the pod that brings the requirements nearest, until they are met.
fn nearest(mut pods: Vec<&Candidate>, mut required: Requirements) -> Result<Vec<&Candidate>, Rejection> {
    let mut chosen = Vec::new();
    while !required.is_empty() {
        let best = pods.iter().enumerate().min_by(|(_, one), (_, other)| {
            let by_distance = distance(&required, one).total_cmp(&distance(&required, other));
            by_distance.then_with(|| smaller(one, other))
        });
        let Some((index, _)) = best else { return Err(nobody(&required)) };
        let candidate = pods.swap_remove(index);
        required = less(&required, &[candidate]);
        chosen.push(candidate);
    }
    Ok(chosen)
}

/// Each requirement counts by the fraction of it that stays unmet.
fn distance(required: &Requirements, candidate: &Candidate) -> f64 {
    let part = |(resource, amount): &(String, i64)| {
        let left = (amount - candidate.gives(resource)).max(0);
        // Amounts of memory stay far below the 52 bits that a float holds exactly.
        (left as f64 / *amount as f64).powi(2)
    };
    required.iter().map(part).sum()
}

fn smaller(one: &Candidate, other: &Candidate) -> Ordering {
    let key = |candidate: &Candidate| (candidate.gives(MEMORY), candidate.gives(CPU));
    key(one).cmp(&key(other))
}

fn nobody(lacking: &Requirements) -> Rejection {
    let list: String =
        lacking.iter().map(|(resource, amount)| format!("(res: {resource}, q: {amount}), ")).collect();
    Rejection::new(
        "UnexpectedAdmissionError",
        format!(
            "Unexpected error while attempting to recover from admission failure: preemption: error finding a set of pods to preempt: no set of running pods found to reclaim resources: [{list}]"
        ),
    )
}
