//! Bringing containers up: sandbox first, then container after container.

use super::container::start_container;
use super::failure;
use super::follow::Awaited;
use super::image_volumes::ImageVolumes;
use super::memory::Memory;
use super::network;
use super::place::Place;
use super::plan::{SandboxStep, Start};
use super::prepare::{Patience, PrepareError, Prepared, ask, prepare};
use super::pull_secrets::PodPullSecrets;
use super::sandbox::{kept_sandbox, new_sandbox};
use super::stop::Stopping;
use crate::observe::{SeenPod, SeenState};
use crate::world::World;
use cri::CriError;
use jiff::Timestamp;
use std::sync::Arc;
use tasks::watch;
use types::reasons::{pod_event, waiting};
use types::{EventKind, EventObject, WantedPod};

/// What a start works on. `memory` and `prepared` are shared with the actor's loop, which only reads them meanwhile.
pub(super) struct Job {
    pub(super) world: Arc<World>,
    pub(super) wanted: Arc<WantedPod>,
    pub(super) seen: Arc<SeenPod>,
    pub(super) memory: watch::Sender<Memory>,
    /// Whether a call is under way that is let finish even when the pod is removed.
    pub(super) is_uncut: watch::Sender<bool>,
    pub(super) pull_secrets: PodPullSecrets,
    /// From an earlier start in this process's life, or from this one.
    pub(super) prepared: watch::Sender<Option<Arc<Prepared>>>,
}

/// How a start ended.
pub(super) struct Started {
    /// What has to change before what failed is worth another try.
    pub(super) awaited: Awaited,
    /// Some action's effect is not known: ask before the next plan.
    pub(super) is_uncertain: bool,
}

impl Job {
    pub(super) fn object(&self) -> EventObject {
        EventObject::of_pod(&self.wanted)
    }

    pub(super) fn tell(&self, kind: EventKind, reason: &str, message: impl Into<String>) {
        self.world.events.tell(kind, self.object(), reason, message);
    }

    /// `spec.serviceAccountName`; empty for none.
    pub(super) fn service_account(&self) -> &str {
        self.wanted.spec().service_account_name.as_deref().unwrap_or_default()
    }

    /// What was prepared; nothing before that.
    pub(super) fn prepared(&self) -> Option<Arc<Prepared>> {
        self.prepared.borrow().clone()
    }

    /// Notes what keeps the pod as a whole from going on, and when that is tried again.
    pub(super) fn pod_failed(&self, reason: &'static str, message: String) {
        self.memory.send_modify(|memory| {
            let before = memory.pod_failure.as_ref();
            memory.pod_failure = Some(failure::next(&self.world, before, reason, message, None));
        });
    }

    /// Tells why the pod could not be prepared; what another try waits for comes back.
    pub(super) fn not_prepared(&self, error: PrepareError) -> Awaited {
        for message in &error.messages {
            self.tell(EventKind::Warning, error.reason, message.clone());
        }
        let message = error.messages.join("; ");
        let retry_at = match error.patience {
            Patience::Soon => None,
            Patience::WhenChanged => Some(failure::at_the_latest(&self.world)),
        };
        self.memory.send_modify(|memory| {
            let (before, reason) = (memory.pod_failure.as_ref(), waiting::CONTAINER_CREATING);
            memory.pod_failure = Some(failure::next(&self.world, before, reason, message, retry_at));
        });
        Awaited { files: error.awaits, ..Awaited::default() }
    }
}

