//! Where a session keeps its files. The paths are the same for every recording: they are part of what is recorded (a
//! static pod's UID depends on the path of its manifest).

use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// The node's name.
pub const NODE_NAME: &str = "golden-node";
/// All of a session's files but the kubelet's own.
const WORK: &str = "/run/golden";
/// The variable in which the box names the directory for a kubelet.
const ROOT_VARIABLE: &str = "KUBELET_TEST_ROOT";
/// The variable in which the box names the runtime's socket.
const RUNTIME_VARIABLE: &str = "KUBELET_TEST_CRI";

/// The kubelet's root directory.
pub fn root() -> PathBuf {
    std::env::var_os(ROOT_VARIABLE).map_or_else(|| PathBuf::from("/var/lib/kubelet"), PathBuf::from)
}

/// The runtime's socket.
///
/// # Errors
/// Outside a box.
pub fn runtime() -> anyhow::Result<PathBuf> {
    let endpoint = std::env::var(RUNTIME_VARIABLE).with_context(|| {
        format!("{RUNTIME_VARIABLE} is not set: this runs in a box (`cargo xtask node exec -- …`)")
    })?;
    Ok(PathBuf::from(endpoint.strip_prefix("unix://").unwrap_or(&endpoint)))
}

/// The directory that the kubelet reads its manifests from.
pub fn manifests() -> PathBuf {
    Path::new(WORK).join("manifests")
}

/// The proxy's socket.
pub fn proxy_socket() -> PathBuf {
    Path::new(WORK).join("cri.sock")
}

/// The kubelet's configuration file.
pub fn configuration() -> PathBuf {
    Path::new(WORK).join("config.yaml")
}

/// The resolver configuration that pods inherit.
pub fn resolv_conf() -> PathBuf {
    Path::new(WORK).join("resolv.conf")
}

/// The kubelet's log.
pub fn log() -> PathBuf {
    Path::new(WORK).join("kubelet.log")
}

/// Makes the session's directories anew, with the files that hostPath volumes of the corpus name.
///
/// # Errors
/// When something of it cannot be made.
pub fn prepare() -> anyhow::Result<()> {
    match std::fs::remove_dir_all(WORK) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).context(format!("{WORK} cannot be removed"));
        }
        Ok(()) | Err(_) => {}
    }
    let host = Path::new(WORK).join("host");
    for directory in [manifests(), host.join("directory"), host.join("links")] {
        std::fs::create_dir_all(&directory)
            .with_context(|| format!("{} cannot be made", directory.display()))?;
    }
    std::fs::write(host.join("file"), "a file of the node\n")
        .context("a file of the node cannot be written")?;
    // The socket file outlives its listener.
    drop(UnixListener::bind(host.join("socket")).context("a socket of the node cannot be made")?);
    symlink("/etc", host.join("links/outside")).context("a link of the node cannot be made")?;
    std::fs::write(resolv_conf(), "nameserver 192.0.2.253\nsearch golden.example\noptions timeout:2\n")
        .context("the resolver configuration cannot be written")
}
