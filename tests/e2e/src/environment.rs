//! What the box gives to its command, from `cargo xtask node exec`.

use anyhow::{Context, bail};
use std::path::PathBuf;

/// The variable without which there is no box.
pub const RUNTIME_VARIABLE: &str = "KUBELET_TEST_CRI";
/// The variable with the directory of the logs of the box's programs.
pub const LOGS_VARIABLE: &str = "KUBELET_TEST_LOGS";

/// Where everything is.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The runtime's endpoint, `unix:///…`.
    pub runtime_endpoint: String,
    /// A directory of the box's own, for the kubelets' root directories.
    pub root: PathBuf,
    /// The node's address.
    pub node_ip: String,
    /// The registry's `host:port`.
    pub registry: String,
    /// Which containerd: `1.6` or `2.4`.
    pub containerd: String,
    /// The runtime's process.
    pub containerd_pid: i32,
    /// The kubelet's binary.
    pub binary: PathBuf,
}

impl Environment {
    /// The environment of the box; `None` outside of one.
    ///
    /// # Errors
    /// When a box is there, but not everything in it.
    pub fn from_process() -> anyhow::Result<Option<Self>> {
        let Ok(runtime_endpoint) = std::env::var(RUNTIME_VARIABLE) else {
            return Ok(None);
        };
        let binary = binary()?;
        let containerd_pid = variable("KUBELET_TEST_CONTAINERD_PID")?;
        Ok(Some(Self {
            runtime_endpoint,
            root: variable("KUBELET_TEST_ROOT")?.into(),
            node_ip: variable("KUBELET_TEST_NODE_IP")?,
            registry: variable("KUBELET_TEST_REGISTRY")?,
            containerd: variable("KUBELET_TEST_CONTAINERD")?,
            containerd_pid: containerd_pid.parse().context("KUBELET_TEST_CONTAINERD_PID is no number")?,
            binary,
        }))
    }
}

fn variable(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set"))
}

/// `KUBELET_BINARY`, else the one beside this test's own program.
fn binary() -> anyhow::Result<PathBuf> {
    let path = match std::env::var_os("KUBELET_BINARY") {
        Some(path) => PathBuf::from(path),
        None => {
            let own = std::env::current_exe().context("the path of this program is not known")?;
            let profile = own.parent().and_then(|deps| deps.parent()).context("no target directory")?;
            profile.join("kubelet")
        }
    };
    if !path.is_file() {
        bail!("there is no kubelet at {}: cargo build -p kubelet, or set KUBELET_BINARY", path.display());
    }
    Ok(path)
}
