//! Running a scenario from its first step to the end of the quiet time.

use crate::check::{ContainerState, Observed, Served, Sources, check_quiet, check_server, is_mirror};
use crate::process::Process;
use crate::scenario::{Content, NODE_NAME, PodSpec, Reading, Scenario, Step, decode};
use crate::sources::{Contents, Deliveries, uid};
use crate::users::Users;
use crate::world::{Life, TraceSubscriber, World, take_panics, watch_panics};
use apiserver::fake::{NODES, PODS};
use cri::{ContainerService, SandboxService};
use jiff::SignedDuration;
use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tasks::watch;
use tokio::time::{Instant, sleep, sleep_until};

/// Long enough for the longest deadline and the longest back-off, one after the other, and then some.
const QUIET: Duration = Duration::from_secs(1500);

/// The end of it, in which calls are counted.
const COUNTED: Duration = Duration::from_secs(120);

/// A process that could not start is started again.
const START_AGAIN: Duration = Duration::from_secs(1);

/// What came of a seed.
#[derive(Debug)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// Broken invariants and panics; none if all is well.
    pub broken: Vec<String>,
    /// Hash of all that happened, in order.
    pub hash: u64,
    /// The last lines of the trace, or all of them.
    pub trace: Vec<String>,
    /// Runtime calls.
    pub calls: u64,
}

/// Runs it, on this thread.
///
/// # Panics
/// When there is no memory for another runtime.
pub fn run(scenario: &Scenario, keeps_all: bool) -> Outcome {
    watch_panics();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O needs nothing");
    let entered = runtime.enter();
    let world = World::new(scenario, keeps_all);
    drop(entered);
    let log = tracing::subscriber::set_default(TraceSubscriber(Arc::downgrade(&world)));
    // A panic of the world itself is one more thing to report with its seed; the hook has its words.
    let driven =
        AssertUnwindSafe(|| runtime.block_on(async { Driver::new(scenario, world.clone()).drive().await }));
    std::panic::catch_unwind(driven).ok();
    drop(log);
    drop(runtime);
    let mut ledger = world.ledger();
    let panics = take_panics();
    let broken = panics.into_iter().map(|panic| format!("panic: {panic}"));
    let broken = broken.chain(ledger.broken_invariants().iter().cloned()).collect();
    let calls = ledger.total_calls();
    let trace = ledger.take_trace();
    Outcome { seed: scenario.seed, broken, hash: trace.hash(), trace: trace.into_lines(), calls }
}

struct Driver<'a> {
    scenario: &'a Scenario,
    world: Arc<World>,
    /// By manifest and version.
    pods: Vec<Vec<Arc<Pod>>>,
    present: BTreeMap<usize, usize>,
    contents: watch::Sender<Arc<Contents>>,
    process: Option<Process>,
    lives: u32,
    /// When the kubelet is started.
    start_at: Option<Instant>,
    /// How long it stays down after it dies in a call.
    down: Duration,
    /// When the runtime comes back.
    up_at: Option<Instant>,
    /// When the API server comes back.
    api_up_at: Option<Instant>,
    users: Option<Users<'a>>,
}

impl<'a> Driver<'a> {
    fn new(scenario: &'a Scenario, world: Arc<World>) -> Self {
        let manifests = scenario.manifests.iter().enumerate();
        let pods = manifests
            .map(|(index, manifest)| {
                (0..manifest.versions.len()).map(|version| decode(index, manifest, version)).collect()
            })
            .collect();
        let users = scenario.api.as_ref().map(|api| Users::new(api, world.clone()));
        Self {
            scenario,
            world,
            pods,
            present: BTreeMap::new(),
            contents: watch::Sender::new(Arc::default()),
            process: None,
            lives: 0,
            start_at: Some(Instant::now()),
            down: Duration::ZERO,
            up_at: None,
            api_up_at: None,
            users,
        }
    }

    async fn drive(mut self) {
        let began = Instant::now();
        for (at, step) in &self.scenario.steps {
            self.pass_time_until(began + *at).await;
            self.world.ledger().trace_line(format_args!("** {step:?}"));
            self.take(step).await;
            self.world.absorb();
            self.look();
        }
        self.pass_time_until(began + self.scenario.calm_at).await;
        self.calm_down();
        let calm_at = Instant::now();
        self.pass_time_until(calm_at + QUIET - COUNTED).await;
        let before = (self.world.ledger().total_calls(), self.world.api.request_count());
        self.pass_time_until(calm_at + QUIET).await;
        self.check(before.0, before.1);
        if let Some(process) = self.process.take() {
            process.die(&self.world).await;
        }
    }

    fn calm_down(&mut self) {
        self.world.ledger().calms_down();
        self.world.dice.calm();
        self.world.runtime.come_up();
        self.up_at = None;
        self.world.api_dice.calm();
        self.world.api.come_up();
        self.api_up_at = None;
        if let Some(users) = &self.users {
            users.put_right();
        }
        if let Some(process) = &self.process {
            process.life.dies_at_call(0);
        }
    }

