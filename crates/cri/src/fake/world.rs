//! The state of the fake world and its transitions. No waiting here: time is passed in by [`World::settle`].

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tokio::time::{Duration, Instant};

use super::journal::{ContainerRecord, Journal, SandboxRecord, What};
use super::objects::{Container, EXIT_CODE_KILLED, End, Exit, Image, Process, Sandbox};
use super::options::WallClock;
use crate::Operation;
use crate::v1::{ContainerEventResponse, ContainerEventType, PodSandboxConfig};

/// All that exists.
pub(super) struct World {
    clock: WallClock,
    pub(super) sandboxes: BTreeMap<String, Sandbox>,
    pub(super) containers: BTreeMap<String, Container>,
    pub(super) images: BTreeMap<String, Image>,
    pub(super) names: BTreeMap<String, Reservation>,
    pub(super) journal: Journal,
    pub(super) calls: BTreeMap<Operation, u64>,
    pub(super) subscribers: BTreeMap<u64, VecDeque<crate::service::Answer<ContainerEventResponse>>>,
    /// Events that subscribers have not been given yet.
    pub(super) happened: VecDeque<ContainerEventResponse>,
    /// Events that nobody was there to be given: the next subscriber gets them, if it comes in time.
    pub(super) unheard: VecDeque<(Instant, ContainerEventResponse)>,
    pub(super) is_down: bool,
    /// Ends of processes, by time.
    due: BTreeSet<(Instant, String)>,
    next_number: u64,
    next_pid: u32,
    next_address: u32,
}

/// A name that is taken.
#[derive(Debug, Clone)]
pub(super) struct Reservation {
    pub(super) holder: String,
    /// Freed by itself then: a clean-up is under way.
    pub(super) until: Option<Instant>,
}

/// The first pods' network, 10.88.0.0/16.
const FIRST_ADDRESS: u32 = 2;
const ADDRESSES: u32 = 1 << 16;
const FIRST_PID: u32 = 1000;
/// As in containerd (`internal/cri/server/service.go`).
const UNHEARD_KEPT_FOR: Duration = Duration::from_secs(300);

impl World {
    pub(super) fn new(clock: WallClock) -> Self {
        World {
            clock,
            sandboxes: BTreeMap::new(),
            containers: BTreeMap::new(),
            images: BTreeMap::new(),
            names: BTreeMap::new(),
            journal: Journal::new(),
            calls: BTreeMap::new(),
            subscribers: BTreeMap::new(),
            happened: VecDeque::new(),
            unheard: VecDeque::new(),
            is_down: false,
            due: BTreeSet::new(),
            next_number: 0,
            next_pid: FIRST_PID,
            next_address: FIRST_ADDRESS,
        }
    }

    /// Wall time.
    pub(super) fn now_nanos(&self) -> i64 {
        (self.clock)()
    }

    /// Lets everything happen that is due, in order.
    pub(super) fn settle(&mut self) {
        let now = Instant::now();
        while let Some((at, id)) = self.due.first().cloned() {
            if at > now {
                break;
            }
            self.due.pop_first();
            let end = self.containers.get(&id).and_then(|container| container.process.end().cloned());
            match end {
                Some(end) if self.runs(&id) => self.exit(&id, end.at, end.exit),
                Some(end) => self.fail_start(&id, &end.exit.message),
                None => {}
            }
        }
    }

    /// When something is due next.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// A new id: 64 hexadecimal digits, the same in every run.
    pub(super) fn new_id(&mut self) -> String {
        self.next_number += 1;
        let mut id = String::with_capacity(64);
        for part in 0..4 {
            id.push_str(&format!("{:016x}", mix(self.next_number.wrapping_mul(4).wrapping_add(part))));
        }
        id
    }

    /// A new subscriber, by its number. It is given what nobody heard, as containerd's `eventq` does.
    pub(super) fn new_subscriber(&mut self) -> u64 {
        self.next_number += 1;
        let now = Instant::now();
        let heard_late = self.unheard.drain(..).filter(|(at, _)| now.duration_since(*at) < UNHEARD_KEPT_FOR);
        let queue = heard_late.map(|(_, event)| Ok(event)).collect();
        self.subscribers.insert(self.next_number, queue);
        self.next_number
    }

    pub(super) fn new_pid(&mut self) -> u32 {
        self.next_pid += 1;
        self.next_pid
    }

    fn new_address(&mut self) -> String {
        let address = self.next_address % ADDRESSES;
        self.next_address += 1;
        format!("10.88.{}.{}", address >> 8, address & 0xff)
    }

    /// Takes `name` for `holder`, or says who has it.
    pub(super) fn reserve(&mut self, name: &str, holder: &str) -> Result<(), String> {
        let now = Instant::now();
        match self.names.get(name) {
            Some(taken) if taken.until.is_none_or(|until| until > now) && taken.holder != holder => {
                Err(taken.holder.clone())
            }
            Some(_) | None => {
                let reservation = Reservation { holder: holder.to_owned(), until: None };
                self.names.insert(name.to_owned(), reservation);
                Ok(())
            }
        }
    }

    /// Frees what `holder` has, after `held_for`.
    pub(super) fn release(&mut self, holder: &str, held_for: Duration) {
        if held_for.is_zero() {
            self.names.retain(|_, reservation| reservation.holder != holder);
            return;
        }
        let until = Instant::now() + held_for;
        for reservation in self.names.values_mut().filter(|reservation| reservation.holder == holder) {
            reservation.until = Some(until);
        }
    }

