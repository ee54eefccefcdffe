//! Running a program: never through a shell, for a minute at most, with bounded output.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tasks::program::{ProgramError, ProgramLimits, ask};
use tokio::process::Command;

/// As upstream: enough for a program that tries again once or twice.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The largest answer: some thousand registries.
const MAX_ANSWER_BYTES: u64 = 4 * 1024 * 1024;

/// Why a program gave no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// It could not be started, or its output not be read.
    #[error("error execing credential provider plugin {name}")]
    Io {
        /// The program.
        name: String,
        /// Why not.
        source: Arc<std::io::Error>,
    },
    /// It ran too long and was killed.
    #[error("error execing credential provider plugin {name}: it did not answer within {} s", TIMEOUT.as_secs())]
    TimedOut {
        /// The program.
        name: String,
    },
    /// It failed.
    #[error("error execing credential provider plugin {name}: {status}: {complaint}")]
    Failed {
        /// The program.
        name: String,
        /// How it ended.
        status: std::process::ExitStatus,
        /// The beginning of its standard error.
        complaint: String,
    },
    /// It said more than anybody can mean.
    #[error(
        "error execing credential provider plugin {name}: its answer has more than {MAX_ANSWER_BYTES} bytes"
    )]
    TooLong {
        /// The program.
        name: String,
    },
}

/// Runs `program` with `input` as its standard input; its standard output. The kubelet's environment comes first, so that
/// `environment` wins. Dropping the future kills the program.
pub(super) async fn run(
    program: &Path,
    arguments: &[String],
    environment: &[(String, String)],
    input: &[u8],
) -> Result<Vec<u8>, RunError> {
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut command = Command::new(program);
    command.args(arguments).envs(environment.iter().map(|(name, value)| (name, value)));
    let limits = ProgramLimits { deadline: TIMEOUT, answer_bytes: MAX_ANSWER_BYTES };
    ask(command, input, limits).await.map_err(|error| match error {
        ProgramError::Start(source) | ProgramError::Talk(source) => {
            RunError::Io { name, source: Arc::new(source) }
        }
        ProgramError::TimedOut => RunError::TimedOut { name },
        ProgramError::Failed { status, complaint } => RunError::Failed { name, status, complaint },
        ProgramError::TooLong => RunError::TooLong { name },
    })
}
