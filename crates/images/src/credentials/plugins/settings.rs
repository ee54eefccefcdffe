//! What the configuration says about a program, as plain values.

use std::time::Duration;

/// One program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderSettings {
    /// Its file in the directory of programs.
    pub name: String,
    /// Images that it knows, as patterns of places.
    pub match_images: Vec<String>,
    /// How long an answer is kept that does not say; zero for not at all.
    pub default_cache_duration: Duration,
    /// The exchange's version: `credentialprovider.kubelet.k8s.io/v1`, `v1beta1` or `v1alpha1`.
    pub api_version: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Variables besides the kubelet's own.
    pub environment: Vec<(String, String)>,
    /// The token that it is given.
    pub tokens: Option<TokenSettings>,
}

/// The token of the pod's service account that a program is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSettings {
    /// Whom the token is for.
    pub audience: String,
    /// What a cached answer belongs to.
    pub cache: TokenCache,
    /// Pods without a service account are not the program's; otherwise it is asked without a token.
    pub requires_service_account: bool,
    /// Annotations without which an account's pods are not the program's; they are passed on.
    pub required_annotations: Vec<String>,
    /// Annotations that are passed on where they exist.
    pub optional_annotations: Vec<String>,
}

/// What a cached answer belongs to, besides the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenCache {
    /// The account.
    ServiceAccount,
    /// The very token.
    Token,
}
