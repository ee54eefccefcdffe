//! Certificates and kubeconfigs: exactly those of a cluster that kubeadm made.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::{API_PORT, NODE_NAME, POD_SUBNET, SERVICE_SUBNET};
use crate::node::sandboxed::NODE_ADDRESS;
use crate::steps;

/// Where kubeadm puts everything.
const DIRECTORY: &str = "/etc/kubernetes";

/// A certificate or key of the cluster, by its name without directory.
pub fn certificate(name: &str) -> String {
    format!("{DIRECTORY}/pki/{name}")
}

/// A kubeconfig by its name without directory, for example `admin.conf`.
pub fn kubeconfig(name: &str) -> PathBuf {
    Path::new(DIRECTORY).join(name)
}

/// Makes all of them.
///
/// # Errors
/// When kubeadm refuses.
pub fn make(kubeadm: &Path) -> anyhow::Result<()> {
    let file = kubeconfig("kubeadm.yaml");
    fs::write(&file, configuration()).with_context(|| format!("{} cannot be written", file.display()))?;
    for phase in [["certs", "all"], ["kubeconfig", "all"]] {
        steps::output(Command::new(kubeadm).args(["init", "phase"]).args(phase).arg("--config").arg(&file))?;
    }
    // kubeadm runs kube-proxy as a pod with a token; ours is a process with a certificate.
    make_kubeconfig(kubeadm, "system:kube-proxy", None, &kubeconfig("kube-proxy.conf"))
}

/// Makes the kubeconfig of a further user, after [`make`].
///
/// # Errors
/// When kubeadm refuses, or the file cannot be written.
pub fn make_kubeconfig(
    kubeadm: &Path,
    user: &str,
    organization: Option<&str>,
    file: &Path,
) -> anyhow::Result<()> {
    let mut command = Command::new(kubeadm);
    command.args(["kubeconfig", "user", "--client-name", user]);
    if let Some(organization) = organization {
        command.args(["--org", organization]);
    }
    let text = steps::output(command.arg("--config").arg(kubeconfig("kubeadm.yaml")))?;
    fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
}

/// kubeadm's configuration. Keys on elliptic curves are made in no time.
fn configuration() -> String {
    format!(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n\
         localAPIEndpoint: {{advertiseAddress: {NODE_ADDRESS}, bindPort: {API_PORT}}}\n\
         nodeRegistration: {{name: {NODE_NAME}, criSocket: \"unix:///run/containerd/containerd.sock\"}}\n\
         ---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.37.1\n\
         controlPlaneEndpoint: \"{NODE_ADDRESS}:{API_PORT}\"\nencryptionAlgorithm: ECDSA-P256\n\
         networking: {{serviceSubnet: {SERVICE_SUBNET}, podSubnet: {POD_SUBNET}, dnsDomain: cluster.local}}\n\
         apiServer: {{certSANs: [127.0.0.1, localhost]}}\n"
    )
}
