//! `cargo xtask cluster`: a control plane and a kubelet in a box.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::{Args, Subcommand};

use super::block_on;
use crate::cluster::forward;
use crate::cluster::inside::{self, Plan};
use crate::cluster::kubelet::Choice;
use crate::cluster::member::MOST_NODES;
use crate::cluster::outside::{self, Cluster};
use crate::cluster::process::Record;
use crate::node::sandboxed::ContainerdVersion;
use crate::setup::machine;
use crate::{places, steps, tools};

/// What can be done with a cluster.
#[derive(Debug, Subcommand)]
pub enum Arguments {
    /// Start a cluster that stays until it is taken down.
    Up {
        /// Which cluster.
        #[command(flatten)]
        name: Name,
        /// What it is made of.
        #[command(flatten)]
        parts: Parts,
    },
    /// Take a cluster down, without a trace.
    Down {
        /// Which cluster.
        #[command(flatten)]
        name: Name,
    },
    /// Show the clusters, their processes, nodes and pods.
    Status,
    /// Run a command in a running cluster, with kubectl and its kubeconfig.
    Exec {
        /// Which cluster.
        #[command(flatten)]
        name: Name,
        /// The command to run.
        #[arg(required = true, last = true)]
        command: Vec<String>,
    },
    /// Run a command in a cluster of its own; everything is gone afterwards.
    Run {
        /// What it is made of.
        #[command(flatten)]
        parts: Parts,
        /// Copy the logs of all components here at the end.
        #[arg(long, value_name = "DIRECTORY")]
        logs: Option<PathBuf>,
        /// The command to run.
        #[arg(required = true, last = true)]
        command: Vec<String>,
    },
    /// Start the cluster's parts in their box (started by `up` and `run`).
    #[command(hide = true)]
    Inside {
        /// What it is made of.
        #[command(flatten)]
        parts: Parts,
        /// The command to run; without one the cluster stays.
        #[arg(last = true)]
        command: Vec<String>,
    },
    /// Forward a port of the machine to a cluster's API server (started by `up`).
    #[command(hide = true)]
    Forward {
        /// Which cluster.
        #[command(flatten)]
        name: Name,
    },
    /// Print the records of a cluster's processes (started by `status` in the box).
    #[command(hide = true)]
    Processes,
}

/// Which cluster.
#[derive(Debug, Args)]
pub struct Name {
    /// The cluster's name: those with different names run side by side.
    #[arg(long, default_value = "default")]
    name: String,
}

/// What a cluster is made of.
#[derive(Debug, Args)]
pub struct Parts {
    /// Which containerd the node has.
    #[arg(long, default_value = "2.4")]
    containerd: ContainerdVersion,
    /// The kubelet: ours, upstream, none, or a program.
    #[arg(long, default_value = "ours")]
    kubelet: Choice,
    /// How many nodes it has.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=i64::from(MOST_NODES)))]
    nodes: u8,
}

impl Parts {
    fn plan(self, command: Vec<String>) -> Plan {
        Plan { containerd: self.containerd, kubelet: self.kubelet, nodes: self.nodes, command }
    }
}

/// Carries out `cluster …`.
///
/// # Errors
/// When the cluster or one of its parts makes trouble.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments {
        Arguments::Up { name, parts } => {
            machine::check()?;
            up(&Cluster::called(&name.name), parts.plan(Vec::new()))
        }
        Arguments::Down { name } => {
            let cluster = Cluster::called(&name.name);
            steps::say(if cluster.down()? {
                "the cluster is down"
            } else {
                "there is no cluster to take down"
            });
            Ok(ExitCode::SUCCESS)
        }
        Arguments::Status => status(),
        Arguments::Exec { name, command } => Cluster::called(&name.name).exec(&command),
        Arguments::Run { parts, logs, command } => {
            machine::check()?;
            block_on(outside::run(parts.plan(command), logs))
        }
        Arguments::Inside { parts, command } => inside::run(&parts.plan(command)),
        Arguments::Forward { name } => forward::run(&Cluster::called(&name.name)).map(|()| ExitCode::SUCCESS),
        Arguments::Processes => processes(),
    }
}

/// Starts a cluster and tells how to use it.
///
/// # Errors
/// When it does not come up.
pub(crate) fn up(cluster: &Cluster, plan: Plan) -> anyhow::Result<ExitCode> {
    cluster.up(plan)?;
    tell(cluster)?;
    Ok(ExitCode::SUCCESS)
}

/// Tells how to use a cluster from this machine, in lines to copy.
///
/// # Errors
/// When there is no kubectl.
pub(crate) fn tell(cluster: &Cluster) -> anyhow::Result<()> {
    println!("\nexport KUBECONFIG={}", cluster.kubeconfig().display());
    if places::find_program("kubectl").is_none() {
        println!("export PATH=\"$PATH:{}\"", tools::CONTROL_PLANE.build()?.display());
    }
    println!("kubectl get nodes\nkubectl run web --image=nginx\n");
    steps::say("the cluster has a network of its own: its images are nginx, busybox and pause");
    Ok(())
}

fn status() -> anyhow::Result<ExitCode> {
    let own = std::env::current_exe()?;
    for name in outside::names() {
        println!("cluster {name}, KUBECONFIG={}", Cluster::called(&name).kubeconfig().display());
        let show = |words: &[&str]| -> anyhow::Result<()> {
            let told =
                Command::new(&own).args(["cluster", "exec", "--name", &name, "--"]).args(words).status()?;
            if !told.success() {
                steps::say(&format!("{} says nothing", words.join(" ")));
            }
            Ok(())
        };
        show(&[&own.display().to_string(), "cluster", "processes"])?;
        show(&["kubectl", "get", "nodes,pods", "--all-namespaces", "--output", "wide"])?;
    }
    Ok(ExitCode::SUCCESS)
}

fn processes() -> anyhow::Result<ExitCode> {
    for record in Record::all()? {
        let state = if record.is_alive() { "running" } else { "ended" };
        println!("{:24} {:8} {:>6}  {}", record.name, state, record.pid, record.log.display());
    }
    Ok(ExitCode::SUCCESS)
}
