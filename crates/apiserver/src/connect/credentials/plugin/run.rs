//! Runs the program: never through a shell, for a minute at most, with bounded output.

use super::{PluginError, PluginSettings};
use std::io;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

/// Plugins ask servers; client-go would wait for ever, and no request would pass meanwhile.
const DEADLINE: Duration = Duration::from_secs(60);

/// The largest answer: some certificates.
const MAX_ANSWER_BYTES: u64 = 1024 * 1024;

/// As much of the program's complaint as is told.
const MAX_COMPLAINT_BYTES: u64 = 4 * 1024;

/// What the program says. Dropping the future kills it.
pub(super) async fn run(settings: &PluginSettings) -> Result<Vec<u8>, PluginError> {
    let name = || settings.command.clone();
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => {
            PluginError::NotFound { command: name(), hint: settings.hint.clone() }
        }
        _ => PluginError::Io { command: name(), source },
    };
    let mut command = Command::new(&settings.command);
    command.args(&settings.arguments).envs(settings.environment.iter().cloned());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(failed)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let conversation = async {
        let (answer, complaint) =
            tokio::join!(read(stdout, MAX_ANSWER_BYTES), read(stderr, MAX_COMPLAINT_BYTES));
        Ok((answer?, complaint?, child.wait().await?))
    };
    let ended = tokio::time::timeout(DEADLINE, conversation).await;
    let ended = ended.map_err(|_| PluginError::TimedOut { command: name(), deadline: DEADLINE })?;
    let (answer, complaint, status) = ended.map_err(|source| PluginError::Io { command: name(), source })?;
    if !status.success() {
        let complaint = String::from_utf8_lossy(&complaint).trim().to_owned();
        return Err(PluginError::Failed { command: name(), status, complaint });
    }
    if answer.len() as u64 > MAX_ANSWER_BYTES {
        return Err(PluginError::TooLong { command: name(), limit_bytes: MAX_ANSWER_BYTES });
    }
    Ok(answer)
}

/// The beginning of what comes out, one byte more than `max_bytes` if there is more. The rest is read and forgotten, so that
/// the program can end.
async fn read(stream: Option<impl AsyncRead + Unpin>, max_bytes: u64) -> io::Result<Vec<u8>> {
    let Some(stream) = stream else { return Ok(Vec::new()) };
    let mut beginning = Vec::new();
    let mut limited = stream.take(max_bytes + 1);
    limited.read_to_end(&mut beginning).await?;
    tokio::io::copy(&mut limited.into_inner(), &mut tokio::io::sink()).await?;
    Ok(beginning)
}
