//! Manifests from a directory or a file: how they come, change and go.

use anyhow::ensure;
use e2e::cases;
use e2e::environment::Environment;
use e2e::kubelet::{NODE_NAME, Options};
use e2e::manifest::{STAY, shell};
use e2e::node::{Node, uid};
use e2e::suite::Case;
use e2e::wait;
use k8s_openapi::api::core::v1::Pod;
use std::fs::{self, File};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const SHARED: &[Case] = cases![Shared:
    renamed_into_place,
    written_in_place,
    moved_out_of_the_directory,
    edited_in_place,
    dot_files_are_ignored,
    unreadable_entries_disturb_nobody,
    several_names_for_one_pod,
];

pub(crate) const ALONE: &[Case] = cases![Alone:
    single_file,
    directory_made_later,
    directory_replaced,
    uid_is_stable,
];

fn annotation<'a>(pod: &'a Pod, name: &str) -> &'a str {
    let annotations = pod.metadata.annotations.as_ref();
    annotations.and_then(|annotations| annotations.get(name)).map(String::as_str).unwrap_or_default()
}

async fn renamed_into_place(node: Arc<Node>) -> anyhow::Result<()> {
    node.write("renamed.yaml", &shell("renamed", STAY))?;
    let pod = node.running("renamed").await?;
    assert_eq!(pod.metadata.name.as_deref(), Some("renamed-node-e2e"));
    assert_eq!(pod.metadata.namespace.as_deref(), Some("default"));
    assert_eq!(annotation(&pod, "kubernetes.io/config.source"), "file");
    assert_eq!(annotation(&pod, "kubernetes.io/config.hash"), uid(&pod));
    assert!(!annotation(&pod, "kubernetes.io/config.seen").is_empty());
    let spec = pod.spec.as_ref().unwrap();
    assert_eq!(spec.node_name.as_deref(), Some(NODE_NAME));
    let tolerations = spec.tolerations.as_deref().unwrap_or_default();
    assert!(
        tolerations.iter().any(|toleration| {
            toleration.operator.as_deref() == Some("Exists")
                && toleration.effect.as_deref() == Some("NoExecute")
        }),
        "{tolerations:?}"
    );
    node.remove("renamed.yaml")?;
    node.gone("renamed").await
}

async fn written_in_place(node: Arc<Node>) -> anyhow::Result<()> {
    let manifest = shell("in-place", STAY);
    let mut file = File::create(node.kubelet.manifests().join("in-place.yaml"))?;
    for part in manifest.as_bytes().chunks(40) {
        file.write_all(part)?;
        file.sync_data()?;
    }
    drop(file);
    node.running("in-place").await?;
    Ok(())
}

async fn moved_out_of_the_directory(node: Arc<Node>) -> anyhow::Result<()> {
    let path = node.write("moved.yaml", &shell("moved", STAY))?;
    node.running("moved").await?;
    fs::rename(path, node.kubelet.manifests().with_file_name("moved.yaml"))?;
    node.gone("moved").await
}

