//! Windows options. No such pod runs here, but a manifest that names them is judged all the same.

use k8s_openapi::api::core::v1::{PodSpec, WindowsSecurityContextOptions};

use super::errors::{Errors, Value};
use super::formats;
use crate::containers;
use crate::path::Path;

const MAX_CREDENTIAL_KIB: usize = 64;
const MAX_DOMAIN: usize = 256;
const MAX_USER: usize = 104;

/// Windows options of a pod or a container.
pub(super) fn options(
    options: Option<&WindowsSecurityContextOptions>,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let Some(options) = options else { return };
    if let Some(name) = &options.gmsa_credential_spec_name {
        for message in formats::dns_subdomain(name) {
            errors.invalid(&path.child("gmsaCredentialSpecName"), Value::Word(name), &message);
        }
    }
    if let Some(credential) = &options.gmsa_credential_spec {
        let path = path.child("gmsaCredentialSpec");
        if credential.is_empty() {
            errors.invalid(&path, Value::Word(credential), "gmsaCredentialSpec cannot be an empty string");
        } else if credential.len() > MAX_CREDENTIAL_KIB << 10 {
            let detail = format!("gmsaCredentialSpec size must be under {MAX_CREDENTIAL_KIB} KiB");
            errors.invalid(&path, Value::Word(credential), &detail);
        }
    }
    if let Some(name) = &options.run_as_user_name {
        let path = path.child("runAsUserName");
        for problem in user_name_problems(name) {
            errors.invalid(&path, Value::Word(name), &format!("runAsUserName{problem}"));
        }
    }
}

fn user_name_problems(name: &str) -> Vec<String> {
    let parts: Vec<&str> = name.split('\\').collect();
    let (domain, user) = match parts.as_slice() {
        _ if name.is_empty() => return vec![" cannot be an empty string".to_owned()],
        _ if name.chars().any(|character| character.is_ascii_control()) => {
            return vec![" cannot contain control characters".to_owned()];
        }
        [user] => (None, *user),
        [domain, user] => (Some(*domain), *user),
        _ => return vec![" cannot contain more than one backslash".to_owned()],
    };
    let mut problems = Vec::new();
    if let Some(domain) = domain {
        if domain.len() >= MAX_DOMAIN {
            problems.push(format!("'s Domain length must be under {MAX_DOMAIN} characters"));
        }
        if !is_netbios(domain) && !is_dns(domain) {
            problems.push("'s Domain doesn't match the NetBios nor the DNS format".to_owned());
        }
    }
    if user.is_empty() {
        problems.push("'s User cannot be empty".to_owned());
    } else if user.len() > MAX_USER {
        problems.push(format!("'s User length must not be longer than {MAX_USER} characters"));
    }
    if !user.is_empty() && user.chars().all(|character| matches!(character, '.' | ' ')) {
        problems.push("'s User cannot contain only periods or spaces".to_owned());
    }
    if user.contains(['"', '/', '\\', ':', ';', '|', '=', ',', '+', '*', '?', '<', '>', '@', '[', ']']) {
        problems.push("'s User cannot contain the following characters: \"/\\:;|=,+*?<>@[]".to_owned());
    }
    problems
}

fn is_netbios(domain: &str) -> bool {
    let wrong = ['\\', '/', ':', '*', '?', '"', '<', '>', '|'];
    (1..=15).contains(&domain.chars().count()) && !domain.starts_with('.') && !domain.contains(wrong)
}

fn is_dns(domain: &str) -> bool {
    domain.split('.').all(|label| {
        let ends = !label.starts_with('-') && !label.ends_with('-');
        let inner = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (1..=63).contains(&label.len()) && ends && inner
    })
}

