//! Which requests the kubelet made, as the API server wrote them down.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::PathBuf;

use anyhow::Context;
use serde_json::Value;

/// What goes on whether pods come and go or not, and events, which are counted by nobody.
const OTHERS: [&str; 4] = ["events", "leases", "nodes", "subjectaccessreviews"];

/// The API server's log of requests, read onwards.
#[derive(Debug)]
pub struct Audit {
    file: PathBuf,
    offset: u64,
}

impl Audit {
    /// From now on.
    pub fn new(file: PathBuf) -> Self {
        let offset = std::fs::metadata(&file).map_or(0, |metadata| metadata.len());
        Self { file, offset }
    }

    /// The requests about pods and what they need since the last call: how many `wanted` picks.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn count(&mut self, wanted: impl Fn(&Value) -> bool) -> anyhow::Result<usize> {
        let mut file = File::open(&self.file).with_context(|| self.file.display().to_string())?;
        file.seek(SeekFrom::Start(self.offset))?;
        let mut reader = BufReader::new(file);
        let mut seen = BTreeSet::new();
        let mut line = String::new();
        while reader.read_line(&mut line)? > 0 {
            // The last line may be half written: it is read next time.
            if !line.ends_with('\n') {
                break;
            }
            self.offset += line.len() as u64;
            let request: Value = serde_json::from_str(&line).context("a line of the audit log")?;
            let resource = request["objectRef"]["resource"].as_str().unwrap_or_default();
            if !resource.is_empty() && !OTHERS.contains(&resource) && wanted(&request) {
                // A watch has a line at its start and one at its end.
                seen.insert(request["auditID"].as_str().unwrap_or_default().to_owned());
            }
            line.clear();
        }
        Ok(seen.len())
    }
}
