//! Bringing containers up: sandbox first, then container after container.

use super::container::start_container;
use super::failure;
use super::image_volumes::ImageVolumes;
use super::memory::Memory;
use super::place::Place;
use super::plan::{SandboxStep, Start};
use super::prepare::{Prepared, cgroup_parent, prepare};
use super::stop::{stop_container, stop_everything_since};
use crate::observe::SeenPod;
use crate::world::World;
use cri::{CriError, v1};
use host::files::FileError;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::time::Instant;
use types::reasons::{container_event, pod_event, waiting};
use types::{EventKind, EventObject, SandboxId, WantedPod};

/// As much of the resolver's file as upstream reads.
const MAX_RESOLV_CONF_BYTES: u64 = 10 * 1024 * 1024;

/// What a start works on. `memory` is shared with the actor's loop, which only reads it meanwhile.
pub(super) struct Job {
    pub(super) world: Arc<World>,
    pub(super) wanted: Arc<WantedPod>,
    pub(super) seen: Arc<SeenPod>,
    pub(super) memory: watch::Sender<Memory>,
    /// From an earlier start in this process's life.
    pub(super) prepared: Option<Arc<Prepared>>,
}

/// How a start ended.
pub(super) struct Started {
    pub(super) prepared: Option<Arc<Prepared>>,
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
        EventObject::pod(&self.wanted.name.namespace, &self.wanted.name.name, self.wanted.uid.as_str())
    }

    pub(super) fn tell(&self, kind: EventKind, reason: &str, message: impl Into<String>) {
        self.world.events.tell(kind, self.object(), reason, message);
    }

    fn pod_failed(&self, reason: &'static str, message: String) {
        self.memory.send_modify(|memory| {
            let before = memory.pod_failure.as_ref();
            memory.pod_failure = Some(failure::next(&self.world, before, reason, message, None));
        });
    }
}

/// Carries a planned start out. Failures are left in the job's memory.
pub(super) async fn start(mut job: Job, start: Start) -> Started {
    let mut is_uncertain = false;
    if let Err(Unstopped) = stop_first(&job, &start).await {
        return Started { prepared: job.prepared, is_uncertain: true };
    }
    // Held from the first preparation to the last container's start, but not during pulls: in a burst the first
    // pods run before the last ones are prepared.
    let mut place = Place::take(&job.world).await;
    if job.prepared.is_none() {
        match place.during(prepare(&job.world, &job.wanted)).await {
            Ok(prepared) => job.prepared = Some(Arc::new(prepared)),
            Err(error) => {
                job.tell(EventKind::Warning, error.reason, error.message.clone());
                job.pod_failed(waiting::CONTAINER_CREATING, error.message);
                return Started { prepared: None, is_uncertain };
            }
        }
    }
    let sandbox = match &start.sandbox {
        SandboxStep::Keep(id) => kept_sandbox(&job, id).await,
        SandboxStep::Create { attempt } => new_sandbox(&job, *attempt, &mut place).await,
    };
    let sandbox = match sandbox {
        Ok(sandbox) => sandbox,
        Err(uncertain) => return Started { prepared: job.prepared, is_uncertain: uncertain.0 },
    };
    let image_volumes = match start.containers.is_empty() {
        true => ImageVolumes::default(),
        false => ImageVolumes::pull(&job, &sandbox, &mut place).await,
    };
    for step in &start.containers {
        is_uncertain |= start_container(&job, &sandbox, &image_volumes, *step, &mut place).await.is_err();
    }
    Started { prepared: job.prepared, is_uncertain }
}

/// Something that had to be stopped first may still run.
struct Unstopped;

/// What must be down before anything comes up. Stopping takes places of its own, so none is held yet.
async fn stop_first(job: &Job, start: &Start) -> Result<(), Unstopped> {
    let (world, wanted) = (&job.world, &job.wanted);
    for kill in &start.kill {
        let object = job.object().container(&kill.name);
        world.events.tell(EventKind::Normal, object, container_event::KILLING, kill.message.clone());
        stop_container(world, wanted, &job.seen, &kill.id).await.map_err(|_| Unstopped)?;
    }
    match start.sandbox {
        SandboxStep::Create { .. } if !job.seen.is_absent() => {
            let message = "Pod sandbox changed, it will be killed and re-created.";
            job.tell(EventKind::Normal, pod_event::SANDBOX_CHANGED, message);
            let since = job.memory.borrow().stopping_since.unwrap_or_else(Instant::now);
            job.memory.send_modify(|memory| memory.stopping_since = Some(since));
            let stopped = stop_everything_since(world, Some(wanted), &job.seen, None, since).await;
            stopped.map_err(|_| Unstopped)?;
            job.memory.send_modify(|memory| memory.stopping_since = None);
            Ok(())
        }
        SandboxStep::Create { .. } | SandboxStep::Keep(_) => Ok(()),
    }
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
    let handler = "";
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
    let inputs = translate::SandboxInputs {
        user_namespace: job.prepared.as_ref().and_then(|prepared| prepared.user_namespace),
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
