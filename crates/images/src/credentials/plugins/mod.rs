//! Credential provider programs (KEP-2133, KEP-4412).
//!
//! A program that knows an image's registry is run with a request on its standard input and answers with credentials on its
//! standard output. Answers are cached as long as they say; one question asked by several pods at once runs the program once. A
//! program may ask for a token of the pod's service account; what it answers then belongs to pods of that account.
//!
//! Source: `pkg/credentialprovider/plugin/plugin.go` of 1.37.

mod accounts;
mod api_accounts;
mod cache;
mod exchange;
mod execute;
mod metrics;
mod provider;
mod settings;
#[cfg(test)]
mod tests;

pub use accounts::{AccountError, AccountFacts, ServiceAccounts, TokenWish};
pub use api_accounts::ApiAccounts;
pub use metrics::Metrics;
pub use settings::{ProviderSettings, TokenCache, TokenSettings};

use super::PodIdentity;
use super::credential::Source;
use super::keyring::Keyring;
use provider::Provider;
use std::path::Path;
use std::sync::Arc;
use tasks::Clock;

/// All configured programs, in the configuration's order.
#[derive(Debug, Default)]
pub struct Plugins(Vec<Provider>);

impl Plugins {
    /// From what the configuration says. `accounts` is needed by programs that ask for tokens; without it they have no answer.
    pub fn new(
        settings: Vec<ProviderSettings>,
        directory: &Path,
        accounts: Option<Arc<dyn ServiceAccounts>>,
        clock: Clock,
        metrics: Metrics,
    ) -> Self {
        let provider =
            |settings| Provider::new(settings, directory, accounts.clone(), clock, metrics.clone());
        Self(settings.into_iter().map(provider).collect())
    }

    /// What the programs that know `repository` say. One that fails is told, and has no say.
    pub(crate) async fn keyring(&self, repository: &str, pod: PodIdentity<'_>) -> Keyring {
        let mut keyring = Keyring::default();
        for provider in self.0.iter().filter(|provider| provider.knows(repository)) {
            match provider.provide(repository, pod).await {
                Ok(Some(provided)) => {
                    let source = provided.account.map_or(Source::Node, Source::ServiceAccount);
                    keyring.add(&source, &provided.config);
                }
                Ok(None) => {}
                Err(error) => tracing::error!(
                    provider = provider.name(), image = repository, err = %types::error::chain(&error),
                    pod = %format_args!("{}/{}", pod.namespace, pod.name), podUID = pod.uid,
                    serviceAccount = pod.service_account, "Failed to provide credentials for image"
                ),
            }
        }
        keyring
    }
}
