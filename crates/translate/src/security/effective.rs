//! The container's security context over the pod's (`DetermineEffectiveSecurityContext`).

use k8s_openapi::api::core::v1::{PodSecurityContext, SecurityContext};

/// Fields that only containers have come from the container; the rest from the container, else from the pod. Seccomp
/// and AppArmor profiles have rules of their own and are not merged here.
pub(super) fn effective(
    pod: Option<&PodSecurityContext>,
    container: Option<&SecurityContext>,
) -> SecurityContext {
    let own = container.cloned().unwrap_or_default();
    let Some(pod) = pod else {
        return own;
    };
    SecurityContext {
        se_linux_options: own.se_linux_options.or_else(|| pod.se_linux_options.clone()),
        run_as_user: own.run_as_user.or(pod.run_as_user),
        run_as_group: own.run_as_group.or(pod.run_as_group),
        run_as_non_root: own.run_as_non_root.or(pod.run_as_non_root),
        ..own
    }
}
