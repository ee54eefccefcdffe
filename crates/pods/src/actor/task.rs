//! The actor's loop.

mod actions;
mod ends;
mod files;
mod publish;
#[cfg(test)]
mod tests;

use super::early_ends::EarlyEnds;
use super::follow::Follow;
use super::memory::{Memory, recall};
use super::plan::Waits;
use super::prepare::Prepared;
use super::state::{FailureKind, Goal, PodFailure, PodPhase, PodState, started_at};
use crate::observe::SeenPod;
use crate::world::World;
use actions::{UnderWay, under_way};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tasks::{Stop, watch};
use tokio::time::{Instant, sleep_until};
use types::reasons::pod_status;
use types::{EventKind, EventObject, PodName, PodUid};

/// How long an actor that is asked to end waits for the action under way: a safe point, within the 5 s that the
/// whole process has.
const SAFE_POINT: Duration = Duration::from_secs(3);

/// How long a pod's end waits for a container's start under way. A start that is cut off at the wrong moment leaves containerd 2.4 with a
/// container that it refuses to remove.
const LONGEST_START: Duration = Duration::from_secs(3);

/// One pod's actor, before its loop.
pub struct Actor {
    /// What it acts on.
    pub world: Arc<World>,
    /// Whose.
    pub uid: PodUid,
    /// The pod's name.
    pub name: PodName,
    /// What is wanted.
    pub goal: watch::Receiver<Goal>,
    /// Where its state is published.
    pub state: watch::Sender<Arc<PodState>>,
    /// Pods that have to be over before this one starts.
    pub after: Vec<watch::Receiver<Arc<PodState>>>,
    /// The end of the process.
    pub stop: Stop,
}

/// The loop's own state.
struct Loop {
    actor: Actor,
    seen: watch::Receiver<Option<Arc<SeenPod>>>,
    memory: watch::Sender<Memory>,
    prepared: watch::Sender<Option<Arc<Prepared>>>,
    follow: Follow,
    early_ends: EarlyEnds,
    phase: PodPhase,
    under_way: Option<UnderWay>,
    /// Whether a call of it is let finish.
    is_uncut: watch::Sender<bool>,
    /// Until when, if what is under way is to be dropped.
    drop_at: Option<Instant>,
    /// The runtime must be asked before the next plan.
    is_uncertain: bool,
    is_released: bool,
    was_running: bool,
    /// Failures in a row: of questions to the runtime, and of taking the pod down.
    failed_questions: u32,
    failed_removals: u32,
    retry_at: Option<Instant>,
    waits: Waits,
    failure: Option<PodFailure>,
    /// The last start left something of unknown effect: what it became is looked at once more right before the next one.
    is_doubtful: bool,
    asked_at: Option<Instant>,
    /// When what could not be tidied away is tried again.
    tidy_at: Option<Instant>,
    /// All was taken down; the pod is gone when that is seen as well.
    is_removed: bool,
    /// How often the runtime refused to remove the records of a pod that was taken down.
    refusals: u32,
}

/// Why an actor has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing of the pod is left.
    Gone,
    /// Nothing but records of the runtime's, which it refuses to remove.
    KeptByRuntime,
    /// The process ends.
    Stopped,
}

impl Actor {
    /// Runs until nothing of the pod is left that can be removed, or the process ends.
    pub async fn run(mut self) -> Ended {
        if !self.wait_for_others().await {
            return Ended::Stopped;
        }
        self.count();
        let Ok(seen) = self.world.observer.subscribe(&self.uid, &self.name).await else {
            return Ended::Stopped;
        };
        let restarts = tokio::select! {
            biased;
            () = self.stop.requested() => return Ended::Stopped,
            restarts = recall(&self.world, &self.uid) => restarts,
        };
        let memory = Memory { restarts, ..Memory::default() };
        let state = Loop {
            actor: self,
            seen,
            memory: watch::Sender::new(memory),
            prepared: watch::Sender::new(None),
            follow: Follow::default(),
            early_ends: EarlyEnds::default(),
            phase: PodPhase::Syncing,
            under_way: None,
            is_uncut: watch::Sender::new(false),
            drop_at: None,
            is_uncertain: false,
            is_released: false,
            was_running: false,
            failed_questions: 0,
            failed_removals: 0,
            retry_at: None,
            waits: Waits::new(),
            failure: None,
            is_doubtful: false,
            asked_at: None,
            tidy_at: None,
            is_removed: false,
            refusals: 0,
        };
        state.run().await
    }

    /// Counts a pod that begins.
    fn count(&self) {
        let Goal::Run(wanted) = &*self.goal.borrow() else { return };
        let metrics = &self.world.metrics;
        metrics.containers_per_pod.observe(wanted.spec().containers.len() as f64);
        let waited = self.world.clock.now().duration_since(wanted.seen);
        metrics.pod_worker_start_duration.observe(waited.as_secs_f64());
    }

    /// Waits until those that give way are over, or this pod is not wanted any more; `false` when the process ends.
    async fn wait_for_others(&mut self) -> bool {
        let others = std::mem::take(&mut self.after);
        let all_over = async {
            for mut other in others {
                // One whose state is not published any more is gone.
                other.wait_for(|state| state.is_over()).await.ok();
            }
        };
        tokio::select! {
            biased;
            () = self.stop.requested() => false,
            _ = self.goal.wait_for(|goal| !matches!(goal, Goal::Run(_))) => true,
            () = all_over => true,
        }
    }
}

