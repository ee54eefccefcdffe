//! What every call has in common.

use std::future::Future;
use std::time::Duration;

use tonic::codegen::http::Uri;
use tonic::{Request, Response, Status};

use super::link::Link;
use super::{Client, MAX_MESSAGE_BYTES};
use crate::Operation;
use crate::error::{self, CriError};
use crate::v1::image_service_client::ImageServiceClient;
use crate::v1::runtime_service_client::RuntimeServiceClient;

/// The generated clients, by the names used here.
pub(super) type RuntimeStub = RuntimeServiceClient<Link>;
pub(super) type ImageStub = ImageServiceClient<Link>;

/// The authority must be `localhost`: servers refuse a path there.
fn origin() -> Uri {
    Uri::from_static("http://localhost")
}

/// What is special about a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    pub(super) operation: Operation,
    /// `None` waits forever.
    pub(super) deadline: Option<Duration>,
    /// Label of the metrics of `RunPodSandbox`.
    pub(super) runtime_handler: Option<&'a str>,
}

impl Client {
    /// The generated client of the runtime service.
    pub(super) fn runtime(&self) -> RuntimeStub {
        RuntimeServiceClient::with_origin(self.link.clone(), origin())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES)
    }

    /// The generated client of the image service.
    pub(super) fn images(&self) -> ImageStub {
        ImageServiceClient::with_origin(self.link.clone(), origin())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES)
    }

    /// One call with the usual deadline. See [`Client::call_with`].
    pub(super) async fn call<Message, Reply, Sent, Taken>(
        &self,
        operation: Operation,
        message: Message,
        send: impl FnOnce(Request<Message>) -> Sent,
        take: impl FnOnce(Reply) -> Result<Taken, String>,
    ) -> Result<Taken, CriError>
    where
        Sent: Future<Output = Result<Response<Reply>, Status>>,
    {
        let terms = Terms { operation, deadline: self.deadlines.default_call(), runtime_handler: None };
        self.call_with(terms, message, send, take).await
    }

    /// One call: `send` hands the request to a stub, `take` takes what is wanted from the answer and refuses one that lacks
    /// what the caller relies on. The runtime is told of the deadline, so that it gives up too.
    pub(super) async fn call_with<Message, Reply, Sent, Taken>(
        &self,
        terms: Terms<'_>,
        message: Message,
        send: impl FnOnce(Request<Message>) -> Sent,
        take: impl FnOnce(Reply) -> Result<Taken, String>,
    ) -> Result<Taken, CriError>
    where
        Sent: Future<Output = Result<Response<Reply>, Status>>,
    {
        let Terms { operation, deadline, runtime_handler } = terms;
        let recording = self.metrics.as_ref().map(|metrics| metrics.start(operation, runtime_handler));
        let mut request = Request::new(message);
        let answer = match deadline {
            None => send(request).await,
            Some(deadline) => {
                request.set_timeout(deadline);
                tokio::time::timeout(deadline, send(request))
                    .await
                    .map_err(|_elapsed| error::deadline(operation))?
            }
        };
        let reply =
            answer.map_err(|status| error::from_status(operation, &self.endpoint, status))?.into_inner();
        let taken = take(reply).map_err(|lacking| CriError::unknown(operation, lacking))?;
        if let Some(recording) = recording {
            recording.succeed();
        }
        Ok(taken)
    }
}

/// `text`, or what is wrong with it: `what` names the field.
pub(super) fn filled(text: String, what: impl FnOnce() -> String) -> Result<String, String> {
    if text.is_empty() { Err(format!("{} is not set", what())) } else { Ok(text) }
}
