//! `kubelet ps`, `kubelet describe`, the health port, metrics, and the log's two forms.

use anyhow::{Context, ensure};
use e2e::cases;
use e2e::environment::Environment;
use e2e::kubelet::Options;
use e2e::manifest::{STAY, container, pod, shell};
use e2e::node::{Node, first, get_bytes, ip};
use e2e::suite::Case;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const SHARED: &[Case] = cases![Shared:
    ps,
    describe,
    what_is_wrong_is_said,
    the_socket_is_private,
    healthz,
    metrics,
];

pub(crate) const ALONE: &[Case] = cases![Alone:
    log_as_text,
    log_as_json,
    no_kubelet,
];

fn text(output: &Output) -> anyhow::Result<String> {
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout.clone())?)
}

async fn ps(node: Arc<Node>) -> anyhow::Result<()> {
    node.write("listed.yaml", &shell("listed", STAY))?;
    let pod = node.running("listed").await?;
    let ready =
        |pod: &k8s_openapi::api::core::v1::Pod| e2e::node::statuses(pod).iter().all(|status| status.ready);
    node.pod_until("listed", "is ready", ready).await?;
    let table = text(&node.kubelet.command(&["ps"]).await?)?;
    let mut lines = table.lines();
    let header: Vec<&str> = lines.next().context("no header")?.split_whitespace().collect();
    assert_eq!(header, ["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP"]);
    let row = lines.find(|line| line.contains("listed-node-e2e")).context("no row")?;
    let cells: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(cells[..5], ["default", "listed-node-e2e", "1/1", "Running", "0"]);
    assert_eq!(cells[6], ip(&pod));
    let wide = text(&node.kubelet.command(&["ps", "-o", "wide", "-n", "default"]).await?)?;
    let id = first(&pod).container_id.clone().unwrap_or_default();
    let short: String = id.trim_start_matches("containerd://").chars().take(13).collect();
    ensure!(wide.contains(&short), "{wide}");
    let none = text(&node.kubelet.command(&["ps", "-n", "elsewhere"]).await?)?;
    assert_eq!(none, "No pods in namespace elsewhere on this node.\n");
    let list: Value = serde_json::from_str(&text(&node.kubelet.command(&["ps", "-o", "json"]).await?)?)?;
    assert_eq!((&list["kind"], &list["apiVersion"]), (&Value::from("PodList"), &Value::from("v1")));
    let items = list["items"].as_array().context("no items")?;
    let listed = items.iter().find(|item| item["metadata"]["name"] == "listed-node-e2e");
    assert_eq!(listed.context("not listed")?["status"]["phase"], "Running");
    Ok(())
}

async fn describe(node: Arc<Node>) -> anyhow::Result<()> {
    node.write("described.yaml", &shell("described", STAY))?;
    node.running("described").await?;
    node.event("described", "Started").await?;
    for words in [["describe", "pod", "described"], ["describe", "pods", "described-node-e2e"]] {
        let text = text(&node.kubelet.command(&words).await?)?;
        for part in [
            "Name:             described-node-e2e\n",
            "Node:             node-e2e/",
            "Status:           Running\n",
            "    State:          Running\n",
            "    Command:\n      sh\n      -c\n",
            "QoS Class:",
            "BestEffort",
            "Initialized ",
            "spec.containers{main}: ",
        ] {
            let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            ensure!(squeezed(&text).contains(&squeezed(part)), "no {part:?} in:\n{text}");
        }
    }
    let json = text(&node.kubelet.command(&["describe", "pod/described", "-o", "json"]).await?)?;
    let json: Value = serde_json::from_str(&json)?;
    assert_eq!(json["kind"], "Pod");
    Ok(())
}

async fn what_is_wrong_is_said(node: Arc<Node>) -> anyhow::Result<()> {
    let containers: String = ["one", "two"].map(|name| container(name, STAY)).concat();
    node.write("several.yaml", &pod("several", &format!("  containers:\n{containers}")))?;
    node.running("several").await?;
    for (words, code, message) in [
        (vec!["logs", "several"], 1, "has several containers, name one with -c: one, two"),
        (vec!["logs", "several", "-c", "three"], 1, "container \"three\" is not in pod \"several-node-e2e\""),
        (vec!["describe", "pod", "severa"], 1, "there are: default/several-node-e2e"),
        (vec!["describe", "node", "x"], 1, "pods alone"),
        (vec!["ps", "--nonsense"], 2, "--nonsense"),
    ] {
        let output = node.kubelet.command(&words).await?;
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {error}");
        ensure!(error.contains(message), "{words:?}: {error}");
    }
    Ok(())
}

