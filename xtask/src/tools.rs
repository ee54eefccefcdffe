//! Programs built from their Go modules, kept by content: the same module, recipe and Go version are built once.
//!
//! Each tool has a directory with a `go.mod` that pins its version: `tests/control-plane`, and those in `tests/tools`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::images::layer;
use crate::node::containerd::{Programs, open_log};
use crate::setup::go;
use crate::{places, steps};

/// How one tool is built.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// Its module's directory in the source tree.
    pub module: &'static str,
    /// The packages that become programs.
    pub packages: &'static [&'static str],
    /// Build tags.
    pub tags: &'static str,
    /// Linker settings `-X path=value`.
    pub settings: &'static [&'static str],
    /// Whether C code is part of it.
    pub cgo: bool,
    /// Programs that are called otherwise than their package: the package's last word, and the name.
    pub renamed: &'static [(&'static str, &'static str)],
}

/// containerd with its shim and client.
pub const CONTAINERD: Tool = Tool {
    name: "containerd",
    module: "tests/tools/containerd",
    packages: &[
        "github.com/containerd/containerd/v2/cmd/containerd",
        "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
        "github.com/containerd/containerd/v2/cmd/ctr",
    ],
    tags: "no_btrfs no_zfs no_devmapper",
    settings: &["github.com/containerd/containerd/v2/version.Version=v2.4.2"],
    cgo: false,
    renamed: &[],
};

/// runc.
pub const RUNC: Tool = Tool {
    name: "runc",
    module: "tests/tools/runc",
    packages: &["github.com/opencontainers/runc"],
    tags: "seccomp",
    settings: &["main.version=1.5.2"],
    cgo: true,
    renamed: &[],
};

/// The CNI plugins that a node of ours uses.
pub const CNI: Tool = Tool {
    name: "cni",
    module: "tests/tools/cni",
    packages: &[
        "github.com/containernetworking/plugins/plugins/ipam/host-local",
        "github.com/containernetworking/plugins/plugins/main/bridge",
        "github.com/containernetworking/plugins/plugins/main/loopback",
        "github.com/containernetworking/plugins/plugins/main/ptp",
        "github.com/containernetworking/plugins/plugins/meta/bandwidth",
        "github.com/containernetworking/plugins/plugins/meta/firewall",
        "github.com/containernetworking/plugins/plugins/meta/portmap",
        "github.com/containernetworking/plugins/plugins/meta/tuning",
    ],
    tags: "",
    settings: &[],
    cgo: false,
    renamed: &[],
};

/// Without these the programs call themselves v0.0.0-master, and whoever compares versions is misled.
const KUBERNETES_VERSION: [&str; 3] = [
    "k8s.io/component-base/version.gitVersion=v1.37.1",
    "k8s.io/component-base/version.gitMajor=1",
    "k8s.io/component-base/version.gitMinor=37",
];

/// The control plane of a test cluster: API server, controllers, scheduler, etcd, kube-proxy, kubeadm, kubectl.
pub const CONTROL_PLANE: Tool = Tool {
    name: "control-plane",
    module: "tests/control-plane",
    packages: &[
        "go.etcd.io/etcd/server/v3",
        "k8s.io/kubernetes/cmd/kube-apiserver",
        "k8s.io/kubernetes/cmd/kube-controller-manager",
        "k8s.io/kubernetes/cmd/kube-proxy",
        "k8s.io/kubernetes/cmd/kube-scheduler",
        "k8s.io/kubernetes/cmd/kubeadm",
        "k8s.io/kubernetes/cmd/kubectl",
    ],
    tags: "",
    settings: &KUBERNETES_VERSION,
    cgo: false,
    renamed: &[("server", "etcd")],
};

/// The DNS server of a test cluster: CoreDNS with few plugins.
pub const DNS: Tool = Tool {
    name: "dns",
    module: "tests/tools/dns",
    packages: &["kubelet.test/dns"],
    tags: "",
    settings: &[],
    cgo: false,
    renamed: &[],
};

