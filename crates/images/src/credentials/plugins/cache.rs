//! Answers of a program that are still good.

use super::super::docker_config::DockerConfig;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Answers of one program that are kept. Beyond it the one that ends first is forgotten: the program is asked once more.
const MAX_ANSWERS: usize = 1024;

/// What an answer is good for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// One image.
    Image(String),
    /// All images of a registry.
    Registry(String),
    /// All images that the program knows.
    Global,
}

/// The account whose token the program was given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AccountKey {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) uid: String,
    pub(super) annotations: BTreeMap<String, String>,
    /// Where answers belong to the very token.
    pub(super) token_hash: Option<String>,
}

#[derive(Debug)]
struct Answer {
    config: DockerConfig,
    expires_at: Timestamp,
}

/// The answers of one program.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<BTreeMap<(Scope, Option<AccountKey>), Answer>>);

impl Cache {
    /// The answer for `image`, if it or a wider one is known. What is no longer good is forgotten.
    pub(super) fn get(
        &self,
        image: &str,
        account: Option<&AccountKey>,
        now: Timestamp,
    ) -> Option<DockerConfig> {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|_, answer| now <= answer.expires_at);
        let scopes =
            [Scope::Image(image.to_owned()), Scope::Registry(registry(image).to_owned()), Scope::Global];
        scopes
            .into_iter()
            .find_map(|scope| answers.get(&(scope, account.cloned())))
            .map(|answer| answer.config.clone())
    }

    /// Keeps an answer until `expires_at`.
    pub(super) fn put(
        &self,
        scope: Scope,
        account: Option<AccountKey>,
        config: DockerConfig,
        expires_at: Timestamp,
    ) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= MAX_ANSWERS {
            let first = answers.iter().min_by_key(|(_, answer)| answer.expires_at);
            let first = first.map(|(key, _)| key.clone());
            first.and_then(|key| answers.remove(&key));
        }
        answers.insert((scope, account), Answer { config, expires_at });
    }
}

/// The registry of a normalized name, with its port.
pub(super) fn registry(image: &str) -> &str {
    image.split_once('/').map_or(image, |(registry, _)| registry)
}
