//! Service account tokens of pods, kept in memory and refreshed in time.
//!
//! The rules are upstream's (`pkg/kubelet/token/token_manager.go`): a token is refreshed when 80 % of its life or
//! 24 h have passed, less up to 10 s; when that fails, the old one is used until it expires. Requests for one
//! token that come together are made once.

use crate::error::ApiError;
use crate::server::ApiServer;
use crate::token_requests::TokenRequests;
use crate::watch::share;
use futures::future::{BoxFuture, FutureExt, Shared};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::authentication::v1::{
    BoundObjectReference, TokenRequest, TokenRequestSpec, TokenRequestStatus,
};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tasks::Clock;
use types::PodUid;

/// A token is refreshed at this age at the latest (`maxTTL`).
const OLDEST: SignedDuration = SignedDuration::from_hours(24);
/// Nodes refresh up to so much earlier, so that they do not all come at once (`maxJitter`).
const LONGEST_JITTER: SignedDuration = SignedDuration::from_secs(10);
/// A token whose refresh failed is refreshed again after so long.
const REFRESH_RETRY: SignedDuration = SignedDuration::from_secs(30);
/// What a token lives when the request does not say (`v1.TokenRequestSpec`).
const DEFAULT_LIFETIME_SECONDS: i64 = 3600;

/// Which token.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenKey {
    /// Namespace of the service account, and of the pod.
    pub namespace: String,
    /// Name of the service account.
    pub service_account: String,
    /// Who shall accept it; empty for the API server.
    pub audiences: Vec<String>,
    /// Its lifetime, which the server may change.
    pub expiration_seconds: Option<i64>,
    /// The pod it dies with. The node authorizer asks for one.
    pub pod: Option<TokenPod>,
    /// UID that the service account must have, for tokens of credential providers.
    pub service_account_uid: Option<String>,
}

/// The pod that a token is bound to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenPod {
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: PodUid,
}

/// A token. Shown without its secret.
#[derive(Clone)]
pub struct Token {
    /// The secret itself.
    pub token: Arc<str>,
    /// Nobody accepts it from then on.
    pub expires_at: Timestamp,
    /// When to ask for it again.
    pub refresh_at: Timestamp,
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Token");
        shown.field("expires_at", &self.expires_at).field("refresh_at", &self.refresh_at);
        shown.finish_non_exhaustive()
    }
}

type Request = Shared<BoxFuture<'static, Result<Token, ApiError>>>;

/// Tokens in memory, never on disk. Cheap to clone.
#[derive(Clone)]
pub struct Tokens {
    requests: TokenRequests,
    clock: Clock,
    known: Arc<Known>,
}

/// The lock is held for look-ups only.
type Known = Mutex<BTreeMap<TokenKey, Entry>>;

#[derive(Default)]
struct Entry {
    token: Option<Token>,
    under_way: Option<Request>,
}

impl Tokens {
    /// No token is known yet.
    pub fn new(api_server: &ApiServer, clock: Clock) -> Self {
        Self { requests: api_server.token_requests(), clock, known: Arc::default() }
    }

    /// The token, from memory while it is fresh. An error when there is none that is still valid.
    pub async fn token(&self, key: &TokenKey) -> Result<Token, ApiError> {
        let request = {
            let now = self.clock.now();
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let entry = known.entry(key.clone()).or_default();
            match &entry.token {
                Some(token) if now < token.refresh_at => return Ok(token.clone()),
                Some(_) | None => {}
            }
            entry.under_way.get_or_insert_with(|| self.request(key)).clone()
        };
        request.await
    }

