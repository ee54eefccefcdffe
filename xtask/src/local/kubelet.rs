//! The kubelet: built, configured, started in a session of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::runtime::Runtime;
use super::{CGROUP, kubelet_root, layout, manifests, pod_logs, root};
use crate::node::cgroups;
use crate::node::containerd::open_log;
use crate::{places, steps};

/// Builds the release binary; Cargo's own progress is shown.
///
/// # Errors
/// When it does not build.
pub fn build() -> anyhow::Result<PathBuf> {
    steps::step("building the kubelet", || {
        let status = Command::new("cargo")
            .args(["build", "--release", "--package", "kubelet", "--bin", "kubelet"])
            .current_dir(places::repository())
            .stdin(Stdio::null())
            .status()
            .context("cargo cannot be started")?;
        if !status.success() {
            bail!("cargo build ended with {status}");
        }
        Ok(target_directory().join("release/kubelet"))
    })
}

/// Cargo's target directory.
pub fn target_directory() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| places::repository().join("target"), PathBuf::from)
}

/// The node's KubeletConfiguration. Pods' cgroups are below a group of our own where the runtime uses cgroupfs.
fn configuration(runtime: &Runtime) -> Value {
    let mut configuration = json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "staticPodPath": manifests(),
        "podLogsDir": pod_logs(),
        "cgroupDriver": if runtime.systemd_cgroups { "systemd" } else { "cgroupfs" },
        // Works on cgroup v1 as well, which the kubelet refuses by default.
        "failCgroupV1": false,
    });
    if !runtime.systemd_cgroups {
        configuration["cgroupRoot"] = json!(format!("/{CGROUP}"));
    }
    configuration
}

/// Starts the kubelet.
///
/// # Errors
/// When its files, its cgroup or the process cannot be made.
pub fn start(program: &Path, runtime: &Runtime) -> anyhow::Result<Child> {
    for directory in [kubelet_root(), manifests(), pod_logs()] {
        fs::create_dir_all(&directory).with_context(|| format!("{} cannot be made", directory.display()))?;
    }
    if !runtime.systemd_cgroups {
        cgroups::create(CGROUP, cgroups::Parent::Root)?;
    }
    let file = root().join("kubelet.json");
    fs::write(&file, format!("{:#}\n", configuration(runtime)))
        .with_context(|| format!("{} cannot be written", file.display()))?;
    // For `down`, which must find the pods in a runtime that is not ours.
    let endpoint = root().join("endpoint");
    fs::write(&endpoint, &runtime.endpoint)
        .with_context(|| format!("{} cannot be written", endpoint.display()))?;
    let log = open_log(&log())?;
    steps::daemon(program)
        .arg(format!("--config={}", file.display()))
        .arg(format!("--root-dir={}", kubelet_root().display()))
        .arg(format!("--container-runtime-endpoint={}", runtime.endpoint))
        .stdin(Stdio::null())
        .stdout(log.try_clone().context("the log's descriptor cannot be copied")?)
        .stderr(log)
        .spawn()
        .context("the kubelet cannot be started")
}

/// The kubelet's log file.
pub fn log() -> PathBuf {
    layout().log("kubelet")
}
