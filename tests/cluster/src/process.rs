//! A component as a process: ended and started again by its record.

use anyhow::{Context, bail};
use e2e::harness::tail;
use e2e::wait::{self, BOUND};
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The variable with the directory of the records, without which there is no cluster.
pub const CLUSTER_VARIABLE: &str = "KUBELET_TEST_CLUSTER";

/// A component of the cluster, as the cluster wrote it down.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Process {
    /// Its name: `kubelet`, `kube-apiserver`, `etcd`, ….
    pub name: String,
    pid: i32,
    program: PathBuf,
    arguments: Vec<String>,
    log: PathBuf,
}

impl Process {
    /// The component of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn called(name: &str) -> anyhow::Result<Self> {
        let file = record(name)?;
        let text = fs::read(&file).with_context(|| file.display().to_string())?;
        serde_json::from_slice(&text).with_context(|| file.display().to_string())
    }

    /// The file with what it says.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The value of an argument `--flag=value`.
    pub fn argument(&self, flag: &str) -> Option<&str> {
        self.arguments.iter().find_map(|argument| argument.strip_prefix(&format!("--{flag}=")))
    }

    /// The same with a further argument, for the next start.
    #[must_use]
    pub fn with_argument(&self, argument: &str) -> Self {
        let mut process = self.clone();
        process.arguments.push(argument.to_owned());
        process
    }

    /// Whether it runs.
    pub fn is_alive(&self) -> bool {
        let state = fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap_or_default();
        state.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
    }

    /// `kill -9`, and waits for the end.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn kill(&self) -> anyhow::Result<()> {
        self.end(Signal::KILL).await
    }

    /// SIGTERM, and waits for the end.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn terminate(&self) -> anyhow::Result<()> {
        self.end(Signal::TERM).await
    }

    async fn end(&self, signal: Signal) -> anyhow::Result<()> {
        if !self.is_alive() {
            bail!("{} has ended already: {}", self.name, tail(&self.log, 10));
        }
        kill_process(Pid::from_raw(self.pid).context("pid 0")?, signal).context(self.name.clone())?;
        // A zombie may have threads that hold its ports: it has ended once whoever started it has been told.
        let process = PathBuf::from(format!("/proc/{}", self.pid));
        wait::until(&format!("{} has ended", self.name), BOUND, || async {
            if process.exists() { Err(()) } else { Ok(()) }
        })
        .await
    }

    /// Starts it again as it was started before.
    ///
    /// # Errors
    /// When the process cannot be made.
    pub fn start(&mut self) -> anyhow::Result<()> {
        let log = File::options().append(true).create(true).open(&self.log)?;
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| self.program.display().to_string())?;
        self.pid = i32::try_from(child.id())?;
        fs::write(record(&self.name)?, serde_json::to_vec_pretty(self)?)?;
        // Somebody has to wait for it, or it stays a zombie.
        std::thread::spawn(move || child.wait());
        Ok(())
    }
}

fn record(name: &str) -> anyhow::Result<PathBuf> {
    let directory =
        std::env::var(CLUSTER_VARIABLE).with_context(|| format!("{CLUSTER_VARIABLE} is not set"))?;
    Ok(Path::new(&directory).join(format!("{name}.json")))
}
