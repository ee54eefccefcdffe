//! What a start checks, and the log that it opens.

use std::io::Write;

use super::super::call::Call;
use super::super::objects::Process;
use super::super::{FakeRuntime, Program};
use super::not_found;
use crate::CriError;
use crate::service::Answer;
use crate::v1::PodSandboxState;

impl FakeRuntime {
    /// The start of a start: what containerd checks before it makes a process.
    pub(super) fn begin_start(&self, call: &Call) -> Answer<Program> {
        let id = &call.object;
        let program = {
            let world = self.world();
            let container = world.containers.get(id).ok_or_else(|| not_found(call))?;
            let config = container.config.clone();
            drop(world);
            (self.shared.options.programs)(&config)
        };
        self.change(|world| {
            let sandboxes = &world.sandboxes;
            let container = world.containers.get_mut(id).ok_or_else(|| not_found(call))?;
            let problem = match container.process {
                Process::Created => None,
                Process::Starting(_) => Some("container is already in starting state".to_owned()),
                Process::Running { .. } | Process::Ended(_) | Process::Exited(_) => {
                    Some(format!("container is in {} state", container.process.state().as_str_name()))
                }
            };
            if let Some(problem) = problem {
                let message = format!("failed to set starting state for container {id:?}: {problem}");
                return Err(CriError::unknown(call.operation, message));
            }
            let sandbox_id = container.sandbox_id.clone();
            let is_ready = sandboxes
                .get(&sandbox_id)
                .is_some_and(|sandbox| sandbox.state() == PodSandboxState::SandboxReady);
            container.process = Process::Starting(None);
            if !is_ready {
                let message = not_running(&sandbox_id);
                world.fail_start(id, &message);
                return Err(CriError::unknown(call.operation, message));
            }
            Ok(program)
        })
    }

    /// Why a start comes too late, if the sandbox or the container went meanwhile.
    pub(super) fn sandbox_ended(&self, container_id: &str) -> Option<String> {
        let world = self.world();
        let Some(container) = world.containers.get(container_id) else {
            return Some(format!("container {container_id:?}: not found"));
        };
        let sandbox = world.sandboxes.get(&container.sandbox_id);
        let is_ready = sandbox.is_some_and(|sandbox| sandbox.state() == PodSandboxState::SandboxReady);
        (!is_ready).then(|| not_running(&container.sandbox_id))
    }

    /// Opens the log as a runtime does, and writes what the program prints.
    pub(super) fn write_log(&self, container_id: &str, program: &Program) -> Result<(), String> {
        if !self.shared.options.writes_logs {
            return Ok(());
        }
        let world = self.world();
        let Some(container) = world.containers.get(container_id) else { return Ok(()) };
        if container.log_path.is_empty() {
            return Ok(());
        }
        let failed = |error: std::io::Error| format!("failed to open {:?}: {error}", container.log_path);
        let mut file =
            std::fs::File::options().create(true).append(true).open(&container.log_path).map_err(failed)?;
        let time = jiff::Timestamp::from_nanosecond(world.now_nanos().into()).unwrap_or_default();
        for line in &program.output {
            writeln!(file, "{time:.9} stdout F {line}").map_err(failed)?;
        }
        Ok(())
    }
}

/// containerd's words for a sandbox that is not ready.
pub(super) fn not_running(sandbox_id: &str) -> String {
    format!("sandbox container {sandbox_id:?} is not running")
}