async fn the_socket_is_private(node: Arc<Node>) -> anyhow::Result<()> {
    let socket = node.kubelet.root_dir().join("kubelet.sock");
    let mode = std::fs::metadata(&socket)?.permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    Ok(())
}

async fn ask(port: u16, path: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

async fn healthz(node: Arc<Node>) -> anyhow::Result<()> {
    let port = node.kubelet.health_port();
    for (path, status, body) in [
        ("/healthz", "200", "ok"),
        ("/healthz/ping", "200", "ok"),
        ("/healthz?verbose", "200", "healthz check passed"),
        ("/metrics", "404", "404 page not found"),
    ] {
        let answer = ask(port, path).await?;
        ensure!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
        ensure!(answer.contains(body), "{path}: {answer}");
    }
    Ok(())
}

async fn metrics(node: Arc<Node>) -> anyhow::Result<()> {
    node.write("measured.yaml", &shell("measured", STAY))?;
    node.running("measured").await?;
    let text = String::from_utf8(get_bytes(&node.kubelet.root_dir(), "/metrics").await?.to_vec())?;
    for name in ["kubelet_runtime_operations_total", "kubelet_runtime_operations_duration_seconds"] {
        ensure!(text.contains(name), "no {name} in:\n{text}");
    }
    Ok(())
}

async fn log_as_text(environment: Environment) -> anyhow::Result<()> {
    let mut node = Node::start(&environment, Options::new(&environment, "text")).await?;
    node.write("text.yaml", &shell("text", STAY))?;
    node.running("text").await?;
    node.kubelet.terminate().await?;
    let log = node.kubelet.log();
    let is_klog = |line: &str| {
        let mut letters = line.chars();
        letters.next().is_some_and(|severity| "IWEF".contains(severity))
            && line.get(1..5).is_some_and(|date| date.bytes().all(|byte| byte.is_ascii_digit()))
            && line.contains("] \"")
    };
    ensure!(log.lines().filter(|line| is_klog(line)).count() * 10 >= log.lines().count() * 9, "{log}");
    ensure!(log.lines().any(|line| line.contains("pod=\"default/text-node-e2e\"")), "no pod=…:\n{log}");
    Ok(())
}

async fn log_as_json(environment: Environment) -> anyhow::Result<()> {
    let options = Options::new(&environment, "json").configured("logging:\n  format: json");
    let mut node = Node::start(&environment, options).await?;
    node.write("json-log.yaml", &shell("json-log", STAY))?;
    node.running("json-log").await?;
    node.kubelet.terminate().await?;
    let log = node.kubelet.log();
    let mut of_the_pod = 0;
    for line in log.lines() {
        let entry: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
        ensure!(entry["ts"].is_number() && entry["msg"].is_string(), "{line}");
        ensure!(entry["caller"].is_string() || entry["caller"].is_null(), "{line}");
        if entry["pod"]["name"] == "json-log-node-e2e" {
            assert_eq!(entry["pod"]["namespace"], "default", "{line}");
            of_the_pod += 1;
        }
    }
    ensure!(of_the_pod > 0, "no line about the pod:\n{log}");
    Ok(())
}

async fn no_kubelet(environment: Environment) -> anyhow::Result<()> {
    let mut node = Node::start(&environment, Options::new(&environment, "none")).await?;
    node.kubelet.terminate().await?;
    let output = node.kubelet.command(&["ps"]).await?;
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(error.contains("is the kubelet running, and with this --root-dir?"), "{error}");
    node.kubelet.spawn()?;
    node.kubelet.ready().await?;
    node.kubelet.kill().await?;
    let output = node.kubelet.command(&["ps"]).await?;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(error.contains("has ended"), "{error}");
    node.kubelet.spawn()?;
    node.kubelet.ready().await?;
    node.kubelet.terminate().await?;
    Ok(())
}
