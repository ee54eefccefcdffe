//! Bugs that are planted: each must be found by the invariant that is there for it, within few seeds.

use sim::scenario::Mutant;
use sim::{API_SEEDS, generate, run};

/// Seeds that a planted bug may hide in.
const MOST_SEEDS: u64 = 60;

fn check(mutant: Mutant, words: &str) {
    let mut others = Vec::new();
    let mut seeds = (API_SEEDS..).map(generate).filter(|scenario| scenario.api.is_some());
    for mut scenario in seeds.by_ref().take(MOST_SEEDS as usize) {
        scenario.mutant = Some(mutant);
        let outcome = run(&scenario, false);
        if outcome.broken.iter().any(|what| what.contains(words)) {
            println!("{mutant:?}: seed {} finds it", outcome.seed);
            return;
        }
        others.extend(outcome.broken);
    }
    panic!("{mutant:?} is not found; what is: {others:#?}");
}

#[test]
fn a_phase_that_goes_back() {
    check(Mutant::PhaseGoesBack, "went back from");
}

#[test]
fn conditions_of_others_that_are_dropped() {
    check(Mutant::DropsConditions, "took a condition of another writer");
}

#[test]
fn a_pod_that_is_forgotten_before_its_end_is_told() {
    check(Mutant::ForgetsUnreported, "and was never over");
}

#[test]
fn a_read_before_a_write() {
    check(Mutant::ReadsBeforeWrite, "is read, which the watch tells of");
}

#[test]
fn a_status_for_any_pod_of_that_name() {
    check(Mutant::WritesToAnyPod, "is written whatever its UID");
}

#[test]
fn a_missed_deletion() {
    check(Mutant::MissesDeletions, "the kubelet has pods");
}

#[test]
fn an_expired_watch_that_goes_on() {
    check(Mutant::IgnoresExpiry, "the kubelet has pods");
}

#[test]
fn a_removal_of_any_pod_of_that_name() {
    check(Mutant::DeletesAnyPod, "is removed whatever its UID");
}

#[test]
fn a_removal_while_containers_run() {
    check(Mutant::DeletesTooEarly, "runs when it was removed");
}

#[test]
fn content_that_is_not_followed() {
    check(Mutant::MissesContent, "the object says");
}

#[test]
fn a_token_that_is_not_renewed() {
    check(Mutant::KeepsToken, "has expired");
}

#[test]
fn more_requests_than_are_due() {
    check(Mutant::RenewsTwice, "requests for Lease in two quiet minutes");
}
