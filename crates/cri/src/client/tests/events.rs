//! The event stream, and what probing makes of it.

use std::time::Duration;

use futures::StreamExt;

use super::peer::{Events, Noticed, Place, serve};
use crate::client::Client;
use crate::probe;
use crate::service::StateService;

/// Ids of the events, then the name of the error if there was one.
async fn collect(events: Events) -> Vec<String> {
    let place = Place::new();
    let _peer = serve(&place.socket(), events);
    let client = Client::connect(&place.endpoint()).unwrap();
    let items = client.get_container_events().map(|item| match item {
        Ok(event) => event.container_id,
        Err(error) if error.is_unimplemented() => "unimplemented".to_owned(),
        Err(error) if error.is_unavailable() => "unavailable".to_owned(),
        Err(error) => panic!("{error:?}"),
    });
    items.collect().await
}

#[tokio::test]
async fn events_then_end_or_error() {
    assert_eq!(collect(Events::TwoThenEnd).await, ["a", "b"]);
    assert_eq!(collect(Events::OneThenBreak).await, ["a", "unavailable"]);
    assert_eq!(collect(Events::Unimplemented).await, ["unimplemented"]);
}

#[tokio::test]
async fn a_stream_is_opened_by_its_first_poll_and_closed_by_its_drop() {
    let place = Place::new();
    let mut peer = serve(&place.socket(), Events::Silent);
    let client = Client::connect(&place.endpoint()).unwrap();
    let mut stream = client.get_container_events();
    client.version().await.unwrap();
    assert!(matches!(peer.noticed.recv().await, Some(Noticed::Call { rpc: "Version", .. })));
    let silent = tokio::time::timeout(Duration::from_millis(50), stream.next()).await;
    assert!(silent.is_err());
    let opened = Noticed::Call { rpc: "GetContainerEvents", deadline: None };
    assert_eq!(peer.noticed.recv().await, Some(opened));
    drop(stream);
    assert_eq!(peer.noticed.recv().await, Some(Noticed::GivenUp));
}

#[tokio::test]
async fn probing() {
    let rows = [(Events::Unimplemented, false), (Events::Silent, true), (Events::OneThenBreak, true)];
    for (events, expected) in rows {
        let place = Place::new();
        let _peer = serve(&place.socket(), events);
        let client = Client::connect(&place.endpoint()).unwrap();
        let capabilities = probe(&client).await.unwrap();
        assert_eq!(capabilities.has_events, expected, "{events:?}");
        assert_eq!((capabilities.runtime_name.as_str(), capabilities.cgroup_driver), ("peer", None));
    }
}

#[tokio::test]
async fn probing_a_runtime_that_is_away_fails() {
    let client = Client::connect(&Place::new().endpoint()).unwrap();
    assert!(probe(&client).await.unwrap_err().is_unavailable());
}
