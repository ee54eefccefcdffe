//! The pod sandbox: `kuberuntime_sandbox.go` and `kuberuntime_sandbox_linux.go`.

mod dns;
mod hostname;
mod ips;
mod ports;
mod resolv_conf;
mod sysctls;

#[cfg(test)]
mod tests;

pub use hostname::host_name_and_domain;
pub use ips::sorted_pod_ips;
pub use resolv_conf::resolv_conf_complaint;

use crate::security::{UserNamespaceRange, namespaces, security_profile, supplemental_groups_policy};
use crate::{ConfigError, NodeFacts, labels, paths, resources};
use cri::v1;
use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};

/// What a sandbox is made from, beside the node.
#[derive(Clone, Copy, Debug)]
pub struct SandboxInputs<'a> {
    /// The pod, defaulted and validated.
    pub pod: &'a Pod,
    /// Number of the sandbox among those of this pod, from 0.
    pub attempt: u32,
    /// The pod's cgroup: a path with the cgroupfs driver, a slice's path with systemd's.
    pub cgroup_parent: &'a str,
    /// The handler of the pod's RuntimeClass; empty for the default one.
    pub runtime_handler: &'a str,
    /// The ids set aside for a pod with `hostUsers: false`; ignored for others.
    pub user_namespace: Option<UserNamespaceRange>,
    /// Content of the resolver's file as it is now; `None`: what the facts say.
    pub resolv_conf: Option<&'a str>,
}

impl<'a> SandboxInputs<'a> {
    /// Inputs of a pod that uses the default runtime handler and the node's user namespace.
    pub fn new(pod: &'a Pod, attempt: u32, cgroup_parent: &'a str) -> Self {
        Self { pod, attempt, cgroup_parent, runtime_handler: "", user_namespace: None, resolv_conf: None }
    }
}

/// What to send, and what to tell the user about it.
#[derive(Clone, Debug, PartialEq)]
pub struct SandboxPlan {
    /// For `RunPodSandbox`, and again for each `CreateContainer`. Its log directory must exist first (mode 0755).
    pub config: v1::PodSandboxConfig,
    /// Warning events to publish.
    pub warnings: Vec<PodWarning>,
}

/// An event of kind Warning that came up while a configuration was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodWarning {
    /// Whether the event is about the node; else about the pod.
    pub about_node: bool,
    /// `DNSConfigForming` or `MissingClusterDNS`.
    pub reason: &'static str,
    /// A sentence for people, upstream's words.
    pub message: String,
}

/// What `RunPodSandbox` is asked for (`generatePodSandboxConfig`).
///
/// # Errors
/// When the pod asks for what cannot be: see [`ConfigError`].
pub fn sandbox_config(inputs: &SandboxInputs<'_>, facts: &NodeFacts) -> Result<SandboxPlan, ConfigError> {
    let pod = inputs.pod;
    let spec = types::pod::spec(pod);
    let metadata = &pod.metadata;
    let name = metadata.name.clone().unwrap_or_default();
    let namespace = metadata.namespace.clone().unwrap_or_default();
    let uid = metadata.uid.clone().unwrap_or_default();

    let (dns, warnings) = dns::pod_dns(pod, inputs.resolv_conf.or(facts.resolv_conf.as_deref()), facts)?;
    let hostname = if types::pod::is_host_network(spec) {
        String::new()
    } else {
        hostname::kernel_host_name(pod, facts)?
    };
    let log_directory = paths::pod_log_directory(&facts.pod_logs_directory, &namespace, &name, &uid);

    let config = v1::PodSandboxConfig {
        metadata: Some(v1::PodSandboxMetadata { name, namespace, uid, attempt: inputs.attempt }),
        hostname,
        log_directory,
        dns_config: Some(dns),
        port_mappings: ports::port_mappings(spec),
        labels: labels::of_sandbox(pod).into_iter().collect(),
        annotations: metadata.annotations.clone().unwrap_or_default().into_iter().collect(),
        linux: Some(linux_config(inputs, facts)?),
        ..Default::default()
    };
    Ok(SandboxPlan { config, warnings })
}

fn linux_config(
    inputs: &SandboxInputs<'_>,
    facts: &NodeFacts,
) -> Result<v1::LinuxPodSandboxConfig, ConfigError> {
    let pod = inputs.pod;
    let spec = types::pod::spec(pod);
    let mut security = v1::LinuxSandboxSecurityContext {
        privileged: has_privileged_container(spec),
        // The pause process needs no more than the runtime's own profile, whatever the pod's says.
        seccomp: Some(security_profile(v1::security_profile::ProfileType::RuntimeDefault)),
        ..Default::default()
    };
    if let Some(context) = &spec.security_context {
        security.run_as_user = context.run_as_user.map(|value| v1::Int64Value { value });
        security.run_as_group = context.run_as_group.map(|value| v1::Int64Value { value });
        security.namespace_options =
            Some(namespaces(pod, inputs.runtime_handler, inputs.user_namespace.as_ref(), facts)?);
        security.supplemental_groups.extend(context.fs_group);
        security.supplemental_groups.extend(context.supplemental_groups.iter().flatten());
        security.supplemental_groups_policy = supplemental_groups_policy(context)?;
        security.selinux_options = context.se_linux_options.as_ref().map(crate::security::selinux_option);
    }
    Ok(v1::LinuxPodSandboxConfig {
        cgroup_parent: inputs.cgroup_parent.to_owned(),
        security_context: Some(security),
        sysctls: sysctls::sysctls(spec, facts).into_iter().collect(),
        overhead: Some(resources::sandbox_overhead(pod, facts)),
        resources: Some(resources::sandbox_resources(pod, facts)),
    })
}

/// Whether any container of the pod, of whichever kind, is privileged (`HasPrivilegedContainer`).
fn has_privileged_container(spec: &PodSpec) -> bool {
    let privileged = |container: &Container| {
        container.security_context.as_ref().and_then(|context| context.privileged).unwrap_or(false)
    };
    spec.init_containers.iter().flatten().any(privileged)
        || spec.containers.iter().any(privileged)
        || spec.ephemeral_containers.iter().flatten().any(|container| {
            container.security_context.as_ref().and_then(|context| context.privileged).unwrap_or(false)
        })
}
