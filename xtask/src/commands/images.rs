//! `cargo xtask images`: small real images for machines that reach no registry.

use std::net::SocketAddrV4;
use std::process::ExitCode;

use crate::images;

/// `images`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Also push them to this registry (plain HTTP).
    #[arg(long, value_name = "IP:PORT")]
    push: Option<SocketAddrV4>,
}

/// Builds the images, and pushes them when asked.
///
/// # Errors
/// When a program that they are made of is missing, or the registry refuses them.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let directory = images::build_all()?;
    if let Some(registry) = arguments.push {
        images::push_all(registry)?;
    }
    println!("{}", directory.display());
    Ok(ExitCode::SUCCESS)
}
