//! The actor's loop.

use super::memory::{Memory, recall};
use super::plan::{Inputs, Plan, Waits, plan};
use super::prepare::Prepared;
use super::release::{self, NotReleased};
use super::start::{Job, Started, start};
use super::stop::{NotStopped, stop_everything_since};
use super::tidy::{surplus, tidy};
use crate::observe::SeenPod;
use crate::world::World;
use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tasks::Stop;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use types::reasons::{container_event, pod_status, waiting as waiting_reasons};
use types::{EventKind, EventObject, PodName, PodUid, WantedPod};

/// How long an actor that is asked to end waits for the action under way: a safe point, within the 5 s that the
/// whole process has.
const SAFE_POINT: Duration = Duration::from_secs(3);

/// How long an answer of the runtime is good enough to start something after a start whose effect was not known: a
/// runtime goes on with, or cleans up after, a call that nobody waits for any more.
const FRESH: Duration = Duration::from_millis(100);

/// Pause before another attempt to remove what a running pod has outlived: nobody waits for it.
const TIDY_PAUSE: Duration = Duration::from_secs(10);

/// What the supervisor wants of an actor.
#[derive(Clone, Debug)]
pub enum Goal {
    /// The pod runs.
    Run(Arc<WantedPod>),
    /// The pod does not run, and stays known as failed: it was not admitted, or it gave way to another one.
    Fail(Arc<WantedPod>, PodFailure),
    /// Nothing is left of it. The specification, where it is known, says how to end it.
    End(Option<Arc<WantedPod>>),
}

impl Goal {
    /// The specification, where it is known.
    pub fn wanted(&self) -> Option<&Arc<WantedPod>> {
        match self {
            Self::Run(wanted) | Self::Fail(wanted, _) => Some(wanted),
            Self::End(wanted) => wanted.as_ref(),
        }
    }
}

/// Why a pod as a whole is `Failed`: reason and message of its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodFailure {
    /// Such as `DeadlineExceeded`.
    pub reason: String,
    /// For people.
    pub message: String,
}

/// How far a pod is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodPhase {
    /// Being brought or kept up.
    Syncing,
    /// All containers are done, and none will be started again.
    Completed,
    /// Being taken down.
    Ending,
}

/// Why a container waits: reason and message of its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// One of `types::reasons::waiting`.
    pub reason: &'static str,
    /// For people; may be empty.
    pub message: String,
}

/// Everything that a pod's status is built from.
#[derive(Clone, Debug)]
pub struct PodState {
    /// The pod; `None` for one that only the runtime or the disk remembers.
    pub wanted: Option<Arc<WantedPod>>,
    /// How far it is.
    pub phase: PodPhase,
    /// What the runtime has; `None` before it was looked at.
    pub seen: Option<Arc<SeenPod>>,
    /// Containers that wait, by name.
    pub waiting: BTreeMap<String, Waiting>,
    /// Why the pod as a whole waits.
    pub pod_waiting: Option<Waiting>,
    /// Why the pod as a whole failed, if it did.
    pub failure: Option<PodFailure>,
}

impl PodState {
    /// Whether none of its containers runs or ever will again.
    pub fn is_over(&self) -> bool {
        self.phase == PodPhase::Completed
            && self.seen.as_ref().is_none_or(|seen| seen.maybe_running().next().is_none())
    }

    /// When the pod began: when it was first seen, or when its oldest sandbox was made, by an earlier kubelet perhaps.
    pub fn started_at(&self) -> Option<Timestamp> {
        let wanted = self.wanted.as_ref()?;
        Some(started_at(wanted, self.seen.as_deref()))
    }
}

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

/// What an action brings back.
enum Done {
    Started(Started),
    /// Whether all that had to go is gone.
    Tidied(bool),
    Asked(bool),
    /// All stopped, after completion.
    Completed(Result<(), String>),
    /// All gone.
    Removed(Result<(), String>),
}

struct UnderWay {
    future: BoxFuture<'static, Done>,
    /// Start-up work is dropped when the pod is removed, stop work never.
    is_droppable: bool,
}

