//! Metrics of the node, with upstream's names.

use prometheus::{Gauge, IntGaugeVec, Opts, Registry};

/// Registered once, in the wiring.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// `kubelet_node_startup_pre_kubelet_duration_seconds`.
    pub(crate) pre_kubelet: Gauge,
    /// `kubelet_node_startup_pre_registration_duration_seconds`.
    pub(crate) pre_registration: Gauge,
    /// `kubelet_node_startup_registration_duration_seconds`.
    pub(crate) registration: Gauge,
    /// `kubelet_node_startup_post_registration_duration_seconds`.
    pub(crate) post_registration: Gauge,
    /// `kubelet_node_startup_duration_seconds`.
    pub(crate) total: Gauge,
}

impl Metrics {
    /// Makes and registers them, and `kubelet_node_name` with them.
    pub fn new(registry: &Registry, node_name: &str) -> Result<Self, prometheus::Error> {
        let names = Opts::new("kubelet_node_name", "The node's name. The count is always 1.");
        let names = IntGaugeVec::new(names, &["node"])?;
        names.with_label_values(&[node_name]).set(1);
        registry.register(Box::new(names))?;
        let gauge = |part: &str, help: &str| {
            let name = format!("kubelet_node_startup_{part}duration_seconds");
            let gauge = Gauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, prometheus::Error>(gauge)
        };
        Ok(Self {
            pre_kubelet: gauge("pre_kubelet_", "Duration in seconds of node startup before kubelet starts.")?,
            pre_registration: gauge(
                "pre_registration_",
                "Duration in seconds of node startup before registration.",
            )?,
            registration: gauge("registration_", "Duration in seconds of node startup during registration.")?,
            post_registration: gauge(
                "post_registration_",
                "Duration in seconds of node startup after registration.",
            )?,
            total: gauge("", "Duration in seconds of node startup in total.")?,
        })
    }
}
