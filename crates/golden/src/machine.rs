//! What of an outcome depends on the machine rather than on the manifest.

use std::collections::BTreeSet;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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
        let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} tells no machine", path.display()))
    }

    /// Writes this machine down as that of the recording.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self).context("a machine is no JSON")?;
        std::fs::write(corpus::directory().join("machine.json"), text + "\n").context("the machine cannot be written")
    }
}

/// Takes out of a container's configuration what the kernel's build or the processor decide: sizes of huge pages that
/// nobody asked for, and the thermal files of each CPU.
pub fn normalize(config: &mut Value) {
    normalize_with(config, &page_sizes());
}

fn normalize_with(config: &mut Value, sizes: &BTreeSet<String>) {
    if let Some(limits) = config.pointer_mut("/linux/resources/hugepage_limits").and_then(Value::as_array_mut) {
        let named: BTreeSet<String> = limits.iter().filter_map(|limit| limit["page_size"].as_str()).map(str::to_owned).collect();
        if named == *sizes {
            limits.retain(|limit| limit.get("limit").is_some());
            limits.push(json!("<no other size>"));
        }
    }
    if let Some(paths) = config.pointer_mut("/linux/security_context/masked_paths").and_then(Value::as_array_mut) {
        paths.retain(|path| !path.as_str().is_some_and(|path| path.starts_with("/sys/devices/system/cpu/cpu")));
    }
}

/// The sizes of huge pages here, written as the CRI does: `2MB`.
fn page_sizes() -> BTreeSet<String> {
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
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (kib, expected) in [(64, "64KB"), (2048, "2MB"), (1 << 20, "1GB"), (16 << 20, "16GB")] {
            assert_eq!(page_size(kib).as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_the_machine_decides_is_taken_out() {
        let sizes: BTreeSet<String> = ["2MB", "1GB"].map(str::to_owned).into();
        let check = |limits: Value, expected: Value| {
            let mut config = json!({"linux": {"resources": {"hugepage_limits": limits}}});
            normalize_with(&mut config, &sizes);
            assert_eq!(config["linux"]["resources"]["hugepage_limits"], expected);
        };
        check(json!([{"page_size": "2MB"}, {"page_size": "1GB"}]), json!(["<no other size>"]));
        check(
            json!([{"page_size": "2MB", "limit": 4}, {"page_size": "1GB"}]),
            json!([{"page_size": "2MB", "limit": 4}, "<no other size>"]),
        );
        // A size too few is a mistake, and stays.
        check(json!([{"page_size": "2MB"}]), json!([{"page_size": "2MB"}]));
    }

    #[test]
    fn thermal_files_are_taken_out() {
        let mut config = json!({"linux": {"security_context": {"masked_paths": [
            "/proc/kcore", "/sys/devices/system/cpu/cpu0/thermal_throttle"]}}});
        normalize_with(&mut config, &BTreeSet::new());
        assert_eq!(config["linux"]["security_context"]["masked_paths"], json!(["/proc/kcore"]));
    }
}
