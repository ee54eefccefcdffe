//! The file that containers see as `/etc/hosts`.

use crate::sandbox::host_name_and_domain;
use crate::{ConfigError, NodeFacts};
use k8s_openapi::api::core::v1::Pod;
use std::fmt::Write as _;

const HEADER: &str = "# Kubernetes-managed hosts file.\n";
const HEADER_HOST_NETWORK: &str = "# Kubernetes-managed hosts file (host network).\n";
const LOCAL_NAMES: &str = "127.0.0.1\tlocalhost\n\
    ::1\tlocalhost ip6-localhost ip6-loopback\n\
    fe00::0\tip6-localnet\n\
    fe00::0\tip6-mcastprefix\n\
    fe00::1\tip6-allnodes\n\
    fe00::2\tip6-allrouters\n";

/// Content of a pod's hosts file (`kubelet_pods.go`, `ensureHostsFile`), to be written anew, mode 0644, before each
/// start of a container that mounts it.
///
/// `pod_ips` in the order the runtime reported them. A pod in the node's network gets `host_file`, the node's own
/// `/etc/hosts`; others ignore it.
///
/// # Errors
/// As [`host_name_and_domain`].
pub fn etc_hosts(
    pod: &Pod,
    pod_ips: &[String],
    host_file: Option<&str>,
    facts: &NodeFacts,
) -> Result<String, ConfigError> {
    let spec = types::pod::spec(pod);
    let mut content = String::new();
    if types::pod::is_host_network(spec) {
        content.push_str(HEADER_HOST_NETWORK);
        content.push_str(host_file.unwrap_or_default());
    } else {
        let (hostname, domain) = host_name_and_domain(pod, &facts.cluster_domain)?;
        content.push_str(HEADER);
        content.push_str(LOCAL_NAMES);
        for ip in pod_ips {
            if domain.is_empty() {
                let _ = writeln!(content, "{ip}\t{hostname}");
            } else {
                let _ = writeln!(content, "{ip}\t{hostname}.{domain}\t{hostname}");
            }
        }
    }
    let aliases = spec.host_aliases.as_deref().unwrap_or_default();
    if !aliases.is_empty() {
        content.push_str("\n# Entries added by HostAliases.\n");
    }
    for alias in aliases {
        let names = alias.hostnames.as_deref().unwrap_or_default();
        let _ = writeln!(content, "{}\t{}", alias.ip, names.join("\t"));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(spec: serde_json::Value, ips: &[&str], host_file: Option<&str>, expected: &str) {
        let pod = serde_json::from_value(json!({
            "metadata": {"name": "web", "namespace": "default"}, "spec": spec
        }))
        .unwrap();
        let facts = NodeFacts { cluster_domain: "cluster.local".into(), ..NodeFacts::default() };
        let ips: Vec<String> = ips.iter().map(ToString::to_string).collect();
        assert_eq!(etc_hosts(&pod, &ips, host_file, &facts).unwrap(), expected);
    }

    #[test]
    fn as_upstream_writes_it() {
        let local = format!("{HEADER}{LOCAL_NAMES}");
        check(
            json!({"containers": []}),
            &["10.0.0.2", "fd00::2"],
            Some("ignored"),
            &format!("{local}10.0.0.2\tweb\nfd00::2\tweb\n"),
        );
        check(
            json!({"containers": [], "hostname": "h", "subdomain": "sub",
                "hostAliases": [{"ip": "1.2.3.4", "hostnames": ["a", "b"]}, {"ip": "5.6.7.8", "hostnames": ["c"]}]}),
            &["10.0.0.2"],
            None,
            &format!(
                "{local}10.0.0.2\th.sub.default.svc.cluster.local\th\n\n# Entries added by HostAliases.\n\
                 1.2.3.4\ta\tb\n5.6.7.8\tc\n"
            ),
        );
        check(
            json!({"containers": [], "hostNetwork": true, "hostAliases": [{"ip": "1.2.3.4", "hostnames": ["a"]}]}),
            &["192.168.0.1"],
            Some("127.0.0.1 localhost\n"),
            "# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n\n# Entries added by HostAliases.\n1.2.3.4\ta\n",
        );
    }
}
