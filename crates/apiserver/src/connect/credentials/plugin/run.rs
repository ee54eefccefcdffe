//! Runs the program: never through a shell, for a minute at most, with bounded output.

use super::{PluginError, PluginSettings};
use std::io::ErrorKind;
use std::time::Duration;
use tasks::program::{ProgramError, ProgramLimits, ask};
use tokio::process::Command;

/// Plugins ask servers; client-go would wait for ever, and no request would pass meanwhile.
const DEADLINE: Duration = Duration::from_secs(60);

/// The largest answer: some certificates.
const MAX_ANSWER_BYTES: u64 = 1024 * 1024;

/// What the program says. Dropping the future kills it.
pub(super) async fn run(settings: &PluginSettings) -> Result<Vec<u8>, PluginError> {
    let mut program = Command::new(&settings.command);
    program.args(&settings.arguments).envs(settings.environment.iter().cloned());
    let limits = ProgramLimits { deadline: DEADLINE, answer_bytes: MAX_ANSWER_BYTES };
    let command = settings.command.clone();
    ask(program, b"", limits).await.map_err(|error| match error {
        ProgramError::Start(source)
            if matches!(source.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) =>
        {
            PluginError::NotFound { command, hint: settings.hint.clone() }
        }
        ProgramError::Start(source) | ProgramError::Talk(source) => PluginError::Io { command, source },
        ProgramError::TimedOut => PluginError::TimedOut { command, deadline: DEADLINE },
        ProgramError::Failed { status, complaint } => PluginError::Failed { command, status, complaint },
        ProgramError::TooLong => PluginError::TooLong { command, limit_bytes: MAX_ANSWER_BYTES },
    })
}
