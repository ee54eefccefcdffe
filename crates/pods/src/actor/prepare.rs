//! What must be there before a sandbox is: control group, directories, volumes.

use crate::world::World;
use host::cgroups::resources::{PodAmounts, pod_resources};
use host::cgroups::{PodCgroup, QosClass};
use std::collections::BTreeMap;
use translate::UserNamespaceRange;
use types::error::chain;
use types::reasons::pod_event;
use types::{PodUid, WantedPod};
use volumes::{MountedVolume, PodVolumes};

/// Mode of the kubelet's own directories.
const DIRECTORY_MODE: u32 = 0o750;

/// Mode of log directories: collectors read them.
const LOG_DIRECTORY_MODE: u32 = 0o755;

/// What preparing made.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    /// The pod's volumes, by name.
    pub(super) volumes: BTreeMap<String, MountedVolume>,
    /// The ids of a pod with `hostUsers: false`.
    pub(super) user_namespace: Option<UserNamespaceRange>,
}

/// Why a pod cannot be prepared: the event's reason and words.
#[derive(Clone, Debug)]
pub(super) struct PrepareError {
    pub(super) reason: &'static str,
    pub(super) message: String,
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
pub(super) async fn prepare(world: &World, wanted: &WantedPod) -> Result<Prepared, PrepareError> {
    let group = cgroup(wanted);
    let resources =
        pod_resources(group.qos, &PodAmounts::of_spec(wanted.spec()), &world.settings.enforcement);
    world.cgroups.ensure_pod(&group, &resources).await.map_err(|error| PrepareError {
        reason: pod_event::FAILED_CREATE_POD_CONTAINER,
        message: format!(
            "unable to ensure pod container exists: failed to create container for {}: {}",
            group.uid,
            chain(&error)
        ),
    })?;
    make_directories(world, &wanted.uid).await.map_err(|error| PrepareError {
        reason: pod_event::FAILED,
        message: format!("error making pod data directories: {}", chain(&error)),
    })?;
    let request = PodVolumes {
        pod: wanted.pod.clone(),
        uid: wanted.uid.clone(),
        pod_dir: world.pod_directory(&wanted.uid),
    };
    let volumes = world
        .volumes
        .set_up(&request)
        .await
        .map_err(|error| PrepareError { reason: pod_event::FAILED_MOUNT, message: error.event_message() })?;
    let logs = world.pod_log_directory(&wanted.name, &wanted.uid);
    world.files.make_dir(&logs, LOG_DIRECTORY_MODE).await.map_err(|error| PrepareError {
        reason: pod_event::FAILED_CREATE_POD_SANDBOX,
        message: format!("Failed to create log directory for pod: {}", chain(&error)),
    })?;
    Ok(Prepared { volumes, user_namespace: user_namespace(world, wanted).await? })
}

/// The pod's own ids, if it wants any and the runtime can give them; if it cannot, the sandbox's configuration says so.
async fn user_namespace(
    world: &World,
    wanted: &WantedPod,
) -> Result<Option<UserNamespaceRange>, PrepareError> {
    let handler = world.facts.runtime_handlers.get("");
    let is_possible = handler.is_some_and(|handler| handler.user_namespaces);
    if wanted.spec().host_users != Some(false) || !is_possible {
        return Ok(None);
    }
    let directory = world.pod_directory(&wanted.uid);
    let range = world.user_namespaces.of_pod(world.files.as_ref(), &wanted.uid, &directory).await;
    range.map(Some).map_err(|error| PrepareError {
        reason: pod_event::FAILED_CREATE_POD_SANDBOX,
        message: format!("Failed to create pod sandbox: create user namespace: {}", chain(&error)),
    })
}

async fn make_directories(world: &World, uid: &PodUid) -> Result<(), host::files::FileError> {
    let pod = world.pod_directory(uid);
    for directory in [pod.clone(), pod.join("volumes"), pod.join("plugins")] {
        world.files.make_dir(&directory, DIRECTORY_MODE).await?;
    }
    Ok(())
}
