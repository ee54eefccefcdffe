//! Programs built from their Go modules, kept by content: the same module, recipe and Go version are built once.
//!
//! Each tool has a directory in `tests/tools` with a `go.mod` that pins its version.

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
    /// Its directory in `tests/tools`, and its name.
    pub name: &'static str,
    /// The packages that become programs.
    pub packages: &'static [&'static str],
    /// Build tags.
    pub tags: &'static str,
    /// Linker settings `-X path=value`.
    pub settings: &'static [&'static str],
    /// Whether C code is part of it.
    pub cgo: bool,
}

/// containerd with its shim and client.
pub const CONTAINERD: Tool = Tool {
    name: "containerd",
    packages: &[
        "github.com/containerd/containerd/v2/cmd/containerd",
        "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
        "github.com/containerd/containerd/v2/cmd/ctr",
    ],
    tags: "no_btrfs no_zfs no_devmapper",
    settings: &["github.com/containerd/containerd/v2/version.Version=v2.4.2"],
    cgo: false,
};

/// runc.
pub const RUNC: Tool = Tool {
    name: "runc",
    packages: &["github.com/opencontainers/runc"],
    tags: "seccomp",
    settings: &["main.version=1.5.2"],
    cgo: true,
};

/// The CNI plugins that a node of ours uses.
pub const CNI: Tool = Tool {
    name: "cni",
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
};

/// Upstream's kubelet, the peer of golden files and benchmarks.
pub const UPSTREAM_KUBELET: Tool = Tool {
    name: "upstream-kubelet",
    packages: &["k8s.io/kubernetes/cmd/kubelet"],
    tags: "",
    settings: &[
        "k8s.io/component-base/version.gitVersion=v1.37.1",
        "k8s.io/component-base/version.gitMajor=1",
        "k8s.io/component-base/version.gitMinor=37",
    ],
    cgo: true,
};

/// Every tool.
pub const ALL: [Tool; 4] = [CONTAINERD, RUNC, CNI, UPSTREAM_KUBELET];

impl Tool {
    /// Builds the tool unless that was done before, and returns the directory of its programs.
    ///
    /// # Errors
    /// When Go is missing, a module cannot be had, or the build fails.
    pub fn build(&self) -> anyhow::Result<PathBuf> {
        let go = go::find().context("Go 1.26 is not installed: run `cargo xtask setup`")?;
        let module = places::repository().join("tests/tools").join(self.name);
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
        fs::rename(&fresh, directory)
            .or_else(|error| {
                // Another run was faster: its result is as good.
                if directory.is_dir() { fs::remove_dir_all(&fresh) } else { Err(error) }
            })
            .with_context(|| format!("{} cannot be made", directory.display()))
    }

    /// A short digest of everything that decides the result.
    fn key(&self, go: &Path, module: &Path) -> anyhow::Result<String> {
        let mut inputs: BTreeMap<&str, String> = BTreeMap::new();
        for file in ["go.mod", "go.sum"] {
            inputs.insert(file, layer::file_digest(&module.join(file))?);
        }
        inputs.insert("recipe", format!("{self:?}"));
        inputs.insert("go", steps::output(Command::new(go).arg("version").current_dir(module))?);
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
