//! The box: a node in namespaces of its own, so that tests never touch the machine and several runs live side by side.
//!
//! ```text
//! xtask node exec -- CMD          front: makes the directory and the cgroups, waits, passes the status through
//!  ├─ xtask node janitor          outlives the front by a moment: ends what is left, removes cgroups and directory
//!  └─ xtask node enter            joins the cgroups, then becomes `unshare` with new mount, net, pid, ipc, uts and
//!      └─ xtask node init         cgroup namespaces: PID 1 of the box: mounts, addresses, then reaps
//!          └─ xtask node inside   registry, containerd, then CMD
//! ```
//!
//! Inside, `/etc`, `/var/lib` and `/var/log` are overlays and `/run` is fresh, so every write lands in the box's
//! directory. The janitor waits for the end of a pipe that the front holds: it cleans up on the ordinary path and
//! after a crash alike. Should both be killed, the next box removes what they left (the box's lock is free then).

mod init;
mod inside;
mod janitor;

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::Pid;
use tokio::signal::unix::{SignalKind, signal};

use super::cgroups;
use crate::{places, steps};

pub use init::init;
pub use inside::{ContainerdVersion, inside};
pub(crate) use inside::{NODE_VARIABLE, STATE, programs, start_parts};
pub use janitor::janitor;

/// The file of a box that lists its cgroups.
const CGROUPS_FILE: &str = "cgroups";
/// How long the command may take to end by itself after Ctrl-C.
const INTERRUPT_GRACE: Duration = Duration::from_secs(10);
/// The address of the box's node.
pub const NODE_ADDRESS: &str = "10.99.0.2";

/// What runs in a box, and on which containerd.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Which containerd the box has.
    pub containerd: ContainerdVersion,
    /// Whether a registry and containerd are started at all.
    pub bare: bool,
    /// Where the box's log files are copied when it ends.
    pub logs: Option<PathBuf>,
    /// The command and its arguments.
    pub command: Vec<String>,
}

/// Runs the plan's command in a new box and returns its exit code: 128 and the signal's number when a signal ended it.
///
/// # Errors
/// When this is not root, or a part of the box cannot be made.
pub async fn exec(plan: &Plan) -> anyhow::Result<ExitCode> {
    if !rustix::process::geteuid().is_root() {
        bail!("a box needs root: run this with sudo, or as root in a container with --privileged");
    }
    janitor::remove_stale_boxes(&places::boxes());
    let directory = BoxDirectory::create(&places::boxes())?;
    let groups = cgroups::create(&directory.id(), cgroups::Parent::Own)?;
    cgroups::write_list(&directory.path().join(CGROUPS_FILE), &groups)?;
    let mut janitor = directory.spawn_janitor()?;
    let result = run_and_wait(plan, directory.path()).await;
    if let Some(target) = &plan.logs {
        copy_logs(&directory.path().join("node/log"), target)?;
    }
    // Closing the pipe is the janitor's signal, whatever happened before.
    drop(janitor.stdin.take());
    janitor.wait().context("the janitor cannot be waited for")?;
    result
}

async fn run_and_wait(plan: &Plan, directory: &Path) -> anyhow::Result<ExitCode> {
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be watched")?;
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be watched")?;
    let mut hangup = signal(SignalKind::hangup()).context("SIGHUP cannot be watched")?;
    let mut child = tokio::process::Command::new(own_program()?)
        .args(["node", "enter", "--directory"])
        .arg(directory)
        .args(plan.inner_arguments())
        .spawn()
        .context("the box cannot be entered")?;
    let status = tokio::select! {
        biased;
        status = child.wait() => status.context("the box cannot be waited for")?,
        _ = terminate.recv() => return Ok(ExitCode::from(143)),
        _ = hangup.recv() => return Ok(ExitCode::from(129)),
        // The terminal sent it to the command as well: it may finish its own clean-up.
        _ = interrupt.recv() => match tokio::time::timeout(INTERRUPT_GRACE, child.wait()).await {
            Ok(status) => status.context("the box cannot be waited for")?,
            Err(_) => return Ok(ExitCode::from(130)),
        },
    };
    Ok(exit_code(status))
}

