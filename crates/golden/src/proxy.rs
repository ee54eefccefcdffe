//! The proxy: HTTP/2 in, HTTP/2 out, bytes untouched; the calls that matter are decoded on the way.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{UnixListener, UnixStream};

use crate::observe;
use crate::protocol::Protocol;
use crate::recorder::{Call, RECORDED, Recorder};

type Body = UnsyncBoxBody<Bytes, hyper::Error>;

/// What every connection and call of the proxy shares.
struct Shared {
    runtime: SendRequest<Full<Bytes>>,
    protocol: Protocol,
    recorder: Arc<Recorder>,
}

/// Connects to the runtime and serves on `listen` for as long as the returned task lives.
///
/// # Errors
/// When one of the two sockets cannot be used.
pub async fn start(
    listen: &Path,
    runtime: &Path,
    recorder: Arc<Recorder>,
) -> anyhow::Result<tokio::task::JoinHandle<()>> {
    let stream = UnixStream::connect(runtime)
        .await
        .with_context(|| format!("the runtime does not answer at {}", runtime.display()))?;
    let (runtime, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .context("the runtime speaks no HTTP/2")?;
    tokio::spawn(connection);
    let listener =
        UnixListener::bind(listen).with_context(|| format!("{} cannot be bound", listen.display()))?;
    let shared = Arc::new(Shared { runtime, protocol: Protocol::load(), recorder });
    Ok(tokio::spawn(accept(listener, shared)))
}

async fn accept(listener: UnixListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = service_fn(move |request| forward(Arc::clone(&shared), request));
            // A kubelet that hangs up is no error of the recording.
            let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn forward(shared: Arc<Shared>, request: Request<Incoming>) -> anyhow::Result<Response<Body>> {
    let at_ms = shared.recorder.now_ms();
    let path = request.uri().path().to_owned();
    let method = path.rsplit('/').next().unwrap_or_default().to_owned();
    let (mut parts, body) = request.into_parts();
    let frame = body.collect().await.context("the request cannot be read")?.to_bytes();
    parts.uri = Uri::builder()
        .scheme("http")
        .authority("localhost")
        .path_and_query(path.as_str())
        .build()
        .context("the path cannot be passed on")?;
    let recorded = RECORDED.contains(&method.as_str());
    let decoded = recorded.then(|| shared.protocol.request(&path, &frame)).transpose();
    let decoded = match decoded {
        Ok(decoded) => decoded,
        Err(problem) => {
            shared.recorder.problem(format!("{path}: {problem:#}"));
            None
        }
    };
    let observed = decoded.as_ref().map(|decoded| observe::before(&method, decoded)).unwrap_or_default();
    let mut runtime = shared.runtime.clone();
    runtime.ready().await.context("the runtime hung up")?;
    let response =
        runtime.send_request(Request::from_parts(parts, Full::new(frame))).await.context("no answer")?;
    let Some(decoded) = decoded else { return Ok(response.map(BodyExt::boxed_unsync)) };
    let (parts, body) = response.into_parts();
    let collected = body.collect().await.context("the answer cannot be read")?;
    let trailers = collected.trailers().cloned();
    let (code, message) = status(trailers.as_ref().unwrap_or(&parts.headers));
    let frame = collected.to_bytes();
    let answer = shared.protocol.response(&path, &frame).unwrap_or_else(|problem| {
        shared.recorder.problem(format!("{path}: {problem:#}"));
        serde_json::Value::Null
    });
    let took_ms = shared.recorder.now_ms().saturating_sub(at_ms);
    shared.recorder.push(Call {
        method,
        request: decoded,
        response: answer,
        code,
        message,
        observed,
        at_ms,
        took_ms,
    });
    let body = Full::new(frame).map_err(|never| match never {});
    let body = match trailers {
        Some(trailers) => body.with_trailers(std::future::ready(Some(Ok(trailers)))).boxed_unsync(),
        // An error without a message: its headers must end the stream, or they are not taken for trailers.
        None => body.boxed_unsync(),
    };
    Ok(Response::from_parts(parts, body))
}

/// Code and message of a call from its trailers, or from its headers when there is nothing else.
fn status(headers: &HeaderMap) -> (i32, String) {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    (text("grpc-status").parse().unwrap_or_default(), percent_decoded(text("grpc-message")))
}

/// gRPC writes every byte that is not printable ASCII, and the percent sign, as `%XX`.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = after
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One call without a recording. Returns the status code and the answer's frame.
///
/// # Errors
/// When the call cannot be made.
pub async fn call(socket: &Path, path: &str, frame: Bytes) -> anyhow::Result<(i32, Bytes)> {
    let stream =
        UnixStream::connect(socket).await.with_context(|| format!("{} is not there", socket.display()))?;
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::post(format!("http://localhost{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Full::new(frame))
        .map_err(|error| anyhow!(error))?;
    let response = sender.send_request(request).await?;
    let headers = response.headers().clone();
    let collected = response.into_body().collect().await?;
    let (code, _) = status(collected.trailers().unwrap_or(&headers));
    Ok((code, collected.to_bytes()))
}

/// Nothing was seen.
pub(crate) type Observed = BTreeMap<String, serde_json::Value>;

#[cfg(test)]
mod tests;
