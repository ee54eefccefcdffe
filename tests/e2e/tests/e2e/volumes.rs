//! Volumes as containers and the machine see them.

use anyhow::{Context, ensure};
use e2e::cases;
use e2e::manifest::{STAY, container, pod};
use e2e::node::{Node, statuses, uid, waiting_reason};
use e2e::suite::Case;
use e2e::wait::{self, BOUND};
use k8s_openapi::api::core::v1::Pod;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) const SHARED: &[Case] = cases![Shared:
    empty_dir_is_shared_and_goes_with_the_pod,
    empty_dir_survives_a_restart_of_the_container,
    empty_dir_in_memory,
    host_path_types_that_fit,
    host_path_types_that_do_not,
    sub_path,
    sub_path_out_of_the_volume,
    read_only,
    propagation,
];

fn directory(node: &Node, name: &str) -> anyhow::Result<PathBuf> {
    let directory = node.environment.root.join("volumes").join(name);
    fs::create_dir_all(&directory)?;
    Ok(directory)
}

/// A mount of the host's `path` at `/v`, with the lines of the mount and the volume.
fn host_path(name: &str, script: &str, path: &Path, kind: &str, mount: &str) -> String {
    let spec = format!(
        "  containers:\n{}    volumeMounts:\n    - {{name: v, mountPath: /v{mount}}}\n  volumes:\n  - name: v\n    \
         hostPath: {{path: {}, type: \"{kind}\"}}",
        container("main", script),
        path.display()
    );
    pod(name, &spec)
}

fn empty_dir_path(node: &Node, pod: &Pod, volume: &str) -> PathBuf {
    node.kubelet.root_dir().join("pods").join(uid(pod)).join("volumes/kubernetes.io~empty-dir").join(volume)
}

async fn empty_dir_is_shared_and_goes_with_the_pod(node: Arc<Node>) -> anyhow::Result<()> {
    let writer = container("writer", "echo content > /w/file; exec sleep 1000");
    let reader = container("reader", "while ! cat /r/file; do sleep 0.1; done; exec sleep 1000");
    let spec = format!(
        "  containers:\n{writer}    volumeMounts:\n    - {{name: v, mountPath: /w}}\n{reader}    volumeMounts:\n    \
         - {{name: v, mountPath: /r}}\n  volumes:\n  - name: v\n    emptyDir: {{}}"
    );
    node.write("empty-dir.yaml", &pod("empty-dir", &spec))?;
    node.wrote("empty-dir", "reader", "content").await?;
    let running = node.running("empty-dir").await?;
    let path = empty_dir_path(&node, &running, "v");
    assert_eq!(fs::read_to_string(path.join("file"))?, "content\n");
    assert_eq!(fs::metadata(&path)?.permissions().mode() & 0o7777, 0o777);
    node.remove("empty-dir.yaml")?;
    node.gone("empty-dir").await?;
    let pod_directory = node.kubelet.root_dir().join("pods").join(uid(&running));
    wait::until("the pod's directory is gone", BOUND, || async {
        if pod_directory.exists() { Err(pod_directory.clone()) } else { Ok(()) }
    })
    .await
}

async fn empty_dir_survives_a_restart_of_the_container(node: Arc<Node>) -> anyhow::Result<()> {
    let script = "date >> /v/runs; wc -l < /v/runs; trap 'exit 0' TERM; while :; do sleep 1 & wait; done";
    let spec = format!(
        "  containers:\n{}    volumeMounts:\n    - {{name: v, mountPath: /v}}\n  volumes:\n  - name: v\n    emptyDir: {{}}",
        container("main", script)
    );
    node.write("kept.yaml", &pod("kept", &spec))?;
    node.wrote("kept", "main", "1").await?;
    node.runtime.kill("kept", "main").await?;
    node.wrote("kept", "main", "2").await?;
    Ok(())
}

async fn empty_dir_in_memory(node: Arc<Node>) -> anyhow::Result<()> {
    let script = "grep ' /v ' /proc/mounts; df -k /v | tail -1; dd if=/dev/zero of=/v/big bs=1M count=20 2>&1; echo done; exec sleep 1000";
    let spec = format!(
        "  containers:\n{}    resources: {{limits: {{memory: 256Mi}}}}\n    volumeMounts:\n    - {{name: v, mountPath: /v}}\n  \
         volumes:\n  - name: v\n    emptyDir: {{medium: Memory, sizeLimit: 8Mi}}",
        container("main", script)
    );
    node.write("memory.yaml", &pod("memory", &spec))?;
    let log = node.wrote("memory", "main", "done").await?;
    ensure!(log.lines().next().unwrap_or_default().starts_with("tmpfs /v tmpfs "), "{log}");
    ensure!(log.lines().nth(1).unwrap_or_default().split_whitespace().nth(1) == Some("8192"), "{log}");
    ensure!(log.contains("No space left on device"), "{log}");
    let running = node.running("memory").await?;
    let path = empty_dir_path(&node, &running, "v");
    let path = path.to_string_lossy().into_owned();
    ensure!(e2e::footprint::mount_points()?.contains(&path), "{path} is not mounted");
    node.remove("memory.yaml")?;
    node.gone("memory").await?;
    wait::until("the tmpfs is unmounted", BOUND, || async {
        let mounts = e2e::footprint::mount_points().map_err(|error| error.to_string())?;
        if mounts.contains(&path) { Err(path.clone()) } else { Ok(()) }
    })
    .await
}

