//! Giving back what a stopped pod holds.

use super::place::Place;
use crate::observe::SeenPod;
use crate::world::World;
use cri::CriError;
use host::cgroups::{PodCgroup, QosClass};
use std::path::Path;
use types::error::chain;
use types::{PodName, PodUid};

/// Why something of the pod is still there.
#[derive(Debug)]
pub(super) struct NotReleased(pub(super) String);

/// After completion: volumes and control group go; containers, logs and the pod's directory stay to be looked at.
pub(super) async fn release(world: &World, uid: &PodUid) -> Result<(), NotReleased> {
    world.volumes.tear_down(&world.pod_directory(uid)).await.map_err(|error| NotReleased(chain(&error)))?;
    remove_cgroup(world, uid).await
}

/// After removal: everything goes.
pub(super) async fn remove(world: &World, seen: &SeenPod) -> Result<(), NotReleased> {
    let (uid, name) = (&seen.uid, &seen.name);
    for sandbox in &seen.sandboxes {
        let mut place = Place::take(world).await;
        match place.during(world.runtime.remove_pod_sandbox(sandbox.id.as_str())).await {
            Ok(()) | Err(CriError::NotFound { .. }) => {}
            Err(error) => {
                drop(place);
                // containerd keeps the process of a start that was cut off ("cannot delete running task") while it
                // calls the container exited. Nothing of this pod may run any more: what is in its group is killed.
                remove_cgroup(world, uid).await?;
                return Err(NotReleased(error.shown()));
            }
        }
    }
    for container in &seen.containers {
        if seen.sandboxes.iter().any(|sandbox| sandbox.id == container.sandbox_id) {
            continue;
        }
        match world.runtime.remove_container(container.id.as_str()).await {
            Ok(()) | Err(CriError::NotFound { .. }) => {}
            Err(error) => return Err(NotReleased(error.shown())),
        }
    }
    release(world, uid).await?;
    let directory = world.pod_directory(uid);
    world.volumes.remove_pod_dir(&directory).await.map_err(|error| NotReleased(chain(&error)))?;
    world.user_namespaces.release(uid);
    remove_logs(world, name, uid, seen).await
}

async fn remove_logs(world: &World, name: &PodName, uid: &PodUid, seen: &SeenPod) -> Result<(), NotReleased> {
    for container in &seen.containers {
        remove_log_link(world, name, container.id.as_str(), &container.name).await;
    }
    if name.name.is_empty() {
        return Ok(());
    }
    let logs = world.pod_log_directory(name, uid);
    world.files.remove_tree(&logs).await.map_err(|error| NotReleased(chain(&error)))
}

/// Removes the legacy link to a container's log.
pub(super) async fn remove_log_link(world: &World, name: &PodName, id: &str, container_name: &str) {
    let link = translate::legacy_log_symlink(
        world.settings.container_logs_directory.to_str(),
        id,
        container_name,
        &name.name,
        &name.namespace,
    );
    if let Err(error) = world.files.remove(Path::new(&link)).await {
        tracing::debug!(pod = %name, err = %chain(&error), "Failed to remove legacy symbolic link");
    }
}

async fn remove_cgroup(world: &World, uid: &PodUid) -> Result<(), NotReleased> {
    // Its class is not known of a pod that nobody remembers; removing what is not there is success.
    for qos in [QosClass::Guaranteed, QosClass::Burstable, QosClass::BestEffort] {
        let group = PodCgroup { uid: uid.clone(), qos };
        world.cgroups.remove_pod(&group).await.map_err(|error| NotReleased(chain(&error)))?;
    }
    Ok(())
}
