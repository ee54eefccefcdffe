//! Volumes from set-up to tear-down, on the machine in memory, and once on the real one.

mod real;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use host::{
    fake::{FakeHost, Fault, Operation, Rule},
    files::{FileKind, Files},
    mounts::Mounts,
};
use k8s_openapi::{
    api::core::v1::{Pod, Volume, VolumeMount},
    serde_json,
};
use types::PodUid;

use crate::{MountedVolume, PodVolumes, Source, TearDownError, VolumeError, VolumeSettings, Volumes};

pub(crate) const POD_DIR: &str = "/var/lib/kubelet/pods/uid-1";

pub(crate) const SETTINGS: VolumeSettings =
    VolumeSettings { allocatable_memory_bytes: 1 << 30, empty_dir_mode: false, selinux: false };

pub(crate) fn on(host: &Arc<FakeHost>, settings: VolumeSettings) -> Volumes {
    Volumes::new(host.clone(), host.clone(), host.clone(), settings)
}

pub(crate) trait SetUpAll {
    /// Gathers and sets up: all volumes, or the first that failed.
    async fn set_up_all(&self, pod: &PodVolumes) -> Result<BTreeMap<String, MountedVolume>, VolumeError>;
}

impl SetUpAll for Volumes {
    async fn set_up_all(&self, pod: &PodVolumes) -> Result<BTreeMap<String, MountedVolume>, VolumeError> {
        let gathered = self.gather(&mut self.files_of(pod)).await;
        let result = self.set_up(pod, gathered).await;
        result.failed.into_iter().next().map_or(Ok(result.mounted), Err)
    }
}

/// A pod from the JSON of its volumes, and of its other fields. Its container mounts all of them.
pub(crate) fn pod(volumes: &str, others: &str) -> PodVolumes {
    let text = format!(
        r#"{{"metadata":{{"name":"p","uid":"uid-1"}},"spec":{{"containers":[{{"name":"c"}}],{others}"volumes":[{volumes}]}}}}"#
    );
    let mut pod: Pod = serde_json::from_str(&text).unwrap();
    let spec = pod.spec.as_mut().unwrap();
    let mount = |volume: &Volume| VolumeMount {
        name: volume.name.clone(),
        mount_path: format!("/{}", volume.name),
        ..VolumeMount::default()
    };
    spec.containers[0].volume_mounts =
        spec.volumes.as_ref().map(|volumes| volumes.iter().map(mount).collect());
    PodVolumes { pod: Arc::new(pod), uid: PodUid::from("uid-1"), pod_dir: POD_DIR.into() }
}

pub(crate) fn path_of(volumes: &BTreeMap<String, MountedVolume>, name: &str) -> PathBuf {
    match &volumes[name].source {
        Source::Path(path) => path.clone(),
        Source::Image => panic!("{name} is an image"),
    }
}

fn below(host: &FakeHost, directory: &str) -> Vec<String> {
    let directory = Path::new(directory);
    let relative = |path: PathBuf| path.strip_prefix(directory).unwrap().display().to_string();
    host.paths_below(directory).into_iter().map(relative).collect()
}

const DISK: &str = r#"{"name":"disk","emptyDir":{}}"#;
const MEMORY: &str = r#"{"name":"memory","emptyDir":{"medium":"Memory"}}"#;

