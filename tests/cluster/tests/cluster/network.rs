//! Names and addresses.

use anyhow::ensure;
use cluster::cases;
use cluster::objects::{STAY, pod, shell, shell_spec};
use cluster::space::Space;
use cluster::suite::Case;
use e2e::node::ip;
use e2e::wait::{self, BOUND};
use k8s_openapi::api::core::v1::Service;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const SHARED: &[Case] = cases![Shared:
    a_service_is_found_by_its_name,
    a_subdomain_gives_a_name,
    host_aliases_and_hosts_file,
    name_resolution_by_policy,
    the_hosts_network,
];

async fn a_service_is_found_by_its_name(space: Space) -> anyhow::Result<()> {
    let mut server = pod(
        "server",
        json!({ "containers": [{ "name": "main", "image": "nginx", "imagePullPolicy": "IfNotPresent" }] }),
    );
    server["metadata"]["labels"] = json!({ "app": "server" });
    space
        .make::<Service>(json!({
            "metadata": { "name": "web" },
            "spec": { "selector": { "app": "server" }, "ports": [{ "port": 8080, "targetPort": 80 }] },
        }))
        .await?;
    space.run(server).await?;
    space.run(shell("client", STAY)).await?;
    let service = space.found::<Service>("web").await?;
    let address = service.spec.and_then(|spec| spec.cluster_ip).unwrap_or_default();
    let name = format!("web.{}.svc.cluster.local", space.namespace);
    space.prints("client", &format!("nslookup {name}"), &address).await?;
    // The wget of a static busybox cannot connect to anything: the page is fetched from the node.
    wait::until("the service answers", BOUND, || async {
        let page = fetch(&format!("{address}:8080")).await.map_err(|error| format!("{error:#}"))?;
        if page.contains("This page comes from a pod") { Ok(()) } else { Err(page) }
    })
    .await
}

async fn fetch(address: &str) -> anyhow::Result<String> {
    let answer = async {
        let mut connection = TcpStream::connect(address).await?;
        connection.write_all(b"GET / HTTP/1.0\r\n\r\n").await?;
        let mut page = String::new();
        connection.read_to_string(&mut page).await?;
        anyhow::Ok(page)
    };
    tokio::time::timeout(Duration::from_secs(5), answer).await?
}

async fn a_subdomain_gives_a_name(space: Space) -> anyhow::Result<()> {
    space
        .make::<Service>(json!({
            "metadata": { "name": "sub" },
            "spec": { "clusterIP": "None", "selector": { "app": "named" }, "ports": [{ "port": 80 }] },
        }))
        .await?;
    let mut spec = shell_spec(STAY);
    spec["hostname"] = json!("host");
    spec["subdomain"] = json!("sub");
    let mut object = pod("named", spec);
    object["metadata"]["labels"] = json!({ "app": "named" });
    let ready = space.run(object).await?;
    let name = format!("host.sub.{}.svc.cluster.local", space.namespace);
    space.prints("named", "cat /etc/hosts", &format!("{}\t{name}\thost", ip(&ready))).await?;
    space.prints("named", "hostname", "host").await?;
    let mut spec = shell_spec(STAY);
    spec["hostname"] = json!("host");
    spec["subdomain"] = json!("sub");
    spec["setHostnameAsFQDN"] = json!(true);
    space.run(pod("full", spec)).await?;
    space.prints("full", "hostname", &name).await?;
    Ok(())
}

async fn host_aliases_and_hosts_file(space: Space) -> anyhow::Result<()> {
    let mut spec = shell_spec(STAY);
    spec["hostAliases"] = json!([{ "ip": "192.0.2.7", "hostnames": ["one.example", "two.example"] }]);
    let ready = space.run(pod("aliases", spec)).await?;
    let hosts = space.exec("aliases", "main", "cat /etc/hosts").await?;
    ensure!(hosts.starts_with("# Kubernetes-managed hosts file.\n"), "{hosts}");
    ensure!(hosts.contains("192.0.2.7\tone.example\ttwo.example"), "{hosts}");
    ensure!(hosts.contains(&format!("{}\taliases", ip(&ready))), "{hosts}");
    Ok(())
}

async fn name_resolution_by_policy(space: Space) -> anyhow::Result<()> {
    let search = format!("search {0}.svc.cluster.local svc.cluster.local cluster.local", space.namespace);
    for (name, policy, config, expected) in [
        (
            "first",
            "ClusterFirst",
            json!({ "options": [{ "name": "ndots", "value": "3" }] }),
            [search.as_str(), "nameserver 10.96.0.10", "options ndots:3"],
        ),
        (
            "none",
            "None",
            json!({ "nameservers": ["192.0.2.53"], "searches": ["example.org"], "options": [{ "name": "edns0" }] }),
            ["search example.org", "nameserver 192.0.2.53", "options edns0"],
        ),
        ("default", "Default", json!({}), ["nameserver 127.0.0.1", "options timeout:1 attempts:1", ""]),
    ] {
        let mut spec = shell_spec(STAY);
        spec["dnsPolicy"] = json!(policy);
        spec["dnsConfig"] = config;
        space.run(pod(name, spec)).await?;
        let told = space.exec(name, "main", "cat /etc/resolv.conf").await?;
        for line in expected.into_iter().filter(|line| !line.is_empty()) {
            ensure!(told.lines().any(|found| is_same_line(found, line)), "{policy}: no {line:?} in {told}");
        }
    }
    Ok(())
}

/// Options have no order; everything else has.
fn is_same_line(found: &str, line: &str) -> bool {
    let words = |line: &str| {
        let mut words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        if words.first().is_some_and(|first| first == "options") {
            words.sort();
        }
        words
    };
    words(found) == words(line)
}

async fn the_hosts_network(space: Space) -> anyhow::Result<()> {
    let mut spec = shell_spec(STAY);
    spec["hostNetwork"] = json!(true);
    let ready = space.run(pod("host", spec)).await?;
    ensure!(ip(&ready) == space.cluster.environment.node_ip, "{:?}", ready.status);
    space.prints("host", "ip addr show dev node0", "10.99.0.2").await?;
    Ok(())
}
