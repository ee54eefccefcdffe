//! Who may read the files that are not for everybody.

use k8s_openapi::api::core::v1::{PodSecurityContext, PodSpec};

use crate::{ownership::fs_group, payload::file_mode};

/// Owner and mode of a file with a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) mode: u32,
    pub(crate) user: Option<u32>,
}

/// A credential is its owner's alone where one is known, or where `fsGroup` gives it to a group later; everybody's
/// otherwise (`collectData` of upstream's `pkg/volume/projected`).
pub(crate) fn credential_access(spec: &PodSpec, default_mode: i32) -> Access {
    let user = common_user(spec);
    let is_private = user.is_some() || fs_group(spec).is_some();
    Access { mode: if is_private { 0o600 } else { file_mode(default_mode) }, user }
}

/// The user that all containers of the pod run as, if they say so (`FsUserFrom` of upstream's `pkg/volume/util`).
fn common_user(spec: &PodSpec) -> Option<u32> {
    let of_pod = spec.security_context.as_ref().and_then(|context: &PodSecurityContext| context.run_as_user);
    let init = spec.init_containers.iter().flatten();
    let own = init.chain(&spec.containers).map(|container| container.security_context.as_ref());
    let ephemeral = spec.ephemeral_containers.iter().flatten();
    let all = own.chain(ephemeral.map(|container| container.security_context.as_ref()));
    let mut users = all.map(|context| context.and_then(|context| context.run_as_user).or(of_pod));
    let first = users.next()??;
    users.all(|user| user == Some(first)).then(|| u32::try_from(first).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::serde_json::{self, json};

    #[test]
    fn credentials_are_as_private_as_can_be() {
        let check = |spec: serde_json::Value, mode: u32, user: Option<u32>| {
            let access = credential_access(&serde_json::from_value(spec.clone()).unwrap(), 0o644);
            assert_eq!(access, Access { mode, user }, "{spec}");
        };
        let as_user = |user: i64| json!({"name": "c", "securityContext": {"runAsUser": user}});
        let plain = || json!({"name": "c"});
        check(json!({"containers": [plain()]}), 0o644, None);
        check(json!({"containers": [plain()], "securityContext": {"runAsUser": 5}}), 0o600, Some(5));
        check(json!({"containers": [as_user(5), as_user(5)]}), 0o600, Some(5));
        check(json!({"containers": [as_user(5), plain()]}), 0o644, None);
        check(json!({"containers": [as_user(5), as_user(6)]}), 0o644, None);
        check(
            json!({"containers": [as_user(5)], "initContainers": [as_user(0)], "securityContext": {"runAsUser": 5}}),
            0o644,
            None,
        );
        check(
            json!({"containers": [as_user(5)], "ephemeralContainers": [{"name": "e", "securityContext": {"runAsUser": 6}}]}),
            0o644,
            None,
        );
        check(json!({"containers": [plain()], "securityContext": {"fsGroup": 7}}), 0o600, None);
    }
}
