//! What a watch tells.

use std::time::Duration;

use futures::StreamExt;
use kube::core::WatchEvent;
use serde_json::{Value, json};

use super::peer::Events;
use super::setting::{pod, version};
use super::{Failure, Outcome, Setting, ensure};

/// How long a watch may be silent while something happens.
const SILENCE: Duration = Duration::from_secs(10);

/// How long a watch is looked at that must say nothing more.
const NOTHING: Duration = Duration::from_millis(300);

fn own_pods(setting: &Setting, rest: &str) -> String {
    let selector = format!("fieldSelector=spec.nodeName%3D{}", setting.node_name);
    format!("{}?watch=true&timeoutSeconds=30&{selector}{rest}", setting.path("pods", ""))
}

/// The next event's kind, and its object.
async fn next(events: &mut Events) -> Result<(&'static str, Value), Failure> {
    let event = tokio::time::timeout(SILENCE, events.next()).await;
    let event = event.map_err(|_| Failure::new(format!("no event in {SILENCE:?}")))?;
    let event = event.ok_or_else(|| Failure::new("the watch has ended"))??;
    Ok(match event {
        WatchEvent::Added(object) => ("ADDED", object),
        WatchEvent::Modified(object) => ("MODIFIED", object),
        WatchEvent::Deleted(object) => ("DELETED", object),
        WatchEvent::Bookmark(bookmark) => {
            let metadata = &bookmark.metadata;
            let object = json!({ "metadata": {
                "resourceVersion": metadata.resource_version,
                "annotations": metadata.annotations,
            } });
            ("BOOKMARK", object)
        }
        WatchEvent::Error(status) => ("ERROR", json!({ "code": status.code, "reason": status.reason })),
    })
}

/// The next event of the pod or other object of this name must be of that kind.
async fn expect(events: &mut Events, kind: &str, name: &str) -> Result<Value, Failure> {
    loop {
        let (seen, object) = next(events).await?;
        if object["metadata"]["name"] == name {
            ensure!(seen == kind, "{seen} instead of {kind}: {object}");
            return Ok(object);
        }
    }
}

/// The version of everything, as of now.
async fn now(setting: &Setting) -> Result<String, Failure> {
    Ok(version(&setting.admin.get(&setting.path("pods", "")).await?).to_owned())
}

pub(super) async fn watch_tells_a_pods_life(setting: &Setting) -> Outcome {
    let begin = now(setting).await?;
    let mut events = setting.node.watch(&own_pods(setting, &format!("&resourceVersion={begin}"))).await?;
    setting.bound_pod("life").await?;
    let added = expect(&mut events, "ADDED", "life").await?;
    ensure!(added["kind"] == "Pod" && added["apiVersion"] == "v1", "an object without a kind: {added}");
    setting.report("life", &json!({ "message": "here" })).await?;
    let modified = expect(&mut events, "MODIFIED", "life").await?;
    ensure!(modified["status"]["message"] == "here", "{}", modified["status"]);
    setting.admin.delete(&setting.path("pods", "life"), &json!({})).await?;
    let ending = expect(&mut events, "MODIFIED", "life").await?;
    ensure!(!ending["metadata"]["deletionTimestamp"].is_null(), "{}", ending["metadata"]);
    setting.admin.delete(&setting.path("pods", "life"), &json!({ "gracePeriodSeconds": 0 })).await?;
    let forced = expect(&mut events, "MODIFIED", "life").await?;
    ensure!(forced["metadata"]["deletionGracePeriodSeconds"] == 0, "{}", forced["metadata"]);
    let deleted = expect(&mut events, "DELETED", "life").await?;
    ensure!(deleted["status"]["message"] == "here", "not the last state: {deleted}");
    let is_newer = version(&deleted).parse::<u64>().ok() > version(&forced).parse::<u64>().ok();
    ensure!(is_newer, "deleted at {}, modified at {}", version(&deleted), version(&forced));
    Ok(())
}

pub(super) async fn watch_begins_after_its_version(setting: &Setting) -> Outcome {
    let created = setting.bound_pod("since").await?;
    setting.report("since", &json!({ "message": "later" })).await?;
    let path = own_pods(setting, &format!("&resourceVersion={}", version(&created)));
    let mut events = setting.node.watch(&path).await?;
    let first = expect(&mut events, "MODIFIED", "since").await?;
    ensure!(first["status"]["message"] == "later", "{}", first["status"]);
    Ok(())
}

