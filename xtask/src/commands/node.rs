//! `cargo xtask node`: the box, and the inner programs it is made of.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::block_on;
use crate::node::sandboxed::{self, ContainerdVersion, Plan};
use crate::setup::machine;

/// What can be done with a box.
#[derive(Debug, Subcommand)]
pub enum Arguments {
    /// Run a command in a new box and pass its exit status through; everything is gone afterwards.
    Exec(Exec),
    /// Join a box's cgroups and unshare (started by `exec`).
    #[command(hide = true)]
    Enter(Inner),
    /// PID 1 of a box (started by `enter`).
    #[command(hide = true)]
    Init(Inner),
    /// Start the box's parts, then the command (started by `init`).
    #[command(hide = true)]
    Inside(Inner),
    /// Clean up after a box (started by `exec`).
    #[command(hide = true)]
    Janitor {
        /// The box's directory.
        #[arg(long)]
        directory: PathBuf,
    },
}

/// `node exec`.
#[derive(Debug, Args)]
pub struct Exec {
    /// Which containerd the box has.
    #[arg(long, default_value = "1.6")]
    containerd: ContainerdVersion,
    /// Start no registry and no containerd: only the namespaces.
    #[arg(long)]
    bare: bool,
    /// Copy the logs of registry and containerd here at the end.
    #[arg(long, value_name = "DIRECTORY")]
    logs: Option<PathBuf>,
    /// The command to run.
    #[arg(required = true, last = true)]
    command: Vec<String>,
}

/// What the inner programs are told.
#[derive(Debug, Args)]
pub struct Inner {
    /// The box's directory.
    #[arg(long)]
    directory: PathBuf,
    /// Which containerd the box has.
    #[arg(long)]
    containerd: ContainerdVersion,
    /// Start no registry and no containerd.
    #[arg(long)]
    bare: bool,
    /// The command to run.
    #[arg(required = true, last = true)]
    command: Vec<String>,
}

impl Inner {
    fn plan(self) -> (PathBuf, Plan) {
        let plan = Plan { containerd: self.containerd, bare: self.bare, logs: None, command: self.command };
        (self.directory, plan)
    }
}

/// Carries out `node …`.
///
/// # Errors
/// When the box or one of its parts cannot be made.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments {
        Arguments::Exec(exec) => {
            let Exec { containerd, bare, logs, command } = exec;
            let plan = Plan { containerd, bare, logs, command };
            machine::check()?;
            if !plan.bare {
                crate::images::build_all()?;
            }
            block_on(sandboxed::exec(&plan))
        }
        Arguments::Enter(inner) => {
            let (directory, plan) = inner.plan();
            sandboxed::enter(&directory, &plan)
        }
        Arguments::Init(inner) => {
            let (directory, plan) = inner.plan();
            sandboxed::init(&directory, &plan)
        }
        Arguments::Inside(inner) => {
            let (directory, plan) = inner.plan();
            sandboxed::inside(&directory, &plan)
        }
        Arguments::Janitor { directory } => sandboxed::janitor(&directory).map(|()| ExitCode::SUCCESS),
    }
}
