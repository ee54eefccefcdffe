//! Security contexts of pods and containers, and annotations that say the same in an older way.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{
    AppArmorProfile, PodSecurityContext, PodSpec, SeccompProfile, SecurityContext, Sysctl,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::errors::{Errors, Value};
use super::{formats, metadata, paths, text, windows};
use crate::containers;
use crate::path::Path;

/// The most bytes of a path.
const MAX_PROFILE: usize = 4095;

/// The pod's security context.
pub(super) fn pod(context: &PodSecurityContext, spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let ids = [
        ("fsGroup", context.fs_group),
        ("runAsUser", context.run_as_user),
        ("runAsGroup", context.run_as_group),
    ];
    for (field, id) in ids {
        user_or_group(id, &path.child(field), errors);
    }
    let groups = path.child("supplementalGroups");
    for (index, group) in context.supplemental_groups.iter().flatten().enumerate() {
        user_or_group(Some(*group), &groups.index(index), errors);
    }
    sysctls(context.sysctls.as_deref().unwrap_or_default(), spec, &path.child("sysctls"), errors);
    if let Some(policy) = &context.fs_group_change_policy {
        errors.one_of(&path.child("fsGroupChangePolicy"), policy, &["Always", "OnRootMismatch"]);
    }
    seccomp(context.seccomp_profile.as_ref(), &path.child("seccompProfile"), errors);
    windows::options(context.windows_options.as_ref(), &path.child("windowsOptions"), errors);
    apparmor(context.app_armor_profile.as_ref(), &path.child("appArmorProfile"), errors);
    if let Some(policy) = &context.supplemental_groups_policy {
        errors.one_of(&path.child("supplementalGroupsPolicy"), policy, &["Merge", "Strict"]);
    }
    if let Some(policy) = &context.se_linux_change_policy {
        errors.one_of(&path.child("seLinuxChangePolicy"), policy, &["MountOption", "Recursive"]);
    }
}

/// A container's security context.
pub(super) fn container(
    context: &SecurityContext,
    host_users: bool,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    user_or_group(context.run_as_user, &path.child("runAsUser"), errors);
    user_or_group(context.run_as_group, &path.child("runAsGroup"), errors);
    if let Some(proc_mount) = &context.proc_mount {
        let path = path.child("procMount");
        errors.one_of(&path, proc_mount, &["Default", "Unmasked"]);
        if host_users && proc_mount == "Unmasked" {
            errors.invalid(&path, Value::Word(proc_mount), "`hostUsers` must be false to use `Unmasked`");
        }
    }
    seccomp(context.seccomp_profile.as_ref(), &path.child("seccompProfile"), errors);
    if context.allow_privilege_escalation == Some(false) {
        let json = || Value::Json(serde_json::to_string(context).unwrap_or_default());
        if context.privileged == Some(true) {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
            errors.invalid(path, json(), detail);
        }
        let added = context.capabilities.iter().flat_map(|capabilities| capabilities.add.iter().flatten());
        for _ in added.filter(|capability| *capability == "CAP_SYS_ADMIN") {
            let detail =
                "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
            errors.invalid(path, json(), detail);
        }
    }
    windows::options(context.windows_options.as_ref(), &path.child("windowsOptions"), errors);
    apparmor(context.app_armor_profile.as_ref(), &path.child("appArmorProfile"), errors);
}

fn user_or_group(id: Option<i64>, path: &Path<'_>, errors: &mut Errors<'_>) {
    if let Some(id) = id
        && let Some(message) = formats::user_or_group(id)
    {
        errors.invalid(path, id, &message);
    }
}

