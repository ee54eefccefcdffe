//! What every request goes through: journal, faults, authorization, the verb; cut off when the server goes away.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::StreamExt;
use futures::future::BoxFuture;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use kube::client::Body;
use serde_json::Value;

use super::call::{User, Verb};
use super::failure::Failure;
use super::faults::{Fault, Stage, Then};
use super::request::Request;
use super::watches::Watch;
use super::{Availability, FakeApiServer, authorizer, read, tokens, write};

/// No answer: the connection could not be made, or was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// Nobody listens.
    #[error("client error (Connect): tcp connect error: Connection refused (os error 111)")]
    Refused,
    /// It was there, and is not any more.
    #[error("client error (SendRequest): connection error: Connection reset by peer (os error 104)")]
    Reset,
}

/// Body of an answer.
pub(super) type AnswerBody = UnsyncBoxBody<Bytes, TransportError>;

/// The server as one user reaches it: what `kube::Client::new` takes.
#[derive(Clone, Debug)]
pub struct FakeService {
    server: FakeApiServer,
    user: User,
}

/// What a verb comes to.
pub(super) enum Answer {
    /// An object, and whether it was made just now.
    Object(u16, Arc<Value>),
    /// A stream of events.
    Watch(Box<Watch>),
}

impl FakeService {
    pub(super) fn new(server: FakeApiServer, user: User) -> Self {
        FakeService { server, user }
    }
}

impl tower::Service<http::Request<Body>> for FakeService {
    type Response = http::Response<AnswerBody>;
    type Error = TransportError;
    type Future = BoxFuture<'static, Result<Self::Response, TransportError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let (server, user) = (self.server.clone(), self.user.clone());
        Box::pin(async move {
            let outage = server.next_outage();
            tokio::select! {
                biased;
                () = outage => Err(TransportError::Reset),
                answer = server.serve(user, request) => answer,
            }
        })
    }
}

impl FakeApiServer {
    /// Resolves when the server goes away after now.
    pub(super) fn next_outage(&self) -> impl Future<Output = ()> + Send + 'static {
        let (server, before) = (self.clone(), self.state().outages);
        async move {
            loop {
                let mut woken = pin!(server.shared.went_down.notified());
                woken.as_mut().enable();
                if server.state().outages != before {
                    return;
                }
                woken.await;
            }
        }
    }

    async fn serve(
        &self,
        user: User,
        request: http::Request<Body>,
    ) -> Result<http::Response<AnswerBody>, TransportError> {
        // No real server answers without letting others run.
        tokio::task::yield_now().await;
        if self.state().availability == Availability::Down {
            return Err(TransportError::Refused);
        }
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| TransportError::Reset)?.to_bytes();
        let request = match Request::parse(user, &head, body) {
            Ok(request) => request,
            Err(failure) => return Ok(failed(&failure)),
        };
        let entry = self.state().journal.asked(request.call.clone());
        let answer = match self.meet(Stage::Before, &request).await? {
            Ok(()) => {
                let answer = self.answer(&request);
                // It is done, whatever becomes of the answer.
                self.shared.changed.notify_waiters();
                self.meet(Stage::After, &request).await?.and(answer)
            }
            Err(failure) => Err(failure),
        };
        let response = match answer {
            Ok(Answer::Object(code, object)) => with_json(code, &object),
            Ok(Answer::Watch(watch)) => with_stream(*watch),
            Err(failure) => failed(&failure),
        };
        self.state().journal.answered(entry, response.status().as_u16());
        Ok(response)
    }

    /// Meets whatever the faults have for this stage.
    async fn meet(&self, stage: Stage, request: &Request) -> Result<Result<(), Failure>, TransportError> {
        let Fault { delay, then } = self.faults().at(stage, &request.call);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        match then {
            Then::Proceed => Ok(Ok(())),
            Then::Fail(failure) => Ok(Err(failure)),
            Then::Break => Err(TransportError::Reset),
            Then::Hang => std::future::pending().await,
        }
    }

    fn answer(&self, request: &Request) -> Result<Answer, Failure> {
        let mut state = self.state();
        authorizer::authorize(&state.store, &request.call, &request.selector)?;
        let call = &request.call;
        let is_token = call.subresource == "token";
        match call.verb {
            Verb::Watch => Ok(Answer::Watch(Box::new(Watch::begin(self, &state, request)?))),
            Verb::Get | Verb::List => {
                let behind = self.faults().revisions_behind(call);
                read::read(&state.store, request, behind).map(|object| Answer::Object(200, object))
            }
            Verb::Create if is_token => {
                let token = tokens::create(&mut state, request, self.now())?;
                Ok(Answer::Object(201, Arc::new(token)))
            }
            Verb::Create => {
                let created = write::create(&mut state, request, self.now())?;
                Ok(Answer::Object(201, created))
            }
            Verb::Update | Verb::Patch => {
                write::change(&mut state, request).map(|object| Answer::Object(200, object))
            }
            Verb::Delete => {
                write::delete(&mut state, request, self.now()).map(|object| Answer::Object(200, object))
            }
        }
    }
}

fn failed(failure: &Failure) -> http::Response<AnswerBody> {
    let mut response = with_json(failure.code, &failure.status());
    if let Some(seconds) = failure.retry_after_seconds {
        response.headers_mut().insert(http::header::RETRY_AFTER, seconds.into());
    }
    response
}

fn with_json(code: u16, value: &Value) -> http::Response<AnswerBody> {
    let body = Full::new(Bytes::from(value.to_string()));
    response(code, body.map_err(|never| match never {}).boxed_unsync())
}

fn with_stream(watch: Watch) -> http::Response<AnswerBody> {
    let frames = watch.into_stream().map(|line| line.map(http_body::Frame::data));
    response(200, StreamBody::new(frames).boxed_unsync())
}

fn response(code: u16, body: AnswerBody) -> http::Response<AnswerBody> {
    let mut response = http::Response::new(body);
    *response.status_mut() =
        http::StatusCode::from_u16(code).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(http::header::CONTENT_TYPE, json);
    response
}
