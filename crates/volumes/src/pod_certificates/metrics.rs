//! `kubelet_podcertificate_states`, counted when somebody asks, as upstream does
//! (`pkg/kubelet/metrics/collectors/podcertificate_metrics.go`).

use std::collections::BTreeMap;

use jiff::Timestamp;
use prometheus::{
    IntGaugeVec, Opts,
    core::{Collector, Desc},
    proto::MetricFamily,
};

use super::{PodCertificates, State, issue::OVERDUE_AFTER};

/// How many sources of projected volumes have a certificate in which state.
pub struct PodCertificateStates {
    certificates: PodCertificates,
    states: IntGaugeVec,
}

impl PodCertificateStates {
    /// Counts `certificates`.
    pub fn new(certificates: PodCertificates) -> Result<Self, prometheus::Error> {
        let help = "Gauge vector reporting the number of pod certificate projected volume sources, faceted by signer_name and state.";
        let options = Opts::new("kubelet_podcertificate_states", help);
        Ok(Self { certificates, states: IntGaugeVec::new(options, &["signer_name", "state"])? })
    }
}

impl Collector for PodCertificateStates {
    fn desc(&self) -> Vec<&Desc> {
        self.states.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.states.reset();
        for ((signer_name, state), count) in self.certificates.count() {
            self.states.with_label_values(&[signer_name.as_str(), state]).set(count);
        }
        self.states.collect()
    }
}

impl PodCertificates {
    /// Certificates by signer and state.
    fn count(&self) -> BTreeMap<(String, &'static str), i64> {
        let now = self.shared.clock.now();
        let mut counts = BTreeMap::new();
        for entry in self.entries().values() {
            let state = state(&entry.states.borrow(), now);
            *counts.entry((entry.signer_name.clone(), state)).or_default() += 1;
        }
        counts
    }
}

fn state(state: &State, now: Timestamp) -> &'static str {
    match state {
        State::NotIssued(_) => "not_yet_issued",
        State::Refused(refusal) => match refusal.kind {
            apiserver::RefusalKind::Denied => "denied",
            apiserver::RefusalKind::Failed => "failed",
        },
        State::Issued(credential) if now > credential.not_after => "expired",
        State::Issued(credential)
            if now > credential.refresh_at.saturating_add(OVERDUE_AFTER).unwrap_or(Timestamp::MAX) =>
        {
            "overdue_for_refresh"
        }
        State::Issued(_) => "fresh",
    }
}
