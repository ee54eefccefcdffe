//! Where credentials for registries come from on this node: files, and programs (`--image-credential-provider-config`,
//! `--image-credential-provider-bin-dir`).
//!
//! Source: `pkg/credentialprovider/plugin/{plugin,config}.go` of 1.37, `RegisterCredentialProviderPlugins`.

use super::configuration::{ConfigurationError, read_credential_providers};
use config::{CredentialProvider, Settings, TokenAttributes};
use images::credentials::plugins::{ProviderSettings, TokenCache, TokenSettings};
use rustix::fs::{Access, access};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why the programs cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RegistryAccessError {
    /// The directory of programs is given, but not their configuration.
    #[error(
        "credential provider config path is empty: --image-credential-provider-bin-dir needs --image-credential-provider-config"
    )]
    NoConfiguration,
    /// The configuration names no file.
    #[error("no configuration files found in directory {}", .0.display())]
    NoFiles(PathBuf),
    /// There is no such directory.
    #[error("plugin binary directory {} did not exist", .0.display())]
    NoDirectory(PathBuf),
    /// A program is not there, or cannot be run.
    #[error("plugin binary executable {} did not exist, or is not executable", .0.display())]
    NoProgram(PathBuf),
    /// The configuration is wrong.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
}

/// What the node has; the default is nothing.
#[derive(Clone, Debug, Default)]
pub struct RegistryAccess {
    /// Where the kubelet was started.
    pub working_directory: Option<PathBuf>,
    /// Whose home may have files of credentials.
    pub home_directory: Option<PathBuf>,
    /// Credential provider programs.
    pub programs: Option<Programs>,
}

/// Credential provider programs.
#[derive(Clone, Debug)]
pub struct Programs {
    /// Where they are.
    pub directory: PathBuf,
    /// What is configured, in order.
    pub settings: Vec<ProviderSettings>,
    /// `sha256:` and the hash of the configuration's files.
    pub configuration_hash: String,
}

impl RegistryAccess {
    /// Reads what the flags name.
    ///
    /// # Errors
    /// When the configuration is wrong, or a program that it names is not there.
    pub fn read(settings: &Settings) -> Result<Self, RegistryAccessError> {
        Ok(Self {
            working_directory: std::env::current_dir().ok(),
            home_directory: std::env::home_dir(),
            programs: programs(settings)?,
        })
    }
}

fn programs(settings: &Settings) -> Result<Option<Programs>, RegistryAccessError> {
    let flags = &settings.flags;
    let directory = PathBuf::from(&flags.image_credential_provider_bin_dir);
    let path = Path::new(&flags.image_credential_provider_config);
    match (path.as_os_str().is_empty(), directory.as_os_str().is_empty()) {
        (true, true) => return Ok(None),
        (true, false) => return Err(RegistryAccessError::NoConfiguration),
        (false, true | false) => {}
    }
    if !directory.is_dir() {
        return Err(RegistryAccessError::NoDirectory(directory));
    }
    let files = read_credential_providers(path)?;
    if files.is_empty() {
        return Err(RegistryAccessError::NoFiles(path.to_owned()));
    }
    let mut hash = Sha256::new();
    for file in &files {
        hash.update((file.contents.len() as u64).to_be_bytes());
        hash.update(&file.contents);
    }
    let configuration = config::load_credential_providers(&files, &settings.gates)
        .map_err(|errors| RegistryAccessError::Configuration(errors.into()))?;
    for provider in &configuration.providers {
        let program = directory.join(&provider.name);
        if !program.is_file() || access(&program, Access::EXEC_OK).is_err() {
            return Err(RegistryAccessError::NoProgram(program));
        }
    }
    let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Some(Programs {
        directory,
        settings: configuration.providers.iter().map(provider).collect(),
        configuration_hash: format!("sha256:{hex}"),
    }))
}

fn provider(provider: &CredentialProvider) -> ProviderSettings {
    let environment = provider.env.iter().map(|variable| (variable.name.clone(), variable.value.clone()));
    ProviderSettings {
        name: provider.name.clone(),
        match_images: provider.match_images.clone(),
        default_cache_duration: provider
            .default_cache_duration
            .map_or(Duration::ZERO, |duration| duration.to_std()),
        api_version: provider.api_version.clone(),
        arguments: provider.args.clone(),
        environment: environment.collect(),
        tokens: provider.token_attributes.as_ref().map(tokens),
    }
}

fn tokens(attributes: &TokenAttributes) -> TokenSettings {
    TokenSettings {
        audience: attributes.service_account_token_audience.clone(),
        cache: match attributes.cache_type.as_str() {
            "Token" => TokenCache::Token,
            _ => TokenCache::ServiceAccount,
        },
        requires_service_account: attributes.require_service_account.unwrap_or(true),
        required_annotations: attributes.required_service_account_annotation_keys.clone(),
        optional_annotations: attributes.optional_service_account_annotation_keys.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const CONFIGURATION: &str = "kind: CredentialProviderConfig
apiVersion: kubelet.config.k8s.io/v1
providers:
- name: one
  matchImages: ['*.registry.io']
  defaultCacheDuration: 5m
  apiVersion: credentialprovider.kubelet.k8s.io/v1
  args: [get]
  env: [{name: COLOUR, value: blue}]
  tokenAttributes: {serviceAccountTokenAudience: a, cacheType: Token, requireServiceAccount: false}
";

    fn read(arguments: &[String]) -> Result<RegistryAccess, RegistryAccessError> {
        let command_line = config::parse_command_line(arguments.iter().cloned()).unwrap();
        RegistryAccess::read(&super::super::configuration::load(&command_line, false).unwrap().settings)
    }

    #[test]
    fn programs_are_looked_for_at_the_start() {
        let root = tempfile::tempdir().unwrap();
        let (file, directory, program) =
            (root.path().join("config.yaml"), root.path().join("bin"), root.path().join("bin/one"));
        let config = format!("--image-credential-provider-config={}", file.display());
        let bin = format!("--image-credential-provider-bin-dir={}", directory.display());
        let both = [config.clone(), bin.clone()];
        let error = |arguments: &[String]| read(arguments).unwrap_err().to_string();
        assert!(read(&[]).unwrap().programs.is_none());
        assert!(error(std::slice::from_ref(&bin)).starts_with("credential provider config path is empty"));
        assert!(error(&both).contains("bin did not exist"));
        std::fs::create_dir(&directory).unwrap();
        assert!(error(&both).contains("config.yaml"));
        std::fs::write(&file, CONFIGURATION).unwrap();
        assert!(error(&both).contains("bin/one did not exist, or is not executable"));
        std::fs::write(&program, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let programs = read(&both).unwrap().programs.unwrap();
        assert_eq!(programs.directory, directory);
        assert!(programs.configuration_hash.starts_with("sha256:"), "{}", programs.configuration_hash);
        let one = &programs.settings[0];
        assert_eq!((one.name.as_str(), one.default_cache_duration), ("one", Duration::from_secs(300)));
        assert_eq!(one.environment, [("COLOUR".to_owned(), "blue".to_owned())]);
        let tokens = one.tokens.as_ref().unwrap();
        assert_eq!((tokens.cache, tokens.requires_service_account), (TokenCache::Token, false));
    }
}
