//! The service below `kube::Client`: gives requests their credentials, counts them, and sends them through the pool.

use super::answer::Answer;
use super::connections::Connections;
use super::credentials::{Credentials, PluginError};
use super::metrics::Metrics;
use super::pool::Kind;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::AUTHORIZATION;
use http::{Request, Response, StatusCode};
use kube::client::Body;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::time::Instant;
use tower::{BoxError, Service};

/// A credential plugin gave none: client-go's words.
#[derive(Debug, thiserror::Error)]
#[error("getting credentials")]
struct NoCredentials(#[source] Arc<PluginError>);

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Transport {
    connections: Arc<Connections>,
    credentials: Credentials,
    metrics: Metrics,
    host: Arc<str>,
}

impl Transport {
    pub(super) fn new(
        connections: Arc<Connections>,
        credentials: Credentials,
        metrics: Metrics,
        host: &str,
    ) -> Self {
        Self { connections, credentials, metrics, host: host.into() }
    }
}

impl Service<Request<Body>> for Transport {
    type Response = Response<Answer>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Answer>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let Self { connections, credentials, metrics, host } = self.clone();
        async move {
            let given = credentials.current().await.map_err(NoCredentials)?;
            if let Some(header) = &given.header {
                request.headers_mut().insert(AUTHORIZATION, header.clone());
            }
            let method = request.method().clone();
            let kind = match request.uri().query() {
                Some(query) if query.split('&').any(|pair| pair == "watch=true") => Kind::Watch,
                Some(_) | None => Kind::Ordinary,
            };
            let start = Instant::now();
            let answer = connections.pool.send(request, kind).await;
            let code = answer.as_ref().ok().map(|response| response.status().as_u16());
            metrics.observe(method.as_str(), &host, code, start.elapsed());
            if code == Some(StatusCode::UNAUTHORIZED.as_u16()) {
                credentials.refused(&given).await;
            }
            answer
        }
        .boxed()
    }
}
