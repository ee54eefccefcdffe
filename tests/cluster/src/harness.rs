//! Cases and how they are run.
//!
//! Cases that need no more than a working node run side by side, each in a namespace of its own; those that end components,
//! or count what the node does, run alone afterwards. After each lone case, and after all shared ones, its namespaces are
//! deleted, and nothing may be left of their pods.

use crate::cluster::Cluster;
use crate::process::Process;
use crate::space::Space;
use anyhow::Context;
use e2e::environment::Environment;
use e2e::footprint::Footprint;
use e2e::harness::say;
use e2e::kubelet::tail;
use e2e::wait::{self, BOUND};
use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt};
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Shared cases under way at once: they mostly wait.
const SIDE_BY_SIDE: usize = 10;
/// No case takes longer.
const CASE_BOUND: Duration = Duration::from_secs(300);
/// Lines of a component's log shown for a case that failed alone.
const LOG_LINES: usize = 40;

/// What a case does in its namespace.
pub type Work = fn(Space) -> BoxFuture<'static, anyhow::Result<()>>;

/// Whom a case can bear beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Company {
    /// Other cases, side by side.
    Shared,
    /// Nobody.
    Alone,
}

/// One behaviour that is tested.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// `module::function`.
    pub name: &'static str,
    /// Whom it can bear.
    pub company: Company,
    /// What it does.
    pub work: Work,
}

/// Makes the `CASES` of a module from the names of its functions.
#[macro_export]
macro_rules! cases {
    ($company:ident: $($function:ident),* $(,)?) => {
        &[$($crate::harness::Case {
            name: concat!(module_path!(), "::", stringify!($function)),
            company: $crate::harness::Company::$company,
            work: |space| Box::pin($function(space)),
        }),*]
    };
}

struct Outcome {
    name: String,
    error: Option<String>,
}

/// Runs the cases whose names hold one of the words on the command line; all of them without words.
pub fn main(cases: &[&[Case]]) -> ExitCode {
    std::panic::set_hook(Box::new(|panic| say(&panic.to_string())));
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&String> = arguments.iter().filter(|word| !word.starts_with('-')).collect();
    let chosen: Vec<Case> = cases
        .iter()
        .flat_map(|module| module.iter().copied())
        .filter(|case| words.is_empty() || words.iter().any(|word| case.name.contains(word.as_str())))
        .collect();
    if arguments.iter().any(|word| word == "--list") {
        for case in &chosen {
            say(&format!("{}: test", short(case)));
        }
        return ExitCode::SUCCESS;
    }
    match run(&chosen) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("cluster: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(chosen: &[Case]) -> anyhow::Result<bool> {
    if std::env::var_os("KUBELET_TEST_CLUSTER").is_none() {
        say(&format!(
            "cluster: {} cases need a cluster and run in the cluster stage: cargo xtask cluster run -- cargo test -p cluster \
             (KUBELET_TEST_CLUSTER is not set here; none was run, none passed)",
            chosen.len()
        ));
        return Ok(true);
    }
    let environment = Environment::from_process()?.context("the cluster has no node")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run_all(chosen, &environment))
}

async fn run_all(chosen: &[Case], environment: &Environment) -> anyhow::Result<bool> {
    let cluster = Arc::new(Cluster::connect(environment).await?);
    let kubelet = if cluster.is_ours().await? { "our kubelet" } else { "a kubelet of others" };
    say(&format!("running {} tests with {kubelet} on containerd {}", chosen.len(), environment.containerd));
    let start = Instant::now();
    let before = Footprint::now(Path::new(&environment.root))?;
    let of = |company| chosen.iter().filter(move |case| case.company == company);
    let mut outcomes: Vec<Outcome> = stream::iter(of(Company::Shared))
        .map(|case| run_case(case, &cluster))
        .buffer_unordered(SIDE_BY_SIDE)
        .collect()
        .await;
    let spaces: Vec<Space> = of(Company::Shared).map(|case| space(case, &cluster)).collect();
    outcomes.push(left("shared::nothing_is_left", &cluster, &spaces, &before).await);
    for case in of(Company::Alone) {
        let mut outcome = run_case(case, &cluster).await;
        if let Some(error) = &mut outcome.error {
            for name in ["kubelet", "kube-apiserver"] {
                let log = Process::called(name)?.log().to_path_buf();
                error.push_str(&format!("\nthe end of {}:\n{}", log.display(), tail(&log, LOG_LINES)));
            }
        }
        let name = format!("{}::nothing_is_left", outcome.name);
        let nothing_left = left(&name, &cluster, &[space(case, &cluster)], &before).await;
        outcomes.extend([outcome, nothing_left]);
    }
    let log = std::fs::read_to_string(Process::called("kubelet")?.log()).unwrap_or_default();
    if let Some(panic) = log.lines().find(|line| line.contains("panicked at")) {
        let error = Some(format!("the kubelet panicked: {panic}"));
        outcomes.push(Outcome { name: "no_panic".to_owned(), error });
    }
    Ok(report(&outcomes, start))
}