pub(super) async fn pod_that_is_bound_is_added(setting: &Setting) -> Outcome {
    let begin = now(setting).await?;
    let mut events = setting.node.watch(&own_pods(setting, &format!("&resourceVersion={begin}"))).await?;
    setting.admin.create(&setting.path("pods", ""), &pod("bound-later")).await?;
    let binding = json!({
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": { "name": "bound-later" },
        "target": { "apiVersion": "v1", "kind": "Node", "name": setting.node_name },
    });
    let path = format!("{}/binding", setting.path("pods", "bound-later"));
    setting.admin.create(&path, &binding).await?;
    let added = expect(&mut events, "ADDED", "bound-later").await?;
    ensure!(added["spec"]["nodeName"] == setting.node_name.as_str(), "{}", added["spec"]);
    let conditions = added["status"]["conditions"].to_string();
    ensure!(conditions.contains("PodScheduled"), "conditions: {conditions}");
    Ok(())
}

pub(super) async fn streaming_list_ends_with_a_bookmark(setting: &Setting) -> Outcome {
    setting.bound_pod("streamed").await?;
    let rest = "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    let mut events = setting.node.watch(&own_pods(setting, rest)).await?;
    let mut names = Vec::new();
    let bookmark = loop {
        match next(&mut events).await? {
            ("ADDED", object) => names.push(object["metadata"]["name"].clone()),
            ("BOOKMARK", object) => break object,
            (kind, object) => return Err(Failure::new(format!("{kind}: {object}"))),
        }
    };
    ensure!(names.contains(&json!("streamed")), "not among {names:?}");
    let annotations = &bookmark["metadata"]["annotations"];
    ensure!(annotations["k8s.io/initial-events-end"] == "true", "annotations: {annotations}");
    ensure!(!version(&bookmark).is_empty(), "a bookmark without a version");
    setting.report("streamed", &json!({ "message": "after" })).await?;
    let modified = expect(&mut events, "MODIFIED", "streamed").await?;
    ensure!(modified["status"]["message"] == "after", "{}", modified["status"]);
    Ok(())
}

/// A real server remembers for some minutes at least: only one that has forgotten says so.
pub(super) async fn old_version_is_resumed_or_gone(setting: &Setting) -> Outcome {
    setting.bound_pod("old").await?;
    let mut events = setting.node.watch(&own_pods(setting, "&resourceVersion=1")).await?;
    let (kind, object) = next(&mut events).await?;
    let is_gone = kind == "ERROR" && object["code"] == 410 && object["reason"] == "Expired";
    ensure!(is_gone || kind == "ADDED", "{kind}: {object}");
    Ok(())
}

pub(super) async fn watch_ends_at_its_time(setting: &Setting) -> Outcome {
    let begin = now(setting).await?;
    let path =
        format!("{}?watch=true&timeoutSeconds=1&resourceVersion={begin}", setting.path("configmaps", ""));
    let mut events = setting.admin.watch(&path).await?;
    let end = tokio::time::timeout(SILENCE, async {
        while let Some(event) = events.next().await {
            event?;
        }
        Ok::<_, kube::Error>(())
    });
    end.await.map_err(|_| Failure::new("it goes on"))??;
    Ok(())
}

pub(super) async fn one_object_is_watched(setting: &Setting) -> Outcome {
    let config_map =
        |name: &str| json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name } });
    let created = setting.admin.create(&setting.path("configmaps", ""), &config_map("watched")).await?;
    let path = format!(
        "{}?watch=true&timeoutSeconds=30&fieldSelector=metadata.name%3Dwatched&resourceVersion={}",
        setting.path("configmaps", ""),
        version(&created)
    );
    let mut events = setting.admin.watch(&path).await?;
    setting.admin.create(&setting.path("configmaps", ""), &config_map("unwatched")).await?;
    let patch = json!({ "data": { "a": "1" } });
    setting.admin.patch(&setting.path("configmaps", "watched"), &patch).await?;
    let (kind, object) = next(&mut events).await?;
    ensure!(kind == "MODIFIED" && object["metadata"]["name"] == "watched", "{kind}: {object}");
    let more = tokio::time::timeout(NOTHING, events.next()).await;
    ensure!(more.is_err(), "something else: {more:?}");
    Ok(())
}
