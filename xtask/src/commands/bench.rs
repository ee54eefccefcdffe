//! `cargo xtask bench`: ours against the floor and upstream's kubelet, alternating, in one run.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, bail};

use super::block_on;
use crate::bench::cluster::rows::CLUSTER;
use crate::bench::report::{Results, STANDALONE};
use crate::bench::workloads::{self, Size, Values};
use crate::bench::{self, Contender, floor};
use crate::cluster::kubelet::Choice;
use crate::cluster::{self, inside};
use crate::images;
use crate::node::layout::Layout;
use crate::node::sandboxed::{self, ContainerdVersion, NODE_VARIABLE, Plan, STATE};

/// `bench`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Upstream's kubelet, to be measured beside ours.
    #[arg(long, value_name = "BINARY")]
    upstream: Option<PathBuf>,
    /// Our kubelet; built in release mode unless given.
    #[arg(long, value_name = "BINARY")]
    ours: Option<PathBuf>,
    /// The containerd of the box that it runs in.
    #[arg(long, default_value = "2.4")]
    containerd: ContainerdVersion,
    /// How often everything is measured.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Few pods and short pauses: to see that it works, not to judge by.
    #[arg(long)]
    quick: bool,
    /// As nodes of a real cluster instead of standalone.
    #[arg(long)]
    cluster: bool,
    /// Write the page and the plot here: `docs/benchmarks.md`, for clusters `docs/benchmarks-cluster.md` unless given.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// This is the box already (set by `bench` itself).
    #[arg(long, hide = true)]
    inside: bool,
    /// The disk is there already (set by `bench` itself).
    #[arg(long, hide = true)]
    on_own_disk: bool,
}

/// Makes a box and runs itself in it, or measures when this is the box.
///
/// # Errors
/// When the box, a kubelet or the runtime make trouble.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    if arguments.inside {
        return measure_inside(&arguments);
    }
    if !arguments.on_own_disk {
        match bench::disk::enter(&built_for_release()?)? {}
    }
    bench::disk::mount()?;
    outside(arguments)
}

/// Builds this program and our kubelet for release. A debug build that decodes all that it watches would take the time of two cores from
/// those that it measures.
fn built_for_release() -> anyhow::Result<PathBuf> {
    let mut build = Command::new("cargo");
    build.args(["build", "--release", "--package", "xtask", "--package", "kubelet"]);
    if !build.status().context("cargo cannot be started")?.success() {
        bail!("our kubelet does not build");
    }
    let own = std::env::current_exe().context("the path of this program is not known")?;
    let target = own.parent().and_then(Path::parent).context("this program lies in no target directory")?;
    Ok(target.join("release/xtask"))
}

fn outside(mut arguments: Arguments) -> anyhow::Result<ExitCode> {
    images::build_all()?;
    let own = std::env::current_exe().context("the path of this program is not known")?;
    arguments.ours.get_or_insert_with(|| own.with_file_name("kubelet"));
    let mut command = vec![own.display().to_string(), "bench".to_owned(), "--inside".to_owned()];
    for (flag, path) in [("--ours", &arguments.ours), ("--upstream", &arguments.upstream)] {
        if let Some(path) = path {
            command.extend([flag.to_owned(), std::path::absolute(path)?.display().to_string()]);
        }
    }
    let usual = if arguments.cluster { "docs/benchmarks-cluster.md" } else { "docs/benchmarks.md" };
    let page = arguments.page.unwrap_or_else(|| PathBuf::from(usual));
    command.extend(["--page".to_owned(), std::path::absolute(&page)?.display().to_string()]);
    command.extend(["--rounds".to_owned(), arguments.rounds.to_string()]);
    if arguments.quick {
        command.push("--quick".to_owned());
    }
    if arguments.cluster {
        command.push("--cluster".to_owned());
        let plan =
            inside::Plan { containerd: arguments.containerd, kubelet: Choice::Nobody, nodes: 1, command };
        return block_on(cluster::outside::run(plan, None));
    }
    block_on(sandboxed::exec(&Plan { containerd: arguments.containerd, bare: false, logs: None, command }))
}

