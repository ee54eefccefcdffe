//! What the node authorizer and NodeRestriction allow to the kubelet's own identity, and that a node needs no more.

use anyhow::{Context, ensure};
use cluster::cases;
use cluster::cluster::{KUBELET_KUBECONFIG, NODE_NAME, client};
use cluster::objects::{STAY, shell, with_volume};
use cluster::space::Space;
use cluster::suite::Case;
use k8s_openapi::api::core::v1::{ConfigMap, Node, Pod, Secret};
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use serde_json::json;

pub(crate) const SHARED: &[Case] = cases![Shared: a_node_sees_what_its_pods_need, a_node_is_no_administrator];

fn forbidden<T>(what: &str, answer: Result<T, kube::Error>) -> anyhow::Result<()> {
    match answer {
        Err(kube::Error::Api(status)) if status.code == 403 => Ok(()),
        Err(error) => Err(error).with_context(|| format!("{what}: refused for another reason")),
        Ok(_) => anyhow::bail!("{what}: allowed"),
    }
}

async fn a_node_sees_what_its_pods_need(space: Space) -> anyhow::Result<()> {
    for name in ["used", "unused"] {
        let secret = json!({ "metadata": { "name": name }, "stringData": { "key": "value" } });
        space.make::<Secret>(secret).await?;
    }
    space.run(with_volume("user", json!({ "secret": { "secretName": "used" } }))).await?;
    let node = client(KUBELET_KUBECONFIG).await?;
    let secrets = Api::<Secret>::namespaced(node.clone(), &space.namespace);
    secrets.get("used").await.context("a secret that a pod uses")?;
    forbidden("a secret that no pod uses", secrets.get("unused").await)?;
    forbidden("all secrets of a namespace", secrets.list(&ListParams::default()).await)?;
    let everywhere = Api::<Secret>::all(node.clone());
    forbidden("all secrets", everywhere.list(&ListParams::default()).await)?;
    let maps = Api::<ConfigMap>::namespaced(node, "kube-system");
    forbidden("a config map that no pod uses", maps.get("extension-apiserver-authentication").await)?;
    Ok(())
}

async fn a_node_is_no_administrator(space: Space) -> anyhow::Result<()> {
    let node = client(KUBELET_KUBECONFIG).await?;
    let nodes = Api::<Node>::all(node.clone());
    let label = json!({ "metadata": { "labels": { "node-restriction.kubernetes.io/team": "red" } } });
    forbidden(
        "a restricted label",
        nodes.patch(NODE_NAME, &PatchParams::default(), &Patch::Merge(&label)).await,
    )?;
    let other = serde_json::from_value(json!({ "metadata": { "name": "node-2" } }))?;
    forbidden("another node", nodes.create(&PostParams::default(), &other).await)?;
    let pods = Api::<Pod>::namespaced(node, &space.namespace);
    let mut ordinary = shell("ordinary", STAY);
    ordinary["spec"]["nodeName"] = json!(NODE_NAME);
    let ordinary = serde_json::from_value(ordinary)?;
    forbidden("a pod that mirrors none", pods.create(&PostParams::default(), &ordinary).await)?;
    let own = space.cluster.node().await?;
    ensure!(own.metadata.name.as_deref() == Some(NODE_NAME), "{:?}", own.metadata);
    Ok(())
}
