//! What is in volumes of the API's objects.

use apiserver::fake::{Fault, Script, Stage, Verb};
use k8s_openapi::serde_json::{Value, json};

use super::cluster::{Cluster, set_up};

fn cluster() -> Cluster {
    let cluster = Cluster::new();
    cluster.config_map("cm", json!({"data": {"a": "1", "b": "2"}, "binaryData": {"blob": "AP8="}}));
    cluster.secret("s", json!({"data": {"pass": "cHc=", "a": "c2VjcmV0"}}));
    cluster
}

/// The files of a volume of a pod with these fields, as content and mode; or the event.
async fn check_of(volume: Value, spec: Value, expected: Result<&[(&str, &str, u32)], &str>) {
    let cluster = cluster();
    let kind = match volume.as_object().and_then(|fields| fields.keys().next()).map(String::as_str) {
        Some("configMap") => "configmap",
        Some("downwardAPI") => "downward-api",
        Some(other) => other,
        None => panic!("a volume has a kind"),
    };
    let (_, result) = set_up(&cluster.volumes(), &cluster.pod(&volume, &spec)).await;
    match (result.failed.first(), expected) {
        (None, Ok(expected)) => {
            let files = cluster.files(kind).await;
            let files: Vec<_> =
                files.iter().map(|(path, content, mode)| (path.as_str(), content.as_str(), *mode)).collect();
            assert_eq!(files, expected, "{volume}");
            assert!(result.mounted["v"].read_only, "{volume}");
            assert_eq!(cluster.host.mounts().len(), usize::from(kind != "configmap"), "{volume}");
        }
        (Some(error), Err(expected)) => {
            let message = error.event_message();
            let start = "MountVolume.SetUp failed for volume \"v\" : ";
            assert_eq!(message.strip_prefix(start), Some(expected), "{volume}");
        }
        (found, _) => panic!("{volume}: {found:?}"),
    }
}

async fn check(volume: Value, expected: Result<&[(&str, &str, u32)], &str>) {
    check_of(volume, json!({}), expected).await;
}

