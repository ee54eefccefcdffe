//! Bringing containers up: sandbox first, then container after container.

use super::container::start_container;
use super::failure;
use super::follow::Awaited;
use super::image_volumes::ImageVolumes;
use super::memory::Memory;
use super::place::Place;
use super::plan::{SandboxStep, Start};
use super::prepare::{Patience, PrepareError, Prepared, ask, cgroup_parent, prepare};
use super::pull_secrets::PodPullSecrets;
use super::stop::Stopping;
use crate::observe::{SeenPod, SeenState};
use crate::world::World;
use cri::{CriError, v1};
use host::files::FileError;
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::watch;
use types::reasons::{container_event, pod_event, waiting};
use types::{EventKind, EventObject, SandboxId, WantedPod};

/// As much of the resolver's file as upstream reads.
const MAX_RESOLV_CONF_BYTES: u64 = 10 * 1024 * 1024;

/// What a start works on. `memory` and `prepared` are shared with the actor's loop, which only reads them meanwhile.
pub(super) struct Job {
    pub(super) world: Arc<World>,
    pub(super) wanted: Arc<WantedPod>,
    pub(super) seen: Arc<SeenPod>,
    pub(super) memory: watch::Sender<Memory>,
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

/// The sandbox that containers go into.
pub(super) struct Sandbox {
    pub(super) id: SandboxId,
    pub(super) config: v1::PodSandboxConfig,
    pub(super) ips: Vec<String>,
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

    fn pod_failed(&self, reason: &'static str, message: String) {
        self.memory.send_modify(|memory| {
            let before = memory.pod_failure.as_ref();
            memory.pod_failure = Some(failure::next(&self.world, before, reason, message, None));
        });
    }

    /// Tells why the pod could not be prepared; what another try waits for comes back.
    fn not_prepared(&self, error: PrepareError) -> Awaited {
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
        SandboxStep::Create { attempt } => new_sandbox(&job, *attempt, &mut place).await,
    };
    let sandbox = match sandbox {
        Ok(sandbox) => sandbox,
        Err(uncertain) => return Started { awaited, is_uncertain: uncertain.0 },
    };
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
        let object = job.object().any_container(Some(&job.wanted), &kill.name);
        job.world.events.tell(EventKind::Normal, object, container_event::KILLING, kill.message.clone());
        stopping.container(&kill.id).await.map_err(|_| Unstopped::MayRun)?;
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

/// A sandbox step failed; whether its effect is unknown.
struct SandboxFailed(bool);

async fn kept_sandbox(job: &Job, id: &SandboxId) -> Result<Sandbox, SandboxFailed> {
    let seen = job.seen.sandboxes.iter().find(|sandbox| sandbox.id == *id);
    let (attempt, ips) = seen.map_or((0, Vec::new()), |sandbox| (sandbox.attempt, sandbox.ips.clone()));
    let config = sandbox_config(job, attempt).await?;
    Ok(Sandbox { id: id.clone(), config, ips })
}

async fn new_sandbox(job: &Job, attempt: u32, place: &mut Place) -> Result<Sandbox, SandboxFailed> {
    let (world, wanted) = (&job.world, &job.wanted);
    let config = sandbox_config(job, attempt).await?;
    if attempt == 0 {
        world.metrics.started_pods.inc();
    }
    let prepared = job.prepared();
    let handler = prepared.as_ref().map_or("", |prepared| prepared.runtime_handler.as_str());
    let id = match place.during(world.runtime.run_pod_sandbox(config.clone(), handler)).await {
        Ok(id) => SandboxId::from(id),
        Err(error) => {
            world.metrics.started_pods_errors.inc();
            let message = format!("Failed to create pod sandbox: {}", error.shown());
            job.tell(EventKind::Warning, pod_event::FAILED_CREATE_POD_SANDBOX, message.clone());
            job.pod_failed(waiting::CREATE_POD_SANDBOX_ERROR, message);
            return Err(SandboxFailed(true));
        }
    };
    match world.observer.confirm_sandbox(&wanted.uid, &wanted.name, &id).await {
        Ok(Some(seen)) => {
            job.memory.send_modify(|memory| memory.pod_failure = None);
            Ok(Sandbox { id, config, ips: seen.ips })
        }
        Ok(None) => Err(SandboxFailed(true)),
        Err(error) => {
            let message = format!("Unable to get pod sandbox status: {}", error.shown());
            job.tell(EventKind::Warning, pod_event::FAILED_POD_SANDBOX_STATUS, message.clone());
            job.pod_failed(waiting::CREATE_POD_SANDBOX_ERROR, message);
            Err(SandboxFailed(true))
        }
    }
}

async fn sandbox_config(job: &Job, attempt: u32) -> Result<v1::PodSandboxConfig, SandboxFailed> {
    let parent = cgroup_parent(&job.world, &job.wanted);
    let resolv_conf = match resolv_conf(&job.world).await {
        Ok(content) => content,
        Err(error) => {
            let message =
                format!("Failed to generate sandbox config for pod: {}", types::error::chain(&error));
            job.tell(EventKind::Warning, pod_event::FAILED_CREATE_POD_SANDBOX, message.clone());
            job.pod_failed(waiting::CONFIG_POD_SANDBOX_ERROR, message);
            return Err(SandboxFailed(false));
        }
    };
    let prepared = job.prepared();
    let inputs = translate::SandboxInputs {
        runtime_handler: prepared.as_ref().map_or("", |prepared| prepared.runtime_handler.as_str()),
        user_namespace: prepared.as_ref().and_then(|prepared| prepared.user_namespace),
        resolv_conf: resolv_conf.as_deref(),
        ..translate::SandboxInputs::new(&job.wanted.pod, attempt, &parent)
    };
    match translate::sandbox_config(&inputs, &job.world.facts) {
        Ok(plan) => {
            for warning in plan.warnings {
                let object = if warning.about_node {
                    EventObject::node(&job.world.facts.node_name)
                } else {
                    job.object()
                };
                job.world.events.tell(EventKind::Warning, object, warning.reason, warning.message);
            }
            Ok(plan.config)
        }
        Err(error) => {
            let message =
                format!("Failed to generate sandbox config for pod: {}", types::error::chain(&error));
            job.tell(EventKind::Warning, pod_event::FAILED_CREATE_POD_SANDBOX, message.clone());
            job.pod_failed(waiting::CONFIG_POD_SANDBOX_ERROR, message);
            Err(SandboxFailed(false))
        }
    }
}

/// The resolver's file as it is now: it changes while the kubelet runs.
async fn resolv_conf(world: &World) -> Result<Option<String>, FileError> {
    let Some(path) = &world.settings.resolv_conf else { return Ok(None) };
    let bytes = world.files.read(path, MAX_RESOLV_CONF_BYTES).await?;
    let bytes = bytes.ok_or_else(|| FileError::NotFound { path: path.clone() })?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
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
