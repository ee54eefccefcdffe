//! `cargo xtask run`: a kubelet with the example pod on this machine.

use std::path::PathBuf;
use std::process::ExitCode;

use super::block_on;
use crate::local::run::{Plan, run as run_plan};
use crate::local::runtime::Images;
use crate::places;

/// `run`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// End once the page was fetched, and take everything down that was not there before.
    #[arg(long)]
    once: bool,
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
    let Arguments { once, private, images, manifest } = arguments;
    let manifest = manifest.unwrap_or_else(|| places::repository().join("examples/nginx.yaml"));
    block_on(run_plan(&Plan { once, private, images, manifest }))
}
