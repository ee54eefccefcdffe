//! `cargo xtask golden`: records what upstream's kubelet answers to the corpus, or compares ours with it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;

use super::block_on;
use crate::images;
use crate::node::sandboxed::{self, ContainerdVersion, Plan};

/// `golden`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    mode: Mode,
    /// The containerd of the box that it runs in.
    #[arg(long, default_value = "2.4")]
    containerd: ContainerdVersion,
    /// Leave the kubelet's log and all recorded calls here.
    #[arg(long, value_name = "DIRECTORY")]
    keep: Option<PathBuf>,
    /// This is the box already (set by `golden` itself).
    #[arg(long, hide = true)]
    inside: bool,
    /// Only cases whose name contains one of these.
    cases: Vec<String>,
}

/// What is done with which kubelet.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Mode {
    /// Write the golden files from what this kubelet, upstream's, does.
    #[arg(long, value_name = "KUBELET")]
    record: Option<PathBuf>,
    /// Compare what this kubelet does with the golden files.
    #[arg(long, value_name = "KUBELET")]
    replay: Option<PathBuf>,
}

/// Makes a box and runs itself in it, or does the work when this is the box.
///
/// # Errors
/// When the box, the kubelet or the corpus make trouble.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    if arguments.inside { block_on(inside(arguments)) } else { outside(&arguments) }
}

async fn inside(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { mode, keep, cases, .. } = arguments;
    if let Some(program) = mode.record {
        golden::run::record(&program, &cases, keep).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let program = mode.replay.context("neither --record nor --replay is given")?;
    let (report, clean) = golden::run::replay(&program, &cases, keep).await?;
    print!("{report}");
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn outside(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    images::build_all()?;
    let own = std::env::current_exe().context("the path of this program is not known")?;
    let mut command = vec![own.display().to_string(), "golden".to_owned(), "--inside".to_owned()];
    let paths = [
        ("--record", &arguments.mode.record),
        ("--replay", &arguments.mode.replay),
        ("--keep", &arguments.keep),
    ];
    for (flag, path) in paths {
        if let Some(path) = path {
            let path = std::path::absolute(path).with_context(|| format!("{} is no path", path.display()))?;
            command.extend([flag.to_owned(), path.display().to_string()]);
        }
    }
    command.extend(arguments.cases.iter().cloned());
    block_on(sandboxed::exec(&Plan { containerd: arguments.containerd, bare: false, logs: None, command }))
}
