//! `GET /v1/events`.

use super::Shared;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use types::Event;

/// The shape of a Kubernetes list, of our own kind: the items lack what only an API server gives (names, versions).
#[derive(Serialize)]
pub(super) struct EventList {
    kind: &'static str,
    items: Vec<Event>,
}

pub(super) async fn list(State(shared): State<Shared>) -> Json<EventList> {
    Json(EventList { kind: "EventList", items: shared.directory.events() })
}
