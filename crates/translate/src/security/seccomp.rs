//! The system calls a container may make (`getSeccompProfile`).

use super::security_profile;
use crate::{ConfigError, NodeFacts};
use cri::v1;
use cri::v1::security_profile::ProfileType;
use k8s_openapi::api::core::v1::{PodSecurityContext, SecurityContext};

/// The container's profile, else the pod's, else the node's default. Files lie below `<root>/seccomp`.
pub(super) fn profile(
    pod: Option<&PodSecurityContext>,
    container: Option<&SecurityContext>,
    facts: &NodeFacts,
) -> Result<v1::SecurityProfile, ConfigError> {
    let asked = container
        .and_then(|context| context.seccomp_profile.as_ref())
        .or_else(|| pod.and_then(|context| context.seccomp_profile.as_ref()));
    let Some(asked) = asked else {
        let default =
            if facts.seccomp_default { ProfileType::RuntimeDefault } else { ProfileType::Unconfined };
        return Ok(security_profile(default));
    };
    match asked.type_.as_str() {
        "RuntimeDefault" => Ok(security_profile(ProfileType::RuntimeDefault)),
        "Localhost" => {
            let name = asked.localhost_profile.as_deref().filter(|name| !name.is_empty());
            let name = name.ok_or(ConfigError::SeccompLocalhostProfile)?;
            let root = facts.root_directory.trim_end_matches('/');
            Ok(v1::SecurityProfile {
                profile_type: ProfileType::Localhost as i32,
                localhost_ref: clean_path(&format!("{root}/seccomp/{name}")),
            })
        }
        _ => Ok(security_profile(ProfileType::Unconfined)),
    }
}

/// Go's `filepath.Clean` of an absolute path without `..`, which validation has ruled out: no empty or `.` elements.
fn clean_path(path: &str) -> String {
    let elements: Vec<&str> = path.split('/').filter(|element| !matches!(*element, "" | ".")).collect();
    format!("/{}", elements.join("/"))
}
