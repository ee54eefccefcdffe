use std::path::Path;

use host::{
    fake::FakeHost,
    files::Files,
    mounts::{Mounts, TmpfsOptions},
};

use super::*;
use crate::tests::{POD_DIR, SETTINGS, SetUpAll as _, on, path_of, pod};

#[tokio::test]
async fn sizes_of_memory() {
    async fn check(source: &str, others: &str, allocatable: u64, expected: &[&str]) {
        let host = FakeHost::new();
        let volume = format!(r#"{{"name":"v","emptyDir":{{"medium":"Memory"{source}}}}}"#);
        let settings = crate::VolumeSettings { allocatable_memory_bytes: allocatable, ..SETTINGS };
        on(&host, settings).set_up_all(&pod(&volume, others)).await.unwrap();
        assert_eq!(host.mounts()[0].fs_options, expected, "{source} {others}");
    }
    const GIB: u64 = 1 << 30;
    let limit = r#""resources":{"limits":{"memory":"64Mi"},"requests":{"memory":"64Mi"}},"#;
    let no_limit = r#""resources":{"requests":{"memory":"64Mi"}},"#;
    check("", "", GIB, &["size=1048576k"]).await;
    check(r#","sizeLimit":"1Mi""#, "", GIB, &["size=1024k"]).await;
    check(r#","sizeLimit":"2Gi""#, "", GIB, &["size=1048576k"]).await;
    check(r#","sizeLimit":"0""#, "", GIB, &["size=1048576k"]).await;
    check("", limit, GIB, &["size=65536k"]).await;
    check(r#","sizeLimit":"1Mi""#, limit, GIB, &["size=1024k"]).await;
    check(r#","sizeLimit":"128Mi""#, limit, GIB, &["size=65536k"]).await;
    check("", no_limit, GIB, &["size=1048576k"]).await;
    check("", "", 0, &[]).await;
    check(r#","sizeLimit":"1Mi""#, "", 0, &["size=1024k"]).await;
}

#[test]
fn page_sizes() {
    #[track_caller]
    fn check(medium: &str, requests: &[&str], expected: Result<u64, &str>) {
        let containers: Vec<String> = requests
            .iter()
            .enumerate()
            .map(|(index, name)| {
                format!(r#"{{"name":"c{index}","resources":{{"requests":{{"{name}":"4Mi","cpu":"1"}}}}}}"#)
            })
            .collect();
        let spec = format!(r#"{{"containers":[{}]}}"#, containers.join(","));
        let spec: PodSpec = k8s_openapi::serde_json::from_str(&spec).unwrap();
        let found = page_size(medium, &spec).map_err(|error| error.to_string());
        assert_eq!(found, expected.map_err(str::to_owned), "{medium} {requests:?}");
    }
    check("HugePages", &["hugepages-2Mi"], Ok(2 << 20));
    check("HugePages", &["hugepages-2Mi", "hugepages-2Mi"], Ok(2 << 20));
    check("HugePages-1Gi", &["hugepages-2Mi", "hugepages-1Gi"], Ok(1 << 30));
    check(
        "HugePages",
        &["hugepages-2Mi", "hugepages-1Gi"],
        Err("medium: HugePages can't be used if container requests multiple huge page sizes"),
    );
    check(
        "HugePages-2Mi",
        &["hugepages-1Gi"],
        Err(
            "medium HugePages-2Mi: hugePages storage requested, but there is no resource request for huge pages",
        ),
    );
    check(
        "HugePages",
        &["memory"],
        Err("medium HugePages: hugePages storage requested, but there is no resource request for huge pages"),
    );
    check("HugePages-x", &["hugepages-2Mi"], Err("medium HugePages-x: the page size is not a quantity"));
}

#[test]
fn page_sizes_of_mounts() {
    for (options, expected) in [
        (vec!["rw", "pagesize=2M"], Some(2 << 20)),
        (vec!["pagesize=1024M"], Some(1 << 30)),
        (vec!["pagesize=64K"], Some(64 << 10)),
        (vec!["pagesize=1G"], Some(1 << 30)),
        (vec!["rw"], None),
        (vec!["pagesize="], None),
    ] {
        let options: Vec<String> = options.into_iter().map(str::to_owned).collect();
        assert_eq!(mounted_page_size(&options), expected, "{options:?}");
    }
}

const HUGE: &str = r#"{"name":"v","emptyDir":{"medium":"HugePages"}}"#;
const HUGE_REQUEST: &str = r#""resources":{"requests":{"hugepages-2Mi":"4Mi"}},"#;

#[tokio::test]
async fn huge_pages() {
    let host = FakeHost::new();
    for _ in 0..2 {
        on(&host, SETTINGS).set_up_all(&pod(HUGE, HUGE_REQUEST)).await.unwrap();
        assert_eq!(host.mounts().len(), 1);
        assert_eq!(host.mounts()[0].fs_options, ["pagesize=2M"]);
    }
}

/// What is mounted at a volume's place, but is not it, is neither used nor unmounted.
#[tokio::test]
async fn another_mount_in_the_way() {
    for (volume, others) in [(HUGE, HUGE_REQUEST), (r#"{"name":"v","emptyDir":{}}"#, "")] {
        let host = FakeHost::new();
        let directory = volume_directory(Path::new(POD_DIR), "v");
        Files::make_dir(&*host, &directory, 0o777).await.unwrap();
        host.tmpfs(&directory, TmpfsOptions::default()).await.unwrap();
        let error = on(&host, SETTINGS).set_up_all(&pod(volume, others)).await.unwrap_err();
        assert!(matches!(error.cause, SetUpError::OtherMount { .. }), "{error:?}");
        assert_eq!(host.mounts().len(), 1);
    }
}

#[tokio::test]
async fn a_directory_that_was_deleted_is_made_again() {
    let host = FakeHost::new();
    let pod = pod(r#"{"name":"v","emptyDir":{}}"#, "");
    let volumes = on(&host, SETTINGS);
    let ready = volumes.set_up_all(&pod).await.unwrap();
    host.remove_tree(&path_of(&ready, "v")).await.unwrap();
    volumes.set_up_all(&pod).await.unwrap();
    assert!(host.look(&path_of(&ready, "v")).await.unwrap().is_some());
}

#[tokio::test]
async fn modes_and_groups() {
    async fn check(source: &str, others: &str, gate: bool, expected: (u32, u32)) {
        let host = FakeHost::new();
        let volume = format!(r#"{{"name":"v","emptyDir":{{{source}}}}}"#);
        let settings = crate::VolumeSettings { empty_dir_mode: gate, ..SETTINGS };
        let ready = on(&host, settings).set_up_all(&pod(&volume, others)).await.unwrap();
        let state = host.look(&path_of(&ready, "v")).await.unwrap().unwrap();
        assert_eq!((state.mode, state.group_id), expected, "{source} {others}");
    }
    let group = r#""securityContext":{"fsGroup":4321,"fsGroupChangePolicy":"OnRootMismatch"},"#;
    check("", "", false, (0o777, 0)).await;
    check("", group, false, (0o2777, 4321)).await;
    check(r#""mode":488"#, "", true, (0o750, 0)).await;
    check(r#""mode":488"#, "", false, (0o777, 0)).await;
    check(r#""mode":448"#, group, true, (0o2770, 4321)).await;
}
