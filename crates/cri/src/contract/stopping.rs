//! How processes are ended.

use std::time::Duration;

use tokio::time::Instant;

use super::{Outcome, Scenario, Setting, ensure};
use crate::CriError;
use crate::v1::ContainerState;

/// 128 and SIGKILL.
const KILLED: i32 = 137;
/// Far longer than any case may take: an end before it was not by patience.
const LONG_SECONDS: i64 = 600;

pub(super) async fn grace_is_given_to_a_deaf_process(setting: &Setting<'_>) -> Outcome {
    let (_, id, _) = setting.started(Scenario::Deaf).await?;
    setting.settled(&id).await?;
    let began = Instant::now();
    setting.runtime.stop_container(&id, 2).await?;
    let took = began.elapsed();
    ensure!(took >= Duration::from_millis(1900), "killed after {took:?} of 2 s");
    let status = setting.status(&id).await?;
    ensure!(status.state() == ContainerState::ContainerExited && status.exit_code == KILLED, "{status:?}");
    Ok(())
}

pub(super) async fn no_grace_kills_at_once(setting: &Setting<'_>) -> Outcome {
    let (_, id, _) = setting.started(Scenario::Obeys).await?;
    setting.settled(&id).await?;
    setting.runtime.stop_container(&id, 0).await?;
    let status = setting.status(&id).await?;
    ensure!(status.state() == ContainerState::ContainerExited && status.exit_code == KILLED, "{status:?}");
    Ok(())
}

pub(super) async fn dropped_stop_leaves_the_process_and_a_shorter_one_ends_it(
    setting: &Setting<'_>,
) -> Outcome {
    let (_, id, _) = setting.started(Scenario::Deaf).await?;
    setting.settled(&id).await?;
    let dropped = setting.runtime.stop_container(&id, LONG_SECONDS);
    let outcome = tokio::time::timeout(Duration::from_millis(500), dropped).await;
    ensure!(outcome.is_err(), "a deaf process was stopped: {outcome:?}");
    let status = setting.status(&id).await?;
    ensure!(status.state() == ContainerState::ContainerRunning, "after a dropped stop: {status:?}");

    let patient = setting.runtime.stop_container(&id, LONG_SECONDS);
    let shorter = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        setting.runtime.stop_container(&id, 1).await
    };
    let began = Instant::now();
    let (patient, shorter) = tokio::join!(patient, shorter);
    let took = began.elapsed();
    ensure!(patient.is_ok() && shorter.is_ok(), "patient {patient:?}, shorter {shorter:?}");
    ensure!(took < Duration::from_secs(60), "the shorter grace did not count: {took:?}");
    let status = setting.status(&id).await?;
    ensure!(status.exit_code == KILLED, "{status:?}");
    Ok(())
}

pub(super) async fn stopped_sandbox_has_no_running_container(setting: &Setting<'_>) -> Outcome {
    let (sandbox_id, id, _) = setting.started(Scenario::Deaf).await?;
    setting.runtime.stop_pod_sandbox(&sandbox_id).await?;
    let status = setting.status(&id).await?;
    ensure!(status.state() == ContainerState::ContainerExited && status.exit_code == KILLED, "{status:?}");
    Ok(())
}

pub(super) async fn removed_sandbox_takes_its_containers_along(setting: &Setting<'_>) -> Outcome {
    let (sandbox_id, id, _) = setting.started(Scenario::Deaf).await?;
    setting.runtime.remove_pod_sandbox(&sandbox_id).await?;
    let status = setting.runtime.container_status(&id, false).await;
    ensure!(matches!(&status, Err(CriError::NotFound { .. })), "status of its container: {status:?}");
    Ok(())
}
