use super::*;
use cri::v1::security_profile::ProfileType;
use serde_json::{Value, json};

fn pod(pod_context: &Value, container_context: &Value, annotations: &Value) -> Pod {
    serde_json::from_value(json!({
        "metadata": {"name": "web", "namespace": "default", "uid": "u-1", "annotations": annotations},
        "spec": {
            "securityContext": pod_context,
            "containers": [{"name": "app", "securityContext": container_context}]
        }
    }))
    .unwrap()
}

fn security(
    pod: &Pod,
    user: &ImageUser,
    facts: &NodeFacts,
) -> Result<v1::LinuxContainerSecurityContext, String> {
    let container = &types::pod::spec(pod).containers[0];
    let inputs =
        SecurityInputs { pod, container, image_user: user, runtime_handler: "", user_namespace: None };
    container_security(&inputs, facts).map_err(|error| error.to_string())
}

fn of(pod_context: Value, container_context: Value) -> v1::LinuxContainerSecurityContext {
    security(&pod(&pod_context, &container_context, &json!({})), &ImageUser::Id(0), &NodeFacts::default())
        .unwrap()
}

#[test]
fn the_container_wins_over_the_pod() {
    let context = of(
        json!({"runAsUser": 1, "runAsGroup": 2, "fsGroup": 3, "supplementalGroups": [4],
            "seLinuxOptions": {"level": "pod"}}),
        json!({"runAsUser": 10, "seLinuxOptions": {"type": "own"}, "capabilities": {"add": ["A", "B"], "drop": ["ALL"]},
            "privileged": true, "readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false}),
    );
    assert_eq!(context.run_as_user, Some(v1::Int64Value { value: 10 }));
    assert_eq!(context.run_as_group, Some(v1::Int64Value { value: 2 }));
    assert_eq!(context.supplemental_groups, [3, 4]);
    let selinux = context.selinux_options.unwrap();
    assert_eq!((selinux.r#type.as_str(), selinux.level.as_str()), ("own", ""));
    let capabilities = context.capabilities.unwrap();
    assert_eq!(capabilities.add_capabilities, ["A", "B"]);
    assert_eq!(capabilities.drop_capabilities, ["ALL"]);
    assert!(context.privileged && context.readonly_rootfs && context.no_new_privs);

    let context = of(json!({"runAsUser": 1}), json!(null));
    assert_eq!(context.run_as_user, Some(v1::Int64Value { value: 1 }));
    assert_eq!(context.capabilities, None);
    assert!(!context.privileged && !context.readonly_rootfs && !context.no_new_privs);
    assert!(!of(json!({}), json!({"allowPrivilegeEscalation": true})).no_new_privs);
}

#[test]
fn the_image_says_who_runs_unless_the_pod_does() {
    let check = |context: Value, user: ImageUser, id: Option<i64>, name: &str| {
        let found = security(&pod(&context, &json!(null), &json!({})), &user, &NodeFacts::default()).unwrap();
        assert_eq!(
            (found.run_as_user.map(|user| user.value), found.run_as_username.as_str()),
            (id, name),
            "{context}"
        );
    };
    check(json!({}), ImageUser::Id(5), Some(5), "");
    check(json!({}), ImageUser::Name("nginx".into()), None, "nginx");
    check(json!({"runAsUser": 7}), ImageUser::Name("nginx".into()), Some(7), "");

    let image = |uid: Option<i64>, username: &str| v1::Image {
        uid: uid.map(|value| v1::Int64Value { value }),
        username: username.to_owned(),
        ..Default::default()
    };
    assert_eq!(ImageUser::of_image(Some(&image(Some(3), "x"))), ImageUser::Id(3));
    assert_eq!(ImageUser::of_image(Some(&image(None, "x"))), ImageUser::Name("x".into()));
    assert_eq!(ImageUser::of_image(Some(&image(None, ""))), ImageUser::Id(0));
    assert_eq!(ImageUser::of_image(None), ImageUser::Id(0));
}

#[test]
fn non_root_is_verified() {
    let check = |pod_context: Value, own: Value, user: ImageUser, expected: Result<(), &str>| {
        let pod = pod(&pod_context, &own, &json!({}));
        let container = &types::pod::spec(&pod).containers[0];
        let found = verify_run_as_non_root(&pod, container, &user).map_err(|error| error.to_string());
        assert_eq!(found, expected.map_err(str::to_owned), "{pod_context} {own} {user:?}");
    };
    let non_root = || json!({"runAsNonRoot": true});
    let at = "(pod: \"web_default(u-1)\", container: app)";
    check(json!({}), json!(null), ImageUser::Id(0), Ok(()));
    check(non_root(), json!({"runAsNonRoot": false}), ImageUser::Id(0), Ok(()));
    check(non_root(), json!(null), ImageUser::Id(1000), Ok(()));
    check(non_root(), json!({"runAsUser": 1}), ImageUser::Name("root".into()), Ok(()));
    check(
        non_root(),
        json!({"runAsUser": 0}),
        ImageUser::Id(5),
        Err(&format!("container's runAsUser breaks non-root policy {at}")),
    );
    check(
        non_root(),
        json!(null),
        ImageUser::Id(0),
        Err(&format!("container has runAsNonRoot and image will run as root {at}")),
    );
    check(
        non_root(),
        json!(null),
        ImageUser::Name("nginx".into()),
        Err(&format!(
            "container has runAsNonRoot and image has non-numeric user (nginx), cannot verify user is non-root {at}"
        )),
    );
    check(
        json!({}),
        non_root(),
        ImageUser::Id(-1),
        Err(&format!(
            "container has runAsNonRoot and image has an invalid user id (-1). (Must be 1-(2147483647)): \
             must be between 0 and 2147483647, inclusive {at}"
        )),
    );
}

#[test]
fn proc_is_masked_unless_asked_otherwise() {
    let facts = NodeFacts {
        thermal_throttle_paths: vec!["/sys/devices/system/cpu/cpu0/thermal_throttle".into()],
        ..NodeFacts::default()
    };
    let paths = |own: Value| {
        let found = security(&pod(&json!({}), &own, &json!({})), &ImageUser::Id(0), &facts).unwrap();
        (found.masked_paths.len(), found.masked_paths.last().cloned(), found.readonly_paths.len())
    };
    let throttle = Some("/sys/devices/system/cpu/cpu0/thermal_throttle".to_owned());
    assert_eq!(paths(json!(null)), (13, throttle.clone(), 5));
    assert_eq!(paths(json!({"procMount": "Default", "privileged": true})), (13, throttle, 5));
    assert_eq!(paths(json!({"procMount": "Unmasked"})), (0, None, 0));
}

#[test]
fn seccomp_profiles() {
    let check =
        |pod_context: Value, own: Value, default: bool, expected: Result<(ProfileType, &str), &str>| {
            let facts = NodeFacts {
                seccomp_default: default,
                root_directory: "/root-dir/".into(),
                ..NodeFacts::default()
            };
            let found = security(&pod(&pod_context, &own, &json!({})), &ImageUser::Id(0), &facts);
            let found = found.map(|context| context.seccomp.unwrap());
            let expected = expected.map(|(kind, path)| v1::SecurityProfile {
                profile_type: kind as i32,
                localhost_ref: path.to_owned(),
            });
            assert_eq!(found, expected.map_err(str::to_owned), "{pod_context} {own}");
        };
    let profile = |kind: &str| json!({"seccompProfile": {"type": kind}});
    let file = |name: &str| json!({"seccompProfile": {"type": "Localhost", "localhostProfile": name}});
    check(json!({}), json!(null), false, Ok((ProfileType::Unconfined, "")));
    check(json!({}), json!(null), true, Ok((ProfileType::RuntimeDefault, "")));
    check(profile("RuntimeDefault"), json!(null), false, Ok((ProfileType::RuntimeDefault, "")));
    check(profile("Unconfined"), json!(null), true, Ok((ProfileType::Unconfined, "")));
    check(
        profile("RuntimeDefault"),
        file("a/b.json"),
        false,
        Ok((ProfileType::Localhost, "/root-dir/seccomp/a/b.json")),
    );
    check(file("./x//y.json"), json!({}), false, Ok((ProfileType::Localhost, "/root-dir/seccomp/x/y.json")));
    let missing = "localhostProfile must be set if seccompProfile type is Localhost.";
    check(file(""), json!(null), false, Err(missing));
    check(json!({}), profile("Localhost"), false, Err(missing));
}

#[test]
#[allow(deprecated, reason = "the field for older runtimes is checked too")]
fn apparmor_profiles() {
    let key = "container.apparmor.security.beta.kubernetes.io/app";
    let check = |annotation: Option<&str>,
                 pod_profile: Value,
                 own: Value,
                 expected: Option<(ProfileType, &str, &str)>| {
        let annotations = annotation.map_or(json!({}), |value| json!({key: value}));
        let pod =
            pod(&json!({"appArmorProfile": pod_profile}), &json!({"appArmorProfile": own}), &annotations);
        let found = security(&pod, &ImageUser::Id(0), &NodeFacts::default()).unwrap();
        let deprecated = expected.map_or("", |(_, _, deprecated)| deprecated);
        let expected = expected.map(|(kind, name, _)| v1::SecurityProfile {
            profile_type: kind as i32,
            localhost_ref: name.to_owned(),
        });
        assert_eq!(
            (found.apparmor, found.apparmor_profile.as_str()),
            (expected, deprecated),
            "{annotation:?} {own}"
        );
    };
    let default = Some((ProfileType::RuntimeDefault, "", "runtime/default"));
    let unconfined = Some((ProfileType::Unconfined, "", "unconfined"));
    let profile = |kind: &str| json!({"type": kind});
    let local = json!({"type": "Localhost", "localhostProfile": "p"});
    check(None, json!(null), json!(null), None);
    check(None, profile("RuntimeDefault"), json!(null), default);
    check(None, profile("RuntimeDefault"), local, Some((ProfileType::Localhost, "p", "localhost/p")));
    check(Some("unconfined"), profile("RuntimeDefault"), json!(null), unconfined);
    check(Some("runtime/default"), json!(null), json!(null), default);
    check(Some("localhost/q"), json!(null), json!(null), Some((ProfileType::Localhost, "q", "localhost/q")));
    check(Some("odd"), profile("Unconfined"), json!(null), unconfined);
    check(Some("unconfined"), json!(null), profile("RuntimeDefault"), default);

    let error = |profile: Value| {
        let pod = pod(&json!({}), &json!({"appArmorProfile": profile}), &json!({}));
        security(&pod, &ImageUser::Id(0), &NodeFacts::default()).unwrap_err()
    };
    assert_eq!(error(profile("Localhost")), "missing localhost apparmor profile name");
    assert_eq!(error(profile("Odd")), "unknown apparmor profile type: \"Odd\"");
}
