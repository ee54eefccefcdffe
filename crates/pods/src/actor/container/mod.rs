//! One container: image, configuration, create, start.
//!
//! Source: `pkg/kubelet/kuberuntime/kuberuntime_container.go` `startContainer` of 1.37.

mod config;
mod restarts;

use super::environment::EnvironmentSources;
use super::failure;
use super::follow::Awaited;
use super::image_volumes::ImageVolumes;
use super::place::Place;
use super::plan::{ContainerKind, ContainerStep};
use super::sandbox::Sandbox;
use super::start::{Job, is_uncertain};
use config::{Made, environment_inputs, make_config};
use images::{ImageError, ImageEvent, Presence, Pulled};
use k8s_openapi::api::core::v1::Container;
use restarts::{keep_restarts, note_restart, restart_count};
use std::path::Path;
use tokio::time::Instant;
use types::reasons::{container_event, waiting};
use types::{ContainerId, EventKind, EventObject};

/// The effect of the last call is not known.
pub(super) struct Uncertain;

/// Why a container did not start: for its status and its event.
struct StartError {
    reason: &'static str,
    message: String,
    /// What the event says: of an image just the reason, since events of the pull told the rest.
    told: String,
    retry_at: Option<jiff::Timestamp>,
    is_uncertain: bool,
    /// What another try waits for.
    awaits: Option<EnvironmentSources>,
}

impl StartError {
    fn new(reason: &'static str, message: impl Into<String>, is_uncertain: bool) -> Self {
        let message = message.into();
        Self { reason, told: message.clone(), message, retry_at: None, is_uncertain, awaits: None }
    }

    fn config(message: impl Into<String>) -> Self {
        Self::new(waiting::CREATE_CONTAINER_CONFIG_ERROR, message, false)
    }

    /// Upstream shows the runtime's words without the code here (`s.Message()` in `startContainer`), and in the event the
    /// container's name for its id, so that events can be counted (`recordContainerEvent`).
    fn run(error: &cri::CriError, id: &ContainerId, name: &str) -> Self {
        let told = error.message().replace(id.as_str(), name);
        Self { told, ..Self::new(waiting::RUN_CONTAINER_ERROR, error.message(), true) }
    }
}

impl From<ImageError> for StartError {
    fn from(error: ImageError) -> Self {
        let told = error.reason.to_owned();
        Self {
            reason: error.reason,
            message: error.message,
            told,
            retry_at: error.retry_at,
            is_uncertain: false,
            awaits: None,
        }
    }
}

/// Starts a container. What failed is in the job's memory and told to the user.
pub(super) async fn start_container(
    job: &Job,
    sandbox: &Sandbox,
    image_volumes: &ImageVolumes,
    step: ContainerStep,
    place: &mut Place,
    awaited: &mut Awaited,
) -> Result<(), Uncertain> {
    let Some(container) = step.container(job.wanted.spec()) else { return Ok(()) };
    let kind = step.kind.metric_label();
    job.world.metrics.started_containers.with_label_values(&[kind]).inc();
    match try_start(job, sandbox, image_volumes, step, &container, place).await {
        Ok(()) => {
            job.memory.send_modify(|memory| {
                memory.failures.remove(&container.name);
            });
            Ok(())
        }
        Err(error) => {
            job.world.metrics.started_containers_errors.with_label_values(&[kind, error.reason]).inc();
            let message = format!("Error: {}", error.told);
            let object = object(job, step, &container);
            job.world.events.tell(EventKind::Warning, object, container_event::FAILED, message);
            job.memory.send_modify(|memory| {
                let before = memory.failures.get(&container.name);
                let next = failure::next(&job.world, before, error.reason, error.message, error.retry_at);
                memory.failures.insert(container.name.clone(), next);
            });
            if let Some(sources) = error.awaits {
                awaited.environment.insert(container.name.clone(), sources);
            }
            if error.is_uncertain { Err(Uncertain) } else { Ok(()) }
        }
    }
}

fn object(job: &Job, step: ContainerStep, container: &Container) -> EventObject {
    match step.kind {
        ContainerKind::Ephemeral => job.object().ephemeral_container(&container.name),
        ContainerKind::Init => job.object().init_container(&container.name),
        ContainerKind::App => job.object().container(&container.name),
    }
}

