//! One line of a log file, in either format that runtimes write.
//!
//! CRI (`2016-10-06T00:17:09.669794202Z stdout F text`): the third word begins with `P` when the container's line goes on
//! in the next entry, `F` when it ends here. Docker's JSON (`{"log":"text\n","stream":"stdout","time":"…"}`), which
//! cri-dockerd writes: the line goes on when the text has no newline at its end.

use jiff::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;

/// A piece of a container's output.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// When it was written.
    pub(super) time: Timestamp,
    /// The same as it stands in the file, whose offset from UTC is kept.
    pub(super) time_text: Cow<'a, str>,
    /// The output, with its newline where the container's line ends here.
    pub(super) text: Cow<'a, [u8]>,
}

/// Whether the container's line ends with the entry that begins with `head` (its first 128 bytes are enough for the CRI format).
pub(super) fn ends_line(head: &[u8]) -> bool {
    let mut words = head.splitn(4, |byte| *byte == b' ');
    let tags = words.nth(2).unwrap_or_default();
    tags.split(|byte| *byte == b':').next() != Some(b"P")
}

/// Parses one line of the file, with or without its newline; `None` for what is neither format.
pub(super) fn parse(line: &[u8]) -> Option<Entry<'_>> {
    if line.first() == Some(&b'{') { parse_json(line) } else { parse_cri(line) }
}

fn parse_cri(line: &[u8]) -> Option<Entry<'_>> {
    let mut words = line.splitn(4, |byte| *byte == b' ');
    let time_text = std::str::from_utf8(words.next()?).ok()?;
    let stream = words.next()?;
    let tags = words.next()?;
    let mut text = words.next()?;
    if stream != b"stdout" && stream != b"stderr" {
        return None;
    }
    if tags.split(|byte| *byte == b':').next() == Some(b"P") {
        text = text.strip_suffix(b"\n").unwrap_or(text);
    }
    Some(Entry {
        time: time_text.parse().ok()?,
        time_text: Cow::Borrowed(time_text),
        text: Cow::Borrowed(text),
    })
}

#[derive(Deserialize)]
struct DockerEntry {
    #[serde(default)]
    log: String,
    time: String,
}

fn parse_json(line: &[u8]) -> Option<Entry<'_>> {
    let entry: DockerEntry = serde_json::from_slice(line).ok()?;
    Some(Entry {
        time: entry.time.parse().ok()?,
        time_text: Cow::Owned(entry.time),
        text: Cow::Owned(entry.log.into_bytes()),
    })
}
