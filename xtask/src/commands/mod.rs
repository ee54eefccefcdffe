//! The command table: one file per command, each with its `Arguments` and a `run`.
//!
//! A new command is a file here, a line in the module list, a variant of [`Command`] and an arm of [`Command::run`].

use std::future::Future;
use std::process::ExitCode;

use anyhow::Context;

pub mod bench;
pub mod cluster;
pub mod down;
pub mod golden;
pub mod images;
pub mod node;
pub mod run;
pub mod setup;
pub mod test;
pub mod tools;
pub mod vm;

/// What `cargo xtask` can do.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Measure our kubelet against a bare CRI client and upstream's kubelet.
    Bench(bench::Arguments),
    /// A control plane and a kubelet in a box: a cluster to try things on, or to run a command in.
    #[command(subcommand)]
    Cluster(cluster::Arguments),
    /// Take down what `run` started, without a trace.
    Down,
    /// Record what upstream's kubelet answers to the corpus, or compare ours with it.
    Golden(golden::Arguments),
    /// Build the small real images of the examples and tests as an OCI layout.
    Images(images::Arguments),
    /// Run a command on a node of its own: registry, containerd and CNI in fresh namespaces.
    #[command(subcommand)]
    Node(node::Arguments),
    /// Start a kubelet with the example pod on this machine.
    Run(run::Arguments),
    /// Install what a node and the tests need.
    Setup(setup::Arguments),
    /// Run every check of the project.
    Test(test::Arguments),
    /// Build containerd, runc, CNI plugins and upstream's programs from their Go modules.
    Tools(tools::Arguments),
    /// Run the host's contract tests in a virtual machine: control groups v2 and systemd.
    Vm(vm::Arguments),
}

impl Command {
    /// Carries the command out; the exit code becomes the program's.
    ///
    /// # Errors
    /// Whatever kept the command from doing its work, told for the person who typed it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Bench(arguments) => bench::run(arguments),
            Self::Cluster(arguments) => cluster::run(arguments),
            Self::Down => down::run(),
            Self::Golden(arguments) => golden::run(arguments),
            Self::Images(arguments) => images::run(&arguments),
            Self::Node(arguments) => node::run(arguments),
            Self::Run(arguments) => run::run(arguments),
            Self::Setup(arguments) => setup::run(&arguments),
            Self::Test(arguments) => test::run(&arguments),
            Self::Tools(arguments) => tools::run(&arguments),
            Self::Vm(arguments) => vm::run(&arguments),
        }
    }
}

/// Runs a command's asynchronous part on a single-threaded runtime.
pub(crate) fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the asynchronous runtime cannot start")?
        .block_on(work)
}