fn measure_inside(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let results = runtime.block_on(measure(arguments))?;
    println!("{}\n{}", results.details(), results.table());
    if !arguments.quick {
        write_page(arguments, &results)?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn measure(arguments: &Arguments) -> anyhow::Result<Results> {
    let size = if arguments.quick {
        Size { serial: 5, kills: 5, batch: 20, idle: Duration::from_secs(10) }
    } else {
        Size { serial: 30, kills: 50, batch: 110, idle: Duration::from_secs(60) }
    };
    let endpoint = std::env::var("KUBELET_TEST_CRI").context("KUBELET_TEST_CRI is not set: not in a box")?;
    let client = cri::Client::connect(&endpoint)?;
    floor::prepare(&client).await?;
    let mut results = Results::new(if arguments.cluster { &CLUSTER } else { &STANDALONE });
    let ours = arguments.ours.as_deref().context("--ours is not given")?;
    for round in 0..arguments.rounds {
        let mut order: Vec<(Contender, &Path)> = vec![(Contender::Ours, ours)];
        if let Some(upstream) = &arguments.upstream {
            order.push((Contender::Upstream, upstream));
        }
        if round % 2 == 0 {
            order.reverse();
        }
        eprintln!("round {}: floor", round + 1);
        results.add(Contender::Floor, workloads::floor(&client, size).await?);
        for (contender, program) in order {
            eprintln!("round {}: {}", round + 1, contender.name());
            let values = if arguments.cluster {
                as_node(program, &client, size).await?
            } else {
                let base = workloads::base().join(round.to_string());
                workloads::kubelet(contender, program, &base, &client, size).await?
            };
            // A run takes the better part of an hour: one that is broken off has told something.
            let told: Vec<String> = values.iter().map(|(name, value)| format!("{name} {value:.2}")).collect();
            eprintln!("  {}", told.join("; "));
            results.add(contender, values);
        }
    }
    Ok(results)
}

/// A kubelet as the node of the cluster that this runs in.
async fn as_node(program: &Path, runtime: &cri::Client, size: Size) -> anyhow::Result<Values> {
    let file = std::env::var("KUBECONFIG").context("KUBECONFIG is not set: not in a cluster")?;
    let kubeconfig = kube::config::Kubeconfig::read_from(file)?;
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &Default::default()).await?;
    let client = kube::Client::try_from(config)?;
    let node = std::env::var(NODE_VARIABLE).context("the node's directory is not known: not in a box")?;
    let layout = Layout::new(node, STATE);
    bench::cluster::workloads::kubelet(program, &client, runtime, &layout, size).await
}

fn write_page(arguments: &Arguments, results: &Results) -> anyhow::Result<()> {
    let page = arguments.page.as_deref().context("--page is not given")?;
    let (flag, kind) = if arguments.cluster {
        ("--cluster ", "Kubelets as nodes of a\nreal cluster")
    } else {
        ("", "Standalone\nkubelets")
    };
    let plot = page.with_extension("svg");
    let plot_name = plot.file_name().unwrap_or_default().to_string_lossy();
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = read("/proc/meminfo").lines().next().unwrap_or_default().to_owned();
    let kernel = read("/proc/sys/kernel/osrelease");
    let date = Command::new("date").arg("+%Y-%m-%d").output().map(|output| output.stdout).unwrap_or_default();
    let text = format!(
        "# Benchmarks\n\nWritten by `cargo xtask bench {flag}--upstream BINARY` on {}. The machine: {cores} cores,{}, {}, kernel {}. {kind} on an ext4 with a journal of their own, medians of the rounds; what the rows mean and how they are taken stands in `xtask/src/bench/`.\n\n{}\n![Multiples of the floor]({plot_name})\n\n## All values, by round\n\n```text\n{}```\n",
        String::from_utf8_lossy(&date).trim(),
        model.trim_start_matches([' ', '\t', ':']).trim(),
        memory.split_whitespace().collect::<Vec<_>>().join(" "),
        kernel.trim(),
        results.table(),
        results.details(),
    );
    std::fs::write(page, text).with_context(|| format!("{} cannot be written", page.display()))?;
    std::fs::write(&plot, results.plot()).context("the plot cannot be written")
}
