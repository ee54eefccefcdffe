//! What must be true after a long quiet time.

use super::calls::{LOGS, PODS};
use super::ledger::Ledger;
use super::model::{ContainerModel, ContainerState};
use crate::scenario::{Behaviour, ContainerPlan, Image, PodSpec, Policy};
use futures::FutureExt;
use host::fake::FakeHost;
use host::files::Files;
use pods::actor::PodPhase;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// No container that has to be started again waits longer: the longest back-off, and two slow pulls one after the other.
const LONGEST_WAIT: Duration = Duration::from_secs(420);

/// Lists while nothing happens, at the faster pace, and what is called around them.
const CALLS_OF_LISTS: u64 = 260;

/// Calls of one pod in the same time, crashing or pulling at its slowest.
const CALLS_PER_POD: u64 = 80;

/// What is wanted and what the kubelet says of it.
pub struct Observed<'a> {
    /// Wanted pods by UID: name and specification.
    pub wanted: BTreeMap<String, (String, &'a PodSpec)>,
    /// The kubelet's own view: how far each pod is.
    pub phases: BTreeMap<String, PodPhase>,
    /// Runtime calls in the last two minutes.
    pub calls: u64,
}

/// Writes down whatever is not as it should be.
pub fn check_quiet(ledger: &mut Ledger, host: &FakeHost, observed: &Observed<'_>) {
    let mut found = Vec::new();
    check_left_over(ledger, host, observed, &mut found);
    let wanted: BTreeSet<&String> = observed.wanted.keys().collect();
    let known: BTreeSet<&String> = observed.phases.keys().collect();
    if wanted != known {
        found.push(format!("the kubelet has pods {known:?}, wanted are {wanted:?}"));
    }
    for (uid, (name, spec)) in &observed.wanted {
        let pod = Pod { ledger, host, uid, spec };
        if is_behind_its_twin(ledger, observed, uid, name) {
            continue;
        }
        match observed.phases.get(uid) {
            Some(PodPhase::Syncing) => pod.check_syncing(&mut found),
            // With a restored backup came back what had been deleted, and an end is never taken back.
            Some(PodPhase::Completed) if ledger.restored.contains(uid) => {}
            Some(PodPhase::Completed) => pod.check_completed(&mut found),
            Some(PodPhase::Ending) => found.push(format!("wanted pod {uid} is still ending")),
            None => {}
        }
    }
    let most = CALLS_OF_LISTS + CALLS_PER_POD * observed.wanted.len() as u64;
    if observed.calls > most {
        found.push(format!("{} runtime calls in two quiet minutes, at most {most} are due", observed.calls));
    }
    for what in found {
        ledger.broken(format_args!("{what}"));
    }
}

/// Another pod of the same name has its turn.
fn is_behind_its_twin(ledger: &Ledger, observed: &Observed<'_>, uid: &String, name: &String) -> bool {
    let has_something = |uid: &String| {
        ledger.sandboxes.values().any(|sandbox| sandbox.uid == *uid)
            || ledger.containers.values().any(|container| container.uid == *uid)
    };
    let mut twins = observed.wanted.iter().filter(|(other, (its_name, _))| *other != uid && its_name == name);
    // Which of them has its turn is up to the order in which the kubelet heard of them.
    // One that is completed keeps its turn, whatever became of its sandbox.
    let is_completed = |uid: &String| observed.phases.get(uid) == Some(&PodPhase::Completed);
    twins.any(|(other, _)| has_something(other) || is_completed(other) || other < uid)
}

fn check_left_over(ledger: &Ledger, host: &FakeHost, observed: &Observed<'_>, found: &mut Vec<String>) {
    let is_wanted = |uid: &str| observed.wanted.contains_key(uid);
    for sandbox in ledger.sandboxes.values().filter(|sandbox| !is_wanted(&sandbox.uid)) {
        found.push(format!("a sandbox of removed pod {} is left", sandbox.uid));
    }
    for container in ledger.containers.values().filter(|container| !is_wanted(&container.uid)) {
        found.push(format!("container {} of removed pod {} is left", container.name, container.uid));
    }
    for group in host.cgroups().pods.keys().filter(|group| !is_wanted(group.uid.as_str())) {
        found.push(format!("the control group of removed pod {} is left", group.uid));
    }
    for path in children(host, Path::new(PODS)) {
        if !is_wanted(&name_of(&path)) {
            found.push(format!("{} of a removed pod is left", path.display()));
        }
    }
    for path in children(host, Path::new(LOGS)) {
        if !name_of(&path).rsplit('_').next().is_some_and(is_wanted) {
            found.push(format!("{} of a removed pod is left", path.display()));
        }
    }
    for path in children(host, Path::new("/var/log/containers")) {
        // The fake machine answers at once. A link goes with its pod's logs at the latest.
        let target = Files::read_link(host, &path).now_or_never().and_then(Result::ok).flatten();
        let logs = target.as_deref().and_then(Path::parent);
        let is_there = logs.is_some_and(|logs| {
            Files::look(host, logs).now_or_never().is_some_and(|found| matches!(found, Ok(Some(_))))
        });
        if !is_there {
            found.push(format!("{} leads to no log", path.display()));
        }
    }
    for mount in host.mounts() {
        let Ok(below) = mount.mount_point.strip_prefix(PODS) else { continue };
        if !below.iter().next().and_then(|uid| uid.to_str()).is_none_or(is_wanted) {
            found.push(format!("{} of a removed pod is mounted", mount.mount_point.display()));
        }
    }
}

