//! The box's own programs: registry and containerd, then the command.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::Context;

use super::{NODE_ADDRESS, Plan, exit_code};
use crate::images;
use crate::node::cni::{self, Network};
use crate::node::containerd::{Containerd, Mirror, Programs, Settings, hosts_file};
use crate::node::layout::Layout;
use crate::node::registry::Registry;

/// The variable that names the directory of the box's node.
pub(crate) const NODE_VARIABLE: &str = "KUBELET_TEST_NODE";
/// The host whose images want a password, [`crate::node::registry::PRIVATE_USER`]'s.
const PRIVATE_HOST: &str = "registry.private";
/// Where the sockets and the state of the box's parts are.
pub(crate) const STATE: &str = "/run/containerd";

/// Which containerd a box has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ContainerdVersion {
    /// The distribution's (1.6 on Debian 12), with its runc and CNI plugins.
    #[value(name = "1.6", alias = "distribution")]
    Distribution,
    /// containerd 2.4 with runc 1.5 and CNI plugins 1.9, built from their Go modules.
    #[value(name = "2.4", alias = "built")]
    Built,
}

impl fmt::Display for ContainerdVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Distribution => "1.6",
            Self::Built => "2.4",
        })
    }
}

/// Starts what the plan wants, then runs its command with the `KUBELET_TEST_*` variables that name the parts.
///
/// # Errors
/// When a part cannot be started. The command's own failure is the exit code.
pub fn inside(directory: &Path, plan: &Plan) -> anyhow::Result<ExitCode> {
    let (program, arguments) = plan.command.split_first().context("there is no command to run")?;
    let layout = Layout::new(directory.join("node"), STATE);
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("KUBELET_TEST_ROOT", "/var/lib/kubelet")
        .env("KUBELET_TEST_CGROUP_ROOT", "/")
        .env("KUBELET_TEST_NODE_IP", NODE_ADDRESS)
        .env("KUBELET_TEST_LOGS", layout.root().join("log"))
        .env(NODE_VARIABLE, layout.root())
        .env("KUBELET_TEST_CONTAINERD", plan.containerd.to_string());
    let parts = if plan.bare { None } else { Some(start_parts(&layout, plan.containerd)?) };
    if let Some((registry, containerd)) = &parts {
        command
            .env("KUBELET_TEST_CRI", containerd.endpoint())
            .env("KUBELET_TEST_CONTAINERD_PID", containerd.pid().to_string())
            .env("KUBELET_TEST_REGISTRY", registry.address().to_string());
    }
    let status = command.status().with_context(|| format!("{program} cannot be started"))?;
    // Registry, containerd, shims and pods end with the box's PID 1.
    Ok(exit_code(status))
}

/// Starts the registries and containerd, which pulls from those alone.
///
/// # Errors
/// When one of them cannot be started.
pub(crate) fn start_parts(
    layout: &Layout,
    version: ContainerdVersion,
) -> anyhow::Result<(Registry, Containerd)> {
    let network = Network { bridge: "cni0".to_owned(), subnet: "10.88.0.0/16".to_owned(), masquerade: false };
    cni::write(&network, layout)?;
    let registry = Registry::start(layout)?;
    images::push_all(registry.address())?;
    let settings =
        Settings { mirror: Some(Mirror { address: registry.address(), only: true }), systemd_cgroup: false };
    let containerd = Containerd::start(&programs(version)?, layout, &settings)?;
    start_private_registry(layout)?;
    Ok((registry, containerd))
}

/// The programs of a containerd of this version.
///
/// # Errors
/// When one is not installed, or cannot be built.
pub(crate) fn programs(version: ContainerdVersion) -> anyhow::Result<Programs> {
    match version {
        ContainerdVersion::Distribution => Programs::distribution(),
        ContainerdVersion::Built => Programs::built(),
    }
}

/// Starts the registry that wants a password, and tells containerd where its host is.
fn start_private_registry(layout: &Layout) -> anyhow::Result<()> {
    let private = Registry::start_private(layout)?;
    let directory = layout.certs_directory().join(PRIVATE_HOST);
    let mirror = Mirror { address: private.address(), only: true };
    fs::create_dir_all(&directory)
        .and_then(|()| fs::write(directory.join("hosts.toml"), hosts_file(PRIVATE_HOST, mirror)))
        .with_context(|| format!("{} cannot be written", directory.display()))
}
