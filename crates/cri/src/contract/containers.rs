//! Containers.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::{Failure, Outcome, Scenario, Setting, ensure};
use crate::info::container_pid;
use crate::v1::{ContainerFilter, ContainerMetadata, ContainerState, ContainerStateValue};
use crate::{ContainerService, CriError};

pub(super) async fn container_lives_and_dies(setting: &Setting<'_>) -> Outcome {
    let runtime = setting.runtime;
    let (_, id, pod) = setting.created(Scenario::Obeys).await?;
    let created = setting.status(&id).await?;
    ensure!(created.state() == ContainerState::ContainerCreated, "created: {created:?}");
    ensure!(
        created.created_at > 0 && created.started_at == 0 && created.finished_at == 0,
        "times: {created:?}"
    );
    ensure!(created.annotations.contains_key("note"), "annotations: {created:?}");
    ensure!(pid(runtime, &id).await?.is_none(), "a created container has a process");

    runtime.start_container(&id).await?;
    let running = setting.status(&id).await?;
    ensure!(running.state() == ContainerState::ContainerRunning, "started: {running:?}");
    ensure!(running.started_at >= running.created_at && running.finished_at == 0, "times: {running:?}");
    ensure!(pid(runtime, &id).await?.is_some(), "a running container has no process");
    let again = runtime.start_container(&id).await;
    ensure!(again.is_err(), "a second start succeeds");
    setting.settled(&id).await?;

    for _ in 0..2 {
        runtime.stop_container(&id, 20).await?;
    }
    let exited = setting.status(&id).await?;
    ensure!(exited.state() == ContainerState::ContainerExited, "stopped: {exited:?}");
    ensure!(exited.exit_code == 7 && exited.reason == "Error", "how it ended: {exited:?}");
    ensure!(exited.finished_at >= running.created_at, "times: {exited:?}");
    ensure!(exited.started_at == running.started_at, "start time changed: {exited:?}");
    ensure!(pid(runtime, &id).await?.is_none(), "an exited container has a process");
    ensure!(exited.log_path == log_file(&pod.log_directory), "log path {:?}", exited.log_path);
    let started = runtime.start_container(&id).await;
    ensure!(started.is_err(), "an exited container can be started");

    for _ in 0..2 {
        runtime.remove_container(&id).await?;
    }
    let gone = runtime.container_status(&id, false).await;
    ensure!(matches!(&gone, Err(CriError::NotFound { .. })), "status of a removed container: {gone:?}");
    Ok(())
}

pub(super) async fn container_name_is_reserved(setting: &Setting<'_>) -> Outcome {
    let (sandbox_id, id, pod) = setting.created(Scenario::Obeys).await?;
    let config = setting.container(&pod, "main", Scenario::Obeys)?;
    let again = setting.runtime.create_container(&sandbox_id, config.clone(), pod.clone()).await;
    match &again {
        Err(CriError::AlreadyExists { holder, .. }) => {
            ensure!(holder.as_ref().is_none_or(|holder| *holder == id), "held by {holder:?}, not by {id}");
        }
        other => return Err(Failure::new(format!("the same container again: {other:?}"))),
    }
    setting.runtime.remove_container(&id).await?;
    setting.runtime.create_container(&sandbox_id, config, pod).await?;
    Ok(())
}

pub(super) async fn exit_code_and_next_attempt(setting: &Setting<'_>) -> Outcome {
    let (sandbox_id, first, pod) = setting.started(Scenario::Exits).await?;
    let exited = setting.exited(&first).await?;
    ensure!(exited.exit_code == 3 && exited.reason == "Error", "how it ended: {exited:?}");
    // A process that ends at once may be noted as ended a moment before it is noted as started.
    ensure!(exited.finished_at >= exited.created_at && exited.started_at > 0, "times: {exited:?}");
    let mut config = setting.container(&pod, "main", Scenario::Prints)?;
    config.metadata = Some(ContainerMetadata { name: "main".to_owned(), attempt: 1 });
    let second = setting.runtime.create_container(&sandbox_id, config, pod).await?;
    setting.runtime.start_container(&second).await?;
    let completed = setting.exited(&second).await?;
    ensure!(completed.exit_code == 0 && completed.reason == "Completed", "how it ended: {completed:?}");
    ensure!(setting.status(&first).await? == exited, "the first container changed");
    Ok(())
}

