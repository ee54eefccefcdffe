//! What the kubelet asks for, and what its log and its sources say, against the rules.

use super::backoff::Restarts;
use super::ledger::Ledger;
use super::model::{ContainerState, PodModel};
use crate::world::LogLine;
use cri::{Operation, v1};
use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;
use tracing::Level;

/// Upstream's annotation with the hash of a container's specification.
const HASH: &str = "io.kubernetes.container.hash";

/// Where a pod's restart back-off is kept, in its directory.
const RESTARTS: &str = "restart_backoff.json";

/// Where the pods' logs are.
pub(crate) const LOGS: &str = "/var/log/pods";

/// Where the pods' directories are.
pub(crate) const PODS: &str = "/var/lib/kubelet/pods";

/// Every stop has this much, however late it comes.
const SHORTEST_GRACE: Duration = Duration::from_secs(2);

/// Grace is told in whole seconds.
const GRACE_SLACK: Duration = Duration::from_millis(1_100);

/// The same call about the same object within one second: asking for the end of a process takes ten.
const MOST_REPEATS: usize = 40;

const ONE_SECOND: Duration = Duration::from_secs(1);

/// The clock of the runtime and ours may differ by what a call takes to note itself.
const BACKOFF_SLACK: Duration = Duration::from_millis(2);

impl Ledger {
    /// A kubelet starts, with what its predecessor wrote down.
    pub fn life_begins(&mut self, number: u32) {
        self.trace_line(format_args!("== kubelet {number} starts"));
        self.is_synced = false;
        self.stop_deadlines.clear();
        for pod in self.pods.values_mut() {
            pod.is_delivered = false;
            pod.is_ending = false;
            pod.has_begun = false;
            pod.restarts = pod.kept_restarts.clone();
        }
    }

    /// A source tells of a pod.
    pub fn delivers(&mut self, uid: &str, grace_seconds: i64) {
        self.trace_line(format_args!("== wanted {uid}"));
        let pod = self.pods.entry(uid.to_owned()).or_default();
        pod.is_delivered = true;
        pod.grace_seconds = grace_seconds.max(pod.grace_seconds);
        // Ended while it waited for its turn: nothing was begun, and nothing has to be gone first.
        if pod.is_ending && !pod.has_begun {
            pod.is_ending = false;
        }
    }

    /// A source tells that a pod is not wanted any more.
    pub fn withdraws(&mut self, uid: &str) {
        self.trace_line(format_args!("== not wanted {uid}"));
    }

    /// All sources have told all they knew.
    pub fn synced(&mut self) {
        self.trace_line(format_args!("== all sources told"));
        self.is_synced = true;
    }

    /// The kubelet logs something.
    pub fn logged(&mut self, level: Level, line: &LogLine) {
        let fields = without_random_names(&line.fields);
        self.trace_line(format_args!("{level} {} {}{fields}", line.message, line.pod_uid));
        match line.message.as_str() {
            "SyncLoop REMOVE" | "Ending a pod that nobody wants" => {
                self.pods.entry(line.pod_uid.clone()).or_default().is_ending = true;
            }
            "Pod is gone" => {
                let pod = self.pods.entry(line.pod_uid.clone()).or_default();
                *pod = PodModel {
                    is_delivered: pod.is_delivered,
                    grace_seconds: pod.grace_seconds,
                    ..PodModel::default()
                };
            }
            _ => {}
        }
    }

    /// A call that brings something of a pod up.
    pub fn begins_something(&mut self, operation: Operation, uid: &str) {
        let pod = self.pods.entry(uid.to_owned()).or_default();
        pod.has_begun = true;
        let (is_delivered, is_ending) = (pod.is_delivered, pod.is_ending);
        if !is_delivered {
            self.broken(format_args!("{operation} for pod {uid}, which nobody wants"));
        } else if is_ending {
            self.broken(format_args!("{operation} for pod {uid} after its end began"));
        }
    }

