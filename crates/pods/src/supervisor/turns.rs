//! Whose turn it is among pods of one name. No I/O.
//!
//! Pods of one name follow each other, but those of files and URLs do not wait for those of the API server, nor the other way
//! round: upstream runs both (`pod_workers.go` `allowPodStart`), and nobody who may make pods can keep a node's own pods from
//! starting by taking their name. What is left of a pod whose source nobody remembers is waited for by both.

use std::collections::{BTreeMap, VecDeque};
use types::{PodName, PodSource, PodUid};

/// Who waits for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Queue {
    /// Pods of files and URLs.
    Static,
    /// Pods of the API server.
    Server,
}

const QUEUES: [Queue; 2] = [Queue::Static, Queue::Server];

/// The queues of all names.
#[derive(Debug, Default)]
pub(super) struct Turns {
    queues: BTreeMap<(PodName, Queue), VecDeque<PodUid>>,
}

/// Where a pod stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Nobody is before it.
    First(PodUid),
    /// Others are.
    Later(PodUid),
}

impl Turns {
    /// Puts a pod at the end of its queue; of both when its source is not known.
    pub(super) fn join(&mut self, name: &PodName, uid: &PodUid, source: Option<PodSource>) {
        let queues: &[Queue] = match source {
            Some(PodSource::File | PodSource::Http) => &[Queue::Static],
            Some(PodSource::Api) => &[Queue::Server],
            None => &QUEUES,
        };
        for queue in queues {
            self.queues.entry((name.clone(), *queue)).or_default().push_back(uid.clone());
        }
    }

    /// Takes a pod that is gone out.
    pub(super) fn leave(&mut self, name: &PodName, uid: &PodUid) {
        for queue in QUEUES {
            let key = (name.clone(), queue);
            if let Some(waiting) = self.queues.get_mut(&key) {
                waiting.retain(|other| other != uid);
                if waiting.is_empty() {
                    self.queues.remove(&key);
                }
            }
        }
    }

    /// The pods of a name, in order.
    pub(super) fn of(&self, name: &PodName) -> Vec<Place> {
        let queues = QUEUES.into_iter().filter_map(|queue| self.queues.get(&(name.clone(), queue)));
        let places = queues.flat_map(|queue| queue.iter().enumerate());
        places
            .map(|(place, uid)| match place {
                0 => Place::First(uid.clone()),
                _ => Place::Later(uid.clone()),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn static_pods_and_those_of_the_server_do_not_wait_for_each_other() {
        let name = PodName::new("kube-system", "proxy");
        let uid = PodUid::from;
        let mut turns = Turns::default();
        turns.join(&name, &uid("server"), Some(PodSource::Api));
        turns.join(&name, &uid("file"), Some(PodSource::File));
        turns.join(&name, &uid("url"), Some(PodSource::Http));
        let expected = [Place::First(uid("file")), Place::Later(uid("url")), Place::First(uid("server"))];
        assert_eq!(turns.of(&name), expected);
        turns.leave(&name, &uid("file"));
        assert_eq!(turns.of(&name), [Place::First(uid("url")), Place::First(uid("server"))]);
        assert!(turns.of(&PodName::new("default", "proxy")).is_empty());
    }

    #[test]
    fn all_wait_for_what_nobody_remembers() {
        let name = PodName::new("kube-system", "proxy");
        let uid = PodUid::from;
        let mut turns = Turns::default();
        turns.join(&name, &uid("orphan"), None);
        turns.join(&name, &uid("server"), Some(PodSource::Api));
        turns.join(&name, &uid("file"), Some(PodSource::File));
        let later = turns.of(&name).into_iter().filter(|place| matches!(place, Place::Later(_)));
        assert_eq!(later.count(), 2);
        turns.leave(&name, &uid("orphan"));
        assert!(turns.of(&name).iter().all(|place| matches!(place, Place::First(_))));
    }
}
