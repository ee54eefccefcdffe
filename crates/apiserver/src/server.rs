//! The set of clients.

use crate::budget::Budget;
use crate::caller::Caller;
use crate::events::Events;
use crate::leases::Leases;
use crate::lifeline::Lifeline;
use crate::nodes::Nodes;
use crate::pod_certificates::PodCertificateRequests;
use crate::pods::Pods;
use crate::service_accounts::ServiceAccounts;
use crate::token_requests::TokenRequests;
use std::sync::Arc;
use std::time::Duration;

/// Longer than the server itself works on a request (`--request-timeout`, 60 s): who gives up earlier only
/// makes it do the same work twice.
const REQUEST_DEADLINE: Duration = Duration::from_secs(65);
/// Upstream's heartbeat client gives up after min(`nodeStatusUpdateFrequency`, lease duration): 10 s by default.
const HEARTBEAT_DEADLINE: Duration = Duration::from_secs(10);

/// An API server as three clients, so that a storm of events never delays a heartbeat. Cheap to clone.
#[derive(Clone)]
pub struct ApiServer {
    pub(crate) main: Caller,
    pub(crate) events: Caller,
    pub(crate) heartbeat: Caller,
}

impl ApiServer {
    /// Clients without limits and with the usual deadlines.
    pub fn new(main: kube::Client, events: kube::Client, heartbeat: kube::Client) -> Self {
        let caller =
            |client, deadline| Caller { client, budget: Budget::unlimited(), deadline, lifeline: None };
        Self {
            main: caller(main, REQUEST_DEADLINE),
            events: caller(events, REQUEST_DEADLINE),
            heartbeat: caller(heartbeat, HEARTBEAT_DEADLINE),
        }
    }

    /// The same clients, with `main` for everything but events, and `events` for those. Heartbeats have no limit.
    pub fn with_budgets(mut self, main: Budget, events: Budget) -> Self {
        self.main.budget = main;
        self.events.budget = events;
        self
    }

    /// The same clients, whose heartbeats are given up after `deadline`.
    pub fn with_heartbeat_deadline(mut self, deadline: Duration) -> Self {
        self.heartbeat.deadline = deadline;
        self
    }

    /// The same clients, which call `reconnect` when heartbeats are not answered again and again: it closes all connections.
    pub fn with_reconnect(mut self, reconnect: impl Fn() + Send + Sync + 'static) -> Self {
        self.heartbeat.lifeline = Some(Arc::new(Lifeline::new(reconnect)));
        self
    }

    /// Pods.
    pub fn pods(&self) -> Pods {
        Pods::new(self.main.clone())
    }

    /// Nodes. The node's status goes through the heartbeat client, as upstream's does.
    pub fn nodes(&self) -> Nodes {
        Nodes::new(self.main.clone(), self.heartbeat.clone())
    }

    /// The node's lease, through the heartbeat client.
    pub fn leases(&self) -> Leases {
        Leases::new(self.heartbeat.clone())
    }

    /// Events, through their own client.
    pub fn events(&self) -> Events {
        Events::new(self.events.clone())
    }

    /// Service accounts of pods.
    pub fn service_accounts(&self) -> ServiceAccounts {
        ServiceAccounts::new(self.main.clone())
    }

    /// Requests for service account tokens.
    pub fn token_requests(&self) -> TokenRequests {
        TokenRequests::new(self.main.clone())
    }

    /// Requests for certificates of the node's pods.
    pub fn pod_certificate_requests(&self, node_name: &str) -> PodCertificateRequests {
        PodCertificateRequests::new(self.main.clone(), node_name)
    }
}
