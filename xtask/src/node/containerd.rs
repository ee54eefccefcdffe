//! A private containerd: its own root, state and socket, its own CNI and registry configuration.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::SocketAddrV4;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::layout::Layout;
use crate::{places, steps};

/// The sandbox image that every node of ours uses, whatever its containerd would take by itself.
pub const SANDBOX_IMAGE: &str = "registry.k8s.io/pause:3.10";
/// The registry hosts that are answered by the loopback registry.
const MIRRORED_HOSTS: [&str; 2] = ["docker.io", "registry.k8s.io"];
/// How long containerd may take to answer.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// The bit of CAP_SYS_RESOURCE in a capability mask (capability.h).
const CAP_SYS_RESOURCE: u32 = 24;

/// A version of containerd with the programs that belong to it.
#[derive(Debug, Clone)]
pub struct Programs {
    /// The daemon.
    pub containerd: PathBuf,
    /// The directory of `containerd-shim-runc-v2` and `ctr`.
    pub shim_directory: PathBuf,
    /// The OCI runtime.
    pub runc: PathBuf,
    /// The directory of the CNI plugins.
    pub cni_plugins: PathBuf,
}

impl Programs {
    /// What the distribution installed.
    ///
    /// # Errors
    /// When one of the programs is missing: the message says how to get it.
    pub fn distribution() -> anyhow::Result<Self> {
        let find = |program: &str| {
            places::find_program(program)
                .with_context(|| format!("{program} is not installed: run `cargo xtask setup`"))
        };
        let containerd = find("containerd")?;
        let shim = find("containerd-shim-runc-v2")?;
        let cni_plugins = ["/usr/lib/cni", "/opt/cni/bin"]
            .map(PathBuf::from)
            .into_iter()
            .find(|directory| directory.join("bridge").exists())
            .context("the CNI plugins are not installed: run `cargo xtask setup`")?;
        Ok(Self {
            shim_directory: shim.parent().unwrap_or(Path::new("/usr/bin")).to_path_buf(),
            containerd,
            runc: find("runc")?,
            cni_plugins,
        })
    }

    /// The version that `containerd --version` tells, for example `1.6.20`.
    ///
    /// # Errors
    /// When the program cannot be run or tells no version.
    pub fn version(&self) -> anyhow::Result<Version> {
        let told = steps::output(Command::new(&self.containerd).arg("--version"))?;
        Version::parse(&told)
            .with_context(|| format!("{} tells no version: {told}", self.containerd.display()))
    }
}

/// A containerd version, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// 1 or 2.
    pub major: u32,
    /// 6 in 1.6.20.
    pub minor: u32,
}

impl Version {
    /// The first word of `told` that looks like a version.
    pub fn parse(told: &str) -> Option<Self> {
        told.split_whitespace().find_map(|word| {
            let mut numbers = word.trim_start_matches('v').split('.');
            let major = numbers.next()?.parse().ok()?;
            let minor = numbers.next()?.parse().ok()?;
            Some(Self { major, minor })
        })
    }
}

/// What a private containerd is configured with, beside its [`Layout`].
#[derive(Debug, Clone)]
pub struct Settings {
    /// The registry that answers for docker.io and registry.k8s.io.
    pub mirror: Option<Mirror>,
    /// Whether runc talks to systemd about cgroups.
    pub systemd_cgroup: bool,
}

/// A registry that is asked before the real one.
#[derive(Debug, Clone, Copy)]
pub struct Mirror {
    /// Where it listens: plain HTTP on loopback.
    pub address: SocketAddrV4,
    /// Whether the real registry is left alone even for images that the mirror lacks. In tests a missing image must
    /// fail at once instead of trying the network.
    pub only: bool,
}

