//! The runtime is away, comes back, or is restarted under running pods.

use anyhow::ensure;
use e2e::cases;
use e2e::environment::Environment;
use e2e::kubelet::Options;
use e2e::manifest::{STAY, shell};
use e2e::node::{Node, first, is_running};
use e2e::runtime::Runtime;
use e2e::suite::Case;

pub(crate) const ALONE: &[Case] = cases![Alone:
    runtime_down_at_start,
    runtime_restarted_under_pods,
    died_while_the_runtime_was_away,
];

async fn runtime_down_at_start(environment: Environment) -> anyhow::Result<()> {
    let stopped = Runtime::connect(&environment)?.stop().await?;
    let mut node = Node::spawn(&environment, Options::new(&environment, "early"))?;
    node.write("early.yaml", &shell("early", STAY))?;
    // It says what it waits for, and does not give up.
    node.kubelet.logged(0, &["containerd.sock"]).await?;
    stopped.start().await?;
    node.kubelet.ready().await?;
    node.running("early").await?;
    node.kubelet.terminate().await?;
    Ok(())
}

async fn runtime_restarted_under_pods(environment: Environment) -> anyhow::Result<()> {
    let mut node = Node::start(&environment, Options::new(&environment, "under")).await?;
    for number in 0..4 {
        node.write(&format!("under-{number}.yaml"), &shell(&format!("under-{number}"), STAY))?;
    }
    for number in 0..4 {
        node.running(&format!("under-{number}")).await?;
    }
    let before = node.runtime.snapshot().await?;
    let stopped = node.runtime.stop().await?;
    node.write("meanwhile.yaml", &shell("meanwhile", STAY))?;
    node.remove("under-3.yaml")?;
    let from = node.kubelet.log().len();
    node.pod_until("meanwhile", "is known", |_| true).await?;
    stopped.start().await?;
    node.running("meanwhile").await?;
    node.gone("under-3").await?;
    let after = node.runtime.snapshot().await?;
    for number in 0..3 {
        let pod = node.running(&format!("under-{number}")).await?;
        let id = first(&pod).container_id.clone().unwrap_or_default();
        let id = id.trim_start_matches("containerd://");
        ensure!(before.contains_key(id) && before.get(id) == after.get(id), "under-{number} was touched");
        ensure!(first(&pod).restart_count == 0, "under-{number} was restarted");
    }
    ensure!(!node.kubelet.log()[from..].contains("panicked"), "panicked");
    // Events still come: a crash is noticed at once.
    node.runtime.kill("under-0", "main").await?;
    node.pod_until("under-0", "was restarted", |pod| first(pod).restart_count == 1 && is_running(first(pod)))
        .await?;
    node.kubelet.terminate().await?;
    Ok(())
}

async fn died_while_the_runtime_was_away(environment: Environment) -> anyhow::Result<()> {
    let mut node = Node::start(&environment, Options::new(&environment, "unseen")).await?;
    node.write("unseen.yaml", &shell("unseen", STAY))?;
    node.running("unseen").await?;
    let container = node.runtime.running("unseen", "main").await?;
    let pid = node.runtime.pid(&container.id).await?;
    let stopped = node.runtime.stop().await?;
    let process = rustix::process::Pid::from_raw(pid);
    rustix::process::kill_process(process.expect("a pid"), rustix::process::Signal::KILL)?;
    stopped.start().await?;
    node.pod_until("unseen", "was restarted", |pod| first(pod).restart_count == 1 && is_running(first(pod)))
        .await?;
    node.kubelet.terminate().await?;
    Ok(())
}
