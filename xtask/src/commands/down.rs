//! `cargo xtask down`: takes down what `run` started.

use std::process::ExitCode;

use super::block_on;
use crate::cluster::outside::Cluster;
use crate::local;
use crate::setup::machine;
use crate::steps;

/// Takes everything down.
///
/// # Errors
/// When something cannot be removed.
pub fn run() -> anyhow::Result<ExitCode> {
    machine::check()?;
    if Cluster::called(super::run::CLUSTER).down()? {
        steps::say("the cluster is down");
    }
    block_on(local::down::down())?;
    Ok(ExitCode::SUCCESS)
}
