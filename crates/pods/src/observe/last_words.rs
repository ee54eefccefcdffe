//! What an ended container wanted its users to know.
//!
//! Source: `kuberuntime_container.go` `getTerminationMessage`, `readLastStringFromContainerLogs` of 1.37.

use super::seen::{SeenContainer, SeenState};
use cri::v1;
use host::files::Files;
use std::path::Path;
use translate::{
    MAX_TERMINATION_MESSAGE_BYTES, MAX_TERMINATION_MESSAGE_LOG_BYTES, MAX_TERMINATION_MESSAGE_LOG_LINES,
    TerminationMessage,
};
use types::SandboxId;

/// Log lines carry a time, a stream and a tag before their text: the end of the file that holds the wanted part.
const LOG_END_BYTES: u64 = 64 * 1024;

/// The container as its status tells, with its last words if it ended.
pub(super) async fn complete(
    files: &dyn Files,
    sandbox_id: SandboxId,
    status: &v1::ContainerStatus,
) -> SeenContainer {
    let mut seen = SeenContainer::from_status(sandbox_id, status);
    if let SeenState::Exited(exit) = &mut seen.state {
        let identity = translate::container_identity(&status.labels, &status.annotations);
        let words = match translate::termination_message_source(&identity, status) {
            TerminationMessage::File { path, else_log } => {
                let read = files.read_end(Path::new(&path), MAX_TERMINATION_MESSAGE_BYTES as u64).await;
                match read {
                    Ok(Some(bytes)) if !bytes.is_empty() => String::from_utf8_lossy(&bytes).into_owned(),
                    Ok(_) if else_log => log_end(files, &status.log_path).await,
                    Ok(_) => String::new(),
                    Err(error) => format!("Error on reading termination log {path}: {error}"),
                }
            }
            TerminationMessage::Log => log_end(files, &status.log_path).await,
            TerminationMessage::Nothing => String::new(),
        };
        if !words.is_empty() {
            let separator = if exit.message.is_empty() { "" } else { ": " };
            exit.message = format!("{}{separator}{words}", exit.message);
        }
    }
    seen
}

/// The end of a container's log, without the runtime's marks.
async fn log_end(files: &dyn Files, path: &str) -> String {
    let bytes = match files.read_end(Path::new(path), LOG_END_BYTES).await {
        Ok(bytes) => bytes.unwrap_or_default(),
        Err(error) => return format!("Error on reading termination message from logs: {error}"),
    };
    let text = String::from_utf8_lossy(&bytes);
    let mut words = last_lines(&text);
    let mut from = words.len().saturating_sub(MAX_TERMINATION_MESSAGE_LOG_BYTES);
    while !words.is_char_boundary(from) {
        from += 1;
    }
    words.split_off(from)
}

/// What was written in the last lines of the file; the runtime cuts what is long into several.
fn last_lines(text: &str) -> String {
    let lines: Vec<Line<'_>> = text.lines().filter_map(Line::parse).collect();
    let kept = &lines[lines.len().saturating_sub(MAX_TERMINATION_MESSAGE_LOG_LINES)..];
    kept.iter().flat_map(|line| [line.content, if line.is_partial { "" } else { "\n" }]).collect()
}

/// A line of a log: `<time> <stream> <tag> <content>`.
struct Line<'a> {
    content: &'a str,
    /// Whether the next line of the file goes on with it.
    is_partial: bool,
}

impl<'a> Line<'a> {
    /// Nothing for a line whose beginning was cut off.
    fn parse(line: &'a str) -> Option<Self> {
        let mut parts = line.splitn(4, ' ');
        let (_time, stream, tags, content) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_partial = tags.split(':').next() == Some("P");
        matches!(stream, "stdout" | "stderr").then_some(Self { content, is_partial })
    }
}

#[cfg(test)]
mod tests {
    use super::last_lines;

    #[test]
    fn what_the_runtime_cut_is_put_together() {
        let log = "cut off\n\
            2026-01-01T00:00:00.1Z stdout F one\n\
            2026-01-01T00:00:00.2Z stderr P two \n\
            2026-01-01T00:00:00.3Z stderr F halves\n\
            2026-01-01T00:00:00.4Z stdout F \n";
        assert_eq!(last_lines(log), "one\ntwo halves\n\n");
        let many: String = (0..90).map(|number| format!("t stdout F {number}\n")).collect();
        assert!(last_lines(&many).starts_with("10\n11\n"));
    }
}