fn sysctls(sysctls: &[Sysctl], spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for (index, sysctl) in sysctls.iter().enumerate() {
        let path = path.index(index);
        let path = path.child("name");
        let name = sysctl.name.as_str();
        let is_new = names.insert(name);
        if name.is_empty() {
            errors.required(&path, "");
        } else if !formats::is_sysctl_name(name) {
            let part = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
            let detail = format!("must have at most 253 characters and match regex ^({part}[\\./])*{part}$");
            errors.invalid(&path, name, &detail);
        } else if !is_new {
            errors.duplicate(&path, name);
        }
        match namespace(name) {
            Some(Namespace::Net) if spec.host_network == Some(true) => {
                errors.invalid(&path, name, "may not be specified when 'hostNetwork' is true");
            }
            Some(Namespace::Ipc) if spec.host_ipc == Some(true) => {
                errors.invalid(&path, name, "may not be specified when 'hostIPC' is true");
            }
            Some(_) | None => {}
        }
    }
}

enum Namespace {
    Net,
    Ipc,
}

/// The namespace that a kernel parameter belongs to, of those that a pod may share with the node.
fn namespace(name: &str) -> Option<Namespace> {
    let dotted = match name.find(['.', '/']) {
        Some(index) if name.as_bytes()[index] == b'/' => {
            name.chars().map(|character| if character == '/' { '.' } else { character }).collect()
        }
        Some(_) | None => name.to_owned(),
    };
    let dotted = dotted.split('*').next().unwrap_or_default();
    let is_ipc = matches!(
        dotted,
        "kernel.sem"
            | "kernel.shmall"
            | "kernel.shmmax"
            | "kernel.shmmni"
            | "kernel.shm_rmid_forced"
            | "kernel.shm"
            | "kernel.msgmax"
            | "kernel.msgmnb"
            | "kernel.msgmni"
            | "kernel.msg"
    );
    if is_ipc || dotted.starts_with("fs.mqueue.") {
        Some(Namespace::Ipc)
    } else if dotted.starts_with("net.") {
        Some(Namespace::Net)
    } else {
        None
    }
}

fn seccomp(profile: Option<&SeccompProfile>, path: &Path<'_>, errors: &mut Errors<'_>) {
    let Some(profile) = profile else { return };
    match profile.type_.as_str() {
        "" => errors.required(&path.child("type"), "type is required when seccompProfile is set"),
        kind => errors.one_of(&path.child("type"), kind, &["Localhost", "RuntimeDefault", "Unconfined"]),
    }
    let path = path.child("localhostProfile");
    match (profile.type_.as_str(), &profile.localhost_profile) {
        ("Localhost", None) => errors.required(&path, "must be set when seccomp type is Localhost"),
        ("Localhost", Some(file)) => paths::local_descending(file, &path, errors),
        (_, Some(file)) => {
            let kind = serde_json::Value::from(profile.type_.as_str());
            let json = format!(
                "{{\"Type\":{kind},\"LocalhostProfile\":{}}}",
                serde_json::Value::from(file.as_str())
            );
            errors.invalid(&path, Value::Json(json), "can only be set when seccomp type is Localhost");
        }
        (_, None) => {}
    }
}

fn apparmor(profile: Option<&AppArmorProfile>, path: &Path<'_>, errors: &mut Errors<'_>) {
    let Some(profile) = profile else { return };
    let file_path = path.child("localhostProfile");
    match (profile.type_.as_str(), &profile.localhost_profile) {
        ("Localhost", None) => errors.required(&file_path, "must be set when AppArmor type is Localhost"),
        ("Localhost", Some(file)) => {
            if file.trim() != file {
                errors.invalid(&file_path, file, "must not be padded with whitespace");
            } else if file.is_empty() {
                errors.required(&file_path, "must be set when AppArmor type is Localhost");
            }
            if file.len() > MAX_PROFILE {
                errors.too_long(&file_path, MAX_PROFILE);
            }
        }
        ("RuntimeDefault" | "Unconfined", Some(file)) => {
            errors.invalid(&file_path, Value::Word(file), "can only be set when AppArmor type is Localhost");
        }
        ("RuntimeDefault" | "Unconfined", None) => {}
        ("", _) => errors.required(&path.child("type"), "type is required when appArmorProfile is set"),
        (kind, _) => {
            errors.one_of(&path.child("type"), kind, &["Localhost", "RuntimeDefault", "Unconfined"]);
        }
    }
}

