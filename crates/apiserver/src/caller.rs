//! One request, one answer: the budget, the deadline, the bound on the answer, and the error.
//!
//! Everything but decoding is independent of the type asked for, so that it is compiled once.

use crate::budget::Budget;
use crate::call::Call;
use crate::error::ApiError;
use crate::lifeline::Lifeline;
use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{Request, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use kube::client::Body;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;

/// A whole answer may be so large: a page of 500 pods of the largest size in use is far below.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// A request as `kube::core::Request` makes it.
pub(crate) type Built = Result<Request<Vec<u8>>, kube::core::request::Error>;

/// A client with its budget and its patience.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) client: kube::Client,
    pub(crate) budget: Budget,
    /// From the moment the request is sent to the last byte of the answer.
    pub(crate) deadline: Duration,
    /// What follows from silence: for heartbeats.
    pub(crate) lifeline: Option<Arc<Lifeline>>,
}

impl Caller {
    /// Sends `request` and reads the object that comes back.
    pub(crate) async fn call<K: DeserializeOwned>(&self, call: Call, request: Built) -> Result<K, ApiError> {
        let body = self.exchange(&call, request).await?;
        serde_json::from_slice(&body).map_err(|cause| ApiError::malformed(&call, &cause))
    }

    /// Sends `request` and reads the whole answer, once the budget allows it and within the deadline.
    pub(crate) async fn exchange(&self, call: &Call, request: Built) -> Result<Bytes, ApiError> {
        self.budget.take().await;
        let exchange = async {
            let response = self.send(call, request).await?;
            read(call, response).await
        };
        let answer = tokio::time::timeout(self.deadline, exchange).await;
        let answer = answer.unwrap_or_else(|_| Err(ApiError::timed_out(call, self.deadline)));
        if let Some(lifeline) = &self.lifeline {
            lifeline.note(&answer);
        }
        answer
    }

    /// Sends `request` and returns its answer as a stream that may never end: only its beginning has a deadline.
    pub(crate) async fn open(&self, call: &Call, request: Built) -> Result<Body, ApiError> {
        self.budget.take().await;
        let opened = tokio::time::timeout(self.deadline, self.send(call, request)).await;
        Ok(opened.unwrap_or_else(|_| Err(ApiError::timed_out(call, self.deadline)))?.into_body())
    }

    /// Sends `request`; an answer that is no success becomes an error.
    async fn send(&self, call: &Call, request: Built) -> Result<Response<Body>, ApiError> {
        let request = request.map_err(|cause| ApiError::unsendable(call, &cause))?.map(Body::from);
        let response = self.client.send(request).await.map_err(|cause| ApiError::no_answer(call, &cause))?;
        let code = response.status();
        if code.is_success() {
            return Ok(response);
        }
        let header = response.headers().get(RETRY_AFTER);
        let seconds = header.and_then(|value| value.to_str().ok()).and_then(|text| text.trim().parse().ok());
        let body = read(call, response).await?;
        Err(ApiError::from_answer(call, code.as_u16(), seconds, &body))
    }
}

/// Reads a whole answer.
async fn read(call: &Call, response: Response<Body>) -> Result<Bytes, ApiError> {
    let collected = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await;
    collected.map(|body| body.to_bytes()).map_err(|cause| match cause.is::<LengthLimitError>() {
        true => ApiError::malformed(call, &format!("it is larger than {MAX_ANSWER_BYTES} bytes")),
        false => ApiError::no_answer(call, &*cause),
    })
}
