//! Rules over the effective values, in upstream's words (`pkg/kubelet/apis/config/validation`, 1.37).

use crate::finding::Finding;
use crate::load::Settings;

/// Everything that is wrong with the settings, in upstream's order.
pub(crate) fn validate(_settings: &Settings, _cgroup_v1: bool) -> Vec<Finding> {
    Vec::new()
}
