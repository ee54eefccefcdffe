//! A component as a process: started, and written down for others to end and start it again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::PROCESSES;
use crate::node::containerd::open_log;
use crate::node::layout::Layout;
use crate::steps;

/// A program with its arguments.
#[derive(Debug, Clone)]
pub struct Component {
    /// Its name in records and logs.
    pub name: String,
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// A started component.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// Its name.
    pub name: String,
    /// Its process id in the box.
    pub pid: u32,
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// The file with what it says.
    pub log: PathBuf,
}

impl Component {
    /// A program of `directory` that is called like the component.
    pub fn new(name: &str, directory: &Path, arguments: Vec<String>) -> Self {
        Self { name: name.to_owned(), program: directory.join(name), arguments }
    }

    /// Starts it and writes its record.
    ///
    /// # Errors
    /// When its log or record cannot be written, or the process cannot be made.
    pub fn start(&self, layout: &Layout) -> anyhow::Result<Record> {
        let log = layout.log(&self.name);
        let output = open_log(&log)?;
        let mut child = steps::daemon(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(output.try_clone().context("the log's descriptor cannot be copied")?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("{} cannot be started", self.program.display()))?;
        let record = Record {
            name: self.name.clone(),
            pid: child.id(),
            program: self.program.clone(),
            arguments: self.arguments.clone(),
            log,
        };
        record.write()?;
        // Somebody has to wait for it, or it stays a zombie when it was ended from elsewhere.
        std::thread::spawn(move || child.wait());
        Ok(record)
    }
}

impl Record {
    /// Every record of this box, by name.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn all() -> anyhow::Result<Vec<Self>> {
        let mut records = Vec::new();
        for entry in fs::read_dir(PROCESSES).with_context(|| format!("{PROCESSES} is not there"))?.flatten() {
            let text = fs::read(entry.path())
                .with_context(|| format!("{} cannot be read", entry.path().display()))?;
            let record: Self = serde_json::from_slice(&text)
                .with_context(|| format!("{} is no record", entry.path().display()))?;
            records.push(record);
        }
        records.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(records)
    }

    /// Whether the process still runs.
    pub fn is_alive(&self) -> bool {
        let state = fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap_or_default();
        state.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
    }

    fn write(&self) -> anyhow::Result<()> {
        let file = Path::new(PROCESSES).join(format!("{}.json", self.name));
        let text = serde_json::to_string_pretty(self).context("a record cannot be written as JSON")?;
        fs::create_dir_all(PROCESSES)
            .and_then(|()| fs::write(&file, text))
            .with_context(|| format!("{} cannot be written", file.display()))
    }
}
