//! Subscriptions against a server that lags, refuses and goes away.

use super::*;
use crate::fake::{CONFIG_MAPS, Failure, FakeApiServer, Fault, NAMESPACES, PODS, Script, Stage, Verb};
use crate::testing::{create, create_pod, create_settings, node, server};
use serde_json::json;
use tokio::time::Instant;

fn objects(server: &FakeApiServer) -> (Objects, Stop) {
    let stop = Stop::new();
    (Objects::new(&node(server), stop.clone()), stop)
}

/// A subscription to the settings, with what keeps it going.
fn subscribed(server: &FakeApiServer) -> (Object<ConfigMap>, Objects, Stop) {
    let (objects, stop) = objects(server);
    (objects.config_map("default", "settings"), objects, stop)
}

/// What the subscription says: the value, `missing`, or the kind of error.
async fn said(object: &mut Object<ConfigMap>) -> String {
    match object.get().await {
        Ok(Some(map)) => map.data.iter().flatten().map(|(_, value)| value.clone()).collect(),
        Ok(None) => "missing".to_owned(),
        Err(ApiError::Forbidden(_)) => "forbidden".to_owned(),
        Err(ApiError::Unavailable(_)) => "unavailable".to_owned(),
        Err(error) => format!("{error:?}"),
    }
}

fn write(server: &FakeApiServer, value: &str) {
    let patch = json!({ "data": { "key": value } });
    server.admin().patch(&CONFIG_MAPS, "default", "settings", &patch).expect("a map");
}

async fn changed(object: &mut Object<ConfigMap>, within: Duration) -> bool {
    tokio::time::timeout(within, object.changed()).await.is_ok()
}

/// The subscription tells of a change `within` this time, and says `expected` then.
async fn becomes(object: &mut Object<ConfigMap>, within: Duration, expected: &str) {
    assert!(changed(object, within).await, "{expected}");
    assert_eq!(said(object).await, expected);
}

const SOON: Duration = Duration::from_millis(500);
const LATER: Duration = Duration::from_secs(40);

#[tokio::test(start_paused = true)]
async fn changes_are_told_at_once() {
    let server = server();
    create_pod(&server, "a");
    create_settings(&server, "1");
    let (mut settings, _objects, _stop) = subscribed(&server);
    assert_eq!(said(&mut settings).await, "1");
    assert!(!changed(&mut settings, SOON).await, "the watch tells nothing new at first");
    write(&server, "2");
    becomes(&mut settings, SOON, "2").await;
    server.admin().delete(&CONFIG_MAPS, "default", "settings", None).expect("a map");
    becomes(&mut settings, SOON, "missing").await;
    create_settings(&server, "3");
    becomes(&mut settings, SOON, "3").await;
}

#[tokio::test(start_paused = true)]
async fn a_missing_object_is_known_at_once_and_noticed_when_it_comes() {
    let server = server();
    create_pod(&server, "a");
    let (mut settings, _objects, _stop) = subscribed(&server);
    let start = Instant::now();
    assert_eq!(said(&mut settings).await, "missing");
    assert!(start.elapsed() < SOON);
    assert!(!changed(&mut settings, LATER).await);
    create_settings(&server, "1");
    becomes(&mut settings, SOON, "1").await;
}

