//! A changed configuration, taken up while the kubelet runs.
//!
//! On SIGHUP, and when a file of `--config` or `--config-dir` changes, everything is read again. What can change
//! while running does; the rest is named in a warning. A file with a mistake changes nothing. Upstream takes a restart
//! for everything (KEP-281 was withdrawn).

use crate::logging;
use crate::sources::SourceControls;
use crate::startup::{configuration, node_object};
use crate::wiring::{pull_settings, restart_backoff};
use config::{CommandLine, Settings};
use futures::StreamExt;
use inotify::{EventStream, Inotify, WatchMask};
use node::Frequencies;
use pods::backoff::BackoffPolicy;
use pods::world::World;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tasks::{Stop, watch};
use tokio::signal::unix::{SignalKind, signal};

/// An editor's several steps are one change.
const SETTLE: Duration = Duration::from_millis(200);

/// Room for a burst of file events.
const BUFFER_BYTES: usize = 4096;

/// Everything that can be changed while running.
pub struct Live {
    /// The sources.
    pub sources: SourceControls,
    /// Verbosity.
    pub logging: logging::Handle,
    /// Restart back-off.
    pub backoff: watch::Sender<BackoffPolicy>,
    /// How often the node's status is reported.
    pub frequencies: watch::Sender<Frequencies>,
    /// Image pulls.
    pub world: Arc<World>,
}

/// Watches until `stop`.
pub async fn run(
    command_line: CommandLine,
    mut settings: Settings,
    is_cgroup_v1: bool,
    live: Live,
    stop: Stop,
) {
    let mut hang_up = match signal(SignalKind::hangup()) {
        Ok(signal) => signal,
        Err(error) => {
            tracing::warn!(err = %error, "Unable to listen for SIGHUP: a changed configuration takes a restart");
            return;
        }
    };
    let started_with = settings.clone();
    let mut files = watch_files(&command_line);
    loop {
        tokio::select! {
            biased;
            () = stop.requested() => return,
            _ = hang_up.recv() => tracing::info!("Got SIGHUP, reading the configuration again"),
            () = changed(&mut files) => tokio::time::sleep(SETTLE).await,
        }
        while let Some(Some(_)) =
            files.as_mut().and_then(|files| futures::FutureExt::now_or_never(files.next()))
        {}
        match configuration::load(&command_line, is_cgroup_v1) {
            Ok(loaded) => {
                for warning in &loaded.warnings {
                    tracing::warn!(%warning, "Configuration");
                }
                settings = live.apply(settings, loaded.settings, &started_with);
            }
            Err(error) => {
                tracing::error!(err = %error, "The changed configuration has a mistake; the one in force stays");
            }
        }
    }
}

impl Live {
    /// Takes up what can be; returns what was read last. What the process was started with tells which changes wait
    /// for a restart: one that was taken back waits for none.
    fn apply(&self, old: Settings, new: Settings, started_with: &Settings) -> Settings {
        let reload = config::diff(&old, &new);
        if reload.is_empty() {
            return old;
        }
        if let Err(error) = self.sources.apply(&new.configuration) {
            tracing::error!(err = %format_args!("{error:#}"), "The changed configuration has a mistake; the one in force stays");
            return old;
        }
        self.logging.apply(&new.configuration.logging);
        self.backoff.send_replace(restart_backoff(&new));
        self.frequencies.send_replace(node_object::frequencies(&new));
        let pulls = pull_settings(&new);
        self.world.images.set_rate(pulls.pulls_per_second, pulls.burst);
        for change in &reload.live {
            tracing::info!(%change, "Configuration changed");
        }
        let waiting = config::diff(started_with, &new).restart;
        for change in
            reload.restart.iter().filter(|change| waiting.iter().any(|other| other.field == change.field))
        {
            tracing::warn!(%change, "This change of the configuration takes a restart of the kubelet");
        }
        for change in &reload.without_effect {
            tracing::warn!(%change, "This change of the configuration has no effect yet");
        }
        new
    }
}

async fn changed(files: &mut Option<EventStream<Vec<u8>>>) {
    match files {
        Some(files) => {
            files.next().await;
        }
        None => std::future::pending().await,
    }
}

/// Watches directories, not files: a file is usually replaced, not written.
fn watch_files(command_line: &CommandLine) -> Option<EventStream<Vec<u8>>> {
    let flags = command_line.flags();
    let mut directories: Vec<PathBuf> = Vec::new();
    if !flags.config.is_empty() {
        let path = std::path::absolute(&flags.config).ok()?;
        directories.extend(path.parent().map(Path::to_owned));
    }
    if !flags.config_dir.is_empty() {
        directories.push(PathBuf::from(&flags.config_dir));
    }
    if directories.is_empty() {
        return None;
    }
    let watch = || {
        let inotify = Inotify::init()?;
        let mask = WatchMask::CLOSE_WRITE | WatchMask::MOVED_TO | WatchMask::MOVED_FROM | WatchMask::DELETE;
        for directory in &directories {
            inotify.watches().add(directory, mask)?;
        }
        inotify.into_event_stream(vec![0; BUFFER_BYTES])
    };
    watch()
        .inspect_err(
            |error| tracing::warn!(err = %error, "Unable to watch the configuration; SIGHUP still works"),
        )
        .ok()
}