impl Loop {
    async fn run(mut self) -> Ended {
        let mut memory = self.memory.subscribe();
        let mut prepared = self.prepared.subscribe();
        let mut is_uncut = self.is_uncut.subscribe();
        let stop = self.actor.stop.clone();
        loop {
            self.drop_start_when_due();
            let wake_at = if self.under_way.is_none() { self.next_step() } else { self.drop_at };
            let deadline = self.deadline();
            self.mind_files();
            self.publish();
            tokio::select! {
                biased;
                () = stop.requested() => {
                    self.reach_safe_point().await;
                    return Ended::Stopped;
                }
                done = under_way(&mut self.under_way) => {
                    if let Some(ended) = self.finish(done) {
                        return ended;
                    }
                }
                changed = self.actor.goal.changed() => {
                    if changed.is_err() {
                        return Ended::Stopped;
                    }
                    self.goal_changed();
                }
                changed = self.seen.changed() => {
                    if changed.is_err() {
                        return Ended::Stopped;
                    }
                }
                _ = memory.changed() => {}
                _ = prepared.changed() => {}
                _ = is_uncut.changed() => {}
                retry = self.follow.next() => self.retry_now(retry),
                id = self.early_ends.next() => self.ended_early(id),
                () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                    self.deadline_passed();
                }
                () = sleep_until(wake_at.unwrap_or_else(Instant::now)), if wake_at.is_some() => {}
            }
        }
    }

    async fn reach_safe_point(&mut self) {
        if let Some(under_way) = self.under_way.take() {
            tokio::time::timeout(SAFE_POINT, under_way.future).await.ok();
        }
    }

    fn goal_changed(&mut self) {
        let runs_on = matches!(&*self.actor.goal.borrow_and_update(), Goal::Run(_));
        if !runs_on {
            self.early_ends = EarlyEnds::default();
            self.drop_start();
            self.bound_grace();
        }
    }

    /// Gives up what is being started, as soon as it may be cut off.
    fn drop_start(&mut self) {
        self.retry_at = None;
        if self.under_way.as_ref().is_some_and(UnderWay::is_droppable) {
            self.drop_at = Some(Instant::now() + LONGEST_START);
            self.drop_start_when_due();
        }
    }

    /// Drops the start under way that is to be dropped, once nothing of it is let finish any longer.
    fn drop_start_when_due(&mut self) {
        let Some(drop_at) = self.drop_at else { return };
        if *self.is_uncut.borrow() && self.under_way.is_some() && Instant::now() < drop_at {
            return;
        }
        self.drop_at = None;
        if self.under_way.take().is_some() {
            self.is_uncut.send_replace(false);
            self.is_uncertain = true;
        }
    }

    /// When the pod's time is over, if it has one and still runs.
    fn deadline(&self) -> Option<Instant> {
        if self.phase != PodPhase::Syncing {
            return None;
        }
        let goal = self.actor.goal.borrow();
        let Goal::Run(wanted) = &*goal else { return None };
        let seconds = wanted.spec().active_deadline_seconds?;
        let start = started_at(wanted, self.seen.borrow().as_deref());
        let end = start.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
        Some(self.instant_of(end, self.actor.world.clock.now()))
    }

    /// Ends the pod whose time is over (`active_deadline.go`).
    fn deadline_passed(&mut self) {
        let message = "Pod was active on the node longer than the specified deadline";
        let wanted = self.actor.goal.borrow().wanted().cloned();
        let object = EventObject::of_known_pod(wanted.as_deref(), &self.actor.name, &self.actor.uid);
        self.actor.world.events.tell(EventKind::Normal, object, pod_status::DEADLINE_EXCEEDED, message);
        self.fail(PodFailure {
            kind: FailureKind::Ended,
            reason: pod_status::DEADLINE_EXCEEDED.to_owned(),
            message: message.to_owned(),
        });
    }

    fn fail(&mut self, failure: PodFailure) {
        self.failure = Some(failure);
        self.phase = PodPhase::Completed;
        self.drop_start();
    }

    /// Decides what to do now; begins it, or returns when to look again.
    fn next_step(&mut self) -> Option<Instant> {
        if let Some(moment) = self.retry_at {
            if Instant::now() < moment {
                return Some(moment);
            }
            self.retry_at = None;
        }
        let goal = self.actor.goal.borrow().clone();
        if self.is_uncertain {
            self.ask();
            return None;
        }
        let seen = self.seen.borrow_and_update().clone()?;
        match goal {
            Goal::End(wanted) => {
                self.phase = PodPhase::Ending;
                self.remove(wanted, seen);
                None
            }
            Goal::Fail(wanted, failure) => {
                if self.failure.is_none() {
                    self.fail(failure);
                }
                if !self.is_released {
                    self.complete(wanted, seen);
                }
                None
            }
            Goal::Stop(wanted) => {
                self.phase = PodPhase::Completed;
                if !self.is_released {
                    self.complete(wanted, seen);
                }
                None
            }
            Goal::Run(wanted) => match self.phase {
                PodPhase::Syncing => self.sync(wanted, seen),
                PodPhase::Completed if !self.is_released => {
                    self.complete(wanted, seen);
                    None
                }
                PodPhase::Completed | PodPhase::Ending => None,
            },
        }
    }

    fn instant_of(&self, moment: Timestamp, now: Timestamp) -> Instant {
        Instant::now() + Duration::try_from(moment.duration_since(now)).unwrap_or_default()
    }
}
