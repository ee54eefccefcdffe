//! The program: what the first word asks for, and the daemon's life from start to ordered stop.

use crate::ordered_stop::stop_in_order;
use crate::reload::{self, Live};
use crate::sources::{self, SourceControls};
use crate::startup::registry_access::RegistryAccess;
use crate::startup::worlds::Worlds;
use crate::startup::{api_server, configuration};
use crate::{commands, logging, version, wiring};
use anyhow::{Context, Result};
use config::{Action, CommandLine, Settings, Subcommand, VersionFormat};
use server::health::{self, Check};
use server::local::LocalApi;
use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use tasks::Stop;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

/// How long after the start all that belongs to it is done.
const START: Duration = Duration::from_secs(5);

/// Does what the arguments ask for.
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    if arguments.get(1).is_some_and(|first| commands::is_command(first)) {
        return commands::run(arguments);
    }
    let words: Vec<String> =
        arguments.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let command_line = match config::parse_command_line(&words) {
        Ok(command_line) => command_line,
        Err(error) => return failed(&anyhow::Error::new(error)),
    };
    match command_line.action() {
        Action::Help => {
            print!("{}", config::help());
            ExitCode::SUCCESS
        }
        Action::Version(format) => {
            println!("{}", version_text(*format));
            ExitCode::SUCCESS
        }
        Action::Subcommand(Subcommand::Ps | Subcommand::Describe | Subcommand::Logs, _) => {
            commands::run(arguments)
        }
        Action::Subcommand(Subcommand::Config, words) => commands::config(words),
        Action::Subcommand(Subcommand::Completion, words) => commands::completion(words),
        Action::Run => match daemon(&command_line) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error),
        },
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("Error: {error:#}");
    ExitCode::FAILURE
}

fn version_text(format: VersionFormat) -> String {
    match format {
        VersionFormat::Short => version::line(),
        VersionFormat::Raw => version::VERSION.to_owned(),
    }
}

fn daemon(command_line: &CommandLine) -> Result<()> {
    let is_v1 = matches!(host::cgroups::detect(), Ok(host::cgroups::Mode::V1 | host::cgroups::Mode::Hybrid));
    for deprecation in command_line.deprecations() {
        eprintln!("{}", deprecation.message);
    }
    let loaded = configuration::load(command_line, is_v1)?;
    // What is wrong there is told at once, and not after the wait for the runtime.
    RegistryAccess::read(&loaded.settings)?;
    let logging = logging::init(&loaded.settings.configuration.logging)?;
    for warning in &loaded.warnings {
        tracing::warn!(%warning, "Configuration");
    }
    tracing::info!(kubeletVersion = version::VERSION, verbosity = logging.verbosity(), "Kubelet version");
    // One thread runs the tasks. Everything that blocks has threads of its own, and what remains is a few milliseconds per
    // pod: with more threads, much of it would be spent on waking each other.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .thread_name("kubelet")
        .enable_all()
        .build()
        .context("failed to start the event loop")?;
    let outcome = runtime.block_on(live(command_line, loaded.settings, is_v1, logging));
    // A file operation that hangs must not keep the process.
    runtime.shutdown_background();
    outcome
}

async fn live(
    command_line: &CommandLine,
    settings: Settings,
    is_cgroup_v1: bool,
    logging: logging::Handle,
) -> Result<()> {
    let stop = Stop::new();
    let mut terminate = signal(SignalKind::terminate()).context("failed to listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("failed to listen for SIGINT")?;
    protect_from_oom_killer(settings.configuration.oom_score_adj);
    let registry = prometheus::Registry::new();
    let mut servers = JoinSet::new();
    if let Some(address) = health_address(&settings)? {
        servers.spawn(health::serve(address, vec![Check::ping()], stop.clone()));
    }
    let starting = start(&settings, &registry, &mut servers, &stop);
    let running = tokio::select! {
        biased;
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
        started = starting => started?,
    };
    let Some((running, sources)) = running else {
        stop_in_order(&stop, std::future::ready(()), servers).await;
        return Ok(());
    };
    let live = Live {
        sources,
        logging,
        backoff: running.backoff,
        frequencies: running.frequencies,
        world: running.world,
    };
    tokio::spawn(forget_start());
    tokio::spawn(reload::run(command_line.clone(), settings, is_cgroup_v1, live, stop.clone()));
    tracing::info!("Started kubelet");
    if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Ready]) {
        tracing::debug!(err = %error, "Unable to tell systemd that the kubelet is ready");
    }
    tokio::select! {
        biased;
        _ = terminate.recv() => tracing::info!("Got SIGTERM, stopping; containers go on"),
        _ = interrupt.recv() => tracing::info!("Got SIGINT, stopping; containers go on"),
    }
    stop_in_order(&stop, running.supervisor, servers).await;
    Ok(())
}

/// What only the start needed takes no memory any more once pods that were there are looked after.
async fn forget_start() {
    tokio::time::sleep(START).await;
    if let Err(error) = host::program::give_back_code() {
        tracing::debug!(err = %error, "Unable to give back the code of the start");
    }
}

async fn start(
    settings: &Settings,
    registry: &prometheus::Registry,
    servers: &mut JoinSet<()>,
    stop: &Stop,
) -> Result<Option<(wiring::Running, SourceControls)>> {
    let registry_access = RegistryAccess::read(settings)?;
    let api = api_server::reach(settings, registry, stop).await?;
    let Some(worlds) = Worlds::real(settings, registry_access, api, registry, stop).await? else {
        return Ok(None);
    };
    let (sources, controls) = sources::start(settings, &worlds.facts.node_name, worlds.clock, stop)?;
    let running = wiring::start(worlds, settings, sources, registry, stop).await?;
    let local =
        LocalApi::bind(Path::new(&settings.flags.root_dir), running.directory.clone(), registry.clone())?;
    servers.spawn(local.run(stop.clone()));
    Ok(Some((running, controls)))
}

fn health_address(settings: &Settings) -> Result<Option<SocketAddr>> {
    let configuration = &settings.configuration;
    let port = u16::try_from(configuration.healthz_port).unwrap_or(0);
    if port == 0 {
        return Ok(None);
    }
    let ip: IpAddr =
        configuration.healthz_bind_address.parse().context("healthzBindAddress is not an IP address")?;
    Ok(Some(SocketAddr::new(ip, port)))
}

fn protect_from_oom_killer(score: i32) {
    if let Err(error) = std::fs::write("/proc/self/oom_score_adj", score.to_string()) {
        tracing::warn!(err = %error, oomScoreAdj = score, "Failed to set the kubelet's OOM score; it takes CAP_SYS_RESOURCE to lower it");
    }
}
