//! Ids that are not there.

use std::time::Duration;

use super::{Outcome, Scenario, Setting, ensure};
use crate::CriError;

/// No runtime makes such an id.
const NOBODY: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn is_not_found<T>(answer: &Result<T, CriError>) -> bool {
    matches!(answer, Err(CriError::NotFound { .. }))
}

pub(super) async fn unknown_sandbox(setting: &Setting<'_>) -> Outcome {
    let runtime = setting.runtime;
    let status = runtime.pod_sandbox_status(NOBODY, false).await;
    ensure!(is_not_found(&status), "status: {status:?}");
    let stop = runtime.stop_pod_sandbox(NOBODY).await;
    ensure!(stop.is_ok() || is_not_found(&stop), "stop: {stop:?}");
    let remove = runtime.remove_pod_sandbox(NOBODY).await;
    ensure!(remove.is_ok(), "remove: {remove:?}");
    setting.have_image().await?;
    let pod = setting.pod();
    let create =
        runtime.create_container(NOBODY, setting.container(&pod, "main", Scenario::Exits)?, pod).await;
    ensure!(is_not_found(&create), "create a container in it: {create:?}");
    Ok(())
}

pub(super) async fn unknown_container(setting: &Setting<'_>) -> Outcome {
    let runtime = setting.runtime;
    let status = runtime.container_status(NOBODY, false).await;
    ensure!(is_not_found(&status), "status: {status:?}");
    let start = runtime.start_container(NOBODY).await;
    ensure!(is_not_found(&start), "start: {start:?}");
    let stop = runtime.stop_container(NOBODY, 1).await;
    ensure!(stop.is_ok() || is_not_found(&stop), "stop: {stop:?}");
    let remove = runtime.remove_container(NOBODY).await;
    ensure!(remove.is_ok(), "remove: {remove:?}");
    let command = runtime.exec_sync(NOBODY, &["true".to_owned()], Duration::from_secs(1)).await;
    ensure!(is_not_found(&command), "command: {command:?}");
    let reopen = runtime.reopen_container_log(NOBODY).await;
    ensure!(is_not_found(&reopen), "reopen log: {reopen:?}");
    Ok(())
}
