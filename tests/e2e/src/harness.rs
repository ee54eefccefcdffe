//! Cases and how they are run.
//!
//! A kubelet ends sandboxes that it does not know, so two of them cannot share a runtime. Cases that need just some kubelet run
//! side by side on one, each with pods of its own names; cases that start, stop, or configure one run alone, one after the other.
//! After the shared ones, and after each of the others, all pods are taken away, and nothing may be left of them.

use crate::environment::{Environment, RUNTIME_VARIABLE};
use crate::footprint::{self, Bundles, Footprint};
use crate::kubelet::{Options, tail};
use crate::node::Node;
use crate::runtime::Runtime;
use crate::wait::{self, BOUND};
use anyhow::Context;
use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt};
use std::fs;
use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Shared cases under way at once: enough to fill two cores that mostly wait.
const SIDE_BY_SIDE: usize = 8;
/// No case takes longer.
const CASE_BOUND: Duration = Duration::from_secs(600);
/// Lines of the kubelet's log shown for a case that failed alone.
const LOG_LINES: usize = 60;

/// A case on the kubelet of all shared cases.
pub type SharedCase = fn(Arc<Node>) -> BoxFuture<'static, anyhow::Result<()>>;
/// A case that starts its own, and may not leave it running.
pub type LoneCase = fn(Environment) -> BoxFuture<'static, anyhow::Result<()>>;

/// How a case is run.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    /// Side by side with others on one kubelet.
    Shared(SharedCase),
    /// Alone in the box.
    Alone(LoneCase),
}

/// One behaviour that is tested.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// `module::function`.
    pub name: &'static str,
    /// How.
    pub run: Run,
}

/// Makes the `CASES` of a module from the names of its functions.
#[macro_export]
macro_rules! cases {
    ($kind:ident: $($function:ident),* $(,)?) => {
        &[$($crate::harness::Case {
            name: concat!(module_path!(), "::", stringify!($function)),
            run: $crate::harness::Run::$kind(|given| Box::pin($function(given))),
        }),*]
    };
}

