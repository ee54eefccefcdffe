//! What the machine was like before the node: written down once, put back by `down`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::network;
use crate::steps;

/// Settings of the whole machine that a kubelet or a CNI plugin writes.
const SETTINGS: [&str; 7] = [
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/vm/panic_on_oom",
    "/proc/sys/kernel/panic",
    "/proc/sys/kernel/panic_on_oops",
    "/proc/sys/kernel/keys/root_maxkeys",
    "/proc/sys/kernel/keys/root_maxbytes",
    "/proc/sys/net/ipv4/ip_forward",
];
/// Directories that kubelets, containerd, shims and CNI plugins make wherever they run.
const DIRECTORIES: [&str; 6] = [
    "/run/containerd",
    "/run/netns",
    "/var/lib/cni",
    "/var/log/containers",
    "/var/log/pods",
    "/var/lib/kubelet",
];

/// The machine before the node.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    settings: BTreeMap<String, String>,
    absent_directories: Vec<PathBuf>,
    chains: Vec<String>,
    #[serde(default)]
    nat_table: bool,
}

fn file() -> PathBuf {
    super::root().join("before.json")
}

/// Whether a node is there, or its rest: its first act is to write this down.
pub fn is_remembered() -> bool {
    file().exists()
}

/// Writes down what the machine is like, unless an earlier run did.
///
/// # Errors
/// When the file cannot be written.
pub fn remember() -> anyhow::Result<()> {
    let file = file();
    if file.exists() {
        return Ok(());
    }
    let before = Before {
        settings: SETTINGS
            .into_iter()
            .filter_map(|path| Some((path.to_owned(), fs::read_to_string(path).ok()?.trim().to_owned())))
            .collect(),
        absent_directories: DIRECTORIES
            .map(PathBuf::from)
            .into_iter()
            .filter(|path| !path.exists())
            .collect(),
        nat_table: network::has_nat_table(),
        chains: network::chains(),
    };
    fs::create_dir_all(super::root())
        .with_context(|| format!("{} cannot be made", super::root().display()))?;
    let text = serde_json::to_string_pretty(&before).context("the record cannot be written as JSON")?;
    fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))
}

/// What was written down; nothing when that cannot be read.
pub fn read() -> Before {
    let Ok(text) = fs::read(file()) else { return Before { nat_table: true, ..Before::default() } };
    serde_json::from_slice(&text).unwrap_or_else(|error| {
        steps::say(&format!("{} is damaged, kernel settings stay as they are: {error}", file().display()));
        Before { nat_table: true, ..Before::default() }
    })
}

/// Puts back what was written down. What cannot be put back is told, and does not stop the rest.
pub fn restore(before: &Before) {
    for (path, value) in &before.settings {
        let now = fs::read_to_string(path).unwrap_or_default();
        if now.trim() != value
            && let Err(error) = fs::write(path, value)
        {
            steps::say(&format!("{path} cannot be set back to {value}: {error}"));
        }
    }
    if let Err(error) = network::remove_chains(&before.chains) {
        steps::say(&format!("{error:#}"));
    }
    if !before.nat_table {
        network::remove_empty_nat_table();
    }
    for directory in &before.absent_directories {
        remove_empty(directory);
    }
}

/// Removes a directory and the directories below it, as far as they are empty.
fn remove_empty(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_empty(&entry.path());
        }
    }
    // Not empty or not there: both are fine.
    let _ = fs::remove_dir(directory);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_empty_directories_are_removed() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("a/b")).unwrap();
        fs::create_dir_all(directory.path().join("c/d")).unwrap();
        fs::write(directory.path().join("c/file"), "").unwrap();
        remove_empty(&directory.path().join("a"));
        remove_empty(&directory.path().join("c"));
        assert!(!directory.path().join("a").exists());
        assert!(directory.path().join("c/file").exists());
        assert!(!directory.path().join("c/d").exists());
    }
}
