//! By when what was told to end is killed. Grace only shrinks: whatever asks for a stop once more, or in other words, finds the
//! time that has passed since it was first asked for already spent.
//!
//! Source: `pod_workers.go` `calculateEffectiveGracePeriod`, `kuberuntime_container.go` `killContainer` of 1.37. Upstream gives the
//! whole grace again when a stop is retried; here a stop has one beginning (`docs/differences.md`).

use crate::observe::SeenPod;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;
use translate::MINIMUM_GRACE_PERIOD_SECONDS;
use types::{ContainerId, WantedPod};

/// What a pod as a whole gets at least.
const MINIMUM_POD_GRACE_SECONDS: i64 = 1;

/// One pod's deadlines.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Grace {
    /// By container, from the first stop that this process asked for.
    containers: BTreeMap<ContainerId, Stop>,
    /// For all of them, from the moment the pod as a whole began to end.
    pod: Option<PodEnd>,
}

/// A container was told to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stop {
    began: Instant,
    deadline: Instant,
}

/// The pod as a whole ends.
#[derive(Clone, Copy, Debug, PartialEq)]
struct PodEnd {
    since: Instant,
    grace: Duration,
}

impl PodEnd {
    /// By when a container has to be gone whose stop began then: waiting for its turn costs it nothing.
    fn deadline(self, began: Instant) -> Instant {
        self.since.max(began) + self.grace
    }
}

impl Grace {
    /// The pod as a whole ends within this many seconds from now, if nothing earlier was said; whether something became earlier.
    pub(super) fn end_pod(&mut self, grace_seconds: i64, now: Instant) -> bool {
        let end = PodEnd { since: now, grace: seconds(grace_seconds) };
        let is_earlier = self.pod.is_none_or(|known| end.deadline(now) < known.deadline(known.since));
        if is_earlier {
            self.pod = Some(end);
        }
        is_earlier
    }

    /// A container is told to stop within this many seconds from now, if nothing earlier was said.
    pub(super) fn stop_container(&mut self, id: &ContainerId, grace_seconds: i64, now: Instant) {
        let deadline = now + seconds(grace_seconds);
        let known = self.containers.entry(id.clone()).or_insert(Stop { began: now, deadline });
        known.deadline = deadline.min(known.deadline);
    }

    /// By when a container that was told to stop is killed.
    pub(super) fn deadline(&self, id: &ContainerId) -> Option<Instant> {
        let own = self.containers.get(id)?;
        Some(self.pod.map_or(own.deadline, |pod| pod.deadline(own.began).min(own.deadline)))
    }

    /// Forgets containers that are not there any more.
    pub(super) fn keep_only(&mut self, seen: &SeenPod) {
        self.containers.retain(|id, _| seen.containers.iter().any(|container| container.id == *id));
    }
}

fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

/// What `StopContainer` is told: whole seconds, and always a moment to end in.
pub(super) fn seconds_left(deadline: Instant, now: Instant) -> i64 {
    let left = deadline.saturating_duration_since(now);
    let whole = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    i64::try_from(whole).unwrap_or(i64::MAX).max(MINIMUM_GRACE_PERIOD_SECONDS)
}

/// How long a pod that ends may take: what the API server says of its deletion, else what the pod itself says.
pub(super) fn of_pod(wanted: &WantedPod) -> i64 {
    let of_deletion = wanted.pod.metadata.deletion_grace_period_seconds;
    let own = || types::pod::termination_grace_period_seconds(wanted.spec());
    of_deletion.unwrap_or_else(own).max(MINIMUM_POD_GRACE_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One step: what happens at a second, and what a stop would be told of the container then.
    struct Row {
        at: u64,
        what: What,
        told: i64,
    }

    enum What {
        /// The container is told to stop with this grace.
        Container(i64),
        /// The pod ends with this grace.
        Pod(i64),
    }

    fn check(rows: &[Row]) {
        check_rows(Grace::default(), Instant::now(), rows);
    }

    /// The pod began to end, with thirty seconds, that long before its first container was told.
    fn check_from(seconds: u64, rows: &[Row]) {
        let (began, mut grace) = (Instant::now(), Grace::default());
        assert!(rows.iter().all(|row| row.at >= seconds));
        grace.end_pod(30, began);
        check_rows(grace, began, rows);
    }

    fn check_rows(mut grace: Grace, began: Instant, rows: &[Row]) {
        let id = ContainerId::from("c");
        for row in rows {
            let now = began + Duration::from_secs(row.at);
            match row.what {
                What::Container(seconds) => grace.stop_container(&id, seconds, now),
                What::Pod(seconds) => {
                    grace.end_pod(seconds, now);
                }
            }
            let deadline = grace.deadline(&id).expect("it was told to stop");
            assert_eq!(seconds_left(deadline, now), row.told, "at {} s", row.at);
        }
    }

    #[test]
    fn grace_only_shrinks() {
        // A removal while a changed definition's stop is under way.
        check(&[
            Row { at: 0, what: What::Container(30), told: 30 },
            Row { at: 10, what: What::Pod(30), told: 20 },
            Row { at: 10, what: What::Container(30), told: 20 },
        ]);
        // kubectl delete --grace-period=1 after a slow one, and a longer one again.
        check(&[
            Row { at: 0, what: What::Container(30), told: 30 },
            Row { at: 5, what: What::Pod(1), told: 2 },
            Row { at: 6, what: What::Pod(60), told: 2 },
        ]);
        // Ten seconds more are ten seconds from when they are said.
        check(&[
            Row { at: 0, what: What::Container(60), told: 60 },
            Row { at: 30, what: What::Pod(10), told: 10 },
            Row { at: 34, what: What::Container(60), told: 6 },
        ]);
        // It waited three seconds for its turn.
        check_from(3, &[Row { at: 3, what: What::Container(30), told: 30 }]);
        // No grace at all is still a moment.
        check(&[Row { at: 0, what: What::Container(0), told: 2 }]);
    }
}
