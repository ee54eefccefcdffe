//! Names of control groups: one internal form, two spellings.

use std::fmt;

use types::{PodUid, qos::QosClass};

/// The parent of all pods' groups.
const ALL_PODS: &str = "kubepods";
const BURSTABLE: &str = "burstable";
const BEST_EFFORT: &str = "besteffort";
const POD_PREFIX: &str = "pod";
const SLICE_SUFFIX: &str = ".slice";

/// Who makes the directories: we, or systemd. The runtime must use the same (`cgroupDriver`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driver {
    /// The kubelet makes and removes directories below the mount point.
    Cgroupfs,
    /// systemd does, asked over D-Bus for a slice.
    Systemd,
}

/// A group's name as parts from the root, before any spelling.
///
/// Parts never contain `/` or `_`: systemd's spelling turns `-` into `_`, and must stay reversible.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CgroupName(Vec<String>);

/// A part that a name cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("control group name part {part:?} must not be empty, \".\" or \"..\", nor contain \"/\" or \"_\"")]
pub struct InvalidPart {
    /// The part.
    pub part: String,
}

impl CgroupName {
    /// From the configured `cgroupRoot`, a path such as `/` or `/sys.slice`.
    pub fn from_cgroup_root(root: &str) -> Self {
        Self(root.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect())
    }

    /// This name with one more part.
    ///
    /// # Errors
    /// [`InvalidPart`]: a UID from a manifest is user input.
    pub fn child(&self, part: &str) -> Result<Self, InvalidPart> {
        if part.is_empty() || part == "." || part == ".." || part.contains(['/', '_', '\0']) {
            return Err(InvalidPart { part: part.to_owned() });
        }
        let mut parts = self.0.clone();
        parts.push(part.to_owned());
        Ok(Self(parts))
    }

    /// This name without its last part; the root's is the root.
    pub fn parent(&self) -> Self {
        Self(self.0[..self.0.len().saturating_sub(1)].to_vec())
    }

    /// Absolute path below a controller's mount point, in the driver's spelling.
    pub fn path(&self, driver: Driver) -> String {
        match driver {
            Driver::Cgroupfs => format!("/{}", self.0.join("/")),
            Driver::Systemd => self.slice_path(),
        }
    }

    /// systemd's unit name: `kubepods-burstable-pod1_2.slice`; `-.slice` for the root.
    pub fn slice(&self) -> String {
        if self.0.is_empty() {
            return format!("-{SLICE_SUFFIX}");
        }
        let parts: Vec<String> = self.0.iter().map(|part| escape(part)).collect();
        format!("{}{SLICE_SUFFIX}", parts.join("-"))
    }

    /// `/kubepods.slice/kubepods-burstable.slice/…`: each level repeats all above it.
    fn slice_path(&self) -> String {
        if self.0.is_empty() {
            return "/".to_owned();
        }
        let mut path = String::new();
        let mut unit = String::new();
        for part in &self.0 {
            if !unit.is_empty() {
                unit.push('-');
            }
            unit.push_str(&escape(part));
            path.push('/');
            path.push_str(&unit);
            path.push_str(SLICE_SUFFIX);
        }
        path
    }
}

impl fmt::Display for CgroupName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "/{}", self.0.join("/"))
    }
}

fn escape(part: &str) -> String {
    part.replace('-', "_")
}

/// Where pods live below the configured root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// All pods', and Guaranteed pods' parent.
    pub all_pods: CgroupName,
    driver: Driver,
    per_qos: bool,
}

impl Layout {
    /// `per_qos` is the configuration's `cgroupsPerQOS`: without it there are no groups of ours, and containers go
    /// directly below the root.
    pub fn new(cgroup_root: &str, driver: Driver, per_qos: bool) -> Self {
        let mut all_pods = CgroupName::from_cgroup_root(cgroup_root);
        if per_qos {
            all_pods.0.push(ALL_PODS.to_owned());
        }
        Self { all_pods, driver, per_qos }
    }

    /// Whether there are groups for pods at all.
    pub fn per_qos(&self) -> bool {
        self.per_qos
    }

    /// The spelling.
    pub fn driver(&self) -> Driver {
        self.driver
    }

    /// The group of a quality-of-service level.
    pub fn qos(&self, qos: QosClass) -> CgroupName {
        let mut name = self.all_pods.clone();
        match qos {
            QosClass::Guaranteed => {}
            QosClass::Burstable => name.0.push(BURSTABLE.to_owned()),
            QosClass::BestEffort => name.0.push(BEST_EFFORT.to_owned()),
        }
        name
    }

    /// A pod's group.
    ///
    /// # Errors
    /// [`InvalidPart`] if the UID cannot be part of a name.
    pub fn pod(&self, uid: &PodUid, qos: QosClass) -> Result<CgroupName, InvalidPart> {
        self.qos(qos).child(&format!("{POD_PREFIX}{}", uid.as_str()))
    }

    /// The pod whose group has this directory name below a level's directory, if it is one.
    pub fn pod_of_directory(&self, directory: &str) -> Option<PodUid> {
        let base = match self.driver {
            Driver::Cgroupfs => directory.to_owned(),
            Driver::Systemd => {
                let unit = directory.strip_suffix(SLICE_SUFFIX)?;
                unit.rsplit('-').next()?.replace('_', "-")
            }
        };
        let uid = base.strip_prefix(POD_PREFIX)?;
        (!uid.is_empty()).then(|| PodUid::from(uid))
    }
}

#[cfg(test)]
mod tests;
