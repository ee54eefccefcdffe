//! The messages of `runtime.v1`, generated at build time from `proto/runtime/v1/api.proto`.
//!
//! Enums are open on the wire: fields hold an `i32`, and a value unknown to us is kept as it came. Maps are `BTreeMap`.

// Generated: its comments are those of the `.proto` file, which does not repeat itself for every field.
#![allow(missing_docs, clippy::all)]

tonic::include_proto!("runtime.v1");

/// Hides the secrets: requests are logged at the highest verbosity.
impl std::fmt::Debug for AuthConfig {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hidden = |secret: &str| if secret.is_empty() { "" } else { "--- HIDDEN ---" };
        formatter
            .debug_struct("AuthConfig")
            .field("username", &self.username)
            .field("password", &hidden(&self.password))
            .field("auth", &hidden(&self.auth))
            .field("server_address", &self.server_address)
            .field("identity_token", &hidden(&self.identity_token))
            .field("registry_token", &hidden(&self.registry_token))
            .finish()
    }
}