    /// Lets time pass, with what happens by itself: deaths in calls, starts, the runtime's return.
    async fn pass_time_until(&mut self, until: Instant) {
        loop {
            let (start_at, up_at, api_up_at) = (self.start_at, self.up_at, self.api_up_at);
            let life = self.process.as_ref().map(|process| process.life.clone());
            let far = until + QUIET;
            let happened = tokio::select! {
                biased;
                () = died(life) => Happened::Died,
                why = ended(&mut self.process) => Happened::Ended(why),
                () = sleep_until(start_at.unwrap_or(far)), if start_at.is_some() => Happened::StartIsDue,
                () = sleep_until(up_at.unwrap_or(far)), if up_at.is_some() => Happened::RuntimeIsBack,
                () = sleep_until(api_up_at.unwrap_or(far)), if api_up_at.is_some() => Happened::ApiServerIsBack,
                () = sleep_until(until) => return,
            };
            match happened {
                Happened::Died => self.die(self.down).await,
                Happened::Ended(why) => {
                    self.world.ledger().trace_line(format_args!("== the kubelet ended: {why}"));
                    self.die(START_AGAIN).await;
                }
                Happened::StartIsDue => self.start(),
                Happened::RuntimeIsBack => {
                    self.up_at = None;
                    self.world.runtime.come_up();
                }
                Happened::ApiServerIsBack => {
                    self.api_up_at = None;
                    self.world.api.come_up();
                }
            }
        }
    }

    fn start(&mut self) {
        self.start_at = None;
        self.lives += 1;
        let deliveries = Deliveries::new(self.contents.subscribe(), self.scenario);
        let serialize = self.scenario.serialize_image_pulls;
        self.process = Some(Process::start(&self.world, self.lives, serialize, deliveries));
    }

    async fn die(&mut self, down: Duration) {
        if let Some(process) = self.process.take() {
            process.die(&self.world).await;
            self.start_at = Some(Instant::now() + down);
        }
    }

    /// Publishes what the manifests hold now.
    fn publish(&mut self) {
        let contents = self.present.iter().map(|(index, version)| {
            (*index, (self.scenario.manifests[*index].source, self.pods[*index][*version].clone()))
        });
        self.contents.send_replace(Arc::new(contents.collect()));
    }

    async fn take(&mut self, step: &Step) {
        match step {
            Step::Write { manifest, version } => {
                self.present.insert(*manifest, *version);
                self.publish();
            }
            Step::Delete { manifest } => {
                self.present.remove(manifest);
                self.publish();
            }
            Step::KillProcess(code) => {
                if let Some(id) = self.some_running_container() {
                    self.world.runtime.crash_container(&id, *code);
                }
            }
            Step::OutOfMemory => {
                if let Some(id) = self.some_running_container() {
                    self.world.runtime.out_of_memory(&id);
                }
            }
            Step::KillSandbox => {
                if let Some(id) = self.some_sandbox() {
                    self.world.runtime.kill_sandbox(&id);
                }
            }
            Step::RemoveContainer => {
                let ids: Vec<String> = self.world.ledger().containers().keys().cloned().collect();
                if let Some(id) = self.one_of(ids) {
                    self.world.ledger().robs(&id);
                    let runtime = self.world.runtime.clone();
                    tokio::spawn(async move { runtime.remove_container(&id).await });
                }
            }
            Step::RemoveSandbox => {
                if let Some(id) = self.some_sandbox() {
                    self.world.ledger().robs(&id);
                    let runtime = self.world.runtime.clone();
                    tokio::spawn(async move {
                        runtime.stop_pod_sandbox(&id).await.ok();
                        runtime.remove_pod_sandbox(&id).await.ok();
                    });
                }
            }
            Step::Reboot => {
                self.die(Duration::from_secs(5)).await;
                self.world.runtime.reboot();
            }
            Step::BreakEvents => self.world.runtime.break_event_streams(),
            Step::RuntimeDown(time) => {
                self.world.runtime.go_down();
                self.up_at = Some(Instant::now() + *time);
            }
            Step::Api(step) => {
                let away = self.users.as_mut().and_then(|users| users.take(step));
                self.api_up_at = away.map(|away| Instant::now() + away).or(self.api_up_at);
            }
            Step::ClockSet(milliseconds) => {
                self.world.clock.set_by(SignedDuration::from_millis(*milliseconds));
                self.world.ledger().clock_set();
            }
            Step::DiskFull(time) => self.world.dice.fill_disk(*time),
            Step::Death(down) => self.die(*down).await,
            Step::DeathAtCall { calls, down } => {
                if let Some(process) = &self.process {
                    process.life.dies_at_call(*calls);
                    self.down = *down;
                }
            }
            Step::Stop(down) => {
                if let Some(process) = self.process.take() {
                    process.stop(&self.world).await;
                    self.start_at = Some(Instant::now() + *down);
                }
            }
        }
        // Everybody hears of it before the next step.
        sleep(Duration::from_millis(1)).await;
    }