    /// A sandbox comes into being, ready or not.
    pub(super) fn add_sandbox(&mut self, id: &str, config: PodSandboxConfig, handler: &str, is_ready: bool) {
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
    pub(super) fn end_pause(&mut self, id: &str) {
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
    pub(super) fn stop_sandbox(&mut self, id: &str) {
        if let Some(sandbox) = self.sandboxes.get_mut(id) {
            sandbox.ip = None;
        }
        self.end_pause(id);
    }

    /// A stopped sandbox without containers goes.
    pub(super) fn remove_sandbox(&mut self, id: &str) {
        if self.sandboxes.contains_key(id) {
            self.tell_sandbox(id, ContainerEventType::ContainerDeletedEvent);
        }
        if self.sandboxes.remove(id).is_some() {
            self.release(id, Duration::ZERO);
            self.journal.note(Instant::now(), id, What::SandboxRemoved);
        }
    }

    /// A container comes into being.
    pub(super) fn add_container(&mut self, container: Container) {
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

    /// The process of a container begins.
    pub(super) fn start(&mut self, id: &str, program: super::Program) {
        let now = Instant::now();
        let (pid, started_at_nanos) = (self.new_pid(), self.now_nanos());
        let end =
            program.runs_for.map(|after| End { at: now + after, exit: Exit::with_code(program.exit_code) });
        let Some(container) = self.containers.get_mut(id) else { return };
        container.started_at_nanos = started_at_nanos;
        container.process = Process::Running { pid, program, end: None, told_to_stop: false };
        self.journal.note(now, id, What::ContainerStarted);
        self.tell_container(id, ContainerEventType::ContainerStartedEvent);
        if let Some(end) = end {
            self.will_exit(id, end);
        }
    }

    /// The process of a container will end at a known time, unless it does so earlier anyway.
    pub(super) fn will_exit(&mut self, id: &str, new: End) {
        let Some(container) = self.containers.get_mut(id) else { return };
        let Process::Running { end, .. } = &mut container.process else { return };
        if let Some(old) = end.as_ref() {
            if old.at <= new.at {
                return;
            }
            self.due.remove(&(old.at, id.to_owned()));
        }
        self.due.insert((new.at, id.to_owned()));
        *end = Some(new);
        container.changed.notify_waiters();
    }

    /// The process of a container has ended at `at`.
    pub(super) fn exit(&mut self, id: &str, at: Instant, exit: Exit) {
        let late_nanos = i64::try_from(Instant::now().saturating_duration_since(at).as_nanos()).unwrap_or(0);
        let finished_at_nanos = self.now_nanos() - late_nanos;
        let Some(container) = self.containers.get_mut(id) else { return };
        if let Some(end) = container.process.end() {
            self.due.remove(&(end.at, id.to_owned()));
        }
        let exit_code = exit.code;
        container.finished_at_nanos = finished_at_nanos;
        container.process = Process::Exited(exit);
        container.changed.notify_waiters();
        self.journal.note(at, id, What::ContainerExited { exit_code });
        self.tell_container(id, ContainerEventType::ContainerStoppedEvent);
    }

    /// Whether the process of a container runs.
    pub(super) fn runs(&self, id: &str) -> bool {
        self.containers.get(id).is_some_and(|container| container.process.pid().is_some())
    }

    /// SIGKILL to the process of a container, if it has one.
    pub(super) fn kill(&mut self, id: &str) {
        if self.runs(id) {
            self.exit(id, Instant::now(), Exit::with_code(EXIT_CODE_KILLED));
        }
    }

    /// Starting a container will turn out to have failed.
    pub(super) fn will_fail(&mut self, id: &str, after: Duration, message: &str) {
        let Some(container) = self.containers.get_mut(id) else { return };
        let at = Instant::now() + after;
        container.process = Process::Starting(Some(End { at, exit: Exit::not_started(message) }));
        self.due.insert((at, id.to_owned()));
    }

    /// Starting a container has failed: it is left exited, and containerd makes no event of it.
    pub(super) fn fail_start(&mut self, id: &str, message: &str) {
        let finished_at_nanos = self.now_nanos();
        let Some(container) = self.containers.get_mut(id) else { return };
        let exit = Exit::not_started(message);
        let exit_code = exit.code;
        container.finished_at_nanos = finished_at_nanos;
        container.process = Process::Exited(exit);
        container.changed.notify_waiters();
        self.journal.note(Instant::now(), id, What::ContainerExited { exit_code });
    }

    /// A container goes; killed first if it runs.
    pub(super) fn remove_container(&mut self, id: &str) {
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
    pub(super) fn containers_of(&self, sandbox_id: &str) -> Vec<String> {
        let containers = self.containers.values().filter(|container| container.sandbox_id == sandbox_id);
        containers.map(|container| container.id.clone()).collect()
    }

    /// The image by any of its names.
    pub(super) fn image(&self, normalized: &str) -> Option<&Image> {
        self.images.values().find(|image| image.has_name(normalized))
    }

    /// UID of the pod that a sandbox belongs to, also after its removal.
    pub(super) fn pod_uid(&self, sandbox_id: &str) -> String {
        self.journal.sandboxes.get(sandbox_id).map(|record| record.pod_uid().to_owned()).unwrap_or_default()
    }

    fn tell_container(&mut self, id: &str, kind: ContainerEventType) {
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

/// splitmix64, to make numbers look like ids.
pub(super) fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
