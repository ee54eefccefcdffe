//! What people type.

use crate::space::Space;
use anyhow::{Context, ensure};
use e2e::wait::BOUND;
use std::process::Stdio;
use tokio::process::Command;

/// Runs `kubectl` in a namespace, as the cluster's administrator. Returns what it prints.
///
/// # Errors
/// When it fails; what it printed is in the error.
pub async fn kubectl(space: &Space, arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new("kubectl");
    command.arg("--namespace").arg(&space.namespace).args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(BOUND, command.output()).await;
    let output = output.with_context(|| format!("kubectl {arguments:?} does not end"))?.context("kubectl")?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "kubectl {arguments:?}: {}: {said}{complaints}", output.status);
    Ok(said)
}
