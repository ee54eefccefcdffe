//! What goes wrong with the API server, from the seed.

use crate::scenario::ApiFaultProfile;
use apiserver::fake::{Call, Failure, Fault, Faults, Stage, Then, WatchFault};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Tells this stream of chance from that of the other parts of the world.
const SALT: u64 = 0xa915_d1ce;

/// How many changes a stale read may be behind.
const MOST_BEHIND: u64 = 6;

/// Chance, from the seed: what goes wrong in which request.
pub struct ApiDice(Mutex<State>);

struct State {
    rng: SmallRng,
    profile: ApiFaultProfile,
}

impl ApiDice {
    /// From the seed.
    pub fn new(seed: u64, profile: ApiFaultProfile) -> Self {
        Self(Mutex::new(State { rng: SmallRng::seed_from_u64(seed ^ SALT), profile }))
    }

    /// From now on nothing goes wrong. Requests still take their time.
    pub fn calm(&self) {
        self.state().profile = ApiFaultProfile::default();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn hits(&mut self, rate: impl Fn(&ApiFaultProfile) -> u32) -> bool {
        let rate = rate(&self.profile);
        rate > 0 && self.rng.random_range(0..1000) < rate
    }

    fn milliseconds(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(self.rng.random_range(from..to))
    }

    fn failure(&mut self, call: &Call) -> Failure {
        match self.rng.random_range(0..5) {
            0 => Failure::internal("etcdserver: request timed out"),
            1 => Failure::unavailable(),
            2 => Failure::too_many_requests(self.rng.random_range(1..10)),
            3 if call.verb.is_write() => {
                Failure::modified(call.resource, call.name.as_deref().unwrap_or_default())
            }
            _ => Failure::too_many_requests(1),
        }
    }
}

impl Faults for ApiDice {
    fn at(&self, stage: Stage, call: &Call) -> Fault {
        let mut state = self.state();
        let broken = Fault::broken();
        match stage {
            Stage::Before => {
                let usual = state.milliseconds(0, 6);
                if state.hits(|profile| profile.hangs) {
                    Fault::hang()
                } else if state.hits(|profile| profile.fails) {
                    Fault { delay: usual, then: Then::Fail(state.failure(call)) }
                } else if state.hits(|profile| profile.breaks_before) {
                    broken
                } else if state.hits(|profile| profile.slow) {
                    Fault::delay(state.milliseconds(100, 20_000))
                } else {
                    Fault::delay(usual)
                }
            }
            Stage::After if state.hits(|profile| profile.breaks_after) => broken,
            Stage::After => Fault::NONE,
        }
    }

    fn watch_event(&self, _: &Call) -> WatchFault {
        let mut state = self.state();
        if state.hits(|profile| profile.watch_breaks) {
            WatchFault::Break
        } else if state.hits(|profile| profile.lags) {
            WatchFault::Delay(state.milliseconds(10, 8_000))
        } else {
            WatchFault::Deliver
        }
    }

    fn revisions_behind(&self, _: &Call) -> u64 {
        let mut state = self.state();
        if state.hits(|profile| profile.stale) { state.rng.random_range(1..=MOST_BEHIND) } else { 0 }
    }
}
