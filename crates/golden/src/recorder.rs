//! What the proxy wrote down, for the session to read while it goes on.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde::Serialize;
use serde_json::Value;

/// The calls that are written down; all others pass unseen.
pub const RECORDED: [&str; 14] = [
    "RunPodSandbox",
    "StopPodSandbox",
    "RemovePodSandbox",
    "CreateContainer",
    "StartContainer",
    "StopContainer",
    "RemoveContainer",
    "UpdateContainerResources",
    "UpdatePodSandboxResources",
    "UpdateRuntimeConfig",
    "ExecSync",
    "PullImage",
    "RemoveImage",
    // Only for the addresses that it tells: they are replaced by placeholders.
    "PodSandboxStatus",
];

/// One call from its request to its answer.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// The method without its service.
    pub method: String,
    /// The request, field names as in the protocol.
    pub request: Value,
    /// The answer; null after an error.
    pub response: Value,
    /// The gRPC status code; 0 is success.
    pub code: i32,
    /// The gRPC status message; empty on success.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// What the machine looked like when the request came: the pod's cgroup, or the files to be mounted.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub observed: BTreeMap<String, Value>,
    /// When the request came, in milliseconds from the recorder's start.
    pub at_ms: u64,
    /// How long the answer took, in milliseconds.
    pub took_ms: u64,
}

/// All calls so far, in the order of their answers.
#[derive(Debug)]
pub struct Recorder {
    started: Instant,
    calls: Mutex<Vec<Call>>,
    problems: Mutex<Vec<String>>,
}

impl Default for Recorder {
    fn default() -> Self {
        Self { started: Instant::now(), calls: Mutex::default(), problems: Mutex::default() }
    }
}

impl Recorder {
    /// Milliseconds since the recorder was made.
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Adds a call.
    pub fn push(&self, call: Call) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }

    /// Adds what went wrong with the recording itself: a recording with problems is worth nothing.
    pub fn problem(&self, problem: String) {
        self.problems.lock().unwrap_or_else(PoisonError::into_inner).push(problem);
    }

    /// The calls from `start` on.
    pub fn since(&self, start: usize) -> Vec<Call> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).get(start..).unwrap_or_default().to_vec()
    }

    /// What went wrong with the recording itself.
    pub fn problems(&self) -> Vec<String> {
        self.problems.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