pub(super) async fn program_that_is_not_there(setting: &Setting<'_>) -> Outcome {
    let (_, id, _) = setting.created(Scenario::Missing).await?;
    let Err(error) = setting.runtime.start_container(&id).await else {
        return Err(Failure::new("it was started"));
    };
    ensure!(error.message().contains("no such file or directory"), "message {:?}", error.message());
    let status = setting.status(&id).await?;
    ensure!(status.state() == ContainerState::ContainerExited, "state: {status:?}");
    ensure!(status.exit_code == 128 && status.reason == "StartError", "how it ended: {status:?}");
    ensure!(status.message.contains("no such file or directory"), "message: {status:?}");
    ensure!(status.finished_at > 0, "times: {status:?}");
    Ok(())
}

pub(super) async fn container_is_found_by_filters(setting: &Setting<'_>) -> Outcome {
    let (sandbox_id, main, pod) = setting.started(Scenario::Obeys).await?;
    let side_config = setting.container(&pod, "side", Scenario::Obeys)?;
    let side = setting.runtime.create_container(&sandbox_id, side_config.clone(), pod).await?;
    let in_sandbox = || ContainerFilter { pod_sandbox_id: sandbox_id.clone(), ..ContainerFilter::default() };
    let state = |state: ContainerState| ContainerFilter {
        state: Some(ContainerStateValue { state: state.into() }),
        ..in_sandbox()
    };
    let both = [main.clone(), side.clone()];
    let label = BTreeMap::from([("container".to_owned(), "side".to_owned())]);
    let rows: [(&str, ContainerFilter, &[String]); 6] = [
        ("sandbox", in_sandbox(), &both),
        ("id", ContainerFilter { id: main.clone(), ..ContainerFilter::default() }, &both[..1]),
        ("running", state(ContainerState::ContainerRunning), &both[..1]),
        ("created", state(ContainerState::ContainerCreated), &both[1..]),
        ("label", ContainerFilter { label_selector: label, ..in_sandbox() }, &both[1..]),
        ("exited", state(ContainerState::ContainerExited), &[]),
    ];
    for (name, filter, expected) in rows {
        let mut found: Vec<String> =
            setting.runtime.list_containers(Some(filter)).await?.into_iter().map(|found| found.id).collect();
        found.sort();
        let mut expected = expected.to_vec();
        expected.sort();
        ensure!(found == expected, "by {name}: {found:?} instead of {expected:?}");
    }
    let listed = setting.runtime.list_containers(Some(in_sandbox())).await?;
    let Some(item) = listed.into_iter().find(|found| found.id == side) else {
        return Err(Failure::new("not listed"));
    };
    ensure!(item.metadata == side_config.metadata && item.labels == side_config.labels, "item: {item:?}");
    ensure!(item.annotations == side_config.annotations, "item: {item:?}");
    ensure!(!item.image_ref.is_empty() && item.created_at > 0, "item: {item:?}");
    let status = setting.status(&side).await?;
    ensure!(status.image_ref.contains("@sha256:"), "reference in the status: {status:?}");
    Ok(())
}

pub(super) async fn log_file_is_written_and_reopened(setting: &Setting<'_>) -> Outcome {
    let (_, id, pod) = setting.started(Scenario::Prints).await?;
    setting.exited(&id).await?;
    let file = log_file(&pod.log_directory);
    let look = async || {
        let log = std::fs::read_to_string(&file).map_err(|error| Failure::new(format!("{file}: {error}")))?;
        let is_line = |line: &str| {
            let mut parts = line.splitn(4, ' ');
            parts.next().is_some_and(|time| time.contains('T') && (time.ends_with('Z') || time.contains('+')))
                && parts.eq(["stdout", "F", "hello"])
        };
        Ok(log.lines().any(is_line).then_some(()))
    };
    setting.until("the log has the line that was printed", look).await?;

    let (_, id, pod) = setting.started(Scenario::Obeys).await?;
    let file = log_file(&pod.log_directory);
    let rotated = format!("{file}.rotated");
    std::fs::rename(&file, rotated).map_err(|error| Failure::new(format!("{file}: {error}")))?;
    setting.runtime.reopen_container_log(&id).await?;
    ensure!(Path::new(&file).exists(), "{file} was not made anew");
    Ok(())
}