fn children(host: &FakeHost, directory: &Path) -> Vec<PathBuf> {
    host.paths_below(directory).into_iter().filter(|path| path.parent() == Some(directory)).collect()
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// One wanted pod.
struct Pod<'a> {
    ledger: &'a Ledger,
    host: &'a FakeHost,
    uid: &'a str,
    spec: &'a PodSpec,
}

impl Pod<'_> {
    fn newest(&self, name: &str) -> Option<&ContainerModel> {
        let own = self.ledger.containers.values().filter(|other| other.uid == self.uid && other.name == name);
        own.max_by_key(|container| container.order)
    }

    fn is_ready(&self) -> bool {
        self.ledger.sandboxes.values().any(|sandbox| sandbox.uid == self.uid && sandbox.is_ready)
    }

    fn check_syncing(&self, found: &mut Vec<String>) {
        let uid = self.uid;
        let mut is_all_done = true;
        for plan in &self.spec.containers {
            let newest = self.newest(&plan.name);
            is_all_done &= newest.is_some_and(|newest| self.is_done(newest));
            match newest.map(|newest| &newest.state) {
                Some(ContainerState::Running) => {
                    if !self.is_ready() {
                        found.push(format!("{} of pod {uid} runs without a sandbox", plan.name));
                    }
                }
                Some(ContainerState::Exited { at, code }) => {
                    let waits = self.ledger.now().saturating_sub(*at);
                    let is_stuck = waits > LONGEST_WAIT && plan.image != Image::Missing && !self.is_blocked();
                    if self.is_restarted(*code) && is_stuck {
                        found.push(format!(
                            "{} of pod {uid} ended {waits:?} ago and is not restarted",
                            plan.name
                        ));
                    }
                }
                Some(ContainerState::Created)
                    if plan.image != Image::Missing && newest.is_some_and(|newest| self.is_old(newest)) =>
                {
                    found.push(format!("{} of pod {uid} is created and never started", plan.name));
                }
                Some(ContainerState::Created) => {}
                None if plan.image == Image::Missing || self.is_blocked() => {}
                None => found.push(format!("{} of pod {uid} is missing", plan.name)),
            }
        }
        // In a new sandbox the init containers come first, whatever became of the others in the one before.
        if is_all_done && !self.is_blocked() {
            found.push(format!("all containers of pod {uid} are done, but it is not completed"));
        }
    }

    fn check_completed(&self, found: &mut Vec<String>) {
        let uid = self.uid;
        if self.spec.policy == Policy::Always {
            found.push(format!("pod {uid} is completed, but its containers are always restarted"));
        }
        let own = self.ledger.containers.values().filter(|container| container.uid == uid);
        for container in own.filter(|container| container.state == ContainerState::Running) {
            found.push(format!("{} of completed pod {uid} runs", container.name));
        }
        if self.is_ready() {
            found.push(format!("completed pod {uid} has a ready sandbox"));
        }
        if self.host.cgroups().pods.keys().any(|group| group.uid.as_str() == uid) {
            found.push(format!("completed pod {uid} has its control group"));
        }
        let directory = Path::new(PODS).join(uid);
        if self.host.mounts().iter().any(|mount| mount.mount_point.starts_with(&directory)) {
            found.push(format!("completed pod {uid} has its volumes mounted"));
        }
        if !children(self.host, &directory.join("volumes/kubernetes.io~empty-dir")).is_empty() {
            found.push(format!("completed pod {uid} has its volumes"));
        }
    }

    /// Whether it was made long enough ago to have been started since.
    fn is_old(&self, container: &ContainerModel) -> bool {
        self.ledger.now().saturating_sub(container.created_at) > Duration::from_secs(10)
    }

    fn is_restarted(&self, code: i32) -> bool {
        match self.spec.policy {
            Policy::Always => true,
            Policy::OnFailure => code != 0,
            Policy::Never => false,
        }
    }

    fn is_done(&self, container: &ContainerModel) -> bool {
        matches!(container.state, ContainerState::Exited { code, .. } if !self.is_restarted(code))
    }

    /// Whether an init container keeps the others from ever being started.
    fn is_blocked(&self) -> bool {
        let blocks = |plan: &ContainerPlan| {
            plan.image == Image::Missing
                || match plan.behaviour {
                    Behaviour::Exits(_, code) => code != 0,
                    Behaviour::NoSuchCommand => true,
                    Behaviour::Forever(_) | Behaviour::Stubborn => !plan.is_sidecar,
                }
        };
        self.spec.init.iter().any(blocks)
    }
}
