//! `cargo xtask`: the project's own commands.

use std::os::unix::process::CommandExt;
use std::process::ExitCode;

use clap::Parser;
use xtask::commands::Command;

#[derive(Parser)]
#[command(name = "xtask", bin_name = "cargo xtask", about = "The project's own commands")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// Whether a variable is what `cargo run` tells the program about its package.
fn is_of_package(name: &str) -> bool {
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

/// Becomes this program once more, without Cargo's words about its package. A Cargo below would take them for a change of its
/// own environment: build scripts that look at them (`ring`'s) are run again, and all that stands on them is built anew, now
/// here, now when somebody types `cargo build`.
fn without_package() -> Option<std::io::Error> {
    let told = std::env::vars_os().map(|(name, _)| name);
    let told: Vec<_> = told.filter(|name| name.to_str().is_some_and(is_of_package)).collect();
    if told.is_empty() {
        return None;
    }
    let mut command = match std::env::current_exe() {
        Ok(own) => std::process::Command::new(own),
        Err(error) => return Some(error),
    };
    for name in told {
        command.env_remove(name);
    }
    Some(command.args(std::env::args_os().skip(1)).exec())
}

fn main() -> ExitCode {
    if let Some(error) = without_package() {
        eprintln!("xtask: cannot be started again: {error}");
        return ExitCode::FAILURE;
    }
    match Arguments::parse().command.run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
