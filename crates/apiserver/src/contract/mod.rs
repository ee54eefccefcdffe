//! The contract between a kubelet and an API server: the same cases for the fake and for a real kube-apiserver, so that
//! the fake cannot drift. `tests/contract.rs` runs them.
//!
//! A case makes what it needs in the run's own namespace and checks one thing. Cases do not depend on each other, and may
//! run on a server that is in use. The server must have the Node authorizer and NodeRestriction on.

mod authorization;
mod deletion;
mod objects;
mod patches;
mod peer;
mod setting;
mod watches;
mod writes_of_nodes;

pub use setting::{Failure, Setting};

use std::time::Duration;

use futures::future::LocalBoxFuture;

/// No case takes that long.
const CASE_TIMEOUT: Duration = Duration::from_secs(60);

/// Outcome of a case.
pub type Outcome = Result<(), Failure>;

/// One case of the contract.
pub struct Case {
    /// What must hold.
    pub name: &'static str,
    /// Whether it does.
    pub check: for<'a> fn(&'a Setting) -> LocalBoxFuture<'a, Outcome>,
}

macro_rules! cases {
    ($($module:ident :: $name:ident),* $(,)?) => {
        /// All cases, simple ones first.
        pub const CASES: &[Case] = &[
            $(Case { name: stringify!($name), check: |setting| Box::pin($module::$name(setting)) }),*
        ];
    };
}

cases! {
    objects::created_object_has_an_identity,
    objects::created_pod_is_defaulted_and_pending,
    objects::object_is_created_once,
    objects::name_is_generated,
    objects::absent_object_is_not_found,
    objects::old_version_is_not_written,
    objects::write_that_changes_nothing_makes_no_version,
    objects::list_is_filtered_by_node,
    patches::status_is_apart_from_specification,
    patches::conditions_are_merged_by_type,
    patches::addresses_of_pods_are_merged_by_address,
    patches::addresses_of_nodes_are_merged_by_type,
    patches::container_statuses_are_replaced,
    patches::patch_of_another_pod_is_invalid,
    patches::patch_of_an_old_version_is_a_conflict,
    patches::ended_container_does_not_run_again,
    patches::quality_of_service_stays,
    patches::generation_counts_specifications,
    deletion::pod_is_given_grace_which_is_only_shortened,
    deletion::last_delete_of_the_node_removes_the_pod,
    deletion::delete_of_another_pod_is_a_conflict,
    deletion::pod_without_node_goes_at_once,
    deletion::ended_pod_goes_at_once,
    deletion::finalizer_holds_a_pod_back,
    deletion::status_is_written_during_the_grace,
    watches::watch_tells_a_pods_life,
    watches::watch_begins_after_its_version,
    watches::pod_that_is_bound_is_added,
    watches::streaming_list_ends_with_a_bookmark,
    watches::old_version_is_resumed_or_gone,
    watches::watch_ends_at_its_time,
    watches::one_object_is_watched,
    authorization::node_reads_what_its_pods_refer_to,
    authorization::node_lists_its_own_pods_alone,
    authorization::node_reads_itself_alone,
    authorization::node_keeps_one_lease,
    authorization::node_gets_tokens_of_its_pods,
    writes_of_nodes::node_makes_mirror_pods_alone,
    writes_of_nodes::node_writes_the_status_of_its_pods_alone,
    writes_of_nodes::node_does_not_taint_itself,
    writes_of_nodes::node_tells_events,
}

/// Runs all cases, one after the other; the names and reasons of those that do not hold.
pub async fn run_all(setting: &Setting) -> Vec<(&'static str, Failure)> {
    let mut failed = Vec::new();
    for case in CASES {
        let outcome = tokio::time::timeout(CASE_TIMEOUT, (case.check)(setting)).await;
        let outcome =
            outcome.unwrap_or_else(|_| Err(Failure::new(format!("not done after {CASE_TIMEOUT:?}"))));
        if let Err(failure) = outcome {
            failed.push((case.name, failure));
        }
    }
    failed
}

/// Fails the case with a message, unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err($crate::contract::Failure::new(format!($($message)+)));
        }
    };
}
use ensure;
