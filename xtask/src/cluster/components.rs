//! The command lines of the control plane, with what kubeadm gives to its own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::json;

use super::pki::{certificate, kubeconfig};
use super::process::Component;
use super::{API_PORT, NODE_NAME, POD_SUBNET, SERVICE_SUBNET};
use crate::node::layout::Layout;
use crate::node::sandboxed::NODE_ADDRESS;

/// Where etcd listens: plain HTTP on loopback, for nothing but the API server is there.
const ETCD: &str = "http://127.0.0.1:2379";
/// Where kube-proxy says whether it is well.
pub const PROXY_HEALTH: &str = "127.0.0.1:10256";
/// Where the DNS server says whether it is ready.
pub const DNS_HEALTH: &str = "127.0.0.1:8181";

/// etcd. It leaves the disk out: that is not what anybody measures here.
pub fn etcd(programs: &Path, layout: &Layout) -> Component {
    let data = layout.root().join("etcd").display().to_string();
    let flags = [
        ("data-dir", data.as_str()),
        ("listen-client-urls", ETCD),
        ("advertise-client-urls", ETCD),
        ("listen-peer-urls", "http://127.0.0.1:2380"),
        ("unsafe-no-fsync", "true"),
        ("log-level", "warn"),
    ];
    Component::new("etcd", programs, words(&flags))
}

/// What the API server writes down: each request of a node, for whoever counts them.
const AUDIT_POLICY: &str = "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules:\n\
    - {level: Metadata, userGroups: [\"system:nodes\"]}\n- {level: None}\n";

/// The file with the requests of nodes, one JSON object a line.
pub fn audit_log(layout: &Layout) -> PathBuf {
    layout.log("audit")
}

/// The API server with the authorizers and admission plugins of a real cluster.
///
/// # Errors
/// When its audit policy cannot be written.
pub fn api_server(programs: &Path, layout: &Layout) -> anyhow::Result<Component> {
    let policy = layout.root().join("audit-policy.yaml");
    write(&policy, AUDIT_POLICY)?;
    let (policy, audit) = (policy.display().to_string(), audit_log(layout).display().to_string());
    let port = API_PORT.to_string();
    let files = [
        ("client-ca-file", "ca.crt"),
        ("kubelet-client-certificate", "apiserver-kubelet-client.crt"),
        ("kubelet-client-key", "apiserver-kubelet-client.key"),
        ("proxy-client-cert-file", "front-proxy-client.crt"),
        ("proxy-client-key-file", "front-proxy-client.key"),
        ("requestheader-client-ca-file", "front-proxy-ca.crt"),
        ("service-account-key-file", "sa.pub"),
        ("service-account-signing-key-file", "sa.key"),
        ("tls-cert-file", "apiserver.crt"),
        ("tls-private-key-file", "apiserver.key"),
    ];
    let flags = [
        ("advertise-address", NODE_ADDRESS),
        ("allow-privileged", "true"),
        ("audit-log-path", audit.as_str()),
        ("audit-policy-file", policy.as_str()),
        ("authorization-mode", "Node,RBAC"),
        ("enable-admission-plugins", "NodeRestriction"),
        ("enable-bootstrap-token-auth", "true"),
        ("etcd-servers", ETCD),
        ("kubelet-preferred-address-types", "InternalIP,ExternalIP,Hostname"),
        ("requestheader-allowed-names", "front-proxy-client"),
        ("requestheader-extra-headers-prefix", "X-Remote-Extra-"),
        ("requestheader-group-headers", "X-Remote-Group"),
        ("requestheader-username-headers", "X-Remote-User"),
        ("secure-port", port.as_str()),
        ("service-account-issuer", "https://kubernetes.default.svc.cluster.local"),
        ("service-cluster-ip-range", SERVICE_SUBNET),
    ];
    let files = files.map(|(flag, name)| format!("--{flag}={}", certificate(name)));
    let arguments = words(&flags).into_iter().chain(files).collect();
    Ok(Component::new("kube-apiserver", programs, arguments))
}

