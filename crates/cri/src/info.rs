//! Facts from the free-form `info` of verbose answers, which no field of the protocol carries.

use std::collections::BTreeMap;

use crate::v1::{ContainerStatusResponse, PodSandboxStatusResponse};

/// Process id of a container's first process, from a verbose status. `None` when the runtime does not tell, or when there
/// is no process (containerd says 0 then).
///
/// containerd and CRI-O both put a JSON object under the key `info` with a number `pid` in it (containerd
/// `internal/cri/server/container_status.go`, CRI-O `server/container_status.go`).
pub fn container_pid(answer: &ContainerStatusResponse) -> Option<u32> {
    pid(&answer.info)
}

/// Process id of a sandbox's pause process, likewise.
pub fn sandbox_pid(answer: &PodSandboxStatusResponse) -> Option<u32> {
    pid(&answer.info)
}

/// The one fact of many: the rest is skipped, not built.
#[derive(serde::Deserialize)]
struct Process {
    pid: u32,
}

fn pid(info: &BTreeMap<String, String>) -> Option<u32> {
    let process: Process = serde_json::from_str(info.get("info")?).ok()?;
    (process.pid != 0).then_some(process.pid)
}
