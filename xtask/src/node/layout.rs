//! Which directory and socket of a node belongs to what.

use std::path::{Path, PathBuf};

/// The directories of one node. Two nodes with different roots share nothing on disk.
#[derive(Debug, Clone)]
pub struct Layout {
    /// What outlives a reboot: containerd's content and snapshots, the registry's blobs, configuration, logs.
    root: PathBuf,
    /// What does not: sockets and containerd's state.
    state: PathBuf,
}

impl Layout {
    /// A node below `root` (on a file system that overlayfs accepts as an upper layer) and `state` (a tmpfs as a rule).
    pub fn new(root: impl Into<PathBuf>, state: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), state: state.into() }
    }

    /// The directory that outlives a reboot.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The directory of sockets and run-time state.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// containerd's content, metadata and snapshots.
    pub fn containerd_root(&self) -> PathBuf {
        self.root.join("containerd")
    }

    /// containerd's run-time state, with the shims' bundles.
    pub fn containerd_state(&self) -> PathBuf {
        self.state.join("containerd")
    }

    /// containerd's socket: CRI and its own API.
    pub fn containerd_socket(&self) -> PathBuf {
        self.state.join("containerd.sock")
    }

    /// containerd's configuration file.
    pub fn containerd_config(&self) -> PathBuf {
        self.root.join("containerd.toml")
    }

    /// The directory with one `hosts.toml` per registry host.
    pub fn certs_directory(&self) -> PathBuf {
        self.root.join("certs.d")
    }

    /// The CNI configuration directory.
    pub fn cni_configuration(&self) -> PathBuf {
        self.root.join("cni")
    }

    /// Where host-local keeps the addresses it gave away.
    pub fn cni_addresses(&self) -> PathBuf {
        self.state.join("cni-addresses")
    }

    /// The registry's blobs.
    pub fn registry_data(&self) -> PathBuf {
        self.root.join("registry")
    }

    /// The log file of one of the node's own programs.
    pub fn log(&self, program: &str) -> PathBuf {
        self.root.join("log").join(format!("{program}.log"))
    }
}
