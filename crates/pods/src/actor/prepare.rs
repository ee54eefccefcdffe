//! What must be there before a sandbox is: control group, directories, volumes.
//!
//! What the API has to say comes first, all of it asked for at the same time ([`ask`]): it takes nothing of the machine,
//! and may take long.

use super::environment::{EnvironmentSources, wait_for_services};
use crate::world::World;
use host::cgroups::resources::{PodAmounts, pod_resources};
use host::cgroups::{PodCgroup, QosClass};
use host::files::Laid;
use std::collections::BTreeMap;
use std::sync::Arc;
use translate::UserNamespaceRange;
use types::error::chain;
use types::reasons::pod_event;
use types::{EventKind, EventObject, PodUid, WantedPod};
use volumes::{Gathered, MountedVolume, PodFiles, PodVolumes};

/// Mode of the kubelet's own directories.
const DIRECTORY_MODE: u32 = 0o750;

/// Mode of log directories: collectors read them.
const LOG_DIRECTORY_MODE: u32 = 0o755;

/// What preparing made.
#[derive(Clone)]
pub(super) struct Prepared {
    /// For which version of the pod.
    pub(super) wanted: Arc<WantedPod>,
    /// The pod's volumes, by name.
    pub(super) volumes: BTreeMap<String, MountedVolume>,
    /// The ids of a pod with `hostUsers: false`.
    pub(super) user_namespace: Option<UserNamespaceRange>,
    /// The handler of the pod's runtime class; empty for the default one.
    pub(super) runtime_handler: String,
    /// What the files of volumes come from.
    pub(super) files: PodFiles,
}

/// Why a pod cannot be prepared: the events' reason and words; at least one.
pub(super) struct PrepareError {
    pub(super) reason: &'static str,
    pub(super) messages: Vec<String>,
    /// What another try waits for.
    pub(super) awaits: Option<PodFiles>,
    pub(super) patience: Patience,
}

/// When to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// Soon: nobody says when it may succeed.
    Soon,
    /// When what it waits for has changed.
    WhenChanged,
}

impl PrepareError {
    fn new(reason: &'static str, message: String) -> Self {
        Self { reason, messages: vec![message], awaits: None, patience: Patience::Soon }
    }
}

/// What the API says about a pod.
pub(super) struct Asked {
    files: PodFiles,
    gathered: Gathered,
    runtime_handler: Result<String, PrepareError>,
    /// Held until the containers have read them, which then need not wait.
    _environment: EnvironmentSources,
}

/// Asks the API for all that the pod needs of it. Bounded; without an API server, or for a pod that needs nothing of it,
/// at once.
pub(super) async fn ask(world: &World, wanted: &WantedPod) -> Asked {
    let spec = wanted.spec();
    let containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let environment = EnvironmentSources::of(world, wanted, containers);
    let mut files = world.volumes.files_of(&volumes_of(world, wanted));
    let (gathered, runtime_handler, ()) = futures::join!(
        world.volumes.gather(&mut files),
        runtime_handler(world, wanted),
        wait_for_services(world, wanted),
    );
    Asked { files, gathered, runtime_handler, _environment: environment }
}

/// The handler of the pod's runtime class. As upstream, a kubelet without an API server knows no classes, and uses the
/// default handler.
async fn runtime_handler(world: &World, wanted: &WantedPod) -> Result<String, PrepareError> {
    let class = wanted.spec().runtime_class_name.as_deref().unwrap_or_default();
    let Some(references) = world.references.as_ref().filter(|_| !class.is_empty()) else {
        return Ok(String::new());
    };
    let problem = match references.runtime_classes.handler(class).await {
        Ok(handler) => return Ok(handler.into()),
        Err(error) if error.is_not_found() => error.message().to_owned(),
        Err(error) => format!("failed to lookup RuntimeClass {class}: {}", error.message()),
    };
    let message = format!("Failed to create pod sandbox: {problem}");
    Err(PrepareError::new(pod_event::FAILED_CREATE_POD_SANDBOX, message))
}

fn volumes_of(world: &World, wanted: &WantedPod) -> PodVolumes {
    let (pod, uid) = (wanted.pod.clone(), wanted.uid.clone());
    PodVolumes { pod, uid, pod_dir: world.pod_directory(&wanted.uid) }
}

/// What the files of a pod's volumes come from, of a pod that was prepared by an earlier kubelet.
pub(super) fn files_of(world: &World, wanted: &WantedPod) -> PodFiles {
    world.volumes.files_of(&volumes_of(world, wanted))
}

