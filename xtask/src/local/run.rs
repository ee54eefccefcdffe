//! `./run.sh`: from nothing to a page served by a pod, then watching until Ctrl-C.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::Pid;
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

use super::pods::{self, Pod};
use super::processes::Process;
use super::runtime::{self, Images};
use super::{before, down, kubelet, kubelet_root, layout, manifests, processes};
use crate::{setup, steps};

/// How long the example may take to run: images come over the network.
const RUNNING_TIMEOUT: Duration = Duration::from_secs(180);
/// How long the page may take once the containers run.
const PAGE_TIMEOUT: Duration = Duration::from_secs(15);
/// How long the kubelet may take to stop in order.
const STOP_GRACE: Duration = Duration::from_secs(10);
/// How often the kubelet is asked while it works.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// What a run does.
#[derive(Debug, Clone)]
pub struct Plan {
    /// End by itself once the page was fetched, taking down what was not there before.
    pub once: bool,
    /// Start a private containerd even when a runtime is there.
    pub private: bool,
    /// Where the images come from.
    pub images: Images,
    /// The example pod's manifest.
    pub manifest: PathBuf,
}

/// Carries the plan out. The exit code is success only if the page was fetched.
///
/// # Errors
/// Whatever kept the pod from running, with the cure where there is one.
pub async fn run(plan: &Plan) -> anyhow::Result<ExitCode> {
    setup::machine::check()?;
    let was_there = before::is_remembered();
    let _lock = lock()?;
    let result = start_and_watch(plan).await;
    if plan.once && !was_there && down::is_something() {
        down::down().await?;
    }
    result
}

async fn start_and_watch(plan: &Plan) -> anyhow::Result<ExitCode> {
    let program = kubelet::build()?;
    before::remember()?;
    let runtime = runtime::provide(plan.private, plan.images).await?;
    processes::stop(&processes::find("kubelet"), STOP_GRACE);
    // From here on Ctrl-C stops the kubelet in order.
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be watched")?;
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be watched")?;
    steps::say(&format!("starting the kubelet on {}", runtime.name));
    let mut kubelet = kubelet::start(&program, &runtime)?;
    let watching = async {
        show(&plan.manifest, &program, &mut kubelet).await?;
        if plan.once {
            return anyhow::Ok(ExitCode::SUCCESS);
        }
        steps::say(&format!("drop manifests into {}; Ctrl-C stops the kubelet", manifests().display()));
        Err(watch(&mut kubelet).await)
    };
    let result = tokio::select! {
        biased;
        _ = interrupt.recv() => Ok(ExitCode::from(130)),
        _ = terminate.recv() => Ok(ExitCode::from(143)),
        result = watching => result,
    };
    stop(&mut kubelet);
    if !plan.once && result.is_ok() {
        steps::say("the kubelet has stopped, the containers run on; `./run.sh down` removes everything");
    }
    result
}

/// From the manifest to the page: pod, table, status line.
async fn show(manifest: &Path, program: &Path, kubelet: &mut Child) -> anyhow::Result<()> {
    steps::say(&format!("putting {} into {}", manifest.display(), manifests().display()));
    pods::place(manifest)?;
    let stem = manifest.file_stem().context("the manifest has no file name")?.to_string_lossy().into_owned();
    let pod = wait_until_running(&stem, kubelet).await?;
    let table =
        steps::output(Command::new(program).args(["ps", "--containers", "--root-dir"]).arg(kubelet_root()))?;
    println!("\n{table}");
    let start = Instant::now();
    let page = loop {
        match pods::fetch_page(&pod) {
            Ok(page) => break page,
            // The process runs, and listens a moment later.
            Err(_) if start.elapsed() < PAGE_TIMEOUT => tokio::time::sleep(LOOK_INTERVAL).await,
            Err(error) => return Err(error.context("the pod's page cannot be fetched")),
        }
    };
    let address = pod.address.map(|address| address.to_string()).unwrap_or_default();
    println!("GET http://{address}/ -> {} {}\n", page.status, page.reason);
    page.expect(200)
}

