//! A Pod or a PodList behind a URL, fetched every `httpCheckFrequency`.
//!
//! A failed fetch or a bad answer changes nothing: the pods of the last good answer go on. Upstream:
//! `pkg/kubelet/config/http.go`.

use super::decode::decode;
use super::{NodeIdentity, SourceEvent, snapshot};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::header::{HeaderMap, LOCATION};
use hyper::{Request, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::collections::BTreeMap;
use std::time::Duration;
use tasks::{Clock, Stop};
use tokio::sync::mpsc;
use types::PodSource;

/// One fetch may take so long, as upstream's client.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

/// An answer may have ten MiB at most, as a manifest file.
const MAX_ANSWER_BYTES: usize = 10 * 1024 * 1024;

/// As many redirects as Go's client follows.
const MAX_REDIRECTS: usize = 10;

/// What this source is configured with.
#[derive(Clone, Debug)]
pub struct UrlSource {
    /// Where the manifest is.
    pub url: Uri,
    /// Headers of the request (`--manifest-url-header`).
    pub headers: HeaderMap,
    /// Pause between two fetches.
    pub period: Duration,
    /// Identity of the node.
    pub node: NodeIdentity,
    /// Wall time.
    pub clock: Clock,
}

/// Why an answer could not be had.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("no answer within {} s", FETCH_TIMEOUT.as_secs())]
    TimedOut,
    #[error("the connection failed")]
    Connection(#[source] hyper_util::client::legacy::Error),
    #[error("the answer broke off or is larger than {MAX_ANSWER_BYTES} bytes")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the server answered {0}")]
    Status(hyper::StatusCode),
    #[error("the answer is empty")]
    Empty,
    #[error("redirected more than {MAX_REDIRECTS} times, or to nowhere")]
    Redirects,
    #[error("the request could not be made")]
    Request(#[source] hyper::http::Error),
    #[error(transparent)]
    Manifest(#[from] manifest::ManifestError),
}

type HttpClient = Client<HttpsConnector<HttpConnector>, Empty<Bytes>>;

impl UrlSource {
    /// Reports until `stop`, or until nobody listens any more.
    pub async fn run(self, events: mpsc::Sender<SourceEvent>, stop: Stop) {
        let client = client();
        let mut known = BTreeMap::new();
        let mut last_answer: Option<Bytes> = None;
        let mut is_synced = false;
        let mut is_failing = false;
        loop {
            let fetched = tokio::select! {
                biased;
                () = stop.requested() => return,
                fetched = tokio::time::timeout(FETCH_TIMEOUT, self.fetch(&client)) => {
                    fetched.unwrap_or(Err(FetchError::TimedOut))
                }
            };
            let found = match fetched {
                Ok(answer) if last_answer.as_ref() == Some(&answer) => Ok(Vec::new()),
                Ok(answer) => self.pods(&answer).map(|pods| {
                    last_answer = Some(answer);
                    snapshot::replace(PodSource::Http, &mut known, pods)
                }),
                Err(error) => Err(error),
            };
            match found {
                Ok(mut found) => {
                    is_failing = false;
                    if !is_synced {
                        is_synced = true;
                        found.push(SourceEvent::Synced(PodSource::Http));
                    }
                    for event in found {
                        if events.send(event).await.is_err() {
                            return;
                        }
                    }
                }
                Err(error) if !is_failing => {
                    is_failing = true;
                    tracing::error!(
                        url = %self.url, err = %chain(&error),
                        "Failed to read pods from the manifest URL; the pods of its last good answer go on"
                    );
                }
                Err(error) => tracing::debug!(url = %self.url, err = %chain(&error), "Still no pods from the manifest URL"),
            }
            tokio::select! {
                biased;
                () = stop.requested() => return,
                () = tokio::time::sleep(self.period) => {}
            }
        }
    }

    fn pods(&self, answer: &Bytes) -> Result<Vec<std::sync::Arc<types::WantedPod>>, FetchError> {
        if answer.is_empty() {
            return Err(FetchError::Empty);
        }
        let url = self.url.to_string();
        let kind = manifest::OriginKind::Url { url: &url };
        Ok(decode(answer, kind, &self.node, self.clock.now())?)
    }

    async fn fetch(&self, client: &HttpClient) -> Result<Bytes, FetchError> {
        let mut url = self.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let mut request =
                Request::get(url.clone()).body(Empty::new()).map_err(FetchError::Request)?;
            // Headers may carry credentials: they go to the configured host alone.
            if url.authority() == self.url.authority() {
                *request.headers_mut() = self.headers.clone();
            }
            let response = client.request(request).await.map_err(FetchError::Connection)?;
            if response.status().is_redirection() {
                url = redirect(&url, response.headers()).ok_or(FetchError::Redirects)?;
                continue;
            }
            if !response.status().is_success() {
                return Err(FetchError::Status(response.status()));
            }
            let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES);
            return Ok(body.collect().await.map_err(FetchError::Body)?.to_bytes());
        }
        Err(FetchError::Redirects)
    }
}

fn client() -> HttpClient {
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls_config())
        .https_or_http()
        .enable_http1()
        .build();
    Client::builder(TokioExecutor::new()).build(connector)
}

/// Trusts what the machine trusts, as Go's client does.
fn tls_config() -> rustls::ClientConfig {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has the default TLS versions");
    match hyper_rustls::ConfigBuilderExt::with_native_roots(builder.clone()) {
        Ok(builder) => builder.with_no_client_auth(),
        Err(error) => {
            tracing::warn!(err = %error, "No certificate authorities on this machine: only http:// manifest URLs can be read. Install ca-certificates");
            builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth()
        }
    }
}

fn redirect(from: &Uri, headers: &HeaderMap) -> Option<Uri> {
    let location: Uri = headers.get(LOCATION)?.to_str().ok()?.parse().ok()?;
    let mut parts = location.into_parts();
    parts.scheme = parts.scheme.or_else(|| from.scheme().cloned());
    parts.authority = parts.authority.or_else(|| from.authority().cloned());
    Uri::from_parts(parts).ok()
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
