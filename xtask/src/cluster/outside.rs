//! The clusters of this machine by name: up, down, status, and commands in a running one.
//!
//! A cluster is a box whose front runs in the background. Its directory below [`places::boxes`] holds the front's process
//! id, what it says, and the kubeconfig for the machine; everything else is the box's, and goes with it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};

use super::inside::{ENVIRONMENT, Plan};
use super::{forward, kubelet};
use crate::node::containerd::open_log;
use crate::node::sandboxed;
use crate::{images, places, steps, tools};

/// How often a cluster that starts or ends is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);
/// How long a box may take to vanish.
const DOWN_TIMEOUT: Duration = Duration::from_secs(60);

/// A cluster of this machine.
#[derive(Debug, Clone)]
pub struct Cluster {
    name: String,
    directory: PathBuf,
}

impl Cluster {
    /// The cluster of this name, whether it is there or not.
    pub fn called(name: &str) -> Self {
        Self { name: name.to_owned(), directory: places::boxes().join("clusters").join(name) }
    }

    /// The kubeconfig that works on the machine.
    pub fn kubeconfig(&self) -> PathBuf {
        self.directory.join("admin.conf")
    }

    /// The file with what was said while it started.
    pub fn log(&self) -> PathBuf {
        self.directory.join("log")
    }

    /// Starts it in the background; returns when it is up.
    ///
    /// # Errors
    /// When it is there already, or does not come up: what it said is printed.
    pub fn up(&self, plan: Plan) -> anyhow::Result<()> {
        if self.box_init().is_ok() {
            bail!("the cluster {} runs already: `cargo xtask cluster down --name {0}` ends it", self.name);
        }
        self.forget()?;
        let plan = prepare(plan)?;
        let log = open_log(&self.log())?;
        let front = steps::daemon(&std::env::current_exe().context("the path of this program is not known")?)
            .args(["node", "exec", "--bare", "--containerd", &plan.containerd.to_string(), "--"])
            .args(inner_command(&plan)?)
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("the log's descriptor cannot be copied")?)
            .stderr(log)
            .spawn()
            .context("the cluster's box cannot be started")?;
        self.write("front", front.id())?;
        self.follow(front)?;
        let forwarder = forward::spawn(&self.name, &self.log())?;
        self.write("forwarder", forwarder)
    }

    /// Prints what the cluster says until it is up.
    fn follow(&self, mut front: std::process::Child) -> anyhow::Result<()> {
        let mut shown = 0;
        loop {
            let is_up = self.in_box(ENVIRONMENT).is_ok_and(|file| file.exists());
            let ended = front.try_wait().context("the cluster's front cannot be waited for")?;
            let said = fs::read(self.log()).unwrap_or_default();
            let new = said.get(shown..).unwrap_or_default();
            std::io::stderr().write_all(new).context("nothing can be printed")?;
            shown = said.len();
            if let Some(status) = ended {
                self.forget()?;
                bail!("the cluster does not come up: its box ended with {status}");
            }
            if is_up {
                return Ok(());
            }
            thread::sleep(LOOK_INTERVAL);
        }
    }

    /// Ends it, and returns when nothing of it is left. Whether there was one.
    ///
    /// # Errors
    /// When its box does not vanish.
    pub fn down(&self) -> anyhow::Result<bool> {
        let Ok(front) = self.read("front") else { return Ok(false) };
        for name in ["forwarder", "front"] {
            // Gone already is as good.
            let _ = self.read(name).map(|pid| is_ours(pid).then(|| kill_process(pid, Signal::TERM)));
        }
        let directory = box_directory(front);
        let start = Instant::now();
        while directory.exists() {
            if start.elapsed() > DOWN_TIMEOUT {
                bail!("{} is still there", directory.display());
            }
            thread::sleep(LOOK_INTERVAL);
        }
        self.forget()?;
        Ok(true)
    }

    /// Runs a command in it; does not return on success.
    ///
    /// # Errors
    /// When it is not up, or the command cannot be started.
    pub fn exec(&self, command: &[String]) -> anyhow::Result<ExitCode> {
        let (program, arguments) = command.split_first().context("there is no command to run")?;
        let environment = self.environment()?;
        let init = self.box_init()?;
        let directory = box_directory(self.read("front")?);
        sandboxed::join_groups(&directory)?;
        let error = Command::new("nsenter")
            .args(["--target", &init.as_raw_nonzero().to_string()])
            .args(["--mount", "--net", "--pid", "--ipc", "--uts", "--cgroup", "--"])
            .arg("env")
            .args(environment.iter().map(|(name, value)| format!("{name}={value}")))
            .arg(program)
            .args(arguments)
            .exec();
        Err(error).context("nsenter (package util-linux) cannot be executed")
    }

    fn environment(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let file = self.in_box(ENVIRONMENT)?;
        let text = fs::read(file).with_context(|| format!("the cluster {} is not up yet", self.name))?;
        serde_json::from_slice(&text).context("the cluster's environment is no JSON")
    }

    /// A file of the box as the machine sees it.
    fn in_box(&self, path: &str) -> anyhow::Result<PathBuf> {
        let init = self.box_init()?;
        Ok(PathBuf::from(format!("/proc/{}/root{path}", init.as_raw_nonzero())))
    }

    /// The first process of the box.
    ///
    /// # Errors
    /// When the cluster does not run.
    pub fn box_init(&self) -> anyhow::Result<Pid> {
        let missing =
            || format!("the cluster {} does not run: `cargo xtask cluster up` starts one", self.name);
        let front = self.read("front").with_context(missing)?;
        sandboxed::init_process(&box_directory(front)).with_context(missing)
    }

    /// Writes the kubeconfig for the machine: the box's own, with another address.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn write_kubeconfig(&self, server: &str) -> anyhow::Result<()> {
        let text = fs::read_to_string(self.in_box("/etc/kubernetes/admin.conf")?)
            .context("the cluster's kubeconfig cannot be read")?;
        let lines = text.lines().map(|line| match line.split_once("server: ") {
            Some((indent, _)) => format!("{indent}server: {server}\n"),
            None => format!("{line}\n"),
        });
        let file = self.kubeconfig();
        fs::write(&file, lines.collect::<String>())
            .with_context(|| format!("{} cannot be written", file.display()))
    }

    fn write(&self, name: &str, pid: u32) -> anyhow::Result<()> {
        let file = self.directory.join(name);
        fs::write(&file, pid.to_string()).with_context(|| format!("{} cannot be written", file.display()))
    }

    fn read(&self, name: &str) -> anyhow::Result<Pid> {
        let file = self.directory.join(name);
        let text = fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        text.trim().parse().ok().and_then(Pid::from_raw).with_context(|| format!("{text} is no process id"))
    }

    fn forget(&self) -> anyhow::Result<()> {
        match fs::remove_dir_all(&self.directory) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("{} cannot be removed", self.directory.display()))
            }
            _ => {
                // The last one takes the directory of all clusters along; while there are others it is not empty, and stays.
                self.directory.parent().map(fs::remove_dir);
                Ok(())
            }
        }
    }
}

