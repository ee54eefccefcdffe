//! Manifests behind a URL.

use anyhow::ensure;
use e2e::cases;
use e2e::environment::Environment;
use e2e::kubelet::Options;
use e2e::manifest::{STAY, shell};
use e2e::node::{Node, first};
use e2e::suite::Case;
use e2e::wait::{self, BOUND};
use e2e::web::Web;
use std::fmt::Write;

pub(crate) const ALONE: &[Case] = cases![Alone:
    pods_from_a_url,
    a_server_that_is_down_ends_no_pod,
    both_sources_at_once,
];

fn options(environment: &Environment, web: &Web) -> Options {
    let lines = format!(
        "staticPodURL: {}\nhttpCheckFrequency: 1s\nstaticPodURLHeader:\n  X-Who: [me]\n  X-Twice: [a, b]",
        web.url()
    );
    Options::new(environment, "url").without_manifests().configured(&lines)
}

/// A PodList in YAML.
fn list(names: &[&str]) -> String {
    let mut text = "apiVersion: v1\nkind: PodList\nitems:\n".to_owned();
    for name in names {
        for (number, line) in shell(name, STAY).lines().enumerate() {
            let start = if number == 0 { "- " } else { "  " };
            let _ = writeln!(text, "{start}{line}");
        }
    }
    text
}

async fn pods_from_a_url(environment: Environment) -> anyhow::Result<()> {
    let web = Web::start(&shell("single", STAY)).await?;
    let mut node = Node::start(&environment, options(&environment, &web)).await?;
    let pod = node.running("single").await?;
    let annotations = pod.metadata.annotations.unwrap();
    assert_eq!(annotations["kubernetes.io/config.source"], "http");
    let request = web.requests().remove(0);
    assert_eq!(request["x-who"], "me");
    let twice: Vec<_> = request.get_all("x-twice").iter().collect();
    assert_eq!(twice, ["a", "b"]);

    // A list takes the place of the single pod.
    web.set(200, &list(&["one", "two"]));
    node.running("one").await?;
    node.running("two").await?;
    node.gone("single").await?;

    // JSON, and one pod fewer; the other is not touched.
    let one = first(&node.running("one").await?).container_id.clone();
    let json = serde_json::json!({
        "apiVersion": "v1", "kind": "PodList",
        "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "three"}, "spec": {
            "terminationGracePeriodSeconds": 1,
            "containers": [{"name": "main", "image": "busybox", "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", STAY]}]}}],
    });
    web.set(200, &list(&["one"]));
    node.gone("two").await?;
    assert_eq!(first(&node.running("one").await?).container_id, one);
    web.set(200, &json.to_string());
    node.running("three").await?;
    node.gone("one").await?;
    node.kubelet.terminate().await?;
    Ok(())
}

async fn a_server_that_is_down_ends_no_pod(environment: Environment) -> anyhow::Result<()> {
    let web = Web::start(&shell("steady", STAY)).await?;
    let address = web.address();
    let mut node = Node::start(&environment, options(&environment, &web)).await?;
    let before = first(&node.running("steady").await?).container_id.clone();
    for (status, body) in [(500, ""), (404, "not here"), (200, ""), (200, "kind: Nonsense"), (200, "{")] {
        web.set(status, body);
        let asked = web.requests().len();
        wait::until("two more requests", BOUND, || async {
            let now = web.requests().len();
            if now >= asked + 2 { Ok(()) } else { Err(now) }
        })
        .await?;
        let after = first(&node.running("steady").await?).container_id.clone();
        ensure!(before == after, "{status} {body:?} touched the pod");
    }
    // Down, and the kubelet restarted meanwhile: the source has not reported, so nothing may end.
    drop(web);
    node.kubelet.terminate().await?;
    node.kubelet.spawn()?;
    node.kubelet.ready().await?;
    let from = node.kubelet.log().len();
    node.kubelet.logged(from, &["/manifests"]).await?;
    node.kubelet.logged(node.kubelet.log().len(), &["/manifests"]).await?;
    let container = node.runtime.running("steady", "main").await?;
    ensure!(before.as_deref() == Some(&*format!("containerd://{}", container.id)), "the pod was touched");

    let web = Web::start_at(address, &shell("steady", STAY)).await?;
    let after = first(&node.running("steady").await?).container_id.clone();
    ensure!(before == after, "the pod was touched");
    web.set(200, "apiVersion: v1\nkind: PodList\nitems: []\n");
    node.gone("steady").await?;
    node.kubelet.terminate().await?;
    Ok(())
}

async fn both_sources_at_once(environment: Environment) -> anyhow::Result<()> {
    let web = Web::start(&shell("from-url", STAY)).await?;
    let mut options = options(&environment, &web);
    options.reads_manifests = true;
    let mut node = Node::start(&environment, options).await?;
    node.write("from-file.yaml", &shell("from-file", STAY))?;
    node.running("from-url").await?;
    node.running("from-file").await?;
    // One source gone silent keeps the other's removals working.
    web.set(500, "");
    node.remove("from-file.yaml")?;
    node.gone("from-file").await?;
    node.running("from-url").await?;
    node.kubelet.terminate().await?;
    Ok(())
}
