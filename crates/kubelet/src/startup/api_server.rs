//! The connection to the API server, as flags and configuration ask for it.

use super::node::ARCHITECTURE;
use crate::version::KUBERNETES_VERSION;
use anyhow::{Context, Result, bail};
use apiserver::{ApiServer, ConnectSettings, connect};
use config::Settings;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tasks::Stop;

/// Connects as `--kubeconfig` says; `None` without one: the kubelet then runs standalone. A server that is away is no
/// error.
///
/// # Errors
/// When the kubeconfig is not there, or wrong.
pub async fn reach(
    settings: &Settings,
    registry: &prometheus::Registry,
    stop: &Stop,
) -> Result<Option<ApiServer>> {
    let path = settings.flags.kubeconfig.as_str();
    if path.is_empty() {
        return Ok(None);
    }
    if !Path::new(path).exists() && !settings.flags.bootstrap_kubeconfig.is_empty() {
        bail!(
            "--kubeconfig: {path} does not exist, and this kubelet cannot ask for a certificate with --bootstrap-kubeconfig yet: create {path} first"
        );
    }
    let api = connect(&connect_settings(settings), registry, stop.clone()).await;
    api.map(Some).context("--kubeconfig")
}

fn connect_settings(settings: &Settings) -> ConnectSettings {
    let configuration = &settings.configuration;
    let burst = |burst: i32| u32::try_from(burst).unwrap_or(0);
    let lease = Duration::from_secs(u64::try_from(configuration.node_lease_duration_seconds).unwrap_or(40));
    ConnectSettings {
        kubeconfig: PathBuf::from(&settings.flags.kubeconfig),
        qps: f64::from(configuration.kube_api_qps),
        burst: burst(configuration.kube_api_burst),
        event_qps: f64::from(configuration.event_record_qps),
        event_burst: burst(configuration.event_burst),
        heartbeat_timeout: configuration.node_status_update_frequency.to_std().min(lease),
        user_agent: format!(
            "kubelet/{KUBERNETES_VERSION} (linux/{ARCHITECTURE}) kubernetes/rs.{}",
            env!("CARGO_PKG_VERSION")
        ),
    }
}
