//! The kubelet ends and comes back.

use anyhow::{Context, ensure};
use cri::v1::{
    ContainerConfig, ContainerMetadata, ImageSpec, PodSandboxConfig, PodSandboxMetadata, PodSandboxState,
};
use cri::{ContainerService, SandboxService};
use e2e::cases;
use e2e::environment::Environment;
use e2e::footprint::{self, Bundles, Footprint};
use e2e::kubelet::Options;
use e2e::manifest::{STAY, container, pod, shell};
use e2e::node::{Node, first, is_running, phase, statuses, uid, waiting_reason};
use e2e::suite::Case;
use e2e::wait::{self, BOUND};
use std::fs;
use std::time::Duration;

pub(crate) const ALONE: &[Case] = cases![Alone:
    adoption_touches_nothing,
    adoption_after_kill,
    crash_back_off_survives,
    removed_while_away,
    changed_while_away,
    died_while_away,
    finished_pods_stay_finished,
    orphans_are_ended,
    ordered_stop,
    ordered_stop_while_pods_end,
    nothing_is_left,
];

async fn restart(node: &mut Node, gently: bool) -> anyhow::Result<()> {
    if gently {
        let (status, _) = node.kubelet.terminate().await?;
        ensure!(status.success(), "SIGTERM ended it with {status}");
    } else {
        node.kubelet.kill().await?;
    }
    node.kubelet.spawn()?;
    node.kubelet.ready().await
}

/// Five pods, one with two containers, one on the host's network, one with volumes.
async fn five_pods(node: &Node) -> anyhow::Result<Vec<String>> {
    let two: String = ["one", "two"].map(|name| container(name, STAY)).concat();
    let volumes = format!(
        "  containers:\n{}    volumeMounts: [{{name: d, mountPath: /d}}, {{name: m, mountPath: /m}}, {{name: d, mountPath: /s, subPath: s}}]\n  \
         volumes: [{{name: d, emptyDir: {{}}}}, {{name: m, emptyDir: {{medium: Memory}}}}]",
        container("main", STAY)
    );
    let limited = format!(
        "  containers:\n{}    resources: {{limits: {{cpu: 100m, memory: 64Mi}}}}",
        container("main", STAY)
    );
    for (name, manifest) in [
        ("plain", shell("plain", STAY)),
        ("two", pod("two", &format!("  containers:\n{two}"))),
        ("host", pod("host", &format!("  hostNetwork: true\n  containers:\n{}", container("main", STAY)))),
        ("volumes", pod("volumes", &volumes)),
        ("limited", pod("limited", &limited)),
    ] {
        node.write(&format!("{name}.yaml"), &manifest)?;
    }
    let names = ["plain", "two", "host", "volumes", "limited"].map(str::to_owned).to_vec();
    for name in &names {
        node.running(name).await?;
    }
    Ok(names)
}

async fn adoption(environment: Environment, gently: bool) -> anyhow::Result<()> {
    let mut node = Node::start(&environment, Options::new(&environment, "adoption")).await?;
    let names = five_pods(&node).await?;
    let before = node.runtime.snapshot().await?;
    let reported: Vec<_> =
        node.pods().await?.iter().map(|pod| (uid(pod).to_owned(), phase(pod).to_owned())).collect();
    for _ in 0..3 {
        restart(&mut node, gently).await?;
        for name in &names {
            node.running(name).await?;
        }
        // A full cycle of everything periodic that might touch a container.
        wait::throughout("a container was touched", Duration::from_secs(3), || async {
            let now = node.runtime.snapshot().await?;
            ensure!(now == before, "{before:#?} became {now:#?}");
            Ok(())
        })
        .await?;
    }
    let after: Vec<_> =
        node.pods().await?.iter().map(|pod| (uid(pod).to_owned(), phase(pod).to_owned())).collect();
    assert_eq!(reported, after);
    for pod in node.pods().await? {
        assert!(statuses(&pod).iter().all(|status| status.restart_count == 0 && status.ready), "{pod:?}");
    }
    // They are still looked after.
    node.runtime.kill("plain", "main").await?;
    node.pod_until("plain", "was restarted", |pod| first(pod).restart_count == 1 && is_running(first(pod)))
        .await?;
    node.remove("volumes.yaml")?;
    node.gone("volumes").await?;
    node.kubelet.terminate().await?;
    Ok(())
}

