//! Sandboxes and containers come and go.

use tokio::time::{Duration, Instant};

use super::World;
use crate::fake::journal::{ContainerRecord, SandboxRecord, What};
use crate::fake::objects::{Container, Image, Sandbox};
use crate::v1::{ContainerEventResponse, ContainerEventType, PodSandboxConfig};

impl World {
    /// A sandbox comes into being, ready or not.
    pub(in crate::fake) fn add_sandbox(
        &mut self,
        id: &str,
        config: PodSandboxConfig,
        handler: &str,
        is_ready: bool,
    ) {
        let now = Instant::now();
        let mut sandbox = Sandbox {
            id: id.to_owned(),
            config: config.clone(),
            runtime_handler: handler.to_owned(),
            created_at_nanos: self.now_nanos(),
            pid: is_ready.then(|| self.new_pid()),
            ip: None,
            changed: Default::default(),
        };
        if is_ready && !sandbox.uses_host_network() {
            sandbox.ip = Some(self.new_address());
        }
        self.sandboxes.insert(id.to_owned(), sandbox);
        let record = SandboxRecord {
            id: id.to_owned(),
            config,
            created_at: self.journal.since_began(now),
            stopped_at: (!is_ready).then(|| self.journal.since_began(now)),
            removed_at: None,
        };
        self.journal.sandboxes.insert(id.to_owned(), record);
        self.journal.note(now, id, What::SandboxCreated);
        if is_ready {
            self.tell_sandbox(id, ContainerEventType::ContainerCreatedEvent);
            self.tell_sandbox(id, ContainerEventType::ContainerStartedEvent);
        }
    }

    /// The pause process of a sandbox is gone: it is not ready any more, but keeps its address.
    pub(in crate::fake) fn end_pause(&mut self, id: &str) {
        let now = Instant::now();
        let Some(sandbox) = self.sandboxes.get_mut(id) else { return };
        if sandbox.pid.take().is_none() {
            return;
        }
        sandbox.changed.notify_waiters();
        self.journal.note(now, id, What::SandboxStopped);
        self.tell_sandbox(id, ContainerEventType::ContainerStoppedEvent);
    }

    /// A sandbox stops being ready and gives its address back.
    pub(in crate::fake) fn stop_sandbox(&mut self, id: &str) {
        if let Some(sandbox) = self.sandboxes.get_mut(id) {
            sandbox.ip = None;
        }
        self.end_pause(id);
    }

    /// A stopped sandbox without containers goes.
    pub(in crate::fake) fn remove_sandbox(&mut self, id: &str) {
        if self.sandboxes.contains_key(id) {
            self.tell_sandbox(id, ContainerEventType::ContainerDeletedEvent);
        }
        if self.sandboxes.remove(id).is_some() {
            self.release(id, Duration::ZERO);
            self.journal.note(Instant::now(), id, What::SandboxRemoved);
        }
    }

    /// A container comes into being.
    pub(in crate::fake) fn add_container(&mut self, container: Container) {
        let now = Instant::now();
        let id = container.id.clone();
        let record = ContainerRecord {
            id: id.clone(),
            sandbox_id: container.sandbox_id.clone(),
            pod_uid: self.pod_uid(&container.sandbox_id),
            config: container.config.clone(),
            created_at: self.journal.since_began(now),
            started_at: None,
            stop_requests: Vec::new(),
            finished_at: None,
            exit_code: None,
            removed_at: None,
        };
        self.containers.insert(id.clone(), container);
        self.journal.containers.insert(id.clone(), record);
        self.journal.note(now, &id, What::ContainerCreated);
        self.tell_container(&id, ContainerEventType::ContainerCreatedEvent);
    }

    /// A container goes; killed first if it runs.
    pub(in crate::fake) fn remove_container(&mut self, id: &str) {
        self.kill(id);
        let Some(container) = self.containers.remove(id) else { return };
        if let Some(end) = container.process.end() {
            self.due.remove(&(end.at, id.to_owned()));
        }
        self.tell(id, &container.sandbox_id, ContainerEventType::ContainerDeletedEvent);
        self.release(id, Duration::ZERO);
        self.journal.note(Instant::now(), id, What::ContainerRemoved);
    }

    /// Ids of the containers in a sandbox.
    pub(in crate::fake) fn containers_of(&self, sandbox_id: &str) -> Vec<String> {
        let containers = self.containers.values().filter(|container| container.sandbox_id == sandbox_id);
        containers.map(|container| container.id.clone()).collect()
    }

    /// The image by any of its names.
    pub(in crate::fake) fn image(&self, normalized: &str) -> Option<&Image> {
        self.images.values().find(|image| image.has_name(normalized))
    }

    /// UID of the pod that a sandbox belongs to, also after its removal.
    pub(in crate::fake) fn pod_uid(&self, sandbox_id: &str) -> String {
        self.journal.sandboxes.get(sandbox_id).map(|record| record.pod_uid().to_owned()).unwrap_or_default()
    }

    pub(super) fn tell_container(&mut self, id: &str, kind: ContainerEventType) {
        let Some(container) = self.containers.get(id) else { return };
        let sandbox_id = container.sandbox_id.clone();
        self.tell(id, &sandbox_id, kind);
    }

    fn tell_sandbox(&mut self, id: &str, kind: ContainerEventType) {
        self.tell(id, id, kind);
    }

    /// Makes an event, with the state of the whole pod as containerd adds it.
    fn tell(&mut self, id: &str, sandbox_id: &str, kind: ContainerEventType) {
        let containers = self.containers.values().filter(|container| container.sandbox_id == sandbox_id);
        let containers_statuses =
            containers.map(|container| container.to_status(self.images.get(&container.image_id))).collect();
        let event = ContainerEventResponse {
            container_id: id.to_owned(),
            container_event_type: kind.into(),
            created_at: self.now_nanos(),
            pod_sandbox_status: self.sandboxes.get(sandbox_id).map(Sandbox::to_status),
            containers_statuses,
        };
        self.happened.push_back(event);
    }
}
