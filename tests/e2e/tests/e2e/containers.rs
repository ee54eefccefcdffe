//! What a container finds: environment, files, network.

use anyhow::{Context, ensure};
use e2e::cases;
use e2e::kubelet::NODE_NAME;
use e2e::manifest::{STAY, container, pod, shell};
use e2e::node::{Node, first, ip};
use e2e::suite::Case;
use e2e::wait::{self, BOUND};
use std::fs;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const SHARED: &[Case] = cases![Shared:
    environment_variables,
    names_and_resolver,
    pod_network,
    host_network,
    host_port,
    the_example,
    termination_message,
    command_and_arguments,
    start_that_fails,
];

async fn environment_variables(node: Arc<Node>) -> anyhow::Result<()> {
    let spec = format!(
        "  containers:\n{}    resources: {{limits: {{cpu: 250m, memory: 64Mi}}}}\n    env:\n    \
         - {{name: PLAIN, value: \"a b\"}}\n    - {{name: EXPANDED, value: \"$(PLAIN)-$$(PLAIN)-$(UNKNOWN)\"}}\n    \
         - {{name: EMPTY}}\n    - {{name: POD, valueFrom: {{fieldRef: {{fieldPath: metadata.name}}}}}}\n    \
         - {{name: NS, valueFrom: {{fieldRef: {{fieldPath: metadata.namespace}}}}}}\n    \
         - {{name: NODE, valueFrom: {{fieldRef: {{fieldPath: spec.nodeName}}}}}}\n    \
         - {{name: IP, valueFrom: {{fieldRef: {{fieldPath: status.podIP}}}}}}\n    \
         - {{name: HOST_IP, valueFrom: {{fieldRef: {{fieldPath: status.hostIP}}}}}}\n    \
         - {{name: MEMORY, valueFrom: {{resourceFieldRef: {{resource: limits.memory}}}}}}\n    \
         - {{name: CPU, valueFrom: {{resourceFieldRef: {{resource: limits.cpu, divisor: 1m}}}}}}",
        container("main", "env; echo done; exec sleep 1000")
    );
    node.write("env.yaml", &pod("env", &spec))?;
    let log = node.wrote("env", "main", "done").await?;
    let pod = node.running("env").await?;
    for line in [
        "PLAIN=a b".to_owned(),
        "EXPANDED=a b-$(PLAIN)-$(UNKNOWN)".to_owned(),
        "EMPTY=".to_owned(),
        "POD=env-node-e2e".to_owned(),
        "NS=default".to_owned(),
        format!("NODE={NODE_NAME}"),
        format!("IP={}", ip(&pod)),
        format!("HOST_IP={}", node.environment.node_ip),
        "MEMORY=67108864".to_owned(),
        "CPU=250".to_owned(),
        "HOSTNAME=env-node-e2e".to_owned(),
    ] {
        ensure!(log.lines().any(|found| found == line), "no {line:?} in:\n{log}");
    }
    Ok(())
}

async fn names_and_resolver(node: Arc<Node>) -> anyhow::Result<()> {
    let spec = format!(
        "  hostname: given\n  hostAliases:\n  - {{ip: 10.1.2.3, hostnames: [one.alias, two.alias]}}\n  dnsPolicy: None\n  \
         dnsConfig: {{nameservers: [192.0.2.1], searches: [a.example], options: [{{name: ndots, value: \"3\"}}]}}\n  containers:\n{}",
        container("main", "hostname; cat /etc/hosts /etc/resolv.conf; echo done; exec sleep 1000")
    );
    node.write("names.yaml", &pod("names", &spec))?;
    let log = node.wrote("names", "main", "done").await?;
    let pod = node.running("names").await?;
    for line in [
        "given".to_owned(),
        "# Kubernetes-managed hosts file.".to_owned(),
        "127.0.0.1\tlocalhost".to_owned(),
        format!("{}\tgiven", ip(&pod)),
        "10.1.2.3\tone.alias\ttwo.alias".to_owned(),
        "nameserver 192.0.2.1".to_owned(),
        "search a.example".to_owned(),
        "options ndots:3".to_owned(),
    ] {
        ensure!(log.lines().any(|found| found == line), "no {line:?} in:\n{log}");
    }
    Ok(())
}

/// The first line of an HTTP answer, and its body.
async fn fetch(address: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address).await.with_context(|| address.to_owned())?;
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

async fn fetched(address: &str) -> anyhow::Result<String> {
    wait::until(&format!("{address} answers"), BOUND, || async {
        let answer = fetch(address).await.map_err(|error| format!("{error:#}"))?;
        if answer.starts_with("HTTP/1.1 200") { Ok(answer) } else { Err(answer) }
    })
    .await
}

const NGINX: &str = "  containers:\n  - name: nginx\n    image: nginx\n    imagePullPolicy: IfNotPresent\n";

