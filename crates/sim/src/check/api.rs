//! What the kubelet writes to the API server, against the rules.

use super::ledger::Ledger;
use super::model::ContainerState;
use crate::scenario::Content;
use apiserver::fake::{ObjectChange, PODS, User};
use serde_json::Value;

/// Marks a mirror pod; the value is the version of the static pod.
pub(super) const MIRROR: &str = "kubernetes.io/config.mirror";

/// Conditions that kubelets write; all others are somebody else's.
const OWN_CONDITIONS: &[&str] = &[
    "PodScheduled",
    "Initialized",
    "ContainersReady",
    "Ready",
    "PodReadyToStartContainers",
    "DisruptionTarget",
    "PodResizePending",
    "PodResizeInProgress",
    "AllContainersRestarting",
];

impl Ledger {
    /// Takes in what happened to an object of the API server.
    pub fn object_changed(&mut self, change: &ObjectChange) {
        self.changes_seen += 1;
        let resource = change.key.resource;
        let contents = [Content::Secret, Content::ConfigMap];
        if let Some(content) = contents.into_iter().find(|content| content.resource() == resource) {
            return self.content_changed(content, change);
        }
        if *resource != PODS {
            return;
        }
        let name = &change.key.name;
        let phase = |pod: &Option<std::sync::Arc<Value>>| match pod {
            Some(pod) => phase(pod).to_owned(),
            None => "-".to_owned(),
        };
        let (from, to) = (phase(&change.before), phase(&change.after));
        let who = match change.by {
            User::Admin => "somebody",
            User::Node(_) => "the kubelet",
        };
        self.trace_line(format_args!("   {who} writes pod {name}: {from} to {to}"));
        match (&change.by, &change.before, &change.after) {
            (User::Node(_), Some(before), Some(after)) => self.kubelet_writes(before, after),
            (User::Node(_), Some(before), None) => self.kubelet_removes(before),
            (User::Node(_), None, _) | (User::Admin, _, _) => {}
        }
    }

    fn kubelet_writes(&mut self, before: &Value, after: &Value) {
        let (uid, name) = (uid(after).to_owned(), name(after).to_owned());
        for other in others_conditions(before) {
            let kept = conditions(after).iter().any(|condition| condition == other);
            if !kept {
                self.broken(format_args!(
                    "the kubelet took a condition of another writer from {name}: {other}"
                ));
            }
        }
        if is_mirror(after) {
            return;
        }
        let (from, to) = (phase(before), phase(after));
        // In a new sandbox init containers run again, and until then the pod is pending, as upstream has it.
        let has_init_containers =
            after["spec"]["initContainers"].as_array().is_some_and(|list| !list.is_empty());
        let begins_again = has_init_containers && !is_terminal(from);
        let goes_back = rank(to) < rank(from) && !begins_again || is_terminal(from) && from != to;
        if goes_back && !self.restored.contains(&uid) {
            self.broken(format_args!("the phase of pod {name} {uid} went back from {from} to {to}"));
        }
        for field in ["containerStatuses", "initContainerStatuses"] {
            for status in after["status"][field].as_array().into_iter().flatten() {
                let mut former = before["status"][field].as_array().into_iter().flatten();
                let former = former.find(|former| former["name"] == status["name"]);
                let count = |status: &Value| status["restartCount"].as_i64().unwrap_or_default();
                let before = former.map_or(0, count);
                if count(status) < before && !self.restored.contains(&uid) {
                    let container = status["name"].as_str().unwrap_or_default();
                    self.broken(format_args!(
                        "the restart count of {container} in pod {name} {uid} fell from {before} to {}",
                        count(status)
                    ));
                }
            }
        }
        if is_terminal(to) {
            self.must_not_run(&uid, "its terminal phase was written");
            self.reported_terminal.insert(uid);
        }
    }

    fn kubelet_removes(&mut self, last: &Value) {
        let (uid, name) = (uid(last).to_owned(), name(last).to_owned());
        if is_mirror(last) {
            return;
        }
        if !is_terminal(phase(last)) {
            self.broken(format_args!("pod {name} {uid} is removed as {} and was never over", phase(last)));
        }
        if last["metadata"]["deletionTimestamp"].is_null() {
            self.broken(format_args!("the kubelet deletes pod {name} {uid}, which nobody else did"));
        }
        self.must_not_run(&uid, "it was removed");
        if self.sandboxes.values().any(|sandbox| sandbox.uid == uid && sandbox.is_ready) {
            self.broken(format_args!("pod {name} {uid} is removed, and its sandbox is ready"));
        }
    }

    /// An older state of all pods is back: what was written since counts for nothing.
    pub fn pods_restored(&mut self, pods: &[std::sync::Arc<Value>]) {
        self.is_restored = true;
        for pod in pods {
            self.restored.insert(uid(pod).to_owned());
            if !is_terminal(phase(pod)) {
                self.reported_terminal.remove(uid(pod));
            }
        }
    }

    fn must_not_run(&mut self, uid: &str, when: &str) {
        let running = self
            .containers
            .values()
            .find(|container| container.uid == uid && container.state == ContainerState::Running)
            .map(|container| container.name.clone());
        if let Some(container) = running {
            self.broken(format_args!("{container} of pod {uid} runs when {when}"));
        }
    }

    /// A container has started.
    pub(super) fn may_start(&mut self, uid: &str, name: &str) {
        if self.reported_terminal.contains(uid) {
            self.broken(format_args!("{name} of pod {uid} starts, after the pod was reported as over"));
        }
    }
}

/// The UID.
pub(super) fn uid(pod: &Value) -> &str {
    pod["metadata"]["uid"].as_str().unwrap_or_default()
}

/// The name.
pub(super) fn name(pod: &Value) -> &str {
    pod["metadata"]["name"].as_str().unwrap_or_default()
}

/// The phase.
pub(super) fn phase(pod: &Value) -> &str {
    pod["status"]["phase"].as_str().unwrap_or("Pending")
}

/// Whether it shows a static pod.
pub fn is_mirror(pod: &Value) -> bool {
    pod["metadata"]["annotations"].get(MIRROR).is_some()
}

/// Whether nothing of it will ever run again.
pub(super) fn is_terminal(phase: &str) -> bool {
    matches!(phase, "Succeeded" | "Failed")
}

/// Its conditions.
pub(super) fn conditions(pod: &Value) -> &[Value] {
    pod["status"]["conditions"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn others_conditions(pod: &Value) -> impl Iterator<Item = &Value> {
    conditions(pod).iter().filter(|condition| !OWN_CONDITIONS.iter().any(|own| condition["type"] == *own))
}

fn rank(phase: &str) -> u8 {
    match phase {
        "Pending" => 0,
        "Running" => 1,
        _ => 2,
    }
}
