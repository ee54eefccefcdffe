//! PID 1 of a box: makes the box's own view of the machine, then waits for the command and reaps orphans.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind, mount_change, unmount,
};
use rustix::process::{WaitOptions, wait};

use super::{CGROUPS_FILE, NODE_ADDRESS, Plan, own_program};
use crate::node::cgroups;
use crate::setup::machine;
use crate::steps;

/// The group of a v2 box's first process.
pub(super) const LEAF: &str = "init";
/// Directories of the machine whose changes stay in the box.
const OVERLAID: [&str; 3] = ["/etc", "/var/lib", "/var/log"];
/// Directories that are the box's alone, on its own file system rather than on an overlay.
const OWN_DIRECTORIES: [&str; 6] = [
    "/var/lib/kubelet",
    "/var/lib/kubelet-rs",
    "/var/lib/containerd",
    "/var/log/pods",
    "/var/log/containers",
    "/etc/kubernetes",
];
/// Settings of the whole machine that a kubelet writes. In the box they are ordinary files: what is written is read
/// back, and the machine keeps its own.
const MACHINE_SETTINGS: [&str; 6] = [
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/vm/panic_on_oom",
    "/proc/sys/kernel/panic",
    "/proc/sys/kernel/panic_on_oops",
    "/proc/sys/kernel/keys/root_maxkeys",
    "/proc/sys/kernel/keys/root_maxbytes",
];
/// The end of the pair that carries the node's address: there is no dummy device everywhere.
const ADDRESSES: &str = "link set lo up\n\
    link add node0 type veth peer name node0-peer\n\
    addr add 10.99.0.2/24 dev node0\n\
    link set node0 up\n\
    link set node0-peer up\n\
    route add default via 10.99.0.1 dev node0\n";

/// Runs as PID 1: makes the box and runs the plan in it. Returns the command's exit code.
///
/// # Errors
/// When a mount, an address or the next program fails.
pub fn init(directory: &Path, plan: &Plan) -> anyhow::Result<ExitCode> {
    if std::process::id() != 1 {
        bail!("node init is the first process of a box: use `cargo xtask node exec`");
    }
    rustix::system::sethostname(b"box").context("the host name cannot be set")?;
    mount("proc", "/proc", "proc", MountFlags::NOSUID | MountFlags::NODEV, None)
        .context("/proc cannot be mounted")?;
    mount_sys(&cgroups::read_list(&directory.join(CGROUPS_FILE))?)?;
    mount("tmpfs", "/run", "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, c"mode=0755")
        .context("/run cannot be mounted")?;
    mount_directories(directory)?;
    write_names()?;
    hide_machine_settings(directory)?;
    mount_change("/", MountPropagationFlags::SHARED | MountPropagationFlags::REC)
        .context("the mounts cannot be made shared")?;
    steps::output_with_input(Command::new("ip").args(["-batch", "-"]), ADDRESSES)
        .context("the node's address cannot be set")?;
    fs::write("/proc/sys/net/ipv4/ip_forward", "1").context("forwarding cannot be switched on")?;
    let child = Command::new(own_program()?)
        .args(["node", "inside", "--directory"])
        .arg(directory)
        .args(plan.inner_arguments())
        .env("TMPDIR", directory.join("tmp"))
        .spawn()
        .context("the box's command cannot be started")?;
    let main = i32::try_from(child.id()).context("the child's pid is out of range")?;
    Ok(ExitCode::from(reap_until(main)?))
}

/// Waits for every child that ends, orphans included, until the main one did. Returns its exit code.
fn reap_until(main: i32) -> anyhow::Result<u8> {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid.as_raw_nonzero().get() == main => {
                let code =
                    status.exit_status().or_else(|| status.terminating_signal().map(|signal| 128 + signal));
                return Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1));
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error).context("the box's processes cannot be waited for"),
        }
    }
}

/// A fresh `/sys` for the new network namespace, and the box's own cgroups as the whole tree.
fn mount_sys(groups: &[cgroups::Group]) -> anyhow::Result<()> {
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    // Gone rather than hidden: runtimes take a hierarchy's first line in mountinfo.
    unmount("/sys", UnmountFlags::DETACH).context("the machine's /sys cannot be taken out of the box")?;
    mount("sysfs", "/sys", "sysfs", flags, None).context("/sys cannot be mounted")?;
    if let [only] = groups
        && only.controllers.is_empty()
    {
        mount("cgroup2", "/sys/fs/cgroup", "cgroup2", flags, None).context("cgroup v2 cannot be mounted")?;
        // A group with processes passes no controllers on: PID 1 moves into a leaf.
        let leaf = Path::new("/sys/fs/cgroup").join(LEAF);
        fs::create_dir(&leaf).context("the cgroup of the box's PID 1 cannot be made")?;
        cgroups::join(&leaf)?;
        return cgroups::enable_controllers(Path::new("/sys/fs/cgroup"));
    }
    mount("tmpfs", "/sys/fs/cgroup", "tmpfs", flags, c"mode=0755")
        .context("/sys/fs/cgroup cannot be mounted")?;
    for group in groups {
        mount_v1(&group.controllers, flags)?;
    }
    Ok(())
}

