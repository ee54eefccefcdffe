//! What the runtime is asked for: pure functions from a pod and facts of the node to CRI configurations.
//!
//! Everything that upstream 1.37.1 sends for a pod is made here, field by field, so that either kubelet can take over
//! the other's pods. There is no I/O and no clock: what must be read (image user, `resolv.conf`, `/etc/hosts`, files and
//! objects that environment variables come from) comes in as a value, what must be written goes out as a value.
//!
//! ```text
//!  Pod (defaulted, validated) ─┬─▶ sandbox_config ──▶ SandboxPlan { config, warnings }
//!  NodeFacts ──────────────────┤
//!                              ├─▶ environment ─────▶ variables ─┬─▶ volumes make their mounts (subPathExpr)
//!                              └─▶ container_config ◀────────────┴── mounts, image user, pod IPs
//!                                        └──▶ ContainerPlan { config, files to make before CreateContainer }
//!
//!  labels and annotations that a runtime lists ──▶ SandboxIdentity, ContainerIdentity (adoption after a restart)
//! ```
//!
//! The pod handed in must have passed the API server's defaulting and validation (`manifest` does both); rules that
//! validation already enforces are not repeated here.

mod error;
mod facts;

mod container;
mod environment;
mod hosts;
mod identity;
mod paths;
mod resources;
mod sandbox;
mod security;
mod termination;

pub use container::{
    ContainerInputs, ContainerPlan, container_config, ephemeral_as_container, mounts_hosts_file,
};
pub use environment::{
    Environment, EnvironmentInputs, EnvironmentObject, EnvironmentObjects, Found, MASTER_SERVICE, PortLink,
    ServiceLink, downward_api_file, environment, environment_files, environment_objects, expand,
    service_variables,
};
pub use error::{ConfigError, EnvironmentFileError};
pub use facts::{CgroupVersion, HandlerFeatures, MemoryQos, MemoryReservation, NodeFacts, SwapBehavior};
pub use hosts::etc_hosts;
pub use identity::{
    ContainerIdentity, SandboxIdentity, annotations, backoff_key, container_hash, container_identity, labels,
    sandbox_identity,
};
pub use paths::{
    container_log_directory, container_log_path, etc_hosts_path, legacy_log_symlink,
    legacy_log_symlink_beginning, pod_log_directory, termination_log_path,
};
pub use resources::{container_resources, sandbox_overhead, sandbox_resources};
pub use sandbox::{
    PodWarning, SandboxInputs, SandboxPlan, host_name_and_domain, resolv_conf_complaint, sandbox_config,
    sorted_pod_ips,
};
pub use security::{ImageUser, MASKED_PATHS, READ_ONLY_PATHS, UserNamespaceRange};
pub use termination::{
    KillReason, MAX_TERMINATION_MESSAGE_BYTES, MAX_TERMINATION_MESSAGE_LOG_BYTES,
    MAX_TERMINATION_MESSAGE_LOG_LINES, MINIMUM_GRACE_PERIOD_SECONDS, TerminationMessage,
    grace_period_seconds, termination_message_source,
};