#[tokio::test]
async fn the_layout_on_disk_is_upstreams() {
    let host = FakeHost::new();
    let pod = pod(&format!("{DISK},{MEMORY}"), "");
    let volumes = on(&host, SETTINGS).set_up_all(&pod).await.unwrap();
    assert_eq!(path_of(&volumes, "disk"), Path::new(POD_DIR).join("volumes/kubernetes.io~empty-dir/disk"));
    assert_eq!(
        below(&host, POD_DIR),
        [
            "plugins",
            "plugins/kubernetes.io~empty-dir",
            "plugins/kubernetes.io~empty-dir/disk",
            "plugins/kubernetes.io~empty-dir/disk/ready",
            "plugins/kubernetes.io~empty-dir/memory",
            "plugins/kubernetes.io~empty-dir/memory/ready",
            "volumes",
            "volumes/kubernetes.io~empty-dir",
            "volumes/kubernetes.io~empty-dir/disk",
            "volumes/kubernetes.io~empty-dir/memory",
        ]
    );
    let mode = async |path: &str| host.look(&Path::new(POD_DIR).join(path)).await.unwrap().unwrap().mode;
    assert_eq!(mode("volumes/kubernetes.io~empty-dir/disk").await, 0o777);
    assert_eq!(mode("volumes/kubernetes.io~empty-dir").await, 0o755);
    assert_eq!(mode("plugins/kubernetes.io~empty-dir/disk").await, 0o750);
}

/// A second time, also by a kubelet that has just started, nothing is made or lost.
#[tokio::test]
async fn set_up_again_changes_nothing() {
    let host = FakeHost::new();
    let pod = pod(&format!("{DISK},{MEMORY}"), "");
    let first = on(&host, SETTINGS).set_up_all(&pod).await.unwrap();
    for name in ["disk", "memory"] {
        host.write_atomic(&path_of(&first, name).join("file"), b"content", 0o600).await.unwrap();
        host.set_mode(&path_of(&first, name), 0o700).await.unwrap();
    }
    let before = host.calls();
    let again = on(&host, SETTINGS).set_up_all(&pod).await.unwrap();
    assert_eq!(again, first);
    for name in ["disk", "memory"] {
        let path = path_of(&first, name);
        assert!(host.look(&path.join("file")).await.unwrap().is_some());
        assert_eq!(host.look(&path).await.unwrap().unwrap().mode, 0o700, "what the pod did to it stays");
    }
    for operation in [Operation::MountsTmpfs, Operation::FilesMakeDir, Operation::FilesSetMode] {
        assert_eq!(host.calls().get(&operation), before.get(&operation), "{operation:?}");
    }
    assert_eq!(host.mounts().len(), 1);
}

/// Whichever call fails: the next try gets there, and the first is not taken for complete.
#[tokio::test]
async fn set_up_goes_on_where_it_failed() {
    for operation in [
        Operation::FilesMakeDir,
        Operation::FilesMakeFile,
        Operation::FilesLook,
        Operation::FilesSetMode,
        Operation::MountsTmpfs,
        Operation::MountsAt,
    ] {
        for failing_call in 1..=6 {
            let host = FakeHost::new();
            let pod = pod(&format!("{DISK},{MEMORY}"), "");
            let volumes = on(&host, SETTINGS);
            let delay = Fault::Delay(std::time::Duration::ZERO);
            for fault in [delay, Fault::Fail(libc_eio())] {
                let times = if fault == delay { failing_call - 1 } else { 1 };
                if times > 0 {
                    let subject_contains = String::new();
                    host.inject(Rule {
                        operation: Some(operation),
                        subject_contains,
                        fault,
                        times: Some(times),
                    });
                }
            }
            let first = volumes.set_up_all(&pod).await;
            host.heal();
            let second = volumes.set_up_all(&pod).await.unwrap();
            if let Ok(first) = first {
                assert_eq!(first, second);
            }
            assert_eq!(host.mounts().len(), 1, "{operation:?} {failing_call}");
        }
    }
}

fn libc_eio() -> i32 {
    5
}