/// The names of this machine's clusters.
pub fn names() -> Vec<String> {
    let entries = fs::read_dir(places::boxes().join("clusters"));
    let mut names: Vec<String> = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// A cluster for one command: its exit code, after everything is gone.
///
/// # Errors
/// When the cluster does not come up.
pub async fn run(plan: Plan, logs: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let plan = prepare(plan)?;
    let command = inner_command(&plan)?;
    sandboxed::exec(&sandboxed::Plan { containerd: plan.containerd, bare: true, logs, command }).await
}

/// Builds everything that a cluster is made of.
fn prepare(mut plan: Plan) -> anyhow::Result<Plan> {
    tools::CONTROL_PLANE.build()?;
    tools::DNS.build()?;
    if plan.containerd == sandboxed::ContainerdVersion::Built {
        crate::node::containerd::Programs::built()?;
    }
    images::build_all()?;
    plan.kubelet = kubelet::Choice::build(plan.kubelet)?;
    Ok(plan)
}

/// This program as the first one in the box.
fn inner_command(plan: &Plan) -> anyhow::Result<Vec<String>> {
    let own = std::env::current_exe().context("the path of this program is not known")?;
    let mut words = vec![own.display().to_string()];
    words.extend(["cluster", "inside", "--containerd"].map(str::to_owned));
    words.extend([plan.containerd.to_string(), "--kubelet".to_owned(), plan.kubelet.to_string()]);
    words.extend(["--nodes".to_owned(), plan.nodes.to_string()]);
    words.push("--".to_owned());
    words.extend(plan.command.iter().cloned());
    Ok(words)
}

/// The directory of the box with this front.
fn box_directory(front: Pid) -> PathBuf {
    places::boxes().join(format!("box-{}", front.as_raw_nonzero()))
}

/// Whether the process was started by [`Cluster::up`]: the number may be somebody else's by now.
fn is_ours(pid: Pid) -> bool {
    let line = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).unwrap_or_default();
    let line = String::from_utf8_lossy(&line);
    let words: Vec<&str> = line.split('\0').skip(1).take(2).collect();
    matches!(words[..], ["node", "exec"] | ["cluster", "forward"])
}
