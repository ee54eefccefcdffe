//! Security contexts: what pod and container ask for, merged (`pkg/securitycontext`, `kuberuntime/security_context*.go`).

mod apparmor;
mod effective;
mod image_user;
mod namespaces;
mod seccomp;

#[cfg(test)]
mod tests;

pub use image_user::ImageUser;
pub use namespaces::UserNamespaceRange;
pub(crate) use namespaces::namespaces;

use crate::{ConfigError, NodeFacts};
use cri::v1;
use k8s_openapi::api::core::v1::{Container, Pod, PodSecurityContext, SELinuxOptions, SecurityContext};

/// What is hidden from containers, beside the CPUs' thermal counters.
pub const MASKED_PATHS: [&str; 12] = [
    "/proc/asound",
    "/proc/acpi",
    "/proc/interrupts",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
    "/sys/devices/virtual/powercap",
];
/// What containers may read but not write.
pub const READ_ONLY_PATHS: [&str; 5] =
    ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// What a container's security is made from.
pub(crate) struct SecurityInputs<'a> {
    pub(crate) pod: &'a Pod,
    pub(crate) container: &'a Container,
    pub(crate) image_user: &'a ImageUser,
    pub(crate) runtime_handler: &'a str,
    pub(crate) user_namespace: Option<&'a UserNamespaceRange>,
}

/// The container's security context (`determineEffectiveSecurityContext`).
pub(crate) fn container_security(
    inputs: &SecurityInputs<'_>,
    facts: &NodeFacts,
) -> Result<v1::LinuxContainerSecurityContext, ConfigError> {
    let (pod, container) = (inputs.pod, inputs.container);
    let pod_context = types::pod::spec(pod).security_context.as_ref();
    let effective = effective::effective(pod_context, container.security_context.as_ref());
    let seccomp = seccomp::profile(pod_context, container.security_context.as_ref(), facts)?;
    let (apparmor, deprecated_apparmor) = apparmor::profile(pod, container)?;

    let mut security = v1::LinuxContainerSecurityContext {
        capabilities: effective.capabilities.as_ref().map(|capabilities| v1::Capability {
            add_capabilities: capabilities.add.clone().unwrap_or_default(),
            drop_capabilities: capabilities.drop.clone().unwrap_or_default(),
            ..Default::default()
        }),
        privileged: effective.privileged.unwrap_or(false),
        namespace_options: Some(namespaces(pod, inputs.runtime_handler, inputs.user_namespace, facts)?),
        selinux_options: effective.se_linux_options.as_ref().map(selinux_option),
        run_as_user: effective.run_as_user.map(|value| v1::Int64Value { value }),
        run_as_group: effective.run_as_group.map(|value| v1::Int64Value { value }),
        readonly_rootfs: effective.read_only_root_filesystem.unwrap_or(false),
        no_new_privs: effective.allow_privilege_escalation == Some(false),
        masked_paths: masked_paths(&effective, facts),
        readonly_paths: read_only_paths(&effective),
        seccomp: Some(seccomp),
        apparmor,
        ..Default::default()
    };
    set_deprecated_apparmor(&mut security, deprecated_apparmor);
    if security.run_as_user.is_none() {
        match inputs.image_user {
            ImageUser::Id(value) => security.run_as_user = Some(v1::Int64Value { value: *value }),
            ImageUser::Name(name) => security.run_as_username.clone_from(name),
        }
    }
    if let Some(context) = pod_context {
        security.supplemental_groups.extend(context.fs_group);
        security.supplemental_groups.extend(context.supplemental_groups.iter().flatten());
        security.supplemental_groups_policy = supplemental_groups_policy(context)?;
    }
    Ok(security)
}

/// Refuses a container that may not run as root and would, or might (`verifyRunAsNonRoot`).
pub(crate) fn verify_run_as_non_root(
    pod: &Pod,
    container: &Container,
    image_user: &ImageUser,
) -> Result<(), ConfigError> {
    let pod_context = types::pod::spec(pod).security_context.as_ref();
    let effective = effective::effective(pod_context, container.security_context.as_ref());
    if effective.run_as_non_root != Some(true) {
        return Ok(());
    }
    let (pod, container) = (pod_description(pod), container.name.clone());
    match (effective.run_as_user, image_user) {
        (Some(0), _) => Err(ConfigError::RunAsUserIsRoot { pod, container }),
        (Some(_), _) => Ok(()),
        (None, ImageUser::Name(user)) => {
            Err(ConfigError::ImageUserIsAName { user: user.clone(), pod, container })
        }
        (None, ImageUser::Id(0)) => Err(ConfigError::ImageUserIsRoot { pod, container }),
        (None, ImageUser::Id(user)) if !(0..=i64::from(i32::MAX)).contains(user) => {
            Err(ConfigError::ImageUserOutOfRange { user: *user, pod, container })
        }
        (None, ImageUser::Id(_)) => Ok(()),
    }
}

/// Older runtimes know only the deprecated field for AppArmor; upstream still sends both.
#[allow(deprecated, reason = "sent for older runtimes, as upstream does")]
fn set_deprecated_apparmor(security: &mut v1::LinuxContainerSecurityContext, profile: String) {
    security.apparmor_profile = profile;
}

fn masked_paths(effective: &SecurityContext, facts: &NodeFacts) -> Vec<String> {
    if is_unmasked(effective) {
        return Vec::new();
    }
    MASKED_PATHS.iter().map(ToString::to_string).chain(facts.thermal_throttle_paths.iter().cloned()).collect()
}

fn read_only_paths(effective: &SecurityContext) -> Vec<String> {
    if is_unmasked(effective) {
        Vec::new()
    } else {
        READ_ONLY_PATHS.iter().map(ToString::to_string).collect()
    }
}

fn is_unmasked(effective: &SecurityContext) -> bool {
    effective.proc_mount.as_deref() == Some("Unmasked")
}

/// A profile that names no file.
pub(crate) fn security_profile(kind: v1::security_profile::ProfileType) -> v1::SecurityProfile {
    v1::SecurityProfile { profile_type: kind as i32, localhost_ref: String::new() }
}

pub(crate) fn selinux_option(options: &SELinuxOptions) -> v1::SeLinuxOption {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    v1::SeLinuxOption {
        user: text(&options.user),
        role: text(&options.role),
        r#type: text(&options.type_),
        level: text(&options.level),
    }
}

/// The number of the pod's policy for supplemental groups; merging with the image's is the default.
pub(crate) fn supplemental_groups_policy(context: &PodSecurityContext) -> Result<i32, ConfigError> {
    match context.supplemental_groups_policy.as_deref() {
        None | Some("Merge") => Ok(v1::SupplementalGroupsPolicy::Merge as i32),
        Some("Strict") => Ok(v1::SupplementalGroupsPolicy::Strict as i32),
        Some(other) => Err(ConfigError::SupplementalGroupsPolicy(other.to_owned())),
    }
}

/// A pod as upstream's messages name it: `name_namespace(uid)` (`format.Pod`).
pub(crate) fn pod_description(pod: &Pod) -> String {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let metadata = &pod.metadata;
    format!("{}_{}({})", text(&metadata.name), text(&metadata.namespace), text(&metadata.uid))
}
