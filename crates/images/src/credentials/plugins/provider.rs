//! One program: when it is asked, for whom, and how long its answer is good.

use super::super::PodIdentity;
use super::super::credential::Coordinates;
use super::super::docker_config::DockerConfig;
use super::super::location::Location;
use super::accounts::{AccountError, ServiceAccounts, TokenWish};
use super::cache::{AccountKey, Cache};
use super::exchange::{self, Answer, AnswerError, Question};
use super::execute::{self, RunError};
use super::metrics::Metrics;
use super::settings::{ProviderSettings, TokenCache, TokenSettings};
use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tasks::Clock;
use tokio::time::Instant;

/// Why a program provides nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum ProviderError {
    /// The API server is not known, or does not know the account.
    #[error("failed to get service account")]
    Account(#[source] AccountError),
    /// The API server gave no token.
    #[error("failed to get service account token")]
    Token(#[source] AccountError),
    /// It did not run well.
    #[error("failed to get credential from external registry credential provider")]
    Run(#[source] RunError),
    /// It answered nothing that can be used.
    #[error("failed to get credential from external registry credential provider")]
    Answer(#[source] AnswerError),
    /// It gave back what only the API server should be shown, to be kept for others.
    #[error(
        "credential provider plugin returned the service account token as the password which is not allowed when service account cache type is not set to 'Token'"
    )]
    EchoedToken,
}

/// What a program provides, and for which account alone.
#[derive(Clone, Debug)]
pub(super) struct Provided {
    pub(super) config: DockerConfig,
    pub(super) account: Option<Coordinates>,
}

type Flight = Shared<BoxFuture<'static, Result<Answer, ProviderError>>>;
type Flights =
    BTreeMap<(String, Option<AccountKey>), WeakShared<BoxFuture<'static, Result<Answer, ProviderError>>>>;

/// One program.
pub(super) struct Provider {
    settings: ProviderSettings,
    patterns: Vec<Location>,
    program: PathBuf,
    accounts: Option<Arc<dyn ServiceAccounts>>,
    clock: Clock,
    metrics: Metrics,
    cache: Cache,
    /// Questions that are being answered.
    flights: Mutex<Flights>,
}

impl fmt::Debug for Provider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Provider").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// The pod's account, with a token for it.
struct Account {
    key: AccountKey,
    token: String,
}

impl Provider {
    pub(super) fn new(
        settings: ProviderSettings,
        directory: &Path,
        accounts: Option<Arc<dyn ServiceAccounts>>,
        clock: Clock,
        metrics: Metrics,
    ) -> Self {
        Self {
            patterns: settings.match_images.iter().filter_map(|pattern| Location::parse(pattern)).collect(),
            program: directory.join(&settings.name),
            settings,
            accounts,
            clock,
            metrics,
            cache: Cache::default(),
            flights: Mutex::default(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.settings.name
    }

    /// Whether it is configured for the image.
    pub(super) fn knows(&self, image: &str) -> bool {
        Location::parse(image).is_some_and(|target| self.patterns.iter().any(|pattern| pattern.fits(&target)))
    }

    /// Its credentials for `image`; `None` when the pod is not one of its.
    pub(super) async fn provide(
        &self,
        image: &str,
        pod: PodIdentity<'_>,
    ) -> Result<Option<Provided>, ProviderError> {
        let account = match &self.settings.tokens {
            None => None,
            Some(tokens) if pod.service_account.is_empty() => match tokens.requires_service_account {
                true => return Ok(None),
                false => None,
            },
            Some(tokens) => match self.account(tokens, pod).await? {
                Some(account) => Some(account),
                None => return Ok(None),
            },
        };
        let coordinates = account.as_ref().map(|account| Coordinates {
            uid: account.key.uid.clone(),
            namespace: account.key.namespace.clone(),
            name: account.key.name.clone(),
        });
        let key = account.as_ref().map(|account| &account.key);
        if let Some(config) = self.cache.get(image, key, self.clock.now()) {
            return Ok(Some(Provided { config, account: coordinates }));
        }
        let answer = self.ask(image, account.as_ref()).await?;
        if let (Some(account), Some(tokens)) = (&account, &self.settings.tokens)
            && tokens.cache != TokenCache::Token
            && answer.config.values().any(|credential| credential.password == account.token)
        {
            return Err(ProviderError::EchoedToken);
        }
        let cache_for = answer.cache_for.unwrap_or(self.settings.default_cache_duration);
        if !cache_for.is_zero() {
            let expires_at = self.clock.now().checked_add(cache_for).unwrap_or(jiff::Timestamp::MAX);
            self.cache.put(answer.scope, key.cloned(), answer.config.clone(), expires_at);
        }
        Ok(Some(Provided { config: answer.config, account: coordinates }))
    }

    /// The pod's account with a token; `None` when the account lacks an annotation that makes it one of the program's.
    async fn account(
        &self,
        tokens: &TokenSettings,
        pod: PodIdentity<'_>,
    ) -> Result<Option<Account>, ProviderError> {
        let unknown = || AccountError("there is no API server to ask".to_owned());
        let accounts = self.accounts.as_ref().ok_or_else(|| ProviderError::Account(unknown()))?;
        let facts =
            accounts.account(pod.namespace, pod.service_account).await.map_err(ProviderError::Account)?;
        let mut annotations = BTreeMap::new();
        for name in &tokens.required_annotations {
            let Some(value) = facts.annotations.get(name) else {
                tracing::debug!(
                    provider = self.name(), serviceAccount = pod.service_account, annotation = %name,
                    "Service account lacks an annotation that the credential provider requires"
                );
                return Ok(None);
            };
            annotations.insert(name.clone(), value.clone());
        }
        for name in &tokens.optional_annotations {
            if let Some(value) = facts.annotations.get(name) {
                annotations.insert(name.clone(), value.clone());
            }
        }
        let wish = TokenWish {
            namespace: pod.namespace.to_owned(),
            service_account: pod.service_account.to_owned(),
            service_account_uid: facts.uid.clone(),
            audience: tokens.audience.clone(),
            pod_name: pod.name.to_owned(),
            pod_uid: pod.uid.to_owned(),
        };
        let token = accounts.token(&wish).await.map_err(ProviderError::Token)?;
        let token_hash = match tokens.cache {
            TokenCache::Token => Some(hash(&token)),
            TokenCache::ServiceAccount => None,
        };
        let key = AccountKey {
            namespace: wish.namespace,
            name: wish.service_account,
            uid: facts.uid,
            annotations,
            token_hash,
        };
        Ok(Some(Account { key, token }))
    }

    /// Asks the program, or waits with whoever asked it the same.
    async fn ask(&self, image: &str, account: Option<&Account>) -> Result<Answer, ProviderError> {
        // Upstream's key holds the token's hash always: two tokens are two questions.
        let of_account = account
            .map(|account| AccountKey { token_hash: Some(hash(&account.token)), ..account.key.clone() });
        let key = (image.to_owned(), of_account);
        let flight = {
            let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
            flights.retain(|_, flight| flight.upgrade().is_some());
            match flights.get(&key).and_then(WeakShared::upgrade) {
                Some(flight) => flight,
                None => {
                    let flight = self.flight(image, account);
                    if let Some(weak) = flight.downgrade() {
                        flights.insert(key, weak);
                    }
                    flight
                }
            }
        };
        flight.await
    }

    fn flight(&self, image: &str, account: Option<&Account>) -> Flight {
        let question = Question {
            image: image.to_owned(),
            token: account.map(|account| account.token.clone()).unwrap_or_default(),
            annotations: account.map(|account| account.key.annotations.clone()).unwrap_or_default(),
        };
        let (settings, program, metrics) =
            (self.settings.clone(), self.program.clone(), self.metrics.clone());
        async move {
            let started_at = Instant::now();
            let input = exchange::encode(&question, &settings.api_version);
            let output = execute::run(&program, &settings.arguments, &settings.environment, &input).await;
            let name = [settings.name.as_str()];
            metrics.duration.with_label_values(&name).observe(started_at.elapsed().as_secs_f64());
            let output = output.map_err(|error| {
                metrics.errors.with_label_values(&name).inc();
                ProviderError::Run(error)
            })?;
            exchange::decode(&output, &settings.api_version, &question.image).map_err(ProviderError::Answer)
        }
        .boxed()
        .shared()
    }
}

fn hash(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
impl Provider {
    pub(super) fn metrics(&self) -> Metrics {
        self.metrics.clone()
    }
}
