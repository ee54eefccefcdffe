//! What this kubelet calls itself.

/// The Kubernetes release whose behaviour this kubelet has.
pub const KUBERNETES_VERSION: &str = "v1.37.1";

/// The version with our own build metadata, as clients see it.
pub const VERSION: &str = concat!("v1.37.1+rs.", env!("CARGO_PKG_VERSION"));

/// The line that `--version` prints.
pub fn line() -> String {
    format!("Kubernetes {VERSION}")
}
