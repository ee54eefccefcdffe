//! One run of a kubelet over the corpus: manifests in, wait until the pods are at rest, manifests out, wait until they
//! are gone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::corpus::Case;
use crate::kubelet::Kubelet;
use crate::outcome::{self, Outcome, PodCalls, Sorter};
use crate::protocol::Protocol;
use crate::recorder::Recorder;
use crate::{http, place, proxy};

mod log_reader;
mod statuses;

use log_reader::LogReader;
use statuses::statuses;

/// How many pods are up at the same time.
const BATCH: usize = 100;
/// Cases that are known to end upstream's kubelet: they run alone.
const FATAL_PREFIX: &str = "fatal-";
/// The image that is there before the kubelet starts.
const USUAL_IMAGE: &str = "docker.io/library/busybox:1.37";
/// How often the state of a batch is looked at.
const POLL: Duration = Duration::from_millis(200);
/// A pod without news for this long is at rest: longer than the first crash back-off with its delays.
const QUIET: Duration = Duration::from_secs(22);
/// A pod that is to do nothing at all is believed after this time.
const QUIET_NOTHING: Duration = Duration::from_secs(6);
/// When nothing is new with any pod for this long, those that lack something that takes no time will not get it.
const QUIET_ALL: Duration = Duration::from_secs(8);
/// Pods that are not at rest by then are named, in a replay most of all those that do less than expected.
const TELL: Duration = Duration::from_secs(15);
/// A pod is no longer waited for after this time.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(120);
/// How long the pods of a batch may take to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(90);

/// How a session is run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The kubelet's program.
    pub program: PathBuf,
    /// What is known of the outcomes: makes waiting short.
    pub expected: Option<BTreeMap<String, Outcome>>,
    /// Where log and raw calls are left for a closer look.
    pub keep: Option<PathBuf>,
}

/// Runs the kubelet over the cases; `outcomes` gets what is finished, also when a later batch fails.
///
/// # Errors
/// When a part cannot be started, the kubelet ends by itself, or a call cannot be decoded.
pub async fn run(
    cases: &[Case],
    settings: &Settings,
    outcomes: &mut BTreeMap<String, Outcome>,
) -> anyhow::Result<()> {
    place::prepare()?;
    http::tag_images().await?;
    pull(&place::runtime()?).await?;
    let recorder = Arc::new(Recorder::default());
    let proxy = proxy::start(&place::proxy_socket(), &place::runtime()?, Arc::clone(&recorder)).await?;
    let kubelet = Kubelet::start(&settings.program)?;
    let mut session = Session {
        settings,
        recorder,
        kubelet,
        sorter: Sorter::default(),
        log: LogReader::default(),
        news: BTreeMap::new(),
        latest_news_ms: 0,
        outcomes,
    };
    let result = session.all(cases).await;
    let Session { kubelet, recorder, .. } = session;
    let stopped = kubelet.stop().await;
    proxy.abort();
    if let Some(directory) = &settings.keep {
        keep(directory, &recorder)?;
    }
    result.and(stopped)?;
    match recorder.problems().as_slice() {
        [] => Ok(()),
        problems => bail!("the recording is not complete: {}", problems.join("; ")),
    }
}

/// Pulls the image that most pods use: which of them came first would be chance.
async fn pull(runtime: &Path) -> anyhow::Result<()> {
    let path = "/runtime.v1.ImageService/PullImage";
    let frame = Protocol::load().frame(path, json!({"image": {"image": USUAL_IMAGE}}))?;
    let (code, _) = proxy::call(runtime, path, frame.into()).await?;
    if code != 0 {
        bail!("{USUAL_IMAGE} cannot be pulled: gRPC status {code}");
    }
    Ok(())
}

struct Session<'run> {
    settings: &'run Settings,
    recorder: Arc<Recorder>,
    kubelet: Kubelet,
    sorter: Sorter,
    log: LogReader,
    news: BTreeMap<String, News>,
    latest_news_ms: u64,
    outcomes: &'run mut BTreeMap<String, Outcome>,
}