    /// A container is about to be made.
    pub fn creates(&mut self, uid: &str, config: &v1::ContainerConfig) {
        let (name, hash) = (name(config), hash(config));
        let Some(ended_at) = self.last_exit(uid, name) else { return };
        let until = self.pods.entry(uid.to_owned()).or_default().restarts.blocked_until(name, hash, ended_at);
        let now = self.now();
        if now + BACKOFF_SLACK < until {
            let early = until - now;
            self.broken(format_args!("{name} of pod {uid} is restarted {early:?} before its back-off ends"));
        }
    }

    /// The runtime has said that it made a container.
    pub fn created(&mut self, uid: &str, config: &v1::ContainerConfig) {
        let (name, hash, now) = (name(config), hash(config), self.now());
        let Some(ended_at) = self.last_exit(uid, name) else { return };
        self.pods.entry(uid.to_owned()).or_default().restarts.restarted(name, hash, ended_at, now);
    }

    /// When the newest container of that name that ended by itself did so.
    fn last_exit(&self, uid: &str, name: &str) -> Option<Duration> {
        let crashed = self
            .containers
            .values()
            .filter(|container| container.uid == uid && container.name == name && !container.is_told_to_stop);
        let ended = crashed.filter_map(|container| match container.state {
            ContainerState::Exited { at, .. } => Some((container.order, at)),
            ContainerState::Created | ContainerState::Running => None,
        });
        ended.max().map(|(_, at)| at)
    }

    /// The wall clock was set: what it said before tells nothing about how long anything has to wait.
    pub fn clock_set(&mut self) {
        for pod in self.pods.values_mut() {
            pod.restarts = Restarts::default();
            pod.kept_restarts = Restarts::default();
        }
    }

    /// A call begins. The same one about the same object, again and again, is a loop without a pause.
    pub fn repeats(&mut self, operation: Operation, object: &str) {
        if object.is_empty() {
            return;
        }
        let now = self.now();
        let calls = self.recent_calls.entry((operation, object.to_owned())).or_default();
        calls.push_back(now);
        while calls.front().is_some_and(|first| *first + ONE_SECOND < now) {
            calls.pop_front();
        }
        if calls.len() == MOST_REPEATS {
            self.broken(format_args!("{operation} {object} {MOST_REPEATS} times within a second"));
        }
    }

    /// A container is told to stop.
    pub fn stops(&mut self, id: &str, grace_seconds: i64) {
        let Some(container) = self.containers.get(id) else { return };
        let (uid, name) = (container.uid.clone(), container.name.clone());
        self.may_end(&uid);
        let longest = self.pods.get(&uid).map_or(0, |pod| pod.grace_seconds).max(2);
        let is_known = self.pods.get(&uid).is_some_and(|pod| pod.is_delivered);
        if is_known && grace_seconds > longest {
            self.broken(format_args!("{name} of pod {uid} gets {grace_seconds} s, its pod says {longest} s"));
        }
        let deadline = self.now() + Duration::from_secs(u64::try_from(grace_seconds).unwrap_or(0));
        let known = *self.stop_deadlines.entry(id.to_owned()).or_insert(deadline);
        if deadline > known.max(self.now() + SHORTEST_GRACE) + GRACE_SLACK {
            self.broken(format_args!(
                "the grace of {name} of pod {uid} is lengthened by {:?}",
                deadline - known
            ));
        }
        self.stop_deadlines.insert(id.to_owned(), deadline.min(known));
    }

    /// A sandbox is told to stop.
    pub fn stops_sandbox(&mut self, id: &str) {
        let Some(uid) = self.sandboxes.get(id).map(|sandbox| sandbox.uid.clone()) else { return };
        self.may_end(&uid);
    }

    /// `StopPodSandbox` has succeeded.
    pub fn sandbox_stopped(&mut self, id: &str) {
        if let Some(sandbox) = self.sandboxes.get_mut(id) {
            sandbox.is_stopped = true;
        }
    }

    /// Nothing of a pod is ended before every source could speak for it.
    fn may_end(&mut self, uid: &str) {
        let is_delivered = self.pods.get(uid).is_some_and(|pod| pod.is_delivered);
        if !is_delivered && !self.is_synced {
            self.broken(format_args!("pod {uid} is ended before all sources have told what they know"));
        }
    }

