//! Chance, from the seed: what goes wrong in which call. Asked in a fixed order, so that it repeats.

use crate::scenario::FaultProfile;
use cri::fake::{Call, EventFault, Fault, Faults, Leftover, Stage, Then};
use cri::{CriError, Operation};
use host::fake::{Fault as HostFault, Operation as HostOperation};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tasks::watch;
use tokio::time::Instant;

/// Tells the stream of chance in the world from the one that made the scenario.
const SALT: u64 = 0x5eed_0fc4_a4ce;

/// The dice of one scenario.
pub struct Dice {
    state: Mutex<State>,
    is_calm: watch::Sender<bool>,
}

struct State {
    rng: SmallRng,
    profile: FaultProfile,
    disk_full_until: Option<Instant>,
    /// Containers and sandboxes that cannot be removed, and until when.
    stuck: BTreeMap<String, Instant>,
}

impl Dice {
    /// From the seed.
    pub fn new(seed: u64, profile: FaultProfile) -> Self {
        let rng = SmallRng::seed_from_u64(seed ^ SALT);
        let state = Mutex::new(State { rng, profile, disk_full_until: None, stuck: BTreeMap::new() });
        Self { state, is_calm: watch::Sender::new(false) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on nothing goes wrong. Calls still take their time.
    pub fn calm(&self) {
        let mut state = self.state();
        state.profile = FaultProfile::default();
        state.disk_full_until = None;
        state.stuck.clear();
        self.is_calm.send_replace(true);
    }

    /// Waits until nothing goes wrong any more.
    pub async fn calmed(&self) {
        self.is_calm.subscribe().wait_for(|is_calm| *is_calm).await.ok();
    }

    /// The disk is full for this long.
    pub fn fill_disk(&self, time: Duration) {
        self.state().disk_full_until = Some(Instant::now() + time);
    }

    /// A duration, in whole milliseconds.
    pub fn between(&self, from: Duration, to: Duration) -> Duration {
        self.state().between(from, to)
    }

    /// One of so many.
    pub fn index(&self, count: usize) -> usize {
        self.state().rng.random_range(0..count)
    }

    /// Whether the registry fails now.
    pub fn pull_fails(&self) -> bool {
        self.state().hits(|profile| profile.pulls_fail)
    }

    /// What happens to a call to the machine.
    pub fn host(&self, operation: HostOperation) -> Option<HostFault> {
        const ERRORS: [i32; 3] = [libc::EIO, libc::ENOSPC, libc::EBUSY];
        let mut state = self.state();
        if writes(operation) && state.disk_full_until.is_some_and(|until| Instant::now() < until) {
            return Some(HostFault::Fail(libc::ENOSPC));
        }
        if state.hits(|profile| profile.host_hangs) {
            return Some(HostFault::Hang);
        }
        if state.hits(|profile| profile.host_fails) {
            let index = state.rng.random_range(0..ERRORS.len());
            return Some(HostFault::Fail(ERRORS[index]));
        }
        if state.hits(|profile| profile.host_slow) {
            return Some(HostFault::Delay(state.between(Duration::from_millis(1), Duration::from_secs(5))));
        }
        None
    }
}

/// What needs room on the disk.
fn writes(operation: HostOperation) -> bool {
    matches!(
        operation,
        HostOperation::FilesMakeDir | HostOperation::FilesMakeFile | HostOperation::FilesWrite
    )
}

impl State {
    fn hits(&mut self, rate: impl Fn(&FaultProfile) -> u32) -> bool {
        let rate = rate(&self.profile);
        rate > 0 && self.rng.random_range(0..1000) < rate
    }

    fn between(&mut self, from: Duration, to: Duration) -> Duration {
        let (from, to) = (from.as_millis(), to.as_millis());
        let chosen = if from < to { self.rng.random_range(from..to) } else { from };
        Duration::from_millis(u64::try_from(chosen).unwrap_or(u64::MAX))
    }

    fn error(&mut self, operation: Operation) -> CriError {
        let message = "injected".to_owned();
        match self.rng.random_range(0..4) {
            0 => CriError::Unavailable { operation, endpoint: "unix:///run/sim.sock".to_owned(), message },
            1 => CriError::DeadlineExceeded { operation, message },
            2 => CriError::Cancelled { operation, message },
            _ => CriError::unknown(operation, message),
        }
    }

    fn before(&mut self, call: &Call) -> Fault {
        let operation = call.operation;
        if matches!(operation, Operation::RemoveContainer | Operation::RemovePodSandbox)
            && self.sticks(&call.object)
        {
            return Fault::fail(CriError::unknown(operation, "cannot delete a running task".to_owned()));
        }
        let usual = self.between(Duration::ZERO, Duration::from_millis(8));
        let is_endless = matches!(operation, Operation::PullImage | Operation::GetContainerEvents);
        if !is_endless && self.hits(|profile| profile.hangs) {
            return Fault::hang();
        }
        if self.hits(|profile| profile.fails_before) {
            return Fault { delay: usual, then: Then::Fail(self.error(operation)) };
        }
        if self.hits(|profile| profile.slow) {
            return Fault::delay(self.between(Duration::from_millis(100), Duration::from_secs(30)));
        }
        Fault::delay(usual)
    }

    /// Whether it cannot be removed now. What cannot stays so for a while.
    fn sticks(&mut self, id: &str) -> bool {
        let now = Instant::now();
        if self.stuck.get(id).is_some_and(|until| now < *until) {
            return true;
        }
        let is_hit = self.hits(|profile| profile.removals_stick);
        if is_hit {
            let until = now + self.between(Duration::from_secs(1), Duration::from_secs(20));
            self.stuck.insert(id.to_owned(), until);
        }
        is_hit
    }

    fn during(&mut self, operation: Operation) -> Fault {
        let longest = match operation {
            Operation::RunPodSandbox | Operation::StopPodSandbox => 200,
            Operation::StartContainer => 60,
            _ => 20,
        };
        let delay = self.between(Duration::ZERO, Duration::from_millis(longest));
        if self.hits(|profile| profile.fails_during) {
            return Fault { delay, then: Then::Fail(self.error(operation)) };
        }
        if operation != Operation::PullImage && self.hits(|profile| profile.hangs) {
            return Fault::hang();
        }
        Fault::delay(delay)
    }

    fn after(&mut self, operation: Operation) -> Fault {
        if self.hits(|profile| profile.fails_after) {
            return Fault::fail(self.error(operation));
        }
        if operation != Operation::PullImage && self.hits(|profile| profile.hangs) {
            return Fault::hang();
        }
        Fault::NONE
    }
}

impl Faults for Dice {
    fn at(&self, stage: Stage, call: &Call) -> Fault {
        let mut state = self.state();
        match stage {
            Stage::Before => state.before(call),
            Stage::During => state.during(call.operation),
            Stage::After => state.after(call.operation),
        }
    }

    fn leftover(&self, call: &Call) -> Leftover {
        let mut state = self.state();
        if !state.hits(|profile| profile.odd_leftovers) {
            return Leftover::as_seen(call.operation);
        }
        match state.rng.random_range(0..3) {
            0 => Leftover::NotReady,
            1 => Leftover::Complete,
            _ => {
                Leftover::Nothing { cleaned_up_after: state.between(Duration::ZERO, Duration::from_secs(5)) }
            }
        }
    }

    fn event(&self, _event: &cri::v1::ContainerEventResponse) -> EventFault {
        let mut state = self.state();
        if state.hits(|profile| profile.events_lost) {
            EventFault::Lose
        } else if state.hits(|profile| profile.events_repeated) {
            EventFault::Repeat
        } else if state.hits(|profile| profile.events_break) {
            EventFault::Break
        } else {
            EventFault::Deliver
        }
    }
}
