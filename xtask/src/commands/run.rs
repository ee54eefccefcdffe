//! `cargo xtask run`: a kubelet with the example pod on this machine.

use std::path::PathBuf;
use std::process::ExitCode;

use super::block_on;
use crate::cluster::inside::Plan;
use crate::cluster::kubelet::Choice;
use crate::cluster::outside::Cluster;
use crate::local;
use crate::local::runtime::Images;
use crate::node::sandboxed::ContainerdVersion;
use crate::setup::{self, Purpose, machine};
use crate::{places, steps};

/// The name of the cluster that `run --cluster` starts.
pub(crate) const CLUSTER: &str = "run";

/// `run`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// End once the page was fetched, and take everything down that was not there before.
    #[arg(long)]
    once: bool,
    /// Start a cluster instead, in a box of its own: upstream's control plane, and this kubelet as its node.
    #[arg(long, conflicts_with_all = ["once", "private", "images", "manifest"])]
    cluster: bool,
    /// Start a private containerd even when a container runtime is there already.
    #[arg(long)]
    private: bool,
    /// Where the images come from.
    #[arg(long, default_value = "auto")]
    images: Images,
    /// Another pod than the example: its page on port 80 is fetched.
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
}

/// Runs until Ctrl-C, or until the page was fetched.
///
/// # Errors
/// Whatever kept the pod from running.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { once, cluster, private, images, manifest } = arguments;
    if cluster {
        return run_cluster();
    }
    let manifest = manifest.unwrap_or_else(|| places::repository().join("examples/nginx.yaml"));
    block_on(local::run::run(&local::run::Plan { once, private, images, manifest }))
}

/// Leaves a cluster running, and tells how to use it.
fn run_cluster() -> anyhow::Result<ExitCode> {
    machine::check()?;
    let cluster = Cluster::called(CLUSTER);
    if cluster.box_init().is_ok() {
        steps::say("the cluster runs already; `./run.sh down` takes it down");
        super::cluster::tell(&cluster)?;
        return Ok(ExitCode::SUCCESS);
    }
    setup::install(Purpose::Cluster)?;
    let plan =
        Plan { containerd: ContainerdVersion::Built, kubelet: Choice::Ours, nodes: 1, command: Vec::new() };
    let code = super::cluster::up(&cluster, plan)?;
    steps::say("`./run.sh down` takes the cluster down");
    Ok(code)
}
