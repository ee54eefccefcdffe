//! A pod's status as the API shapes it: a pure function of what the actor tells of the pod ([`PodState`]), of what was told
//! before, and of what the API server has.
//!
//! | module | upstream's |
//! |---|---|
//! | [`containers`] | `kubelet_pods.go` `convertToAPIContainerStatuses`, `prober_manager.go` `UpdatePodStatus` |
//! | [`phase`] | `kubelet_pods.go` `getPhase` |
//! | [`conditions`] | `status/generate.go` |
//! | [`addresses`] | `kubelet_pods.go` `sortPodIPs`, `pleg/generic.go` `getPodIPs` |
//! | [`resources`] | `kubelet_pods.go` `convertToAPIPodLevelResourcesStatus` |
//! | [`restarting`] | `container/helpers.go` `ShouldAllContainersRestart` |
//! | [`finish`] | `status_manager.go` `TerminatePod` |
//! | [`told_ends`] | `status_manager.go` `checkContainerStateTransition` |
//! | [`build`](self::build()) | `kubelet_pods.go` `generateAPIPodStatus`, `status_manager.go` `mergePodStatus` |
//!
//! Built when somebody asks: by the writer for the API server, by `kubelet ps` for people. Source: release 1.37.

mod addresses;
mod build;
mod conditions;
mod containers;
mod finish;
mod phase;
mod resources;
mod restarting;
#[cfg(test)]
mod tests;
mod told_ends;

pub use build::{Audience, Facts, Inputs, build};
pub(crate) use told_ends::is_contradicted;

use crate::actor::{PodPhase, PodState};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// The pod with its status, for people; `None` for one whose specification nobody knows.
pub fn with_status(state: &PodState, facts: &Facts) -> Option<Pod> {
    let wanted = state.wanted.as_ref()?;
    let mut pod = Pod::clone(&wanted.pod);
    let told = pod.status.take().unwrap_or_default();
    pod.status = build(&Inputs {
        state,
        facts,
        previous: &told,
        server: &told,
        now: wanted.seen,
        audience: Audience::People,
    });
    if state.phase == PodPhase::Ending {
        // What kubectl shows as Terminating.
        pod.metadata.deletion_timestamp.get_or_insert(Time(wanted.seen));
    }
    Some(pod)
}
