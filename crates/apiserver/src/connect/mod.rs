//! The connection to a real API server, from a kubeconfig file.
//!
//! ```text
//! kube::Client ─▶ base URI, headers ─▶ Transport: credentials, metrics ─▶ Pool ─▶ HTTP/2 connections ─▶ Dialer ─▶ proxy
//!                                              credential plugin, files that change, silent heartbeats ──▲
//! ```
//!
//! `kube` by itself speaks HTTP/1.1, one connection per watch, and never reads a client certificate again. Hence the
//! [`Pool`](pool::Pool): a few HTTP/2 connections, made anew when a file that the kubeconfig names changes. All three clients of
//! [`ApiServer`] share it; what they have of their own is the budget and the deadline.
//!
//! Tasks: one that looks at the certificate files, one that runs the credential plugin where there is one, one a connection.

mod absent;
mod answer;
mod connections;
mod credentials;
mod dialer;
mod error;
mod fields;
mod file_events;
mod identity;
mod kubeconfig;
mod metrics;
mod pool;
mod protocol;
mod proxy;
mod renewal;
mod tls;
mod transport;
mod unverified;

use crate::budget::Budget;
use crate::server::ApiServer;
use connections::Connections;
use credentials::Credentials;
pub use error::ConnectError;
use file_events::FileEvents;
use kube::client::ConfigExt;
use kubeconfig::{Kubeconfig, Reading};
use metrics::Metrics;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tasks::{Clock, Stop};
pub use tls::TlsError;
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

/// Reads the kubeconfig and makes the clients. Sends nothing yet: a server that is away is no error, and a credential plugin
/// runs when the first request needs it, as with client-go.
///
/// A task looks at the files that the kubeconfig names until `stop`, and has the connections made anew when one changes.
pub async fn connect(
    settings: &ConnectSettings,
    registry: &prometheus::Registry,
    stop: Stop,
) -> Result<ApiServer, ConnectError> {
    tls::install_provider();
    let metrics = Metrics::register(registry).map_err(ConnectError::Metrics)?;
    let kubeconfig = Kubeconfig::new(&settings.kubeconfig);
    let mut reading = kubeconfig.read().await?;
    let agent = settings
        .user_agent
        .parse()
        .map_err(|_| ConnectError::UserAgent { user_agent: settings.user_agent.clone() })?;
    reading.config.headers.push((http::header::USER_AGENT, agent));
    let connections = Arc::new(Connections::new(kubeconfig.clone(), &reading)?);
    let credentials = Credentials::new(&kubeconfig, &reading, &connections, Clock::System)?;
    let client = client(&kubeconfig, &reading, connections.clone(), credentials, metrics)?;
    tokio::spawn(renewal::run(connections.clone(), FileEvents::new(), stop));
    // Upstream turns an event rate of 0 into no limit before client-go sees it (`cmd/kubelet/app/server.go`).
    let events = match settings.event_qps == 0.0 {
        true => Budget::unlimited(),
        false => Budget::of_client_go(settings.event_qps, settings.event_burst),
    };
    let abandon = move || {
        let count = connections.pool.abandon();
        if count > 0 {
            tracing::warn!(
                count,
                "Heartbeats are not answered; the connections to the API server are made anew"
            );
        }
    };
    Ok(ApiServer::new(client.clone(), client.clone(), client)
        .with_budgets(Budget::of_client_go(settings.qps, settings.burst), events)
        .with_heartbeat_deadline(settings.heartbeat_timeout)
        .with_reconnect(abandon))
}

/// The client, with the base URI, headers and credentials of the kubeconfig.
fn client(
    kubeconfig: &Kubeconfig,
    reading: &Reading,
    connections: Arc<Connections>,
    credentials: Credentials,
    metrics: Metrics,
) -> Result<kube::Client, ConnectError> {
    let config = &reading.config;
    let host = config.cluster_url.authority().map(ToString::to_string).unwrap_or_default();
    let transport = Transport::new(connections, credentials, metrics, &host);
    let headers = config.extra_headers_layer();
    let headers = headers.map_err(|cause| ConnectError::impersonation(kubeconfig, cause))?;
    let service = config.base_uri_layer().layer(headers.layer(transport));
    Ok(kube::Client::new(service, config.default_namespace.clone()))
}

#[cfg(test)]
mod tests;