/// Where an annotation and a field both name a profile, they must name the same.
pub(super) fn annotations_match(
    meta: &ObjectMeta,
    spec: &PodSpec,
    spec_path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let context = spec.security_context.as_ref();
    if let (Some(annotation), Some(profile)) =
        (metadata::seccomp_of_pod(meta), context.and_then(|context| context.seccomp_profile.as_ref()))
    {
        let path = spec_path.child("securityContext");
        let file = profile.localhost_profile.as_deref();
        let fits = fits(annotation, &profile.type_, file, &["runtime/default", "docker/default"]);
        report(fits, "seccomp", &path.child("seccompProfile"), errors);
    }
    let windows = spec.os.as_ref().is_some_and(|os| os.name == "windows");
    let pod_apparmor = context.and_then(|context| context.app_armor_profile.as_ref());
    containers::visit(spec, spec_path, |container, path| {
        let own = container.security_context.as_ref();
        let path = path.child("securityContext");
        if let (Some(annotation), Some(profile)) = (
            metadata::seccomp_of_container(meta, &container.name),
            own.and_then(|context| context.seccomp_profile.as_ref()),
        ) {
            let file = profile.localhost_profile.as_deref();
            let fits = fits(annotation, &profile.type_, file, &["runtime/default", "docker/default"]);
            report(fits, "seccomp", &path.child("seccompProfile"), errors);
        }
        let profile = own.and_then(|context| context.app_armor_profile.as_ref()).or(pod_apparmor);
        let annotation = metadata::annotation(meta, metadata::APPARMOR_CONTAINER, &container.name);
        if let (Some(annotation), Some(profile), false) = (annotation, profile, windows) {
            let fits =
                fits(annotation, &profile.type_, profile.localhost_profile.as_deref(), &["runtime/default"]);
            report(fits, "apparmor", &path.child("appArmorProfile"), errors);
        }
    });
}

/// How an annotation and a field go together.
enum Fit {
    Same,
    OtherType,
    OtherProfile,
}

fn fits(annotation: &str, kind: &str, file: Option<&str>, runtime_defaults: &[&str]) -> Fit {
    let same = |is_same| if is_same { Fit::Same } else { Fit::OtherType };
    match (kind, annotation.strip_prefix("localhost/")) {
        ("Unconfined", _) => same(annotation == "unconfined"),
        ("RuntimeDefault", _) => same(runtime_defaults.contains(&annotation)),
        ("Localhost", None) => Fit::OtherType,
        ("Localhost", Some(annotated)) if file != Some(annotated) => Fit::OtherProfile,
        _ => Fit::Same,
    }
}

fn report(fit: Fit, what: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    match fit {
        Fit::Same => {}
        Fit::OtherType => {
            errors.forbidden(&path.child("type"), &format!("{what} type in annotation and field must match"));
        }
        Fit::OtherProfile => {
            let detail = format!("{what} profile in annotation and field must match");
            errors.forbidden(&path.child("localhostProfile"), &detail);
        }
    }
}

/// A pod with its own user namespace cannot share other namespaces with the node.
pub(super) fn host_users(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    if spec.host_users != Some(false) {
        return;
    }
    let shared = [("hostNetwork", spec.host_network), ("HostPID", spec.host_pid), ("HostIPC", spec.host_ipc)];
    for (field, _) in shared.into_iter().filter(|(_, is_set)| *is_set == Some(true)) {
        errors.forbidden(&path.child(field), "when `hostUsers` is false");
    }
    containers::visit(spec, path, |container, path| {
        if container.volume_devices.as_ref().is_some_and(|devices| !devices.is_empty()) {
            errors.forbidden(&path.child("volumeDevices"), "when `hostUsers` is false");
        }
    });
}

/// The operating system, and fields that it does not have.
pub(super) fn operating_system(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let Some(os) = &spec.os else { return };
    let os_path = path.child("os");
    match text(&Some(os.name.clone())) {
        "" => errors.required(&os_path.child("name"), ""),
        "linux" => windows::not_on_linux(spec, path, errors),
        "windows" => windows::only_on_linux(spec, path, errors),
        name => errors.one_of(&os_path, name, &["linux", "windows"]),
    }
}
