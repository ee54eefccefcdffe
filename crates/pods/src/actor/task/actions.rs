//! What the loop begins, and what it makes of the outcome.

use super::super::grace;
use super::super::plan::{Inputs, Plan, plan};
use super::super::pull_secrets::PodPullSecrets;
use super::super::release::{self, Held, NotReleased, Removed};
use super::super::reset::reset;
use super::super::start::{Job, Started, start};
use super::super::state::PodPhase;
use super::super::stop::{NotStopped, Stopping};
use super::super::tidy::{surplus, tidy};
use super::{Ended, Loop};
use crate::observe::SeenPod;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use types::{ContainerId, WantedPod};

/// How long an answer of the runtime is good enough to start something after a start whose effect was not known: a
/// runtime goes on with, or cleans up after, a call that nobody waits for any more.
const FRESH: Duration = Duration::from_millis(100);

/// Pause before another attempt to remove what a running pod has outlived: nobody waits for it.
const TIDY_PAUSE: Duration = Duration::from_secs(10);

/// How often a runtime that refuses to remove its records of a pod is asked to, in about ten seconds, before the pod counts as gone:
/// others of its name wait for that.
const MAX_REFUSALS: u32 = 5;

/// What an action brings back.
pub(super) enum Done {
    Started(Started),
    /// Whether all that had to go is gone.
    Tidied(bool),
    Asked(bool),
    /// All stopped, after completion.
    Completed(Result<(), String>),
    /// All gone, as far as the runtime lets it go.
    Removed(Result<Removed, String>),
}

pub(super) struct UnderWay {
    pub(super) future: BoxFuture<'static, Done>,
    work: Work,
    since: Instant,
    /// Instances that a start puts others in the place of.
    pub(super) replaced: BTreeSet<ContainerId>,
}

/// What is done to the pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// It is brought up for the first time.
    Create,
    /// It is kept up.
    Sync,
    /// What it has outlived is removed, or the runtime is asked about it.
    Care,
    /// It is taken down.
    Kill,
}

impl Work {
    /// The value of the label `operation_type` of `kubelet_pod_worker_duration_seconds`, as far as upstream has one for it.
    fn metric_label(self) -> Option<&'static str> {
        match self {
            Self::Create => Some("create"),
            Self::Sync => Some("sync"),
            Self::Care => None,
            Self::Kill => Some("kill"),
        }
    }
}

impl UnderWay {
    fn new(work: Work, future: impl Future<Output = Done> + Send + 'static) -> Self {
        Self { future: future.boxed(), work, since: Instant::now(), replaced: BTreeSet::new() }
    }

    /// Start-up work is dropped when the pod is removed, stop work never.
    pub(super) fn is_droppable(&self) -> bool {
        self.work != Work::Kill
    }
}

impl Loop {
    pub(super) fn sync(&mut self, wanted: Arc<WantedPod>, seen: Arc<SeenPod>) -> Option<Instant> {
        self.forget_early_ends(&seen);
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
        self.keep_waits(&wanted, &next, waits);
        self.note_running(&wanted, &seen, now);
        match next {
            Plan::Start(_) if self.is_doubtful && self.asked_at.is_none_or(|at| at.elapsed() > FRESH) => {
                self.ask();
                None
            }
            Plan::Start(group) => {
                self.begin_start(&wanted, &group);
                let work = if seen.is_absent() { Work::Create } else { Work::Sync };
                let replaced = group.replaces(wanted.spec(), &seen);
                let job = self.job(wanted, seen);
                let started = async move { Done::Started(start(job, group).await) };
                self.under_way = Some(UnderWay { replaced, ..UnderWay::new(work, started) });
                None
            }
            Plan::Reset(resets) => {
                let job = self.job(wanted, seen);
                self.begin(Work::Sync, async move { Done::Started(reset(job, resets).await) });
                None
            }
            Plan::Complete => {
                self.phase = PodPhase::Completed;
                self.complete(wanted, seen);
                None
            }
            Plan::Wait { until } => {
                self.early_ends.watch(&self.actor.world, &wanted, &seen);
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
                self.begin(Work::Care, async move { Done::Tidied(tidy(&world, &seen, surplus).await) });
                None
            }
        }
    }

    fn job(&self, wanted: Arc<WantedPod>, seen: Arc<SeenPod>) -> Job {
        let objects = self.actor.world.references.as_ref().map(|references| references.objects.clone());
        Job {
            pull_secrets: PodPullSecrets::of(objects, &wanted),
            world: self.actor.world.clone(),
            wanted,
            seen,
            memory: self.memory.clone(),
            is_uncut: self.is_uncut.clone(),
            prepared: self.prepared.clone(),
        }
    }

