//! What a kubelet did with one manifest: the golden file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::normalize::Names;
use crate::recorder::Call;
use crate::{canonical, machine, place};

mod sorter;

pub use sorter::{PodCalls, Sorter};
use sorter::{container_name, field};

/// Everything about one case, with placeholders for what differs from run to run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outcome {
    /// The pod's UID: upstream derives it from the decoded manifest, the node's name and the manifest's path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// The last words of a kubelet that the manifest ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubelet_ended: Option<String>,
    /// Why the manifest was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// Phase, reason and message of a pod that was not admitted.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub rejection: Value,
    /// Why containers wait that were never made, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub waiting: BTreeMap<String, String>,
    /// Warnings to the user.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Value>,
    /// Images asked for, each different request once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pulls: Vec<Value>,
    /// The first request for a sandbox, and its answer.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub sandbox: Value,
    /// The pod's cgroup when the sandbox was asked for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cgroup: BTreeMap<String, Value>,
    /// Creations and starts of first attempts, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<String>,
    /// The first attempt of each container.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub containers: BTreeMap<String, Value>,
    /// What distinguishes the second attempt of a container.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub restarts: BTreeMap<String, Value>,
    /// Resources changed on a running container or sandbox.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub updates: Vec<Value>,
    /// Commands of probes and hooks, each once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub execs: Vec<Value>,
    /// The time that each container is given to end, in seconds.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub stops: BTreeMap<String, i64>,
    /// Whether the sandbox was stopped in the end.
    pub sandbox_stopped: bool,
}

impl Outcome {
    /// Whether everything that `expected` did was done here too, right or wrong.
    pub fn has_all_of(&self, expected: &Self) -> bool {
        self.sandbox.is_null() == expected.sandbox.is_null()
            && self.order.len() >= expected.order.len()
            && self.pulls.len() >= expected.pulls.len()
            && self.execs.len() >= expected.execs.len()
            && self.has_timed_parts_of(expected)
    }

    /// Whether what `expected` did after a time was done here too: restarts, and the end of a pod by its deadline.
    pub fn has_timed_parts_of(&self, expected: &Self) -> bool {
        expected.restarts.keys().all(|name| self.restarts.contains_key(name))
            && (expected.rejection.is_null() || self.sandbox_stopped == expected.sandbox_stopped)
    }
}

/// Makes the outcome of a pod from its calls. What the log and the status page say is added by the session.
pub fn outcome(pod: &PodCalls) -> Outcome {
    let mut result = Outcome::default();
    let names = names(pod);
    for call in &pod.calls {
        add(&mut result, &names, pod, call);
    }
    // Which probe came first is chance.
    result.execs.sort_by_key(Value::to_string);
    result.sandbox_stopped = !pod.sandboxes.is_empty() && !pod.has_running_sandbox();
    result
}

/// The placeholders for one pod.
pub fn names(pod: &PodCalls) -> Names {
    let mut names = Names::default();
    names.add(&place::root().display().to_string(), "<root>");
    names.add(uid(pod).unwrap_or_default(), "<uid>");
    for sandbox in &pod.sandboxes {
        names.add(sandbox, "<sandbox>");
    }
    for (id, name) in &pod.containers {
        names.add(id, format!("<container {name}>"));
    }
    for address in &pod.addresses {
        names.add(address, "<pod address>");
    }
    names
}

fn uid(pod: &PodCalls) -> Option<&str> {
    pod.calls.iter().find_map(|call| {
        ["/config/metadata/uid", "/sandbox_config/metadata/uid"]
            .iter()
            .find_map(|pointer| call.request.pointer(pointer).and_then(Value::as_str))
    })
}

fn add(result: &mut Outcome, names: &Names, pod: &PodCalls, call: &Call) {
    let known = |id: &str| pod.containers.get(id).cloned().unwrap_or_default();
    match call.method.as_str() {
        "RunPodSandbox" if result.sandbox.is_null() => {
            result.uid = uid(pod).map(str::to_owned);
            let mut request = call.request.clone();
            if let Some(config) = request.get_mut("config") {
                canonical::config(config, &machine::page_sizes());
            }
            result.sandbox = names.value(&answered(&request, call));
            result.cgroup = call.observed.clone();
        }
        "PullImage" => {
            let pull = names.value(&json!({
                "image": call.request.get("image"),
                "auth": call.request.get("auth"),
                "code": call.code,
            }));
            if !result.pulls.contains(&pull) {
                result.pulls.push(pull);
            }
        }
        "CreateContainer" => add_creation(result, names, pod, call),
        "StartContainer" => {
            let name = known(field(&call.request, "container_id"));
            if let Some(container) = result.containers.get_mut(&name)
                && container.get("started").is_none()
            {
                container["started"] = json!(call.code);
                if call.code != 0 {
                    container["start_error"] = names.value(&json!(call.message));
                }
                result.order.push(format!("start {name}"));
            }
        }
        "ExecSync" => {
            let exec = names.value(&json!({
                "container": known(field(&call.request, "container_id")),
                "command": call.request.get("cmd"),
                "timeout": call.request.get("timeout"),
            }));
            if !result.execs.contains(&exec) {
                result.execs.push(exec);
            }
        }
        "UpdateContainerResources" | "UpdatePodSandboxResources" => {
            result.updates.push(names.value(&call.request))
        }
        "StopContainer" => {
            let timeout = call.request.get("timeout").and_then(Value::as_i64).unwrap_or_default();
            result.stops.entry(known(field(&call.request, "container_id"))).or_insert(timeout);
        }
        _ => {}
    }
}

fn add_creation(result: &mut Outcome, names: &Names, pod: &PodCalls, call: &Call) {
    let name = container_name(&call.request).to_owned();
    let mut config = call.request.get("config").cloned().unwrap_or_default();
    canonical::config(&mut config, &machine::page_sizes());
    let attempt = config.pointer("/metadata/attempt").and_then(Value::as_u64).unwrap_or_default();
    if attempt == 0 && !result.containers.contains_key(&name) {
        let mut container = names.value(&answered(&json!({"config": config}), call));
        if !call.observed.is_empty() {
            container["mounted"] = names.value(&json!(call.observed));
        }
        let sandbox = pod.calls.iter().find(|call| call.method == "RunPodSandbox" && call.code == 0);
        let given = [sandbox.and_then(|call| call.request.get("config")), call.request.get("sandbox_config")];
        let [asked, repeated] = given.map(|config| {
            let mut config = config.cloned().unwrap_or_default();
            canonical::config(&mut config, &machine::page_sizes());
            config
        });
        container["same_sandbox_config"] = Value::Bool(asked == repeated);
        result.containers.insert(name.clone(), container);
        result.order.push(format!("create {name}"));
    } else if attempt == 1 && !result.restarts.contains_key(&name) {
        let restart = names.value(&json!({
            "attempt": attempt,
            "log_path": config.get("log_path"),
            "labels": config.get("labels"),
            "annotations": config.get("annotations"),
        }));
        result.restarts.insert(name, restart);
    }
}

/// A request with the code and error of its answer.
fn answered(request: &Value, call: &Call) -> Value {
    let mut value = request.clone();
    value["code"] = json!(call.code);
    if call.code != 0 {
        value["error"] = json!(call.message);
    }
    value
}

#[cfg(test)]
mod tests;
