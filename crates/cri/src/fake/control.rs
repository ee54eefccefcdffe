//! The hand of the test: looking at the world and interfering with it.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::events::wait;
use super::journal::What;
use super::objects::{Exit, Image, Sandbox};
use super::{ContainerRecord, Entry, FakeRuntime, Faults, SandboxRecord};
use crate::Operation;
use crate::v1::{Mount, PodSandboxState};

/// Resolves when a process is gone, as a readable pidfd does.
pub type ProcessExit = Pin<Box<dyn Future<Output = ()> + Send>>;

impl FakeRuntime {
    /// From now on these faults.
    pub fn set_faults(&self, faults: impl Faults + 'static) {
        self.set_shared_faults(Arc::new(faults));
    }

    /// From now on these faults, which the test keeps a handle of.
    pub fn set_shared_faults(&self, faults: Arc<dyn Faults>) {
        *self.shared.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    /// The runtime goes away: calls under way and new ones fail with `Unavailable`, event streams break. Containers live on.
    pub fn go_down(&self) {
        self.change(|world| {
            world.is_down = true;
            world.subscribers.clear();
            world.journal.note(Instant::now(), "", What::RuntimeDown);
        });
        self.shared.went_down.notify_waiters();
        self.shared.events_changed.notify_waiters();
    }

    /// It is back.
    pub fn come_up(&self) {
        self.change(|world| {
            world.is_down = false;
            world.journal.note(Instant::now(), "", What::RuntimeUp);
        });
    }

    /// All event streams break now.
    pub fn break_event_streams(&self) {
        self.change(|world| world.subscribers.clear());
        self.shared.events_changed.notify_waiters();
    }

    /// The process of a container ends now, as if it had crashed or been killed from outside. `false` if none runs.
    pub fn crash_container(&self, container_id: &str, exit_code: i32) -> bool {
        self.end(container_id, Exit::with_code(exit_code))
    }

    /// The kernel kills it for memory.
    pub fn out_of_memory(&self, container_id: &str) -> bool {
        self.end(container_id, Exit::out_of_memory())
    }

    fn end(&self, container_id: &str, exit: Exit) -> bool {
        self.change(|world| {
            let runs = world.runs(container_id);
            if runs {
                world.exit(container_id, Instant::now(), exit);
            }
            runs
        })
    }

    /// The pause process of a sandbox is killed: it is not ready any more, but keeps its address until it is stopped. Its
    /// containers run on, unless they share its PID namespace.
    pub fn kill_sandbox(&self, sandbox_id: &str) {
        self.change(|world| {
            world.end_pause(sandbox_id);
            if world.sandboxes.get(sandbox_id).is_some_and(Sandbox::shares_processes) {
                for id in world.containers_of(sandbox_id) {
                    world.kill(&id);
                }
            }
        });
    }

    /// The machine reboots: no process is left, everything else is.
    pub fn reboot(&self) {
        self.change(|world| {
            for id in world.containers.keys().cloned().collect::<Vec<_>>() {
                world.kill(&id);
            }
            for id in world.sandboxes.keys().cloned().collect::<Vec<_>>() {
                world.stop_sandbox(&id);
            }
        });
    }

    /// An image is there without having been pulled.
    pub fn add_image(&self, name: &str, size_bytes: u64) {
        self.change(|world| world.add_image(name, size_bytes));
    }

    /// The id of a container's process, while it runs.
    pub fn container_pid(&self, container_id: &str) -> Option<u32> {
        self.world().containers.get(container_id)?.process.pid()
    }

    /// The end of the process `pid`, or `None` when there is no such process (as opening a pidfd fails with `ESRCH`).
    pub fn watch_pid(&self, pid: u32) -> Option<ProcessExit> {
        let found = {
            let world = self.world();
            let container = world.containers.values().find(|container| container.process.pid() == Some(pid));
            container.map(|container| container.id.clone())
        };
        let Some(id) = found else { return self.watch_pause(pid) };
        let runtime = self.clone();
        Some(Box::pin(async move { runtime.exited(&id, pid).await }))
    }

    /// Waits until the container does not run as `pid` any more.
    pub(super) async fn exited(&self, container_id: &str, pid: u32) {
        loop {
            let (changed, due) = {
                let world = self.world();
                match world.containers.get(container_id) {
                    Some(container) if container.process.pid() == Some(pid) => (
                        Arc::clone(&container.changed).notified_owned(),
                        container.process.end().map(|end| end.at),
                    ),
                    Some(_) | None => return,
                }
            };
            wait(changed, due).await;
        }
    }

    fn watch_pause(&self, pid: u32) -> Option<ProcessExit> {
        let world = self.world();
        let sandbox = world.sandboxes.values().find(|sandbox| sandbox.pid == Some(pid))?;
        let (id, changed) = (sandbox.id.clone(), Arc::clone(&sandbox.changed));
        drop(world);
        let runtime = self.clone();
        Some(Box::pin(async move {
            loop {
                let changed = Arc::clone(&changed).notified_owned();
                if runtime.world().sandboxes.get(&id).is_none_or(|sandbox| sandbox.pid != Some(pid)) {
                    return;
                }
                changed.await;
            }
        }))
    }

    /// Everything that happened so far, in order.
    pub fn journal(&self) -> Vec<Entry> {
        self.world().journal.entries.clone()
    }

    /// All sandboxes that ever were, by id.
    pub fn sandbox_records(&self) -> BTreeMap<String, SandboxRecord> {
        self.world().journal.sandboxes.clone()
    }

    /// All containers that ever were, by id.
    pub fn container_records(&self) -> BTreeMap<String, ContainerRecord> {
        self.world().journal.containers.clone()
    }

    /// Ids of the sandboxes that are ready now.
    pub fn ready_sandboxes(&self) -> Vec<String> {
        let world = self.world();
        let ready =
            world.sandboxes.values().filter(|sandbox| sandbox.state() == PodSandboxState::SandboxReady);
        ready.map(|sandbox| sandbox.id.clone()).collect()
    }

    /// Ids of the containers whose process runs now.
    pub fn running_containers(&self) -> Vec<String> {
        let world = self.world();
        let running = world.containers.values().filter(|container| container.process.pid().is_some());
        running.map(|container| container.id.clone()).collect()
    }

    /// Mounts of the containers whose process runs now, by container id: nothing of them may be unmounted.
    pub fn running_mounts(&self) -> BTreeMap<String, Vec<Mount>> {
        let world = self.world();
        let running = world.containers.values().filter(|container| container.process.pid().is_some());
        running.map(|container| (container.id.clone(), container.config.mounts.clone())).collect()
    }

    /// How often each operation was asked for so far.
    pub fn calls(&self) -> BTreeMap<Operation, u64> {
        self.world().calls.clone()
    }

    /// Time since the world began, on the journal's scale.
    pub fn elapsed(&self) -> Duration {
        self.world().journal.since_began(Instant::now())
    }
}

impl super::world::World {
    /// An image arrives. Its id and digest follow from its repository and tag.
    pub(super) fn add_image(&mut self, name: &str, size_bytes: u64) -> String {
        let normalized = super::image_names::normalize(name);
        if let Some(image) = self.image(&normalized) {
            return image.id.clone();
        }
        let id = digest(&normalized, 1);
        let repository = super::image_names::repository(&normalized);
        let (tags, digests) = match normalized.split_once('@') {
            Some(_) => (Vec::new(), vec![normalized.clone()]),
            None => (vec![normalized.clone()], vec![format!("{repository}@{}", digest(&normalized, 2))]),
        };
        self.images.insert(id.clone(), Image { id: id.clone(), tags, digests, size_bytes });
        self.journal.note(Instant::now(), &id, What::ImagePulled);
        id
    }
}

/// A digest made from a name, the same in every run.
fn digest(name: &str, salt: u64) -> String {
    let mut hash = salt;
    for byte in name.bytes() {
        hash = super::world::mix(hash ^ u64::from(byte));
    }
    let parts = [hash, super::world::mix(hash), super::world::mix(hash ^ 1), super::world::mix(hash ^ 2)];
    let hex: String = parts.iter().map(|part| format!("{part:016x}")).collect();
    format!("sha256:{hex}")
}