fn mount_v1(controllers: &str, flags: MountFlags) -> anyhow::Result<()> {
    let (name, options) = match controllers.strip_prefix("name=") {
        Some(name) => (name, format!("none,{controllers}")),
        None => (controllers, controllers.to_owned()),
    };
    let target = Path::new("/sys/fs/cgroup").join(name);
    fs::create_dir(&target).with_context(|| format!("{} cannot be made", target.display()))?;
    let options = std::ffi::CString::new(options).context("a controller's name holds a zero byte")?;
    mount("cgroup", &target, "cgroup", flags, options.as_c_str())
        .with_context(|| format!("the cgroup hierarchy {controllers} cannot be mounted"))?;
    // Controllers that share a hierarchy are found under each one's name.
    for one in name.split(',').filter(|one| *one != name) {
        std::os::unix::fs::symlink(name, Path::new("/sys/fs/cgroup").join(one))
            .with_context(|| format!("the name {one} cannot be linked"))?;
    }
    Ok(())
}

/// The machine's directories with the box's changes on top, and the box's own ones.
fn mount_directories(directory: &Path) -> anyhow::Result<()> {
    if machine::is_overlay(directory) {
        mount("tmpfs", directory, "tmpfs", MountFlags::empty(), c"mode=0755")
            .context("the box's directory is on overlayfs, and no tmpfs can be mounted over it")?;
    }
    fs::create_dir_all(directory.join("tmp")).context("the box's temporary directory cannot be made")?;
    for target in OVERLAID {
        let name = target.trim_start_matches('/').replace('/', "-");
        let (upper, work) =
            (directory.join("changes").join(&name), directory.join("changes").join(format!(".{name}")));
        for made in [&upper, &work] {
            fs::create_dir_all(made).with_context(|| format!("{} cannot be made", made.display()))?;
        }
        let options = format!("lowerdir={target},upperdir={},workdir={}", upper.display(), work.display());
        let options = std::ffi::CString::new(options).context("the box's path holds a zero byte")?;
        mount("overlay", target, "overlay", MountFlags::empty(), options.as_c_str()).with_context(|| {
            format!(
                "an overlay cannot be mounted on {target}: the kernel needs overlayfs, and {} a file system that can be \
                 its upper layer; name another directory in {}",
                directory.display(),
                crate::places::BOXES_VARIABLE
            )
        })?;
    }
    for target in OWN_DIRECTORIES {
        let source = directory.join("own").join(target.trim_start_matches('/').replace('/', "-"));
        for made in [source.as_path(), Path::new(target)] {
            fs::create_dir_all(made).with_context(|| format!("{} cannot be made", made.display()))?;
        }
        mount_bind(&source, target).with_context(|| format!("{target} cannot be mounted"))?;
    }
    Ok(())
}

fn hide_machine_settings(directory: &Path) -> anyhow::Result<()> {
    let settings = directory.join("settings");
    fs::create_dir_all(&settings).with_context(|| format!("{} cannot be made", settings.display()))?;
    for setting in MACHINE_SETTINGS {
        let Ok(value) = fs::read_to_string(setting) else { continue };
        let file = settings.join(setting.trim_start_matches("/proc/sys/").replace('/', "."));
        fs::write(&file, value).with_context(|| format!("{} cannot be written", file.display()))?;
        mount_bind(&file, setting).with_context(|| format!("{setting} cannot be covered"))?;
    }
    Ok(())
}

/// Name resolution of the box: no server answers, and nobody waits for one.
fn write_names() -> anyhow::Result<()> {
    for (path, text) in [
        ("/etc/hostname", "box\n".to_owned()),
        ("/etc/hosts", format!("127.0.0.1 localhost\n::1 localhost\n{NODE_ADDRESS} box\n")),
        ("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n".to_owned()),
    ] {
        match fs::remove_file(path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            // A container's engine mounts its own file there: it is written instead.
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                let source = Path::new("/run").join(path.trim_start_matches('/').replace('/', "-"));
                fs::write(&source, text)
                    .with_context(|| format!("{} cannot be written", source.display()))?;
                mount_bind(&source, path).with_context(|| format!("{path} cannot be mounted"))?;
                continue;
            }
            Err(error) => return Err(error).with_context(|| format!("{path} cannot be replaced")),
        }
        fs::write(path, text).with_context(|| format!("{path} cannot be written"))?;
    }
    Ok(())
}
