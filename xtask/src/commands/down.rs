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
    let was_cluster = Cluster::called(super::run::CLUSTER).down()?;
    if was_cluster {
        steps::say("the cluster is down");
    }
    if local::down::is_something() {
        block_on(local::down::down())?;
    } else if !was_cluster {
        steps::say("nothing is there to take down");
    }
    Ok(ExitCode::SUCCESS)
}