    /// A file was written.
    pub fn wrote(&mut self, path: &Path) {
        if path.file_name().is_some_and(|name| name == RESTARTS)
            && let Some(uid) = pod_of(path)
        {
            let pod = self.pods.entry(uid.to_owned()).or_default();
            pod.kept_restarts = pod.restarts.clone();
        }
    }

    /// A file could not be read. One with a restart back-off costs the back-off, never the pod.
    pub fn could_not_read(&mut self, path: &Path) {
        if path.file_name().is_some_and(|name| name == RESTARTS)
            && let Some(uid) = pod_of(path)
        {
            self.pods.entry(uid.to_owned()).or_default().restarts = Restarts::default();
        }
    }

    /// A directory was removed: a pod's own takes what was kept in it along, and that of its logs, when no container is
    /// left, the last that its restarts could be counted by.
    pub fn removed(&mut self, path: &Path) {
        if path.parent() == Some(Path::new(PODS))
            && let Some(pod) = pod_of(path).and_then(|uid| self.pods.get_mut(uid))
        {
            pod.kept_restarts = Restarts::default();
        }
        if path.parent() == Some(Path::new(LOGS))
            && let Some(uid) = path.to_str().and_then(|path| path.rsplit('_').next())
            && self.containers.values().all(|container| container.uid != uid)
            && let Some(pod) = self.pods.get_mut(uid)
        {
            pod.attempts.clear();
        }
    }

    /// Something is about to be unmounted, or removed with all below it.
    pub fn takes_away(&mut self, path: &Path) {
        let mounted = self.containers.values().find(|container| {
            container.state == ContainerState::Running
                && container.mounts.iter().any(|mount| mount.starts_with(path))
        });
        if let Some(container) = mounted {
            let (uid, name) = (container.uid.clone(), container.name.clone());
            self.broken(format_args!("{} is taken from under running {name} of pod {uid}", path.display()));
        }
        // Files are replaced under a running pod: an older version goes once the newer one is there.
        let is_version = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".."));
        if let Some(uid) = pod_of(path).filter(|_| !is_version) {
            let uid = uid.to_owned();
            self.must_be_stopped(&uid, path.display());
        }
    }

    /// A pod's control group is about to be removed.
    pub fn removes_cgroup(&mut self, uid: &str) {
        self.must_be_stopped(uid, "its control group");
    }

    fn must_be_stopped(&mut self, uid: &str, what: impl std::fmt::Display) {
        let runs = |state: &ContainerState| *state == ContainerState::Running;
        if self.containers.values().any(|container| container.uid == uid && runs(&container.state)) {
            self.broken(format_args!("{what} is removed while a container of pod {uid} runs"));
        }
        if self.sandboxes.values().any(|sandbox| sandbox.uid == uid && !sandbox.is_stopped) {
            self.broken(format_args!("{what} is removed before StopPodSandbox for pod {uid}"));
        }
    }
}

fn name(config: &v1::ContainerConfig) -> &str {
    config.metadata.as_ref().map_or("", |metadata| &metadata.name)
}

fn hash(config: &v1::ContainerConfig) -> &str {
    config.annotations.get(HASH).map_or("", String::as_str)
}

/// The UID whose directory a path is in.
fn pod_of(path: &Path) -> Option<&str> {
    path.strip_prefix(PODS).ok()?.iter().next()?.to_str()
}

/// Termination logs have names that each process draws anew: `.../containers/<container>/<8 digits>`.
fn without_random_names(text: &str) -> Cow<'_, str> {
    const BEFORE: &str = "/containers/";
    const DIGITS: usize = 8;
    let mut kept = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(BEFORE).map(|start| start + BEFORE.len()) {
        let name = rest[start..].find('/').map_or(start, |slash| start + slash + 1);
        let (before, after) = rest.split_at(name);
        kept.push_str(before);
        let is_random = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        rest = if after.get(..DIGITS).is_some_and(is_random) { &after[DIGITS..] } else { after };
    }
    if kept.is_empty() { text.into() } else { (kept + rest).into() }
}
