//! The service below `kube::Client`: counts requests, and sends them through the pool.

use super::answer::Answer;
use super::metrics::Metrics;
use super::pool::{Kind, Pool};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use kube::client::Body;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::time::Instant;
use tower::{BoxError, Service};

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Transport {
    pool: Arc<Pool>,
    metrics: Metrics,
    host: Arc<str>,
}

impl Transport {
    pub(super) fn new(pool: Arc<Pool>, metrics: Metrics, host: String) -> Self {
        Self { pool, metrics, host: host.into() }
    }
}

impl Service<Request<Body>> for Transport {
    type Response = Response<Answer>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Answer>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Self { pool, metrics, host } = self.clone();
        async move {
            let method = request.method().clone();
            let kind = match request.uri().query() {
                Some(query) if query.split('&').any(|pair| pair == "watch=true") => Kind::Watch,
                Some(_) | None => Kind::Ordinary,
            };
            let start = Instant::now();
            let answer = pool.send(request, kind).await;
            let code = answer.as_ref().ok().map(|response| response.status().as_u16());
            metrics.observe(method.as_str(), &host, code, start.elapsed());
            answer
        }
        .boxed()
    }
}
