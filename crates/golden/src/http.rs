//! The few HTTP/1.1 requests of a session: the kubelet's list of pods, and tags in the box's registry.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use crate::place;

/// The read-only port of the session's kubelet.
const READ_ONLY: ([u8; 4], u16) = ([127, 0, 0, 1], 10255);
/// The variable in which the box names its registry.
const REGISTRY_VARIABLE: &str = "KUBELET_TEST_REGISTRY";
/// Lists of pods, and the kinds of manifest that the box's images have.
const ACCEPTED: &str = "application/json, application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json";
/// The longest body that is read.
const BODY_LIMIT: usize = 64 << 20;
/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The tags of busybox that the corpus uses where it does not mean the latest: one that is always there, and one that
/// a single case pulls.
const TAGS: [&str; 2] = ["1.37", "1.36"];

/// The kubelet's pods, from its read-only port or, where there is none, from our kubelet's own socket. None while it
/// listens nowhere.
pub async fn pods() -> Vec<Value> {
    let list = match TcpStream::connect(SocketAddr::from(READ_ONLY)).await {
        Ok(stream) => request(stream, Method::GET, "/pods", None).await,
        Err(_) => match UnixStream::connect(place::root().join("kubelet.sock")).await {
            Ok(stream) => request(stream, Method::GET, "/v1/pods", None).await,
            Err(_) => return Vec::new(),
        },
    };
    let Ok((StatusCode::OK, _, body)) = list else { return Vec::new() };
    let list: Value = serde_json::from_slice(&body).unwrap_or_default();
    list.get("items").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Gives the box's busybox the tags that the corpus asks for.
///
/// # Errors
/// Outside a box, or when the registry refuses.
pub async fn tag_images() -> anyhow::Result<()> {
    let address =
        std::env::var(REGISTRY_VARIABLE).with_context(|| format!("{REGISTRY_VARIABLE} is not set"))?;
    let address: SocketAddr = address.parse().with_context(|| format!("{address} is no address"))?;
    let connect =
        || async { TcpStream::connect(address).await.with_context(|| format!("{address} does not answer")) };
    let path = "/v2/library/busybox/manifests/latest";
    let (status, kind, manifest) = request(connect().await?, Method::GET, path, None).await?;
    if status != StatusCode::OK {
        bail!("the registry has no busybox: {status}");
    }
    for tag in TAGS {
        let path = format!("/v2/library/busybox/manifests/{tag}");
        let body = Some((kind.clone(), manifest.clone()));
        let (status, _, _) = request(connect().await?, Method::PUT, &path, body).await?;
        if status != StatusCode::CREATED {
            bail!("the registry does not take the tag {tag}: {status}");
        }
    }
    Ok(())
}

async fn request(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    method: Method,
    path: &str,
    body: Option<(String, Bytes)>,
) -> anyhow::Result<(StatusCode, String, Bytes)> {
    let work = async {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let mut request =
            Request::builder().method(method).uri(path).header(HOST, "localhost").header(ACCEPT, ACCEPTED);
        if let Some((kind, _)) = &body {
            request = request.header(CONTENT_TYPE, kind);
        }
        let body = body.map(|(_, body)| body).unwrap_or_default();
        let response = sender.send_request(request.body(Full::new(body))?).await?;
        let status = response.status();
        let kind =
            response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.to_owned();
        let body = Limited::new(response.into_body(), BODY_LIMIT).collect().await;
        let body = body.map_err(|error| anyhow::anyhow!("the answer cannot be read: {error}"))?.to_bytes();
        anyhow::Ok((status, kind, body))
    };
    tokio::time::timeout(TIMEOUT, work).await.context("no answer in time")?
}