/// Runs the cases whose names hold one of the words on the command line; all of them without words.
pub fn main(cases: &[&[Case]]) -> ExitCode {
    // One line: the call stack of a case is the same for all of them.
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
            say(&format!("e2e: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(chosen: &[Case]) -> anyhow::Result<bool> {
    let Some(environment) = Environment::from_process()? else {
        say(&format!(
            "e2e: {} cases need a node of their own and run in the e2e stage: cargo xtask node exec -- cargo test -p e2e \
             ({RUNTIME_VARIABLE} is not set here; none was run, none passed)",
            chosen.len()
        ));
        return Ok(true);
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run_all(chosen, &environment))
}

async fn run_all(chosen: &[Case], environment: &Environment) -> anyhow::Result<bool> {
    say(&format!("running {} tests on containerd {}", chosen.len(), environment.containerd));
    let start = Instant::now();
    let mut outcomes = run_shared(chosen, environment).await?;
    for case in chosen {
        if let Run::Alone(function) = case.run {
            outcomes.push(run_alone(case, function, environment).await?);
        }
    }
    let failed: Vec<_> =
        outcomes.iter().filter_map(|outcome| outcome.error.as_ref().map(|_| outcome)).collect();
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
    Ok(failed.is_empty())
}

#[derive(Debug)]
struct Outcome {
    name: String,
    error: Option<String>,
}

async fn run_shared(chosen: &[Case], environment: &Environment) -> anyhow::Result<Vec<Outcome>> {
    let shared: Vec<(&Case, SharedCase)> = chosen
        .iter()
        .filter_map(|case| match case.run {
            Run::Shared(function) => Some((case, function)),
            Run::Alone(_) => None,
        })
        .collect();
    if shared.is_empty() {
        return Ok(Vec::new());
    }
    clear(environment).await?;
    let options = Options::new(environment, "shared");
    let before = Footprint::now(&options.directory.join("root"))?;
    let node = Arc::new(Node::start(environment, options).await?);
    let mut outcomes: Vec<Outcome> = stream::iter(shared)
        .map(|(case, function)| {
            let node = Arc::clone(&node);
            async move { finish(case, function(node)).await }
        })
        .buffer_unordered(SIDE_BY_SIDE)
        .collect()
        .await;
    let afterwards = async {
        for entry in fs::read_dir(node.kubelet.manifests())?.flatten() {
            let path = entry.path();
            if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
        }
        footprint::nothing_left(&node, &before, Bundles::Gone).await
    };
    let case = Case { name: "shared::nothing_is_left", run: chosen[0].run };
    outcomes.push(finish(&case, afterwards).await);
    let log = node.kubelet.log();
    if let Some(panic) = log.lines().find(|line| line.contains("panicked at")) {
        let error = Some(format!("the kubelet panicked: {panic}"));
        outcomes.push(Outcome { name: "shared::no_panic".to_owned(), error });
    }
    let failed = outcomes.iter().any(|outcome| outcome.error.is_some());
    if failed {
        say(&format!("the kubelet's log: {}", node.kubelet.log_file().display()));
    }
    let node = Arc::into_inner(node).context("a case still holds the shared node")?;
    let mut kubelet = node.kubelet;
    kubelet.terminate().await?;
    keep_log(environment, "shared");
    clear(environment).await?;
    Ok(outcomes)
}

async fn run_alone(case: &Case, function: LoneCase, environment: &Environment) -> anyhow::Result<Outcome> {
    clear(environment).await?;
    let mut outcome = finish(case, function(environment.clone())).await;
    if let Some(error) = &mut outcome.error {
        for entry in fs::read_dir(&environment.root)?.flatten() {
            let log = entry.path().join("kubelet.log");
            if log.is_file() {
                error.push_str(&format!("\nthe end of {}:\n{}", log.display(), tail(&log, LOG_LINES)));
            }
        }
    }
    keep_log(environment, &short(case));
    clear(environment).await?;
    Ok(outcome)
}

/// Keeps the kubelets' logs where `KUBELET_TEST_KEEP` says, for a look afterwards.
fn keep_log(environment: &Environment, name: &str) {
    let Some(keep) = std::env::var_os("KUBELET_TEST_KEEP") else {
        return;
    };
    let Ok(entries) = fs::read_dir(&environment.root) else {
        return;
    };
    for entry in entries.flatten() {
        let log = entry.path().join("kubelet.log");
        let file = format!("{}-{}.log", name.replace("::", "-"), entry.file_name().to_string_lossy());
        let _ = fs::create_dir_all(&keep).and_then(|()| fs::copy(log, Path::new(&keep).join(file)));
    }
}

async fn finish(case: &Case, work: impl Future<Output = anyhow::Result<()>>) -> Outcome {
    let start = Instant::now();
    let caught = AssertUnwindSafe(tokio::time::timeout(CASE_BOUND, work)).catch_unwind().await;
    let error = match caught {
        Ok(Ok(Ok(()))) => None,
        Ok(Ok(Err(error))) => Some(format!("{error:#}")),
        Ok(Err(_)) => Some(format!("did not end within {} s", CASE_BOUND.as_secs())),
        Err(panic) => Some(panic_text(&*panic)),
    };
    let word = if error.is_none() { "ok" } else { "FAILED" };
    let name = short(case);
    say(&format!("test {name} ... {word} ({:.1} s)", start.elapsed().as_secs_f64()));
    Outcome { name, error }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "panicked".to_owned())
}

/// Without the name of this crate's test program.
fn short(case: &Case) -> String {
    case.name.strip_prefix("e2e::").unwrap_or(case.name).to_owned()
}

/// Removes what an earlier case left, so that its failure is its own.
async fn clear(environment: &Environment) -> anyhow::Result<()> {
    let runtime = Runtime::connect(environment)?;
    if let Err(error) = emptied(&runtime).await {
        say(&format!("the runtime cannot remove what it has, and is restarted: {error:#}"));
        runtime.stop().await?.start().await?;
        emptied(&runtime).await?;
    }
    let root = environment.root.to_string_lossy().into_owned();
    let mut mounts: Vec<String> = footprint::mount_points()?;
    mounts.retain(|point| point.starts_with(&format!("{root}/")));
    for point in mounts.iter().rev() {
        rustix::mount::unmount(point, rustix::mount::UnmountFlags::DETACH).context(point.clone())?;
    }
    for entry in fs::read_dir(&environment.root)?.flatten() {
        fs::remove_dir_all(entry.path()).with_context(|| entry.path().display().to_string())?;
    }
    for directory in ["/var/log/pods", "/var/log/containers"] {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

async fn emptied(runtime: &Runtime) -> anyhow::Result<()> {
    wait::until("the runtime is empty", BOUND / 3, || async {
        let cleared = runtime.clear().await;
        // What the runtime cannot remove often has a process that it does not know of.
        cleared.map_err(|error| (format!("{error:#}"), footprint::kill_all()))
    })
    .await
}

/// One line on standard output, at once.
pub fn say(line: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}