#[tokio::test(start_paused = true)]
async fn objects() {
    check(
        json!({"configMap": {"name": "cm", "defaultMode": 0o440}}),
        Ok(&[("a", "1", 0o440), ("b", "2", 0o440), ("blob", r"\x00\xff", 0o440)]),
    )
    .await;
    let items = json!([{"key": "a", "path": "deep//a", "mode": 0o400}, {"key": "blob", "path": "blob"}]);
    check(
        json!({"configMap": {"name": "cm", "items": items}}),
        Ok(&[("blob", r"\x00\xff", 0o644), ("deep/a", "1", 0o400)]),
    )
    .await;
    check(
        json!({"secret": {"secretName": "s", "items": [{"key": "pass", "path": "p"}]}}),
        Ok(&[("p", "pw", 0o644)]),
    )
    .await;
    let group = json!({"securityContext": {"fsGroup": 2000}});
    check_of(
        json!({"secret": {"secretName": "s", "defaultMode": 0o400}}),
        group,
        Ok(&[("a", "secret", 0o440), ("pass", "pw", 0o440)]),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there() {
    check(json!({"secret": {"secretName": "no"}}), Err("secret \"no\" not found")).await;
    check(json!({"configMap": {"name": "no"}}), Err("configmap \"no\" not found")).await;
    check(json!({"configMap": {"name": "no", "optional": true}}), Ok(&[])).await;
    let items = json!([{"key": "no", "path": "x"}]);
    check(
        json!({"secret": {"secretName": "s", "items": items}}),
        Err("references non-existent secret key: no"),
    )
    .await;
    check(
        json!({"configMap": {"name": "cm", "items": items}}),
        Err("configmap references non-existent config key: no"),
    )
    .await;
    check(json!({"configMap": {"name": "cm", "items": items, "optional": true}}), Ok(&[])).await;
    let leaving = json!([{"key": "a", "path": "../x"}]);
    check(
        json!({"configMap": {"name": "cm", "items": leaving}}),
        Err("invalid path: must be relative, and contain or start with no '..': ../x"),
    )
    .await;
}

/// A kubelet that has an API server does not say that it has none.
#[tokio::test(start_paused = true)]
async fn kinds_that_are_not_done_yet() {
    for (kind, volume) in [
        ("persistentVolumeClaim", json!({"persistentVolumeClaim": {"claimName": "c"}})),
        ("ephemeral", json!({"ephemeral": {"volumeClaimTemplate": {"spec": {}}}})),
        ("csi", json!({"csi": {"driver": "d"}})),
    ] {
        check(volume, Err(&format!("volumes of kind {kind} are not supported by this kubelet"))).await;
    }
}

/// People learn what the pod waits for, and from whom.
#[tokio::test(start_paused = true)]
async fn a_server_that_is_away_is_named() {
    let cluster = Cluster::new();
    let faults = Script::new().next(Stage::Before, Verb::Get, "secrets", u32::MAX, Fault::broken());
    cluster.server.set_faults(faults);
    let pod = cluster.pod(&json!({"secret": {"secretName": "s"}}), &json!({}));
    let (_, result) = set_up(&cluster.volumes(), &pod).await;
    let message = result.failed.first().map(|error| error.event_message()).unwrap_or_default();
    let start =
        "MountVolume.SetUp failed for volume \"v\" : get secrets ns/s: no answer from the API server: ";
    assert!(message.starts_with(start), "{message}");
}

#[tokio::test(start_paused = true)]
async fn several_sources() {
    let label =
        json!([{"path": "app", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.labels['app']"}}]);
    let sources = json!([
        {"configMap": {"name": "cm", "items": [{"key": "a", "path": "a"}]}},
        {"secret": {"name": "s"}},
        {"downwardAPI": {"items": label}},
        {"secret": {"name": "no", "optional": true}},
    ]);
    // Of two files with one path the later one counts.
    check(
        json!({"projected": {"sources": sources}}),
        Ok(&[("a", "secret", 0o644), ("app", "web", 0o644), ("pass", "pw", 0o644)]),
    )
    .await;
    let missing = json!([{"configMap": {"name": "no"}}, {"secret": {"name": "no"}}]);
    check(
        json!({"projected": {"sources": missing}}),
        Err("[configmap \"no\" not found, secret \"no\" not found]"),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn tokens_are_as_private_as_can_be() {
    let token = json!({"projected": {"defaultMode": 0o644, "sources": [
        {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}}
    ]}});
    for (context, expected) in [
        (json!({}), (0o644, 0)),
        (json!({"runAsUser": 1000}), (0o600, 1000)),
        (json!({"fsGroup": 2000}), (0o640, 0)),
    ] {
        let cluster = cluster();
        let pod = cluster.pod(&token, &json!({"securityContext": context}));
        let (_, result) = set_up(&cluster.volumes(), &pod).await;
        assert!(result.failed.is_empty(), "{:?}", result.failed);
        let path = super::cluster::directory("projected").join("token");
        let state = host::files::Files::look(&*cluster.host, &path).await.unwrap().unwrap();
        assert_eq!((state.mode, state.user_id), expected, "{context}");
    }
}

/// A pod with the volume that every pod has costs one request once its namespace is known.
#[tokio::test(start_paused = true)]
async fn the_usual_token_volume_costs_one_request() {
    let cluster = cluster();
    cluster.config_map("kube-root-ca.crt", json!({"data": {"ca.crt": "CA"}}));
    let usual = json!({"projected": {"sources": [
        {"serviceAccountToken": {"path": "token", "expirationSeconds": 3607}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}},
    ]}});
    let volumes = cluster.volumes();
    let other = cluster.pod(&json!({"configMap": {"name": "kube-root-ca.crt"}}), &json!({}));
    set_up(&volumes, &other).await;
    super::cluster::soon().await;
    cluster.server.admin().delete(&apiserver::fake::PODS, super::cluster::NAMESPACE, "p", Some(0)).unwrap();
    let pod = cluster.pod(&usual, &json!({}));
    let before = cluster.server.request_count();
    let (_, result) = set_up(&volumes, &pod).await;
    assert!(result.failed.is_empty(), "{:?}", result.failed);
    let calls: Vec<_> = cluster.server.requests(before).iter().map(|entry| entry.call.to_string()).collect();
    assert_eq!(calls, ["create serviceaccounts/token ns/default"]);
}
