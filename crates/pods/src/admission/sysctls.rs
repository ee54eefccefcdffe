//! Sysctls of a pod: those known to be safe, and those the administrator allows.
//!
//! Source: `pkg/kubelet/sysctl/{allowlist,safe_sysctls}.go`, `component-helpers/node/util/sysctl/namespace.go`.

use super::node::NodeView;
use super::rejection::Rejection;
use k8s_openapi::api::core::v1::PodSpec;
use std::collections::BTreeMap;

const REASON: &str = "SysctlForbidden";

/// Safe sysctls, and the kernel (major, minor) from which each is a namespace's own.
const SAFE: [(&str, (u32, u32)); 14] = [
    ("kernel.shm_rmid_forced", (0, 0)),
    ("net.ipv4.ip_local_port_range", (0, 0)),
    ("net.ipv4.tcp_syncookies", (0, 0)),
    ("net.ipv4.ping_group_range", (0, 0)),
    ("net.ipv4.ip_unprivileged_port_start", (0, 0)),
    ("net.ipv4.ip_local_reserved_ports", (3, 16)),
    ("net.ipv4.tcp_keepalive_time", (4, 5)),
    ("net.ipv4.tcp_fin_timeout", (4, 6)),
    ("net.ipv4.tcp_keepalive_intvl", (4, 5)),
    ("net.ipv4.tcp_keepalive_probes", (4, 5)),
    ("net.ipv4.tcp_rmem", (4, 15)),
    ("net.ipv4.tcp_wmem", (4, 15)),
    ("net.ipv4.tcp_slow_start_after_idle", (4, 15)),
    ("net.ipv4.tcp_notsent_lowat", (4, 6)),
];

/// The kernel namespace that a sysctl belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Namespace {
    Ipc,
    Net,
    User,
    Uts,
}

impl Namespace {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ipc => "IPC",
            Self::Net => "Net",
            Self::User => "User",
            Self::Uts => "UTS",
        }
    }
}

/// A pattern of `allowedUnsafeSysctls` names a sysctl that no namespace has: setting it would change the whole machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sysctls {0:?} are not known to be namespaced")]
pub struct UnknownSysctl(pub String);

/// The sysctls that pods of this node may set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SysctlPatterns {
    exact: BTreeMap<String, Namespace>,
    prefixes: BTreeMap<String, Namespace>,
}

impl SysctlPatterns {
    /// The safe sysctls of this kernel (such as `6.18.44`), and `allowedUnsafeSysctls`.
    ///
    /// # Errors
    /// [`UnknownSysctl`] for a pattern that cannot be allowed.
    pub fn new(kernel_version: &str, allowed: &[String]) -> Result<Self, UnknownSysctl> {
        let kernel = version(kernel_version);
        let safe = SAFE.iter().filter(|(_, since)| kernel >= *since).map(|(name, _)| (*name).to_owned());
        let mut patterns = Self::default();
        for pattern in safe.chain(allowed.iter().cloned()) {
            let pattern = normalized(&pattern);
            let (name, is_prefix) = match pattern.split_once('*') {
                Some((prefix, _)) => (prefix, true),
                None => (pattern.as_str(), false),
            };
            let namespace = namespace(name).ok_or_else(|| UnknownSysctl(name.to_owned()))?;
            let list = if is_prefix { &mut patterns.prefixes } else { &mut patterns.exact };
            list.insert(name.to_owned(), namespace);
        }
        Ok(patterns)
    }

    fn namespace_if_allowed(&self, name: &str) -> Option<Namespace> {
        let by_prefix = || self.prefixes.iter().find(|(prefix, _)| name.starts_with(prefix.as_str()));
        self.exact.get(name).or_else(|| by_prefix().map(|(_, namespace)| namespace)).copied()
    }
}

/// Rejects a pod with a sysctl that is not allowed, or that would be the node's.
pub(super) fn check(node: &NodeView, spec: &PodSpec) -> Result<(), Rejection> {
    let sysctls = spec.security_context.iter().flat_map(|context| context.sysctls.iter().flatten());
    for sysctl in sysctls {
        let name = normalized(&sysctl.name);
        let forbidden =
            |why: String| Err(Rejection::new(REASON, format!("forbidden sysctl: {name:?} {why}")));
        let Some(namespace) = node.sysctls.namespace_if_allowed(&name) else {
            return forbidden("not allowlisted".to_owned());
        };
        let is_of_host = match namespace {
            Namespace::Ipc => spec.host_ipc.unwrap_or(false),
            Namespace::Net => spec.host_network.unwrap_or(false),
            Namespace::User => spec.host_users.unwrap_or(true),
            // As upstream, which looks at the other three alone.
            Namespace::Uts => false,
        };
        if is_of_host {
            return forbidden(format!("not allowed with host {} enabled", namespace.as_str()));
        }
    }
    Ok(())
}

/// With dots between the parts. Where the first separator is a slash, dots are parts of names (sysctl.d(5)).
fn normalized(name: &str) -> String {
    match name.find(['.', '/']) {
        Some(first) if name[first..].starts_with('/') => name
            .chars()
            .map(|letter| match letter {
                '/' => '.',
                '.' => '/',
                other => other,
            })
            .collect(),
        Some(_) | None => name.to_owned(),
    }
}

fn namespace(name: &str) -> Option<Namespace> {
    const IPC: [&str; 10] = [
        "kernel.sem",
        "kernel.shm",
        "kernel.shmall",
        "kernel.shmmax",
        "kernel.shmmni",
        "kernel.shm_rmid_forced",
        "kernel.msgmax",
        "kernel.msgmnb",
        "kernel.msgmni",
        "kernel.msg",
    ];
    if name == "kernel.domainname" {
        Some(Namespace::Uts)
    } else if IPC.contains(&name) || name.starts_with("fs.mqueue.") {
        Some(Namespace::Ipc)
    } else if name.starts_with("net.") {
        Some(Namespace::Net)
    } else if name.starts_with("user.") {
        Some(Namespace::User)
    } else {
        None
    }
}

/// Major and minor number; what is no number counts as 0.
fn version(text: &str) -> (u32, u32) {
    let mut numbers =
        text.split(|letter: char| !letter.is_ascii_digit()).map(|part| part.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}
