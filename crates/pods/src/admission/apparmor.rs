//! AppArmor profiles need a kernel that enforces them.
//!
//! Source: `pkg/security/apparmor/{validate,helpers}.go`.

use super::node::NodeView;
use super::rejection::Rejection;
use k8s_openapi::api::core::v1::{AppArmorProfile, Pod, PodSpec, SecurityContext};

/// Start of the annotation that named a container's profile before there was a field.
const ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";
/// Its value for no profile.
const UNCONFINED: &str = "unconfined";
/// Its start for a profile of the node.
const LOCALHOST: &str = "localhost/";

/// Rejects a pod with a profile where there is no AppArmor, or with one that has no name.
pub(super) fn check(node: &NodeView, pod: &Pod) -> Result<(), Rejection> {
    let spec = types::pod::spec(pod);
    if !is_required(pod, spec) {
        return Ok(());
    }
    let rejected = |why: &str| Err(Rejection::new("AppArmor", format!("Cannot enforce AppArmor: {why}")));
    if !node.app_armor {
        return rejected("AppArmor is not enabled on the host");
    }
    let is_nameless = |profile: &AppArmorProfile| {
        profile.type_ == "Localhost"
            && profile.localhost_profile.as_deref().is_none_or(|name| name.trim().is_empty())
    };
    let of_pod = spec.security_context.as_ref().and_then(|context| context.app_armor_profile.as_ref());
    let nameless = containers(spec).any(|(name, context)| {
        match (context.and_then(|context| context.app_armor_profile.as_ref()), annotation(pod, name)) {
            (Some(own), _) => is_nameless(own),
            (None, Some(value)) => value.strip_prefix(LOCALHOST).is_some_and(|name| name.trim().is_empty()),
            (None, None) => of_pod.is_some_and(is_nameless),
        }
    });
    if nameless { rejected("invalid empty AppArmor profile name") } else { Ok(()) }
}

fn is_required(pod: &Pod, spec: &PodSpec) -> bool {
    let confines =
        |profile: Option<&AppArmorProfile>| profile.is_some_and(|profile| profile.type_ != "Unconfined");
    confines(spec.security_context.as_ref().and_then(|context| context.app_armor_profile.as_ref()))
        || containers(spec)
            .any(|(_, context)| confines(context.and_then(|context| context.app_armor_profile.as_ref())))
        || pod
            .metadata
            .annotations
            .iter()
            .flatten()
            .any(|(key, value)| key.starts_with(ANNOTATION) && value != UNCONFINED)
}

fn annotation<'a>(pod: &'a Pod, container: &str) -> Option<&'a String> {
    pod.metadata.annotations.as_ref()?.get(&format!("{ANNOTATION}{container}"))
}

fn containers(spec: &PodSpec) -> impl Iterator<Item = (&str, Option<&SecurityContext>)> {
    let plain = spec.init_containers.iter().flatten().chain(&spec.containers);
    let ephemeral = spec.ephemeral_containers.iter().flatten();
    plain
        .map(|container| (container.name.as_str(), container.security_context.as_ref()))
        .chain(ephemeral.map(|container| (container.name.as_str(), container.security_context.as_ref())))
}
