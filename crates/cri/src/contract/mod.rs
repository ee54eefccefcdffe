//! The contract between a kubelet and a runtime: the same cases for the fake and for real ones, so that the fake cannot
//! drift. `tests/contract.rs` runs them.
//!
//! A case makes what it needs, checks one thing, and removes what it made. Cases do not depend on each other and may run
//! on a runtime that is in use: they look only at pods of their own.

mod containers;
mod events;
mod images;
mod sandboxes;
mod setting;
mod stopping;
mod unknown;

pub use setting::{Failure, Scenario, Setting};

use std::time::Duration;

use futures::future::LocalBoxFuture;

/// No case takes that long.
const CASE_TIMEOUT: Duration = Duration::from_secs(180);

/// Outcome of a case.
pub type Outcome = Result<(), Failure>;

/// One case of the contract.
pub struct Case {
    /// What must hold.
    pub name: &'static str,
    /// Whether it does.
    pub check: for<'a> fn(&'a Setting<'a>) -> LocalBoxFuture<'a, Outcome>,
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
    sandboxes::runtime_says_who_and_how_it_is,
    sandboxes::sandbox_comes_and_goes,
    sandboxes::sandbox_is_found_by_filters,
    sandboxes::sandbox_name_is_reserved,
    sandboxes::host_network_sandbox_has_no_address,
    sandboxes::cancelled_run_does_not_block_the_next_attempt,
    unknown::unknown_sandbox,
    unknown::unknown_container,
    images::unknown_image,
    images::image_comes_and_goes,
    containers::container_lives_and_dies,
    containers::container_name_is_reserved,
    containers::exit_code_and_next_attempt,
    containers::program_that_is_not_there,
    containers::container_is_found_by_filters,
    containers::log_file_is_written_and_reopened,
    containers::command_in_container,
    containers::no_container_in_a_stopped_sandbox,
    containers::cancelled_create_leaves_at_most_one,
    containers::cancelled_start_runs_or_fails,
    stopping::grace_is_given_to_a_deaf_process,
    stopping::no_grace_kills_at_once,
    stopping::dropped_stop_leaves_the_process_and_a_shorter_one_ends_it,
    stopping::stopped_sandbox_has_no_running_container,
    stopping::removed_sandbox_takes_its_containers_along,
    events::events_tell_a_containers_life,
}

/// Runs all cases, one after the other; the names and reasons of those that do not hold.
pub async fn run_all(setting: &Setting<'_>) -> Vec<(&'static str, Failure)> {
    let mut failed = Vec::new();
    for case in CASES {
        let outcome = tokio::time::timeout(CASE_TIMEOUT, (case.check)(setting)).await;
        let outcome =
            outcome.unwrap_or_else(|_| Err(Failure::new(format!("not done after {CASE_TIMEOUT:?}"))));
        setting.clean_up().await;
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
