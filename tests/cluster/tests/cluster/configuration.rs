//! ConfigMaps, Secrets and the pod's own fields, as files and as environment.

use anyhow::ensure;
use cluster::cases;
use cluster::objects::{STAY, pod, shell_spec, with_volume};
use cluster::space::Space;
use cluster::suite::Case;
use e2e::node::waiting_reason;
use k8s_openapi::api::core::v1::{ConfigMap, Pod, Secret};
use serde_json::{Value, json};

pub(crate) const SHARED: &[Case] = cases![Shared:
    config_map_files_follow_the_object,
    secret_files_follow_the_object,
    items_and_modes,
    a_missing_secret_appears_later,
    a_missing_variable_appears_later,
    what_is_optional_may_be_missing,
    variables_from_objects,
    the_pods_own_fields,
    files_of_the_pods_fields_follow,
    everything_in_one_directory,
];

fn config_map(name: &str, data: Value) -> Value {
    json!({ "metadata": { "name": name }, "data": data })
}

fn secret(name: &str, data: Value) -> Value {
    json!({ "metadata": { "name": name }, "stringData": data })
}

async fn config_map_files_follow_the_object(space: Space) -> anyhow::Result<()> {
    space.make::<ConfigMap>(config_map("settings", json!({ "color": "red", "old": "x" }))).await?;
    space.run(with_volume("reader", json!({ "configMap": { "name": "settings" } }))).await?;
    space.prints("reader", "cat /volume/color", "red").await?;
    let change = json!({ "data": { "color": "blue", "old": null, "new": "y" } });
    space.change::<ConfigMap>("settings", change).await?;
    space.prints("reader", "cat /volume/color", "blue").await?;
    // All at once: the directory is replaced as a whole.
    let files = space.exec("reader", "main", "ls /volume").await?;
    ensure!(files.split_whitespace().eq(["color", "new"]), "{files}");
    Ok(())
}

async fn secret_files_follow_the_object(space: Space) -> anyhow::Result<()> {
    space.make::<Secret>(secret("password", json!({ "password": "one" }))).await?;
    space.run(with_volume("reader", json!({ "secret": { "secretName": "password" } }))).await?;
    space.prints("reader", "cat /volume/password", "one").await?;
    space.prints("reader", "grep /volume /proc/mounts", "tmpfs").await?;
    space.change::<Secret>("password", json!({ "stringData": { "password": "two" } })).await?;
    space.prints("reader", "cat /volume/password", "two").await?;
    Ok(())
}

async fn items_and_modes(space: Space) -> anyhow::Result<()> {
    space.make::<ConfigMap>(config_map("many", json!({ "a": "1", "b": "2", "c": "3" }))).await?;
    let volume = json!({ "configMap": {
        "name": "many", "defaultMode": 0o440,
        "items": [{ "key": "a", "path": "deep/a" }, { "key": "b", "path": "b", "mode": 0o400 }],
    } });
    space.run(with_volume("reader", volume)).await?;
    let told = space.exec("reader", "main", "cd /volume; stat -L -c '%n %a' deep/a b; ls").await?;
    let words: Vec<&str> = told.split_whitespace().collect();
    ensure!(words == ["deep/a", "440", "b", "400", "b", "deep"], "{told}");
    Ok(())
}

async fn a_missing_secret_appears_later(space: Space) -> anyhow::Result<()> {
    space.make::<Pod>(with_volume("waiter", json!({ "secret": { "secretName": "late" } }))).await?;
    space.event("waiter", "FailedMount: MountVolume.SetUp failed for volume \"volume\"").await?;
    space.make::<Secret>(secret("late", json!({ "key": "here" }))).await?;
    space.ready("waiter").await?;
    space.prints("waiter", "cat /volume/key", "here").await?;
    Ok(())
}

async fn a_missing_variable_appears_later(space: Space) -> anyhow::Result<()> {
    let mut spec = shell_spec(STAY);
    spec["containers"][0]["env"] =
        json!([{ "name": "LATE", "valueFrom": { "configMapKeyRef": { "name": "late", "key": "key" } } }]);
    space.make::<Pod>(pod("waiter", spec)).await?;
    space
        .until::<Pod>("waiter", "says why it waits", |pod| {
            waiting_reason(pod) == Some("CreateContainerConfigError")
        })
        .await?;
    space.event("waiter", "Failed: Error: configmap \"late\" not found").await?;
    space.make::<ConfigMap>(config_map("late", json!({ "key": "here" }))).await?;
    space.ready("waiter").await?;
    space.prints("waiter", "echo $LATE", "here").await?;
    Ok(())
}

async fn what_is_optional_may_be_missing(space: Space) -> anyhow::Result<()> {
    let volume = json!({ "configMap": { "name": "nowhere", "optional": true } });
    let mut object = with_volume("optional", volume);
    object["spec"]["containers"][0]["env"] = json!([{
        "name": "NOTHING",
        "valueFrom": { "secretKeyRef": { "name": "nowhere", "key": "key", "optional": true } },
    }]);
    object["spec"]["containers"][0]["envFrom"] =
        json!([{ "secretRef": { "name": "nowhere", "optional": true } }]);
    space.run(object).await?;
    let told = space.exec("optional", "main", "ls /volume; echo \"[${NOTHING-unset}]\"").await?;
    ensure!(told.trim() == "[unset]", "{told}");
    space.make::<ConfigMap>(config_map("nowhere", json!({ "key": "here" }))).await?;
    space.prints("optional", "cat /volume/key", "here").await?;
    Ok(())
}

