//! Which control groups this machine has, and where they are mounted.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
};

use crate::mounts::Mount;

/// Where every distribution mounts them.
const MOUNT_POINT: &str = "/sys/fs/cgroup";
const CGROUP2_MAGIC: i64 = 0x6367_7270;

/// Controllers that pods' groups have on v2, as far as the kernel has them (upstream's
/// `getSupportedUnifiedControllers`).
pub(crate) const V2_CONTROLLERS: [&str; 5] = ["cpu", "cpuset", "hugetlb", "memory", "pids"];

/// Controllers whose absence from a v1 group makes it unusable (upstream's `Validate`); `hugetlb` where it is mounted.
pub(crate) const V1_REQUIRED: [&str; 6] = ["cpu", "cpuacct", "cpuset", "hugetlb", "memory", "pids"];

/// Hierarchies that upstream's library makes groups in, where they are mounted. `systemd` is the named one of v1.
const V1_HIERARCHIES: [&str; 15] = [
    "blkio",
    "cpu",
    "cpuacct",
    "cpuset",
    "devices",
    "freezer",
    "hugetlb",
    "memory",
    "misc",
    "net_cls",
    "net_prio",
    "perf_event",
    "pids",
    "rdma",
    "systemd",
];

/// The kinds of machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// One tree for all controllers. Where upstream's kubelet runs without being told otherwise.
    V2,
    /// A tree per controller. Needs `failCgroupV1: false`.
    V1,
    /// As `V1`, with an empty v2 tree beside it (`/sys/fs/cgroup/unified`).
    Hybrid,
}

/// Where the groups are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hierarchies {
    /// Below one directory.
    V2 {
        /// The mount point.
        root: PathBuf,
    },
    /// Below one directory for each controller; several controllers may share one.
    V1 {
        /// Controller (or `systemd`) to mount point.
        roots: BTreeMap<String, PathBuf>,
        /// The v2 tree beside them, if there is one.
        unified: Option<PathBuf>,
    },
}

/// What kind of control groups this machine has.
///
/// # Errors
/// If `/sys/fs/cgroup` or the mount table cannot be read, or no controller is mounted.
pub fn detect() -> io::Result<Mode> {
    Ok(Hierarchies::find()?.mode())
}

impl Hierarchies {
    /// Finds them. Like upstream, v2 means that `/sys/fs/cgroup` itself is one.
    ///
    /// # Errors
    /// As [`detect`].
    pub fn find() -> io::Result<Self> {
        if rustix::fs::statfs(MOUNT_POINT)?.f_type == CGROUP2_MAGIC {
            return Ok(Self::V2 { root: MOUNT_POINT.into() });
        }
        let table = crate::mounts::table::read()?;
        let mounts = crate::mounts::table::all(&table)
            .map_err(|line| io::Error::other(format!("/proc/self/mountinfo: {}", line.line)))?;
        let found = Self::from_mounts(&mounts);
        if matches!(&found, Self::V1 { roots, .. } if roots.is_empty()) {
            return Err(io::Error::new(io::ErrorKind::NotFound, "no control group controller is mounted"));
        }
        Ok(found)
    }

    /// v1 from the mount table. A controller mounted several times counts where its path is shortest.
    fn from_mounts(mounts: &[Mount]) -> Self {
        let mut roots: BTreeMap<String, PathBuf> = BTreeMap::new();
        for mount in mounts.iter().filter(|mount| mount.fs_type == "cgroup") {
            for option in &mount.fs_options {
                let name = option.strip_prefix("name=").unwrap_or(option);
                if !V1_HIERARCHIES.contains(&name) {
                    continue;
                }
                let length = |path: &Path| path.as_os_str().len();
                let shorter = |there: &PathBuf| length(&mount.mount_point) < length(there);
                if roots.get(name).is_none_or(shorter) {
                    roots.insert(name.to_owned(), mount.mount_point.clone());
                }
            }
        }
        let beside = Path::new(MOUNT_POINT).join("unified");
        let unified = mounts
            .iter()
            .find(|mount| mount.fs_type == "cgroup2" && mount.mount_point == beside)
            .map(|mount| mount.mount_point.clone());
        Self::V1 { roots, unified }
    }

    /// Which kind this is.
    pub fn mode(&self) -> Mode {
        match self {
            Self::V2 { .. } => Mode::V2,
            Self::V1 { unified: None, .. } => Mode::V1,
            Self::V1 { unified: Some(_), .. } => Mode::Hybrid,
        }
    }

    /// The mount points, each once.
    pub(crate) fn roots(&self) -> BTreeSet<&Path> {
        match self {
            Self::V2 { root } => BTreeSet::from([root.as_path()]),
            Self::V1 { roots, unified } => roots.values().chain(unified).map(PathBuf::as_path).collect(),
        }
    }

    /// A group's directories. `path` is absolute, below the mount points.
    pub(crate) fn directories(&self, path: &str) -> Vec<PathBuf> {
        let relative = path.trim_start_matches('/');
        self.roots().into_iter().map(|root| root.join(relative)).collect()
    }

    /// The mount point of a controller, if it has one.
    pub(crate) fn root_of(&self, controller: &str) -> Option<&Path> {
        match self {
            Self::V2 { root } => Some(root),
            Self::V1 { roots, .. } => roots.get(controller).map(PathBuf::as_path),
        }
    }
}

#[cfg(test)]
mod tests;
