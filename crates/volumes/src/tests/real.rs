//! The same on the real machine, in a mount namespace of its own. Needs root.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
    process::Command,
    sync::Arc,
};

use host::{
    beneath::RealBeneath,
    files::RealFiles,
    mounts::{Mounts, RealMounts},
};

use super::{SETTINGS, SetUpAll as _, path_of, pod};
use crate::{ContainerMounts, Volumes};

const INSIDE: &str = "VOLUMES_TEST_INSIDE";
const TEST: &str = "tests::real::from_set_up_to_tear_down";

#[test]
fn from_set_up_to_tear_down() {
    if std::env::var_os(INSIDE).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(inside());
        return;
    }
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        eprintln!("skipped: {TEST} needs root; it runs where ./test.sh is run as root");
        return;
    }
    let output = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "--"])
        .arg(std::env::current_exe().unwrap())
        .args([TEST, "--exact", "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .expect("unshare is part of util-linux");
    let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{out}\n{error}");
}

async fn inside() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().canonicalize().unwrap();
    let mounts = Arc::new(RealMounts::default());
    let volumes = Volumes::new(
        Arc::new(RealFiles::default()),
        mounts.clone(),
        Arc::new(RealBeneath::default()),
        SETTINGS,
    );
    let host_path = root.join("on-the-host/made");
    let others = r#""securityContext":{"fsGroup":4321},"#;
    let text = format!(
        r#"{{"name":"disk","emptyDir":{{}}}},{{"name":"memory","emptyDir":{{"medium":"Memory","sizeLimit":"1Mi"}}}},
           {{"name":"host","hostPath":{{"path":{host_path:?},"type":"DirectoryOrCreate"}}}}"#
    );
    let mut pod = pod(&text, others);
    pod.pod_dir = root.join("pods/uid-1");
    for _ in 0..2 {
        let ready = volumes.set_up_all(&pod).await.unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(&path_of(&ready, "disk")), 0o2777);
        assert_eq!(mode(&path_of(&ready, "memory")), 0o3777);
        assert_eq!(mode(&host_path), 0o755);
    }
    let ready = volumes.set_up_all(&pod).await.unwrap();
    let too_much = fs::write(path_of(&ready, "memory").join("big"), vec![0u8; 2 << 20]);
    assert_eq!(too_much.unwrap_err().raw_os_error(), Some(28), "no space left");

    let container = r#"{"name":"c","volumeMounts":[
        {"name":"disk","mountPath":"/whole"},
        {"name":"disk","mountPath":"/logs","subPathExpr":"logs/$(POD)"},
        {"name":"memory","mountPath":"/cache","subPath":"cache"},
        {"name":"host","mountPath":"/host","subPath":"sub"}]}"#;
    let container = k8s_openapi::serde_json::from_str(container).unwrap();
    let environment = [("POD", "p")].into_iter().collect();
    for _ in 0..2 {
        let request = ContainerMounts {
            pod_dir: &pod.pod_dir,
            container: &container,
            volumes: &ready,
            environment: &environment,
            images: &Default::default(),
            recursive_read_only: false,
        };
        let container_mounts = volumes.container_mounts(&request).await.unwrap();
        assert_eq!(container_mounts.len(), 4);
        fs::write(Path::new(&container_mounts[1].host_path).join("file"), "through").unwrap();
    }
    let below = path_of(&ready, "disk").join("logs/p");
    assert_eq!(fs::read_to_string(below.join("file")).unwrap(), "through");
    assert_eq!(fs::metadata(&below).unwrap().permissions().mode() & 0o7777, 0o2777);
    assert_eq!(mounts.below(&pod.pod_dir).await.unwrap().len(), 4, "a tmpfs and three sub paths");

    for _ in 0..2 {
        volumes.tear_down(&pod.pod_dir).await.unwrap();
        assert_eq!(mounts.below(&root).await.unwrap(), []);
    }
    volumes.remove_pod_dir(&pod.pod_dir).await.unwrap();
    assert!(!pod.pod_dir.exists());
    assert!(host_path.join("sub").is_dir(), "the host's own stays");
}
