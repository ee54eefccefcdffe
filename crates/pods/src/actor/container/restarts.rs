//! How often a container was started before, and how long it waits for the next time.

use super::super::early_ends::last_end;
use super::super::memory;
use super::super::start::Job;
use super::StartError;
use crate::backoff::Backoff;
use k8s_openapi::api::core::v1::Container;
use types::PodSource;

/// How often this container was started before. What the runtime does not remember, since somebody removed the sandbox, its logs may.
pub(super) async fn restart_count(job: &Job, container: &Container) -> Result<u32, StartError> {
    let logs = job.world.pod_log_directory(&job.wanted.name, &job.wanted.uid).join(&container.name);
    // A count never falls: without a look at the logs nobody knows it.
    let entries = job.world.files.list_dir(&logs).await;
    let entries =
        entries.map_err(|error| StartError::config(types::error::chain(&error)))?.unwrap_or_default();
    let numbers = entries.iter().filter_map(|entry| {
        let name = entry.name.to_str()?;
        name.split_once(".log")?.0.parse::<u32>().ok()
    });
    let logged = numbers.max().map_or(0, |last| last.saturating_add(1));
    let taken_out =
        job.memory.borrow().taken_out.get(&container.name).map_or(0, |last| last.saturating_add(1));
    let remembered = logged.max(taken_out);
    Ok(match job.seen.newest(&container.name) {
        Some(seen) => remembered.max(seen.restart_count.saturating_add(1)),
        None => remembered.max(told_count(job, container)),
    })
}

/// How often the container was started before, as the API server was told: a reboot may have taken the logs as well.
fn told_count(job: &Job, container: &Container) -> u32 {
    let status = job.wanted.pod.status.as_ref().filter(|_| job.wanted.source == PodSource::Api);
    let mut told = status.into_iter().flat_map(|status| {
        let init = status.init_container_statuses.iter().flatten();
        let ephemeral = status.ephemeral_container_statuses.iter().flatten();
        init.chain(status.container_statuses.iter().flatten()).chain(ephemeral)
    });
    let Some(told) = told.find(|told| told.name == container.name) else { return 0 };
    let count = u32::try_from(told.restart_count).unwrap_or(0);
    let was_started =
        told.state.as_ref().is_some_and(|state| state.running.is_some() || state.terminated.is_some());
    if was_started { count.saturating_add(1) } else { count }
}

/// Lengthens the restart back-off when this start follows an end.
pub(super) fn note_restart(job: &Job, container: &Container) {
    let Some(ended_at) = last_end(&job.seen, &job.memory.borrow(), &container.name) else { return };
    let key = translate::backoff_key(&job.wanted.pod, container);
    let now = job.world.clock.now();
    let policy = *job.world.settings.restart_backoff.borrow();
    job.memory.send_modify(|memory| {
        let record = memory.restarts.get(&container.name);
        let next = Backoff::next(record, &key, ended_at, now, policy);
        memory.restarts.insert(container.name.clone(), next);
    });
}

/// Writes the restart back-off to the pod's directory, where the next kubelet finds it.
pub(super) async fn keep_restarts(job: &Job) {
    let restarts = job.memory.borrow().restarts.clone();
    if restarts.is_empty() {
        return;
    }
    if let Err(error) = memory::keep(&job.world, &job.wanted.uid, &restarts).await {
        tracing::warn!(pod = %job.wanted.name, podUID = %job.wanted.uid, err = %types::error::chain(&error), "Failed to record restart back-off; a restarted kubelet begins it anew");
    }
}
