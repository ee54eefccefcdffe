//! What the process of a container does.

use std::time::Duration;

/// Behaviour of one container's process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// It exits by itself this long after its start; `None` runs forever.
    pub runs_for: Option<Duration>,
    /// With this code when it exits by itself.
    pub exit_code: i32,
    /// What it does when told to stop.
    pub on_stop: OnStop,
    /// Starting it fails with these words, as for a command that is not in the image.
    pub start_failure: Option<String>,
    /// Lines that it prints when it starts, if the fake writes logs.
    pub output: Vec<String>,
}

/// Answer of a process to the stop signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnStop {
    /// It exits a while later.
    Exits {
        /// How much later.
        after: Duration,
        /// With this code.
        exit_code: i32,
    },
    /// Nothing: only SIGKILL ends it, with code 137.
    Ignores,
}

impl Program {
    /// Runs until told to stop, then exits at once with 0.
    pub fn forever() -> Self {
        Program {
            runs_for: None,
            exit_code: 0,
            on_stop: OnStop::Exits { after: Duration::ZERO, exit_code: 0 },
            start_failure: None,
            output: Vec::new(),
        }
    }

    /// Exits by itself.
    pub fn exits_after(runs_for: Duration, exit_code: i32) -> Self {
        Program { runs_for: Some(runs_for), exit_code, ..Program::forever() }
    }

    /// Cannot be started.
    pub fn fails_to_start(message: impl Into<String>) -> Self {
        Program { start_failure: Some(message.into()), ..Program::forever() }
    }

    /// The same, with another answer to the stop signal.
    pub fn on_stop(self, on_stop: OnStop) -> Self {
        Program { on_stop, ..self }
    }
}

impl Default for Program {
    fn default() -> Self {
        Program::forever()
    }
}
