//! A node of the cluster: what it does not share with the others.
//!
//! All nodes live in one box, each with a containerd, a bridge, an address, directories and cgroups of its own. The first one
//! has everything where a real node has it; the others have it aside.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::pki;
use crate::node::cgroups;
use crate::node::cni::{self, Network};
use crate::node::containerd::{Containerd, Mirror, Settings};
use crate::node::layout::Layout;
use crate::node::sandboxed::{ContainerdVersion, STATE, programs};
use crate::steps;

/// The most nodes of a cluster: more of them would only wait for each other on an ordinary machine.
pub const MOST_NODES: u8 = 5;
/// The first two numbers of the pods' addresses on the first node; the next node has the next ones.
const FIRST_POD_SUBNET: u8 = 88;
/// The first node's ports, of the kubelet's server and of its health.
const FIRST_PORTS: (u16, u16) = (10250, 10248);

/// A node of the cluster, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member(u8);

impl Member {
    /// The node that is always there.
    pub const FIRST: Self = Self(1);

    /// The nodes of a cluster of `count`.
    pub fn all(count: u8) -> impl Iterator<Item = Self> {
        (1..=count).map(Self)
    }

    /// Its name.
    pub fn name(self) -> String {
        format!("node-{}", self.0)
    }

    /// What its kubelet is called in records and logs.
    pub fn kubelet(self) -> String {
        self.aside("kubelet")
    }

    /// Its address.
    pub fn address(self) -> String {
        format!("10.99.0.{}", self.0 + 1)
    }

    /// Its kubelet's identity.
    pub fn kubeconfig(self) -> PathBuf {
        pki::kubeconfig(&format!("{}.conf", self.kubelet()))
    }

    /// The kubelet's root directory.
    pub fn root(self) -> PathBuf {
        self.directory("/var/lib/kubelet")
    }

    /// Where static pods' manifests are.
    pub fn manifests(self) -> PathBuf {
        PathBuf::from(self.aside("/etc/kubernetes/manifests"))
    }

    /// Where pods' logs are.
    pub fn pod_logs(self) -> PathBuf {
        self.directory("/var/log/pods")
    }

    /// The cgroup below which its pods are, from the box's root.
    pub fn cgroup_root(self) -> String {
        if self == Self::FIRST { "/".to_owned() } else { format!("/{}", self.name()) }
    }

    /// The ports of the kubelet's server and of its health: all nodes share the box's network.
    pub fn ports(self) -> (u16, u16) {
        let further = 1000 * u16::from(self.0 - 1);
        (FIRST_PORTS.0 + further, FIRST_PORTS.1 + further)
    }

    /// Starts what a further node has beside its kubelet. The registry is the first one's.
    ///
    /// # Errors
    /// When a part does not start.
    pub fn start_runtime(
        self,
        version: ContainerdVersion,
        first: &Layout,
        mirror: Mirror,
    ) -> anyhow::Result<Containerd> {
        let address = format!("{}/24", self.address());
        steps::output(Command::new("ip").args(["addr", "add", &address, "dev", "node0"]))?;
        cgroups::create(&self.name(), cgroups::Parent::Root)?;
        let layout = Layout::new(first.root().join(self.name()), self.aside(STATE));
        let number = FIRST_POD_SUBNET + self.0 - 1;
        let network = Network {
            bridge: format!("cni{}", self.0 - 1),
            subnet: format!("10.{number}.0.0/16"),
            masquerade: false,
        };
        cni::write(&network, &layout)?;
        let settings = Settings { mirror: Some(mirror), systemd_cgroup: false };
        Containerd::start(&programs(version)?, &layout, &settings)
    }

    /// Makes the identity of a further node's kubelet; that of the first one comes with the cluster.
    ///
    /// # Errors
    /// When kubeadm refuses.
    pub fn make_kubeconfig(self, kubeadm: &Path) -> anyhow::Result<()> {
        let user = format!("system:node:{}", self.name());
        pki::make_kubeconfig(kubeadm, &user, Some("system:nodes"), &self.kubeconfig())
            .with_context(|| format!("the identity of {}", self.name()))
    }

    /// A directory or name of the first node, and one like it for each further one.
    fn aside(self, first: &str) -> String {
        if self == Self::FIRST { first.to_owned() } else { format!("{first}-{}", self.0) }
    }

    /// A directory that is big or mounted on: below the box's own ones, see `OWN_DIRECTORIES` of the box.
    fn directory(self, first: &str) -> PathBuf {
        if self == Self::FIRST {
            return PathBuf::from(first);
        }
        Path::new("/var/lib/kubelet-rs").join(self.name()).join(first.rsplit('/').next().unwrap_or(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_share_nothing() {
        let told = |member: Member| {
            let (server, health) = member.ports();
            let places = [member.root(), member.manifests(), member.pod_logs(), member.kubeconfig()]
                .map(|path| path.display().to_string());
            let names = [member.name(), member.kubelet(), member.address(), member.cgroup_root()];
            format!("{} {} {server} {health}", places.join(" "), names.join(" "))
        };
        let told: Vec<String> = Member::all(2).map(told).collect();
        assert_eq!(
            told,
            [
                "/var/lib/kubelet /etc/kubernetes/manifests /var/log/pods /etc/kubernetes/kubelet.conf node-1 kubelet \
                 10.99.0.2 / 10250 10248",
                "/var/lib/kubelet-rs/node-2/kubelet /etc/kubernetes/manifests-2 /var/lib/kubelet-rs/node-2/pods \
                 /etc/kubernetes/kubelet-2.conf node-2 kubelet-2 10.99.0.3 /node-2 11250 11248",
            ]
        );
    }
}
