//! What goes wrong, and when.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Call;
use crate::v1::ContainerEventResponse;
use crate::{CriError, Operation};

/// Where in a call something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Nothing has happened yet.
    Before,
    /// Half done: the name is reserved, the container is starting, the stop signal is sent, the image is coming. Only for
    /// operations that have such a state: `RunPodSandbox`, `StopPodSandbox`, `RemovePodSandbox`, `CreateContainer`,
    /// `StartContainer`, `StopContainer`, `PullImage`.
    During,
    /// It has taken effect, but the answer is not given yet.
    After,
}

/// What happens at one stage of one call: a delay, then an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The call is held up this long.
    pub delay: Duration,
    /// Then this.
    pub then: Then,
}

/// How a call goes on after the delay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// As if nothing had been.
    Proceed,
    /// It fails.
    Fail(CriError),
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
    pub fn fail(error: CriError) -> Self {
        Fault { delay: Duration::ZERO, then: Then::Fail(error) }
    }

    /// Hanging.
    pub fn hang() -> Self {
        Fault { delay: Duration::ZERO, then: Then::Hang }
    }
}

/// What happens to one event for one subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventFault {
    /// It arrives.
    Deliver,
    /// It is lost.
    Lose,
    /// It arrives twice.
    Repeat,
    /// The stream breaks instead.
    Break,
}

/// What is left of a call that failed or was dropped half done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leftover {
    /// Nothing, once cleaned up: until then the name stays reserved. `StartContainer`: a container that is exited with code
    /// 128, once cleaned up; until then it looks as if it had never been started.
    Nothing {
        /// How long cleaning up takes.
        cleaned_up_after: Duration,
    },
    /// `RunPodSandbox`: a sandbox that is not ready (containerd, when giving the network back fails too). For others as
    /// `Nothing`, at once.
    NotReady,
    /// All of it: the runtime noticed too late that nobody waits any more.
    Complete,
}

impl Leftover {
    /// What containerd 1.6 and 2.4 leave of a call that is dropped in the middle, as seen on real ones: a sandbox is cleaned
    /// up in 5 to 250 ms, a container is there nevertheless, a start fails some 20 ms later.
    pub fn as_seen(operation: Operation) -> Self {
        match operation {
            Operation::RunPodSandbox => Leftover::Nothing { cleaned_up_after: Duration::from_millis(100) },
            Operation::StartContainer => Leftover::Nothing { cleaned_up_after: Duration::from_millis(20) },
            _ => Leftover::Complete,
        }
    }
}

/// Decides what goes wrong. Asked in a fixed order, so that a seeded generator behind a mutex repeats itself.
pub trait Faults: Send + Sync {
    /// What happens at this stage of this call.
    fn at(&self, stage: Stage, call: &Call) -> Fault {
        let _ = (stage, call);
        Fault::NONE
    }

    /// What is left of a call that ended half done.
    fn leftover(&self, call: &Call) -> Leftover {
        Leftover::as_seen(call.operation)
    }

    /// What happens to an event.
    fn event(&self, event: &ContainerEventResponse) -> EventFault {
        let _ = event;
        EventFault::Deliver
    }
}

/// Everything goes well.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFaults;

impl Faults for NoFaults {}

/// A list of faults, each for the next calls of one operation. The plain tool of unit tests.
#[derive(Debug, Default)]
pub struct Script {
    rules: Mutex<Vec<Rule>>,
    leftover: Mutex<Option<Leftover>>,
}

#[derive(Debug)]
struct Rule {
    stage: Stage,
    operation: Operation,
    remaining: u32,
    fault: Fault,
}

impl Script {
    /// No faults yet.
    pub fn new() -> Self {
        Script::default()
    }

    /// The next `times` calls of `operation` meet `fault` at `stage`. Rules for the same stage and operation are used up in order.
    pub fn next(self, stage: Stage, operation: Operation, times: u32, fault: Fault) -> Self {
        self.add(stage, operation, times, fault);
        self
    }

    /// The same on a script in use.
    pub fn add(&self, stage: Stage, operation: Operation, times: u32, fault: Fault) {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        rules.push(Rule { stage, operation, remaining: times, fault });
    }

    /// What is left of calls that end half done.
    pub fn leaving(self, leftover: Leftover) -> Self {
        *self.leftover.lock().unwrap_or_else(PoisonError::into_inner) = Some(leftover);
        self
    }
}

impl Faults for Script {
    fn at(&self, stage: Stage, call: &Call) -> Fault {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let matching =
            |rule: &&mut Rule| rule.stage == stage && rule.operation == call.operation && rule.remaining > 0;
        match rules.iter_mut().find(matching) {
            Some(rule) => {
                rule.remaining -= 1;
                rule.fault.clone()
            }
            None => Fault::NONE,
        }
    }

    fn leftover(&self, call: &Call) -> Leftover {
        let leftover = *self.leftover.lock().unwrap_or_else(PoisonError::into_inner);
        leftover.unwrap_or_else(|| Leftover::as_seen(call.operation))
    }
}
