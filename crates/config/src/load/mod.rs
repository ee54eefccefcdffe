//! From a command line and the contents of files to [`Settings`], in upstream's order of precedence.
//!
//! `cmd/kubelet/app/server.go`: defaults < `--config` < drop-ins of `--config-dir` < flags. Two rules of upstream's
//! look odd and are kept: without `--config` the *legacy* defaults hold (anonymous access, no webhooks, read-only port),
//! even if drop-ins exist; and drop-ins are merged over values that are filled with defaults already, so that a drop-in
//! cannot change what another default is derived from.

mod effect;
mod file;
mod layers;
mod paths;

use crate::configuration::KubeletConfiguration;
use crate::finding::Finding;
use crate::flags::{CommandLine, Flags};
use crate::gates::Gates;
use crate::origin::Origins;
use layers::Layers;
use std::fmt;

/// One file, read by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path, absolute if relative paths in it are to be resolved.
    pub path: String,
    /// Its bytes.
    pub contents: Vec<u8>,
}

/// Everything from outside that the configuration depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// The file of `--config`.
    pub config: Option<File>,
    /// Every file below `--config-dir`, subdirectories included, in any order. Those that do not end in `.conf` are
    /// skipped with a remark, their contents may be empty.
    pub drop_ins: Vec<File>,
    /// Whether the host has cgroup v1, for the rules that ask.
    pub cgroup_v1: bool,
}

/// A configuration that a kubelet can run with.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The effective `KubeletConfiguration`.
    pub configuration: KubeletConfiguration,
    /// What exists on the command line only.
    pub flags: Flags,
    /// The gates that are set, and with them which features are on.
    pub gates: Gates,
}

impl Settings {
    /// Whether containers without a seccomp profile get `RuntimeDefault`: the flag or the field.
    pub fn seccomp_default(&self) -> bool {
        self.flags.seccomp_default || self.configuration.seccomp_default
    }

    /// Endpoint of the image service, which is the runtime's unless it has its own.
    pub fn image_service_endpoint(&self) -> &str {
        match self.configuration.image_service_endpoint.as_str() {
            "" => &self.configuration.container_runtime_endpoint,
            own => own,
        }
    }

    /// No API server: pods come from manifests alone.
    pub fn standalone(&self) -> bool {
        self.flags.kubeconfig.is_empty()
    }
}

/// The result of loading.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// What to run with.
    pub settings: Settings,
    /// What somebody should look at, in order of the sources.
    pub warnings: Vec<Finding>,
    /// Who set what.
    pub origins: Origins,
}

/// Everything that is wrong, and what is only odd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errors {
    /// Errors and warnings in order of the sources; at least one error.
    pub findings: Vec<Finding>,
}

impl Errors {
    /// The errors alone.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_error())
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.errors().map(Finding::to_string).collect();
        formatter.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Errors {}

/// Loads, merges, defaults and validates.
///
/// # Errors
/// All that is wrong at once, each with file, line and column where there is one.
pub fn load(command_line: &CommandLine, sources: &Sources) -> Result<Loaded, Errors> {
    let inspection = inspect(command_line, sources);
    let wrong = inspection.findings.iter().any(Finding::is_error);
    match inspection.settings {
        Some(settings) if !wrong => {
            Ok(Loaded { settings, warnings: inspection.findings, origins: inspection.origins })
        }
        Some(_) | None => Err(Errors { findings: inspection.findings }),
    }
}

/// What a command line and files amount to, whether a kubelet could run with it or not: for looking at it.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// The effective values; nothing when a file could not be read or has wrong types.
    pub settings: Option<Settings>,
    /// Errors and warnings in order of the sources.
    pub findings: Vec<Finding>,
    /// Who set what.
    pub origins: Origins,
    /// Names of the flags that stood on the command line, without dashes.
    pub given_flags: Vec<String>,
}

/// The same as [`load`] without the verdict.
pub fn inspect(command_line: &CommandLine, sources: &Sources) -> Inspection {
    let mut layers = Layers::new(command_line);
    layers.base(sources.config.as_ref());
    layers.drop_ins(&sources.drop_ins);
    layers.flags();
    layers.finish(sources.cgroup_v1)
}

#[cfg(test)]
mod tests;
