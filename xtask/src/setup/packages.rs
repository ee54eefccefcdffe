//! What the distribution gives. Services that come with a package are not started, and stay off.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use super::Purpose;
use crate::{places, steps};

/// How to see that a package's part is there.
#[derive(Debug, Clone, Copy)]
enum Sign {
    /// A program of this name.
    Program(&'static str),
    /// One of these files.
    File(&'static [&'static str]),
}

/// A part that a purpose needs, and the package that has it.
#[derive(Debug, Clone, Copy)]
struct Part {
    purpose: Purpose,
    sign: Sign,
    package: &'static str,
    /// The service that the package would start.
    service: Option<&'static str>,
}

const fn program(
    purpose: Purpose,
    name: &'static str,
    package: &'static str,
    service: Option<&'static str>,
) -> Part {
    Part { purpose, sign: Sign::Program(name), package, service }
}

const PARTS: [Part; 23] = [
    program(Purpose::Runtime, "containerd", "containerd", Some("containerd")),
    program(Purpose::Runtime, "runc", "runc", None),
    Part {
        purpose: Purpose::Runtime,
        sign: Sign::File(&["/usr/lib/cni/bridge", "/opt/cni/bin/bridge"]),
        package: "containernetworking-plugins",
        service: None,
    },
    program(Purpose::Runtime, "ip", "iproute2", None),
    program(Purpose::Runtime, "iptables", "iptables", None),
    program(Purpose::Runtime, "mount", "mount", None),
    program(Purpose::Runtime, "unshare", "util-linux", None),
    program(Purpose::Images, "nginx", "nginx-light", Some("nginx")),
    program(Purpose::Images, "busybox", "busybox-static", None),
    program(Purpose::Images, "docker-registry", "docker-registry", Some("docker-registry")),
    program(Purpose::Images, "cc", "gcc", None),
    program(Purpose::Images, "make", "make", None),
    Part {
        purpose: Purpose::Images,
        sign: Sign::File(&["/usr/include/stdlib.h"]),
        package: "libc6-dev",
        service: None,
    },
    Part {
        purpose: Purpose::Cluster,
        sign: Sign::File(&["/usr/include/seccomp.h"]),
        package: "libseccomp-dev",
        service: None,
    },
    program(Purpose::Cluster, "pkg-config", "pkg-config", None),
    program(Purpose::Tests, "curl", "curl", None),
    program(Purpose::Tests, "ps", "procps", None),
    program(Purpose::Tests, "python3", "python3", None),
    program(Purpose::Tests, "qemu-system-x86_64", "qemu-system-x86", None),
    program(Purpose::Tests, "systemctl", "systemd", None),
    program(Purpose::Tests, "dbus-daemon", "dbus", None),
    program(Purpose::Tests, "strip", "binutils", None),
    Part {
        purpose: Purpose::Tests,
        sign: Sign::File(&["/usr/share/dbus-1/system.conf"]),
        package: "dbus",
        service: None,
    },
];

/// The policy by which Debian's packages ask whether to start their service.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Installs the packages of the parts that are missing.
///
/// # Errors
/// When they are missing and there is no apt-get, or it fails.
pub fn install(purpose: Purpose) -> anyhow::Result<()> {
    let missing: Vec<Part> =
        PARTS.into_iter().filter(|part| part.purpose <= purpose && !part.is_there()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: BTreeSet<&str> = missing.iter().map(|part| part.package).collect();
    let packages: Vec<&str> = packages.into_iter().collect();
    let named = packages.join(" ");
    let Some(apt) = places::find_program("apt-get") else {
        bail!(
            "this machine has no apt-get: install what has these Debian packages' programs yourself: {named}"
        );
    };
    let policy = StartPolicy::forbid()?;
    steps::step(&format!("installing {named}"), || {
        apt_get(&apt, &["update"])?;
        let mut arguments = vec!["install", "--no-install-recommends"];
        arguments.extend(&packages);
        apt_get(&apt, &arguments).with_context(|| {
            format!("the packages cannot be installed: check the network, or install them by hand: {named}")
        })
    })?;
    drop(policy);
    for service in missing.iter().filter_map(|part| part.service) {
        disable(service)?;
    }
    Ok(())
}

/// Installs one package by name.
///
/// # Errors
/// When there is no apt-get, or it fails.
pub fn install_one(package: &str) -> anyhow::Result<()> {
    let Some(apt) = places::find_program("apt-get") else {
        bail!("this machine has no apt-get: install {package} yourself");
    };
    apt_get(&apt, &["install", "--no-install-recommends", package])
}

impl Part {
    fn is_there(&self) -> bool {
        match self.sign {
            Sign::Program(name) => places::find_program(name).is_some(),
            Sign::File(paths) => paths.iter().any(|path| Path::new(path).exists()),
        }
    }
}

fn apt_get(apt: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    steps::output(
        Command::new(apt)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["--yes", "--quiet", "-o", "Acquire::Retries=2", "-o", "DPkg::Lock::Timeout=120"])
            .args(arguments),
    )?;
    Ok(())
}

/// Keeps a service that we installed from starting at the next boot.
fn disable(service: &str) -> anyhow::Result<()> {
    if !Path::new("/run/systemd/system").exists() {
        return Ok(());
    }
    steps::output(Command::new("systemctl").args(["disable", "--now", "--quiet", service]))?;
    Ok(())
}

/// While it lives, packages may not start services. A policy that is there already stays.
struct StartPolicy {
    made: Option<PathBuf>,
}

impl StartPolicy {
    fn forbid() -> anyhow::Result<Self> {
        let mut file = match File::create_new(POLICY) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Ok(Self { made: None });
            }
            Err(error) => return Err(error).with_context(|| format!("{POLICY} cannot be written")),
        };
        let made = Self { made: Some(PathBuf::from(POLICY)) };
        // 101: "action forbidden by policy" (invoke-rc.d(8)).
        file.write_all(b"#!/bin/sh\nexit 101\n").with_context(|| format!("{POLICY} cannot be written"))?;
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(POLICY, mode).with_context(|| format!("{POLICY} cannot be made executable"))?;
        Ok(made)
    }
}

impl Drop for StartPolicy {
    fn drop(&mut self) {
        if let Some(path) = &self.made
            && let Err(error) = fs::remove_file(path)
        {
            steps::say(&format!("{} cannot be removed: {error}; remove it yourself", path.display()));
        }
    }
}
