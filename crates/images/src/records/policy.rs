//! `imagePullCredentialsVerificationPolicy`: when a pod must be known to have a right to an image that is there.
//!
//! Source: `pkg/kubelet/images/pullmanager/image_pull_policies.go` of 1.37.

use crate::name::without_tag;

/// When an image that is there must have been pulled under the same name with credentials that the pod has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// The gate `KubeletEnsureSecretPulledImages` is off: nothing is recorded, and nothing asked.
    Off,
    /// `NeverVerify`.
    Never,
    /// `NeverVerifyPreloadedImages`, the default: if this kubelet pulled it.
    Pulled,
    /// `NeverVerifyAllowlistedImages`: unless one of these is its name, or, with `/*` at the end, its beginning.
    NotListed(Vec<String>),
    /// `AlwaysVerify`.
    Always,
}

impl Verification {
    /// Whether `image` needs proof, given whether this kubelet ever pulled it.
    pub(super) fn needs_proof(&self, image: &str, is_pulled_by_kubelet: bool) -> bool {
        match self {
            Self::Off | Self::Never => false,
            Self::Pulled => is_pulled_by_kubelet,
            Self::NotListed(list) => {
                let name = without_tag(image);
                !list.iter().any(|pattern| match pattern.strip_suffix('*') {
                    Some(beginning) => name.starts_with(beginning),
                    None => name == pattern,
                })
            }
            Self::Always => true,
        }
    }
}
