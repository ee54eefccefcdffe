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
use tokio::net::TcpStream;

/// The read-only port of the session's kubelet.
const READ_ONLY: ([u8; 4], u16) = ([127, 0, 0, 1], 10255);
/// The variable in which the box names its registry.
const REGISTRY_VARIABLE: &str = "KUBELET_TEST_REGISTRY";
/// The kinds of manifest that the box's images have.
const MANIFEST_TYPES: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json";
/// The longest body that is read.
const BODY_LIMIT: usize = 64 << 20;
/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The tag that the corpus uses where it does not mean the latest.
const TAG: &str = "1.37";

/// The kubelet's pods; none while it does not listen.
pub async fn pods() -> Vec<Value> {
    let address = SocketAddr::from(READ_ONLY);
    let Ok((StatusCode::OK, _, body)) =
        request(address, Method::GET, "/pods", "application/json", None).await
    else {
        return Vec::new();
    };
    let list: Value = serde_json::from_slice(&body).unwrap_or_default();
    list.get("items").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Gives the box's busybox the tag that the corpus asks for.
///
/// # Errors
/// Outside a box, or when the registry refuses.
pub async fn tag_images() -> anyhow::Result<()> {
    let address =
        std::env::var(REGISTRY_VARIABLE).with_context(|| format!("{REGISTRY_VARIABLE} is not set"))?;
    let address: SocketAddr = address.parse().with_context(|| format!("{address} is no address"))?;
    let (status, kind, manifest) =
        request(address, Method::GET, "/v2/library/busybox/manifests/latest", MANIFEST_TYPES, None).await?;
    if status != StatusCode::OK {
        bail!("the registry has no busybox: {status}");
    }
    let path = format!("/v2/library/busybox/manifests/{TAG}");
    let (status, _, _) = request(address, Method::PUT, &path, "*/*", Some((kind, manifest))).await?;
    if status != StatusCode::CREATED {
        bail!("the registry does not take the tag {TAG}: {status}");
    }
    Ok(())
}

async fn request(
    address: SocketAddr,
    method: Method,
    path: &str,
    accept: &str,
    body: Option<(String, Bytes)>,
) -> anyhow::Result<(StatusCode, String, Bytes)> {
    let work = async {
        let stream =
            TcpStream::connect(address).await.with_context(|| format!("{address} does not answer"))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, address.to_string())
            .header(ACCEPT, accept);
        let body = body.map(|(kind, body)| {
            request.headers_mut().and_then(|headers| Some(headers.insert(CONTENT_TYPE, kind.parse().ok()?)));
            body
        });
        let response = sender.send_request(request.body(Full::new(body.unwrap_or_default()))?).await?;
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
