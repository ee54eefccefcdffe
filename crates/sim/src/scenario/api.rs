//! The part of a scenario that the API server has: pods that users make and delete, and what goes wrong between it and the
//! kubelet. Half of the seeds from `API_SEEDS` on have one.

use super::{NODE_NAME, PodSpec, Step, generate::pod, manifest::content};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::time::Duration;

/// Tells this stream of chance from the one that makes the rest of the scenario, so that the rest stays as it is.
const SALT: u64 = 0xa915_e44e;

/// A readiness gate that somebody else opens and closes.
pub const GATE: &str = "example.com/gate";

/// What the API server brings into a scenario.
#[derive(Clone, Debug)]
pub struct ApiScenario {
    /// The pods that may come and go.
    pub pods: Vec<ApiPod>,
    /// What goes wrong on its own.
    pub faults: ApiFaultProfile,
}

/// A pod of the API server.
#[derive(Clone, Debug)]
pub struct ApiPod {
    /// Its name.
    pub name: String,
    /// Whether it has a readiness gate.
    pub has_gate: bool,
    /// What it is each time it is made.
    pub specification: PodSpec,
}

/// What somebody does with the API server, or what befalls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiStep {
    /// A pod is made, bound to the node. Nothing happens while its predecessor is there.
    Create {
        /// Which one.
        pod: usize,
    },
    /// A pod is deleted.
    Delete {
        /// Which one.
        pod: usize,
        /// With this grace; its own if none.
        grace_seconds: Option<u32>,
    },
    /// Somebody writes the condition of a pod's readiness gate.
    Gate {
        /// Which one.
        pod: usize,
        /// Whether it is open.
        is_open: bool,
    },
    /// Somebody labels a pod.
    Label {
        /// Which one.
        pod: usize,
        /// With what.
        value: u32,
    },
    /// The server is away for this long.
    Down(Duration),
    /// All watches break.
    CutWatches,
    /// History is forgotten, and all watches break: they cannot be resumed.
    Forget,
}

/// How often things go wrong on their own, in thousandths of the requests or events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiFaultProfile {
    /// Requests that take seconds.
    pub slow: u32,
    /// Requests that the server fails: 500, 503, 429, 409.
    pub fails: u32,
    /// Requests whose connection breaks before they have an effect.
    pub breaks_before: u32,
    /// Requests whose answer is lost.
    pub breaks_after: u32,
    /// Requests that hang until their deadline.
    pub hangs: u32,
    /// Events that lag.
    pub lags: u32,
    /// Events at which the watch breaks.
    pub watch_breaks: u32,
    /// Reads of any version that are behind.
    pub stale: u32,
}

/// The API server's part in the scenario of a seed; its steps are added to those that are there.
pub(super) fn generate(
    seed: u64,
    active: Duration,
    steps: &mut Vec<(Duration, Step)>,
) -> Option<ApiScenario> {
    let mut rng = SmallRng::seed_from_u64(seed ^ SALT);
    if rng.random_bool(0.5) {
        return None;
    }
    let pods: Vec<ApiPod> = (0..rng.random_range(1..=4))
        .map(|index| ApiPod {
            name: format!("api{index}"),
            has_gate: rng.random_ratio(1, 3),
            specification: pod(&mut rng, 0),
        })
        .collect();
    let last = u64::try_from(active.as_millis()).unwrap_or(u64::MAX);
    for index in 0..pods.len() {
        life(&mut rng, index, last, steps);
    }
    for _ in 0..rng.random_range(0..6) {
        let at = Duration::from_millis(rng.random_range(0..last));
        let step = match rng.random_range(0..4) {
            0 => ApiStep::Down(Duration::from_millis(rng.random_range(100..60_000))),
            1 | 2 => ApiStep::CutWatches,
            _ => ApiStep::Forget,
        };
        steps.push((at, Step::Api(step)));
    }
    steps.sort_by_key(|(at, _)| *at);
    Some(ApiScenario { pods, faults: faults(&mut rng) })
}

fn faults(rng: &mut SmallRng) -> ApiFaultProfile {
    if rng.random_ratio(1, 3) {
        return ApiFaultProfile::default();
    }
    let mut rate = |most: u32| if rng.random_ratio(2, 5) { rng.random_range(1..=most) } else { 0 };
    ApiFaultProfile {
        slow: rate(100),
        fails: rate(250),
        breaks_before: rate(150),
        breaks_after: rate(150),
        hangs: rate(15),
        lags: rate(300),
        watch_breaks: rate(100),
        stale: rate(500),
    }
}

/// A pod is made, changed, deleted and made again, often within moments.
fn life(rng: &mut SmallRng, pod: usize, last: u64, steps: &mut Vec<(Duration, Step)>) {
    let mut at = if rng.random_bool(0.7) { 0 } else { rng.random_range(0..last) };
    let mut add = |at: u64, step: ApiStep| steps.push((Duration::from_millis(at), Step::Api(step)));
    add(at, ApiStep::Create { pod });
    for _ in 0..rng.random_range(0..6) {
        at += if rng.random_ratio(1, 2) { rng.random_range(1..2_000) } else { rng.random_range(1..last) };
        if at > last {
            return;
        }
        match rng.random_range(0..6) {
            0 | 1 => {
                let graces = [None, None, None, Some(0), Some(1), Some(60)];
                let grace_seconds = *graces.choose(rng).expect("not empty");
                add(at, ApiStep::Delete { pod, grace_seconds });
                if rng.random_ratio(1, 3) {
                    at += rng.random_range(1..5_000);
                    add(at, ApiStep::Delete { pod, grace_seconds: Some(rng.random_range(0..3)) });
                }
                if rng.random_bool(0.7) {
                    at += rng.random_range(1..40_000);
                    add(at, ApiStep::Create { pod });
                }
            }
            2 => add(at, ApiStep::Create { pod }),
            3 => add(at, ApiStep::Label { pod, value: rng.random_range(0..3) }),
            _ => add(at, ApiStep::Gate { pod, is_open: rng.random_bool(0.7) }),
        }
    }
}

/// The object that a user makes.
pub fn object(pod: &ApiPod) -> Value {
    let mut object = content(&pod.name, None, &pod.specification);
    object["metadata"]["namespace"] = json!("default");
    object["spec"]["nodeName"] = json!(NODE_NAME);
    if pod.has_gate {
        object["spec"]["readinessGates"] = json!([{ "conditionType": GATE }]);
    }
    object
}