/// The loop's own state.
struct Loop {
    actor: Actor,
    seen: watch::Receiver<Option<Arc<SeenPod>>>,
    memory: watch::Sender<Memory>,
    prepared: Option<Arc<Prepared>>,
    phase: PodPhase,
    under_way: Option<UnderWay>,
    /// The runtime must be asked before the next plan.
    is_uncertain: bool,
    is_released: bool,
    was_running: bool,
    retries: u32,
    retry_at: Option<Instant>,
    waits: Waits,
    failure: Option<PodFailure>,
    /// When its end began. Grace only shrinks.
    ending_since: Option<Instant>,
    /// The last start left something of unknown effect: what it became is looked at once more right before the next one.
    is_doubtful: bool,
    asked_at: Option<Instant>,
    /// When what could not be tidied away is tried again.
    tidy_at: Option<Instant>,
    /// All was taken down; the pod is gone when that is seen as well.
    is_removed: bool,
}

impl Actor {
    /// Runs until nothing of the pod is left (`true`) or the process ends (`false`).
    pub async fn run(mut self) -> bool {
        if !self.wait_for_others().await {
            return false;
        }
        let Ok(seen) = self.world.observer.subscribe(&self.uid, &self.name).await else { return false };
        let memory = Memory { restarts: recall(&self.world, &self.uid).await, ..Memory::default() };
        let state = Loop {
            actor: self,
            seen,
            memory: watch::Sender::new(memory),
            prepared: None,
            phase: PodPhase::Syncing,
            under_way: None,
            is_uncertain: false,
            is_released: false,
            was_running: false,
            retries: 0,
            retry_at: None,
            waits: Waits::new(),
            failure: None,
            ending_since: None,
            is_doubtful: false,
            asked_at: None,
            tidy_at: None,
            is_removed: false,
        };
        state.run().await
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
    async fn run(mut self) -> bool {
        let mut memory = self.memory.subscribe();
        let stop = self.actor.stop.clone();
        loop {
            let wake_at = if self.under_way.is_none() { self.next_step() } else { None };
            let deadline = self.deadline();
            self.publish();
            tokio::select! {
                biased;
                () = stop.requested() => {
                    self.reach_safe_point().await;
                    return false;
                }
                done = under_way(&mut self.under_way) => {
                    self.under_way = None;
                    if self.finish(done) {
                        return true;
                    }
                }
                changed = self.actor.goal.changed() => {
                    if changed.is_err() {
                        return false;
                    }
                    self.goal_changed();
                }
                changed = self.seen.changed() => {
                    if changed.is_err() {
                        return false;
                    }
                }
                _ = memory.changed() => {}
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
        // A specification that changed may need other volumes.
        self.prepared = None;
        if !runs_on {
            self.drop_start();
        }
    }

    /// Gives up what is being started.
    fn drop_start(&mut self) {
        self.retry_at = None;
        if self.under_way.as_ref().is_some_and(|under_way| under_way.is_droppable) {
            self.under_way = None;
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
        let object =
            EventObject::pod(&self.actor.name.namespace, &self.actor.name.name, self.actor.uid.as_str());
        self.actor.world.events.tell(EventKind::Normal, object, pod_status::DEADLINE_EXCEEDED, message);
        self.fail(PodFailure {
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
            Goal::Run(wanted) => match self.phase {
                // Whoever wants a pod that is marked as deleted wants it gone.
                PodPhase::Syncing if wanted.pod.metadata.deletion_timestamp.is_some() => {
                    self.phase = PodPhase::Completed;
                    self.complete(wanted, seen);
                    None
                }
                PodPhase::Syncing => self.sync(wanted, seen),
                PodPhase::Completed if !self.is_released => {
                    self.complete(wanted, seen);
                    None
                }
                PodPhase::Completed | PodPhase::Ending => None,
            },
        }
    }

    fn sync(&mut self, wanted: Arc<WantedPod>, seen: Arc<SeenPod>) -> Option<Instant> {
        let now = self.actor.world.clock.now();
        let (next, waits) = {
            let memory = self.memory.borrow();
            plan(Inputs {
                pod: &wanted.pod,
                seen: &seen,
                memory: &memory,
                policy: *self.actor.world.settings.restart_backoff.borrow(),
                now,
            })
        };
        self.tell_waits(&wanted, &waits);
        self.waits = waits;
        self.note_running(&wanted, &seen, now);
        match next {
            Plan::Start(_) if self.is_doubtful && self.asked_at.is_none_or(|at| at.elapsed() > FRESH) => {
                self.ask();
                None
            }
            Plan::Start(group) => {
                let job = Job {
                    world: self.actor.world.clone(),
                    wanted,
                    seen,
                    memory: self.memory.clone(),
                    prepared: self.prepared.clone(),
                };
                self.begin(true, async move { Done::Started(start(job, group).await) });
                None
            }
            Plan::Complete => {
                self.phase = PodPhase::Completed;
                self.complete(wanted, seen);
                None
            }
            Plan::Wait { until } => {
                let surplus = surplus(&seen);
                let pause = self.tidy_at.filter(|tidy_at| Instant::now() < *tidy_at);
                if let Some(tidy_at) = pause.filter(|_| !surplus.is_empty()) {
                    let until = until.map(|until| self.instant_of(until, now));
                    return Some(until.map_or(tidy_at, |until| until.min(tidy_at)));
                }
                if surplus.is_empty() {
                    return until.map(|until| self.instant_of(until, now));
                }
                let world = self.actor.world.clone();
                self.begin(true, async move { Done::Tidied(tidy(&world, &seen, surplus).await) });
                None
            }
        }
    }

    fn complete(&mut self, wanted: Arc<WantedPod>, seen: Arc<SeenPod>) {
        let world = self.actor.world.clone();
        let since = self.ending_since();
        self.begin(false, async move {
            let stopped = stop_everything_since(&world, Some(&wanted), &seen, None, since).await;
            Done::Completed(match stopped {
                Ok(()) => release::release(&world, &wanted.uid).await.map_err(|NotReleased(message)| message),
                Err(NotStopped) => Err("containers could not be stopped".to_owned()),
            })
        });
    }

    fn remove(&mut self, wanted: Option<Arc<WantedPod>>, seen: Arc<SeenPod>) {
        let world = self.actor.world.clone();
        let since = self.ending_since();
        self.begin(false, async move {
            let stopped = stop_everything_since(&world, wanted.as_deref(), &seen, None, since).await;
            Done::Removed(match stopped {
                Ok(()) => release::remove(&world, &seen).await.map_err(|NotReleased(message)| message),
                Err(NotStopped) => Err("containers could not be stopped".to_owned()),
            })
        });
    }

    /// Asks the runtime afresh what it has of this pod.
    fn ask(&mut self) {
        let (world, uid) = (self.actor.world.clone(), self.actor.uid.clone());
        self.begin(true, async move {
            let answer = world.observer.refresh(&uid).await;
            if let Err(error) = &answer {
                tracing::debug!(podUID = %uid, err = %error, "Asking the runtime about a pod failed");
            }
            Done::Asked(answer.is_ok())
        });
    }

    fn begin(&mut self, is_droppable: bool, future: impl Future<Output = Done> + Send + 'static) {
        self.under_way = Some(UnderWay { future: future.boxed(), is_droppable });
    }

    /// Takes in what an action brought; whether nothing of the pod is left.
    fn finish(&mut self, done: Done) -> bool {
        match done {
            Done::Started(started) => {
                self.prepared = started.prepared;
                self.is_uncertain = started.is_uncertain;
                // Another container's start proves nothing about the one that failed.
                self.is_doubtful =
                    started.is_uncertain || self.is_doubtful && !self.memory.borrow().failures.is_empty();
            }
            Done::Tidied(is_tidy) => {
                self.tidy_at = (!is_tidy).then(|| Instant::now() + TIDY_PAUSE);
            }
            Done::Asked(true) => {
                if self.is_removed && self.is_absent() {
                    return true;
                }
                self.asked_at = Some(Instant::now());
                self.is_uncertain = false;
                self.retries = 0;
            }
            Done::Asked(false) => self.retry(),
            Done::Completed(Ok(())) => {
                self.is_released = true;
                self.prepared = None;
                self.retries = 0;
            }
            // Whoever comes after it, itself perhaps, must not take what it left in the records for its own.
            Done::Removed(Ok(())) if self.is_absent() => return true,
            Done::Removed(Ok(())) => {
                self.is_removed = true;
                self.is_uncertain = true;
            }
            Done::Completed(Err(message)) | Done::Removed(Err(message)) => {
                tracing::warn!(
                    pod = %self.actor.name, podUID = %self.actor.uid, err = %message,
                    "Unable to take everything of a pod down; trying again"
                );
                self.is_uncertain = true;
                self.retry();
            }
        }
        false
    }

    /// When its end began, at the latest now.
    fn ending_since(&mut self) -> Instant {
        let begun = self.memory.borrow().stopping_since;
        *self.ending_since.get_or_insert_with(|| begun.unwrap_or_else(Instant::now))
    }

    /// Whether the runtime is seen to have nothing of the pod.
    fn is_absent(&self) -> bool {
        self.seen.borrow().as_ref().is_some_and(|seen| seen.is_absent())
    }

    fn retry(&mut self) {
        self.retries = self.retries.saturating_add(1);
        let pause = Duration::from_millis(250).saturating_mul(1 << self.retries.min(6));
        self.retry_at = Some(Instant::now() + pause.min(Duration::from_secs(10)));
    }

    /// Says once per wait that a container is held back.
    fn tell_waits(&self, wanted: &WantedPod, waits: &Waits) {
        for name in waits.keys().filter(|name| !self.waits.contains_key(*name)) {
            let object = EventObject::pod(&wanted.name.namespace, &wanted.name.name, wanted.uid.as_str());
            let message = format!(
                "Back-off restarting failed container {name} in pod {}",
                upstream_name(&wanted.name, &wanted.uid)
            );
            let events = &self.actor.world.events;
            events.tell(EventKind::Warning, object.container(name), container_event::BACK_OFF, message);
        }
    }

    fn note_running(&mut self, wanted: &WantedPod, seen: &SeenPod, now: Timestamp) {
        let is_running = |container: &k8s_openapi::api::core::v1::Container| {
            seen.newest(&container.name).is_some_and(crate::observe::SeenContainer::is_maybe_running)
        };
        if !self.was_running && wanted.spec().containers.iter().all(is_running) {
            self.was_running = true;
            let took = now.duration_since(wanted.seen).as_secs_f64();
            self.actor.world.metrics.pod_start_duration.observe(took);
        }
    }

    fn instant_of(&self, moment: Timestamp, now: Timestamp) -> Instant {
        Instant::now() + Duration::try_from(moment.duration_since(now)).unwrap_or_default()
    }

    fn publish(&self) {
        let wanted = self.actor.goal.borrow().wanted().cloned();
        let memory = self.memory.borrow();
        let mut waiting: BTreeMap<String, Waiting> = memory
            .failures
            .iter()
            .map(|(name, failure)| {
                (name.clone(), Waiting { reason: failure.reason, message: failure.message.clone() })
            })
            .collect();
        for name in self.waits.keys() {
            let delay = memory.restarts.get(name).map_or(0, |record| record.delay_milliseconds);
            let message = format!(
                "back-off {} restarting failed container={name} pod={}",
                go_seconds(delay / 1000),
                upstream_name(&self.actor.name, &self.actor.uid)
            );
            waiting.insert(name.clone(), Waiting { reason: waiting_reasons::CRASH_LOOP_BACK_OFF, message });
        }
        let pod_waiting = memory
            .pod_failure
            .as_ref()
            .map(|failure| Waiting { reason: failure.reason, message: failure.message.clone() });
        let seen = self.seen.borrow().clone();
        let failure = self.failure.clone();
        let state = PodState { wanted, phase: self.phase, seen, waiting, pod_waiting, failure };
        self.actor.state.send_replace(Arc::new(state));
    }
}

/// When a pod began: when it was first seen, or when its oldest sandbox was made, by an earlier kubelet perhaps.
fn started_at(wanted: &WantedPod, seen: Option<&SeenPod>) -> Timestamp {
    let oldest = seen.into_iter().flat_map(|seen| &seen.sandboxes).map(|sandbox| sandbox.created_at).min();
    let made = oldest.and_then(|nanoseconds| Timestamp::from_nanosecond(i128::from(nanoseconds)).ok());
    made.map_or(wanted.seen, |made| made.min(wanted.seen))
}

async fn under_way(action: &mut Option<UnderWay>) -> Done {
    match action {
        Some(action) => (&mut action.future).await,
        None => std::future::pending().await,
    }
}

/// A pod as upstream's messages name it.
fn upstream_name(name: &PodName, uid: &PodUid) -> String {
    format!("{}_{}({uid})", name.name, name.namespace)
}

/// Whole seconds as Go prints a duration.
fn go_seconds(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}
