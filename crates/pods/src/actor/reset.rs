//! Taking all containers of a pod out of the runtime, so that all begin again.
//!
//! Source: `kuberuntime_manager.go` `SyncPod` (`ContainersToReset`) of 1.37.

use super::follow::Awaited;
use super::plan::Reset;
use super::start::{Job, Started};
use super::stop::Stopping;
use cri::CriError;
use types::reasons::waiting;

/// What upstream's event says of a container that is stopped for it.
const KILLING: &str = "killing";

/// Takes them out, in order. One that cannot be taken out leaves the rest for another try.
pub(super) async fn reset(job: Job, resets: Vec<Reset>) -> Started {
    let mut is_uncertain = false;
    for reset in &resets {
        if remove(&job, reset).await.is_err() {
            is_uncertain = true;
            break;
        }
    }
    if !is_uncertain {
        job.memory.send_modify(|memory| memory.pod_failure = None);
    }
    Started { awaited: Awaited::default(), is_uncertain }
}

/// The container may still be there; the job's memory says why.
struct StillThere;

/// Takes one container out. Its log stays until the pod is gone: its restart count is read from it.
async fn remove(job: &Job, reset: &Reset) -> Result<(), StillThere> {
    let (world, seen) = (&job.world, &job.seen);
    let Some(container) = seen.containers.iter().find(|container| container.id == reset.id) else {
        return Ok(());
    };
    if reset.may_run {
        let stopping =
            Stopping { world: &job.world, wanted: Some(&job.wanted), seen: &job.seen, memory: &job.memory };
        if stopping.container_at_once(&reset.id, KILLING).await.is_err() {
            job.pod_failed(
                waiting::KILL_CONTAINER_ERROR,
                format!("Failed to stop container {}", container.name),
            );
            return Err(StillThere);
        }
    }
    match world.runtime.remove_container(reset.id.as_str()).await {
        Ok(()) | Err(CriError::NotFound { .. }) => {}
        Err(error) => {
            tracing::warn!(pod = %seen.name, containerName = %container.name, err = %error, "removeContainer for pod failed");
            job.pod_failed(waiting::REMOVE_CONTAINER_ERROR, error.shown());
            return Err(StillThere);
        }
    }
    job.memory.send_modify(|memory| {
        let count = memory.taken_out.entry(container.name.clone()).or_default();
        *count = container.restart_count.max(*count);
    });
    let noted = world.observer.container_removed(&seen.uid, &container.sandbox_id, &reset.id).await;
    noted.map_err(|_| StillThere)
}
