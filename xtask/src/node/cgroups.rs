//! Groups of our own in every cgroup hierarchy of the machine: one directory per v1 hierarchy, or a subtree of v2.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};

/// How long ended processes may hold on to their cgroup.
const REMOVAL_TIMEOUT: Duration = Duration::from_secs(30);

/// A mounted hierarchy as this process sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hierarchy {
    /// The controllers as `/proc/self/cgroup` writes them: `cpu,cpuacct`, `name=systemd`; empty for v2.
    controllers: String,
    /// The directory of this process's own cgroup.
    own: PathBuf,
    /// Where the hierarchy is mounted.
    mount_point: PathBuf,
}

impl Hierarchy {
    fn is_v2(&self) -> bool {
        self.controllers.is_empty()
    }
}

/// A cgroup as the machine sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// The hierarchy's controllers, see [`Hierarchy::controllers`].
    pub(crate) controllers: String,
    /// The directory on the machine.
    pub(crate) path: PathBuf,
}

/// The hierarchies that are mounted, as this process sees them.
fn hierarchies(own_cgroups: &str, mounts: &str) -> Vec<Hierarchy> {
    own_cgroups.lines().filter_map(|line| hierarchy(line, mounts)).collect()
}

fn hierarchy(line: &str, mounts: &str) -> Option<Hierarchy> {
    let mut fields = line.splitn(3, ':');
    let (_, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
    mounts.lines().find_map(|mount| {
        let (before, after) = mount.split_once(" - ")?;
        let mut before = before.split(' ').skip(3);
        let (root, mount_point) = (before.next()?, before.next()?);
        let mut after = after.split(' ');
        let (kind, options) = (after.next()?, after.nth(1)?);
        let wanted = match controllers {
            "" => kind == "cgroup2",
            some => {
                kind == "cgroup" && some.split(',').all(|one| options.split(',').any(|option| option == one))
            }
        };
        let below = path.strip_prefix(if root == "/" { "" } else { root })?;
        wanted.then(|| Hierarchy {
            controllers: controllers.to_owned(),
            own: PathBuf::from(format!("{mount_point}{}", below.trim_end_matches('/'))),
            mount_point: PathBuf::from(mount_point),
        })
    })
}

/// The hierarchies of this process.
fn own_hierarchies() -> anyhow::Result<Vec<Hierarchy>> {
    let own = fs::read_to_string("/proc/self/cgroup").context("/proc/self/cgroup cannot be read")?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").context("/proc/self/mountinfo cannot be read")?;
    let found = hierarchies(&own, &mounts);
    if found.is_empty() {
        bail!("no cgroup hierarchy is mounted: mount cgroup2 at /sys/fs/cgroup");
    }
    Ok(found)
}

/// Below which group new ones are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parent {
    /// The group of this process, so that its limits hold (on v2 the root: a group with processes passes nothing on).
    Own,
    /// The root of the hierarchy.
    Root,
}

/// The groups that [`create`] makes: one in every hierarchy. On a hybrid machine, where the v2 hierarchy has no
/// controllers of use, it is left out of groups below our own: a box is plain v1.
pub(crate) fn groups(name: &str, parent: Parent) -> anyhow::Result<Vec<Group>> {
    let hierarchies = own_hierarchies()?;
    let v2_alone = hierarchies.iter().all(Hierarchy::is_v2);
    let wanted = |hierarchy: &Hierarchy| !hierarchy.is_v2() || v2_alone || parent == Parent::Root;
    let place = |hierarchy: Hierarchy| {
        let at_root = hierarchy.is_v2() || parent == Parent::Root;
        let below = if at_root { hierarchy.mount_point } else { hierarchy.own };
        Group { controllers: hierarchy.controllers, path: below.join(name) }
    };
    Ok(hierarchies.into_iter().filter(wanted).map(place).collect())
}

/// Makes a group of this name in every hierarchy; those that are there stay.
pub(crate) fn create(name: &str, parent: Parent) -> anyhow::Result<Vec<Group>> {
    let groups = groups(name, parent)?;
    let v2_alone = groups.len() == 1;
    for Group { controllers, path } in &groups {
        let above = path.parent().context("a cgroup cannot be the root of the file system")?;
        if controllers.is_empty() && v2_alone {
            enable_controllers(above)?;
        }
        fs::create_dir_all(path).with_context(|| format!("the cgroup {} cannot be made", path.display()))?;
        if controllers.split(',').any(|controller| controller == "cpuset") {
            // A v1 cpuset takes no process before both are filled.
            for file in ["cpuset.cpus", "cpuset.mems"] {
                let value = read(&above.join(file))?;
                write(&path.join(file), value.trim())?;
            }
        }
    }
    Ok(groups)
}

/// Passes every controller of a v2 group on to its children.
pub(crate) fn enable_controllers(group: &Path) -> anyhow::Result<()> {
    for controller in read(&group.join("cgroup.controllers"))?.split_whitespace() {
        write(&group.join("cgroup.subtree_control"), &format!("+{controller}")).context(
            "the cgroup's controllers cannot be passed on: a cgroup v2 group with processes of its own cannot have \
             children with controllers; start from a group without",
        )?;
    }
    Ok(())
}

/// Moves this process into a group.
pub(crate) fn join(group: &Path) -> anyhow::Result<()> {
    write(&group.join("cgroup.procs"), "0")
}

/// Writes a list of groups: controllers and directory, one group a line.
pub(crate) fn write_list(file: &Path, groups: &[Group]) -> anyhow::Result<()> {
    let lines: Vec<String> =
        groups.iter().map(|group| format!("{}:{}", group.controllers, group.path.display())).collect();
    fs::write(file, lines.join("\n")).with_context(|| format!("{} cannot be written", file.display()))
}

/// Reads the list back; an absent file is an empty list.
pub(crate) fn read_list(file: &Path) -> anyhow::Result<Vec<Group>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(text
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(controllers, path)| Group {
                controllers: controllers.to_owned(),
                path: PathBuf::from(path),
            })
            .collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", file.display())),
    }
}

/// Ends every process of the groups, then removes their directories, deepest first, until the kernel lets go.
pub(crate) fn remove(groups: &[Group]) -> anyhow::Result<()> {
    let start = Instant::now();
    loop {
        let left: Vec<&Path> =
            groups.iter().map(|group| group.path.as_path()).filter(|path| !remove_tree(path)).collect();
        if left.is_empty() {
            return Ok(());
        }
        if start.elapsed() > REMOVAL_TIMEOUT {
            bail!(
                "the cgroups {left:?} are still in use; remove them with rmdir once their processes are gone"
            );
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Whether the group and all below it are gone.
fn remove_tree(group: &Path) -> bool {
    let Ok(entries) = fs::read_dir(group) else { return !group.exists() };
    for child in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        remove_tree(&child.path());
    }
    for pid in fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default().lines() {
        if let Some(pid) = pid.parse().ok().and_then(Pid::from_raw) {
            // It may have ended in between: the next round looks again.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
    fs::remove_dir(group).is_ok()
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

fn write(path: &Path, value: &str) -> anyhow::Result<()> {
    fs::write(path, value).with_context(|| format!("{value:?} cannot be written to {}", path.display()))
}

#[cfg(test)]
mod tests;
