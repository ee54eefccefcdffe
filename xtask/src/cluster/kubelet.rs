//! The kubelet's configuration and flags, as kubeadm writes them.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context;
use serde_json::{Value, json};

use super::DNS_SERVICE;
use super::member::Member;
use super::pki::certificate;
use super::process::Component;
use crate::local;
use crate::tools;

/// The root directory of the first node's kubelet.
pub const ROOT: &str = "/var/lib/kubelet";

/// Which kubelet joins the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Ours, built from this source tree.
    Ours,
    /// Upstream's, built from its Go module.
    Upstream,
    /// A program that is there already.
    Program(PathBuf),
    /// None: the node is somebody else's business.
    Nobody,
}

impl FromStr for Choice {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "ours" => Self::Ours,
            "upstream" => Self::Upstream,
            "none" => Self::Nobody,
            path => Self::Program(PathBuf::from(path)),
        })
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ours => formatter.write_str("ours"),
            Self::Upstream => formatter.write_str("upstream"),
            Self::Nobody => formatter.write_str("none"),
            Self::Program(path) => path.display().fmt(formatter),
        }
    }
}

impl Choice {
    /// Builds what has to be built; afterwards it is a program with an absolute path, or nobody.
    ///
    /// # Errors
    /// When the build fails or the program is not there.
    pub fn build(self) -> anyhow::Result<Self> {
        Ok(match self {
            Self::Ours => Self::Program(local::kubelet::build()?),
            Self::Upstream => Self::Program(tools::UPSTREAM_KUBELET.build()?.join("kubelet")),
            Self::Program(path) => Self::Program(
                fs::canonicalize(&path).with_context(|| format!("there is no kubelet {}", path.display()))?,
            ),
            Self::Nobody => Self::Nobody,
        })
    }
}

/// The KubeletConfiguration of a node.
pub fn configuration(member: Member, runtime_endpoint: &str) -> Value {
    let (port, health_port) = member.ports();
    json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": { "enabled": false },
            "webhook": { "enabled": true },
            "x509": { "clientCAFile": certificate("ca.crt") },
        },
        "authorization": { "mode": "Webhook" },
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": member.cgroup_root(),
        "clusterDNS": [DNS_SERVICE],
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": runtime_endpoint,
        // Works on cgroup v1 as well, which the kubelet refuses by default.
        "failCgroupV1": false,
        "failSwapOn": false,
        "healthzBindAddress": "127.0.0.1",
        "healthzPort": health_port,
        // More than the usual 110, so that a test of 110 pods does not depend on what else runs.
        "maxPods": 250,
        "podLogsDir": member.pod_logs(),
        "port": port,
        "resolvConf": "/etc/resolv.conf",
        "staticPodPath": member.manifests(),
    })
}

/// Writes the configuration; the kubelet as a component that reads it.
///
/// # Errors
/// When a file or directory cannot be made.
pub fn component(member: Member, program: &Path, runtime_endpoint: &str) -> anyhow::Result<Component> {
    let root = member.root();
    for directory in [&root, &member.manifests(), &member.pod_logs()] {
        fs::create_dir_all(directory).with_context(|| format!("{} cannot be made", directory.display()))?;
    }
    let file = root.join("config.yaml");
    // JSON is YAML.
    fs::write(&file, format!("{:#}\n", configuration(member, runtime_endpoint)))
        .with_context(|| format!("{} cannot be written", file.display()))?;
    let arguments = vec![
        format!("--config={}", file.display()),
        format!("--kubeconfig={}", member.kubeconfig().display()),
        format!("--root-dir={}", root.display()),
        format!("--hostname-override={}", member.name()),
        format!("--node-ip={}", member.address()),
        "--v=4".to_owned(),
    ];
    Ok(Component { name: member.kubelet(), program: program.to_path_buf(), arguments })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_a_word_or_a_path() {
        for (text, expected) in [
            ("ours", Choice::Ours),
            ("upstream", Choice::Upstream),
            ("none", Choice::Nobody),
            ("/usr/bin/kubelet", Choice::Program(PathBuf::from("/usr/bin/kubelet"))),
        ] {
            let choice: Choice = text.parse().unwrap();
            assert_eq!((&choice, choice.to_string().as_str()), (&expected, text));
        }
    }
}
