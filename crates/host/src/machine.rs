//! What this machine is and has.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Facts about this machine, read once at start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Memory that the kernel manages (`MemTotal`), in bytes.
    pub memory_bytes: u64,
    /// CPUs online.
    pub cpus: u32,
    /// The CPUs online in the kernel's list form, such as `0-3`.
    pub cpu_list: String,
    /// Changes at each boot.
    pub boot_id: String,
    /// Of this installation (`/etc/machine-id`); empty if there is none, as in many containers.
    pub machine_id: String,
    /// Of this hardware (DMI), else of this installation; empty if it has neither or we may not read it.
    pub system_uuid: String,
    /// The kernel's host name, trimmed and in lower case as upstream names nodes.
    pub hostname: String,
    /// Such as `6.18.44`.
    pub kernel_version: String,
    /// `PRETTY_NAME` of os-release, or `Unknown`.
    pub os_image: String,
    /// Sizes of huge pages that the kernel has, in bytes, ascending.
    pub huge_page_sizes: Vec<u64>,
}

/// A fact that we cannot do without is missing.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// A file could not be read.
    #[error("cannot read {path}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file does not say what it should.
    #[error("{path} does not tell the {what}")]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
    },
}

impl Machine {
    /// Reads them.
    ///
    /// # Errors
    /// [`MachineError`] for memory, CPUs, boot id, host name or kernel version. What is only shown to people may be
    /// absent.
    pub fn read() -> Result<Self, MachineError> {
        Self::read_below(Path::new("/"))
    }

    fn read_below(root: &Path) -> Result<Self, MachineError> {
        let meminfo = root.join("proc/meminfo");
        let memory_bytes = memory_total(&required(&meminfo)?)
            .ok_or(MachineError::Malformed { path: meminfo, what: "memory size" })?;
        let online = root.join("sys/devices/system/cpu/online");
        let cpu_list = required(&online)?;
        let cpus =
            count_cpus(&cpu_list).ok_or(MachineError::Malformed { path: online, what: "number of CPUs" })?;
        let optional = |paths: &[&str]| {
            paths
                .iter()
                .filter_map(|path| fs::read_to_string(root.join(path)).ok())
                .map(|text| text.trim().to_owned())
                .find(|text| !text.is_empty())
                .unwrap_or_default()
        };
        Ok(Self {
            memory_bytes,
            cpus,
            cpu_list,
            boot_id: required(&root.join("proc/sys/kernel/random/boot_id"))?,
            machine_id: optional(&["etc/machine-id", "var/lib/dbus/machine-id"]),
            system_uuid: optional(&[
                "sys/class/dmi/id/product_uuid",
                "proc/device-tree/system-id",
                "proc/device-tree/vm,uuid",
                // As upstream's (cAdvisor's) last resort: one id is better than none.
                "etc/machine-id",
            ]),
            hostname: required(&root.join("proc/sys/kernel/hostname"))?.to_lowercase(),
            kernel_version: required(&root.join("proc/sys/kernel/osrelease"))?,
            os_image: os_image(&optional(&["etc/os-release", "usr/lib/os-release"])),
            huge_page_sizes: huge_page_sizes(&root.join("sys/kernel/mm/hugepages")),
        })
    }
}

fn required(path: &Path) -> Result<String, MachineError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(source) => Err(MachineError::Io { path: path.to_owned(), source }),
    }
}

fn memory_total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// How many CPUs a list such as `0-3,8,10-11` names.
fn count_cpus(list: &str) -> Option<u32> {
    let mut count = 0u32;
    for range in list.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
        count = count.checked_add(last.checked_sub(first)?.checked_add(1)?)?;
    }
    Some(count)
}

fn os_image(os_release: &str) -> String {
    os_release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .map(|value| value.trim_matches(['"', '\'']).to_owned())
        .filter(|value| !value.is_empty())
        .unwrap_or_else(|| "Unknown".to_owned())
}

/// Sizes of huge pages in bytes, from the directory names `hugepages-2048kB`.
fn huge_page_sizes(directory: &Path) -> Vec<u64> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut sizes: Vec<u64> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name();
            let kibibytes = name.to_str()?.strip_prefix("hugepages-")?.strip_suffix("kB")?;
            kibibytes.parse::<u64>().ok()?.checked_mul(1024)
        })
        .collect();
    sizes.sort_unstable();
    sizes
}

#[cfg(test)]
mod tests;