#[tokio::test]
async fn refused_kinds() {
    async fn check(volume: &str, expected: &str) {
        let host = FakeHost::new();
        let error = on(&host, SETTINGS).set_up_all(&pod(volume, "")).await.unwrap_err();
        assert_eq!(error.event_message(), expected);
        assert!(below(&host, "/").is_empty(), "{volume} left something");
    }
    check(
        r#"{"name":"v","secret":{"secretName":"s"}}"#,
        "MountVolume.SetUp failed for volume \"v\" : volumes of kind secret need an API server, so a static pod cannot use them",
    )
    .await;
    check(
        r#"{"name":"v","nfs":{"server":"s","path":"/"}}"#,
        "MountVolume.SetUp failed for volume \"v\" : volumes of kind nfs are not supported by this kubelet",
    )
    .await;
    check(
        r#"{"name":"v"}"#,
        "MountVolume.SetUp failed for volume \"v\" : volumes of kind none are not supported by this kubelet",
    )
    .await;
    check(
        r#"{"name":"../../etc","emptyDir":{}}"#,
        "MountVolume.SetUp failed for volume \"../../etc\" : the volume's name is not a valid directory name",
    )
    .await;
    check(
        r#"{"name":"v","emptyDir":{"medium":"Ramdisk"}}"#,
        "MountVolume.SetUp failed for volume \"v\" : unknown storage medium \"Ramdisk\"",
    )
    .await;
}

#[tokio::test]
async fn errors_carry_their_whole_chain() {
    let host = FakeHost::new();
    host.inject(Rule {
        operation: Some(Operation::MountsTmpfs),
        subject_contains: "memory".into(),
        fault: Fault::Fail(1),
        times: None,
    });
    let error = on(&host, SETTINGS).set_up_all(&pod(MEMORY, "")).await.unwrap_err();
    assert_eq!(
        error.event_message(),
        "MountVolume.SetUp failed for volume \"memory\" : cannot mount a tmpfs on \
         /var/lib/kubelet/pods/uid-1/volumes/kubernetes.io~empty-dir/memory: Operation not permitted (os error 1)"
    );
}

#[tokio::test]
async fn tear_down_leaves_nothing_of_its_own() {
    let host = FakeHost::new();
    let pod = pod(&format!("{DISK},{MEMORY}"), "");
    let volumes = on(&host, SETTINGS);
    let mounted = volumes.set_up_all(&pod).await.unwrap();
    host.write_atomic(&path_of(&mounted, "disk").join("file"), b"", 0o600).await.unwrap();
    let bound = Path::new(POD_DIR).join("volume-subpaths/disk/c/0");
    host::files::Files::make_dir(&*host, &path_of(&mounted, "disk").join("sub"), 0o755).await.unwrap();
    host::beneath::Beneath::bind(&*host, &path_of(&mounted, "disk"), Path::new("sub"), &bound).await.unwrap();
    host.write_atomic(&Path::new(POD_DIR).join("etc-hosts"), b"", 0o644).await.unwrap();
    assert_eq!(volumes.on_disk(Path::new(POD_DIR)).await.unwrap().len(), 2);
    for _ in 0..2 {
        // Nothing but the directory is needed: another kubelet's orphan goes the same way.
        on(&host, SETTINGS).tear_down(Path::new(POD_DIR)).await.unwrap();
    }
    assert_eq!(below(&host, POD_DIR), ["etc-hosts", "plugins", "volumes"]);
    assert_eq!(host.mounts(), []);
    volumes.remove_pod_dir(Path::new(POD_DIR)).await.unwrap();
    assert_eq!(below(&host, "/var/lib/kubelet/pods"), [""; 0]);
}