/// The pod's control group.
pub(super) fn cgroup(wanted: &WantedPod) -> PodCgroup {
    PodCgroup { uid: wanted.uid.clone(), qos: QosClass::of_pod(&wanted.pod) }
}

/// What the runtime is told as the parent of the pod's containers.
pub(super) fn cgroup_parent(world: &World, wanted: &WantedPod) -> String {
    world.cgroups.cgroup_parent(&cgroup(wanted))
}

/// Prepares the pod. Everything is idempotent.
pub(super) async fn prepare(
    world: &World,
    wanted: &Arc<WantedPod>,
    asked: Asked,
) -> Result<Prepared, PrepareError> {
    let group = cgroup(wanted);
    let resources =
        pod_resources(group.qos, &PodAmounts::of_spec(wanted.spec()), &world.settings.enforcement);
    world.cgroups.ensure_pod(&group, &resources).await.map_err(|error| {
        let message = format!(
            "unable to ensure pod container exists: failed to create container for {}: {}",
            group.uid,
            chain(&error)
        );
        PrepareError::new(pod_event::FAILED_CREATE_POD_CONTAINER, message)
    })?;
    make_directories(world, &wanted.uid).await.map_err(|error| {
        let message = format!("error making pod data directories: {}", chain(&error));
        PrepareError::new(pod_event::FAILED, message)
    })?;
    let Asked { files, gathered, runtime_handler, .. } = asked;
    let volumes = set_up_volumes(world, wanted, gathered, &files).await?;
    let logs = world.pod_log_directory(&wanted.name, &wanted.uid);
    world.files.make_dir(&logs, LOG_DIRECTORY_MODE).await.map_err(|error| {
        let message = format!("Failed to create pod sandbox: {}", chain(&error));
        PrepareError::new(pod_event::FAILED_CREATE_POD_SANDBOX, message)
    })?;
    let runtime_handler = runtime_handler?;
    let user_namespace = user_namespace(world, wanted, &runtime_handler).await?;
    Ok(Prepared { wanted: wanted.clone(), volumes, user_namespace, runtime_handler, files })
}

async fn set_up_volumes(
    world: &World,
    wanted: &WantedPod,
    gathered: Gathered,
    files: &PodFiles,
) -> Result<BTreeMap<String, MountedVolume>, PrepareError> {
    let result = world.volumes.set_up(&volumes_of(world, wanted), gathered).await;
    let object = EventObject::of_pod(wanted);
    for outdated in &result.outdated {
        let (reason, message) = (pod_event::FAILED_MOUNT, outdated.event_message());
        world.events.tell(EventKind::Warning, object.clone(), reason, message);
    }
    if result.failed.is_empty() {
        return Ok(result.mounted);
    }
    let is_for_api = result.failed.iter().all(volumes::VolumeError::waits_for_api);
    Err(PrepareError {
        reason: pod_event::FAILED_MOUNT,
        messages: result.failed.iter().map(volumes::VolumeError::event_message).collect(),
        awaits: Some(files.clone()),
        patience: if is_for_api { Patience::WhenChanged } else { Patience::Soon },
    })
}

/// The pod's own ids, if it wants any and the runtime can give them; if it cannot, the sandbox's configuration says so.
async fn user_namespace(
    world: &World,
    wanted: &WantedPod,
    runtime_handler: &str,
) -> Result<Option<UserNamespaceRange>, PrepareError> {
    let handler = world.facts.runtime_handlers.get(runtime_handler);
    let is_possible = handler.is_some_and(|handler| handler.user_namespaces);
    if wanted.spec().host_users != Some(false) || !is_possible {
        return Ok(None);
    }
    let directory = world.pod_directory(&wanted.uid);
    let range = world.user_namespaces.of_pod(world.files.as_ref(), &wanted.uid, &directory).await;
    range.map(Some).map_err(|error| {
        let message = format!("Failed to create pod sandbox: create user namespace: {}", chain(&error));
        PrepareError::new(pod_event::FAILED_CREATE_POD_SANDBOX, message)
    })
}

async fn make_directories(world: &World, uid: &PodUid) -> Result<(), host::files::FileError> {
    let pod = world.pod_directory(uid);
    // The pod's own directory is made with the first one in it.
    let directories = ["volumes", "plugins"].map(|name| (pod.join(name), Laid::Directory(DIRECTORY_MODE)));
    world.files.lay_out(directories.into()).await
}
