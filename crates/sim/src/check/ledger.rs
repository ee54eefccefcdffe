//! The ledger: what happened, and which invariants it broke.

use super::content::Contents;
use super::model::{ContainerModel, ContainerState, PodModel, SandboxModel};
use crate::world::Trace;
use cri::Operation;
use cri::fake::{Entry, FakeRuntime, What};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::time::Duration;
use tasks::Clock;
use tokio::time::Instant;

/// Broken invariants that are kept; one is enough to fail.
const MAX_BROKEN: usize = 20;

/// Calls to anything beyond which a scenario is a busy loop.
const MAX_CALLS: u64 = 100_000;

/// What happened.
pub struct Ledger {
    began: Instant,
    trace: Trace,
    broken: Vec<String>,
    journal_seen: usize,
    pub(super) changes_seen: usize,
    order: u64,
    pub(super) sandboxes: BTreeMap<String, SandboxModel>,
    pub(super) containers: BTreeMap<String, ContainerModel>,
    pub(super) pods: BTreeMap<String, PodModel>,
    /// Until when each container has at the latest, by the stops of this life.
    pub(super) stop_deadlines: BTreeMap<String, Duration>,
    /// When each call was made about each object, within the last second.
    pub(super) recent_calls: BTreeMap<(Operation, String), VecDeque<Duration>>,
    /// The same of requests to the API server.
    pub(super) recent_requests: BTreeMap<String, VecDeque<Duration>>,
    /// Whether all sources of this life have told all they knew.
    pub(super) is_synced: bool,
    calls: BTreeMap<Operation, u64>,
    /// Calls through any door.
    entered: u64,
    /// Pods that the API server was told to be over.
    pub(super) reported_terminal: BTreeSet<String>,
    pub(super) is_restored: bool,
    /// Pods that came back with a restored backup, and what they were is not what was last written.
    pub(super) restored: BTreeSet<String>,
    /// Pods of which somebody else has removed something.
    pub(super) robbed: BTreeSet<String>,
    /// What pods read of the API server.
    pub(super) contents: Contents,
    /// Since when nothing goes wrong.
    pub(super) calm_at: Option<Duration>,
    clock: Clock,
}

impl Ledger {
    /// Of a world that begins now.
    pub fn new(began: Instant, clock: Clock, keeps_all: bool) -> Self {
        Self {
            began,
            trace: Trace::new(keeps_all),
            broken: Vec::new(),
            journal_seen: 0,
            changes_seen: 0,
            order: 0,
            sandboxes: BTreeMap::new(),
            containers: BTreeMap::new(),
            pods: BTreeMap::new(),
            stop_deadlines: BTreeMap::new(),
            recent_calls: BTreeMap::new(),
            recent_requests: BTreeMap::new(),
            is_synced: false,
            calls: BTreeMap::new(),
            entered: 0,
            reported_terminal: BTreeSet::new(),
            is_restored: false,
            restored: BTreeSet::new(),
            robbed: BTreeSet::new(),
            contents: Contents::default(),
            calm_at: None,
            clock,
        }
    }

    /// Time since the world began.
    pub fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Wall time, in seconds.
    pub(super) fn wall_seconds(&self) -> i64 {
        self.clock.now().as_second()
    }

    /// From now on nothing goes wrong.
    pub fn calms_down(&mut self) {
        self.trace_line(format_args!("** calm"));
        self.calm_at = Some(self.now());
    }

    /// Whether an older state of the API server was restored.
    pub fn is_restored(&self) -> bool {
        self.is_restored
    }

    /// Somebody else removes this sandbox, or container, of a pod.
    pub fn robs(&mut self, id: &str) {
        let sandbox = self.sandboxes.get(id).map(|sandbox| &sandbox.uid);
        let uid = sandbox.or_else(|| self.containers.get(id).map(|container| &container.uid));
        self.robbed.extend(uid.cloned());
    }

    /// Entries of the runtime's journal that are taken in.
    pub fn journal_seen(&self) -> usize {
        self.journal_seen
    }

    /// Changes of the API server's objects that are taken in.
    pub fn changes_seen(&self) -> usize {
        self.changes_seen
    }

    /// Adds a line to the trace.
    pub fn trace_line(&mut self, text: fmt::Arguments<'_>) {
        self.trace.line(self.began.elapsed(), false, text);
    }

    /// Adds a line about what goes on all the time.
    pub fn trace_routine(&mut self, text: fmt::Arguments<'_>) {
        self.trace.line(self.began.elapsed(), true, text);
    }

    /// Writes a broken invariant down.
    pub fn broken(&mut self, what: fmt::Arguments<'_>) {
        self.trace_line(format_args!("!! {what}"));
        self.trace.hold();
        if self.broken.len() < MAX_BROKEN {
            self.broken.push(format!("at {:.3} s: {what}", self.now().as_secs_f64()));
        }
    }

    /// The broken invariants.
    pub fn broken_invariants(&self) -> &[String] {
        &self.broken
    }