/// The controllers. They notice a lost node sooner than usual, so that tests need not wait for a minute.
pub fn controller_manager(programs: &Path) -> Component {
    let file = kubeconfig("controller-manager.conf").display().to_string();
    let files = [
        ("client-ca-file", "ca.crt"),
        ("cluster-signing-cert-file", "ca.crt"),
        ("cluster-signing-key-file", "ca.key"),
        ("requestheader-client-ca-file", "front-proxy-ca.crt"),
        ("root-ca-file", "ca.crt"),
        ("service-account-private-key-file", "sa.key"),
    ];
    let flags = [
        ("kubeconfig", file.as_str()),
        ("authentication-kubeconfig", file.as_str()),
        ("authorization-kubeconfig", file.as_str()),
        ("cluster-cidr", POD_SUBNET),
        ("service-cluster-ip-range", SERVICE_SUBNET),
        ("use-service-account-credentials", "true"),
        ("controllers", "*,bootstrapsigner,tokencleaner"),
        ("leader-elect", "false"),
        ("node-monitor-period", "2s"),
        ("node-monitor-grace-period", "24s"),
        ("kube-api-qps", "200"),
        ("kube-api-burst", "400"),
    ];
    let files = files.map(|(flag, name)| format!("--{flag}={}", certificate(name)));
    let arguments = words(&flags).into_iter().chain(files).collect();
    Component::new("kube-controller-manager", programs, arguments)
}

/// The scheduler.
pub fn scheduler(programs: &Path) -> Component {
    let file = kubeconfig("scheduler.conf").display().to_string();
    let flags = [
        ("kubeconfig", file.as_str()),
        ("authentication-kubeconfig", file.as_str()),
        ("authorization-kubeconfig", file.as_str()),
        ("leader-elect", "false"),
        ("kube-api-qps", "200"),
        ("kube-api-burst", "400"),
    ];
    Component::new("kube-scheduler", programs, words(&flags))
}

/// kube-proxy. Its file is written once: it ends when that changes.
///
/// # Errors
/// When its configuration cannot be written.
pub fn proxy(programs: &Path, layout: &Layout) -> anyhow::Result<Component> {
    let configuration = json!({
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "iptables",
        "clientConnection": { "kubeconfig": kubeconfig("kube-proxy.conf") },
        "clusterCIDR": POD_SUBNET,
        "hostnameOverride": NODE_NAME,
        "healthzBindAddress": PROXY_HEALTH,
        // A network namespace may not set limits that are the machine's.
        "conntrack": {
            "maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s",
        },
    });
    let file = layout.root().join("kube-proxy.json");
    write(&file, &format!("{configuration:#}\n"))?;
    Ok(Component::new("kube-proxy", programs, vec![format!("--config={}", file.display())]))
}

/// The DNS server. Foreign names do not exist, and nobody waits for an answer from outside.
///
/// # Errors
/// When its configuration cannot be written.
pub fn dns(program: &Path, layout: &Layout) -> anyhow::Result<Component> {
    let text = format!(
        "cluster.local in-addr.arpa ip6.arpa {{\n  bind {NODE_ADDRESS}\n  errors\n  ready {DNS_HEALTH}\n  \
         kubernetes cluster.local in-addr.arpa ip6.arpa {{\n    kubeconfig {}\n    pods insecure\n  }}\n}}\n\
         . {{\n  bind {NODE_ADDRESS}\n  errors\n  template ANY ANY {{\n    rcode NXDOMAIN\n  }}\n}}\n",
        kubeconfig("admin.conf").display()
    );
    let file: PathBuf = layout.root().join("Corefile");
    write(&file, &text)?;
    Ok(Component::new("dns", program, vec!["-conf".to_owned(), file.display().to_string()]))
}

fn words(flags: &[(&str, &str)]) -> Vec<String> {
    flags.iter().map(|(flag, value)| format!("--{flag}={value}")).collect()
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
}
