//! Noticing that the process of a container has ended before the runtime tells of it.
//!
//! containerd tells of an end once it has cleaned up after it, which takes as long as half a start. A container that is started
//! again however it ended need not wait for that: its process is the first of a PID namespace of its own, so that with it
//! everything in the container has ended. How it ended is told when the runtime says so; until then the status tells of it as
//! running, and of its successor nothing.

use super::memory::Memory;
use super::plan::last_exit;
use super::prepare::cgroup;
use super::restart::restart_however_they_end;
use crate::observe::{SeenContainer, SeenPod, SeenState};
use crate::world::World;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;
use types::{ContainerId, WantedPod};

/// The containers of one pod whose first processes are watched.
#[derive(Default)]
pub(super) struct EarlyEnds {
    watched: BTreeSet<ContainerId>,
    ends: FuturesUnordered<BoxFuture<'static, Option<ContainerId>>>,
}

impl EarlyEnds {
    /// Watches the running containers that are started again however they end, from now on; the others no more.
    pub(super) fn watch(&mut self, world: &Arc<World>, wanted: &Arc<WantedPod>, seen: &SeenPod) {
        self.watched.retain(|id| still_runs(seen, id));
        let candidates = restart_however_they_end(wanted.spec());
        for container in candidates.filter_map(|container| seen.newest(&container.name)) {
            if is_running(container) && self.watched.insert(container.id.clone()) {
                let (world, wanted, id) = (world.clone(), wanted.clone(), container.id.clone());
                self.ends.push(Box::pin(async move { end(&world, &wanted, &id).await.map(|()| id) }));
            }
        }
    }

    /// The next one that has ended. May be dropped.
    pub(super) async fn next(&mut self) -> ContainerId {
        while let Some(ended) = self.ends.next().await {
            if let Some(id) = ended.filter(|id| self.watched.contains(id)) {
                return id;
            }
        }
        std::future::pending().await
    }
}

/// Resolves when the first process of a container has ended; to `None` if it cannot be found.
async fn end(world: &World, wanted: &WantedPod, id: &ContainerId) -> Option<()> {
    let found = world.cgroups.first_process(&cgroup(wanted), id.as_str()).await;
    let process = found
        .inspect_err(|error| {
            tracing::debug!(podUID = %wanted.uid, containerID = %id, err = %error, "The first process of a container cannot be watched");
        })
        .ok()??;
    process.ended().await.ok()
}

/// Whether the runtime takes this very instance for running.
pub(super) fn still_runs(seen: &SeenPod, id: &ContainerId) -> bool {
    seen.containers.iter().find(|container| container.id == *id).is_some_and(is_running)
}

fn is_running(container: &SeenContainer) -> bool {
    matches!(container.state, SeenState::Running { .. })
}

/// When the newest instance of a container ended, if it did: from the runtime, or from its process.
pub(super) fn last_end(seen: &SeenPod, memory: &Memory, container_name: &str) -> Option<Timestamp> {
    let newest = seen.newest(container_name)?;
    let early = memory.ended_early.get(&newest.id).copied();
    early.or_else(|| last_exit(seen, container_name).map(|exit| exit.finished_at))
}

/// What others are told the runtime has: no successor of a container whose end the runtime has not told of.
pub(super) fn as_told(seen: Arc<SeenPod>, memory: &Memory) -> Arc<SeenPod> {
    let is_untold =
        |container: &&SeenContainer| is_running(container) && memory.ended_early.contains_key(&container.id);
    let untold: Vec<(&str, u32)> = seen
        .containers
        .iter()
        .filter(is_untold)
        .map(|container| (container.name.as_str(), container.restart_count))
        .collect();
    if untold.is_empty() {
        return seen;
    }
    let is_successor = |container: &SeenContainer| {
        untold.iter().any(|(name, count)| container.name == *name && container.restart_count > *count)
    };
    let mut told = SeenPod::clone(&seen);
    told.containers.retain(|container| !is_successor(container));
    Arc::new(told)
}