#[tokio::test(start_paused = true)]
async fn the_authorizer_may_lag() {
    let server = server();
    create_settings(&server, "1");
    let (mut settings, _objects, _stop) = subscribed(&server);
    let start = Instant::now();
    let (answer, ()) = tokio::join!(said(&mut settings), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        create_pod(&server, "a");
    });
    assert_eq!(answer, "1");
    assert!(start.elapsed() < Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_believed_in_the_end_and_asked_about_again() {
    let server = server();
    create_settings(&server, "1");
    let (mut settings, _objects, _stop) = subscribed(&server);
    let start = Instant::now();
    assert_eq!(said(&mut settings).await, "forbidden");
    assert!(start.elapsed() < Duration::from_secs(10));
    create_pod(&server, "a");
    becomes(&mut settings, LATER, "1").await;
}

#[tokio::test(start_paused = true)]
async fn outages_fail_fast_and_keep_what_is_known() {
    let server = server();
    create_pod(&server, "a");
    create_settings(&server, "1");
    let (objects, _stop) = objects(&server);
    server.go_down();
    let mut settings = objects.config_map("default", "settings");
    let start = Instant::now();
    assert_eq!(said(&mut settings).await, "unavailable");
    assert!(start.elapsed() < SOON);
    server.come_up();
    becomes(&mut settings, LATER, "1").await;
    server.go_down();
    write(&server, "2");
    assert!(!changed(&mut settings, LATER).await);
    assert_eq!(said(&mut settings).await, "1", "what was known stays known");
    server.come_up();
    becomes(&mut settings, LATER, "2").await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_is_waited_for_but_not_for_ever() {
    for (seconds, expected) in [(5, "1"), (30, "unavailable")] {
        let server = server();
        create_pod(&server, "a");
        create_settings(&server, "1");
        let slow = Fault::delay(Duration::from_secs(seconds));
        server.set_faults(Script::new().next(Stage::Before, Verb::Get, "configmaps", 1, slow));
        let (mut settings, _objects, _stop) = subscribed(&server);
        let start = Instant::now();
        assert_eq!(said(&mut settings).await, expected);
        assert_eq!(start.elapsed().as_secs(), seconds.min(10));
        if expected != "1" {
            becomes(&mut settings, LATER, "1").await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_watch_serves_all_and_outlives_them_a_while() {
    let server = server();
    create_pod(&server, "a");
    create_settings(&server, "1");
    let (objects, stop) = objects(&server);
    let mut first = objects.config_map("default", "settings");
    let mut second = objects.config_map("default", "settings");
    assert_eq!(said(&mut first).await, "1");
    assert_eq!(said(&mut second).await, "1");
    tokio::time::sleep(SOON).await;
    assert_eq!(server.request_count(), 2, "a GET and a watch");
    drop((first, second));
    tokio::time::sleep(Duration::from_secs(120)).await;
    write(&server, "2");
    tokio::time::sleep(SOON).await;
    let mut third = objects.config_map("default", "settings");
    assert_eq!(said(&mut third).await, "2", "fresh, and without asking");
    assert_eq!(server.request_count(), 2);
    drop(third);
    tokio::time::sleep(Duration::from_secs(700)).await;
    let mut fourth = objects.config_map("default", "settings");
    assert_eq!(said(&mut fourth).await, "2");
    tokio::time::sleep(SOON).await;
    assert_eq!(server.request_count(), 4, "forgotten after the grace");

    stop.request();
    tokio::time::sleep(SOON).await;
    write(&server, "3");
    assert!(!changed(&mut fourth, LATER).await, "a stop ends the watch");
}

#[tokio::test(start_paused = true)]
async fn an_immutable_object_is_not_watched() {
    let server = server();
    create(&server, &NAMESPACES, &json!({ "metadata": { "name": "default" } }));
    create_pod(&server, "a");
    let map = |value: &str| {
        let metadata = json!({ "name": "settings", "namespace": "default" });
        json!({ "metadata": metadata, "data": { "key": value }, "immutable": true })
    };
    create(&server, &CONFIG_MAPS, &map("1"));
    let (mut settings, objects, _stop) = subscribed(&server);
    assert_eq!(said(&mut settings).await, "1");
    tokio::time::sleep(LATER).await;
    assert_eq!(server.request_count(), 1);
    server.admin().delete(&CONFIG_MAPS, "default", "settings", None).expect("a map");
    create(&server, &CONFIG_MAPS, &map("2"));
    drop(settings);
    tokio::time::sleep(SOON).await;
    let mut again = objects.config_map("default", "settings");
    assert_eq!(said(&mut again).await, "2", "the next pod is told of its successor");
}

#[tokio::test(start_paused = true)]
async fn a_right_that_ended_ends_the_watch_in_grace() {
    let server = server();
    create_pod(&server, "a");
    create_settings(&server, "1");
    let (mut settings, _objects, _stop) = subscribed(&server);
    assert_eq!(said(&mut settings).await, "1");
    drop(settings);
    server.admin().delete(&PODS, "default", "a", Some(0)).expect("a pod");
    let gone = Fault::fail(Failure::new(403, "Forbidden", "no relationship found"));
    server.set_faults(Script::new().next(Stage::Before, Verb::Watch, "configmaps", 100, gone));
    server.cut_watches();
    tokio::time::sleep(LATER).await;
    let asked = server.request_count();
    tokio::time::sleep(LATER).await;
    assert_eq!(server.request_count(), asked, "nobody asks on");
}
