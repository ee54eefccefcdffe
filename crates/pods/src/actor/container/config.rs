//! What `CreateContainer` is asked for, and the files that have to be there before.

use super::super::environment::{EnvironmentSources, service_variables};
use super::super::place::Place;
use super::super::sandbox::Sandbox;
use super::super::start::Job;
use super::StartError;
use host::files::Laid;
use images::Pulled;
use k8s_openapi::api::core::v1::Container;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use translate::ImageUser;
use types::pod::is_host_network;

/// Node files that pods see are small; anything larger is not one.
const MAX_HOSTS_FILE_BYTES: u64 = 1024 * 1024;

/// What a container's variables come from.
pub(super) struct Inputs {
    pub(super) values: translate::EnvironmentInputs,
    /// Where the objects among them are from.
    pub(super) sources: EnvironmentSources,
}

/// Reads what a container's variables come from.
pub(super) async fn environment_inputs(
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
    let (pod_ips, host_ips) = (sandbox.ips.clone(), world.host_ips());
    let values = translate::EnvironmentInputs { pod_ips, host_ips, services, objects, files };
    Ok(Inputs { values, sources })
}

/// What is ready when a container's configuration is made.
#[derive(Clone, Copy)]
pub(super) struct Made<'a> {
    pub(super) container: &'a Container,
    /// The container whose processes it shares.
    pub(super) target: Option<&'a str>,
    pub(super) image: &'a Pulled,
    pub(super) volume_images: &'a BTreeMap<String, cri::v1::ImageSpec>,
    pub(super) environment: &'a translate::Environment,
}

/// Makes the configuration and the files it names.
pub(super) async fn make_config(
    job: &Job,
    sandbox: &Sandbox,
    made: Made<'_>,
    restart_count: u32,
) -> Result<cri::v1::ContainerConfig, StartError> {
    let (world, pod) = (&job.world, &job.wanted.pod);
    let Made { container, target, image, volume_images, environment } = made;
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
            target_container_id: target,
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
    let mut laid = vec![(PathBuf::from(&plan.log_directory), Laid::Directory(0o755))];
    if let Some(path) = &plan.hosts_file {
        let node_hosts = if is_host_network(job.wanted.spec()) {
            world.files.read(Path::new("/etc/hosts"), MAX_HOSTS_FILE_BYTES).await?
        } else {
            None
        };
        let node_hosts = node_hosts.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let content =
            translate::etc_hosts(&job.wanted.pod, &sandbox.ips, node_hosts.as_deref(), &world.facts)?;
        laid.push((PathBuf::from(path), Laid::Content(content.into_bytes(), 0o644)));
    }
    if let Some(path) = &plan.termination_log {
        let path = PathBuf::from(path);
        if let Some(directory) = path.parent() {
            laid.push((directory.to_owned(), Laid::Directory(0o750)));
        }
        laid.push((path, Laid::EmptyFile(0o666)));
    }
    Ok(world.files.lay_out(laid).await?)
}
