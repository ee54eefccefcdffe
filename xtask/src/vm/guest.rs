//! What is in the guest: systemd, a few programs with their libraries, and the tests.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use super::archive::Archive;
use crate::{places, steps};

/// Printed before the exit status when all is done.
pub const DONE: &str = "guest-exit-status:";

/// Programs of this machine that the tests start, besides what busybox has.
const PROGRAMS: [&str; 3] = ["dbus-daemon", "systemctl", "unshare"];

/// Files of this machine that they read.
const FILES: [&str; 2] =
    ["/usr/share/dbus-1/system.conf", "/usr/share/dbus-1/system.d/org.freedesktop.systemd1.conf"];

/// busybox's part. `unshare` of busybox lacks options.
const APPLETS: [&str; 7] = ["find", "mount", "poweroff", "rmdir", "sh", "sleep", "uname"];

const SYSTEMD: &str = "/lib/systemd/systemd";

/// All that the guest's systemd starts: the tests, and the message bus that it is asked over.
const TARGET: &str = "[Unit]\nDescription=Tests\nRequires=tests.service\nAllowIsolate=yes\n";
const BUS_SOCKET: &str = "[Unit]\nDescription=Message bus\nDefaultDependencies=no\n\
     [Socket]\nListenStream=/run/dbus/system_bus_socket\n";
const BUS: &str = "[Unit]\nDescription=Message bus\nDefaultDependencies=no\nRequires=dbus.socket\n\
     [Service]\nType=notify\nNotifyAccess=main\nExecStart=/usr/bin/dbus-daemon --system --address=systemd: --nofork \
     --nopidfile --syslog-only\n";
const SERVICE: &str = "[Unit]\nDescription=Tests\nDefaultDependencies=no\nFailureAction=poweroff-force\n\
     Requires=dbus.service\nAfter=dbus.service\n\
     [Service]\nType=oneshot\nExecStart=/tests.sh\nStandardOutput=tty\nStandardError=tty\nTTYPath=/dev/ttyS0\n\
     Environment=PATH=/usr/bin:/bin RUST_BACKTRACE=0 HOME=/root TMPDIR=/tmp\nTimeoutStartSec=infinity\n";

/// Writes the guest's file system.
///
/// # Errors
/// When a program is missing, or the archive cannot be written.
pub fn write(archive: &Path, tests: &[PathBuf]) -> anyhow::Result<()> {
    let file = File::create(archive).with_context(|| format!("{} cannot be made", archive.display()))?;
    let mut guest = Archive::new(BufWriter::new(file));
    basics(&mut guest)?;
    let mut programs = vec![PathBuf::from(SYSTEMD)];
    for name in PROGRAMS {
        programs.push(places::find_program(name).with_context(|| format!("{name} is not installed"))?);
    }
    let mut libraries = BTreeSet::new();
    for program in programs.iter().chain(tests) {
        libraries.extend(libraries_of(program)?);
    }
    for program in &programs {
        guest.copy(program, program)?;
    }
    for file in FILES {
        guest.copy(Path::new(file), Path::new(file)).with_context(|| format!("{file} is missing"))?;
    }
    for library in &libraries {
        guest.copy(library, library)?;
    }
    let mut script = "#!/bin/sh\nuname -r\nmount -t tmpfs tmpfs /tmp\nstatus=0\n".to_owned();
    for (index, test) in tests.iter().enumerate() {
        let place = format!("/tests/{index}");
        guest.copy(test, Path::new(&place))?;
        script.push_str(&format!("{place} --test-threads=2 || status=$?\n"));
    }
    script.push_str(&format!("echo {DONE}$status\npoweroff -f\n"));
    guest.file(Path::new("/tests.sh"), 0o755, script.as_bytes())?;
    guest.finish()?;
    Ok(())
}

fn basics(guest: &mut Archive<impl io::Write>) -> anyhow::Result<()> {
    let busybox = places::find_program("busybox").context("busybox is not installed")?;
    guest.copy(&busybox, Path::new("/bin/busybox"))?;
    for applet in APPLETS {
        guest.link(&Path::new("/bin").join(applet), "busybox")?;
    }
    for directory in ["/dev", "/proc", "/sys", "/run", "/tmp", "/root", "/var/log", "/usr/bin"] {
        guest.directory(Path::new(directory))?;
    }
    guest.character_device(Path::new("/dev/console"), (5, 1))?;
    guest.link(Path::new("/init"), SYSTEMD)?;
    guest.link(Path::new("/var/run"), "/run")?;
    guest.file(Path::new("/etc/machine-id"), 0o444, b"0123456789abcdef0123456789abcdef\n")?;
    guest.file(Path::new("/etc/os-release"), 0o644, b"ID=guest\nPRETTY_NAME=Guest\n")?;
    guest.file(
        Path::new("/etc/passwd"),
        0o644,
        b"root:x:0:0:root:/root:/bin/sh\nmessagebus:x:100:100::/:/bin/false\n",
    )?;
    guest.file(Path::new("/etc/group"), 0o644, b"root:x:0:\ntty:x:5:\nmessagebus:x:100:\n")?;
    let units = [
        ("default.target", TARGET),
        ("dbus.socket", BUS_SOCKET),
        ("dbus.service", BUS),
        ("tests.service", SERVICE),
    ];
    for (name, text) in units {
        guest.file(&Path::new("/etc/systemd/system").join(name), 0o644, text.as_bytes())?;
    }
    Ok(())
}

/// The libraries that a program is linked with, and its loader.
fn libraries_of(program: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let told = steps::output(Command::new("ldd").arg(program))?;
    if told.contains("not found") {
        bail!("{} lacks a library:\n{told}", program.display());
    }
    // `name => /path (address)`, or `/path (address)` for the loader.
    let paths = told.lines().filter_map(|line| line.split_whitespace().find(|word| word.starts_with('/')));
    Ok(paths.map(PathBuf::from).collect())
}
