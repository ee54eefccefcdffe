//! `cargo xtask tools`: builds the programs of a test node from their Go modules.

use std::process::ExitCode;

use crate::tools;

/// `tools`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Which ones; all when none is named.
    names: Vec<String>,
}

/// Builds the tools and prints the directory of each one's programs.
///
/// # Errors
/// When a name is unknown or a build fails.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    for name in &arguments.names {
        anyhow::ensure!(
            tools::ALL.iter().any(|tool| tool.name == name),
            "there is no tool {name}; there are {}",
            tools::ALL.map(|tool| tool.name).join(", ")
        );
    }
    for tool in tools::ALL {
        if arguments.names.is_empty() || arguments.names.iter().any(|name| name == tool.name) {
            println!("{} {}", tool.name, tool.build()?.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}