async fn try_start(
    job: &Job,
    sandbox: &Sandbox,
    image_volumes: &ImageVolumes,
    step: ContainerStep,
    container: &Container,
    place: &mut Place,
) -> Result<(), StartError> {
    let (world, wanted) = (&job.world, &job.wanted);
    let volume_images = image_volumes.of_container(container)?;
    let image = ensure_image(job, sandbox, step, container, place).await?;
    let restart_count = restart_count(job, container).await?;
    let inputs = environment_inputs(job, sandbox, container, place).await?;
    let environment =
        translate::environment(&wanted.pod, container, &inputs.values, &world.facts).map_err(|error| {
            if let translate::ConfigError::EnvironmentFile(problem) = &error {
                tracing::error!(pod = %wanted.name, err = %problem, "Failed to parse env file");
            }
            StartError {
                awaits: Some(inputs.sources).filter(|sources| !sources.is_empty()),
                ..StartError::config(types::error::chain(&error))
            }
        })?;
    let target = target(job, step).map_err(StartError::config)?;
    let made =
        Made { container, target, image: &image, volume_images: &volume_images, environment: &environment };
    let config = make_config(job, sandbox, made, restart_count).await?;
    let log_path = format!("{}/{}", sandbox.config.log_directory, config.log_path);
    place.come_back(world).await;
    let create = world.runtime.create_container(sandbox.id.as_str(), config, sandbox.config.clone());
    let created = place.during(create).await;
    count_image_volumes(job, volume_images.len(), &created);
    let id = created.map(ContainerId::from).map_err(|error| {
        StartError::new(waiting::CREATE_CONTAINER_ERROR, error.message(), is_uncertain(&error))
    })?;
    let object = object(job, step, container);
    world.events.tell(EventKind::Normal, object.clone(), container_event::CREATED, "Container created");
    note_restart(job, container);
    job.is_uncut.send_replace(true);
    let started = place.during(world.runtime.start_container(id.as_str())).await;
    job.is_uncut.send_replace(false);
    // An end that has waited for this comes before anything else.
    tokio::task::yield_now().await;
    let confirmed = world.observer.confirm_container(&wanted.uid, &wanted.name, &sandbox.id, &id).await;
    started.map_err(|error| StartError::run(&error, &id, &container.name))?;
    world.events.tell(EventKind::Normal, object, container_event::STARTED, "Container started");
    link_log(job, container, &id, &log_path).await;
    keep_restarts(job).await;
    confirmed.map_err(|error| StartError::run(&error, &id, &container.name))
}

/// What a runtime's answer begins with when it could not mount an image (`cri-api/pkg/errors` `ErrImageVolumeMountFailed`).
const IMAGE_VOLUME_MOUNT_FAILED: &str = "ImageVolumeMountFailed";

/// Counts the images that a container was to mount (`incrementImageVolumeMetrics`).
fn count_image_volumes(job: &Job, count: usize, created: &Result<String, cri::CriError>) {
    let metrics = &job.world.metrics;
    let is_failure = |error: &cri::CriError| error.message().starts_with(IMAGE_VOLUME_MOUNT_FAILED);
    let outcome = match created.as_ref().is_err_and(is_failure) {
        true => &metrics.image_volumes_failed,
        false => &metrics.image_volumes_mounted,
    };
    metrics.image_volumes_requested.inc_by(count as u64);
    outcome.inc_by(count as u64);
}

/// The container whose processes an ephemeral one asks to see (`startSpec.getTargetID`).
fn target(job: &Job, step: ContainerStep) -> Result<Option<&str>, String> {
    if step.kind != ContainerKind::Ephemeral {
        return Ok(None);
    }
    let ephemeral = job.wanted.spec().ephemeral_containers.as_deref().unwrap_or_default().get(step.index);
    let name = ephemeral.and_then(|ephemeral| ephemeral.target_container_name.as_deref()).unwrap_or_default();
    if name.is_empty() {
        return Ok(None);
    }
    match job.seen.newest(name) {
        Some(target) => Ok(Some(target.id.as_str())),
        None => Err(format!("unable to find target container {name}")),
    }
}

/// The image, pulled if need be. A pull takes no place from other pods' starts.
async fn ensure_image(
    job: &Job,
    sandbox: &Sandbox,
    step: ContainerStep,
    container: &Container,
    place: &mut Place,
) -> Result<Pulled, StartError> {
    let world = &job.world;
    let annotations = job.wanted.pod.metadata.annotations.clone().unwrap_or_default();
    let request = images::Request {
        pod_uid: job.wanted.uid.as_str(),
        service_account: job.service_account(),
        secrets: &job.pull_secrets,
        image: container.image.as_deref().unwrap_or_default(),
        policy: container.image_pull_policy.as_deref().unwrap_or("IfNotPresent"),
        annotations: &annotations,
        sandbox: &sandbox.config,
    };
    let object = object(job, step, container);
    let tell = |event: ImageEvent| world.events.tell(event.kind, object.clone(), event.reason, event.message);
    let wanted = match place.during(world.images.present(&request, &tell)).await? {
        Presence::Usable(image) => return Ok(*image),
        Presence::Wanted(wanted) => wanted,
    };
    place.leave();
    let since = Instant::now();
    let pulled = world.images.pull(&request, wanted, &tell).await;
    job.memory.send_modify(|memory| memory.pulled_for += since.elapsed());
    let pulled = pulled?;
    place.come_back(world).await;
    Ok(pulled)
}

/// The name under which log collectors of old look for the log.
async fn link_log(job: &Job, container: &Container, id: &ContainerId, log_path: &str) {
    let name = &job.wanted.name;
    let link = translate::legacy_log_symlink(
        job.world.settings.container_logs_directory.to_str(),
        id.as_str(),
        &container.name,
        &name.name,
        &name.namespace,
    );
    if let Err(error) = job.world.files.link(Path::new(&link), Path::new(log_path)).await {
        tracing::debug!(pod = %name, containerID = %id, err = %types::error::chain(&error), "Failed to create legacy symbolic link");
    }
}
