//! Paths of files inside volumes and containers.

use super::errors::Errors;
use crate::path::Path;

/// No element may be `..`.
pub(super) fn no_backsteps(target: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    if has_backsteps(target) {
        errors.invalid(path, target, "must not contain '..'");
    }
}

/// Whether an element is `..`.
pub(super) fn has_backsteps(target: &str) -> bool {
    target.split('/').any(|element| element == "..")
}

/// Relative, and no element may be `..`.
pub(super) fn local_descending(target: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    if target.starts_with('/') {
        errors.invalid(path, target, "must be a relative path");
    }
    no_backsteps(target, path, errors);
}

/// Relative, no element may be `..`, and the first may not begin with it: the kubelet keeps such names for itself.
pub(super) fn local_non_reserved(target: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    local_descending(target, path, errors);
    if target.starts_with("..") && !target.starts_with("../") {
        errors.invalid(path, target, "must not start with '..'");
    }
}
