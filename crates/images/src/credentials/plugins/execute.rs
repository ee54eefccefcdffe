//! Running a program: never through a shell, for a minute at most, with bounded output.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

/// As upstream: enough for a program that tries again once or twice.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The largest answer: some thousand registries.
const MAX_ANSWER_BYTES: u64 = 4 * 1024 * 1024;

/// As much of a program's complaint as is told.
const MAX_COMPLAINT_BYTES: u64 = 4 * 1024;

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
    let io_error = |source| RunError::Io { name: name.clone(), source: Arc::new(source) };
    let mut command = Command::new(program);
    command.args(arguments).envs(environment.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(io_error)?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let conversation = async {
        let said = async {
            if let Some(mut stdin) = stdin {
                // A program need not read what it does not want to know.
                let _ = stdin.write_all(input).await;
            }
        };
        let (_, answer, complaint) =
            tokio::join!(said, read(stdout, MAX_ANSWER_BYTES), read(stderr, MAX_COMPLAINT_BYTES));
        Ok((answer?, complaint?, child.wait().await?))
    };
    let ended = tokio::time::timeout(TIMEOUT, conversation).await;
    let (answer, complaint, status) =
        ended.map_err(|_| RunError::TimedOut { name: name.clone() })?.map_err(io_error)?;
    if !status.success() {
        let complaint = String::from_utf8_lossy(&complaint).trim().to_owned();
        return Err(RunError::Failed { name, status, complaint });
    }
    if answer.len() as u64 > MAX_ANSWER_BYTES {
        return Err(RunError::TooLong { name });
    }
    Ok(answer)
}

/// The beginning of what comes out, one byte more than `max_bytes` if there is more. The rest is read and forgotten, so that the
/// program can end.
async fn read(stream: Option<impl AsyncRead + Unpin>, max_bytes: u64) -> std::io::Result<Vec<u8>> {
    let Some(stream) = stream else { return Ok(Vec::new()) };
    let mut beginning = Vec::new();
    let mut limited = stream.take(max_bytes + 1);
    limited.read_to_end(&mut beginning).await?;
    tokio::io::copy(&mut limited.into_inner(), &mut tokio::io::sink()).await?;
    Ok(beginning)
}
