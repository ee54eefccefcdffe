//! The state of the fake world and its transitions. No waiting here: whoever looks calls [`World::settle`] first.

mod names;
mod pods;
mod processes;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tokio::time::{Duration, Instant};

use super::journal::Journal;
use super::objects::{Container, Image, Process, Sandbox};
use super::options::WallClock;
use crate::Operation;
use crate::v1::ContainerEventResponse;

/// All that exists.
pub(super) struct World {
    clock: WallClock,
    /// How long after the end of a container's process the runtime tells of it.
    tells_ends_after: Duration,
    pub(super) sandboxes: BTreeMap<String, Sandbox>,
    pub(super) containers: BTreeMap<String, Container>,
    pub(super) images: BTreeMap<String, Image>,
    pub(super) names: BTreeMap<String, Reservation>,
    pub(super) journal: Journal,
    pub(super) calls: BTreeMap<Operation, u64>,
    pub(super) subscribers: BTreeMap<u64, VecDeque<crate::service::Answer<ContainerEventResponse>>>,
    /// Events that subscribers have not been given yet.
    pub(super) happened: VecDeque<ContainerEventResponse>,
    /// Events that nobody was there to be given: the next subscriber gets them, if it comes in time.
    pub(super) unheard: VecDeque<(Instant, ContainerEventResponse)>,
    pub(super) is_down: bool,
    /// Ends of processes, by time.
    due: BTreeSet<(Instant, String)>,
    next_number: u64,
    next_pid: u32,
    next_address: u32,
}

/// A name that is taken.
#[derive(Debug, Clone)]
pub(super) struct Reservation {
    pub(super) holder: String,
    /// Freed by itself then: a clean-up is under way.
    pub(super) until: Option<Instant>,
}

/// The first pods' network, 10.88.0.0/16.
const FIRST_ADDRESS: u32 = 2;
const ADDRESSES: u32 = 1 << 16;
const FIRST_PID: u32 = 1000;
/// As in containerd (`internal/cri/server/service.go`).
const UNHEARD_KEPT_FOR: Duration = Duration::from_secs(300);

impl World {
    pub(super) fn new(clock: WallClock, tells_ends_after: Duration) -> Self {
        World {
            clock,
            tells_ends_after,
            sandboxes: BTreeMap::new(),
            containers: BTreeMap::new(),
            images: BTreeMap::new(),
            names: BTreeMap::new(),
            journal: Journal::new(),
            calls: BTreeMap::new(),
            subscribers: BTreeMap::new(),
            happened: VecDeque::new(),
            unheard: VecDeque::new(),
            is_down: false,
            due: BTreeSet::new(),
            next_number: 0,
            next_pid: FIRST_PID,
            next_address: FIRST_ADDRESS,
        }
    }

    /// Wall time.
    pub(super) fn now_nanos(&self) -> i64 {
        (self.clock)()
    }

    /// Lets everything happen that is due, in order.
    pub(super) fn settle(&mut self) {
        let now = Instant::now();
        while let Some((at, id)) = self.due.first().cloned() {
            if at > now {
                break;
            }
            self.due.pop_first();
            match self.containers.get(&id).map(|container| container.process.clone()) {
                Some(Process::Running { end: Some(end), .. }) => self.exit(&id, end.at, end.exit),
                Some(Process::Starting(Some(end))) => self.fail_start(&id, &end.exit.message),
                Some(Process::Ended(_)) => self.tell_end(&id),
                Some(_) | None => {}
            }
        }
    }

    /// When something is due next.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// A new id: 64 hexadecimal digits, the same in every run.
    pub(super) fn new_id(&mut self) -> String {
        self.next_number += 1;
        let mut id = String::with_capacity(64);
        for part in 0..4 {
            id.push_str(&format!("{:016x}", mix(self.next_number.wrapping_mul(4).wrapping_add(part))));
        }
        id
    }

    /// A new subscriber, by its number. It is given what nobody heard, as containerd's `eventq` does.
    pub(super) fn new_subscriber(&mut self) -> u64 {
        self.next_number += 1;
        let now = Instant::now();
        let heard_late = self.unheard.drain(..).filter(|(at, _)| now.duration_since(*at) < UNHEARD_KEPT_FOR);
        let queue = heard_late.map(|(_, event)| Ok(event)).collect();
        self.subscribers.insert(self.next_number, queue);
        self.next_number
    }

    pub(super) fn new_pid(&mut self) -> u32 {
        self.next_pid += 1;
        self.next_pid
    }

    fn new_address(&mut self) -> String {
        let address = self.next_address % ADDRESSES;
        self.next_address += 1;
        format!("10.88.{}.{}", address >> 8, address & 0xff)
    }
}

/// splitmix64, to make numbers look like ids.
pub(super) fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
