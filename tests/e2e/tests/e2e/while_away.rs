//! What happened while there was no kubelet.

use crate::restart::{five_pods, restart};
use anyhow::{Context, ensure};
use cri::v1::{
    ContainerConfig, ContainerMetadata, ImageSpec, PodSandboxConfig, PodSandboxMetadata, PodSandboxState,
};
use cri::{ContainerService, SandboxService};
use e2e::cases;
use e2e::environment::Environment;
use e2e::kubelet::Options;
use e2e::manifest::{STAY, shell};
use e2e::node::{Node, first, is_running, phase, uid};
use e2e::suite::Case;
use e2e::wait::{self, BOUND};
use std::fs;
use std::time::Duration;

pub(crate) const ALONE: &[Case] = cases![Alone:
    removed_while_away,
    changed_while_away,
    died_while_away,
    finished_pods_stay_finished,
    orphans_are_ended,
];

async fn removed_while_away(environment: Environment) -> anyhow::Result<()> {
    let mut node = Node::start(&environment, Options::new(&environment, "removed")).await?;
    five_pods(&node).await?;
    let other = node.runtime.running("plain", "main").await?.id;
    node.kubelet.kill().await?;
    node.remove("volumes.yaml")?;
    node.remove("two.yaml")?;
    node.kubelet.spawn()?;
    node.kubelet.ready().await?;
    node.gone("volumes").await?;
    node.gone("two").await?;
    assert_eq!(node.runtime.running("plain", "main").await?.id, other);
    node.kubelet.terminate().await?;
    Ok(())
}

async fn changed_while_away(environment: Environment) -> anyhow::Result<()> {
    let mut node = Node::start(&environment, Options::new(&environment, "changed")).await?;
    node.write("changed.yaml", &shell("changed", STAY))?;
    let before = node.running("changed").await?;
    node.kubelet.kill().await?;
    node.write("changed.yaml", &shell("changed", "sleep 1000"))?;
    node.kubelet.spawn()?;
    node.kubelet.ready().await?;
    node.pod_until("changed", "is another pod and runs", |pod| {
        uid(pod) != uid(&before) && e2e::node::all_run(pod)
    })
    .await?;
    wait::until("one sandbox", BOUND, || async {
        let sandboxes = node.runtime.sandboxes_of("changed").await.map_err(|error| format!("{error:#}"))?;
        if sandboxes.len() == 1 { Ok(()) } else { Err(format!("{sandboxes:?}")) }
    })
    .await?;
    node.kubelet.terminate().await?;
    Ok(())
}

async fn died_while_away(environment: Environment) -> anyhow::Result<()> {
    let mut node = Node::start(&environment, Options::new(&environment, "died")).await?;
    node.write("died.yaml", &shell("died", STAY))?;
    node.write("sandbox.yaml", &shell("sandbox", STAY))?;
    node.running("died").await?;
    node.running("sandbox").await?;
    node.kubelet.kill().await?;
    node.runtime.kill("died", "main").await?;
    for sandbox in node.runtime.sandboxes_of("sandbox").await? {
        node.runtime.client.stop_pod_sandbox(&sandbox.id).await?;
    }
    node.kubelet.spawn()?;
    node.kubelet.ready().await?;
    let pod =
        node.pod_until("died", "runs again", |pod| first(pod).restart_count == 1 && is_running(first(pod)));
    pod.await?;
    node.pod_until("sandbox", "runs in a new sandbox", |pod| {
        first(pod).restart_count == 1 && is_running(first(pod))
    })
    .await?;
    let ready: Vec<_> = node
        .runtime
        .sandboxes_of("sandbox")
        .await?
        .into_iter()
        .filter(|sandbox| sandbox.state() == PodSandboxState::SandboxReady)
        .collect();
    assert_eq!(ready.len(), 1);
    assert_eq!(ready[0].metadata.as_ref().map(|metadata| metadata.attempt), Some(1));
    node.kubelet.terminate().await?;
    Ok(())
}

