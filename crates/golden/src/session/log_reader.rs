//! The kubelet's log as it grows.

use std::fs;
use std::io::{Read, Seek, SeekFrom};

use anyhow::Context;

use crate::log::Findings;
use crate::place;

/// Reads a growing log.
#[derive(Debug, Default)]
pub(super) struct LogReader {
    offset: u64,
    partial: String,
    /// What was found so far.
    pub(super) findings: Findings,
}

impl LogReader {
    /// Reads on to the end, as far as lines are complete.
    pub(super) fn advance(&mut self) -> anyhow::Result<()> {
        let mut file = fs::File::open(place::log()).context("the kubelet's log cannot be opened")?;
        file.seek(SeekFrom::Start(self.offset)).context("the kubelet's log cannot be searched")?;
        let mut bytes = Vec::new();
        let count = file.read_to_end(&mut bytes).context("the kubelet's log cannot be read")?;
        self.offset += u64::try_from(count).unwrap_or_default();
        self.partial.push_str(&String::from_utf8_lossy(&bytes));
        let Some(end) = self.partial.rfind('\n') else { return Ok(()) };
        let rest = self.partial.split_off(end + 1);
        self.findings.take_lines(&self.partial);
        self.partial = rest;
        Ok(())
    }
}
