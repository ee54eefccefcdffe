//! Whether the machine's `resolv.conf` can be given to pods.

use std::io;

/// As upstream's event about the node says it (`network/dns/dns.go`, `CheckLimitsForResolvConf`); `None` when it can, or
/// when pods are not given it at all.
pub(super) fn complaint(path: &str, cluster_domain: &str) -> Option<String> {
    if path.is_empty() {
        return None;
    }
    match std::fs::read(path) {
        Ok(bytes) => translate::resolv_conf_complaint(path, &String::from_utf8_lossy(&bytes), cluster_domain),
        Err(error) => Some(format!("open {path}: {}", words(&error))),
    }
}

/// Go's words for the system's errors are the system's, in lower case and without a number.
fn words(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read() {
        assert_eq!(complaint("", "cluster.local"), None);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("resolv.conf").display().to_string();
        let missing = format!("open {path}: no such file or directory");
        assert_eq!(complaint(&path, "cluster.local"), Some(missing));
        std::fs::write(&path, "nameserver 10.0.0.1\n").unwrap();
        assert_eq!(complaint(&path, "cluster.local"), None);
    }
}