/// Carries a planned start out. Failures are left in the job's memory.
pub(super) async fn start(job: Job, start: Start) -> Started {
    let mut awaited = Awaited::default();
    let mut is_uncertain = false;
    if let Err(unstopped) = stop_first(&job, &start).await {
        let is_uncertain = matches!(unstopped, Unstopped::MayRun);
        return Started { awaited, is_uncertain };
    }
    let asked = match job.prepared() {
        Some(_) => None,
        None => Some(ask(&job.world, &job.wanted).await),
    };
    // Held from the first preparation to the last container's start, but not during pulls, or when the API is asked: in
    // a burst the first pods run before the last ones are prepared.
    let mut place = Place::take(&job.world).await;
    if let Some(asked) = asked {
        match place.during(prepare(&job.world, &job.wanted, asked)).await {
            Ok(prepared) => {
                job.prepared.send_replace(Some(Arc::new(prepared)));
            }
            Err(error) => return Started { awaited: job.not_prepared(error), is_uncertain },
        }
    }
    let sandbox = match &start.sandbox {
        SandboxStep::Keep(id) => kept_sandbox(&job, id).await,
        SandboxStep::Create { attempt } => match network::wait(&job) {
            Some(awaited) => return Started { awaited, is_uncertain },
            None => new_sandbox(&job, *attempt, &mut place).await,
        },
    };
    let sandbox = match sandbox {
        Ok(sandbox) => sandbox,
        Err(uncertain) => return Started { awaited, is_uncertain: uncertain.0 },
    };
    job.memory.send_if_modified(|memory| memory.pod_failure.take().is_some());
    let image_volumes = match start.containers.is_empty() {
        true => ImageVolumes::default(),
        false => ImageVolumes::pull(&job, &sandbox, &mut place).await,
    };
    for step in &start.containers {
        let started = start_container(&job, &sandbox, &image_volumes, *step, &mut place, &mut awaited).await;
        is_uncertain |= started.is_err();
    }
    if let Some(complaint) = job.pull_secrets.complaint()
        && has_failed_pull(&job, &start)
    {
        job.tell(EventKind::Warning, pod_event::FAILED_TO_RETRIEVE_IMAGE_PULL_SECRET, complaint);
    }
    Started { awaited, is_uncertain }
}

/// Whether one of the containers that were to start has no image because a pull failed, just now.
fn has_failed_pull(job: &Job, start: &Start) -> bool {
    let memory = job.memory.borrow();
    let mut containers = start.containers.iter().filter_map(|step| step.container(job.wanted.spec()));
    containers.any(|container| {
        memory.failures.get(&container.name).is_some_and(|failure| failure.reason == waiting::ERR_IMAGE_PULL)
    })
}

/// Why nothing can be brought up yet.
enum Unstopped {
    /// Something that had to be stopped first may still run.
    MayRun,
    /// Something had ended by itself before it was told to, which nobody knew: it may have to wait.
    PlanAgain,
}

/// What must be down before anything comes up. Stopping takes places of its own, so none is held yet.
async fn stop_first(job: &Job, start: &Start) -> Result<(), Unstopped> {
    let stopping =
        Stopping { world: &job.world, wanted: Some(&job.wanted), seen: &job.seen, memory: &job.memory };
    for kill in &start.kill {
        stopping.container(&kill.id, &kill.message).await.map_err(|_| Unstopped::MayRun)?;
    }
    match start.sandbox {
        SandboxStep::Create { .. } if !job.seen.is_absent() => {
            let message = "Pod sandbox changed, it will be killed and re-created.";
            job.tell(EventKind::Normal, pod_event::SANDBOX_CHANGED, message);
            let began = job.world.clock.now();
            stopping.everything().await.map_err(|_| Unstopped::MayRun)?;
            if has_crashed_before(job, began).await { Err(Unstopped::PlanAgain) } else { Ok(()) }
        }
        SandboxStep::Create { .. } | SandboxStep::Keep(_) => Ok(()),
    }
}

/// Whether one of the containers that were taken for running had ended before `began`.
async fn has_crashed_before(job: &Job, began: Timestamp) -> bool {
    let Ok(seen) = job.world.observer.subscribe(&job.wanted.uid, &job.wanted.name).await else {
        return false;
    };
    let seen = seen.borrow().clone();
    let now = seen.iter().flat_map(|seen| &seen.containers);
    let mut exits = now.filter_map(|container| match &container.state {
        SeenState::Exited(exit) => Some((&container.id, exit)),
        SeenState::Created | SeenState::Running { .. } | SeenState::Unknown => None,
    });
    exits.any(|(id, exit)| {
        exit.finished_at < began && job.seen.maybe_running().any(|container| container.id == *id)
    })
}

/// Whether a failed call may have had its effect all the same.
pub(super) fn is_uncertain(error: &CriError) -> bool {
    match error {
        CriError::DeadlineExceeded { .. }
        | CriError::Unavailable { .. }
        | CriError::Cancelled { .. }
        | CriError::AlreadyExists { .. }
        | CriError::Runtime { .. }
        | CriError::NotFound { .. } => true,
        CriError::Unimplemented { .. } | CriError::ResourceExhausted { .. } => false,
    }
}