async fn edited_in_place(node: Arc<Node>) -> anyhow::Result<()> {
    let path = node.write("edited.yaml", &shell("edited", STAY))?;
    let first = node.running("edited").await?;
    // Shorter than before: written over, then cut.
    fs::write(path, shell("edited", "sleep 1000"))?;
    let second = node.pod_until("edited", "is another pod", |pod| uid(pod) != uid(&first)).await?;
    node.running("edited").await?;
    ensure!(uid(&second) != uid(&first), "same UID");
    wait::until("only the new pod's sandbox", wait::BOUND, || async {
        let sandboxes = node.runtime.sandboxes_of("edited").await.map_err(|error| format!("{error:#}"))?;
        match sandboxes.as_slice() {
            [only] if only.metadata.as_ref().is_some_and(|metadata| metadata.uid == uid(&second)) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await
}

async fn dot_files_are_ignored(node: Arc<Node>) -> anyhow::Result<()> {
    fs::write(node.kubelet.manifests().join(".dotted.yaml"), shell("dotted", STAY))?;
    // The next one is read after it.
    node.write("after-dotted.yaml", &shell("after-dotted", STAY))?;
    node.running("after-dotted").await?;
    ensure!(node.pod("dotted").await?.is_none(), "a dot-file was read");
    fs::remove_file(node.kubelet.manifests().join(".dotted.yaml"))?;
    Ok(())
}

async fn unreadable_entries_disturb_nobody(node: Arc<Node>) -> anyhow::Result<()> {
    let manifests = node.kubelet.manifests();
    fs::create_dir_all(manifests.join("a-directory.yaml"))?;
    fs::write(manifests.join("a-directory.yaml/inner.yaml"), shell("inner", STAY))?;
    std::os::unix::fs::symlink("/nonexistent", manifests.join("a-dangling.yaml"))?;
    rustix::fs::mknodat(
        rustix::fs::CWD,
        manifests.join("a-fifo.yaml"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )?;
    fs::write(manifests.join("a-empty.yaml"), "")?;
    fs::write(manifests.join("a-binary.yaml"), [0xff, 0xfe, 0x00, 0x01])?;
    fs::write(manifests.join("a-huge.yaml"), "# filler\n".repeat(2 << 20))?;
    node.write("readable.yaml", &shell("readable", STAY))?;
    node.running("readable").await?;
    ensure!(node.pod("inner").await?.is_none(), "directories are not descended into");
    for name in ["a-dangling.yaml", "a-fifo.yaml", "a-empty.yaml", "a-binary.yaml", "a-huge.yaml"] {
        fs::remove_file(manifests.join(name))?;
    }
    fs::remove_dir_all(manifests.join("a-directory.yaml"))?;
    Ok(())
}

async fn several_names_for_one_pod(node: Arc<Node>) -> anyhow::Result<()> {
    // Two files with the same pod: static pods of one full name run one at a time.
    node.write("twin-a.yaml", &shell("twin", STAY))?;
    node.running("twin").await?;
    node.write("twin-b.yaml", &shell("twin", "sleep 1000"))?;
    node.write("after-twin.yaml", &shell("after-twin", STAY))?;
    node.running("after-twin").await?;
    wait::throughout("two sandboxes for one name", Duration::from_secs(3), || async {
        let sandboxes = node.runtime.sandboxes_of("twin").await?;
        ensure!(sandboxes.len() <= 1, "{sandboxes:?}");
        Ok(())
    })
    .await?;
    node.remove("twin-a.yaml")?;
    node.remove("twin-b.yaml")?;
    node.gone("twin").await
}

async fn single_file(environment: Environment) -> anyhow::Result<()> {
    let options = Options::new(&environment, "single").without_manifests();
    let file = environment.root.join("only.yaml");
    fs::write(&file, shell("only", STAY))?;
    let options = options.flag(format!("--pod-manifest-path={}", file.display()));
    let mut node = Node::start(&environment, options).await?;
    let first = node.running("only").await?;
    fs::write(file.with_extension("new"), shell("only", "sleep 1000"))?;
    fs::rename(file.with_extension("new"), &file)?;
    node.pod_until("only", "is another pod", |pod| uid(pod) != uid(&first)).await?;
    node.running("only").await?;
    fs::remove_file(&file)?;
    node.gone("only").await?;
    node.kubelet.terminate().await?;
    Ok(())
}

async fn directory_made_later(environment: Environment) -> anyhow::Result<()> {
    let directory = environment.root.join("later/deep/manifests");
    let options = Options::new(&environment, "late")
        .without_manifests()
        .configured(&format!("staticPodPath: {}\nfileCheckFrequency: 2s", directory.display()));
    let mut node = Node::start(&environment, options).await?;
    ensure!(node.pods().await?.is_empty(), "no pods yet");
    fs::create_dir_all(&directory)?;
    fs::write(directory.join("pod.yaml"), shell("late", STAY))?;
    node.running("late").await?;
    fs::remove_file(directory.join("pod.yaml"))?;
    node.gone("late").await?;
    node.kubelet.terminate().await?;
    Ok(())
}

async fn directory_replaced(environment: Environment) -> anyhow::Result<()> {
    let options = Options::new(&environment, "replaced").configured("fileCheckFrequency: 2s");
    let mut node = Node::start(&environment, options).await?;
    node.write("one.yaml", &shell("one", STAY))?;
    let first = node.running("one").await?;
    // As a configuration management does: a new directory in the place of the old one.
    let manifests = node.kubelet.manifests();
    let next = manifests.with_file_name("next");
    fs::create_dir(&next)?;
    fs::copy(manifests.join("one.yaml"), next.join("one.yaml"))?;
    fs::write(next.join("two.yaml"), shell("two", STAY))?;
    fs::rename(&manifests, manifests.with_file_name("old"))?;
    fs::rename(&next, &manifests)?;
    node.running("two").await?;
    let still = node.running("one").await?;
    assert_eq!(uid(&first), uid(&still), "the same manifest is the same pod");
    assert_eq!(e2e::node::first(&first).container_id, e2e::node::first(&still).container_id);
    node.write("three.yaml", &shell("three", STAY))?;
    node.running("three").await?;
    node.kubelet.terminate().await?;
    Ok(())
}

async fn uid_is_stable(environment: Environment) -> anyhow::Result<()> {
    let mut node = Node::start(&environment, Options::new(&environment, "stable")).await?;
    node.write("stable.yaml", &shell("stable", STAY))?;
    let before = node.running("stable").await?;
    node.kubelet.terminate().await?;
    // Another modification time, the same content.
    let path = node.kubelet.manifests().join("stable.yaml");
    fs::write(&path, fs::read(&path)?)?;
    node.kubelet.spawn()?;
    node.kubelet.ready().await?;
    let after = node.running("stable").await?;
    assert_eq!(uid(&before), uid(&after));
    assert_eq!(e2e::node::first(&before).container_id, e2e::node::first(&after).container_id);
    node.kubelet.terminate().await?;
    Ok(())
}
