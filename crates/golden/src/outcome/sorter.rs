//! Which call belongs to which pod.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::recorder::Call;

/// The calls that concern one pod, and whether it is at rest.
#[derive(Debug, Default)]
pub struct PodCalls {
    pub(super) calls: Vec<Call>,
    /// Names by id.
    pub(super) containers: BTreeMap<String, String>,
    pub(super) sandboxes: Vec<String>,
    pub(super) addresses: Vec<String>,
}

impl PodCalls {
    /// How many calls there are.
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Whether there is a sandbox that was not stopped yet.
    pub fn has_running_sandbox(&self) -> bool {
        self.sandboxes.iter().any(|sandbox| {
            !self.calls.iter().any(|call| {
                call.method == "StopPodSandbox"
                    && call.code == 0
                    && field(&call.request, "pod_sandbox_id") == sandbox
            })
        })
    }
}

/// Distributes calls to pods by the pod's name.
#[derive(Debug, Default)]
pub struct Sorter {
    taken: usize,
    pods: BTreeMap<String, PodCalls>,
    owner_of_sandbox: BTreeMap<String, String>,
    owner_of_container: BTreeMap<String, String>,
}

impl Sorter {
    /// How many calls were taken so far.
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// The calls of the pod, none if nothing was seen of it.
    pub fn pod(&self, name: &str) -> Option<&PodCalls> {
        self.pods.get(name)
    }

    /// Takes further calls.
    pub fn take(&mut self, calls: Vec<Call>) {
        for call in calls {
            self.taken += 1;
            if let Some(pod) = self.owner(&call) {
                self.assign(pod, call);
            }
        }
    }

    fn owner(&self, call: &Call) -> Option<String> {
        let named = ["/config/metadata/name", "/sandbox_config/metadata/name"];
        match call.method.as_str() {
            "RunPodSandbox" | "CreateContainer" | "PullImage" => {
                let pointer = if call.method == "RunPodSandbox" { named[0] } else { named[1] };
                call.request.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
            }
            _ => self
                .owner_of_container
                .get(field(&call.request, "container_id"))
                .or_else(|| self.owner_of_sandbox.get(field(&call.request, "pod_sandbox_id")))
                .cloned(),
        }
    }

    fn assign(&mut self, name: String, call: Call) {
        let pod = self.pods.entry(name.clone()).or_default();
        let response = |key: &str| field(&call.response, key).to_owned();
        match call.method.as_str() {
            "RunPodSandbox" if call.code == 0 => {
                let id = response("pod_sandbox_id");
                self.owner_of_sandbox.insert(id.clone(), name);
                pod.sandboxes.push(id);
            }
            "CreateContainer" if call.code == 0 => {
                let id = response("container_id");
                self.owner_of_container.insert(id.clone(), name);
                pod.containers.insert(id, container_name(&call.request).to_owned());
            }
            "PodSandboxStatus" => {
                if let Some(address) = call.response.pointer("/status/network/ip").and_then(Value::as_str) {
                    pod.addresses.push(address.to_owned());
                }
                return;
            }
            _ => {}
        }
        pod.calls.push(call);
    }
}

pub(super) fn container_name(request: &Value) -> &str {
    request.pointer("/config/metadata/name").and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn field<'value>(value: &'value Value, name: &str) -> &'value str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