    pub(super) fn complete(&mut self, wanted: Arc<WantedPod>, seen: Arc<SeenPod>) {
        let (world, memory) = (self.actor.world.clone(), self.memory.clone());
        self.bound_grace();
        self.begin(Work::Kill, async move {
            let stopping = Stopping { world: &world, wanted: Some(&wanted), seen: &seen, memory: &memory };
            Done::Completed(match stopping.everything().await {
                Ok(()) => release::release(&world, &wanted.uid, Some(&wanted))
                    .await
                    .map_err(|NotReleased(message)| message),
                Err(NotStopped) => Err("containers could not be stopped".to_owned()),
            })
        });
    }

    pub(super) fn remove(&mut self, wanted: Option<Arc<WantedPod>>, seen: Arc<SeenPod>) {
        let (world, memory) = (self.actor.world.clone(), self.memory.clone());
        let held = if self.is_released { Held::Leftovers } else { Held::Everything };
        self.bound_grace();
        self.begin(Work::Kill, async move {
            let stopping =
                Stopping { world: &world, wanted: wanted.as_deref(), seen: &seen, memory: &memory };
            Done::Removed(match stopping.everything().await {
                Ok(()) => release::remove(&world, &seen, wanted.as_deref(), held)
                    .await
                    .map_err(|NotReleased(message)| message),
                Err(NotStopped) => Err("containers could not be stopped".to_owned()),
            })
        });
    }

    /// Asks the runtime afresh what it has of this pod.
    pub(super) fn ask(&mut self) {
        let (world, uid) = (self.actor.world.clone(), self.actor.uid.clone());
        self.begin(Work::Care, async move {
            let answer = world.observer.refresh(&uid).await;
            if let Err(error) = &answer {
                tracing::debug!(podUID = %uid, err = %error, "Asking the runtime about a pod failed");
            }
            Done::Asked(answer.is_ok())
        });
    }

    fn begin(&mut self, work: Work, future: impl Future<Output = Done> + Send + 'static) {
        self.under_way = Some(UnderWay::new(work, future));
    }

    /// Takes in what an action brought; the actor's end, if that is it.
    pub(super) fn finish(&mut self, done: Done) -> Option<Ended> {
        if let Some(UnderWay { work, since, .. }) = self.under_way.take()
            && let Some(label) = work.metric_label()
        {
            let durations = &self.actor.world.metrics.pod_worker_duration;
            durations.with_label_values(&[label]).observe(since.elapsed().as_secs_f64());
        }
        match done {
            Done::Started(started) => {
                self.follow.awaited.extend(started.awaited);
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
                    return Some(Ended::Gone);
                }
                self.asked_at = Some(Instant::now());
                self.is_uncertain = false;
                self.failed_questions = 0;
            }
            Done::Asked(false) => {
                self.failed_questions = self.failed_questions.saturating_add(1);
                self.retry_after(self.failed_questions);
            }
            Done::Completed(Ok(())) => {
                self.is_released = true;
                self.prepared.send_replace(None);
                self.failed_removals = 0;
            }
            // Whoever comes after it, itself perhaps, must not take what it left in the records for its own.
            Done::Removed(Ok(Removed::Everything)) if self.is_absent() => return Some(Ended::Gone),
            Done::Removed(Ok(Removed::Everything)) => {
                self.is_removed = true;
                self.is_uncertain = true;
            }
            Done::Removed(Ok(Removed::AllButRecords(message))) => {
                self.tell_not_removed(&message);
                self.is_released = true;
                self.is_uncertain = true;
                self.refusals += 1;
                if self.refusals > MAX_REFUSALS {
                    return Some(Ended::KeptByRuntime);
                }
                self.retry_after(self.refusals);
            }
            Done::Completed(Err(message)) | Done::Removed(Err(message)) => {
                self.tell_not_removed(&message);
                self.is_uncertain = true;
                self.failed_removals = self.failed_removals.saturating_add(1);
                self.retry_after(self.failed_removals);
            }
        }
        None
    }

    fn tell_not_removed(&self, message: &str) {
        tracing::warn!(
            pod = %self.actor.name, podUID = %self.actor.uid, err = %message,
            "Unable to take everything of a pod down; trying again"
        );
    }

    /// The pod ends: its containers have what is wanted of it now, or what was said before if that is less. A stop under way is
    /// shortened with it.
    pub(super) fn bound_grace(&self) {
        let goal = self.actor.goal.borrow();
        let Some(wanted) = goal.wanted() else { return };
        let seconds = grace::of_pod(wanted);
        self.memory.send_if_modified(|memory| memory.grace.end_pod(seconds, Instant::now()));
    }

    /// Whether the runtime is seen to have nothing of the pod.
    pub(super) fn is_absent(&self) -> bool {
        self.seen.borrow().as_ref().is_some_and(|seen| seen.is_absent())
    }

    /// Another try after a pause that grows with the number of failures in a row.
    fn retry_after(&mut self, failures: u32) {
        let pause = Duration::from_millis(250).saturating_mul(1 << failures.min(6));
        self.retry_at = Some(Instant::now() + pause.min(Duration::from_secs(10)));
    }
}

pub(super) async fn under_way(action: &mut Option<UnderWay>) -> Done {
    match action {
        Some(action) => (&mut action.future).await,
        None => std::future::pending().await,
    }
}
