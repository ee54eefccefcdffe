//! The kubelet ends and comes back: it takes over what runs, and goes on.

use anyhow::ensure;
use e2e::cases;
use e2e::environment::Environment;
use e2e::kubelet::Options;
use e2e::manifest::{STAY, container, pod, shell};
use e2e::node::{Node, first, is_running, phase, statuses, uid, waiting_reason};
use e2e::suite::Case;
use e2e::wait;
use std::time::Duration;

pub(crate) const ALONE: &[Case] = cases![Alone:
    adoption_touches_nothing,
    adoption_after_kill,
    crash_back_off_survives,
];

pub(crate) async fn restart(node: &mut Node, gently: bool) -> anyhow::Result<()> {
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
pub(crate) async fn five_pods(node: &Node) -> anyhow::Result<Vec<String>> {
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
