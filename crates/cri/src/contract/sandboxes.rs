//! The runtime itself, and sandboxes.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Failure, Outcome, Setting, ensure};
use crate::v1::{
    NamespaceMode, PodSandboxConfig, PodSandboxFilter, PodSandboxState, PodSandboxStateValue,
    PodSandboxStatus,
};
use crate::{CriError, probe};

pub(super) async fn runtime_says_who_and_how_it_is(setting: &Setting<'_>) -> Outcome {
    let capabilities = probe(setting.runtime).await?;
    ensure!(capabilities.runtime_api_version == "v1", "API version {:?}", capabilities.runtime_api_version);
    let status = setting.runtime.status(false).await?.status.unwrap_or_default();
    for name in ["RuntimeReady", "NetworkReady"] {
        let condition = status.conditions.iter().find(|condition| condition.r#type == name);
        ensure!(condition.is_some_and(|condition| condition.status), "{name} is not true: {condition:?}");
    }
    Ok(())
}

pub(super) async fn sandbox_comes_and_goes(setting: &Setting<'_>) -> Outcome {
    let (id, pod) = setting.sandbox().await?;
    let status = status(setting, &id).await?;
    ensure!(status.state() == PodSandboxState::SandboxReady, "a new sandbox is {:?}", status.state());
    ensure!(status.id == id && status.metadata == pod.metadata, "identity: {status:?}");
    ensure!(status.labels == pod.labels && status.annotations == pod.annotations, "labels: {status:?}");
    ensure!(status.created_at > 0, "creation time {}", status.created_at);
    let address = status.network.unwrap_or_default().ip;
    ensure!(!address.is_empty(), "a sandbox with a network of its own has no address");

    for _ in 0..2 {
        setting.runtime.stop_pod_sandbox(&id).await?;
    }
    let stopped = self::status(setting, &id).await?;
    ensure!(
        stopped.state() == PodSandboxState::SandboxNotready,
        "a stopped sandbox is {:?}",
        stopped.state()
    );
    ensure!(stopped.created_at == status.created_at, "creation time changed");
    let address = stopped.network.unwrap_or_default().ip;
    ensure!(address.is_empty(), "a stopped sandbox has the address {address}");

    for _ in 0..2 {
        setting.runtime.remove_pod_sandbox(&id).await?;
    }
    let gone = setting.runtime.pod_sandbox_status(&id, false).await;
    ensure!(matches!(&gone, Err(CriError::NotFound { .. })), "status of a removed sandbox: {gone:?}");
    let listed = list(setting, PodSandboxFilter { id: id.clone(), ..PodSandboxFilter::default() }).await?;
    ensure!(listed.is_empty(), "a removed sandbox is listed: {listed:?}");
    Ok(())
}

pub(super) async fn sandbox_is_found_by_filters(setting: &Setting<'_>) -> Outcome {
    let (first, pod) = setting.sandbox().await?;
    let (second, _) = setting.sandbox().await?;
    setting.runtime.stop_pod_sandbox(&second).await?;
    let run = BTreeMap::from([("contract-run".to_owned(), setting.run.clone())]);
    let state = |state: PodSandboxState| Some(PodSandboxStateValue { state: state.into() });
    let both = [first.clone(), second.clone()];
    let rows: [(&str, PodSandboxFilter, &[String]); 6] = [
        ("id", PodSandboxFilter { id: first.clone(), ..Default::default() }, &both[..1]),
        ("label", PodSandboxFilter { label_selector: pod.labels.clone(), ..Default::default() }, &both[..1]),
        ("run", PodSandboxFilter { label_selector: run.clone(), ..Default::default() }, &both),
        (
            "ready",
            PodSandboxFilter {
                state: state(PodSandboxState::SandboxReady),
                label_selector: run.clone(),
                ..Default::default()
            },
            &both[..1],
        ),
        (
            "not ready",
            PodSandboxFilter {
                state: state(PodSandboxState::SandboxNotready),
                label_selector: run,
                ..Default::default()
            },
            &both[1..],
        ),
        (
            "id of one, labels of the other",
            PodSandboxFilter { id: second.clone(), label_selector: pod.labels, ..Default::default() },
            &[],
        ),
    ];
    for (name, filter, expected) in rows {
        let mut found = list(setting, filter).await?;
        found.sort();
        let mut expected = expected.to_vec();
        expected.sort();
        ensure!(found == expected, "by {name}: {found:?} instead of {expected:?}");
    }
    Ok(())
}

pub(super) async fn sandbox_name_is_reserved(setting: &Setting<'_>) -> Outcome {
    let (id, pod) = setting.sandbox().await?;
    let again = setting.runtime.run_pod_sandbox(pod.clone(), "").await;
    match &again {
        Err(CriError::AlreadyExists { holder, .. }) => {
            ensure!(holder.as_ref().is_none_or(|holder| *holder == id), "held by {holder:?}, not by {id}");
        }
        other => return Err(Failure::new(format!("the same sandbox again: {other:?}"))),
    }
    setting.runtime.stop_pod_sandbox(&id).await?;
    let next = setting.runtime.run_pod_sandbox(attempt(&pod, 1), "").await?;
    setting.runtime.remove_pod_sandbox(&id).await?;
    let same = setting.runtime.run_pod_sandbox(pod, "").await?;
    ensure!(same != id && same != next, "ids repeat: {id}, {next}, {same}");
    Ok(())
}

pub(super) async fn host_network_sandbox_has_no_address(setting: &Setting<'_>) -> Outcome {
    let mut pod = setting.pod();
    pod.hostname = String::new();
    let options =
        pod.linux.as_mut().and_then(|linux| linux.security_context.as_mut()?.namespace_options.as_mut());
    let Some(options) = options else { return Err(Failure::new("pod() makes namespace options")) };
    options.network = NamespaceMode::Node.into();
    let id = setting.runtime.run_pod_sandbox(pod, "").await?;
    let network = status(setting, &id).await?.network.unwrap_or_default();
    ensure!(network.ip.is_empty(), "address {:?}", network.ip);
    Ok(())
}

/// A caller that goes away may leave nothing, a sandbox that is not ready, or a whole one, and the name taken for a while.
/// Whatever it is, the next attempt works, and everything can be removed.
pub(super) async fn cancelled_run_does_not_block_the_next_attempt(setting: &Setting<'_>) -> Outcome {
    let pod = setting.pod();
    let first = setting.runtime.run_pod_sandbox(pod.clone(), "");
    let cancelled = tokio::time::timeout(Duration::from_millis(10), first).await.is_err();
    let id = setting.runtime.run_pod_sandbox(attempt(&pod, 1), "").await?;
    let by_pod = || PodSandboxFilter { label_selector: pod.labels.clone(), ..PodSandboxFilter::default() };
    let look = async || {
        for other in list(setting, by_pod()).await?.iter().filter(|other| **other != id) {
            setting.runtime.stop_pod_sandbox(other).await?;
            setting.runtime.remove_pod_sandbox(other).await?;
        }
        // The name is free again once nothing is left of the first.
        match setting.runtime.run_pod_sandbox(pod.clone(), "").await {
            Ok(again) => Ok(Some(again)),
            Err(CriError::AlreadyExists { .. }) if cancelled => Ok(None),
            Err(error) => Err(Failure::from(error)),
        }
    };
    setting.until("the name of the cancelled sandbox is free", look).await?;
    Ok(())
}

fn attempt(pod: &PodSandboxConfig, attempt: u32) -> PodSandboxConfig {
    let mut pod = pod.clone();
    if let Some(metadata) = &mut pod.metadata {
        metadata.attempt = attempt;
    }
    pod
}

async fn status(setting: &Setting<'_>, id: &str) -> Result<PodSandboxStatus, Failure> {
    let answer = setting.runtime.pod_sandbox_status(id, false).await?;
    answer.status.ok_or_else(|| Failure::new("a sandbox status without status"))
}

async fn list(setting: &Setting<'_>, filter: PodSandboxFilter) -> Result<Vec<String>, Failure> {
    let found = setting.runtime.list_pod_sandbox(Some(filter)).await?;
    Ok(found.into_iter().map(|sandbox| sandbox.id).collect())
}
