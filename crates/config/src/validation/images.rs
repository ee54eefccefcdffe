//! Verification of image pull credentials.

use super::Rules;
use crate::text::quote;

const POLICY: &str = "imagePullCredentialsVerificationPolicy";
const ALLOWLIST: &str = "preloadedImagesVerificationAllowlist";
const POLICIES: [&str; 4] =
    ["NeverVerify", "NeverVerifyPreloadedImages", "NeverVerifyAllowlistedImages", "AlwaysVerify"];

pub(super) fn check(rules: &mut Rules) {
    let policy = rules.configuration.image_pull_credentials_verification_policy.as_str();
    let allowlist = &rules.configuration.preloaded_images_verification_allowlist;
    if !rules.gates.enabled("KubeletEnsureSecretPulledImages") {
        for (field, set) in [(POLICY, !policy.is_empty()), (ALLOWLIST, !allowlist.is_empty())] {
            if set {
                let message = format!(
                    "`{field}` must not be set if KubeletEnsureSecretPulledImages feature gate is not enabled"
                );
                rules.invalid(field, message);
            }
        }
        return;
    }
    if !POLICIES.contains(&policy) {
        let message = format!(
            "option {} specified for {POLICY}. Valid options are \"NeverVerify\", \"NeverVerifyPreloadedImages\", \"NeverVerifyAllowlistedImages\" or \"AlwaysVerify\"",
            quote(policy)
        );
        rules.invalid(POLICY, message);
    }
    if !allowlist.is_empty() && policy != "NeverVerifyAllowlistedImages" {
        // The misspelling is upstream's.
        let message = format!(
            "can't set `{ALLOWLIST}` if `imagePullCredentialsVertificationPolicy` is not \"NeverVerifyAllowlistedImages\""
        );
        return rules.invalid(ALLOWLIST, message);
    }
    let problem =
        allowlist.iter().enumerate().find_map(|(index, pattern)| Some((index, pattern_problem(pattern)?)));
    if let Some((index, problem)) = problem {
        let message = format!("invalid image pattern in `{ALLOWLIST}`: {problem}");
        rules.invalid(&format!("{ALLOWLIST}[{index}]"), message);
    }
}

/// What is wrong with one pattern (`pkg/kubelet/images/pullmanager`).
fn pattern_problem(pattern: &str) -> Option<String> {
    if pattern != pattern.trim() {
        return Some(format!("leading/trailing spaces are not allowed: {pattern}"));
    }
    let wildcard = pattern.ends_with("/*");
    let trimmed = if wildcard { &pattern[..pattern.len() - 1] } else { pattern };
    if trimmed.is_empty() {
        return Some(format!("the supplied pattern is too short: {pattern}"));
    }
    if trimmed.contains('*') {
        return Some(format!(
            "not a valid wildcard pattern, only patterns ending with '/*' are allowed: {pattern}"
        ));
    }
    if wildcard {
        return (trimmed.len() == 1).then(|| "at least registry hostname is required".to_owned());
    }
    let last = trimmed.rsplit('/').next().unwrap_or(trimmed);
    (last.contains(':') || last.contains('@'))
        .then(|| format!("neither tag nor digest is accepted in an image reference: {pattern}"))
}
