//! `./run.sh down`: takes everything down, without a trace.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Context;
use cri::{ContainerService, SandboxService};
use futures::future::join_all;

use super::{BRIDGE, CGROUP, before, kubelet_root, layout, pod_logs, processes, root};
use crate::node::{cgroups, mounts};
use crate::steps;

/// How long containers may take to obey SIGTERM.
const CONTAINER_GRACE_SECONDS: i64 = 5;
/// How long the node's programs may take to end.
const PROCESS_GRACE: Duration = Duration::from_secs(10);
/// The label by which a kubelet finds its pods' sandboxes.
const UID_LABEL: &str = "io.kubernetes.pod.uid";
/// Where kubelets put links to containers' logs.
const LOG_LINKS: &str = "/var/log/containers";

/// Whether there is anything to take down.
pub fn is_something() -> bool {
    before::is_remembered() || !processes::all().is_empty()
}

/// Ends the kubelet, the pods, the private runtime and the registry, and removes all that they made.
///
/// # Errors
/// When something cannot be removed. What can be is removed all the same.
pub async fn down() -> anyhow::Result<()> {
    let before = before::read();
    let kubelets = processes::find("kubelet");
    if !kubelets.is_empty() {
        steps::say("stopping the kubelet");
        processes::stop(&kubelets, PROCESS_GRACE);
    }
    steps::say("stopping the pods");
    for endpoint in endpoints() {
        if let Err(error) = remove_pods(&endpoint).await {
            steps::say(&format!("the pods at {endpoint} cannot be stopped in order: {error:#}"));
        }
    }
    steps::say("removing what they used");
    // containerd first: it would only complain about shims that vanish.
    processes::stop(&processes::find("containerd"), PROCESS_GRACE);
    processes::stop(&processes::all(), PROCESS_GRACE);
    cgroups::remove(&cgroups::groups(CGROUP, cgroups::Parent::Root)?)?;
    let directories = [layout().state().to_path_buf(), root()];
    mounts::unmount_all(|point| directories.iter().any(|directory| point.starts_with(directory)))?;
    remove_bridge()?;
    remove_log_links(Path::new(LOG_LINKS), &pod_logs());
    before::restore(&before);
    for directory in &directories {
        remove_tree(directory)?;
    }
    steps::say("everything is down");
    Ok(())
}

/// The private runtime's endpoint when it runs, and the one that the last kubelet was told.
fn endpoints() -> BTreeSet<String> {
    let socket = layout().containerd_socket();
    let own = socket.exists().then(|| format!("unix://{}", socket.display()));
    let told = fs::read_to_string(root().join("endpoint")).ok();
    own.into_iter().chain(told).collect()
}

/// Stops and removes the sandboxes of the pods that our kubelet has directories for.
async fn remove_pods(endpoint: &str) -> anyhow::Result<()> {
    let client = cri::Client::connect(endpoint)?;
    let ours = pod_uids(&kubelet_root());
    let sandboxes = client.list_pod_sandbox(None).await?;
    let ids: BTreeSet<&str> = sandboxes
        .iter()
        .filter(|sandbox| sandbox.labels.get(UID_LABEL).is_some_and(|uid| ours.contains(uid)))
        .map(|sandbox| sandbox.id.as_str())
        .collect();
    let containers = client.list_containers(None).await?;
    let stops = containers
        .iter()
        .filter(|container| ids.contains(container.pod_sandbox_id.as_str()))
        .map(|container| client.stop_container(&container.id, CONTAINER_GRACE_SECONDS));
    for result in join_all(stops).await {
        result?;
    }
    let removals = ids.iter().map(|id| async {
        client.stop_pod_sandbox(id).await?;
        client.remove_pod_sandbox(id).await
    });
    for result in join_all(removals).await {
        result?;
    }
    Ok(())
}

/// The UIDs of the pods that the kubelet has a directory for.
fn pod_uids(kubelet_root: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(kubelet_root.join("pods"));
    entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

fn remove_bridge() -> anyhow::Result<()> {
    if Path::new("/sys/class/net").join(BRIDGE).exists() {
        steps::output(Command::new("ip").args(["link", "delete", BRIDGE]))?;
    }
    Ok(())
}

/// Removes the links in `directory` that lead below `target`.
fn remove_log_links(directory: &Path, target: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if fs::read_link(entry.path()).is_ok_and(|link| link.starts_with(target)) {
            // Gone already is as good.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn remove_tree(directory: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(directory) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("{} cannot be removed", directory.display())),
    }
}
