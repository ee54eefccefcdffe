//! Service accounts and their tokens, as programs need them.

use async_trait::async_trait;
use std::collections::BTreeMap;

/// What is known of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFacts {
    /// Its UID.
    pub uid: String,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
}

/// A token for one pod, bound to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenWish {
    /// The namespace of account and pod.
    pub namespace: String,
    /// The account.
    pub service_account: String,
    /// The account's UID: another account of that name gives nothing.
    pub service_account_uid: String,
    /// Whom the token is for.
    pub audience: String,
    /// The pod's name.
    pub pod_name: String,
    /// The pod's UID.
    pub pod_uid: String,
}

/// The API server's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AccountError(pub String);

/// Looks accounts up and asks for tokens.
#[async_trait]
pub trait ServiceAccounts: Send + Sync {
    /// The account, which must exist.
    async fn account(&self, namespace: &str, name: &str) -> Result<AccountFacts, AccountError>;

    /// A token that is good for some time yet.
    async fn token(&self, wish: &TokenWish) -> Result<String, AccountError>;
}