async fn pod_network(node: Arc<Node>) -> anyhow::Result<()> {
    node.write("network.yaml", &pod("network", NGINX))?;
    let pod = node.running("network").await?;
    let status = pod.status.clone().unwrap();
    ensure!(ip(&pod).starts_with("10.88."), "{}", ip(&pod));
    assert_eq!(status.pod_ips.unwrap_or_default().first().map(|first| first.ip.as_str()), Some(ip(&pod)));
    let page = fetched(&format!("{}:80", ip(&pod))).await?;
    ensure!(page.contains("Welcome to nginx!"), "{page}");
    Ok(())
}

async fn host_network(node: Arc<Node>) -> anyhow::Result<()> {
    let spec = format!(
        "  hostNetwork: true\n  containers:\n{}",
        container("main", "hostname; ip addr show node0; head -1 /etc/hosts; echo done; exec sleep 1000")
    );
    node.write("host-network.yaml", &pod("host-network", &spec))?;
    let log = node.wrote("host-network", "main", "done").await?;
    let pod = node.running("host-network").await?;
    assert_eq!(ip(&pod), node.environment.node_ip);
    ensure!(log.contains(&node.environment.node_ip), "{log}");
    ensure!(log.contains("# Kubernetes-managed hosts file (host network)."), "{log}");
    Ok(())
}

async fn host_port(node: Arc<Node>) -> anyhow::Result<()> {
    let spec = format!("{NGINX}    ports:\n    - {{containerPort: 80, hostPort: 18080}}\n");
    node.write("host-port.yaml", &pod("host-port", &spec))?;
    node.running("host-port").await?;
    fetched(&format!("{}:18080", node.environment.node_ip)).await?;
    node.remove("host-port.yaml")?;
    node.gone("host-port").await?;
    wait::until("the port is free", BOUND, || async {
        match fetch(&format!("{}:18080", node.environment.node_ip)).await {
            Ok(answer) => Err(answer),
            Err(_) => Ok(()),
        }
    })
    .await
}

async fn the_example(node: Arc<Node>) -> anyhow::Result<()> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/nginx.yaml");
    let manifest = fs::read_to_string(manifest).context(manifest)?;
    node.write("nginx.yaml", &manifest)?;
    let name = "nginx";
    let pod = node.running(name).await?;
    fetched(&format!("{}:80", ip(&pod))).await?;
    let names: Vec<&str> = e2e::node::statuses(&pod).iter().map(|status| status.name.as_str()).collect();
    assert_eq!(names, ["log-truncator", "nginx"]);
    Ok(())
}

async fn termination_message(node: Arc<Node>) -> anyhow::Result<()> {
    let script = "echo from the file > /dev/termination-log; exit 4";
    node.write(
        "message.yaml",
        &shell("message", script).replace("spec:\n", "spec:\n  restartPolicy: Never\n"),
    )?;
    let spec = format!(
        "  restartPolicy: Never\n  containers:\n{}    terminationMessagePolicy: FallbackToLogsOnError\n",
        container("main", "echo from the log; exit 5")
    );
    node.write("message-log.yaml", &pod("message-log", &spec))?;
    for (name, code, text) in [("message", 4, "from the file\n"), ("message-log", 5, "from the log\n")] {
        let pod = node.pod_until(name, "failed", |pod| e2e::node::phase(pod) == "Failed").await?;
        let ended = first(&pod).state.clone().unwrap_or_default().terminated.context("not terminated")?;
        assert_eq!((ended.exit_code, ended.message.as_deref()), (code, Some(text)), "{name}");
    }
    Ok(())
}

async fn command_and_arguments(node: Arc<Node>) -> anyhow::Result<()> {
    let spec = "  containers:\n  - name: main\n    image: busybox\n    imagePullPolicy: IfNotPresent\n    workingDir: /tmp\n    \
                command: [sh, -c]\n    args: ['pwd; id -u; echo \"$(WORD)\"; echo done; exec sleep 1000']\n    \
                env: [{name: WORD, value: expanded}]\n    securityContext: {runAsUser: 1234}";
    node.write("command.yaml", &pod("command", spec))?;
    let log = node.wrote("command", "main", "done").await?;
    assert_eq!(log, "/tmp\n1234\nexpanded\ndone\n");
    node.write("after-command.yaml", &shell("after-command", STAY))?;
    Ok(())
}

async fn start_that_fails(node: Arc<Node>) -> anyhow::Result<()> {
    let spec = "  containers:\n  - name: main\n    image: busybox\n    imagePullPolicy: IfNotPresent\n    command: [/no/such/program]";
    node.write("no-program.yaml", &pod("no-program", spec))?;
    let event = node.event("no-program", "Failed: Error: ").await?;
    ensure!(event.contains("/no/such/program"), "{event}");
    let pod = node
        .pod_until("no-program", "says why", |pod| {
            let state = first(pod).state.clone().unwrap_or_default();
            let last = first(pod).last_state.clone().unwrap_or_default();
            let ended = state.terminated.or(last.terminated);
            ended.is_some_and(|ended| ended.reason.as_deref() == Some("StartError") && ended.exit_code == 128)
        })
        .await?;
    ensure!(e2e::node::statuses(&pod).len() == 1, "one container");
    Ok(())
}