    /// Forgets all tokens of a pod that is gone.
    pub fn forget_pod(&self, uid: &PodUid) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|key, _| key.pod.as_ref().is_none_or(|pod| pod.uid != *uid));
    }

    /// A request that stores what it gets.
    fn request(&self, key: &TokenKey) -> Request {
        let (requests, clock, key) = (self.requests.clone(), self.clock, key.clone());
        // What is known holds the request, which must not hold it in turn: one that nobody waits for any more would never end.
        let known = Arc::downgrade(&self.known);
        async move {
            let answer = requests.create(&key.namespace, &key.service_account, &body(&key)).await;
            match known.upgrade() {
                Some(known) => store(&known, clock.now(), &key, answer),
                None => answer.map(|answer| read(&key, &answer)),
            }
        }
        .boxed()
        .shared()
    }
}

/// Keeps what came of a request.
fn store(
    known: &Known,
    now: Timestamp,
    key: &TokenKey,
    answer: Result<TokenRequest, ApiError>,
) -> Result<Token, ApiError> {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    // What expired is of no use to anybody, and its pod may be long gone.
    known.retain(|other, entry| {
        other == key
            || entry.under_way.is_some()
            || entry.token.as_ref().is_some_and(|token| now < token.expires_at)
    });
    let old = known.get_mut(key).and_then(|entry| {
        entry.under_way = None;
        entry.token.take().filter(|token| now < token.expires_at)
    });
    let result = match (answer, old) {
        (Ok(answer), _) => Ok(read(key, &answer)),
        (Err(error), Some(mut old)) => {
            tracing::warn!(%error, "A service account token could not be refreshed; the old one is used on");
            old.refresh_at = now.saturating_add(REFRESH_RETRY).unwrap_or(old.expires_at);
            Ok(old)
        }
        (Err(error), None) => Err(error),
    };
    match &result {
        Ok(token) => {
            if let Some(entry) = known.get_mut(key) {
                entry.token = Some(token.clone());
            }
        }
        Err(_) => drop(known.remove(key)),
    }
    result
}

fn body(key: &TokenKey) -> TokenRequest {
    let bound = key.pod.as_ref().map(|pod| BoundObjectReference {
        api_version: Some("v1".to_owned()),
        kind: Some("Pod".to_owned()),
        name: Some(pod.name.clone()),
        uid: Some(pod.uid.to_string()),
    });
    let spec = TokenRequestSpec {
        audiences: Some(key.audiences.clone()),
        bound_object_ref: bound,
        expiration_seconds: key.expiration_seconds,
        ..TokenRequestSpec::default()
    };
    let mut request = TokenRequest { spec: Some(spec), ..TokenRequest::default() };
    request.metadata.uid = key.service_account_uid.clone();
    request
}

fn read(key: &TokenKey, answer: &TokenRequest) -> Token {
    let TokenRequestStatus { token, expiration_timestamp } = answer.status.clone().unwrap_or_default();
    // A server that names no end gives nothing to rely on: the next look asks again.
    let expires_at = expiration_timestamp.map_or(Timestamp::UNIX_EPOCH, |moment| moment.0);
    let asked = answer.spec.as_ref().and_then(|spec| spec.expiration_seconds);
    let seconds = asked.unwrap_or(DEFAULT_LIFETIME_SECONDS);
    let jitter = jitter(key);
    let lifetime = SignedDuration::from_secs(seconds);
    let before_end = SignedDuration::from_secs(seconds * 20 / 100);
    let by_share = earlier(expires_at, before_end + jitter);
    let by_age = later(earlier(expires_at, lifetime), OLDEST - jitter);
    Token { token: token.unwrap_or_default().into(), expires_at, refresh_at: by_share.min(by_age) }
}

/// Depends on the key alone, where upstream's is drawn at each look.
fn jitter(key: &TokenKey) -> SignedDuration {
    let spread = match &key.pod {
        Some(pod) => share(pod.uid.as_str()),
        None => share(&key.service_account),
    };
    let longest: Duration = LONGEST_JITTER.unsigned_abs();
    SignedDuration::try_from(longest.mul_f64(spread)).unwrap_or(LONGEST_JITTER)
}

fn earlier(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.saturating_sub(by).unwrap_or(Timestamp::MIN)
}

fn later(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
