//! `CredentialProviderConfig`: which programs give registry credentials (`kubelet.config.k8s.io` v1, v1beta1, v1alpha1).

mod load;

pub(crate) use load::is_credential_provider_config;
pub use load::load_credential_providers;

use crate::Duration;
use crate::schema::section;

section! {
    /// The file of `--image-credential-provider-config`.
    #[derive(Default)]
    CredentialProviderConfig as CREDENTIAL_PROVIDER_CONFIG {
        "providers" providers: Vec<CredentialProvider>, "[]v1beta1.CredentialProvider", "", Acts, Restart, "Programs that are asked for credentials, in order.";
    }
}

section! {
    /// One program.
    CredentialProvider as PROVIDER {
        "name" name: String, "string", "", Acts, Restart, "Name of the program in the directory of `--image-credential-provider-bin-dir`.";
        "matchImages" match_images: Vec<String>, "[]string", "", Acts, Restart, "Patterns of images that the program knows: host with globs, optional port and path.";
        "defaultCacheDuration" default_cache_duration: Option<Duration>, "*v1.Duration", "", Acts, Restart, "How long an answer is kept that names no duration.";
        "apiVersion" api_version: String, "string", "", Acts, Restart, "Version of the exchange: `credentialprovider.kubelet.k8s.io/v1`, `v1beta1` or `v1alpha1`.";
        "args" args: Vec<String>, "[]string", "", Acts, Restart, "Arguments of the program.";
        "env" env: Vec<EnvironmentVariable>, "[]v1beta1.ExecEnvVar", "", Acts, Restart, "Variables added to the kubelet's environment.";
        "tokenAttributes" token_attributes: Option<TokenAttributes>, "*v1.ServiceAccountTokenAttributes", "", Acts, Restart, "Service account token that the program is given (v1 only).";
    }
}

section! {
    /// One variable.
    EnvironmentVariable as ENVIRONMENT_VARIABLE {
        "name" name: String, "string", "", Acts, Restart, "Name of the variable.";
        "value" value: String, "string", "", Acts, Restart, "Value of the variable.";
    }
}

section! {
    /// The service account token for a program.
    TokenAttributes as TOKEN_ATTRIBUTES {
        "serviceAccountTokenAudience" service_account_token_audience: String, "string", "", Acts, Restart, "Audience of the token.";
        "cacheType" cache_type: String, "v1.ServiceAccountTokenCacheType", "", Acts, Restart, "What the cached credentials belong to: `Token` or `ServiceAccount`.";
        "requireServiceAccount" require_service_account: Option<bool>, "*bool", "", Acts, Restart, "Whether pods without a service account are left to other programs.";
        "requiredServiceAccountAnnotationKeys" required_service_account_annotation_keys: Vec<String>, "[]string", "", Acts, Restart, "Annotations that the service account must have; they are passed on.";
        "optionalServiceAccountAnnotationKeys" optional_service_account_annotation_keys: Vec<String>, "[]string", "", Acts, Restart, "Annotations that are passed on if present.";
    }
}

/// Every field of the kind with its path.
pub fn credential_provider_rows() -> Vec<crate::schema::FieldRow> {
    let mut rows = Vec::new();
    crate::schema::collect(CREDENTIAL_PROVIDER_CONFIG, "", &mut rows);
    rows
}
