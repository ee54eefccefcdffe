//! The fake world of one scenario, and the kubelet's doors to it.
//!
//! ```text
//! kubelet ─▶ RuntimeDoor ─▶ FakeRuntime          each door: notes the call, lets the kubelet die in it, keeps the
//!         ─▶ HostDoor ────▶ FakeHost             client's deadlines, tells the ledger what happened
//!         ─▶ ApiDoor ─────▶ FakeApiServer
//!                 └────────▶ Ledger: trace, model, broken invariants
//! ```

mod api;
mod dice;
mod life;
mod machine;
mod processes;
mod runtime;
mod services;
mod trace;

pub use api::{ApiDice, api_server};
pub use dice::Dice;
pub use life::Life;
pub use machine::HostDoor;
pub use processes::ProcessDoor;
pub use runtime::RuntimeDoor;
pub(crate) use runtime::short;
pub use trace::{LogLine, Trace, TraceSubscriber, take_panics, watch_panics};

use crate::check::Ledger;
use crate::scenario::{API_SEEDS, Behaviour, Content, Image, Mutant, Scenario, value_of};
use apiserver::fake::FakeApiServer;
use cri::fake::{EventSupport, FakeOptions, FakeRuntime, OnStop, Program, Pull};
use host::fake::FakeHost;
use jiff::Timestamp;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tasks::Clock;
use tokio::time::Instant;

/// 2026-01-01T00:00:00Z, in seconds.
const EPOCH_SECONDS: i64 = 1_767_225_600;

/// How long the runtime takes to tell of the end of a process: containerd some 25 ms, more under load.
const TELLS_ENDS_AFTER: [Duration; 3] =
    [Duration::ZERO, Duration::from_millis(25), Duration::from_millis(300)];

/// Everything outside the kubelet.
pub struct World {
    /// The container runtime.
    pub runtime: FakeRuntime,
    /// The machine.
    pub host: Arc<FakeHost>,
    /// What goes wrong.
    pub dice: Arc<Dice>,
    /// The API server.
    pub api: FakeApiServer,
    /// What goes wrong with it.
    pub api_dice: Arc<ApiDice>,
    /// Wall time.
    pub clock: Clock,
    /// A bug that is planted.
    pub mutant: Option<Mutant>,
    ledger: Mutex<Ledger>,
}

impl World {
    /// An empty world for a scenario.
    pub fn new(scenario: &Scenario, keeps_all: bool) -> Arc<Self> {
        let dice = Arc::new(Dice::new(scenario.seed % API_SEEDS, scenario.faults.clone()));
        let clock = Clock::simulated(Timestamp::from_second(EPOCH_SECONDS).expect("a time of this century"));
        let registry_dice = dice.clone();
        let base =
            if scenario.is_old_runtime { FakeOptions::containerd_1_6() } else { FakeOptions::default() };
        let tells_ends_after = TELLS_ENDS_AFTER[(scenario.seed % 3) as usize];
        let options = FakeOptions { events: events(scenario), tells_ends_after, ..base }
            .programs(|config| program(&config.command))
            .registry(move |image| pull(&registry_dice, &image.image))
            .clock(move || i64::try_from(clock.now().as_nanosecond()).unwrap_or(i64::MAX));
        let runtime = FakeRuntime::new(options);
        runtime.set_shared_faults(dice.clone());
        let api_faults = scenario.api.as_ref().map(|api| api.faults.clone()).unwrap_or_default();
        let api_dice = Arc::new(ApiDice::new(scenario.seed % API_SEEDS, api_faults));
        let api = FakeApiServer::new(clock);
        api.set_faults(api_dice.clone());
        let ledger = Mutex::new(Ledger::new(Instant::now(), clock, keeps_all));
        let mutant = scenario.mutant;
        Arc::new(Self { runtime, host: FakeHost::new(), dice, api, api_dice, clock, mutant, ledger })
    }

    /// The ledger. Held for a moment, never over an `await`, and never while the runtime is asked.
    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what has happened in the runtime and the API server into the ledger.
    pub fn absorb(&self) {
        let mut ledger = self.ledger();
        for entry in self.runtime.journal_since(ledger.journal_seen()) {
            ledger.happened(&self.runtime, &entry);
        }
        for change in self.api.changes(ledger.changes_seen()) {
            ledger.object_changed(&change);
        }
    }
}

impl World {
    /// What pods read is what the server has now, whoever wrote it.
    pub fn contents_are(&self) {
        for content in [Content::Secret, Content::ConfigMap] {
            let object = self.api.admin().get(content.resource(), "default", content.name());
            self.ledger().content_is(content, object.and_then(|object| value_of(content, &object)));
        }
    }
}

fn events(scenario: &Scenario) -> EventSupport {
    if scenario.is_old_runtime { EventSupport::Unimplemented } else { EventSupport::Implemented }
}

fn program(command: &[String]) -> Program {
    match Behaviour::of_command(command) {
        Some(Behaviour::Forever(after)) => Program::forever().on_stop(OnStop::Exits { after, exit_code: 0 }),
        Some(Behaviour::Stubborn) => Program::forever().on_stop(OnStop::Ignores),
        Some(Behaviour::Exits(after, code)) => Program::exits_after(after, code),
        Some(Behaviour::NoSuchCommand) | None => Program::fails_to_start("exec: not found"),
    }
}

fn pull(dice: &Dice, name: &str) -> Pull {
    let name = name.rsplit('/').next().unwrap_or(name);
    let is = |image: Image| name.split(':').next() == Some(image.name());
    if is(Image::Missing) {
        Pull::not_found(name)
    } else if is(Image::Slow) {
        Pull::Arrives {
            after: dice.between(Duration::from_secs(1), Duration::from_secs(40)),
            size_bytes: 1 << 20,
        }
    } else if is(Image::Flaky) && dice.pull_fails() {
        Pull::Fails {
            after: dice.between(Duration::ZERO, Duration::from_secs(3)),
            code: cri::Code::Unknown,
            message: "the registry is having a bad day".to_owned(),
        }
    } else {
        Pull::Arrives { after: dice.between(Duration::ZERO, Duration::from_millis(200)), size_bytes: 1 << 20 }
    }
}

impl World {
    /// A call begins.
    fn enter(&self, life: &Life, what: std::fmt::Arguments<'_>) {
        let mut ledger = self.ledger();
        if life.is_buried() {
            ledger.broken(format_args!("a task outlived its kubelet and calls {what}"));
        }
        ledger.count_any(what);
        if !life.is_dead() {
            ledger.trace_routine(format_args!("-> {what}"));
        }
    }

    /// A call has had its effect.
    fn leave(&self, life: &Life, what: std::fmt::Arguments<'_>) {
        if !life.is_dead() {
            self.ledger().trace_line(format_args!("<- {what}"));
        }
    }

    /// The same for a list that went well.
    fn leave_list(&self, life: &Life, operation: cri::Operation) {
        if !life.is_dead() {
            self.ledger().trace_routine(format_args!("   {operation}"));
        }
    }

    /// The process may die here, at either end of a call; what a dead process asks for never happens.
    async fn survive(&self, life: &Life) {
        if life.count_call() {
            self.ledger().trace_line(format_args!("== the kubelet dies"));
            life.die();
        }
        if life.is_dead() || self.ledger().is_runaway() {
            std::future::pending::<()>().await;
        }
    }
}
