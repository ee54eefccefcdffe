//! What pods leave on a machine. After all pods are gone it must be what it was before.

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::node::Node;
use crate::wait::{self, BOUND};

/// Everything of pods that can be seen from outside of the runtime.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Mount points below the kubelet's root directory.
    pub mounts: BTreeSet<String>,
    /// Mount points of the runtime's containers and sandboxes.
    pub bundles: BTreeSet<String>,
    /// Named network namespaces (`/run/netns`, `/var/run/netns`).
    pub network_namespaces: BTreeSet<String>,
    /// Pods' cgroups, in any hierarchy.
    pub cgroups: BTreeSet<PathBuf>,
    /// `<root-dir>/pods/*`.
    pub pod_directories: BTreeSet<PathBuf>,
    /// `/var/log/pods/*` and `/var/log/containers/*`.
    pub logs: BTreeSet<PathBuf>,
    /// Addresses that the network gave away.
    pub interfaces: BTreeSet<String>,
}

impl Footprint {
    /// What is there now.
    ///
    /// # Errors
    /// When the machine cannot be read.
    pub fn now(root_dir: &Path) -> anyhow::Result<Self> {
        let mounts = mount_points()?;
        let root = root_dir.to_string_lossy().into_owned();
        let of_pods = |point: &&String| point.starts_with(&format!("{root}/pods/"));
        let of_runtime = |point: &&String| {
            point.contains("/io.containerd.runtime.v2.task/") || point.contains("/io.containerd.grpc.v1.cri/")
        };
        Ok(Self {
            mounts: mounts.iter().filter(of_pods).cloned().collect(),
            bundles: mounts.iter().filter(of_runtime).cloned().collect(),
            network_namespaces: names("/run/netns")?.into_iter().chain(names("/var/run/netns")?).collect(),
            cgroups: pod_cgroups()?,
            pod_directories: children(&root_dir.join("pods"))?,
            logs: children(Path::new("/var/log/pods"))?
                .into_iter()
                .chain(children(Path::new("/var/log/containers"))?)
                .collect(),
            interfaces: names("/sys/class/net")?
                .into_iter()
                .filter(|name| name.starts_with("veth"))
                .collect(),
        })
    }

    /// What is here and not in `before`.
    #[must_use]
    pub fn beyond(&self, before: &Self) -> Self {
        Self {
            mounts: &self.mounts - &before.mounts,
            bundles: &self.bundles - &before.bundles,
            network_namespaces: &self.network_namespaces - &before.network_namespaces,
            cgroups: &self.cgroups - &before.cgroups,
            pod_directories: &self.pod_directories - &before.pod_directories,
            logs: &self.logs - &before.logs,
            interfaces: &self.interfaces - &before.interfaces,
        }
    }
}

/// What is said of mounts that the runtime made for its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bundles {
    /// None may stay.
    Gone,
    /// Some may: containerd 2.4 forgets the root file system of a container whose start was cut off by the end of its
    /// client, and nothing that a client can say removes it.
    MayStay,
}

/// Waits until the kubelet reports no pod, the runtime has none, and nothing of any is left on the machine.
///
/// # Errors
/// When something stays; it is in the error.
pub async fn nothing_left(node: &Node, before: &Footprint, bundles: Bundles) -> anyhow::Result<()> {
    let root_dir = node.kubelet.root_dir();
    wait::until("nothing is left of the pods", BOUND * 2, || async {
        let text = |error: anyhow::Error| format!("{error:#}");
        let pods = node.pods().await.map_err(text)?;
        let sandboxes = node.runtime.sandboxes().await.map_err(text)?;
        let mut left = Footprint::now(&root_dir).map_err(text)?.beyond(before);
        if bundles == Bundles::MayStay {
            left.bundles.clear();
        }
        if pods.is_empty() && sandboxes.is_empty() && left == Footprint::default() {
            return Ok(());
        }
        let names: Vec<_> = pods.into_iter().filter_map(|pod| pod.metadata.name).collect();
        Err(format!("pods {names:?}, sandboxes {sandboxes:#?}, {left:#?}"))
    })
    .await
}

/// All mount points of this mount namespace.
///
/// # Errors
/// When `/proc` cannot be read.
pub fn mount_points() -> anyhow::Result<Vec<String>> {
    let text = fs::read_to_string("/proc/self/mountinfo").context("mountinfo")?;
    Ok(text.lines().filter_map(|line| line.split(' ').nth(4)).map(str::to_owned).collect())
}

/// The roots of all cgroup hierarchies: one on v2, one per controller on v1.
///
/// # Errors
/// When `/proc` cannot be read.
pub fn cgroup_roots() -> anyhow::Result<Vec<PathBuf>> {
    let text = fs::read_to_string("/proc/self/mountinfo").context("mountinfo")?;
    let is_cgroup = |line: &&str| {
        line.split_once(" - ")
            .is_some_and(|(_, rest)| rest.starts_with("cgroup ") || rest.starts_with("cgroup2 "))
    };
    Ok(text.lines().filter(is_cgroup).filter_map(|line| line.split(' ').nth(4)).map(PathBuf::from).collect())
}

/// The pod's cgroup in the hierarchy that has `controller`, wherever its QoS class put it.
///
/// # Errors
/// When there is none.
pub fn pod_cgroup(controller: &str, uid: &str) -> anyhow::Result<PathBuf> {
    let name = format!("pod{uid}");
    pod_cgroups()?
        .into_iter()
        .find(|path| {
            let hierarchy = path.strip_prefix("/sys/fs/cgroup").unwrap_or(path);
            let first = hierarchy.iter().next().unwrap_or_default().to_string_lossy();
            path.ends_with(&name) && (first == "kubepods" || first.split(',').any(|part| part == controller))
        })
        .with_context(|| format!("no {controller} cgroup of pod {uid}"))
}

fn pod_cgroups() -> anyhow::Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    for root in cgroup_roots()? {
        for level in ["kubepods", "kubepods/burstable", "kubepods/besteffort"] {
            let groups = children(&root.join(level))?;
            found.extend(groups.into_iter().filter(|path| {
                path.is_dir()
                    && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("pod"))
            }));
        }
    }
    Ok(found)
}

/// Kills every process in a pod's cgroup. Gives those that could not be killed.
///
/// # Errors
/// When the cgroups cannot be read.
pub fn kill_all() -> anyhow::Result<Vec<i32>> {
    let mut left = Vec::new();
    let mut groups: Vec<PathBuf> = pod_cgroups()?.into_iter().collect();
    while let Some(group) = groups.pop() {
        groups.extend(children(&group)?.into_iter().filter(|path| path.is_dir()));
        let processes = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
        for number in processes.lines().filter_map(|line| line.parse().ok()) {
            let killed = Pid::from_raw(number).map(|pid| kill_process(pid, Signal::KILL));
            if !matches!(killed, Some(Ok(()))) {
                left.push(number);
            }
        }
    }
    Ok(left)
}

fn children(directory: &Path) -> anyhow::Result<BTreeSet<PathBuf>> {
    match fs::read_dir(directory) {
        Ok(entries) => Ok(entries.flatten().map(|entry| entry.path()).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(error).with_context(|| directory.display().to_string()),
    }
}

fn names(directory: &str) -> anyhow::Result<Vec<String>> {
    let paths = children(Path::new(directory))?;
    Ok(paths.iter().filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect())
}
