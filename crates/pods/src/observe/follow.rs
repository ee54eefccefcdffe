//! Waiting for the end of one process, and asking until the runtime knows of it.

use super::records::Question;
use cri::RuntimeService;
use host::processes::{Expect, Processes};
use std::sync::Arc;
use std::time::Duration;

/// After a process ended the runtime learns of it a moment later; it is asked after these pauses.
pub(super) const ASK_AGAIN: [Duration; 9] = [
    Duration::from_millis(1),
    Duration::from_millis(2),
    Duration::from_millis(4),
    Duration::from_millis(8),
    Duration::from_millis(16),
    Duration::from_millis(32),
    Duration::from_millis(64),
    Duration::from_millis(128),
    Duration::from_millis(256),
];

/// Resolves when the process of the container or sandbox has ended. Resolves to `false` when that cannot be
/// told, so that the relist has to find it.
pub(super) async fn process_end(
    runtime: Arc<dyn RuntimeService>,
    processes: Arc<dyn Processes>,
    question: Question,
    pid: Option<u32>,
) -> bool {
    let (id, pid) = match &question {
        Question::Container { id, .. } => {
            let pid = match pid {
                Some(pid) => Some(pid),
                None => {
                    let answer = runtime.container_status(id.as_str(), true).await;
                    answer.ok().as_ref().and_then(cri::info::container_pid)
                }
            };
            (id.as_str(), pid)
        }
        Question::Sandbox { id, .. } => {
            let pid = match pid {
                Some(pid) => Some(pid),
                None => {
                    let answer = runtime.pod_sandbox_status(id.as_str(), true).await;
                    answer.ok().as_ref().and_then(cri::info::sandbox_pid)
                }
            };
            (id.as_str(), pid)
        }
    };
    let Some(pid) = pid else { return false };
    // The id may have been given to another process since the runtime told it.
    let expect = Expect { cgroup_contains: Some(id.to_owned()), start_time_ticks: None };
    match processes.open(pid, &expect).await {
        Ok(process) => process.ended().await.is_ok(),
        Err(
            host::processes::ProcessError::Ended { .. }
            | host::processes::ProcessError::AnotherProcess { .. },
        ) => true,
        Err(host::processes::ProcessError::InvalidId { .. } | host::processes::ProcessError::Io { .. }) => {
            false
        }
    }
}
