//! Where finished lines go. A line is one write, so that lines of several threads do not mix.

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

/// A destination of lines.
#[derive(Clone)]
pub struct Output {
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Stderr,
    /// Errors to standard error, the rest to standard output.
    Split,
    Memory(Arc<Mutex<Vec<u8>>>),
}

impl Output {
    /// Standard error, as klog and component-base do by default.
    pub fn stderr() -> Self {
        Self { kind: Kind::Stderr }
    }

    /// `splitStream`: errors to standard error, everything else to standard output.
    pub fn split() -> Self {
        Self { kind: Kind::Split }
    }

    /// A buffer, which grows without bound: for tests.
    pub fn memory(buffer: Arc<Mutex<Vec<u8>>>) -> Self {
        Self { kind: Kind::Memory(buffer) }
    }

    /// Writes one line. There is nowhere to report a failure to: a closed standard error must not stop a node.
    pub(super) fn write(&self, line: &[u8], error: bool) {
        let _ = match &self.kind {
            Kind::Stderr => std::io::stderr().write_all(line),
            Kind::Split if error => std::io::stderr().write_all(line),
            Kind::Split => std::io::stdout().write_all(line),
            Kind::Memory(buffer) => buffer.lock().unwrap_or_else(PoisonError::into_inner).write_all(line),
        };
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.kind {
            Kind::Stderr => "Output::stderr",
            Kind::Split => "Output::split",
            Kind::Memory(_) => "Output::memory",
        })
    }
}
