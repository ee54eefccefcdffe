//! What a scenario is: pods, what happens to them and when, and what goes wrong meanwhile. All of it follows from a seed.

mod api;
mod generate;
mod manifest;
mod mutant;
mod pod;

use std::time::Duration;

pub use api::{
    ApiFaultProfile, ApiPod, ApiScenario, ApiStep, Content, GATE, Reading, TOKEN_FILE, VARIABLE, account,
    content_object, file_of, object, value_of,
};
pub use generate::{API_SEEDS, generate};
pub use manifest::{MANIFEST_URL, NODE_NAME, decode};
pub use mutant::Mutant;
pub use pod::{Behaviour, ContainerPlan, Image, Medium, PodSpec, Policy};
use types::PodSource;

/// Everything that one seed stands for.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The seed.
    pub seed: u64,
    /// Whether the runtime is one without container events, as containerd 1.6.
    pub is_old_runtime: bool,
    /// `serializeImagePulls`.
    pub serialize_image_pulls: bool,
    /// Whether a source of its own for some pods, the URL, is slow to tell what it knows.
    pub url_delay: Duration,
    /// What goes wrong on its own.
    pub faults: FaultProfile,
    /// The manifests that may come and go.
    pub manifests: Vec<Manifest>,
    /// What the API server has; `None` where there is none.
    pub api: Option<ApiScenario>,
    /// What happens, in order of time.
    pub steps: Vec<(Duration, Step)>,
    /// From then on nothing goes wrong any more.
    pub calm_at: Duration,
    /// A bug that is planted, to show that it is found.
    pub mutant: Option<Mutant>,
}

/// One file, or one pod behind the URL, with its successive contents.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Where it is.
    pub source: PodSource,
    /// The pod's name; two manifests may want the same one.
    pub pod_name: String,
    /// A `metadata.uid` of its own: a changed manifest is then the same pod.
    pub uid: Option<String>,
    /// Its contents, by version.
    pub versions: Vec<PodSpec>,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The manifest is there in this version.
    Write {
        /// Index of the manifest.
        manifest: usize,
        /// Index of the version.
        version: usize,
    },
    /// The manifest is gone.
    Delete {
        /// Index of the manifest.
        manifest: usize,
    },
    /// A running container's process ends with this code; which one, by chance.
    KillProcess(i32),
    /// A running container is killed for memory.
    OutOfMemory,
    /// A sandbox's pause process is killed.
    KillSandbox,
    /// Somebody removes a container.
    RemoveContainer,
    /// Somebody removes a sandbox with its containers.
    RemoveSandbox,
    /// All processes end, as when the machine is switched off; the kubelet's too.
    Reboot,
    /// All event streams break.
    BreakEvents,
    /// The runtime goes away for this long.
    RuntimeDown(Duration),
    /// The kubelet dies, and is started again after this long.
    Death(Duration),
    /// The kubelet dies in the middle of its next calls but so many, and is started again after this long.
    DeathAtCall {
        /// Calls to runtime and machine from now on.
        calls: u32,
        /// Until it is started again.
        down: Duration,
    },
    /// Something with the API server.
    Api(ApiStep),
    /// The kubelet is stopped in order, and started again after this long.
    Stop(Duration),
    /// The wall clock is set, by so many milliseconds forwards or back.
    ClockSet(i64),
    /// The disk is full for this long: nothing can be written.
    DiskFull(Duration),
}

/// How often things go wrong on their own, in thousandths of the calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultProfile {
    /// Runtime calls that take seconds.
    pub slow: u32,
    /// Runtime calls that fail without having had an effect.
    pub fails_before: u32,
    /// Runtime calls that fail half done.
    pub fails_during: u32,
    /// Runtime calls that fail although they had their effect.
    pub fails_after: u32,
    /// Runtime calls that hang until their deadline.
    pub hangs: u32,
    /// Removals of containers and sandboxes that fail, and go on to fail for seconds.
    pub removals_stick: u32,
    /// Half done calls that leave something unusual.
    pub odd_leftovers: u32,
    /// Events that are lost.
    pub events_lost: u32,
    /// Events that come twice.
    pub events_repeated: u32,
    /// Events at which the stream breaks.
    pub events_break: u32,
    /// Calls to the machine that fail.
    pub host_fails: u32,
    /// Calls to the machine that take long.
    pub host_slow: u32,
    /// Calls to the machine that hang until all is calm.
    pub host_hangs: u32,
    /// Pulls of flaky images that fail.
    pub pulls_fail: u32,
}
