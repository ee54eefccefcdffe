//! Events, where the runtime has them.

use std::time::Duration;

use futures::StreamExt;

use super::{Failure, Outcome, Scenario, Setting, ensure};
use crate::v1::ContainerEventType;
use crate::{CriError, EventStream, probe};

/// How long a subscription takes at most.
const SUBSCRIBING: Duration = Duration::from_millis(500);
/// How long the stream may be silent while something happens.
const SILENCE: Duration = Duration::from_secs(20);

pub(super) async fn events_tell_a_containers_life(setting: &Setting<'_>) -> Outcome {
    let has_events = probe(setting.runtime).await?.has_events;
    let mut events = setting.runtime.get_container_events();
    if !has_events {
        let first = events.next().await;
        ensure!(matches!(&first, Some(Err(CriError::Unimplemented { .. }))), "first item: {first:?}");
        ensure!(events.next().await.is_none(), "something after the error");
        return Ok(());
    }
    // The first poll subscribes. Events of pods that were before may come.
    while let Ok(Some(_)) = tokio::time::timeout(SUBSCRIBING, events.next()).await {}
    let life = async {
        let (sandbox_id, id, _) = setting.started(Scenario::Exits).await?;
        setting.exited(&id).await?;
        setting.runtime.remove_pod_sandbox(&sandbox_id).await?;
        Ok::<_, Failure>((sandbox_id, id))
    };
    let (seen, ids) = collect(&mut events, life).await?;
    let (sandbox_id, id) = ids;
    let of_container: Vec<_> = seen.iter().filter(|(of, _)| *of == id).map(|(_, kind)| *kind).collect();
    let expected = [
        ContainerEventType::ContainerCreatedEvent,
        ContainerEventType::ContainerStartedEvent,
        ContainerEventType::ContainerStoppedEvent,
        ContainerEventType::ContainerDeletedEvent,
    ];
    ensure!(of_container == expected, "events of the container: {of_container:?}");
    let sandbox_stopped = (sandbox_id, ContainerEventType::ContainerStoppedEvent);
    ensure!(seen.contains(&sandbox_stopped), "no event of the sandbox's end: {seen:?}");
    Ok(())
}

type Seen = Vec<(String, ContainerEventType)>;

/// Events that come while `life` goes on, and after it until the sandbox's and container's ends are in.
async fn collect(
    events: &mut EventStream,
    life: impl Future<Output = Result<(String, String), Failure>>,
) -> Result<(Seen, (String, String)), Failure> {
    let mut seen = Vec::new();
    let mut ids = None;
    let mut life = std::pin::pin!(life);
    loop {
        if let Some((sandbox_id, id)) = &ids {
            let ended = |id: &String, kind| seen.contains(&(id.clone(), kind));
            if ended(id, ContainerEventType::ContainerDeletedEvent)
                && ended(sandbox_id, ContainerEventType::ContainerStoppedEvent)
            {
                return Ok((seen, (sandbox_id.clone(), id.clone())));
            }
        }
        tokio::select! {
            biased;
            made = &mut life, if ids.is_none() => ids = Some(made?),
            event = events.next() => match event {
                Some(Ok(event)) => {
                    let kind = event.container_event_type();
                    seen.push((event.container_id, kind));
                }
                other => return Err(Failure::new(format!("the stream ended: {other:?}; seen {seen:?}"))),
            },
            () = tokio::time::sleep(SILENCE) => {
                return Err(Failure::new(format!("no event for {SILENCE:?}; seen {seen:?}")));
            }
        }
    }
}
