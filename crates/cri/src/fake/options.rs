//! How a fake runtime is set up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Program;
use crate::error::Code;
use crate::v1::{CgroupDriver, ContainerConfig, ImageSpec};

/// Wall time in nanoseconds since the epoch. It may jump; waiting is done in tokio's time.
pub type WallClock = Arc<dyn Fn() -> i64 + Send + Sync>;

type Programs = Arc<dyn Fn(&ContainerConfig) -> Program + Send + Sync>;
type Registry = Arc<dyn Fn(&ImageSpec) -> Pull + Send + Sync>;
type Commands = Arc<dyn Fn(&ContainerConfig, &[String]) -> ExecOutcome + Send + Sync>;

/// Set-up of a [`super::FakeRuntime`]. The default is a containerd 2 whose registry has every image, whose programs run
/// until they are stopped, and whose commands succeed.
#[derive(Clone)]
pub struct FakeOptions {
    /// Version, as `VersionResponse` says it.
    pub runtime_version: String,
    /// Whether there are events.
    pub events: EventSupport,
    /// Answer to `RuntimeConfig`; `None` leaves it unimplemented.
    pub cgroup_driver: Option<CgroupDriver>,
    /// Which program a container runs. Asked at each start.
    pub programs: Programs,
    /// What the registry says to a pull. Asked at each pull.
    pub registry: Registry,
    /// What a command run in a container does.
    pub commands: Commands,
    /// Timestamps.
    pub clock: WallClock,
    /// How long after the end of a container's process the runtime tells of it: containerd cleans up first.
    pub tells_ends_after: Duration,
    /// Whose manners it has, where they differ.
    pub manners: Manners,
    /// Whether log files are really written, below the sandboxes' log directories.
    pub writes_logs: bool,
}

/// Whether `GetContainerEvents` is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventSupport {
    /// As in containerd 1.7 and later.
    Implemented,
    /// As in containerd 1.6: the first item of the stream says so.
    Unimplemented,
}

/// Where versions of containerd differ in their answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manners {
    /// Stopping what is not there is `NotFound`; a name that is taken has the code `Unknown`.
    Containerd1,
    /// Stopping what is not there succeeds; a name that is taken has the code `FailedPrecondition`.
    Containerd2,
}

/// What the registry says to one pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pull {
    /// The image arrives.
    Arrives {
        /// After this long.
        after: Duration,
        /// With this size.
        size_bytes: u64,
    },
    /// The pull fails.
    Fails {
        /// After this long.
        after: Duration,
        /// With this code.
        code: Code,
        /// And these words.
        message: String,
    },
}

/// What a command run in a container does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExecOutcome {
    /// How long it takes. Longer than the time-out means that the call fails then.
    pub takes: Duration,
    /// Its exit code.
    pub exit_code: i32,
    /// Its output.
    pub stdout: Vec<u8>,
    /// Its errors.
    pub stderr: Vec<u8>,
}

/// Size of an image that nobody said anything about.
const IMAGE_SIZE_BYTES: u64 = 4 << 20;
/// Where the default clock starts: 2026-01-01T00:00:00Z.
const EPOCH_NANOS: i64 = 1_767_225_600_000_000_000;

impl Pull {
    /// The image arrives at once.
    pub fn at_once() -> Self {
        Pull::Arrives { after: Duration::ZERO, size_bytes: IMAGE_SIZE_BYTES }
    }

    /// The registry does not have it, in containerd's words.
    pub fn not_found(image: &str) -> Self {
        let name = super::image_names::normalize(image);
        Pull::Fails {
            after: Duration::ZERO,
            code: Code::NotFound,
            message: format!(
                "failed to pull and unpack image \"{name}\": failed to resolve reference \"{name}\": {name}: not found"
            ),
        }
    }
}

impl FakeOptions {
    /// With programs chosen by the container's configuration.
    pub fn programs(self, programs: impl Fn(&ContainerConfig) -> Program + Send + Sync + 'static) -> Self {
        FakeOptions { programs: Arc::new(programs), ..self }
    }

    /// With a registry.
    pub fn registry(self, registry: impl Fn(&ImageSpec) -> Pull + Send + Sync + 'static) -> Self {
        FakeOptions { registry: Arc::new(registry), ..self }
    }

    /// With commands.
    pub fn commands(
        self,
        commands: impl Fn(&ContainerConfig, &[String]) -> ExecOutcome + Send + Sync + 'static,
    ) -> Self {
        FakeOptions { commands: Arc::new(commands), ..self }
    }

    /// With a wall clock, in nanoseconds since the epoch.
    pub fn clock(self, clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        FakeOptions { clock: Arc::new(clock), ..self }
    }

    /// With or without events.
    pub fn events(self, events: EventSupport) -> Self {
        FakeOptions { events, ..self }
    }

    /// As containerd 1.6 is: no events, no `RuntimeConfig`.
    pub fn containerd_1_6() -> Self {
        FakeOptions {
            runtime_version: "1.6.20".to_owned(),
            events: EventSupport::Unimplemented,
            cgroup_driver: None,
            manners: Manners::Containerd1,
            ..FakeOptions::default()
        }
    }
}

impl Default for FakeOptions {
    fn default() -> Self {
        let started = tokio::time::Instant::now();
        FakeOptions {
            runtime_version: "v2.4.2".to_owned(),
            events: EventSupport::Implemented,
            cgroup_driver: Some(CgroupDriver::Cgroupfs),
            programs: Arc::new(|_| Program::forever()),
            registry: Arc::new(|_| Pull::at_once()),
            commands: Arc::new(|_, _| ExecOutcome::default()),
            clock: Arc::new(move || {
                EPOCH_NANOS + i64::try_from(started.elapsed().as_nanos()).unwrap_or(i64::MAX - EPOCH_NANOS)
            }),
            tells_ends_after: Duration::ZERO,
            manners: Manners::Containerd2,
            writes_logs: false,
        }
    }
}

impl fmt::Debug for FakeOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FakeOptions")
            .field("runtime_version", &self.runtime_version)
            .field("events", &self.events)
            .field("tells_ends_after", &self.tells_ends_after)
            .field("cgroup_driver", &self.cgroup_driver)
            .field("writes_logs", &self.writes_logs)
            .finish_non_exhaustive()
    }
}
