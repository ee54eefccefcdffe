//! Files that follow what they come from.

use std::time::Duration;

use apiserver::fake::{CONFIG_MAPS, Failure, Fault, SECRETS, SERVICE_ACCOUNTS, Script, Stage, Verb};
use k8s_openapi::serde_json::{Value, json};
use tokio::time::sleep;

use super::cluster::{Cluster, Keeping, NAMESPACE, set_up, soon};

#[tokio::test(start_paused = true)]
async fn a_change_is_in_the_file_at_once() {
    let cluster = Cluster::new();
    cluster.config_map("cm", json!({"data": {"a": "1", "gone": "x"}}));
    let volumes = cluster.volumes();
    let pod = cluster.pod(&json!({"configMap": {"name": "cm"}}), &json!({}));
    let (files, _) = set_up(&volumes, &pod).await;
    let keeping = Keeping::of(&volumes, files);
    soon().await;
    let written = cluster.writes();
    let change = json!({"data": {"a": "2", "gone": null, "b": "new"}});
    cluster.server.admin().patch(&CONFIG_MAPS, NAMESPACE, "cm", &change).unwrap();
    soon().await;
    let file = async |path| cluster.file("configmap", path).await;
    assert_eq!(
        (file("a").await, file("b").await, file("gone").await),
        (Some("2".into()), Some("new".into()), None)
    );
    assert_eq!(cluster.writes(), written + 1);
    // Another change of the object that is none of the content.
    let label = json!({"metadata": {"labels": {"x": "y"}}});
    cluster.server.admin().patch(&CONFIG_MAPS, NAMESPACE, "cm", &label).unwrap();
    soon().await;
    assert_eq!(cluster.writes(), written + 1);
    assert_eq!(keeping.told(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn content_stays_when_its_secret_goes() {
    let cluster = Cluster::new();
    cluster.secret("s", json!({"data": {"pass": "b2xk"}}));
    let volumes = cluster.volumes();
    let pod = cluster.pod(&json!({"secret": {"secretName": "s"}}), &json!({}));
    let (files, _) = set_up(&volumes, &pod).await;
    let keeping = Keeping::of(&volumes, files);
    soon().await;
    cluster.server.admin().delete(&SECRETS, NAMESPACE, "s", None).unwrap();
    sleep(Duration::from_secs(600)).await;
    assert_eq!(cluster.file("secret", "pass").await.as_deref(), Some("old"));
    let told = ["MountVolume.SetUp failed for volume \"v\" : secret \"s\" not found"];
    assert_eq!(keeping.told(), told);
    // Also for whoever sets the volume up meanwhile: a container that is started again.
    let (_, again) = set_up(&volumes, &pod).await;
    assert!(again.failed.is_empty() && again.mounted.contains_key("v"));
    assert_eq!(again.outdated.first().map(|error| error.event_message()).as_deref(), Some(told[0]));
    cluster.secret("s", json!({"data": {"pass": "bmV3"}}));
    soon().await;
    assert_eq!(cluster.file("secret", "pass").await.as_deref(), Some("new"));
}

#[tokio::test(start_paused = true)]
async fn what_appears_is_told() {
    let cluster = Cluster::new();
    let volumes = cluster.volumes();
    let pod = cluster.pod(&json!({"configMap": {"name": "cm"}}), &json!({}));
    let (mut files, result) = set_up(&volumes, &pod).await;
    assert!(result.failed.iter().all(|error| error.waits_for_api()));
    let changed = tokio::spawn(async move { files.changed().await });
    soon().await;
    assert!(!changed.is_finished());
    cluster.config_map("cm", json!({"data": {"a": "1"}}));
    soon().await;
    assert!(changed.is_finished());
}

/// A kubelet that finds a running pod compares, and writes what is old.
#[tokio::test(start_paused = true)]
async fn a_restarted_kubelet_goes_on() {
    let cluster = Cluster::new();
    cluster.config_map("cm", json!({"data": {"a": "1"}}));
    let pod = cluster.pod(&json!({"configMap": {"name": "cm"}}), &json!({}));
    set_up(&cluster.volumes(), &pod).await;
    let written = cluster.writes();
    let volumes = cluster.volumes();
    let keeping = Keeping::of(&volumes, volumes.files_of(&pod));
    soon().await;
    assert_eq!(cluster.writes(), written);
    drop(keeping);
    cluster.server.admin().patch(&CONFIG_MAPS, NAMESPACE, "cm", &json!({"data": {"a": "2"}})).unwrap();
    let volumes = cluster.volumes();
    let _keeping = Keeping::of(&volumes, volumes.files_of(&pod));
    soon().await;
    assert_eq!(cluster.file("configmap", "a").await.as_deref(), Some("2"));
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_is_away_disturbs_nobody() {
    let cluster = Cluster::new();
    cluster.secret("s", json!({"data": {"pass": "b2xk"}}));
    let pod = cluster.pod(&json!({"secret": {"secretName": "s"}}), &json!({}));
    set_up(&cluster.volumes(), &pod).await;
    cluster.server.go_down();
    let volumes = cluster.volumes();
    let (files, result) = set_up(&volumes, &pod).await;
    assert!(result.failed.is_empty() && result.mounted.contains_key("v"), "what is on disk is used");
    let keeping = Keeping::of(&volumes, files);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(cluster.file("secret", "pass").await.as_deref(), Some("old"));
    cluster.server.come_up();
    cluster.server.admin().patch(&SECRETS, NAMESPACE, "s", &json!({"data": {"pass": "bmV3"}})).unwrap();
    sleep(Duration::from_secs(60)).await;
    assert_eq!(cluster.file("secret", "pass").await.as_deref(), Some("new"));
    assert!(keeping.told().len() <= 2, "{:?}", keeping.told());
}

fn token_volume() -> Value {
    let token = json!({"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}});
    json!({"projected": {"sources": [token]}})
}

/// The token of an earlier kubelet is there, and the server would not give another one when it was asked: no change will tell
/// that it would now.
#[tokio::test(start_paused = true)]
async fn a_token_that_was_refused_once_is_asked_for_again() {
    let cluster = Cluster::new();
    let pod = cluster.pod(&token_volume(), &json!({}));
    set_up(&cluster.volumes(), &pod).await;
    let first = cluster.file("projected", "token").await.unwrap();
    let fault = Fault::fail(Failure::modified(&SERVICE_ACCOUNTS, "default"));
    let script = Script::new().next(Stage::Before, Verb::Create, SERVICE_ACCOUNTS.plural, 1, fault);
    cluster.server.set_faults(script);
    let volumes = cluster.volumes();
    let (files, result) = set_up(&volumes, &pod).await;
    assert_eq!(result.outdated.len(), 1, "ready with what is on disk");
    let _keeping = Keeping::of(&volumes, files);
    sleep(Duration::from_secs(60)).await;
    assert_ne!(cluster.file("projected", "token").await.unwrap(), first);
}

#[tokio::test(start_paused = true)]
async fn tokens_are_renewed() {
    let cluster = Cluster::new();
    let volumes = cluster.volumes();
    let pod = cluster.pod(&token_volume(), &json!({}));
    let (files, _) = set_up(&volumes, &pod).await;
    let _keeping = Keeping::of(&volumes, files);
    let first = cluster.file("projected", "token").await.unwrap();
    sleep(Duration::from_secs(2800)).await;
    assert_eq!(cluster.file("projected", "token").await.as_deref(), Some(first.as_str()));
    sleep(Duration::from_secs(160)).await;
    let second = cluster.file("projected", "token").await.unwrap();
    assert_ne!(second, first);
    // Nobody to ask: the old one stays, and is renewed as soon as there is somebody.
    cluster.server.go_down();
    sleep(Duration::from_secs(3000)).await;
    assert_eq!(cluster.file("projected", "token").await.as_deref(), Some(second.as_str()));
    cluster.server.come_up();
    sleep(Duration::from_secs(120)).await;
    assert_ne!(cluster.file("projected", "token").await.unwrap(), second);
}
