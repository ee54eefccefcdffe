//! `GET /metrics`: the registry in Prometheus' text format.

use super::Shared;
use crate::status::Failure;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use prometheus::{Encoder, TEXT_FORMAT, TextEncoder};

pub(super) async fn metrics(State(shared): State<Shared>) -> Response {
    let mut body = Vec::new();
    match TextEncoder::new().encode(&shared.registry.gather(), &mut body) {
        Ok(()) => ([(header::CONTENT_TYPE, TEXT_FORMAT)], body).into_response(),
        Err(error) => Failure::internal(format!("the metrics cannot be shown: {error}")).into_response(),
    }
}
