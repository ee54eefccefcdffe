//! Giving back what a stopped pod holds.

use super::logs::remove_logs;
use super::place::Place;
use crate::observe::SeenPod;
use crate::world::World;
use cri::CriError;
use host::cgroups::{PodCgroup, QosClass};
use types::error::chain;
use types::{PodUid, WantedPod};

/// What a pod that is to be removed may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// Volumes, a control group, and what the runtime has.
    Everything,
    /// Volumes and control group went when it was completed.
    Leftovers,
}

/// Why something of the pod is still there.
#[derive(Debug)]
pub(super) struct NotReleased(pub(super) String);

/// After completion: volumes and control group go; containers, logs and the pod's directory stay to be looked at.
pub(super) async fn release(
    world: &World,
    uid: &PodUid,
    wanted: Option<&WantedPod>,
) -> Result<(), NotReleased> {
    world.volumes.tear_down(&world.pod_directory(uid)).await.map_err(|error| NotReleased(chain(&error)))?;
    remove_cgroup(world, uid, wanted).await
}

/// After removal: everything goes. What [`release`] has given back already is not looked for a second time.
pub(super) async fn remove(
    world: &World,
    seen: &SeenPod,
    wanted: Option<&WantedPod>,
    held: Held,
) -> Result<(), NotReleased> {
    let (uid, name) = (&seen.uid, &seen.name);
    for sandbox in &seen.sandboxes {
        let mut place = Place::take(world).await;
        match place.during(world.runtime.remove_pod_sandbox(sandbox.id.as_str())).await {
            Ok(()) | Err(CriError::NotFound { .. }) => {}
            Err(error) => {
                drop(place);
                // containerd keeps the process of a start that was cut off ("cannot delete running task") while it
                // calls the container exited. Nothing of this pod may run any more: what is in its group is killed.
                remove_cgroup(world, uid, wanted).await?;
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
    if held == Held::Everything {
        release(world, uid, wanted).await?;
    }
    let directory = world.pod_directory(uid);
    world.volumes.remove_pod_dir(&directory).await.map_err(|error| NotReleased(chain(&error)))?;
    world.user_namespaces.release(uid);
    remove_logs(world, name, uid).await.map_err(|error| NotReleased(chain(&error)))
}

async fn remove_cgroup(world: &World, uid: &PodUid, wanted: Option<&WantedPod>) -> Result<(), NotReleased> {
    // The class is not known of a pod that nobody remembers; removing what is not there is success.
    let classes = match wanted {
        Some(wanted) => vec![QosClass::of_pod(&wanted.pod)],
        None => vec![QosClass::Guaranteed, QosClass::Burstable, QosClass::BestEffort],
    };
    for qos in classes {
        let group = PodCgroup { uid: uid.clone(), qos };
        world.cgroups.remove_pod(&group).await.map_err(|error| NotReleased(chain(&error)))?;
    }
    Ok(())
}
