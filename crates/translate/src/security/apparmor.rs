//! AppArmor profiles (`pkg/security/apparmor`, `getAppArmorProfile`).

use super::security_profile;
use crate::ConfigError;
use cri::v1;
use cri::v1::security_profile::ProfileType;
use k8s_openapi::api::core::v1::{AppArmorProfile, Container, Pod};

/// Annotations from before the API had a field; static pods may still carry them.
const ANNOTATION_PREFIX: &str = "container.apparmor.security.beta.kubernetes.io/";
const RUNTIME_DEFAULT: &str = "runtime/default";
const UNCONFINED: &str = "unconfined";
const LOCALHOST_PREFIX: &str = "localhost/";

/// The profile, and the same in the form of the deprecated field; nothing and an empty text where none is asked for.
pub(super) fn profile(
    pod: &Pod,
    container: &Container,
) -> Result<(Option<v1::SecurityProfile>, String), ConfigError> {
    let Some(profile) = asked(pod, container) else {
        return Ok((None, String::new()));
    };
    match profile.type_.as_str() {
        "RuntimeDefault" => {
            Ok((Some(security_profile(ProfileType::RuntimeDefault)), RUNTIME_DEFAULT.to_owned()))
        }
        "Unconfined" => Ok((Some(security_profile(ProfileType::Unconfined)), UNCONFINED.to_owned())),
        "Localhost" => {
            let name = profile.localhost_profile.ok_or(ConfigError::AppArmorLocalhostProfile)?;
            let deprecated = format!("{LOCALHOST_PREFIX}{name}");
            let profile =
                v1::SecurityProfile { profile_type: ProfileType::Localhost as i32, localhost_ref: name };
            Ok((Some(profile), deprecated))
        }
        other => Err(ConfigError::AppArmorProfileType(other.to_owned())),
    }
}

/// The container's field, else its annotation, else the pod's field.
fn asked(pod: &Pod, container: &Container) -> Option<AppArmorProfile> {
    let own = container.security_context.as_ref().and_then(|context| context.app_armor_profile.clone());
    own.or_else(|| annotated(pod, &container.name)).or_else(|| {
        let context = types::pod::spec(pod).security_context.as_ref();
        context.and_then(|context| context.app_armor_profile.clone())
    })
}

fn annotated(pod: &Pod, container: &str) -> Option<AppArmorProfile> {
    let value = pod.metadata.annotations.as_ref()?.get(&format!("{ANNOTATION_PREFIX}{container}"))?;
    let (type_, localhost_profile) = match value.as_str() {
        RUNTIME_DEFAULT => ("RuntimeDefault", None),
        UNCONFINED => ("Unconfined", None),
        other => ("Localhost", Some(other.strip_prefix(LOCALHOST_PREFIX)?.to_owned())),
    };
    Some(AppArmorProfile { type_: type_.to_owned(), localhost_profile })
}