/// Joins the box's cgroups and becomes `unshare`, whose child is the box's PID 1. Does not return on success.
///
/// # Errors
/// When a cgroup cannot be joined or `unshare` cannot be executed.
pub fn enter(directory: &Path, plan: &Plan) -> anyhow::Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    for group in cgroups::read_list(&directory.join(CGROUPS_FILE))? {
        cgroups::join(&group.path)?;
    }
    let error = Command::new("unshare")
        .args(["--mount", "--net", "--pid", "--ipc", "--uts", "--cgroup"])
        .args(["--propagation", "private", "--fork", "--kill-child=SIGKILL", "--"])
        .arg(own_program()?)
        .args(["node", "init", "--directory"])
        .arg(directory)
        .args(plan.inner_arguments())
        .exec();
    Err(error).context("unshare (package util-linux) cannot be executed")
}

/// Moves this process into the cgroups of a running box, as its first process is in them.
///
/// # Errors
/// When one cannot be joined.
pub(crate) fn join_groups(directory: &Path) -> anyhow::Result<()> {
    for group in cgroups::read_list(&directory.join(CGROUPS_FILE))? {
        // On v2 the box's own group holds no process, see [`init`].
        let leaf = group.path.join(init::LEAF);
        cgroups::join(if group.controllers.is_empty() && leaf.exists() { &leaf } else { &group.path })?;
    }
    Ok(())
}

/// The first process of a running box, as the machine sees it.
///
/// # Errors
/// When the box does not run.
pub(crate) fn init_process(directory: &Path) -> anyhow::Result<Pid> {
    let groups = cgroups::read_list(&directory.join(CGROUPS_FILE))?;
    let lists = groups.iter().flat_map(|group| [group.path.clone(), group.path.join(init::LEAF)]);
    let ids = lists.filter_map(|path| fs::read_to_string(path.join("cgroup.procs")).ok());
    let ids: Vec<i32> =
        ids.flat_map(|text| text.lines().filter_map(|line| line.parse().ok()).collect::<Vec<_>>()).collect();
    let is_first = |id: &i32| {
        let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("NSpid:")).unwrap_or_default();
        line.split_whitespace().count() > 1 && line.split_whitespace().last() == Some("1")
    };
    ids.into_iter()
        .find(is_first)
        .and_then(Pid::from_raw)
        .with_context(|| format!("{} has no running process", directory.display()))
}

impl Plan {
    /// The arguments that carry the plan to the next program of the chain.
    fn inner_arguments(&self) -> Vec<String> {
        let mut arguments = vec!["--containerd".to_owned(), self.containerd.to_string()];
        if self.bare {
            arguments.push("--bare".to_owned());
        }
        arguments.push("--".to_owned());
        arguments.extend(self.command.iter().cloned());
        arguments
    }
}

/// The directory of one box, locked as long as its front or its janitor lives.
struct BoxDirectory {
    path: PathBuf,
    lock: File,
}

impl BoxDirectory {
    /// Makes the directory complete with its lock under another name first: a box is never seen unlocked.
    fn create(boxes: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(boxes).with_context(|| format!("{} cannot be made", boxes.display()))?;
        let id = std::process::id();
        let hidden = boxes.join(format!(".new-{id}"));
        let path = boxes.join(format!("box-{id}"));
        fs::create_dir(&hidden).with_context(|| format!("{} cannot be made", hidden.display()))?;
        let lock =
            File::create(hidden.join(janitor::LOCK_FILE)).context("the box's lock file cannot be made")?;
        lock.lock().context("the box's lock cannot be taken")?;
        fs::rename(&hidden, &path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self { path, lock })
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn id(&self) -> String {
        let name = self.path.file_name().map(|name| name.to_string_lossy().into_owned());
        format!("kubelet-{}", name.unwrap_or_default())
    }

    /// The janitor gets the lock's descriptor as its standard output: the lock is held until both are gone.
    fn spawn_janitor(&self) -> anyhow::Result<Child> {
        use std::os::unix::process::CommandExt;
        Command::new(own_program()?)
            .args(["node", "janitor", "--directory"])
            .arg(&self.path)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(self.lock.try_clone().context("the lock's descriptor cannot be copied")?)
            .spawn()
            .context("the janitor cannot be started")
    }
}

/// This program's own file: the other programs of the chain are its sub-commands.
fn own_program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("the path of this program is not known")
}

/// The exit code that a shell would give: the program's own, or 128 and the signal's number.
pub(crate) fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

fn copy_logs(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to).with_context(|| format!("{} cannot be made", to.display()))?;
    let Ok(entries) = fs::read_dir(from) else {
        steps::say("the box left no logs");
        return Ok(());
    };
    for entry in entries {
        let entry = entry.context("the logs cannot be listed")?;
        fs::copy(entry.path(), to.join(entry.file_name()))
            .with_context(|| format!("{} cannot be copied", entry.path().display()))?;
    }
    Ok(())
}