pub(super) async fn command_in_container(setting: &Setting<'_>) -> Outcome {
    let (_, id, _) = setting.started(Scenario::Obeys).await?;
    let shell = |script: &str| ["/bin/sh", "-c", script].map(str::to_owned);
    let run = shell("echo out; echo err >&2; exit 4");
    let answer = setting.runtime.exec_sync(&id, &run, Duration::from_secs(20)).await?;
    ensure!(answer.exit_code == 4, "exit code: {answer:?}");
    ensure!(answer.stdout == b"out\n" && answer.stderr == b"err\n", "output: {answer:?}");
    let slow = setting.runtime.exec_sync(&id, &shell("sleep 30"), Duration::from_secs(1)).await;
    ensure!(matches!(&slow, Err(CriError::DeadlineExceeded { .. })), "a slow command: {slow:?}");
    setting.runtime.stop_container(&id, 0).await?;
    let late = setting.runtime.exec_sync(&id, &run, Duration::from_secs(20)).await;
    ensure!(late.is_err(), "a command in a stopped container: {late:?}");
    Ok(())
}

pub(super) async fn no_container_in_a_stopped_sandbox(setting: &Setting<'_>) -> Outcome {
    let (sandbox_id, id, pod) = setting.created(Scenario::Obeys).await?;
    setting.runtime.stop_pod_sandbox(&sandbox_id).await?;
    let config = setting.container(&pod, "late", Scenario::Obeys)?;
    let created = setting.runtime.create_container(&sandbox_id, config, pod).await;
    ensure!(created.is_err(), "created: {created:?}");
    let started = setting.runtime.start_container(&id).await;
    ensure!(started.is_err(), "started: {started:?}");
    Ok(())
}

/// Whatever a dropped creation leaves can be found by its labels, and made anew once it is removed.
pub(super) async fn cancelled_create_leaves_at_most_one(setting: &Setting<'_>) -> Outcome {
    setting.have_image().await?;
    let (sandbox_id, pod) = setting.sandbox().await?;
    let config = setting.container(&pod, "main", Scenario::Exits)?;
    let dropped = setting.runtime.create_container(&sandbox_id, config.clone(), pod.clone());
    let _ = tokio::time::timeout(Duration::from_millis(2), dropped).await;
    let look = async || {
        let filter = ContainerFilter { pod_sandbox_id: sandbox_id.clone(), ..ContainerFilter::default() };
        let found = setting.runtime.list_containers(Some(filter)).await?;
        ensure!(found.len() <= 1, "more than one: {found:?}");
        for container in found {
            setting.runtime.remove_container(&container.id).await?;
        }
        match setting.runtime.create_container(&sandbox_id, config.clone(), pod.clone()).await {
            Ok(id) => Ok(Some(id)),
            Err(CriError::AlreadyExists { .. }) => Ok(None),
            Err(error) => Err(Failure::from(error)),
        }
    };
    let id = setting.until("it can be made anew", look).await?;
    setting.runtime.start_container(&id).await?;
    Ok(())
}

/// A dropped start may come through, or leaves the container exited; it may look untouched for a while.
pub(super) async fn cancelled_start_runs_or_fails(setting: &Setting<'_>) -> Outcome {
    let (_, id, _) = setting.created(Scenario::Deaf).await?;
    let dropped = setting.runtime.start_container(&id);
    let _ = tokio::time::timeout(Duration::from_millis(5), dropped).await;
    let look = async || {
        let status = setting.status(&id).await?;
        Ok((status.state() != ContainerState::ContainerCreated).then_some(status))
    };
    let status = setting.until("the dropped start has had an end", look).await?;
    let failed = status.state() == ContainerState::ContainerExited
        && status.exit_code == 128
        && status.reason == "StartError";
    ensure!(failed || status.state() == ContainerState::ContainerRunning, "{status:?}");
    Ok(())
}

async fn pid(runtime: &(impl ContainerService + ?Sized), id: &str) -> Result<Option<u32>, Failure> {
    Ok(container_pid(&runtime.container_status(id, true).await?))
}

fn log_file(log_directory: &str) -> String {
    format!("{log_directory}/main/0.log")
}
