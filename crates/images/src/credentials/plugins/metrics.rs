//! Metrics of programs, with upstream's names.

use prometheus::{DEFAULT_BUCKETS, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry};

/// Registered once, in the wiring, when there are programs.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// `kubelet_credential_provider_plugin_duration`, by `plugin_name`.
    pub duration: HistogramVec,
    /// `kubelet_credential_provider_plugin_errors_total`, by `plugin_name`.
    pub errors: IntCounterVec,
}

impl Metrics {
    /// Makes and registers them. `configuration_hash` is `sha256:` and the hash of the configuration's files, which
    /// `kubelet_credential_provider_config_info` shows.
    pub fn new(registry: &Registry, configuration_hash: &str) -> Result<Self, prometheus::Error> {
        let duration = HistogramVec::new(
            HistogramOpts::new(
                "kubelet_credential_provider_plugin_duration",
                "Duration of execution in seconds for credential provider plugin",
            )
            .buckets(DEFAULT_BUCKETS.to_vec()),
            &["plugin_name"],
        )?;
        let errors = IntCounterVec::new(
            Opts::new(
                "kubelet_credential_provider_plugin_errors_total",
                "Number of errors from credential provider plugin",
            ),
            &["plugin_name"],
        )?;
        let configuration = IntGaugeVec::new(
            Opts::new(
                "kubelet_credential_provider_config_info",
                "Information about the last applied credential provider configuration with hash as label",
            ),
            &["hash"],
        )?;
        configuration.with_label_values(&[configuration_hash]).set(1);
        registry.register(Box::new(duration.clone()))?;
        registry.register(Box::new(errors.clone()))?;
        registry.register(Box::new(configuration))?;
        Ok(Self { duration, errors })
    }
}
