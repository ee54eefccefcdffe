//! One container: image, configuration, create, start.

use super::environment::{EnvironmentSources, service_variables};
use super::failure;
use super::follow::Awaited;
use super::image_volumes::ImageVolumes;
use super::place::Place;
use super::plan::{ContainerKind, ContainerStep, last_exit};
use super::start::{Job, Sandbox, is_uncertain};
use crate::backoff::Backoff;
use images::{ImageError, ImageEvent, Presence, Pulled};
use k8s_openapi::api::core::v1::Container;
use std::collections::BTreeMap;
use std::path::Path;
use tokio::time::Instant;
use translate::ImageUser;
use types::pod::is_host_network;
use types::reasons::{container_event, waiting};
use types::{ContainerId, EventKind, EventObject, PodSource};

/// Node files that pods see are small; anything larger is not one.
const MAX_HOSTS_FILE_BYTES: u64 = 1024 * 1024;

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
    let kind = match step.kind {
        ContainerKind::App => "container",
        ContainerKind::Init => "init_container",
    };
    job.world.metrics.started_containers.with_label_values(&[kind]).inc();
    match try_start(job, sandbox, image_volumes, step, container, place).await {
        Ok(()) => {
            job.memory.send_modify(|memory| {
                memory.failures.remove(&container.name);
            });
            Ok(())
        }
        Err(error) => {
            job.world.metrics.started_containers_errors.with_label_values(&[kind, error.reason]).inc();
            let message = format!("Error: {}", error.told);
            job.world.events.tell(EventKind::Warning, object(job, step), container_event::FAILED, message);
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

fn object(job: &Job, step: ContainerStep) -> EventObject {
    let name = step.container(job.wanted.spec()).map(|container| container.name.as_str()).unwrap_or_default();
    match step.kind {
        ContainerKind::App => job.object().container(name),
        ContainerKind::Init => job.object().init_container(name),
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
            StartError {
                awaits: Some(inputs.sources).filter(|sources| !sources.is_empty()),
                ..StartError::config(types::error::chain(&error))
            }
        })?;
    let made = Made { container, image: &image, volume_images: &volume_images, environment: &environment };
    let config = make_config(job, sandbox, made, restart_count).await?;
    let log_path = format!("{}/{}", sandbox.config.log_directory, config.log_path);
    place.come_back(world).await;
    let create = world.runtime.create_container(sandbox.id.as_str(), config, sandbox.config.clone());
    let created = place.during(create).await;
    let id = created.map(ContainerId::from).map_err(|error| {
        StartError::new(waiting::CREATE_CONTAINER_ERROR, error.message(), is_uncertain(&error))
    })?;
    world.events.tell(EventKind::Normal, object(job, step), container_event::CREATED, "Container created");
    note_restart(job, container);
    let started = place.during(world.runtime.start_container(id.as_str())).await;
    let confirmed = world.observer.confirm_container(&wanted.uid, &wanted.name, &sandbox.id, &id).await;
    started.map_err(|error| StartError::run(&error, &id, &container.name))?;
    world.events.tell(EventKind::Normal, object(job, step), container_event::STARTED, "Container started");
    link_log(job, container, &id, &log_path).await;
    keep_restarts(job).await;
    confirmed.map_err(|error| StartError::run(&error, &id, &container.name))
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
    let tell =
        |event: ImageEvent| world.events.tell(event.kind, object(job, step), event.reason, event.message);
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

/// How often this container was started before. When the runtime remembers none, its logs may.
async fn restart_count(job: &Job, container: &Container) -> Result<u32, StartError> {
    if let Some(seen) = job.seen.newest(&container.name) {
        return Ok(seen.restart_count.saturating_add(1));
    }
    let logs = job.world.pod_log_directory(&job.wanted.name, &job.wanted.uid).join(&container.name);
    // A count never falls: without a look at the logs nobody knows it.
    let entries = job.world.files.list_dir(&logs).await;
    let entries =
        entries.map_err(|error| StartError::config(types::error::chain(&error)))?.unwrap_or_default();
    let numbers = entries.iter().filter_map(|entry| {
        let name = entry.name.to_str()?;
        name.split_once(".log")?.0.parse::<u32>().ok()
    });
    let logged = numbers.max().map_or(0, |last| last.saturating_add(1));
    Ok(logged.max(told_count(job, container)))
}

/// How often the container was started before, as the API server was told: a reboot may have taken the logs as well.
fn told_count(job: &Job, container: &Container) -> u32 {
    let status = job.wanted.pod.status.as_ref().filter(|_| job.wanted.source == PodSource::Api);
    let mut told = status.into_iter().flat_map(|status| {
        let init = status.init_container_statuses.iter().flatten();
        init.chain(status.container_statuses.iter().flatten())
    });
    let Some(told) = told.find(|told| told.name == container.name) else { return 0 };
    let count = u32::try_from(told.restart_count).unwrap_or(0);
    let was_started =
        told.state.as_ref().is_some_and(|state| state.running.is_some() || state.terminated.is_some());
    if was_started { count.saturating_add(1) } else { count }
}

/// What a container's variables come from.
struct Inputs {
    values: translate::EnvironmentInputs,
    /// Where the objects among them are from.
    sources: EnvironmentSources,
}

async fn environment_inputs(
    job: &Job,
    sandbox: &Sandbox,
    container: &Container,
    place: &mut Place,
) -> Result<Inputs, StartError> {
    let (world, wanted) = (&job.world, &job.wanted);
    let mut sources = EnvironmentSources::of(world, wanted, [container]);
    let objects = match &world.references {
        Some(_) => Some(place.outside(sources.read()).await),
        None => None,
    };
    let services = service_variables(world, wanted).map_err(|error| StartError::config(error.to_string()))?;
    let prepared = job.prepared();
    let none = BTreeMap::new();
    let mounted = prepared.as_ref().map_or(&none, |prepared| &prepared.volumes);
    let files = world.volumes.environment_files(mounted, translate::environment_files(container)).await;
    for ((volume, path), content) in &files {
        if let Err(error) = content {
            tracing::error!(pod = %wanted.name, volume = %volume, path = %path, err = %error, "Failed to parse env file");
        }
    }
    let values = translate::EnvironmentInputs { pod_ips: sandbox.ips.clone(), services, objects, files };
    Ok(Inputs { values, sources })
}

/// What is ready when a container's configuration is made.
#[derive(Clone, Copy)]
struct Made<'a> {
    container: &'a Container,
    image: &'a Pulled,
    volume_images: &'a BTreeMap<String, cri::v1::ImageSpec>,
    environment: &'a translate::Environment,
}

async fn make_config(
    job: &Job,
    sandbox: &Sandbox,
    made: Made<'_>,
    restart_count: u32,
) -> Result<cri::v1::ContainerConfig, StartError> {
    let (world, pod) = (&job.world, &job.wanted.pod);
    let Made { container, image, volume_images, environment } = made;
    let prepared = job.prepared();
    let none = BTreeMap::new();
    let mounted = prepared.as_ref().map_or(&none, |prepared| &prepared.volumes);
    let runtime_handler = prepared.as_ref().map_or("", |prepared| prepared.runtime_handler.as_str());
    let mounts = world
        .volumes
        .container_mounts(&volumes::ContainerMounts {
            pod_dir: &world.pod_directory(&job.wanted.uid),
            container,
            volumes: mounted,
            environment,
            images: volume_images,
            recursive_read_only: world
                .facts
                .runtime_handlers
                .get(runtime_handler)
                .is_some_and(|handler| handler.recursive_read_only_mounts),
        })
        .await
        .map_err(|error| StartError::config(error.user_message()))?;
    let plan = translate::container_config(
        translate::ContainerInputs {
            pod,
            container,
            target_container_id: None,
            restart_count,
            image_ref: &image.image_ref,
            image_user: &ImageUser::of_image(image.image.as_ref()),
            environment,
            mounts,
            devices: Vec::new(),
            pod_ips: &sandbox.ips,
            termination_log_id: rand::random(),
            runtime_handler,
            user_namespace: prepared.as_ref().and_then(|prepared| prepared.user_namespace),
        },
        &world.facts,
    )
    .map_err(|error| StartError::config(types::error::chain(&error)))?;
    make_files(job, sandbox, &plan)
        .await
        .map_err(|error| StartError::config(types::error::chain(error.as_ref())))?;
    Ok(plan.config)
}

async fn make_files(
    job: &Job,
    sandbox: &Sandbox,
    plan: &translate::ContainerPlan,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let world = &job.world;
    world.files.make_dir(Path::new(&plan.log_directory), 0o755).await?;
    if let Some(path) = &plan.hosts_file {
        let node_hosts = if is_host_network(job.wanted.spec()) {
            world.files.read(Path::new("/etc/hosts"), MAX_HOSTS_FILE_BYTES).await?
        } else {
            None
        };
        let node_hosts = node_hosts.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let content =
            translate::etc_hosts(&job.wanted.pod, &sandbox.ips, node_hosts.as_deref(), &world.facts)?;
        world.files.write_unsynced(Path::new(path), content.as_bytes(), 0o644).await?;
    }
    if let Some(path) = &plan.termination_log {
        let path = Path::new(path);
        if let Some(directory) = path.parent() {
            world.files.make_dir(directory, 0o750).await?;
        }
        world.files.make_file(path, 0o666).await?;
    }
    Ok(())
}

/// Lengthens the restart back-off when this start follows an end.
fn note_restart(job: &Job, container: &Container) {
    let Some(exit) = last_exit(&job.seen, &container.name) else { return };
    let key = translate::backoff_key(&job.wanted.pod, container);
    let now = job.world.clock.now();
    let policy = *job.world.settings.restart_backoff.borrow();
    job.memory.send_modify(|memory| {
        let record = memory.restarts.get(&container.name);
        let next = Backoff::next(record, &key, exit.finished_at, now, policy);
        memory.restarts.insert(container.name.clone(), next);
    });
}

/// Writes the restart back-off to the pod's directory, where the next kubelet finds it.
async fn keep_restarts(job: &Job) {
    let restarts = job.memory.borrow().restarts.clone();
    if restarts.is_empty() {
        return;
    }
    if let Err(error) = super::memory::keep(&job.world, &job.wanted.uid, &restarts).await {
        tracing::warn!(pod = %job.wanted.name, podUID = %job.wanted.uid, err = %types::error::chain(&error), "Failed to record restart back-off; a restarted kubelet begins it anew");
    }
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
