//! The API server as one life of the kubelet reaches it: each request is noted, held to the rules, and may be the last.

use super::mutant::plant;
use crate::scenario::NODE_NAME;
use crate::world::{Life, World};
use apiserver::ApiServer;
use apiserver::fake::{FakeService, TransportError, User};
use bytes::Bytes;
use futures::future::BoxFuture;
use http::Method;
use http_body_util::BodyExt;
use kube::client::Body;
use serde_json::Value;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower::Service;

/// An answer.
pub(super) type Response = <FakeService as Service<http::Request<Body>>>::Response;

/// The API server as one life of the kubelet reaches it.
pub fn api_server(world: &Arc<World>, life: &Arc<Life>) -> ApiServer {
    let client = || {
        let inner = world.api.service(User::Node(NODE_NAME.to_owned()));
        kube::Client::new(ApiDoor { world: world.clone(), life: life.clone(), inner }, "default")
    };
    ApiServer::new(client(), client(), client())
}

/// Notes the request, and lets the kubelet die in it.
#[derive(Clone)]
struct ApiDoor {
    world: Arc<World>,
    life: Arc<Life>,
    inner: FakeService,
}

/// A request whose body is there.
pub(super) struct Request {
    pub(super) head: http::request::Parts,
    pub(super) body: Bytes,
}

impl Request {
    async fn read(request: http::Request<Body>) -> Result<Self, TransportError> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| TransportError::Reset)?.to_bytes();
        Ok(Self { head, body })
    }

    pub(super) fn into_http(self) -> http::Request<Body> {
        http::Request::from_parts(self.head, Body::from(self.body))
    }

    /// What is sent, if it is an object.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Whether it is sent to this place below the pods of a namespace.
    pub(super) fn is_to_pod(&self, method: &Method, subresource: &str) -> bool {
        let path = self.head.uri.path();
        let below = path.split_once("/pods/").map(|(_, below)| below.split_once('/').unwrap_or((below, "")));
        self.head.method == *method && below.is_some_and(|(_, below)| below == subresource)
    }
}

impl Service<http::Request<Body>> for ApiDoor {
    type Response = Response;
    type Error = TransportError;
    type Future = BoxFuture<'static, Result<Response, TransportError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let Self { world, life, inner } = self.clone();
        Box::pin(async move {
            let what = format!("{} {}", request.method(), request.uri());
            world.enter(&life, format_args!("{what}"));
            world.survive(&life).await;
            let request = Request::read(request).await?;
            let answer = match world.mutant {
                Some(mutant) => plant(mutant, &world, inner, request).await,
                None => send(&world, inner, request).await,
            };
            world.absorb();
            match &answer {
                Ok(answer) => world.leave(&life, format_args!("{what}: {}", answer.status())),
                Err(error) => world.leave(&life, format_args!("{what}: {error}")),
            }
            world.survive(&life).await;
            answer
        })
    }
}

/// Sends what the server is to see.
pub(super) async fn send(
    world: &World,
    mut inner: FakeService,
    request: Request,
) -> Result<Response, TransportError> {
    world.ledger().asks(&request.head, || request.json());
    inner.call(request.into_http()).await
}
