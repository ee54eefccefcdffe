//! Who cleans up after a box: its processes, its cgroups, its directory.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use anyhow::Context;

use super::CGROUPS_FILE;
use crate::node::cgroups;
use crate::steps;

/// The file whose lock says that a box is in use.
pub(super) const LOCK_FILE: &str = "lock";

/// Waits for the end of the pipe on standard input, then removes the box.
///
/// # Errors
/// When something of the box cannot be removed.
pub fn janitor(directory: &Path) -> anyhow::Result<()> {
    let mut nothing = [0_u8; 64];
    // An error of the pipe means the same as its end: the front is gone.
    while matches!(std::io::stdin().read(&mut nothing), Ok(count) if count > 0) {}
    remove(directory)
}

/// Removes boxes whose front and janitor were both killed.
pub(super) fn remove_stale_boxes(boxes: &Path) {
    let Ok(entries) = fs::read_dir(boxes) else { return };
    for entry in entries.flatten() {
        if !entry.file_name().to_string_lossy().starts_with("box-") {
            continue;
        }
        let Ok(lock) = File::open(entry.path().join(LOCK_FILE)) else { continue };
        if lock.try_lock().is_ok() {
            steps::say(&format!("removing {}, left behind by an earlier run", entry.path().display()));
            if let Err(error) = remove(&entry.path()) {
                steps::say(&format!("{error:#}"));
            }
        }
    }
}

/// Ends the box's processes (with its PID 1 all the others end), removes its cgroups, then its directory.
fn remove(directory: &Path) -> anyhow::Result<()> {
    cgroups::remove(&cgroups::read_list(&directory.join(CGROUPS_FILE))?)?;
    fs::remove_dir_all(directory).with_context(|| format!("{} cannot be removed", directory.display()))
}