    /// The trace, in exchange for an empty one.
    pub fn take_trace(&mut self) -> Trace {
        std::mem::replace(&mut self.trace, Trace::new(false))
    }

    /// A container that is there.
    pub fn container(&self, id: &str) -> Option<&ContainerModel> {
        self.containers.get(id)
    }

    /// Sandboxes that are there, by id.
    pub fn sandboxes(&self) -> &BTreeMap<String, SandboxModel> {
        &self.sandboxes
    }

    /// Containers that are there, by id.
    pub fn containers(&self) -> &BTreeMap<String, ContainerModel> {
        &self.containers
    }

    /// Counts a call to the runtime.
    pub fn count_call(&mut self, operation: Operation) {
        *self.calls.entry(operation).or_default() += 1;
    }

    /// Counts a call to anything.
    pub fn count_any(&mut self, what: fmt::Arguments<'_>) {
        self.entered += 1;
        if self.entered == MAX_CALLS {
            self.broken(format_args!("more than {MAX_CALLS} calls, the last one is {what}"));
        }
    }

    /// Calls to the runtime so far.
    pub fn total_calls(&self) -> u64 {
        self.calls.values().sum()
    }

    /// The same by operation.
    pub fn calls(&self) -> &BTreeMap<Operation, u64> {
        &self.calls
    }

    /// Whether the kubelet calls on and on.
    pub fn is_runaway(&self) -> bool {
        self.entered >= MAX_CALLS
    }

    /// Takes in what happened in the runtime.
    pub fn happened(&mut self, runtime: &FakeRuntime, entry: &Entry) {
        self.journal_seen += 1;
        let id = entry.id.as_str();
        self.trace_line(format_args!("   {:?} {}", entry.what, crate::world::short(id)));
        match &entry.what {
            What::SandboxCreated => self.sandbox_created(runtime, id),
            What::SandboxStopped => {
                if let Some(sandbox) = self.sandboxes.get_mut(id) {
                    sandbox.is_ready = false;
                }
            }
            What::SandboxRemoved => {
                self.sandboxes.remove(id);
            }
            What::ContainerCreated => self.container_created(runtime, id),
            What::ContainerStarted => self.container_started(id),
            What::ContainerExited { exit_code } => {
                if let Some(container) = self.containers.get_mut(id) {
                    container.state = ContainerState::Exited { at: entry.at, code: *exit_code };
                }
            }
            What::ContainerRemoved => {
                self.containers.remove(id);
                self.stop_deadlines.remove(id);
            }
            What::ContainerStopRequested { .. } => {
                if let Some(container) = self.containers.get_mut(id) {
                    container.is_told_to_stop = true;
                }
            }
            What::ImagePulled | What::ImageRemoved | What::RuntimeDown | What::RuntimeUp => {}
        }
    }

    fn sandbox_created(&mut self, runtime: &FakeRuntime, id: &str) {
        let Some(record) = runtime.sandbox_record(id) else { return };
        let uid = record.pod_uid().to_owned();
        let is_ready = record.stopped_at != Some(record.created_at);
        let others = self.sandboxes.values().filter(|other| other.uid == uid && other.is_ready).count();
        if is_ready && others > 0 {
            self.broken(format_args!("two ready sandboxes of pod {uid}"));
        }
        self.sandboxes.insert(id.to_owned(), SandboxModel { uid, is_ready, is_stopped: false });
    }

    fn container_created(&mut self, runtime: &FakeRuntime, id: &str) {
        let Some(record) = runtime.container_record(id) else { return };
        let (uid, name, attempt) = (record.pod_uid.clone(), record.name().to_owned(), record.attempt());
        let pod = self.pods.entry(uid.clone()).or_default();
        let highest = pod.attempts.entry(name.clone()).or_default();
        let before = *highest;
        *highest = before.max(attempt);
        if attempt < before {
            self.broken(format_args!("restart count of {name} in pod {uid} fell from {before} to {attempt}"));
        }
        self.reads_variables(&name, &record.config);
        self.order += 1;
        let log_directory = runtime
            .sandbox_record(&record.sandbox_id)
            .map(|sandbox| sandbox.config.log_directory)
            .unwrap_or_default();
        let container = ContainerModel {
            uid,
            name,
            attempt,
            created_at: self.began.elapsed(),
            order: self.order,
            log_path: std::path::Path::new(&log_directory).join(&record.config.log_path),
            mounts: record.config.mounts.iter().map(|mount| mount.host_path.clone().into()).collect(),
            is_told_to_stop: false,
            state: ContainerState::Created,
        };
        self.containers.insert(id.to_owned(), container);
    }

    fn container_started(&mut self, id: &str) {
        let Some(container) = self.containers.get_mut(id) else { return };
        container.state = ContainerState::Running;
        let (uid, name) = (container.uid.clone(), container.name.clone());
        self.may_start(&uid, &name);
        let running = self
            .containers
            .values()
            .filter(|other| other.uid == uid && other.name == name && other.state == ContainerState::Running);
        if running.count() > 1 {
            self.broken(format_args!("two running containers {name} of pod {uid}"));
        }
    }
}
