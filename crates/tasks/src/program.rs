//! A program that is asked something: what goes in, what comes out, for a while at most and no more than fits.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

/// As much of a program's complaint as is told.
const MAX_COMPLAINT_BYTES: u64 = 4 * 1024;

/// What a program may take.
#[derive(Clone, Copy, Debug)]
pub struct ProgramLimits {
    /// It is killed after so long.
    pub deadline: Duration,
    /// Its standard output may have so many bytes.
    pub answer_bytes: u64,
}

/// Why a program gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It could not be started.
    #[error("it cannot be started")]
    Start(#[source] io::Error),
    /// It could not be talked to.
    #[error("it cannot be talked to")]
    Talk(#[source] io::Error),
    /// It ran too long and was killed.
    #[error("it did not answer in time")]
    TimedOut,
    /// It failed.
    #[error("{status}: {complaint}")]
    Failed {
        /// How it ended.
        status: ExitStatus,
        /// The beginning of its standard error.
        complaint: String,
    },
    /// It said more than it may.
    #[error("it said too much")]
    TooLong,
}

/// Runs `command` with `input` as its standard input, none if that is empty; its standard output. Dropping the future kills
/// the program.
///
/// # Errors
/// When it does not end well, in time, with an answer that fits.
pub async fn ask(mut command: Command, input: &[u8], limits: ProgramLimits) -> Result<Vec<u8>, ProgramError> {
    let stdin = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
    command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(ProgramError::Start)?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let conversation = async {
        let said = async {
            if let Some(mut stdin) = stdin {
                // A program need not read what it does not want to know.
                let _ = stdin.write_all(input).await;
            }
        };
        let (_, answer, complaint) =
            tokio::join!(said, read(stdout, limits.answer_bytes), read(stderr, MAX_COMPLAINT_BYTES));
        Ok((answer?, complaint?, child.wait().await?))
    };
    let ended = tokio::time::timeout(limits.deadline, conversation).await;
    let (answer, complaint, status) =
        ended.map_err(|_| ProgramError::TimedOut)?.map_err(ProgramError::Talk)?;
    if !status.success() {
        let complaint = String::from_utf8_lossy(&complaint).trim().to_owned();
        return Err(ProgramError::Failed { status, complaint });
    }
    if answer.len() as u64 > limits.answer_bytes {
        return Err(ProgramError::TooLong);
    }
    Ok(answer)
}

/// The beginning of what comes out, one byte more than `max_bytes` if there is more. The rest is read and forgotten, so that the
/// program can end.
async fn read(stream: Option<impl AsyncRead + Unpin>, max_bytes: u64) -> io::Result<Vec<u8>> {
    let Some(stream) = stream else { return Ok(Vec::new()) };
    let mut beginning = Vec::new();
    let mut limited = stream.take(max_bytes + 1);
    limited.read_to_end(&mut beginning).await?;
    tokio::io::copy(&mut limited.into_inner(), &mut tokio::io::sink()).await?;
    Ok(beginning)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a shell's answer to `script` is, or what is said of it.
    async fn check(script: &str, input: &str, expected: &str) {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let limits = ProgramLimits { deadline: Duration::from_millis(500), answer_bytes: 10 };
        let text = match ask(command, input.as_bytes(), limits).await {
            Ok(answer) => String::from_utf8_lossy(&answer).into_owned(),
            Err(error) => format!("error: {error}"),
        };
        assert_eq!(text, expected, "{script}");
    }

    #[tokio::test]
    async fn a_program_has_an_end() {
        check("cat", "hello", "hello").await;
        check("cat", "", "").await;
        check("true", "not wanted", "").await;
        check("echo sorry >&2; exit 3", "", "error: exit status: 3: sorry").await;
        check("head -c 100000 /dev/zero", "", "error: it said too much").await;
        check("exec sleep 60", "", "error: it did not answer in time").await;
    }

    #[tokio::test]
    async fn a_program_that_is_not_there() {
        let limits = ProgramLimits { deadline: Duration::from_secs(1), answer_bytes: 10 };
        let error = ask(Command::new("/nowhere"), b"", limits).await.expect_err("no program");
        assert!(matches!(error, ProgramError::Start(error) if error.kind() == io::ErrorKind::NotFound));
    }
}
