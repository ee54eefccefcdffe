//! What a user types on the node: `kubelet ps`, `kubelet describe pod NAME`, `kubelet logs POD`.
//!
//! They read the running kubelet's local API (`<root-dir>/kubelet.sock`, crate `server`) and need no API server. Output is
//! shaped like kubectl's for people, `-o json` is the API's JSON. Exit status: 0 done, 1 failed (one line on stderr says
//! why and what to do), 2 wrong usage.

mod age;
mod client;
mod completion;
mod config_command;
mod describe;
mod describe_container;
mod logs;
mod ps;
mod table;

use clap::{Parser, Subcommand, ValueEnum};
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

pub use completion::completion;
pub use config_command::config;

use client::ClientError;

/// The first words that make a command line one of these commands and not the daemon's.
pub const NAMES: [&str; 3] = ["ps", "describe", "logs"];

/// Whether the daemon's binary was called for one of the user commands. `first` is the first word after the program's name.
pub fn is_command(first: &OsStr) -> bool {
    NAMES.iter().any(|name| first == *name)
}

/// The command line of all user commands.
#[derive(Debug, Parser)]
#[command(
    name = "kubelet",
    about = "Look at the pods of this node's kubelet",
    disable_help_subcommand = true
)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the pods of this node
    Ps(ps::Arguments),
    /// Show one pod in detail, with its containers, volumes, conditions and events
    Describe(describe::Arguments),
    /// Print what a container wrote
    Logs(logs::Arguments),
}

/// Which kubelet is asked.
#[derive(Debug, clap::Args)]
struct Target {
    /// The kubelet's root directory, which holds its socket
    #[arg(long, default_value = "/var/lib/kubelet", value_name = "DIR")]
    root_dir: PathBuf,
    /// Only this namespace; all of them otherwise
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,
}

/// The form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// The API's JSON
    Json,
    /// More columns, and the containers
    Wide,
}

/// A command could not do what was asked.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    /// The kubelet could not be asked, or said no.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// No single pod is meant.
    #[error(transparent)]
    Pod(#[from] server::ResolvePodError),
    /// No single container is meant.
    #[error(transparent)]
    Container(#[from] server::ResolveContainerError),
    /// What to describe is not a pod.
    #[error("cannot describe {kind:?}: this kubelet knows pods alone (kubelet describe pod NAME)")]
    NotAPod {
        /// The word given.
        kind: String,
    },
    /// The output went nowhere.
    #[error("cannot write the output")]
    Write(#[source] io::Error),
}

/// Runs one user command; `arguments` begins with the program's name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let command_line = match CommandLine::try_parse_from(arguments) {
        Ok(command_line) => command_line,
        Err(error) => {
            // Help goes to stdout with status 0, an error to stderr with status 2.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    let outcome = runtime.block_on(async {
        match command_line.command {
            Command::Ps(arguments) => ps::run(arguments).await,
            Command::Describe(arguments) => describe::run(arguments).await,
            Command::Logs(arguments) => logs::run(arguments).await,
        }
    });
    // Not waiting for a blocked write to a terminal.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read us has had enough: `kubelet logs … | head`.
        Err(CommandError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &dyn std::error::Error) -> ExitCode {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    let _ = writeln!(io::stderr(), "error: {text}");
    ExitCode::from(1)
}

fn print(bytes: &[u8]) -> Result<(), CommandError> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(CommandError::Write)
}

#[cfg(test)]
mod tests;
