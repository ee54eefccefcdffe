//! Pods: from what is wanted to what runs.
//!
//! ```text
//! sources ─ SourceEvent ─▶ supervisor ─ Goal per pod ─▶ actor ─ CRI, volumes, cgroups ─▶ machine
//!                              ▲                         ▲                                │
//!                              │ what is present         │ SeenPod per pod                │
//!                              └─────────────────────── observer ◀── events, pidfd, relist ┘
//! ```
//!
//! | module | what it owns |
//! |---|---|
//! | [`sources`] | manifest files and URLs, the API server, and the pods they ask for |
//! | [`admission`] | whether a pod may start on this node |
//! | [`supervisor`] | one actor per pod UID; who may start, who ends |
//! | [`actor`] | one pod: plan, then execute, from start to nothing left |
//! | [`observe`] | what the runtime was seen to have |
//! | [`status`] | the pod's status as the API shapes it, built when somebody asks |
//! | [`report`] | statuses on the API server, and the end of pods that are over |
//! | [`mirror`] | the images of static pods on the API server |
//! | [`backoff`] | how restarts are slowed down |
//! | [`user_namespaces`] | which ids of the node are a pod's own |
//! | [`chains`] | whose turn it is to call the runtime |
//! | [`world`] | everything outside that actors act on, as values and traits |
//! | [`events`] | what is told to users |
//! | [`metrics`] | upstream's metric names |

pub mod actor;
pub mod admission;
pub mod backoff;
pub mod chains;
pub mod events;
pub mod metrics;
pub mod mirror;
pub mod observe;
mod qos;
pub mod report;
pub mod sources;
pub mod status;
pub mod supervisor;
#[cfg(test)]
mod testing;
pub mod user_namespaces;
pub mod world;