async fn host_path_types_that_fit(node: Arc<Node>) -> anyhow::Result<()> {
    let base = directory(&node, "fits")?;
    fs::create_dir_all(base.join("there"))?;
    fs::write(base.join("file"), "x")?;
    let _socket = UnixListener::bind(base.join("socket"))?;
    symlink("there", base.join("link"))?;
    let rows = [
        ("", base.join("there")),
        ("", base.join("unchecked")),
        ("Directory", base.join("there")),
        ("Directory", base.join("link")),
        ("DirectoryOrCreate", base.join("made")),
        ("File", base.join("file")),
        ("FileOrCreate", base.join("made-file")),
        ("Socket", base.join("socket")),
        ("CharDevice", PathBuf::from("/dev/null")),
    ];
    for (number, (kind, path)) in rows.iter().enumerate() {
        let name = format!("fits-{number}");
        node.write(&format!("{name}.yaml"), &host_path(&name, STAY, path, kind, ""))?;
    }
    for (number, row) in rows.iter().enumerate() {
        node.running(&format!("fits-{number}")).await.with_context(|| format!("{row:?}"))?;
    }
    assert_eq!(fs::metadata(base.join("made"))?.permissions().mode() & 0o7777, 0o755);
    assert_eq!(fs::metadata(base.join("made-file"))?.permissions().mode() & 0o7777, 0o644);
    Ok(())
}

async fn host_path_types_that_do_not(node: Arc<Node>) -> anyhow::Result<()> {
    let base = directory(&node, "misfits")?;
    fs::write(base.join("file"), "x")?;
    let rows = [
        ("Directory", base.join("missing")),
        ("Directory", base.join("file")),
        ("DirectoryOrCreate", base.join("file")),
        ("File", base.clone()),
        ("File", base.join("missing")),
        ("FileOrCreate", base.join("no-parent/file")),
        ("Socket", base.join("file")),
        ("CharDevice", base.join("file")),
        ("BlockDevice", PathBuf::from("/dev/null")),
    ];
    for (number, (kind, path)) in rows.iter().enumerate() {
        let name = format!("misfit-{number}");
        node.write(&format!("{name}.yaml"), &host_path(&name, STAY, path, kind, ""))?;
    }
    for (number, row) in rows.iter().enumerate() {
        let name = format!("misfit-{number}");
        let event = node.event(&name, "FailedMount: ").await.with_context(|| format!("{row:?}"))?;
        ensure!(event.contains("MountVolume.SetUp failed for volume \"v\""), "{event}");
        let path = row.1.to_string_lossy().into_owned();
        ensure!(event.contains(&path), "{event}");
        let waiting = node.pod(&name).await?.context("the pod is gone")?;
        assert_eq!(waiting_reason(&waiting), Some("ContainerCreating"), "{row:?}");
    }
    // The cure comes while it waits.
    fs::create_dir(base.join("missing"))?;
    node.pod_within(BOUND * 3, "misfit-0", "runs once the directory is there", e2e::node::all_run).await?;
    Ok(())
}

async fn sub_path(node: Arc<Node>) -> anyhow::Result<()> {
    let base = directory(&node, "sub")?;
    fs::create_dir_all(base.join("a/b"))?;
    fs::write(base.join("a/b/file"), "inside\n")?;
    fs::write(base.join("one"), "single\n")?;
    let script = "cat /dir/file /one; ls /made; echo \"$(ls /)\" | grep -c dir; echo done; exec sleep 1000";
    let spec = format!(
        "  containers:\n{}    env: [{{name: WHO, value: me}}]\n    volumeMounts:\n    - {{name: v, mountPath: /dir, subPath: a/b}}\n    \
         - {{name: v, mountPath: /one, subPath: one}}\n    - {{name: v, mountPath: /made, subPath: new/dir}}\n    \
         - {{name: v, mountPath: /who, subPathExpr: \"for-$(WHO)\"}}\n  volumes:\n  - name: v\n    hostPath: {{path: {}}}",
        container("main", script),
        base.display()
    );
    node.write("sub-path.yaml", &pod("sub-path", &spec))?;
    let log = node.wrote("sub-path", "main", "done").await?;
    ensure!(log.starts_with("inside\nsingle\n"), "{log}");
    assert!(base.join("new/dir").is_dir());
    assert!(base.join("for-me").is_dir());
    node.remove("sub-path.yaml")?;
    node.gone("sub-path").await
}