    fn one_of(&self, ids: Vec<String>) -> Option<String> {
        if ids.is_empty() { None } else { Some(ids[self.world.dice.index(ids.len())].clone()) }
    }

    fn some_running_container(&self) -> Option<String> {
        self.world.absorb();
        let ledger = self.world.ledger();
        let running =
            ledger.containers().iter().filter(|(_, container)| container.state == ContainerState::Running);
        self.one_of(running.map(|(id, _)| id.clone()).collect())
    }

    fn some_sandbox(&self) -> Option<String> {
        self.world.absorb();
        let ids = self.world.ledger().sandboxes().keys().cloned().collect();
        self.one_of(ids)
    }

    /// Looks at the statuses as a user would: building them must not panic at any time.
    fn look(&self) {
        if let Some(process) = &self.process {
            process.statuses();
        }
    }

    fn check(&self, calls_before: u64, requests_before: usize) {
        self.look();
        self.world.absorb();
        let states = self.process.as_ref().map(Process::pods).unwrap_or_default();
        let phases = states.iter().filter_map(|state| {
            let wanted = state.wanted.as_ref()?;
            Some((wanted.uid.to_string(), state.phase))
        });
        let pods = self.world.api.admin().list(&PODS);
        let wanted = self.static_pods().chain(self.api_pods(&pods));
        let mut ledger = self.world.ledger();
        let observed = Observed {
            wanted: wanted.collect(),
            phases: phases.collect(),
            calls: ledger.total_calls() - calls_before,
        };
        check_quiet(&mut ledger, &self.world.host, &observed);
        if states.len() != observed.wanted.len() {
            ledger.broken(format_args!(
                "{} pods are remembered, {} are wanted",
                states.len(),
                observed.wanted.len()
            ));
        }
        if self.scenario.api.is_some() {
            let static_pods = self.static_pods().map(|(_, (name, _))| format!("{name}-{NODE_NAME}"));
            let static_pods: BTreeSet<String> = static_pods.collect();
            let served = Served {
                pods,
                made: self.scenario.api.as_ref().map_or(&[], |api| &api.pods),
                requests: self.world.api.requests(requests_before),
                sources: self.sources_of_requests(&observed),
                has_node: self.world.api.admin().get(&NODES, "", NODE_NAME).is_some()
                    || !ledger.is_restored(),
                static_pods,
            };
            check_server(&mut ledger, &self.world.host, &served, &observed);
        }
    }

    /// What of the wanted pods makes requests.
    fn sources_of_requests(&self, observed: &Observed<'_>) -> Sources {
        let containers =
            observed.wanted.values().map(|(_, spec)| spec.init.len() + spec.containers.len()).sum();
        let pods = || self.scenario.api.iter().flat_map(|api| &api.pods);
        let is_read = |wanted: Reading| pods().any(|pod| pod.reads.contains(&wanted));
        let reads = pods().flat_map(|pod| &pod.reads);
        let contents = [Content::Secret, Content::ConfigMap];
        Sources {
            containers,
            tokens: reads.filter(|reading| **reading == Reading::Projected).count(),
            objects_of_variables: contents
                .into_iter()
                .filter(|&content| is_read(Reading::Variable(content)))
                .count(),
        }
    }

    /// The static pods that are there, by UID.
    fn static_pods(&self) -> impl Iterator<Item = (String, (String, &PodSpec))> {
        self.present.iter().map(|(index, version)| {
            let pod = &self.pods[*index][*version];
            let manifest = &self.scenario.manifests[*index];
            (uid(pod).to_owned(), (manifest.pod_name.clone(), &manifest.versions[*version]))
        })
    }

    /// The pods of the API server, by UID.
    fn api_pods(&self, pods: &[Arc<Value>]) -> impl Iterator<Item = (String, (String, &PodSpec))> {
        let made = self.scenario.api.iter().flat_map(|api| &api.pods);
        let found = made.filter_map(|made| {
            let is_it = |pod: &&Arc<Value>| pod["metadata"]["name"] == made.name.as_str() && !is_mirror(pod);
            let uid = pods.iter().find(is_it)?["metadata"]["uid"].as_str()?;
            Some((uid.to_owned(), (made.name.clone(), &made.specification)))
        });
        found.collect::<Vec<_>>().into_iter()
    }
}

enum Happened {
    Died,
    Ended(String),
    StartIsDue,
    RuntimeIsBack,
    ApiServerIsBack,
}

async fn died(life: Option<Arc<Life>>) {
    match life {
        Some(life) => life.died.notified().await,
        None => std::future::pending().await,
    }
}

async fn ended(process: &mut Option<Process>) -> String {
    match process {
        Some(process) => process.ended().await,
        None => std::future::pending().await,
    }
}
