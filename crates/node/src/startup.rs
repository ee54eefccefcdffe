//! How long the node took to start, for metrics (`pkg/kubelet/util/node_startup_latency_tracker.go`, KEP-3756).

use crate::metrics::Metrics;
use jiff::Timestamp;

/// The moments that were passed. Only a node that was new to the cluster is measured.
#[derive(Clone)]
pub(crate) struct Startup {
    metrics: Metrics,
    booted_at: Option<Timestamp>,
    started_at: Timestamp,
    attempted_at: Option<Timestamp>,
    registered_at: Option<Timestamp>,
    is_ready: bool,
}

impl Startup {
    pub(crate) fn new(metrics: Metrics, booted_at: Option<Timestamp>, started_at: Timestamp) -> Self {
        Self { metrics, booted_at, started_at, attempted_at: None, registered_at: None, is_ready: false }
    }

    /// The first attempt to register begins.
    pub(crate) fn attempted(&mut self, now: Timestamp) {
        self.attempted_at.get_or_insert(now);
    }

    /// The node was made.
    pub(crate) fn registered(&mut self, now: Timestamp) {
        let (Some(attempted_at), None) = (self.attempted_at, self.registered_at) else { return };
        self.registered_at = Some(now);
        if let Some(booted_at) = self.booted_at {
            self.metrics.pre_kubelet.set(seconds(booted_at, self.started_at));
        }
        self.metrics.pre_registration.set(seconds(self.started_at, attempted_at));
        self.metrics.registration.set(seconds(attempted_at, now));
    }

    /// The server knows that the node is ready.
    pub(crate) fn ready(&mut self, now: Timestamp) {
        let (Some(registered_at), false) = (self.registered_at, self.is_ready) else { return };
        self.is_ready = true;
        self.metrics.post_registration.set(seconds(registered_at, now));
        if let Some(booted_at) = self.booted_at {
            self.metrics.total.set(seconds(booted_at, now));
        }
    }
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_node_is_measured_once() {
        let registry = prometheus::Registry::new();
        let metrics = Metrics::new(&registry, "n1").unwrap();
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let mut startup = Startup::new(metrics.clone(), Some(at(100)), at(110));
        startup.ready(at(111));
        startup.registered(at(111));
        startup.attempted(at(112));
        startup.attempted(at(113));
        startup.registered(at(115));
        startup.ready(at(119));
        startup.ready(at(130));
        let measured = [
            &metrics.pre_kubelet,
            &metrics.pre_registration,
            &metrics.registration,
            &metrics.post_registration,
            &metrics.total,
        ];
        assert_eq!(measured.map(|gauge| gauge.get() as i64), [10, 2, 3, 4, 19]);
    }
}