async fn sub_path_out_of_the_volume(node: Arc<Node>) -> anyhow::Result<()> {
    // CVE-2017-1002101, CVE-2021-25741: a link in the volume that leads out of it.
    let base = directory(&node, "attack")?;
    let outside = directory(&node, "outside")?;
    fs::write(outside.join("secret"), "secret\n")?;
    symlink(&outside, base.join("absolute"))?;
    symlink("../outside", base.join("relative"))?;
    symlink("../outside/secret", base.join("to-file"))?;
    fs::create_dir_all(base.join("dir"))?;
    symlink("../../outside", base.join("dir/deep"))?;
    let paths = ["absolute", "relative", "to-file", "dir/deep", "absolute/secret", "relative/new/dir"];
    for (number, path) in paths.iter().enumerate() {
        let name = format!("attack-{number}");
        let mount = format!(", subPath: {path}");
        let script = format!("cat /v /v/secret 2>/dev/null; {STAY}");
        node.write(&format!("{name}.yaml"), &host_path(&name, &script, &base, "", &mount))?;
    }
    for (number, path) in paths.iter().enumerate() {
        let name = format!("attack-{number}");
        // Either refused, or resolved within the volume; never what is outside.
        let pod = node
            .pod_until(&name, "was refused or runs", |pod| {
                waiting_reason(pod) == Some("CreateContainerConfigError") || e2e::node::all_run(pod)
            })
            .await?;
        if statuses(&pod).iter().any(e2e::node::is_running) {
            let log = node.logs(&name, "main").await?;
            ensure!(!log.contains("secret"), "{path} leads out of the volume: {log}");
        }
    }
    ensure!(!outside.join("new").exists(), "something was made outside of the volume");
    Ok(())
}

async fn read_only(node: Arc<Node>) -> anyhow::Result<()> {
    let base = directory(&node, "read-only")?;
    fs::write(base.join("file"), "readable\n")?;
    let script = "cat /v/file; touch /v/new && echo written; echo done; exec sleep 1000";
    node.write("read-only.yaml", &host_path("read-only", script, &base, "", ", readOnly: true"))?;
    let log = node.wrote("read-only", "main", "done").await?;
    ensure!(log.contains("readable") && !log.contains("written"), "{log}");
    ensure!(!base.join("new").exists(), "written through a read-only mount");
    Ok(())
}

async fn propagation(node: Arc<Node>) -> anyhow::Result<()> {
    let base = directory(&node, "propagation")?;
    for name in ["none", "host", "both"] {
        fs::create_dir_all(base.join(name).join("mounted"))?;
        fs::create_dir_all(base.join(name).join("by-container"))?;
    }
    let look = "while [ ! -e /v/go ]; do sleep 0.1; done; ls /v/mounted; echo done; exec sleep 1000";
    node.write("none.yaml", &host_path("prop-none", look, &base.join("none"), "", ""))?;
    let mount = ", mountPropagation: HostToContainer";
    node.write("host.yaml", &host_path("prop-host", look, &base.join("host"), "", mount))?;
    let act = format!("mount -t tmpfs inner /v/by-container && touch /v/by-container/x; {look}");
    let both = host_path("prop-both", &act, &base.join("both"), "", ", mountPropagation: Bidirectional")
        .replace("    volumeMounts:", "    securityContext: {privileged: true}\n    volumeMounts:");
    node.write("both.yaml", &both)?;
    for name in ["none", "host", "both"] {
        node.running(&format!("prop-{name}")).await?;
        let point = base.join(name).join("mounted");
        rustix::mount::mount("tmpfs", &point, "tmpfs", rustix::mount::MountFlags::empty(), None)?;
        fs::write(point.join("seen"), "")?;
        fs::write(base.join(name).join("go"), "")?;
        let log = node.wrote(&format!("prop-{name}"), "main", "done").await?;
        assert_eq!(log.contains("seen"), name != "none", "{name}: {log}");
    }
    ensure!(base.join("both/by-container/x").exists(), "the container's mount is not seen on the host");
    for name in ["none", "host", "both"] {
        node.remove(&format!("{name}.yaml"))?;
        node.gone(&format!("prop-{name}")).await?;
        rustix::mount::unmount(base.join(name).join("mounted"), rustix::mount::UnmountFlags::DETACH)?;
    }
    let _ = rustix::mount::unmount(base.join("both/by-container"), rustix::mount::UnmountFlags::DETACH);
    Ok(())
}