async fn variables_from_objects(space: Space) -> anyhow::Result<()> {
    space.make::<ConfigMap>(config_map("settings", json!({ "color": "red", "size": "9" }))).await?;
    space.make::<Secret>(secret("password", json!({ "password": "one" }))).await?;
    let mut spec = shell_spec(STAY);
    spec["containers"][0]["envFrom"] = json!([
        { "configMapRef": { "name": "settings" } },
        { "prefix": "P_", "secretRef": { "name": "password" } },
    ]);
    spec["containers"][0]["env"] = json!([
        { "name": "COLOR", "valueFrom": { "configMapKeyRef": { "name": "settings", "key": "color" } } },
        { "name": "BOTH", "value": "$(COLOR)-$(P_password)-$$(COLOR)-$(NOBODY)" },
    ]);
    space.run(pod("variables", spec)).await?;
    let told = space.exec("variables", "main", "echo $color $size $P_password \"$BOTH\"").await?;
    ensure!(told.trim() == "red 9 one red-one-$(COLOR)-$(NOBODY)", "{told}");
    let services = space.exec("variables", "main", "echo $KUBERNETES_SERVICE_HOST").await?;
    ensure!(services.trim() == "10.96.0.1", "{services}");
    Ok(())
}

async fn the_pods_own_fields(space: Space) -> anyhow::Result<()> {
    let mut spec = shell_spec(STAY);
    let field =
        |name: &str, path: &str| json!({ "name": name, "valueFrom": { "fieldRef": { "fieldPath": path } } });
    spec["containers"][0]["resources"] =
        json!({ "limits": { "memory": "64Mi" }, "requests": { "cpu": "50m" } });
    spec["containers"][0]["env"] = json!([
        field("NAME", "metadata.name"), field("NAMESPACE", "metadata.namespace"), field("UID_", "metadata.uid"),
        field("NODE", "spec.nodeName"), field("ACCOUNT", "spec.serviceAccountName"), field("IP", "status.podIP"),
        field("HOST", "status.hostIP"), field("LABEL", "metadata.labels['tier']"),
        { "name": "MEMORY", "valueFrom": { "resourceFieldRef": { "resource": "limits.memory" } } },
        { "name": "CPU", "valueFrom": { "resourceFieldRef": { "resource": "requests.cpu", "divisor": "1m" } } },
    ]);
    let mut object = pod("fields", spec);
    object["metadata"]["labels"] = json!({ "tier": "back" });
    let ready = space.run(object).await?;
    let told = space
        .exec("fields", "main", "echo $NAME $NAMESPACE $UID_ $NODE $ACCOUNT $IP $HOST $LABEL $MEMORY $CPU")
        .await?;
    let expected = [
        "fields",
        &space.namespace,
        e2e::node::uid(&ready),
        cluster::cluster::NODE_NAME,
        "default",
        e2e::node::ip(&ready),
        &space.cluster.environment.node_ip,
        "back",
        "67108864",
        "50",
    ];
    ensure!(told.split_whitespace().eq(expected), "{told}; expected {expected:?}");
    Ok(())
}

async fn files_of_the_pods_fields_follow(space: Space) -> anyhow::Result<()> {
    let volume = json!({ "downwardAPI": { "items": [
        { "path": "labels", "fieldRef": { "fieldPath": "metadata.labels" } },
        { "path": "note", "fieldRef": { "fieldPath": "metadata.annotations['note']" } },
    ] } });
    let mut object = with_volume("labelled", volume);
    object["metadata"]["labels"] = json!({ "tier": "back" });
    object["metadata"]["annotations"] = json!({ "note": "first" });
    space.run(object).await?;
    space.prints("labelled", "cat /volume/labels /volume/note", "tier=\"back\"").await?;
    let change =
        json!({ "metadata": { "labels": { "tier": "front" }, "annotations": { "note": "second" } } });
    space.change::<Pod>("labelled", change).await?;
    space.prints("labelled", "cat /volume/labels", "tier=\"front\"").await?;
    space.prints("labelled", "cat /volume/note", "second").await?;
    Ok(())
}

async fn everything_in_one_directory(space: Space) -> anyhow::Result<()> {
    space.make::<ConfigMap>(config_map("settings", json!({ "color": "red" }))).await?;
    space.make::<Secret>(secret("password", json!({ "password": "one" }))).await?;
    let volume = json!({ "projected": { "defaultMode": 0o400, "sources": [
        { "configMap": { "name": "settings" } },
        { "secret": { "name": "password", "items": [{ "key": "password", "path": "p/word" }] } },
        { "downwardAPI": { "items": [{ "path": "name", "fieldRef": { "fieldPath": "metadata.name" } }] } },
        { "serviceAccountToken": { "path": "token" } },
    ] } });
    space.run(with_volume("all", volume)).await?;
    let told =
        space.exec("all", "main", "cd /volume; cat color p/word name; ls; stat -L -c %a token").await?;
    ensure!(told.contains("redoneall"), "{told}");
    ensure!(told.trim().ends_with("400"), "{told}");
    Ok(())
}
