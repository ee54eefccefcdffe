use std::collections::BTreeMap;

use host::{fake::FakeHost, files::Files};

use super::*;
use crate::tests::{POD_DIR, SETTINGS, SetUpAll as _, on, pod};

const VOLUMES: &str = r#"{"name":"disk","emptyDir":{}},{"name":"host","hostPath":{"path":"/srv"}},
    {"name":"image","image":{"reference":"nginx"}}"#;

fn image() -> ImageSpec {
    ImageSpec { image: "sha256:1".into(), user_specified_image: "nginx".into(), ..ImageSpec::default() }
}

/// The mounts of a container with these `volumeMounts`, or the user's message.
async fn mounts(host: &std::sync::Arc<FakeHost>, volume_mounts: &str) -> Result<Vec<Mount>, String> {
    let volumes = on(host, SETTINGS);
    let ready = volumes.set_up_all(&pod(VOLUMES, "")).await.unwrap();
    let container = format!(r#"{{"name":"main","volumeMounts":[{volume_mounts}]}}"#);
    let environment = [("POD", "web"), ("EMPTY", "")].into_iter().collect();
    let images = BTreeMap::from([("image".to_owned(), image())]);
    let request = ContainerMounts {
        pod_dir: Path::new(POD_DIR),
        container: &k8s_openapi::serde_json::from_str(&container).unwrap(),
        volumes: &ready,
        environment: &environment,
        images: if volume_mounts.contains("\"image\"") { &images } else { &BTreeMap::new() },
        recursive_read_only: !volume_mounts.contains("old runtime"),
    };
    volumes.container_mounts(&request).await.map_err(|error| error.user_message())
}

fn disk() -> String {
    format!("{POD_DIR}/volumes/kubernetes.io~empty-dir/disk")
}

#[tokio::test]
async fn plain_mounts_in_order() {
    let host = FakeHost::new();
    let found = mounts(
        &host,
        r#"{"name":"host","mountPath":"data","readOnly":true,"mountPropagation":"HostToContainer"},
           {"name":"disk","mountPath":"/logs","bindMountOptions":["noexec"]},
           {"name":"image","mountPath":"/image","subPath":"etc/nginx"},
           {"name":"host","mountPath":"/rro","readOnly":true,"recursiveReadOnly":"IfPossible","mountPropagation":"None"},
           {"name":"host","mountPath":"/both","mountPropagation":"Bidirectional"}"#,
    )
    .await
    .unwrap();
    let mount = |container_path: &str, host_path: &str| Mount {
        container_path: container_path.into(),
        host_path: host_path.into(),
        ..Mount::default()
    };
    assert_eq!(
        found,
        [
            Mount {
                readonly: true,
                propagation: MountPropagation::PropagationHostToContainer.into(),
                ..mount("/data", "/srv")
            },
            Mount { mount_options: vec!["noexec".into()], ..mount("/logs", &disk()) },
            Mount {
                readonly: true,
                image: Some(image()),
                image_sub_path: "etc/nginx".into(),
                ..mount("/image", "")
            },
            Mount { readonly: true, recursive_read_only: true, ..mount("/rro", "/srv") },
            Mount {
                propagation: MountPropagation::PropagationBidirectional.into(),
                ..mount("/both", "/srv")
            },
        ]
    );
}

#[tokio::test]
async fn sub_paths_are_bound() {
    let host = FakeHost::new();
    let volume_mounts = r#"{"name":"disk","mountPath":"/a"},
        {"name":"disk","mountPath":"/b","subPath":"x/y"},
        {"name":"disk","mountPath":"/c","subPathExpr":"$(POD)/$$(POD)"}"#;
    for _ in 0..2 {
        let found = mounts(&host, volume_mounts).await.unwrap();
        let paths: Vec<&str> = found.iter().map(|mount| mount.host_path.as_str()).collect();
        let target = |index: u32| format!("{POD_DIR}/volume-subpaths/disk/main/{index}");
        assert_eq!(paths, [disk(), target(1), target(2)]);
        assert_eq!(host.mounts().len(), 2);
    }
    for (path, mode) in [("x", 0o777), ("x/y", 0o777), ("web/$(POD)", 0o777)] {
        let state = host.look(&Path::new(&disk()).join(path)).await.unwrap().unwrap();
        assert_eq!(state.mode, mode, "{path}: as the volume's root");
    }
}

#[tokio::test]
async fn mounts_that_cannot_be() {
    let host = FakeHost::new();
    Files::make_dir(&*host, Path::new("/srv"), 0o755).await.unwrap();
    Files::make_dir(&*host, Path::new("/etc"), 0o755).await.unwrap();
    host.make_link(Path::new("/srv/out"), Path::new("/etc"));
    let check = async |volume_mount: &str, expected: &str| {
        assert_eq!(mounts(&host, volume_mount).await, Err(expected.to_owned()), "{volume_mount}");
    };
    check(
        r#"{"name":"none","mountPath":"/a"}"#,
        r#"cannot find volume "none" to mount into container "main""#,
    )
    .await;
    check(
        r#"{"name":"disk","mountPath":"/a","subPath":"/x"}"#,
        "error SubPath `/x` must not be an absolute path",
    )
    .await;
    check(
        r#"{"name":"disk","mountPath":"/a","subPath":"a/../../x"}"#,
        "unable to provision SubPath `a/../../x`: must not contain '..'",
    )
    .await;
    check(
        r#"{"name":"disk","mountPath":"/a","subPathExpr":"$(NO)$(EMPTY)$(NO)"}"#,
        "missing value for EMPTY, NO",
    )
    .await;
    // Nothing about the host's files.
    check(
        r#"{"name":"host","mountPath":"/a","subPath":"out"}"#,
        r#"failed to prepare subPath for volumeMount "host" of container "main""#,
    )
    .await;
    check(
        r#"{"name":"host","mountPath":"/a","subPath":"out/x"}"#,
        r#"failed to create subPath directory for volumeMount "host" of container "main""#,
    )
    .await;
    Files::make_file(&*host, Path::new("/srv/file"), 0o644).await.unwrap();
    check(
        r#"{"name":"host","mountPath":"/a","subPath":"file/x"}"#,
        r#"failed to prepare subPath for volumeMount "host" of container "main""#,
    )
    .await;
    check(
        r#"{"name":"host","mountPath":"/a","mountPropagation":"Both"}"#,
        r#"invalid MountPropagation mode: "Both""#,
    )
    .await;
    let rro = "failed to resolve recursive read-only mode: volume \"host\" requested recursive read-only mode, but it";
    check(
        r#"{"name":"host","mountPath":"/a","recursiveReadOnly":"Enabled"}"#,
        &format!("{rro} is not read-only"),
    )
    .await;
    check(
        r#"{"name":"host","mountPath":"/a","readOnly":true,"recursiveReadOnly":"Enabled","mountPropagation":"HostToContainer"}"#,
        &format!("{rro} is not compatible with propagation \"HostToContainer\""),
    )
    .await;
    check(
        r#"{"name":"host","mountPath":"/old runtime","readOnly":true,"recursiveReadOnly":"Enabled"}"#,
        &format!("{rro} is not supported by the runtime"),
    )
    .await;
    check(
        r#"{"name":"host","mountPath":"/a","readOnly":true,"recursiveReadOnly":"Always"}"#,
        "failed to resolve recursive read-only mode: unknown recursive read-only mode \"Always\"",
    )
    .await;
    assert!(host.look(Path::new("/etc/x")).await.unwrap().is_none());
}

#[tokio::test]
async fn an_old_runtime_mounts_read_only_without_recursion() {
    let host = FakeHost::new();
    let mount =
        r#"{"name":"host","mountPath":"/old runtime","readOnly":true,"recursiveReadOnly":"IfPossible"}"#;
    let found = mounts(&host, mount).await.unwrap();
    assert_eq!((found[0].readonly, found[0].recursive_read_only), (true, false));
}

#[test]
fn devices() {
    #[track_caller]
    fn check(path: &str, expected: &str) {
        let container = format!(r#"{{"name":"c","volumeDevices":[{{"name":"v","devicePath":"{path}"}}]}}"#);
        let container = k8s_openapi::serde_json::from_str(&container).unwrap();
        assert_eq!(check_devices(&container).unwrap_err().to_string(), expected);
    }
    check("/dev/xvda", r#"cannot find volume "v" to pass into container "c""#);
    check("xvda", "error DevicePath `xvda` must be an absolute path");
}
