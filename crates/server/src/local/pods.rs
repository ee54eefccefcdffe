//! `GET /v1/pods` and `GET /v1/pods/{namespace}/{name}`.

use super::Shared;
use crate::resolve::{ResolvePodError, resolve_pod};
use crate::status::Failure;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use k8s_openapi::api::core::v1::Pod;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use std::sync::Arc;

/// A `core/v1` PodList around shared pods: they are serialized in place, not copied.
struct PodList<'a>(&'a [Arc<Pod>]);

impl Serialize for PodList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let items: Vec<&Pod> = self.0.iter().map(Arc::as_ref).collect();
        let mut list = serializer.serialize_struct("PodList", 4)?;
        list.serialize_field("kind", "PodList")?;
        list.serialize_field("apiVersion", "v1")?;
        list.serialize_field("metadata", &serde_json::Map::new())?;
        list.serialize_field("items", &items)?;
        list.end()
    }
}

pub(super) async fn list(State(shared): State<Shared>) -> Response {
    let pods = shared.directory.list();
    match serde_json::to_vec(&PodList(&pods)) {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => Failure::internal(format!("a pod cannot be shown: {error}")).into_response(),
    }
}

pub(super) async fn get(
    State(shared): State<Shared>,
    Path((namespace, name)): Path<(String, String)>,
) -> Result<Json<Pod>, Failure> {
    let pod = find(&shared, &namespace, &name)?;
    Ok(Json(Arc::unwrap_or_clone(pod)))
}

/// The pod meant by a path's two parts.
pub(super) fn find(shared: &Shared, namespace: &str, name: &str) -> Result<Arc<Pod>, Failure> {
    if let Some(pod) = shared.directory.find(namespace, name) {
        return Ok(pod);
    }
    resolve_pod(&shared.directory.list(), Some(namespace), name).map_err(|error| {
        let message = error.to_string();
        match error {
            ResolvePodError::NotFound { candidates, .. } => {
                Failure::not_found(message).with_candidates(candidates)
            }
            ResolvePodError::Ambiguous { candidates, .. } => {
                Failure::bad_request(message).with_candidates(candidates)
            }
        }
    })
}
