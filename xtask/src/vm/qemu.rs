//! Running the guest.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::guest::DONE;
use crate::{places, steps};

const QEMU: &str = "qemu-system-x86_64";

/// How long the guest may take: several times what it takes on two busy cores.
const TIMEOUT: Duration = Duration::from_secs(600);

/// Ends the emulator whatever happens.
struct Emulator(Child);

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the guest, passes on what its console says, and returns the tests' exit status.
///
/// # Errors
/// When there is no qemu, or the guest ends without a status, or not at all.
pub fn run(kernel: &Path, archive: &Path) -> anyhow::Result<i32> {
    let program = places::find_program(QEMU)
        .with_context(|| format!("{QEMU} is not installed: `apt-get install qemu-system-x86`"))?;
    let mut command = Command::new(program);
    command
        .args(["-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1536"])
        .args(["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio"])
        .arg("-kernel")
        .arg(kernel)
        .arg("-initrd")
        .arg(archive)
        .arg("-append")
        .arg(
            "console=ttyS0 quiet panic=-1 mitigations=off rdinit=/init systemd.unified_cgroup_hierarchy=1 \
             systemd.show_status=0 systemd.log_level=warning",
        )
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let shown = steps::describe(&command);
    let mut emulator = Emulator(command.spawn().with_context(|| format!("{shown} cannot be started"))?);
    let console = emulator.0.stdout.take().context("the guest has no console")?;
    let (lines_tx, lines_rx) = mpsc::sync_channel(256);
    thread::spawn(move || {
        for line in BufReader::new(console).split(b'\n') {
            let Ok(line) = line else { break };
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            // Nobody listens any more: the guest has told its status.
            if lines_tx.send(line).is_err() {
                break;
            }
        }
    });
    let until = Instant::now() + TIMEOUT;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        match lines_rx.recv_timeout(left) {
            Ok(line) => {
                if let Some((_, status)) = line.split_once(DONE) {
                    return status.trim().parse().with_context(|| format!("not a status: {line}"));
                }
                println!("{line}");
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => bail!("the guest ended before its tests did"),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                bail!("the guest has not ended within {}", steps::duration(TIMEOUT));
            }
        }
    }
}