/// A mount that a container has propagated into a volume is ended, not emptied; one of a kind that is not ours stays.
#[tokio::test]
async fn mounted_data_is_never_deleted() {
    let host = FakeHost::new();
    let volumes = on(&host, SETTINGS);
    let mounted = volumes.set_up_all(&pod(DISK, "")).await.unwrap();
    let make_dir = async |path: &Path| host::files::Files::make_dir(&*host, path, 0o755).await.unwrap();
    let foreign = Path::new(POD_DIR).join("volumes/kubernetes.io~nfs/data");
    let inside = path_of(&mounted, "disk").join("propagated");
    for path in [&foreign, &inside, Path::new("/precious")] {
        make_dir(path).await;
    }
    host.write_atomic(Path::new("/precious/file"), b"keep", 0o600).await.unwrap();
    for target in [&foreign, &inside] {
        Mounts::bind(&*host, Path::new("/precious"), target).await.unwrap();
    }
    for _ in 0..2 {
        match volumes.tear_down(Path::new(POD_DIR)).await {
            Err(TearDownError::ForeignMounts { mount_points }) => {
                assert_eq!(mount_points, std::slice::from_ref(&foreign))
            }
            other => panic!("{other:?}"),
        }
        match volumes.remove_pod_dir(Path::new(POD_DIR)).await {
            Err(TearDownError::ForeignMounts { mount_points }) => {
                assert_eq!(mount_points, std::slice::from_ref(&foreign))
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(
        below(&host, POD_DIR),
        [
            "plugins",
            "volumes",
            "volumes/kubernetes.io~nfs",
            "volumes/kubernetes.io~nfs/data",
            "volumes/kubernetes.io~nfs/data/file",
        ]
    );
    assert!(host.look(Path::new("/precious/file")).await.unwrap().is_some());
}

/// Whichever call fails, the next tear-down gets to the end.
#[tokio::test]
async fn tear_down_goes_on_where_it_failed() {
    for operation in [Operation::MountsUnmount, Operation::MountsBelow, Operation::FilesRemoveTree] {
        for failing_call in 1..=3 {
            let host = FakeHost::new();
            let volumes = on(&host, SETTINGS);
            volumes.set_up_all(&pod(&format!("{DISK},{MEMORY}"), "")).await.unwrap();
            let rule = |fault, times| Rule {
                operation: Some(operation),
                subject_contains: String::new(),
                fault,
                times: Some(times),
            };
            if failing_call > 1 {
                host.inject(rule(Fault::Delay(std::time::Duration::ZERO), failing_call - 1));
            }
            host.inject(rule(Fault::Fail(16), 1));
            let _first = volumes.tear_down(Path::new(POD_DIR)).await;
            host.heal();
            volumes.tear_down(Path::new(POD_DIR)).await.unwrap();
            assert_eq!(below(&host, POD_DIR), ["plugins", "volumes"], "{operation:?} {failing_call}");
            assert_eq!(host.mounts(), []);
        }
    }
}

/// A volume that was being taken down when the kubelet ended is not taken for ready.
#[tokio::test]
async fn a_volume_half_taken_down_is_set_up_anew() {
    let host = FakeHost::new();
    let volumes = on(&host, SETTINGS);
    let mounted = volumes.set_up_all(&pod(DISK, "")).await.unwrap();
    host.inject(Rule {
        operation: Some(Operation::MountsBelow),
        subject_contains: String::new(),
        fault: Fault::Fail(5),
        times: Some(1),
    });
    volumes.tear_down(Path::new(POD_DIR)).await.unwrap_err();
    host.set_mode(&path_of(&mounted, "disk"), 0o700).await.unwrap();
    volumes.set_up_all(&pod(DISK, "")).await.unwrap();
    let state = host.look(&path_of(&mounted, "disk")).await.unwrap().unwrap();
    assert_eq!((state.kind, state.mode), (FileKind::Directory, 0o777));
}

/// As upstream, a volume that nobody mounts is not looked at, so it may be of a kind that does not exist any more.
#[tokio::test]
async fn volumes_that_nobody_mounts() {
    let host = FakeHost::new();
    let mut pod = pod(&format!(r#"{DISK},{{"name":"old","gitRepo":{{"repository":"r"}}}}"#), "");
    let mut unused = (*pod.pod).clone();
    unused.spec.as_mut().unwrap().containers[0]
        .volume_mounts
        .as_mut()
        .unwrap()
        .retain(|mount| mount.name == "disk");
    on(&host, SETTINGS).set_up_all(&pod).await.unwrap_err();
    pod.pod = Arc::new(unused);
    let ready = on(&host, SETTINGS).set_up_all(&pod).await.unwrap();
    assert_eq!(ready.keys().collect::<Vec<_>>(), ["disk"]);
}
