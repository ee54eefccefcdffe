//! What goes wrong, and when.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::call::{Call, Verb};
use super::failure::Failure;

/// Where in a request something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Nothing has happened yet.
    Before,
    /// It has taken effect, but the answer is not given yet.
    After,
}

/// What happens at one stage of one request: a delay, then an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The request is held up this long.
    pub delay: Duration,
    /// Then this.
    pub then: Then,
}

/// How a request goes on after the delay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// As if nothing had been.
    Proceed,
    /// The server says no.
    Fail(Failure),
    /// The connection is lost.
    Break,
    /// Never: it hangs until its future is dropped.
    Hang,
}

impl Fault {
    /// No fault.
    pub const NONE: Fault = Fault { delay: Duration::ZERO, then: Then::Proceed };

    /// Slow.
    pub fn delay(delay: Duration) -> Self {
        Fault { delay, then: Then::Proceed }
    }

    /// Failing.
    pub fn fail(failure: Failure) -> Self {
        Fault { delay: Duration::ZERO, then: Then::Fail(failure) }
    }

    /// Without an answer, the connection being lost.
    pub fn broken() -> Self {
        Fault { delay: Duration::ZERO, then: Then::Break }
    }

    /// Hanging.
    pub fn hang() -> Self {
        Fault { delay: Duration::ZERO, then: Then::Hang }
    }
}

/// What happens to a watch before its next event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchFault {
    /// It goes on.
    Deliver,
    /// It lags, and all that comes later with it.
    Delay(Duration),
    /// Its connection breaks.
    Break,
}

/// Decides what goes wrong. Asked in a fixed order, so that a seeded generator behind a mutex repeats itself.
pub trait Faults: Send + Sync {
    /// What happens at this stage of this request.
    fn at(&self, stage: Stage, call: &Call) -> Fault {
        let _ = (stage, call);
        Fault::NONE
    }

    /// What happens to a watch that has an event to deliver.
    fn watch_event(&self, call: &Call) -> WatchFault {
        let _ = call;
        WatchFault::Deliver
    }

    /// How many revisions a read that takes any version (`resourceVersion=0`) is behind.
    fn revisions_behind(&self, call: &Call) -> u64 {
        let _ = call;
        0
    }
}

impl<T: Faults + ?Sized> Faults for Arc<T> {
    fn at(&self, stage: Stage, call: &Call) -> Fault {
        T::at(self, stage, call)
    }

    fn watch_event(&self, call: &Call) -> WatchFault {
        T::watch_event(self, call)
    }

    fn revisions_behind(&self, call: &Call) -> u64 {
        T::revisions_behind(self, call)
    }
}

/// Everything goes well.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFaults;

impl Faults for NoFaults {}

/// A list of faults, each for the next requests of one verb and kind. The plain tool of unit tests.
#[derive(Debug, Default)]
pub struct Script {
    rules: Mutex<Vec<Rule>>,
    revisions_behind: u64,
}

#[derive(Debug)]
struct Rule {
    stage: Stage,
    verb: Verb,
    plural: &'static str,
    remaining: u32,
    fault: Fault,
}

impl Script {
    /// No faults yet.
    pub fn new() -> Self {
        Script::default()
    }

    /// The next `times` requests of `verb` for `plural` meet `fault` at `stage`. Rules for the same requests are used up in
    /// order.
    pub fn next(self, stage: Stage, verb: Verb, plural: &'static str, times: u32, fault: Fault) -> Self {
        self.add(stage, verb, plural, times, fault);
        self
    }

    /// The same on a script in use.
    pub fn add(&self, stage: Stage, verb: Verb, plural: &'static str, times: u32, fault: Fault) {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        rules.push(Rule { stage, verb, plural, remaining: times, fault });
    }

    /// Reads of any version are so far behind.
    pub fn stale(self, revisions_behind: u64) -> Self {
        Script { revisions_behind, ..self }
    }
}

impl Faults for Script {
    fn at(&self, stage: Stage, call: &Call) -> Fault {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let matching = |rule: &&mut Rule| {
            rule.stage == stage
                && rule.verb == call.verb
                && rule.plural == call.resource.plural
                && rule.remaining > 0
        };
        match rules.iter_mut().find(matching) {
            Some(rule) => {
                rule.remaining -= 1;
                rule.fault.clone()
            }
            None => Fault::NONE,
        }
    }

    fn revisions_behind(&self, _: &Call) -> u64 {
        self.revisions_behind
    }
}
