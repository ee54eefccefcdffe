//! What of an outcome depends on the machine rather than on the manifest.

use std::collections::BTreeSet;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::corpus;

/// The machine's size, as far as kubelets put it into answers: OOM scores, default limits, refusals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// CPUs that this process may use.
    pub cpus: usize,
    /// Memory in KiB, as the kernel tells it.
    pub memory_kib: u64,
}

impl Machine {
    /// This machine.
    ///
    /// # Errors
    /// When the kernel does not tell.
    pub fn here() -> anyhow::Result<Self> {
        let told = std::fs::read_to_string("/proc/meminfo").context("/proc/meminfo cannot be read")?;
        let memory_kib = told
            .lines()
            .find_map(|line| line.strip_prefix("MemTotal:")?.split_whitespace().next()?.parse().ok())
            .context("/proc/meminfo has no MemTotal")?;
        let cpus = std::thread::available_parallelism().context("the number of CPUs is not known")?.get();
        Ok(Self { cpus, memory_kib })
    }

    /// The machine of the recording.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn recorded() -> anyhow::Result<Self> {
        let path = corpus::directory().join("machine.json");
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} tells no machine", path.display()))
    }

    /// Writes this machine down as that of the recording.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self).context("a machine is no JSON")?;
        std::fs::write(corpus::directory().join("machine.json"), text + "\n")
            .context("the machine cannot be written")
    }
}

/// The sizes of huge pages here, written as the CRI does: `2MB`.
pub fn page_sizes() -> BTreeSet<String> {
    let entries = std::fs::read_dir("/sys/kernel/mm/hugepages").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            page_size(name.strip_prefix("hugepages-")?.strip_suffix("kB")?.parse().ok()?)
        })
        .collect()
}

fn page_size(mut size: u64) -> Option<String> {
    for unit in ["KB", "MB", "GB", "TB"] {
        if size < 1024 {
            return Some(format!("{size}{unit}"));
        }
        size /= 1024;
    }
    None
}

#[cfg(test)]
mod tests;
