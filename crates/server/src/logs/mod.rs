//! Reading the log file that the runtime writes for a container: formats, tail, time bounds, following.
//!
//! [`LogReader`] owns one open file. It sends chunks of plain text over a bounded channel until the file ends, or, when
//! following, until the container has ended and everything it wrote was sent. It waits for more through inotify on the
//! file's directory and looks once a second anyway. Rotation (the file renamed, a new one made) is followed without loss
//! as long as the old file is not removed meanwhile; so is a file truncated in place.
//!
//! Upstream's reader is `cri-client/pkg/logs/logs.go` (1.37). Differences: a tail counts whole lines, not the pieces of at most
//! 16 KiB that the runtime splits them into; without `follow` reading ends where the file ended at the start.

mod entry;
mod formatter;
mod reader;
mod tail;
mod watch;

pub use reader::{LogError, LogReader};

use jiff::Timestamp;

/// What to read of a log, and how to show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// Go on until the container has ended.
    pub follow: bool,
    /// Begin each line with its time, RFC 3339 with nine digits.
    pub timestamps: bool,
    /// Only so many lines from the end; `None` is all.
    pub tail_lines: Option<u64>,
    /// Only what was written at this time or later.
    pub since: Option<Timestamp>,
    /// At most so many bytes of output; `None` is no bound.
    pub limit_bytes: Option<u64>,
}

#[cfg(test)]
mod tests;
