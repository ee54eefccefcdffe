//! The Kubernetes API as a kubelet uses it, and no more than the node authorizer grants.
//!
//! [`ApiServer`] is a set of clients with a budget each; everything else is made from it:
//!
//! | part | what it gives |
//! |---|---|
//! | [`Pods`], [`Nodes`], [`Leases`], [`Events`], [`TokenRequests`] | calls, and what follows pods and the node |
//! | [`Objects`] | Secrets and ConfigMaps: one watch per object that somebody needs |
//! | [`recorder`] | events: counted, combined, written when the server is there |
//! | [`Tokens`] | bound service account tokens, kept and refreshed |
//! | [`PodCertificateRequests`] | requests for certificates of pods, until their signers have decided |
//! | [`Services`], [`RuntimeClasses`], [`TrustBundles`] | small copies of what the cluster holds |
//! | [`connect()`] | the clients of a real server, from a kubeconfig |
//! | [`ApiError`] | what can come back instead, one variant per reaction |
//!
//! Tasks: one per watched object, one each for services, runtime classes and, while a pod needs them, trust bundles; all
//! end with their `Stop`. A server that is away is no error of a watch: it goes on trying. Tests replace the HTTP service
//! below `kube::Client`, so that all of this runs in them.

#[cfg(feature = "contract")]
pub mod contract;
#[cfg(feature = "fake")]
pub mod fake;
pub mod recorder;

mod budget;
mod call;
mod caller;
mod cluster_copy;
mod connect;
mod error;
mod events;
mod leases;
mod lifeline;
mod nodes;
mod objects;
mod pod_certificates;
mod pods;
mod runtime_classes;
mod server;
mod service_accounts;
mod services;
#[cfg(test)]
mod testing;
mod token_requests;
mod tokens;
mod trust_bundles;
mod watch;

pub use budget::Budget;
pub use call::Call;
pub use connect::{ConnectError, ConnectSettings, TlsError, connect};
pub use error::{ApiError, Failure};
pub use events::Events;
pub use leases::Leases;
pub use nodes::Nodes;
pub use objects::{Object, Objects, Source};
pub use pod_certificates::{
    IssuedPodCertificate, PodCertificateDecision, PodCertificateRefusal, PodCertificateRequests, RefusalKind,
};
pub use pods::{PodChange, Pods};
pub use runtime_classes::RuntimeClasses;
pub use server::ApiServer;
pub use service_accounts::ServiceAccounts;
pub use services::{ServiceInfo, ServicePort, Services};
pub use token_requests::TokenRequests;
pub use tokens::{Token, TokenKey, TokenPod, Tokens};
pub use trust_bundles::{TrustBundle, TrustBundles, TrustBundlesByName, TrustBundlesError, TrustBundlesView};