/// Says how it went. Whether all went well.
fn report(outcomes: &[Outcome], start: Instant) -> bool {
    let failed: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.error.is_some()).collect();
    for outcome in &failed {
        say(&format!("\n---- {} ----\n{}", outcome.name, outcome.error.as_deref().unwrap_or_default()));
    }
    let word = if failed.is_empty() { "ok" } else { "FAILED" };
    say(&format!(
        "\ntest result: {word}. {} passed; {} failed; finished in {:.1} s",
        outcomes.len() - failed.len(),
        failed.len(),
        start.elapsed().as_secs_f64()
    ));
    for outcome in &failed {
        say(&format!("    {}", outcome.name));
    }
    failed.is_empty()
}

/// The namespace of a case.
fn space(case: &Case, cluster: &Arc<Cluster>) -> Space {
    Space { cluster: Arc::clone(cluster), namespace: short(case).replace("::", "-").replace('_', "-") }
}

/// Runs a case in a namespace of its own, which is deleted afterwards.
async fn run_case(case: &Case, cluster: &Arc<Cluster>) -> Outcome {
    finish(&short(case), async {
        let space = space(case, cluster);
        space.create().await?;
        let result = AssertUnwindSafe((case.work)(space.clone())).catch_unwind().await;
        let result = result.unwrap_or_else(|panic| Err(anyhow::anyhow!(panic_text(&*panic))));
        let removed = space.remove().await;
        result.and(removed)
    })
    .await
}

/// Waits until the namespaces are gone, and nothing is left of their pods.
async fn left(name: &str, cluster: &Cluster, spaces: &[Space], before: &Footprint) -> Outcome {
    finish(name, async {
        for space in spaces {
            space.removed().await?;
        }
        // Upstream's clears away within minutes.
        if !cluster.is_ours().await? {
            return Ok(());
        }
        wait::until("nothing is left of the pods", BOUND, || async {
            let text = |error: anyhow::Error| format!("{error:#}");
            let now = Footprint::now(Path::new(&cluster.environment.root)).map_err(text)?;
            let mut left = now.beyond(before);
            // What only the runtime knows of stays its own business: containerd forgets bundles of starts cut off.
            left.bundles.clear();
            if left == Footprint::default() { Ok(()) } else { Err(format!("{left:#?}")) }
        })
        .await
    })
    .await
}

async fn finish(name: &str, work: impl Future<Output = anyhow::Result<()>>) -> Outcome {
    let start = Instant::now();
    let error = match tokio::time::timeout(CASE_BOUND, work).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(format!("{error:#}")),
        Err(_) => Some(format!("did not end within {} s", CASE_BOUND.as_secs())),
    };
    let word = if error.is_none() { "ok" } else { "FAILED" };
    say(&format!("test {name} ... {word} ({:.1} s)", start.elapsed().as_secs_f64()));
    if let Some(error) = &error {
        say(&format!("    {}", error.lines().next().unwrap_or_default()));
    }
    Outcome { name: name.to_owned(), error }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "panicked".to_owned())
}

/// Without the name of this crate's test program.
fn short(case: &Case) -> String {
    case.name.strip_prefix("cluster::").unwrap_or(case.name).to_owned()
}
