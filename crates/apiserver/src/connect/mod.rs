//! The connection to a real API server, from a kubeconfig file.
//!
//! ```text
//! kube::Client ─▶ base URI, headers, credentials (kube's layers) ─▶ Transport: metrics ─▶ Pool ─▶ HTTP/2 connections
//!                                                                        renewal: files change ──▲
//! ```
//!
//! `kube` by itself speaks HTTP/1.1, one connection per watch, and never reads a client certificate again. Hence the
//! [`Pool`](pool::Pool): a few HTTP/2 connections, made anew when a file that the kubeconfig names changes. All three clients of
//! [`ApiServer`] share it; what they have of their own is the budget and the deadline.
//!
//! Not supported: `proxy-url`, and the renewal of certificates that a credential plugin returns.

mod answer;
mod error;
mod kubeconfig;
mod metrics;
mod pool;
mod renewal;
mod tls;
mod transport;

use crate::budget::Budget;
use crate::server::ApiServer;
pub use error::ConnectError;
use kube::Config;
use kube::client::ConfigExt;
use kubeconfig::Kubeconfig;
use metrics::Metrics;
use pool::Pool;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tasks::Stop;
use tower::Layer;
use transport::Transport;

/// How to reach the API server, and how often.
#[derive(Clone, Debug)]
pub struct ConnectSettings {
    /// The kubeconfig file (`--kubeconfig`).
    pub kubeconfig: PathBuf,
    /// `kubeAPIQPS`: requests a second; 0 means 5 as in client-go, less than 0 no limit.
    pub qps: f64,
    /// `kubeAPIBurst`; 0 means 10 as in client-go.
    pub burst: u32,
    /// `eventRecordQPS`; 0: no limit.
    pub event_qps: f64,
    /// `eventBurst`.
    pub event_burst: u32,
    /// Heartbeats are given up after this: min(`nodeStatusUpdateFrequency`, lease duration).
    pub heartbeat_timeout: Duration,
    /// `kubelet/v1.37.1 (linux/amd64) kubernetes/1a2b3c4`.
    pub user_agent: String,
}

/// Reads the kubeconfig and makes the clients. Sends nothing yet: a server that is away is no error.
///
/// A task looks at the files that the kubeconfig names until `stop`, and has the connections made anew when one changes.
/// Runs the credential plugin, if there is one, for the first time.
pub async fn connect(
    settings: &ConnectSettings,
    registry: &prometheus::Registry,
    stop: Stop,
) -> Result<ApiServer, ConnectError> {
    tls::install_provider();
    let metrics = Metrics::register(registry).map_err(ConnectError::Metrics)?;
    let kubeconfig = Kubeconfig::new(&settings.kubeconfig);
    let mut config = kubeconfig.read().await?;
    let agent = settings
        .user_agent
        .parse()
        .map_err(|_| ConnectError::UserAgent { user_agent: settings.user_agent.clone() })?;
    config.headers.push((http::header::USER_AGENT, agent));
    let pool = Arc::new(Pool::new(&config.cluster_url, tls::connector(&kubeconfig, &config)?));
    let host = config.cluster_url.authority().map(ToString::to_string).unwrap_or_default();
    // A credential plugin is a program that is waited for.
    let named = kubeconfig.clone();
    let transport = Transport::new(pool.clone(), metrics, host);
    let client = match tokio::task::spawn_blocking(move || client(&named, &config, transport)).await {
        Ok(client) => client?,
        Err(cause) => return Err(ConnectError::Interrupted(cause)),
    };
    tokio::spawn(renewal::run(kubeconfig, pool, stop));
    // Upstream turns an event rate of 0 into no limit before client-go sees it (`cmd/kubelet/app/server.go`).
    let events = match settings.event_qps == 0.0 {
        true => Budget::unlimited(),
        false => Budget::of_client_go(settings.event_qps, settings.event_burst),
    };
    Ok(ApiServer::new(client.clone(), client.clone(), client)
        .with_budgets(Budget::of_client_go(settings.qps, settings.burst), events)
        .with_heartbeat_deadline(settings.heartbeat_timeout))
}

/// One client on `transport`, with the base URI, headers and credentials of the kubeconfig.
fn client(
    kubeconfig: &Kubeconfig,
    config: &Config,
    transport: Transport,
) -> Result<kube::Client, ConnectError> {
    let wrong = |cause| ConnectError::credentials(kubeconfig, cause);
    let headers = config.extra_headers_layer().map_err(wrong)?;
    let service = config.base_uri_layer().layer(headers.layer(transport));
    let namespace = config.default_namespace.clone();
    Ok(match config.auth_layer().map_err(wrong)? {
        Some(credentials) => kube::Client::new(credentials.layer(service), namespace),
        None => kube::Client::new(service, namespace),
    })
}

#[cfg(test)]
mod tests;
