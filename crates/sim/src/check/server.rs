//! What the API server must have after a long quiet time.

use super::api::{MIRROR, conditions, is_mirror, is_terminal, name, phase, uid};
use super::content::check_content;
use super::ledger::Ledger;
use super::model::{ContainerModel, ContainerState};
use super::quiet::Observed;
use super::requests::{Sources, check_requests};
use crate::scenario::{ApiPod, GATE};
use apiserver::fake::Entry;
use host::fake::FakeHost;
use pods::actor::PodPhase;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the server has, and what was asked of it.
pub struct Served<'a> {
    /// All its pods.
    pub pods: Vec<Arc<Value>>,
    /// What its pods were made from.
    pub made: &'a [ApiPod],
    /// Requests in the last two minutes.
    pub requests: Vec<Entry>,
    /// What may have made them.
    pub sources: Sources,
    /// Whether the node's object is there. A restored backup may be older.
    pub has_node: bool,
    /// The names of static pods.
    pub static_pods: BTreeSet<String>,
}

/// Writes down whatever is not as it should be.
pub fn check_server(ledger: &mut Ledger, host: &FakeHost, served: &Served<'_>, observed: &Observed<'_>) {
    let mut found = Vec::new();
    for pod in served.pods.iter().filter(|pod| !is_mirror(pod)) {
        let what = Reported { ledger, pod, uid: uid(pod), spec: pod };
        if !pod["metadata"]["deletionTimestamp"].is_null() {
            found.push(format!("deleted pod {} {} is still there as {}", name(pod), what.uid, phase(pod)));
            continue;
        }
        what.check(observed.phases.get(what.uid), &mut found);
        if let Some(made) = served.made.iter().find(|made| made.name == name(pod)) {
            check_content(ledger, host, what.uid, made, &mut found);
        }
    }
    check_mirrors(ledger, served, observed, &mut found);
    check_requests(&served.requests, &served.sources, &mut found);
    for what in found {
        ledger.broken(format_args!("{what}"));
    }
}

fn check_mirrors(ledger: &Ledger, served: &Served<'_>, observed: &Observed<'_>, found: &mut Vec<String>) {
    let mirrors: Vec<&Arc<Value>> = served.pods.iter().filter(|pod| is_mirror(pod)).collect();
    let names: BTreeSet<String> = mirrors.iter().map(|mirror| name(mirror).to_owned()).collect();
    // A kubelet whose node was deleted, or came back with no backup, makes no mirrors before it is started again.
    if names != served.static_pods && served.has_node {
        found.push(format!("there are mirrors of {names:?}, static pods are {:?}", served.static_pods));
    }
    for mirror in mirrors {
        let static_uid = mirror["metadata"]["annotations"][MIRROR].as_str().unwrap_or_default();
        if observed.phases.contains_key(static_uid) {
            let what = Reported { ledger, pod: mirror, uid: static_uid, spec: mirror };
            what.check(observed.phases.get(static_uid), found);
        }
    }
}

/// A pod's status against what runs.
struct Reported<'a> {
    ledger: &'a Ledger,
    pod: &'a Value,
    uid: &'a str,
    spec: &'a Value,
}

impl Reported<'_> {
    fn check(&self, actor: Option<&PodPhase>, found: &mut Vec<String>) {
        let (name, uid, phase) = (name(self.pod), self.uid, phase(self.pod));
        match actor {
            // A static pod never has a phase that it could not leave: one whose containers never all ran stays pending.
            Some(PodPhase::Completed) if is_mirror(self.pod) && self.has_lost_container() => {}
            Some(PodPhase::Completed) if !is_terminal(phase) => {
                found.push(format!("pod {name} {uid} is completed, and told as {phase}"));
            }
            Some(PodPhase::Syncing) if is_terminal(phase) => {
                found.push(format!("pod {name} {uid} is told as {phase}, and the kubelet keeps it running"));
            }
            Some(PodPhase::Syncing | PodPhase::Completed | PodPhase::Ending) | None => {}
        }
        let mut all_running = true;
        for container in self.spec["spec"]["containers"].as_array().into_iter().flatten() {
            let container = container["name"].as_str().unwrap_or_default();
            let newest = self.newest(container);
            let is_running = newest.is_some_and(|newest| newest.state == ContainerState::Running);
            all_running &= is_running;
            let status = self.status(container);
            if self.cannot_be_told(status) {
                continue;
            }
            if status["state"]["running"].is_null() == is_running {
                found.push(format!(
                    "{container} of pod {name} {uid} runs: {is_running}, and is told as {status}"
                ));
            }
            let Some(newest) = newest.filter(|_| is_running) else { continue };
            // A container that nobody finds any more counts as one more start.
            if status["restartCount"].as_u64() < Some(u64::from(newest.attempt)) {
                found.push(format!(
                    "{container} of pod {name} {uid} is its start {}, and is told as {status}",
                    newest.attempt
                ));
            }
        }
        if all_running && phase != "Running" {
            found.push(format!("all of pod {name} {uid} runs, and it is told as {phase}"));
        }
        self.check_readiness(all_running, found);
    }

    fn check_readiness(&self, all_running: bool, found: &mut Vec<String>) {
        let is_true = |kind: &str| {
            conditions(self.pod)
                .iter()
                .any(|condition| condition["type"] == kind && condition["status"] == "True")
        };
        let has_gate = !self.pod["spec"]["readinessGates"].is_null();
        let expected = all_running && (!has_gate || is_true(GATE));
        if is_true("Ready") != expected {
            let (name, uid) = (name(self.pod), self.uid);
            found.push(format!("pod {name} {uid} should be ready: {expected}, and is told otherwise"));
        }
    }

    /// Whether a container runs again because somebody else has removed what was left of it, and the server lets nobody tell
    /// so. A mirror is made anew for that.
    fn cannot_be_told(&self, status: &Value) -> bool {
        let exit_code = &status["state"]["terminated"]["exitCode"];
        let is_final = match self.spec["spec"]["restartPolicy"].as_str() {
            Some("Never") => !exit_code.is_null(),
            Some("OnFailure") => *exit_code == 0,
            Some(_) | None => false,
        };
        is_final && self.ledger.robbed.contains(self.uid) && !is_mirror(self.pod)
    }

    /// Whether it is said of a container that nobody knows how it ended.
    fn has_lost_container(&self) -> bool {
        let mut statuses = self.pod["status"]["containerStatuses"].as_array().into_iter().flatten();
        statuses.any(|status| status["state"]["terminated"]["reason"] == "ContainerStatusUnknown")
    }

    fn newest(&self, name: &str) -> Option<&ContainerModel> {
        let own = self.ledger.containers().values();
        let own = own.filter(|container| container.uid == self.uid && container.name == name);
        own.max_by_key(|container| container.order)
    }

    fn status(&self, name: &str) -> &Value {
        let mut statuses = self.pod["status"]["containerStatuses"].as_array().into_iter().flatten();
        statuses.find(|status| status["name"] == name).unwrap_or(&Value::Null)
    }
}
