//! Where logs are, and `kubelet logs`.

use anyhow::{Context, ensure};
use e2e::cases;
use e2e::manifest::{container, pod, shell};
use e2e::node::{Node, uid};
use e2e::suite::Case;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, BufReader};

pub(crate) const SHARED: &[Case] = cases![Shared:
    paths,
    selection,
    previous_instance,
    following,
    following_ends_with_the_container,
];

async fn paths(node: Arc<Node>) -> anyhow::Result<()> {
    node.write("log-paths.yaml", &shell("log-paths", "echo hello; echo error >&2; exec sleep 1000"))?;
    node.wrote("log-paths", "main", "error").await?;
    let running = node.running("log-paths").await?;
    let directory = PathBuf::from(format!("/var/log/pods/default_log-paths-node-e2e_{}/main", uid(&running)));
    let log = fs::read_to_string(directory.join("0.log"))?;
    ensure!(log.contains(" stdout F hello\n") && log.contains(" stderr F error\n"), "{log}");
    let id = node.runtime.running("log-paths", "main").await?.id;
    let link = format!("/var/log/containers/log-paths-node-e2e_default_main-{id}.log");
    assert_eq!(fs::read_link(&link).context(link)?, directory.join("0.log"));
    node.runtime.kill("log-paths", "main").await?;
    e2e::wait::until("the second instance's log", e2e::wait::BOUND, || async {
        fs::read_to_string(directory.join("1.log")).map_err(|error| error.to_string())
    })
    .await?;
    Ok(())
}

async fn logs(node: &Node, words: &[&str]) -> anyhow::Result<String> {
    let output = node.kubelet.command(words).await?;
    ensure!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

async fn selection(node: Arc<Node>) -> anyhow::Result<()> {
    let script = "for i in 1 2 3 4 5; do echo line $i; done; printf '%050000d\\n' 7; exec sleep 1000";
    node.write("select.yaml", &shell("select", script))?;
    node.wrote("select", "main", "0007").await?;
    let all = logs(&node, &["logs", "select"]).await?;
    let long = format!("{:050000}\n", 7);
    assert_eq!(all, format!("line 1\nline 2\nline 3\nline 4\nline 5\n{long}"));
    // A line that the runtime wrote in pieces is one line.
    assert_eq!(logs(&node, &["logs", "--tail", "2", "select"]).await?, format!("line 5\n{long}"));
    assert_eq!(logs(&node, &["logs", "--limit-bytes", "10", "select-node-e2e"]).await?, "line 1\nlin");
    assert_eq!(logs(&node, &["logs", "--since", "1h", "--tail", "-1", "pod/select"]).await?, all);
    let stamped = logs(&node, &["logs", "--timestamps", "--limit-bytes", "300", "select"]).await?;
    let (time, text) = stamped.lines().next().and_then(|line| line.split_once(' ')).context("no time")?;
    time.parse::<jiff::Timestamp>()?;
    assert_eq!(text, "line 1");
    Ok(())
}

async fn previous_instance(node: Arc<Node>) -> anyhow::Result<()> {
    let spec = format!(
        "  containers:\n{}    volumeMounts: [{{name: v, mountPath: /v}}]\n  volumes: [{{name: v, emptyDir: {{}}}}]",
        container("main", "echo x >> /v/runs; echo run $(wc -l < /v/runs); exec sleep 1000")
    );
    node.write("previous.yaml", &pod("previous", &spec))?;
    node.wrote("previous", "main", "run 1").await?;
    let output = node.kubelet.command(&["logs", "--previous", "previous"]).await?;
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(error.contains("previous terminated container \"main\""), "{error}");
    node.runtime.kill("previous", "main").await?;
    node.wrote("previous", "main", "run 2").await?;
    assert_eq!(logs(&node, &["logs", "--previous", "previous"]).await?, "run 1\n");
    assert_eq!(logs(&node, &["logs", "previous"]).await?, "run 2\n");
    Ok(())
}

async fn following(node: Arc<Node>) -> anyhow::Result<()> {
    node.write(
        "follow.yaml",
        &shell("follow", "i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.2; done"),
    )?;
    node.wrote("follow", "main", "tick 1").await?;
    let mut child = node.kubelet.prepare(&["logs", "-f", "follow"]).stdout(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
    let read = async {
        for number in 1..=15 {
            assert_eq!(lines.next_line().await?, Some(format!("tick {number}")));
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(e2e::wait::BOUND, read).await.context("ticks do not come")??;
    child.kill().await?;
    Ok(())
}

async fn following_ends_with_the_container(node: Arc<Node>) -> anyhow::Result<()> {
    let script = "trap 'echo last words; exit 0' TERM; echo up; while :; do sleep 1 & wait; done";
    node.write("follow-end.yaml", &shell("follow-end", script))?;
    node.wrote("follow-end", "main", "up").await?;
    let child = node.kubelet.prepare(&["logs", "-f", "follow-end"]).stdout(Stdio::piped()).spawn()?;
    node.remove("follow-end.yaml")?;
    let output = tokio::time::timeout(e2e::wait::BOUND, child.wait_with_output()).await;
    let output = output.context("logs -f does not end")??;
    ensure!(output.status.success(), "{:?}", output.status);
    assert_eq!(String::from_utf8(output.stdout)?, "up\nlast words\n");
    node.gone("follow-end").await
}
