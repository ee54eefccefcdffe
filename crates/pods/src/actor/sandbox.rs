//! The sandbox that containers go into.
//!
//! Source: `pkg/kubelet/kuberuntime/kuberuntime_sandbox.go` `createPodSandbox`, `kuberuntime_manager.go` `SyncPod` of 1.37.

use super::place::Place;
use super::prepare::cgroup_parent;
use super::start::Job;
use crate::world::World;
use cri::v1;
use host::files::FileError;
use types::error::chain;
use types::pod::is_host_network;
use types::reasons::{pod_event, waiting};
use types::{EventKind, EventObject, SandboxId};

/// As much of the resolver's file as upstream reads.
const MAX_RESOLV_CONF_BYTES: u64 = 10 * 1024 * 1024;

/// The sandbox that containers go into.
pub(super) struct Sandbox {
    pub(super) id: SandboxId,
    pub(super) config: v1::PodSandboxConfig,
    pub(super) ips: Vec<String>,
}

/// A sandbox step failed; whether its effect is unknown.
pub(super) struct SandboxFailed(pub(super) bool);

/// The one that is there already.
pub(super) async fn kept_sandbox(job: &Job, id: &SandboxId) -> Result<Sandbox, SandboxFailed> {
    let seen = job.seen.sandboxes.iter().find(|sandbox| sandbox.id == *id);
    let (attempt, ips) = seen.map_or((0, Vec::new()), |sandbox| (sandbox.attempt, sandbox.ips.clone()));
    let config = sandbox_config(job, attempt).await.map_err(|problem| {
        job.pod_failed(waiting::CONFIG_POD_SANDBOX_ERROR, problem);
        SandboxFailed(false)
    })?;
    Ok(Sandbox { id: id.clone(), config, ips: pod_ips(job, ips) })
}

/// Makes one.
pub(super) async fn new_sandbox(
    job: &Job,
    attempt: u32,
    place: &mut Place,
) -> Result<Sandbox, SandboxFailed> {
    let (world, wanted) = (&job.world, &job.wanted);
    let config = sandbox_config(job, attempt).await.map_err(|problem| {
        let message = format!("Failed to create pod sandbox: {problem}");
        job.tell(EventKind::Warning, pod_event::FAILED_CREATE_POD_SANDBOX, message.clone());
        job.pod_failed(waiting::CONFIG_POD_SANDBOX_ERROR, message);
        SandboxFailed(false)
    })?;
    world.metrics.started_pods.inc();
    let has_own_users = wanted.spec().host_users == Some(false);
    if has_own_users {
        world.metrics.started_user_namespaced_pods.inc();
    }
    let prepared = job.prepared();
    let handler = prepared.as_ref().map_or("", |prepared| prepared.runtime_handler.as_str());
    let id = match place.during(world.runtime.run_pod_sandbox(config.clone(), handler)).await {
        Ok(id) => SandboxId::from(id),
        Err(error) => {
            world.metrics.started_pods_errors.inc();
            if has_own_users {
                world.metrics.started_user_namespaced_pods_errors.inc();
            }
            let message = format!("Failed to create pod sandbox: {}", error.shown());
            job.tell(EventKind::Warning, pod_event::FAILED_CREATE_POD_SANDBOX, message.clone());
            job.pod_failed(waiting::CREATE_POD_SANDBOX_ERROR, message);
            return Err(SandboxFailed(true));
        }
    };
    match world.observer.confirm_sandbox(&wanted.uid, &wanted.name, &id).await {
        Ok(Some(seen)) => Ok(Sandbox { id, config, ips: pod_ips(job, seen.ips) }),
        Ok(None) => Err(SandboxFailed(true)),
        Err(error) => {
            let message = format!("Unable to get pod sandbox status: {}", error.shown());
            job.tell(EventKind::Warning, pod_event::FAILED_POD_SANDBOX_STATUS, message.clone());
            job.pod_failed(waiting::CREATE_POD_SANDBOX_ERROR, message);
            Err(SandboxFailed(true))
        }
    }
}

/// The pod's addresses as its containers are told them: in the node's network those of the node, which a kubelet without an
/// API server does not give (`generateAPIPodStatus`).
fn pod_ips(job: &Job, of_sandbox: Vec<String>) -> Vec<String> {
    let is_of_node = is_host_network(job.wanted.spec()) && of_sandbox.is_empty();
    match (&job.world.references, is_of_node) {
        (Some(_), true) => job.world.host_ips().iter().map(ToString::to_string).collect(),
        (Some(_) | None, _) => of_sandbox,
    }
}

/// What the runtime is asked for, or why that cannot be put together. Warnings are told.
async fn sandbox_config(job: &Job, attempt: u32) -> Result<v1::PodSandboxConfig, String> {
    let parent = cgroup_parent(&job.world, &job.wanted);
    let resolv_conf = resolv_conf(&job.world).await.map_err(|error| chain(&error))?;
    let prepared = job.prepared();
    let inputs = translate::SandboxInputs {
        runtime_handler: prepared.as_ref().map_or("", |prepared| prepared.runtime_handler.as_str()),
        user_namespace: prepared.as_ref().and_then(|prepared| prepared.user_namespace),
        resolv_conf: resolv_conf.as_deref(),
        ..translate::SandboxInputs::new(&job.wanted.pod, attempt, &parent)
    };
    let plan = translate::sandbox_config(&inputs, &job.world.facts).map_err(|error| chain(&error))?;
    for warning in plan.warnings {
        let object = match warning.about_node {
            true => EventObject::node(&job.world.facts.node_name),
            false => job.object(),
        };
        job.world.events.tell(EventKind::Warning, object, warning.reason, warning.message);
    }
    Ok(plan.config)
}

/// The resolver's file as it is now: it changes while the kubelet runs.
async fn resolv_conf(world: &World) -> Result<Option<String>, FileError> {
    let Some(path) = &world.settings.resolv_conf else { return Ok(None) };
    let bytes = world.files.read(path, MAX_RESOLV_CONF_BYTES).await?;
    let bytes = bytes.ok_or_else(|| FileError::NotFound { path: path.clone() })?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}