/// The configuration file for a containerd of this version.
///
/// 1.x reads version 2 of the format, 2.x version 3 with its renamed plugins. `restrict_oom_score_adj` is set where the
/// process may not lower its own score: otherwise runc dies with "can't get final child's PID from pipe: EOF".
pub fn configuration(
    version: Version,
    programs: &Programs,
    layout: &Layout,
    settings: &Settings,
    restrict_oom_score: bool,
) -> String {
    let mut text = String::new();
    let old = version.major < 2;
    let (runtime, images) = if old {
        ("io.containerd.grpc.v1.cri", "io.containerd.grpc.v1.cri")
    } else {
        ("io.containerd.cri.v1.runtime", "io.containerd.cri.v1.images")
    };
    let quoted = |path: &Path| format!("{:?}", path.display().to_string());
    let mut line = |value: String| {
        let _ = writeln!(text, "{value}");
    };
    line(format!("version = {}", if old { 2 } else { 3 }));
    line(format!("root = {}", quoted(&layout.containerd_root())));
    line(format!("state = {}", quoted(&layout.containerd_state())));
    // Snapshotters and an image unpacker that need kernel parts or directories of their own.
    line(
        "disabled_plugins = [\"io.containerd.snapshotter.v1.btrfs\", \"io.containerd.snapshotter.v1.zfs\", \
         \"io.containerd.snapshotter.v1.devmapper\", \"io.containerd.snapshotter.v1.aufs\", \
         \"io.containerd.snapshotter.v1.blockfile\", \"io.containerd.snapshotter.v1.erofs\", \
         \"io.containerd.nri.v1.nri\", \"io.containerd.tracing.processor.v1.otlp\", \"io.containerd.internal.v1.tracing\"]"
            .to_owned(),
    );
    line(format!("\n[grpc]\naddress = {}", quoted(&layout.containerd_socket())));
    line(format!(
        "\n[plugins.\"io.containerd.internal.v1.opt\"]\npath = {}",
        quoted(&layout.containerd_root().join("opt"))
    ));
    line(format!("\n[plugins.\"{runtime}\"]"));
    line(format!("restrict_oom_score_adj = {restrict_oom_score}"));
    line("netns_mounts_under_state_dir = true".to_owned());
    if old {
        line(format!("sandbox_image = \"{SANDBOX_IMAGE}\""));
    }
    line(format!("\n[plugins.\"{runtime}\".cni]"));
    if old {
        line(format!("bin_dir = {}", quoted(&programs.cni_plugins)));
    } else {
        line(format!("bin_dirs = [{}]", quoted(&programs.cni_plugins)));
    }
    line(format!("conf_dir = {}", quoted(&layout.cni_configuration())));
    line(format!("\n[plugins.\"{runtime}\".containerd]\ndefault_runtime_name = \"runc\""));
    if old {
        line("snapshotter = \"overlayfs\"".to_owned());
    }
    for handler in ["runc", "test-handler"] {
        line(format!("\n[plugins.\"{runtime}\".containerd.runtimes.{handler}]"));
        line("runtime_type = \"io.containerd.runc.v2\"".to_owned());
        line(format!("\n[plugins.\"{runtime}\".containerd.runtimes.{handler}.options]"));
        line(format!("BinaryName = {}", quoted(&programs.runc)));
        line(format!("Root = {}", quoted(&layout.state().join("runc"))));
        line(format!("SystemdCgroup = {}", settings.systemd_cgroup));
    }
    if !old {
        line(format!("\n[plugins.\"{images}\"]\nsnapshotter = \"overlayfs\""));
        line(format!("\n[plugins.\"{images}\".pinned_images]\nsandbox = \"{SANDBOX_IMAGE}\""));
    }
    line(format!("\n[plugins.\"{images}\".registry]\nconfig_path = {}", quoted(&layout.certs_directory())));
    text
}

