//! Feature gates: which exist, which are on, which may be changed (`k8s.io/component-base/featuregate`, 1.37).

mod table;

use crate::finding::Finding;
use serde_json::Value;
use std::collections::BTreeMap;
use table::{DEPENDENCIES, GATES};

/// The minor version of Kubernetes that the kubelet follows.
const MINOR: u16 = 37;

/// How ready a feature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Off unless asked for.
    Alpha,
    /// Tested.
    Beta,
    /// Here to stay; the gate goes away.
    Ga,
    /// On its way out.
    Deprecated,
}

impl Stage {
    /// Upstream's spelling in help and metrics.
    pub fn label(self) -> &'static str {
        match self {
            Self::Alpha => "ALPHA",
            Self::Beta => "BETA",
            Self::Ga => "GA",
            Self::Deprecated => "DEPRECATED",
        }
    }
}

/// What held for a gate from one version on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Specification {
    /// The `N` of Kubernetes 1.N; 0 stands for always.
    pub minor: u16,
    /// Whether the feature is on when nobody says.
    pub default: bool,
    /// How ready it is.
    pub stage: Stage,
    /// Whether setting it to anything but the default is an error.
    pub locked: bool,
}

/// One gate with its history, oldest first.
#[derive(Debug, Clone, Copy)]
pub struct Gate {
    /// Its name.
    pub name: &'static str,
    /// What held from which version on.
    pub specifications: &'static [Specification],
}

impl Gate {
    /// What holds in the version that the kubelet follows.
    pub fn current(&self) -> Specification {
        self.specifications
            .iter()
            .rev()
            .find(|specification| specification.minor <= MINOR)
            .copied()
            .expect("every gate of the table starts at 1.37 or before: a test checks it")
    }
}

/// Every gate, sorted by name.
pub fn known() -> &'static [Gate] {
    GATES
}

/// A gate by its name.
pub(crate) fn find(name: &str) -> Option<&'static Gate> {
    GATES.binary_search_by(|gate| gate.name.cmp(name)).ok().map(|index| &GATES[index])
}

/// The gates whose state changes what this kubelet does. Setting another one is accepted with a warning.
pub(crate) const WITH_EFFECT: &[&str] = &[
    "AllAlpha",
    "AllBeta",
    "ClusterTrustBundleProjection",
    "ContainerStopSignals",
    "CustomCPUCFSQuotaPeriod",
    "DefaultPodSysctls",
    "EmptyDirVolumeMode",
    "KubeletCrashLoopBackOffMax",
    "KubeletEnsureSecretPulledImages",
    "KubeletInUserNamespace",
    "LoggingAlphaOptions",
    "MemoryQoS",
    "PodCertificateRequest",
    "PodLevelResources",
    "RestartAllContainersOnContainerExits",
    "UserNamespacesHostNetworkSupport",
    "VolumeBindMountOptions",
];

/// Gates that somebody set, over the defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gates {
    set: BTreeMap<String, bool>,
}

impl Gates {
    /// Exactly these are set.
    pub fn from_map(set: BTreeMap<String, bool>) -> Self {
        Self { set }
    }

    /// What was set by name.
    pub fn set(&self) -> &BTreeMap<String, bool> {
        &self.set
    }

    /// Whether a feature is on. Unknown ones are off.
    ///
    /// Order of authority: locked default, the gate itself, `AllAlpha`/`AllBeta`, the default.
    pub fn enabled(&self, name: &str) -> bool {
        let Some(gate) = find(name) else {
            return false;
        };
        let current = gate.current();
        if current.locked {
            return current.default;
        }
        if let Some(value) = self.set.get(name) {
            return *value;
        }
        let group = match current.stage {
            Stage::Alpha => self.set.get("AllAlpha"),
            Stage::Beta => self.set.get("AllBeta"),
            Stage::Ga | Stage::Deprecated => None,
        };
        group.copied().unwrap_or(current.default)
    }

    /// These gates with those of a `featureGates` object on top.
    pub(crate) fn with_document(&self, document: Option<&Value>) -> Self {
        let mut set = self.set.clone();
        if let Some(Value::Object(entries)) = document {
            for (name, value) in entries {
                if let Value::Bool(value) = value {
                    set.insert(name.clone(), *value);
                }
            }
        }
        Self { set }
    }

    /// Everything wrong or odd about what is set, as upstream refuses or remarks it, plus one warning for each set gate
    /// that changes nothing here.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        for (name, value) in &self.set {
            let field = format!("featureGates[\"{name}\"]");
            let Some(gate) = find(name) else {
                findings.push(Finding::error(format!("unrecognized feature gate: {name}")).about(field));
                continue;
            };
            findings.extend(gate_finding(gate, *value).map(|finding| finding.about(field.clone())));
            findings.extend(effect_finding(gate, *value).map(|finding| finding.about(field)));
        }
        findings.extend(self.dependency_findings());
        findings
    }

    fn dependency_findings(&self) -> Vec<Finding> {
        DEPENDENCIES
            .iter()
            .filter(|(name, _)| self.enabled(name))
            .filter_map(|(name, needed)| {
                let disabled: Vec<&str> =
                    needed.iter().copied().filter(|needed| !self.enabled(needed)).collect();
                (!disabled.is_empty()).then(|| {
                    Finding::error(format!(
                        "{name} is enabled, but depends on features that are disabled: [{}]",
                        disabled.join(" ")
                    ))
                    .about("featureGates")
                })
            })
            .collect()
    }
}

fn gate_finding(gate: &Gate, value: bool) -> Option<Finding> {
    let (name, current) = (gate.name, gate.current());
    if current.locked && current.default != value {
        return Some(Finding::error(format!(
            "cannot set feature gate {name} to {value}, feature is locked to {}",
            current.default
        )));
    }
    let kind = match current.stage {
        Stage::Deprecated => "deprecated",
        Stage::Ga => "GA",
        Stage::Alpha | Stage::Beta => return None,
    };
    Some(Finding::warning(format!(
        "setting {kind} feature gate {name}={value}. It will be removed in a future release."
    )))
}

/// Setting a gate to its default needs no remark.
fn effect_finding(gate: &Gate, value: bool) -> Option<Finding> {
    let current = gate.current();
    let silent = WITH_EFFECT.contains(&gate.name) || current.default == value || current.locked;
    (!silent).then(|| {
        Finding::warning(format!(
            "feature gate {}={value} is accepted, but changes nothing in this kubelet yet",
            gate.name
        ))
    })
}

#[cfg(test)]
mod tests;
