//! What happens with an API server, from a seed.

use super::{ApiFaultProfile, ApiPod, ApiScenario, ApiStep, Content, Reading};
use crate::scenario::{Step, generate::pod};
use apiserver::fake::Revisions;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use std::time::Duration;

/// Tells this stream of chance from the one that makes the rest of the scenario, so that the rest stays as it is.
const SALT: u64 = 0xa915_e44e;

/// An object's content is one of so many.
const VALUES: u32 = 1000;

/// The API server's part in the scenario of a seed; its steps are added to those that are there.
pub(in crate::scenario) fn generate(
    seed: u64,
    active: &mut Duration,
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
            reads: (0..rng.random_range(0..=3)).map(|_| reading(&mut rng)).collect(),
            specification: pod(&mut rng, 0),
        })
        .collect();
    let last = u64::try_from(active.as_millis()).unwrap_or(u64::MAX);
    let mut add = |at: u64, step: ApiStep| steps.push((Duration::from_millis(at), Step::Api(step)));
    for index in 0..pods.len() {
        life(&mut rng, index, last, &mut add);
    }
    let late = if rng.random_bool(0.8) { 0 } else { rng.random_range(0..last) };
    add(late, ApiStep::MakeAccount);
    for content in [Content::Secret, Content::ConfigMap] {
        fill(&mut rng, content, last, &mut add);
    }
    trouble(&mut rng, last, &mut add);
    if rng.random_ratio(1, 12) {
        let away = rng.random_range(300_000..600_000);
        add(last, ApiStep::Down(Duration::from_millis(away)));
        *active += Duration::from_millis(away);
    }
    steps.sort_by_key(|(at, _)| *at);
    Some(ApiScenario { pods, faults: faults(&mut rng) })
}

fn reading(rng: &mut SmallRng) -> Reading {
    match rng.random_range(0..5) {
        0 => Reading::Volume(Content::Secret),
        1 => Reading::Volume(Content::ConfigMap),
        2 => Reading::Variable(Content::ConfigMap),
        3 => Reading::Variable(Content::Secret),
        _ => Reading::Projected,
    }
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
fn life(rng: &mut SmallRng, pod: usize, last: u64, add: &mut impl FnMut(u64, ApiStep)) {
    let mut at = if rng.random_bool(0.7) { 0 } else { rng.random_range(0..last) };
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

/// An object is made, before the pods that read it or after them, changed and at times deleted.
fn fill(rng: &mut SmallRng, content: Content, last: u64, add: &mut impl FnMut(u64, ApiStep)) {
    let mut at = if rng.random_bool(0.7) { 0 } else { rng.random_range(0..last) };
    add(at, ApiStep::Fill(content, rng.random_range(0..VALUES)));
    for _ in 0..rng.random_range(0..6) {
        at += if rng.random_ratio(1, 3) { rng.random_range(1..2_000) } else { rng.random_range(1..last) };
        if at > last {
            return;
        }
        match rng.random_range(0..5) {
            0 => add(at, ApiStep::Empty(content)),
            _ => add(at, ApiStep::Fill(content, rng.random_range(0..VALUES))),
        }
    }
}

fn trouble(rng: &mut SmallRng, last: u64, add: &mut impl FnMut(u64, ApiStep)) {
    for _ in 0..rng.random_range(0..6) {
        let at = rng.random_range(0..last);
        match rng.random_range(0..4) {
            0 => add(at, ApiStep::Down(Duration::from_millis(rng.random_range(100..60_000)))),
            1 | 2 => add(at, ApiStep::CutWatches),
            _ => add(at, ApiStep::Forget),
        }
    }
    if rng.random_ratio(1, 6) {
        let at = rng.random_range(0..last);
        add(at, ApiStep::BackUp);
        let revisions = if rng.random_bool(0.5) { Revisions::GoBack } else { Revisions::GoOn };
        add(rng.random_range(at..=last), ApiStep::Restore(revisions));
    }
}