/// The `hosts.toml` for one registry host.
pub fn hosts_file(host: &str, mirror: Mirror) -> String {
    let server = match (mirror.only, host) {
        (true, _) => format!("http://{}", mirror.address),
        (false, "docker.io") => "https://registry-1.docker.io".to_owned(),
        (false, host) => format!("https://{host}"),
    };
    format!(
        "server = \"{server}\"\n\n[host.\"http://{}\"]\ncapabilities = [\"pull\", \"resolve\"]\n",
        mirror.address
    )
}

/// A running private containerd.
#[derive(Debug)]
pub struct Containerd {
    process: Child,
    socket: PathBuf,
}

impl Containerd {
    /// Writes the configuration, starts the daemon and waits until its API answers.
    ///
    /// # Errors
    /// When a file cannot be written, or the daemon ends or stays silent: the message ends with its last words.
    pub fn start(programs: &Programs, layout: &Layout, settings: &Settings) -> anyhow::Result<Self> {
        let version = programs.version()?;
        write_configuration(version, programs, layout, settings)?;
        let log = layout.log("containerd");
        let output = open_log(&log)?;
        let path = std::env::var("PATH").unwrap_or_default();
        let process = steps::daemon(&programs.containerd)
            .arg("--config")
            .arg(layout.containerd_config())
            .env("PATH", format!("{}:{path}:/usr/sbin:/sbin", programs.shim_directory.display()))
            .env_remove("NOTIFY_SOCKET")
            .stdin(Stdio::null())
            .stdout(output.try_clone().context("the log's descriptor cannot be copied")?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("{} cannot be started", programs.containerd.display()))?;
        let mut containerd = Self { process, socket: layout.containerd_socket() };
        containerd.wait_until_ready(&programs.shim_directory.join("ctr"), &log)?;
        Ok(containerd)
    }

    /// The CRI endpoint as flags and clients want it.
    pub fn endpoint(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// The daemon's process id.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    fn wait_until_ready(&mut self, ctr: &Path, log: &Path) -> anyhow::Result<()> {
        let start = Instant::now();
        loop {
            if self.socket.exists()
                && steps::output(Command::new(ctr).arg("--address").arg(&self.socket).arg("version")).is_ok()
            {
                return Ok(());
            }
            if let Some(status) = self.process.try_wait().context("containerd cannot be waited for")? {
                bail!("containerd ended with {status}\n{}", steps::tail(log, 20));
            }
            if start.elapsed() > START_TIMEOUT {
                self.process.kill().context("containerd cannot be ended")?;
                bail!("containerd does not answer at {}\n{}", self.socket.display(), steps::tail(log, 20));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn write_configuration(
    version: Version,
    programs: &Programs,
    layout: &Layout,
    settings: &Settings,
) -> anyhow::Result<()> {
    let restrict = !may_lower_oom_score().unwrap_or(true);
    write_file(&layout.containerd_config(), &configuration(version, programs, layout, settings, restrict))?;
    let Some(mirror) = settings.mirror else { return Ok(()) };
    for host in MIRRORED_HOSTS {
        write_file(&layout.certs_directory().join(host).join("hosts.toml"), &hosts_file(host, mirror))?;
    }
    Ok(())
}

fn write_file(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(|| format!("{} cannot be made", parent.display()))?;
    }
    fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

/// Opens a log file for appending, with its directory.
///
/// # Errors
/// When either cannot be made.
pub fn open_log(path: &Path) -> anyhow::Result<File> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(|| format!("{} cannot be made", parent.display()))?;
    }
    File::options()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| format!("{} cannot be opened", path.display()))
}

/// Whether this process holds CAP_SYS_RESOURCE.
fn may_lower_oom_score() -> anyhow::Result<bool> {
    let status = fs::read_to_string("/proc/self/status").context("/proc/self/status cannot be read")?;
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .and_then(|value| u64::from_str_radix(value.trim(), 16).ok())
        .context("/proc/self/status has no capabilities")?;
    Ok(mask & (1 << CAP_SYS_RESOURCE) != 0)
}

#[cfg(test)]
mod tests;