/// Upstream's kubelet, the peer of golden files and benchmarks.
pub const UPSTREAM_KUBELET: Tool = Tool {
    name: "upstream-kubelet",
    module: "tests/tools/upstream-kubelet",
    packages: &["k8s.io/kubernetes/cmd/kubelet"],
    tags: "",
    settings: &KUBERNETES_VERSION,
    cgo: true,
    renamed: &[],
};

/// Every tool.
pub const ALL: [Tool; 6] = [CONTAINERD, RUNC, CNI, UPSTREAM_KUBELET, CONTROL_PLANE, DNS];

impl Tool {
    /// Builds the tool unless that was done before, and returns the directory of its programs.
    ///
    /// # Errors
    /// When Go is missing, a module cannot be had, or the build fails.
    pub fn build(&self) -> anyhow::Result<PathBuf> {
        let go = go::find().context("Go 1.26 is not installed: run `cargo xtask setup`")?;
        let module = places::repository().join(self.module);
        let directory =
            places::cache().join("tools").join(format!("{}-{}", self.name, self.key(&go, &module)?));
        if directory.is_dir() {
            return Ok(directory);
        }
        let lock = directory.with_extension("lock");
        let lock = open_log(&lock)?;
        lock.lock().context("the tool's lock cannot be taken")?;
        if directory.is_dir() {
            return Ok(directory);
        }
        steps::step(&format!("building {} from its Go module", self.name), || {
            self.build_into(&go, &module, &directory)
        })?;
        Ok(directory)
    }

    fn build_into(&self, go: &Path, module: &Path, directory: &Path) -> anyhow::Result<()> {
        let fresh = directory.with_extension(format!("new-{}", std::process::id()));
        let _ = fs::remove_dir_all(&fresh);
        fs::create_dir_all(&fresh).with_context(|| format!("{} cannot be made", fresh.display()))?;
        // The slash makes go build put one program per package into the directory.
        let target = format!("{}/", fresh.display());
        let flags =
            self.settings.iter().fold("-s -w".to_owned(), |flags, setting| format!("{flags} -X {setting}"));
        steps::output(
            Command::new(go)
                .current_dir(module)
                .env("CGO_ENABLED", if self.cgo { "1" } else { "0" })
                .args(["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-tags", self.tags])
                .args(["-ldflags", &flags, "-o", &target])
                .args(self.packages),
        )?;
        for (from, to) in self.renamed {
            fs::rename(fresh.join(from), fresh.join(to)).with_context(|| format!("{from} was not built"))?;
        }
        fs::rename(&fresh, directory)
            .or_else(|error| {
                // Another run was faster: its result is as good.
                if directory.is_dir() { fs::remove_dir_all(&fresh) } else { Err(error) }
            })
            .with_context(|| format!("{} cannot be made", directory.display()))
    }

    /// A short digest of everything that decides the result.
    fn key(&self, go: &Path, module: &Path) -> anyhow::Result<String> {
        let mut inputs: BTreeMap<String, String> = BTreeMap::new();
        let files = fs::read_dir(module).with_context(|| format!("{} cannot be read", module.display()))?;
        for file in files.flatten() {
            inputs.insert(file.file_name().to_string_lossy().into_owned(), layer::file_digest(&file.path())?);
        }
        inputs.insert("recipe".to_owned(), format!("{self:?}"));
        inputs.insert(
            "go version".to_owned(),
            steps::output(Command::new(go).arg("version").current_dir(module))?,
        );
        let digest = layer::digest(format!("{inputs:?}").as_bytes());
        Ok(digest.trim_start_matches("sha256:").chars().take(16).collect())
    }
}

impl Programs {
    /// containerd 2.4 with runc 1.5 and CNI plugins 1.9, built when they are not there yet.
    ///
    /// # Errors
    /// When one of them cannot be built.
    pub fn built() -> anyhow::Result<Self> {
        let containerd = CONTAINERD.build()?;
        Ok(Self {
            containerd: containerd.join("containerd"),
            shim_directory: containerd,
            runc: RUNC.build()?.join("runc"),
            cni_plugins: CNI.build()?,
        })
    }
}
