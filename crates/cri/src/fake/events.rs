//! Who is told what happened.

use futures::{StreamExt, stream};

use tokio::time::Instant;

use super::call::{Call, unavailable};
use super::faults::{EventFault, Fault, Then};
use super::world::World;
use super::{EventSupport, FakeRuntime, Stage};
use crate::service::{Answer, EventStream};
use crate::v1::ContainerEventResponse;
use crate::{CriError, Operation};

/// Events that one subscriber may leave unread before the oldest are lost. (containerd would wait for it instead.)
const MAX_UNREAD: usize = 4096;

impl FakeRuntime {
    /// Hands what happened to all subscribers, through the faults.
    pub(super) fn send_events(&self, world: &mut World) {
        if world.happened.is_empty() {
            return;
        }
        if self.shared.options.events == EventSupport::Unimplemented {
            world.happened.clear();
            return;
        }
        let faults = self.faults();
        let World { happened, subscribers, unheard, .. } = world;
        for event in happened.drain(..) {
            if subscribers.is_empty() {
                unheard.push_back((Instant::now(), event));
                if unheard.len() > MAX_UNREAD {
                    unheard.pop_front();
                }
                continue;
            }
            for queue in subscribers.values_mut() {
                match faults.event(&event) {
                    EventFault::Deliver => queue.push_back(Ok(event.clone())),
                    EventFault::Lose => {}
                    EventFault::Repeat => queue.extend([Ok(event.clone()), Ok(event.clone())]),
                    EventFault::Break => queue.push_back(Err(unavailable(Operation::GetContainerEvents))),
                }
                while queue.len() > MAX_UNREAD {
                    queue.pop_front();
                }
            }
        }
        self.shared.events_changed.notify_waiters();
    }

    /// A stream of its own queue.
    pub(super) fn event_stream(&self) -> EventStream {
        let runtime = self.clone();
        Box::pin(stream::unfold(Subscription::New(runtime), Subscription::next).fuse())
    }
}

/// A subscription, which begins at the first poll.
enum Subscription {
    New(FakeRuntime),
    Open(Queue),
    Over,
}

/// The queue of one subscriber; gone when dropped.
struct Queue {
    runtime: FakeRuntime,
    number: u64,
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.runtime.world().subscribers.remove(&self.number);
    }
}

impl Subscription {
    async fn next(self) -> Option<(Answer<ContainerEventResponse>, Subscription)> {
        let queue = match self {
            Subscription::New(runtime) => match open(runtime).await {
                Ok(queue) => queue,
                Err(error) => return Some((Err(error), Subscription::Over)),
            },
            Subscription::Open(queue) => queue,
            Subscription::Over => return None,
        };
        match queue.pop().await {
            Ok(event) => Some((Ok(event), Subscription::Open(queue))),
            Err(error) => Some((Err(error), Subscription::Over)),
        }
    }
}

async fn open(runtime: FakeRuntime) -> Result<Queue, CriError> {
    let operation = Operation::GetContainerEvents;
    let call = Call::new(operation, "");
    {
        let mut world = runtime.world();
        *world.calls.entry(operation).or_default() += 1;
        if world.is_down {
            return Err(unavailable(operation));
        }
    }
    let Fault { delay, then } = runtime.faults().at(Stage::Before, &call);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    match then {
        Then::Proceed => {}
        Then::Fail(error) => return Err(error),
        Then::Hang => std::future::pending().await,
    }
    match runtime.shared.options.events {
        EventSupport::Implemented => {
            let number = runtime.world().new_subscriber();
            Ok(Queue { runtime, number })
        }
        EventSupport::Unimplemented => Err(CriError::Unimplemented {
            operation,
            message: "unknown method GetContainerEvents for service runtime.v1.RuntimeService".to_owned(),
        }),
    }
}

impl Queue {
    /// The next event: waits until one is queued, and wakes for what is due, because nobody else may.
    async fn pop(&self) -> Answer<ContainerEventResponse> {
        loop {
            let changed = self.runtime.shared.events_changed.notified();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            let due = {
                let mut world = self.runtime.world();
                let due = world.next_due();
                match world.subscribers.get_mut(&self.number).map(|queue| queue.pop_front()) {
                    Some(Some(event)) => return event,
                    Some(None) => due,
                    // Removed when the runtime went down.
                    None => return Err(unavailable(Operation::GetContainerEvents)),
                }
            };
            wait(changed, due).await;
        }
    }
}

/// Until `changed`, or until `due`.
pub(super) async fn wait(changed: impl Future<Output = ()>, due: Option<Instant>) {
    let due = async {
        match due {
            Some(due) => tokio::time::sleep_until(due).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = changed => {}
        () = due => {}
    }
}
