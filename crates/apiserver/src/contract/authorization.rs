//! What a node may read.

use serde_json::json;

use super::peer::refused;
use super::setting::{pod, uid, version};
use super::{Outcome, Setting, ensure};

pub(super) async fn node_reads_what_its_pods_refer_to(setting: &Setting) -> Outcome {
    for (plural, kind) in [("secrets", "Secret"), ("configmaps", "ConfigMap")] {
        for name in ["mine", "theirs"] {
            let object = json!({ "apiVersion": "v1", "kind": kind, "metadata": { "name": name } });
            setting.admin.create(&setting.path(plural, ""), &object).await?;
        }
        let read = setting.node.get(&setting.path(plural, "mine")).await;
        refused(plural, read, 403, "Forbidden")?;
        let mut wanted = pod(&format!("reads-{plural}"));
        wanted["spec"]["nodeName"] = json!(setting.node_name);
        wanted["spec"]["volumes"] = match plural {
            "secrets" => json!([{ "name": "v", "secret": { "secretName": "mine" } }]),
            _ => json!([{ "name": "v", "configMap": { "name": "mine" } }]),
        };
        setting.admin.create(&setting.path("pods", ""), &wanted).await?;
        let path = setting.path(plural, "mine");
        setting.eventually(plural, || setting.node.get(&path)).await?;
        let one = format!("{}?fieldSelector=metadata.name%3Dmine", setting.path(plural, ""));
        setting.node.get(&one).await?;
        let theirs = setting.node.get(&setting.path(plural, "theirs")).await;
        refused(plural, theirs, 403, "Forbidden")?;
        refused(plural, setting.node.get(&setting.path(plural, "")).await, 403, "Forbidden")?;
        let write = setting.node.patch(&path, &json!({ "metadata": { "labels": { "a": "b" } } })).await;
        refused(plural, write, 403, "Forbidden")?;
    }
    Ok(())
}

pub(super) async fn node_lists_its_own_pods_alone(setting: &Setting) -> Outcome {
    let own = format!("/api/v1/pods?fieldSelector=spec.nodeName%3D{}", setting.node_name);
    setting.node.get(&own).await?;
    refused("all", setting.node.get("/api/v1/pods").await, 403, "Forbidden")?;
    let other = setting.node.get("/api/v1/pods?fieldSelector=spec.nodeName%3Dother").await;
    refused("another's", other, 403, "Forbidden")
}

pub(super) async fn node_reads_itself_alone(setting: &Setting) -> Outcome {
    setting.node.get(&format!("/api/v1/nodes/{}", setting.node_name)).await?;
    let one = format!("/api/v1/nodes?fieldSelector=metadata.name%3D{}", setting.node_name);
    setting.node.get(&one).await?;
    refused("all", setting.node.get("/api/v1/nodes").await, 403, "Forbidden")?;
    refused("another", setting.node.get("/api/v1/nodes/other").await, 403, "Forbidden")
}

pub(super) async fn node_keeps_one_lease(setting: &Setting) -> Outcome {
    let leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
    let lease = |name: &str| {
        json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": { "name": name },
            "spec": { "holderIdentity": name, "leaseDurationSeconds": 40 },
        })
    };
    refused("another's", setting.node.create(leases, &lease("other")).await, 403, "Forbidden")?;
    let mut own = setting.node.create(leases, &lease(&setting.node_name)).await?;
    let first = version(&own).to_owned();
    let path = format!("{leases}/{}", setting.node_name);
    own["spec"]["renewTime"] = json!("2026-01-01T00:00:00.000000Z");
    let renewed = setting.node.replace(&path, &own).await?;
    ensure!(version(&renewed) != first, "not renewed: {renewed}");
    own["spec"]["renewTime"] = json!("2026-01-01T00:00:10.000000Z");
    refused("old version", setting.node.replace(&path, &own).await, 409, "Conflict")?;
    refused("all", setting.node.get(leases).await, 403, "Forbidden")?;
    setting.admin.delete(&path, &json!({})).await?;
    Ok(())
}

pub(super) async fn node_gets_tokens_of_its_pods(setting: &Setting) -> Outcome {
    let account = json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "worker" } });
    setting.admin.create(&setting.path("serviceaccounts", ""), &account).await?;
    let path = format!("{}/token", setting.path("serviceaccounts", "worker"));
    let request = |pod: Option<(&str, &str)>| {
        let mut request = json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": { "audiences": [], "expirationSeconds": 3600 },
        });
        if let Some((name, uid)) = pod {
            request["spec"]["boundObjectRef"] =
                json!({ "apiVersion": "v1", "kind": "Pod", "name": name, "uid": uid });
        }
        request
    };
    refused("no pod", setting.node.create(&path, &request(None)).await, 403, "Forbidden")?;
    let mut wanted = pod("worker");
    wanted["spec"]["nodeName"] = json!(setting.node_name);
    wanted["spec"]["serviceAccountName"] = json!("worker");
    let source = json!({ "serviceAccountToken": { "path": "token", "expirationSeconds": 3600 } });
    wanted["spec"]["volumes"] = json!([{ "name": "token", "projected": { "sources": [source] } }]);
    let created = setting.admin.create(&setting.path("pods", ""), &wanted).await?;
    let good = request(Some(("worker", uid(&created))));
    let token = setting.eventually("a token", || setting.node.create(&path, &good)).await?;
    ensure!(token["status"]["token"].as_str().is_some_and(|token| !token.is_empty()), "{token}");
    ensure!(token["status"]["expirationTimestamp"].is_string(), "{token}");
    let mut elsewhere = good.clone();
    elsewhere["spec"]["audiences"] = json!(["elsewhere"]);
    refused("other audience", setting.node.create(&path, &elsewhere).await, 403, "Forbidden")?;
    let other = request(Some(("worker", "somebody-else")));
    refused("another's", setting.node.create(&path, &other).await, 403, "Forbidden")?;
    refused("unbound", setting.node.create(&path, &request(None)).await, 403, "Forbidden")
}