/// Waits until every container of the pod from this manifest runs, telling what the kubelet does meanwhile.
async fn wait_until_running(stem: &str, kubelet: &mut Child) -> anyhow::Result<Pod> {
    let start = Instant::now();
    let mut told = BTreeSet::new();
    loop {
        if let Some(status) = kubelet.try_wait().context("the kubelet cannot be waited for")? {
            bail!("the kubelet ended with {status}\n{}", steps::tail(&kubelet::log(), 15));
        }
        tell_events(&mut told);
        // The kubelet may not answer yet.
        let found = pods::ask("/v1/pods").map(|list| pods::read_pods(&list)).unwrap_or_default();
        let pod = found.into_iter().find(|pod| pod.name.starts_with(&format!("{stem}-")));
        for reason in pod.iter().flat_map(|pod| &pod.waiting) {
            if told.insert(reason.clone()) {
                steps::say(&format!("  {reason}"));
            }
        }
        match pod {
            Some(pod) if pod.running && pod.address.is_some() => {
                tell_events(&mut told);
                steps::say(&format!("{} runs after {}", pod.name, steps::duration(start.elapsed())));
                return Ok(pod);
            }
            pod if start.elapsed() > RUNNING_TIMEOUT => {
                let why = pod.map(|pod| pod.waiting.join(", ")).unwrap_or_default();
                bail!(
                    "the pod does not run after {}: {why}\n{}",
                    steps::duration(RUNNING_TIMEOUT),
                    steps::tail(&kubelet::log(), 15)
                );
            }
            _ => tokio::time::sleep(LOOK_INTERVAL).await,
        }
    }
}

/// Prints the events that were not printed yet: pulled, created, started.
fn tell_events(told: &mut BTreeSet<String>) {
    let Ok(list) = pods::ask("/v1/events") else { return };
    for event in list["items"].as_array().into_iter().flatten() {
        let object = &event["involvedObject"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        // `spec.containers{nginx}`, or nothing for the pod itself.
        let field = text(&object["fieldPath"]);
        let container = field.split(['{', '}']).nth(1).map(|name| format!("{name}: ")).unwrap_or_default();
        let line = format!("  {container}{}", text(&event["message"]));
        if object["kind"] == "Pod" && told.insert(line.clone()) {
            steps::say(&line);
        }
    }
}

/// Waits for the kubelet's end, which nobody asked for.
async fn watch(kubelet: &mut Child) -> anyhow::Error {
    loop {
        match kubelet.try_wait() {
            Ok(None) => tokio::time::sleep(LOOK_INTERVAL).await,
            Ok(Some(status)) => {
                let log = steps::tail(&kubelet::log(), 15);
                return anyhow::anyhow!("the kubelet ended with {status}\n{log}");
            }
            Err(error) => return anyhow::Error::from(error).context("the kubelet cannot be waited for"),
        }
    }
}

/// Asks the kubelet to end, and ends it when it does not.
fn stop(kubelet: &mut Child) {
    steps::say("stopping the kubelet");
    let process = i32::try_from(kubelet.id()).ok().and_then(Pid::from_raw);
    let processes: Vec<Process> =
        process.map(|pid| Process { pid, program: "kubelet".to_owned() }).into_iter().collect();
    processes::stop(&processes, STOP_GRACE);
    if let Err(error) = kubelet.wait() {
        steps::say(&format!("the kubelet cannot be waited for: {error}"));
    }
}

/// Only one run at a time.
fn lock() -> anyhow::Result<File> {
    let state = layout().state().to_path_buf();
    fs::create_dir_all(&state).with_context(|| format!("{} cannot be made", state.display()))?;
    let path = state.join("run.lock");
    let file = File::create(&path).with_context(|| format!("{} cannot be made", path.display()))?;
    if file.try_lock().is_err() {
        bail!(
            "another ./run.sh is running: stop it with Ctrl-C, or take everything down with `./run.sh down`"
        );
    }
    Ok(file)
}
