//! A Pod or a PodList behind a URL, fetched every `httpCheckFrequency`.
//!
//! A failed fetch or a bad answer changes nothing: the pods of the last good answer go on. An empty answer is bad too, but
//! it is one: whoever waits for all sources waits for this one no longer. Upstream: `pkg/kubelet/config/http.go`.

use super::decode::decode;
use super::{NodeIdentity, SourceEvent, snapshot};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::header::{HeaderMap, LOCATION};
use hyper::{Request, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tasks::{Clock, Stop, watch};
use tokio::sync::mpsc;
use types::error::chain;
use types::{PodSource, PodUid, WantedPod};

/// One fetch may take so long, as upstream's client.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

/// An answer may have ten MiB at most, as a manifest file.
const MAX_ANSWER_BYTES: usize = 10 * 1024 * 1024;

/// As many redirects as Go's client follows.
const MAX_REDIRECTS: usize = 10;

/// What this source is configured with; may change while it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct UrlSettings {
    /// Where the manifest is; `None`: no pods from a URL.
    pub url: Option<Uri>,
    /// Headers of the request (`--manifest-url-header`).
    pub headers: HeaderMap,
    /// Pause between two fetches.
    pub period: Duration,
}

/// The source, before its loop.
#[derive(Clone, Debug)]
pub struct UrlSource {
    /// Its settings.
    pub settings: watch::Receiver<UrlSettings>,
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
    Status(StatusCode),
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

/// What has been fetched so far.
#[derive(Default)]
struct Fetched {
    known: BTreeMap<PodUid, Arc<WantedPod>>,
    last_answer: Option<Bytes>,
    is_failing: bool,
}

impl UrlSource {
    /// Reports until `stop`, or until nobody listens any more.
    pub async fn run(mut self, events: mpsc::Sender<SourceEvent>, stop: Stop) {
        let mut client = None;
        let mut fetched = Fetched::default();
        let mut is_synced = false;
        loop {
            let settings = self.settings.borrow_and_update().clone();
            let found = tokio::select! {
                biased;
                () = stop.requested() => return,
                found = self.look(&settings, &mut client, &mut fetched) => found,
            };
            if let Some(mut found) = found {
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
            tokio::select! {
                biased;
                () = stop.requested() => return,
                Ok(()) = self.settings.changed() => fetched.last_answer = None,
                () = tokio::time::sleep(settings.period), if settings.url.is_some() => {}
            }
        }
    }

    /// One fetch; what changed, or `None` when the answer could not be had.
    async fn look(
        &self,
        settings: &UrlSettings,
        client: &mut Option<HttpClient>,
        fetched: &mut Fetched,
    ) -> Option<Vec<SourceEvent>> {
        let Some(url) = &settings.url else {
            return Some(snapshot::replace(PodSource::Http, &mut fetched.known, Vec::new()));
        };
        let client = client.get_or_insert_with(self::client);
        let answer = tokio::time::timeout(FETCH_TIMEOUT, fetch(client, url, &settings.headers)).await;
        let pods = match answer.unwrap_or(Err(FetchError::TimedOut)) {
            Ok(answer) if fetched.last_answer.as_ref() == Some(&answer) => return Some(Vec::new()),
            Ok(answer) => self.pods(url, &answer).inspect(|_| fetched.last_answer = Some(answer)),
            Err(error) => Err(error),
        };
        match pods {
            Ok(pods) => {
                fetched.is_failing = false;
                Some(snapshot::replace(PodSource::Http, &mut fetched.known, pods))
            }
            Err(error) => {
                if std::mem::replace(&mut fetched.is_failing, true) {
                    tracing::debug!(url = %url, err = %chain(&error), "Still no pods from the manifest URL");
                } else {
                    tracing::error!(
                        url = %url, err = %chain(&error),
                        "Failed to read pods from the manifest URL; the pods of its last good answer go on"
                    );
                }
                matches!(error, FetchError::Empty).then(Vec::new)
            }
        }
    }

    fn pods(&self, url: &Uri, answer: &Bytes) -> Result<Vec<Arc<WantedPod>>, FetchError> {
        if answer.is_empty() {
            return Err(FetchError::Empty);
        }
        let url = url.to_string();
        let kind = manifest::OriginKind::Url { url: &url };
        Ok(decode(answer, kind, &self.node, self.clock.now())?)
    }
}

async fn fetch(client: &HttpClient, configured: &Uri, headers: &HeaderMap) -> Result<Bytes, FetchError> {
    let mut url = configured.clone();
    for _ in 0..=MAX_REDIRECTS {
        let mut request = Request::get(url.clone()).body(Empty::new()).map_err(FetchError::Request)?;
        // Headers may carry credentials: they go to the configured place alone.
        if url.authority() == configured.authority() && url.scheme() == configured.scheme() {
            *request.headers_mut() = headers.clone();
        }
        let response = client.request(request).await.map_err(FetchError::Connection)?;
        if response.status().is_redirection() {
            url = redirect(&url, response.headers()).ok_or(FetchError::Redirects)?;
            continue;
        }
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status()));
        }
        let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES);
        return Ok(body.collect().await.map_err(FetchError::Body)?.to_bytes());
    }
    Err(FetchError::Redirects)
}

fn client() -> HttpClient {
    let connector =
        HttpsConnectorBuilder::new().with_tls_config(tls_config()).https_or_http().enable_http1().build();
    Client::builder(TokioExecutor::new()).build(connector)
}

/// Trusts what the machine trusts, as Go's client does.
fn tls_config() -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
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

#[cfg(test)]
mod tests;