/// What was known of a pod when it changed last. Calls that fail again and again are no news.
#[derive(Debug)]
struct News {
    calls: usize,
    outcome: Outcome,
    at_ms: u64,
}

impl Session<'_> {
    async fn all(&mut self, cases: &[Case]) -> anyhow::Result<()> {
        let (fatal, cases): (Vec<&Case>, Vec<&Case>) =
            cases.iter().partition(|case| case.name.starts_with(FATAL_PREFIX));
        let count = cases.len().div_ceil(BATCH);
        // Neighbours in the alphabet are alike: spread them, so that no batch is all slow.
        for batch in 0..count {
            let members: Vec<&Case> = cases.iter().copied().skip(batch).step_by(count).collect();
            eprintln!("golden: batch {} of {count}, {} manifests", batch + 1, members.len());
            self.batch(&members).await?;
        }
        for case in fatal {
            eprintln!("golden: {} alone", case.name);
            self.fatal(case).await?;
        }
        Ok(())
    }

    /// A case that may end the kubelet runs alone; another kubelet is started for the next one.
    async fn fatal(&mut self, case: &Case) -> anyhow::Result<()> {
        let Err(error) = self.batch(&[case]).await else { return Ok(()) };
        let words = fs::read_to_string(place::log()).unwrap_or_default();
        let Some(panic) = words.lines().rfind(|line| line.starts_with("panic: ")) else { return Err(error) };
        let outcome = Outcome { kubelet_ended: Some(panic.to_owned()), ..Outcome::default() };
        self.outcomes.insert(case.name.clone(), outcome);
        fs::remove_file(place::manifests().join(&case.file_name)).context("a manifest cannot be removed")?;
        self.kubelet = Kubelet::start(&self.settings.program)?;
        Ok(())
    }

    async fn batch(&mut self, cases: &[&Case]) -> anyhow::Result<()> {
        let start = tokio::time::Instant::now();
        for case in cases {
            // A dot-file is not read, a renamed one is complete.
            let hidden = place::manifests().join(format!(".{}", case.file_name));
            fs::write(&hidden, &case.content)
                .with_context(|| format!("{} cannot be written", hidden.display()))?;
            fs::rename(&hidden, place::manifests().join(&case.file_name))
                .context("a manifest cannot be renamed")?;
        }
        let mut told = false;
        loop {
            tokio::time::sleep(POLL).await;
            self.look()?;
            let mut restless = Vec::new();
            for case in cases {
                if !self.at_rest(case) {
                    restless.push(case.name.as_str());
                }
            }
            if restless.is_empty() {
                break;
            }
            if start.elapsed() > TELL && !told && self.settings.expected.is_some() {
                eprintln!("golden: not at rest after {TELL:?}: {}", restless.join(", "));
                told = true;
            }
            if start.elapsed() > SETTLE_TIMEOUT {
                eprintln!("golden: no longer waiting for {}", restless.join(", "));
                break;
            }
        }
        let settled = start.elapsed();
        let statuses = statuses(http::pods().await);
        for case in cases {
            fs::remove_file(place::manifests().join(&case.file_name))
                .context("a manifest cannot be removed")?;
        }
        let stop = tokio::time::Instant::now();
        let mut told = false;
        loop {
            self.look()?;
            let running: Vec<&str> = cases
                .iter()
                .filter(|case| self.calls(case).is_some_and(PodCalls::has_running_sandbox))
                .map(|case| case.name.as_str())
                .collect();
            if running.is_empty() {
                break;
            }
            if stop.elapsed() > TELL && !told {
                eprintln!("golden: not gone after {TELL:?}: {}", running.join(", "));
                told = true;
            }
            if stop.elapsed() > STOP_TIMEOUT {
                eprintln!("golden: these do not end: {}", running.join(", "));
                break;
            }
            tokio::time::sleep(POLL).await;
        }
        eprintln!("golden: at rest after {:.1?}, gone after {:.1?}", settled, stop.elapsed());
        for case in cases {
            let outcome = self.outcome(case, statuses.get(&pod_name(case)));
            self.outcomes.insert(case.name.clone(), outcome);
        }
        Ok(())
    }

    /// Takes in what happened since the last look.
    fn look(&mut self) -> anyhow::Result<()> {
        self.kubelet.check()?;
        self.sorter.take(self.recorder.since(self.sorter.taken()));
        self.log.advance()
    }

    fn calls(&self, case: &Case) -> Option<&PodCalls> {
        self.sorter.pod(&pod_name(case))
    }

    fn at_rest(&mut self, case: &Case) -> bool {
        if self.log.findings.refusals.contains_key(&manifest_path(case)) {
            return true;
        }
        let now_ms = self.recorder.now_ms();
        let calls = self.sorter.pod(&pod_name(case));
        let count = calls.map(PodCalls::len).unwrap_or_default();
        let news = self.news.entry(case.name.clone()).or_insert_with(|| News {
            calls: 0,
            outcome: Outcome::default(),
            at_ms: now_ms,
        });
        if news.calls != count {
            news.calls = count;
            let outcome = calls.map(outcome::outcome).unwrap_or_default();
            if outcome != news.outcome {
                news.outcome = outcome;
                news.at_ms = now_ms;
                self.latest_news_ms = now_ms;
            }
        }
        let since = |at_ms| Duration::from_millis(now_ms.saturating_sub(at_ms));
        let quiet = since(news.at_ms);
        match self.settings.expected.as_ref().and_then(|all| all.get(&case.name)) {
            None => quiet > QUIET,
            Some(expected) if expected.sandbox.is_null() && expected.refusal.is_none() => {
                quiet > QUIET_NOTHING
            }
            Some(expected) if news.outcome.has_all_of(expected) => true,
            Some(expected) if news.outcome.has_timed_parts_of(expected) => {
                since(self.latest_news_ms) > QUIET_ALL
            }
            Some(_) => since(self.latest_news_ms) > QUIET,
        }
    }

    fn outcome(&self, case: &Case, status: Option<&Value>) -> Outcome {
        let calls = self.calls(case);
        let mut result = calls.map(outcome::outcome).unwrap_or_default();
        let mut names = calls.map(outcome::names).unwrap_or_default();
        names.add(&place::root().display().to_string(), "<root>");
        if let Some(uid) = status.and_then(|status| status.get("uid")).and_then(Value::as_str) {
            names.add(uid, "<uid>");
            result.uid.get_or_insert_with(|| uid.to_owned());
        }
        let findings = &self.log.findings;
        result.refusal = findings.refusals.get(&manifest_path(case)).map(|reason| names.text(reason));
        result.events = findings
            .events
            .get(&pod_name(case))
            .map(|events| events.iter().map(|event| names.value(event)).collect())
            .unwrap_or_default();
        if let Some(status) = status {
            result.rejection = names.value(&status["rejection"]);
            let waiting = status["waiting"].as_object().into_iter().flatten();
            result.waiting = waiting
                .filter(|(name, _)| !result.containers.contains_key(*name))
                .map(|(name, reason)| (name.clone(), reason.as_str().unwrap_or_default().to_owned()))
                .collect();
        }
        result
    }
}

fn pod_name(case: &Case) -> String {
    format!("{}-{}", case.name, place::NODE_NAME)
}

fn manifest_path(case: &Case) -> String {
    place::manifests().join(&case.file_name).display().to_string()
}

fn keep(directory: &Path, recorder: &Recorder) -> anyhow::Result<()> {
    fs::create_dir_all(directory).with_context(|| format!("{} cannot be made", directory.display()))?;
    fs::copy(place::log(), directory.join("kubelet.log")).context("the kubelet's log cannot be copied")?;
    let mut lines = String::new();
    for call in recorder.since(0) {
        lines.push_str(&serde_json::to_string(&call).context("a call is no JSON")?);
        lines.push('\n');
    }
    fs::write(directory.join("calls.jsonl"), lines).context("the calls cannot be written")
}
