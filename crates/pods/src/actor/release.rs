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

/// What is left of a pod that was removed.
#[derive(Debug)]
pub(super) enum Removed {
    /// Nothing.
    Everything,
    /// Records of the runtime's, which it refuses to remove, in its words. containerd 2.4 does so, until it is restarted, after a start
    /// that was cut off by the end of its client ("cannot delete running task"). Nothing runs, and nothing of ours is left.
    AllButRecords(String),
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

/// After removal: everything goes, whatever the runtime refuses, since all is stopped. What [`release`] has given back already is
/// not looked for a second time.
pub(super) async fn remove(
    world: &World,
    seen: &SeenPod,
    wanted: Option<&WantedPod>,
    held: Held,
) -> Result<Removed, NotReleased> {
    let (uid, name) = (&seen.uid, &seen.name);
    let mut refusal = None;
    for sandbox in &seen.sandboxes {
        let mut place = Place::take(world).await;
        match place.during(world.runtime.remove_pod_sandbox(sandbox.id.as_str())).await {
            Ok(()) | Err(CriError::NotFound { .. }) => {}
            Err(error) => refusal = refusal.or(Some(error.shown())),
        }
    }
    for container in &seen.containers {
        if seen.sandboxes.iter().any(|sandbox| sandbox.id == container.sandbox_id) {
            continue;
        }
        match world.runtime.remove_container(container.id.as_str()).await {
            Ok(()) | Err(CriError::NotFound { .. }) => {}
            Err(error) => refusal = refusal.or(Some(error.shown())),
        }
    }
    if refusal.is_some() {
        // The runtime may still have the process of a start that was cut off, while it calls the container exited: what is in the
        // pod's group is killed before anything is taken from it.
        remove_cgroup(world, uid, wanted).await?;
    }
    if held == Held::Everything {
        release(world, uid, wanted).await?;
    }
    let directory = world.pod_directory(uid);
    world.volumes.remove_pod_dir(&directory).await.map_err(|error| NotReleased(chain(&error)))?;
    world.user_namespaces.release(uid);
    remove_logs(world, name, uid).await.map_err(|error| NotReleased(chain(&error)))?;
    Ok(refusal.map_or(Removed::Everything, Removed::AllButRecords))
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
