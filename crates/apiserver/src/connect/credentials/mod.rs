//! What requests prove who asks with, apart from a certificate in a file: nothing, a fixed header, a token in a file that others
//! write anew, or what a credential plugin says.
//!
//! Owns the plugin's task, which ends with the last client.

mod plugin;
mod token_file;

use super::connections::Connections;
use super::error::ConnectError;
use super::kubeconfig::{Kubeconfig, Reading};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use kube::config::AuthInfo;
use plugin::{Plugin, PluginSettings};
pub(super) use plugin::{PluginError, PluginIdentity};
use secrecy::{ExposeSecret, SecretString};
use std::path::PathBuf;
use std::sync::Arc;
use tasks::Clock;
use token_file::TokenFile;

/// Cheap to clone.
#[derive(Clone)]
pub(super) enum Credentials {
    /// The certificate, or nothing at all.
    None,
    /// The same with every request.
    Fixed(HeaderValue),
    /// A token in a file.
    File(Arc<TokenFile>),
    /// A credential plugin.
    Plugin(Plugin),
}

/// What one request proves who asks with.
pub(super) struct Given {
    /// The value of `Authorization`.
    pub(super) header: Option<HeaderValue>,
    /// Which of the plugin's answers it is from.
    generation: u64,
}

impl Credentials {
    /// Those that `reading` asks for.
    pub(super) fn new(
        kubeconfig: &Kubeconfig,
        reading: &Reading,
        connections: &Arc<Connections>,
        clock: Clock,
    ) -> Result<Self, ConnectError> {
        let wrong =
            |field, cure| ConnectError::Combination { path: kubeconfig.path().to_owned(), field, cure };
        if let Some(plugin) = &reading.plugin {
            let settings =
                PluginSettings::new(plugin).map_err(|_| wrong("exec", "give its cluster less to say"))?;
            return Ok(Self::Plugin(Plugin::start(settings, connections.clone(), clock)));
        }
        let user = &reading.config.auth_info;
        let token = user.token.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
        if let Some(path) = user.token_file.as_ref().filter(|path| !path.is_empty()) {
            let file = TokenFile::new(PathBuf::from(path), token);
            let file =
                file.map_err(|source| ConnectError::TokenFile { path: PathBuf::from(path), source })?;
            return Ok(Self::File(Arc::new(file)));
        }
        if !token.is_empty() {
            return Ok(Self::Fixed(bearer(token).ok_or_else(|| wrong("token", "remove line breaks"))?));
        }
        Ok(basic(user).map_or(Self::None, Self::Fixed))
    }

    /// What the next request goes with. A plugin is run if what it said last has expired.
    pub(super) async fn current(&self) -> Result<Given, Arc<PluginError>> {
        match self {
            Self::None => Ok(Given { header: None, generation: 0 }),
            Self::Fixed(header) => Ok(Given { header: Some(header.clone()), generation: 0 }),
            Self::File(file) => Ok(Given { header: file.header(), generation: 0 }),
            Self::Plugin(plugin) => plugin.current().await,
        }
    }

    /// The server did not take `given`: a plugin is run again, unless it was meanwhile.
    pub(super) async fn refused(&self, given: &Given) {
        if let Self::Plugin(plugin) = self {
            plugin.refused(given.generation).await;
        }
    }
}

/// `None` where the token cannot be sent.
fn bearer(token: &str) -> Option<HeaderValue> {
    sensitive(format!("Bearer {token}"))
}

fn basic(user: &AuthInfo) -> Option<HeaderValue> {
    let password = user.password.as_ref().map(SecretString::expose_secret)?;
    let pair = format!("{}:{password}", user.username.as_deref()?);
    sensitive(format!("Basic {}", STANDARD.encode(pair)))
}

fn sensitive(text: String) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