async fn finished_pods_stay_finished(environment: Environment) -> anyhow::Result<()> {
    let mut node = Node::start(&environment, Options::new(&environment, "finished")).await?;
    let manifest =
        shell("finished", "echo once; exit 0").replace("spec:\n", "spec:\n  restartPolicy: Never\n");
    node.write("finished.yaml", &manifest)?;
    node.pod_until("finished", "succeeded", |pod| phase(pod) == "Succeeded").await?;
    let containers: Vec<_> =
        node.runtime.containers_of("finished").await?.into_iter().map(|found| found.id).collect();
    for gently in [true, false] {
        restart(&mut node, gently).await?;
        node.pod_until("finished", "succeeded", |pod| phase(pod) == "Succeeded").await?;
        wait::throughout("it ran again", Duration::from_secs(3), || async {
            let pod = node.pod("finished").await?.context("forgotten")?;
            ensure!(phase(&pod) == "Succeeded", "phase {}", phase(&pod));
            let now: Vec<_> =
                node.runtime.containers_of("finished").await?.into_iter().map(|found| found.id).collect();
            ensure!(now.len() <= containers.len(), "{containers:?} became {now:?}");
            Ok(())
        })
        .await?;
    }
    node.kubelet.terminate().await?;
    Ok(())
}

async fn orphans_are_ended(environment: Environment) -> anyhow::Result<()> {
    let mut node = Node::start(&environment, Options::new(&environment, "orphans")).await?;
    node.write("keeper.yaml", &shell("keeper", STAY))?;
    let keeper = node.running("keeper").await?;
    node.kubelet.terminate().await?;

    // A pod that no source names, as another kubelet would have left it.
    let labels = |extra: &[(&str, &str)]| {
        let base = [
            ("io.kubernetes.pod.name", "orphan-node-e2e"),
            ("io.kubernetes.pod.namespace", "default"),
            ("io.kubernetes.pod.uid", "0123456789abcdef0123456789abcdef"),
        ];
        base.iter().chain(extra).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    let sandbox_config = PodSandboxConfig {
        metadata: Some(PodSandboxMetadata {
            name: "orphan-node-e2e".to_owned(),
            namespace: "default".to_owned(),
            uid: "0123456789abcdef0123456789abcdef".to_owned(),
            attempt: 0,
        }),
        labels: labels(&[]),
        log_directory: "/var/log/pods/default_orphan-node-e2e_0123456789abcdef0123456789abcdef".to_owned(),
        ..PodSandboxConfig::default()
    };
    let client = &node.runtime.client;
    let sandbox = client.run_pod_sandbox(sandbox_config.clone(), "").await?;
    let config = ContainerConfig {
        metadata: Some(ContainerMetadata { name: "main".to_owned(), attempt: 0 }),
        image: Some(ImageSpec {
            image: "docker.io/library/busybox:latest".to_owned(),
            ..ImageSpec::default()
        }),
        command: ["sh", "-c", STAY].map(str::to_owned).to_vec(),
        labels: labels(&[("io.kubernetes.container.name", "main")]),
        log_path: "main/0.log".to_owned(),
        ..ContainerConfig::default()
    };
    let id = client.create_container(&sandbox, config, sandbox_config).await?;
    client.start_container(&id).await?;
    fs::create_dir_all(node.kubelet.root_dir().join("pods/0123456789abcdef0123456789abcdef/volumes"))?;

    node.kubelet.spawn()?;
    node.kubelet.ready().await?;
    wait::until("the orphan is ended", BOUND, || async {
        let found = node.runtime.sandboxes().await.map_err(|error| format!("{error:#}"))?;
        let running =
            found.iter().any(|found| found.id == sandbox && found.state() == PodSandboxState::SandboxReady);
        if running { Err(format!("{found:?}")) } else { Ok(()) }
    })
    .await?;
    node.gone("orphan").await?;
    let directory = node.kubelet.root_dir().join("pods/0123456789abcdef0123456789abcdef");
    wait::until("the orphan's directory is removed", BOUND * 2, || async {
        if directory.exists() { Err(()) } else { Ok(()) }
    })
    .await?;
    let still = node.running("keeper").await?;
    assert_eq!(first(&keeper).container_id, first(&still).container_id);
    node.kubelet.terminate().await?;
    Ok(())
}