/// Containers that are processes of a Windows host: all or none, and only in the host's network.
pub(super) fn host_process(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let options = spec.security_context.as_ref().and_then(|context| context.windows_options.as_ref());
    let of_pod = options.and_then(|options| options.host_process);
    let (mut all, mut host) = (0, 0);
    containers::visit(spec, path, |container, path| {
        all += 1;
        let options =
            container.security_context.as_ref().and_then(|context| context.windows_options.as_ref());
        let own = options.and_then(|options| options.host_process);
        if let (Some(of_pod), Some(own)) = (of_pod, own)
            && of_pod != own
        {
            let path = path.child("securityContext");
            let path = path.child("windowsOptions");
            let detail =
                format!("pod hostProcess value must be identical if both are specified, was {of_pod}");
            errors.invalid(&path.child("hostProcess"), own, &detail);
        }
        host += usize::from(own.or(of_pod) == Some(true));
    });
    if host > 0 && host != all {
        let detail =
            "If pod contains any hostProcess containers then all containers must be HostProcess containers";
        errors.invalid(path, "", detail);
    }
    if host > 0 && spec.host_network != Some(true) {
        let detail = "hostNetwork must be true if pod contains any hostProcess containers";
        errors.invalid(&path.child("hostNetwork"), false, detail);
    }
}

/// A Linux pod has no Windows options.
pub(super) fn not_on_linux(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let detail = "windows options cannot be set for a linux pod";
    if spec.security_context.as_ref().is_some_and(|context| context.windows_options.is_some()) {
        errors.forbidden(&path.child("securityContext").child("windowsOptions"), detail);
    }
    containers::visit(spec, path, |container, path| {
        if container.security_context.as_ref().is_some_and(|context| context.windows_options.is_some()) {
            errors.forbidden(&path.child("securityContext").child("windowsOptions"), detail);
        }
    });
}

/// A Windows pod has none of what only Linux has.
pub(super) fn only_on_linux(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let detail = "cannot be set for a windows pod";
    let context_path = path.child("securityContext");
    if let Some(context) = &spec.security_context {
        let fields = [
            ("appArmorProfile", context.app_armor_profile.is_some()),
            ("seLinuxOptions", context.se_linux_options.is_some()),
            ("seccompProfile", context.seccomp_profile.is_some()),
            ("fsGroup", context.fs_group.is_some()),
            ("fsGroupChangePolicy", context.fs_group_change_policy.is_some()),
            ("sysctls", context.sysctls.as_ref().is_some_and(|sysctls| !sysctls.is_empty())),
            ("runAsUser", context.run_as_user.is_some()),
            ("runAsGroup", context.run_as_group.is_some()),
            ("supplementalGroups", context.supplemental_groups.is_some()),
            ("supplementalGroupsPolicy", context.supplemental_groups_policy.is_some()),
            ("seLinuxChangePolicy", context.se_linux_change_policy.is_some()),
        ];
        for (field, _) in fields.into_iter().filter(|(_, is_set)| *is_set) {
            errors.forbidden(&context_path.child(field), detail);
        }
    }
    let fields = [
        ("hostUsers", spec.host_users.is_some()),
        ("hostPID", spec.host_pid == Some(true)),
        ("hostIPC", spec.host_ipc == Some(true)),
        ("shareProcessNamespace", spec.share_process_namespace.is_some()),
    ];
    for (field, _) in fields.into_iter().filter(|(_, is_set)| *is_set) {
        errors.forbidden(&path.child(field), detail);
    }
    containers::visit(spec, path, |container, path| {
        let Some(context) = &container.security_context else { return };
        let path = path.child("securityContext");
        let fields = [
            ("appArmorProfile", context.app_armor_profile.is_some()),
            ("seLinuxOptions", context.se_linux_options.is_some()),
            ("seccompProfile", context.seccomp_profile.is_some()),
            ("capabilities", context.capabilities.is_some()),
            ("readOnlyRootFilesystem", context.read_only_root_filesystem.is_some()),
            ("privileged", context.privileged.is_some()),
            ("allowPrivilegeEscalation", context.allow_privilege_escalation.is_some()),
            ("procMount", context.proc_mount.is_some()),
            ("runAsUser", context.run_as_user.is_some()),
            ("runAsGroup", context.run_as_group.is_some()),
        ];
        for (field, _) in fields.into_iter().filter(|(_, is_set)| *is_set) {
            errors.forbidden(&path.child(field), detail);
        }
    });
}