async fn adoption_touches_nothing(environment: Environment) -> anyhow::Result<()> {
    adoption(environment, true).await
}

async fn adoption_after_kill(environment: Environment) -> anyhow::Result<()> {
    adoption(environment, false).await
}

async fn crash_back_off_survives(environment: Environment) -> anyhow::Result<()> {
    let mut node = Node::start(&environment, Options::new(&environment, "back-off")).await?;
    node.write("crash.yaml", &shell("crash", "exit 1"))?;
    node.pod_until("crash", "backs off for 20 s", |pod| {
        let state = first(pod).state.clone().unwrap_or_default();
        state.waiting.is_some_and(|waiting| waiting.message.unwrap_or_default().contains("back-off 20s"))
    })
    .await?;
    restart(&mut node, true).await?;
    let pod = node
        .pod_until("crash", "still backs off", |pod| waiting_reason(pod) == Some("CrashLoopBackOff"))
        .await?;
    let state = first(&pod).state.clone().unwrap_or_default().waiting.unwrap_or_default();
    ensure!(state.message.as_deref().unwrap_or_default().contains("back-off 20s"), "{state:?}");
    assert_eq!(first(&pod).restart_count, 2);
    restart(&mut node, false).await?;
    let pod = node.pod_until("crash", "is restarted", |pod| first(pod).restart_count == 3).await?;
    ensure!(first(&pod).last_state.is_some(), "{pod:?}");
    node.kubelet.terminate().await?;
    Ok(())
}

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

async fn ordered_stop(environment: Environment) -> anyhow::Result<()> {
    let mut node = Node::start(&environment, Options::new(&environment, "stop")).await?;
    five_pods(&node).await?;
    let before = node.runtime.snapshot().await?;
    let (status, took) = node.kubelet.terminate().await?;
    ensure!(status.success(), "{status}");
    ensure!(took < Duration::from_secs(5), "the stop took {took:?}");
    ensure!(!node.kubelet.root_dir().join("kubelet.sock").exists(), "the socket stays behind");
    assert_eq!(node.runtime.snapshot().await?, before, "containers live on");
    Ok(())
}

async fn ordered_stop_while_pods_end(environment: Environment) -> anyhow::Result<()> {
    let before = Footprint::now(&environment.root.join("busy/root"))?;
    let mut node = Node::start(&environment, Options::new(&environment, "busy")).await?;
    let slow = shell("slow-end", "trap '' TERM; while :; do sleep 1; done")
        .replace("terminationGracePeriodSeconds: 1", "terminationGracePeriodSeconds: 20");
    node.write("slow-end.yaml", &slow)?;
    node.running("slow-end").await?;
    node.remove("slow-end.yaml")?;
    node.pod_until("slow-end", "is ending", |pod| pod.metadata.deletion_timestamp.is_some()).await?;
    for number in 0..6 {
        node.write(&format!("starting-{number}.yaml"), &shell(&format!("starting-{number}"), STAY))?;
    }
    let (status, took) = node.kubelet.terminate().await?;
    ensure!(status.success(), "{status}");
    ensure!(took < Duration::from_secs(5), "the stop took {took:?}");
    node.kubelet.spawn()?;
    node.kubelet.ready().await?;
    node.gone("slow-end").await?;
    for number in 0..6 {
        node.running(&format!("starting-{number}")).await?;
        node.remove(&format!("starting-{number}.yaml"))?;
    }
    footprint::nothing_left(&node, &before, Bundles::Gone).await?;
    node.kubelet.terminate().await?;
    Ok(())
}

async fn nothing_is_left(environment: Environment) -> anyhow::Result<()> {
    let before = Footprint::now(&environment.root.join("leaks/root"))?;
    let mut node = Node::start(&environment, Options::new(&environment, "leaks")).await?;
    let names = five_pods(&node).await?;
    let used = Footprint::now(&node.kubelet.root_dir())?.beyond(&before);
    ensure!(
        !used.mounts.is_empty() && !used.cgroups.is_empty() && !used.pod_directories.is_empty(),
        "{used:?}"
    );
    for name in &names {
        node.remove(&format!("{name}.yaml"))?;
    }
    footprint::nothing_left(&node, &before, Bundles::Gone).await?;
    node.kubelet.terminate().await?;
    Ok(())
}
