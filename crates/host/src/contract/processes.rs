//! [`crate::processes`].

use std::{
    process::{Child, Command},
    sync::Mutex,
    time::Duration,
};

use crate::{
    fake::FakeHost,
    processes::{Expect, ProcessError, Processes, RealProcesses, Signal},
};

/// Starts and ends processes on either machine.
struct World {
    processes: Box<dyn Processes>,
    machine: Machine,
}

enum Machine {
    Fake(std::sync::Arc<FakeHost>, Mutex<u32>),
    Real(Mutex<Vec<Child>>),
}

impl World {
    fn fake() -> Self {
        let host = FakeHost::new();
        Self { processes: Box::new(Shared(host.clone())), machine: Machine::Fake(host, Mutex::new(100)) }
    }

    fn real() -> Self {
        Self { processes: Box::new(RealProcesses), machine: Machine::Real(Mutex::default()) }
    }

    /// A process that ends only when told to.
    fn start(&self) -> u32 {
        match &self.machine {
            Machine::Fake(host, next) => {
                let mut next = next.lock().unwrap();
                *next += 1;
                let _life = host.start_process(*next, "/kubepods/pod1/container1");
                *next
            }
            Machine::Real(children) => {
                let child = Command::new("sleep").arg("600").spawn().unwrap();
                let pid = child.id();
                children.lock().unwrap().push(child);
                pid
            }
        }
    }

    /// Ends it, and waits until its id is free.
    fn end(&self, pid: u32) {
        match &self.machine {
            Machine::Fake(host, _) => host.end_process(pid),
            Machine::Real(children) => {
                let mut children = children.lock().unwrap();
                let index = children.iter().position(|child| child.id() == pid).unwrap();
                let mut child = children.remove(index);
                // It may have ended already.
                let _killed = child.kill();
                child.wait().unwrap();
            }
        }
    }

    /// A text in the control group's path of every process that this starts.
    fn cgroup_text(&self) -> &'static str {
        match &self.machine {
            Machine::Fake(..) => "container1",
            Machine::Real(_) => "/",
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Machine::Real(children) = &self.machine {
            for child in children.lock().unwrap().iter_mut() {
                let _killed = child.kill();
                let _waited = child.wait();
            }
        }
    }
}

/// An `Arc<FakeHost>` as a boxed trait object.
struct Shared(std::sync::Arc<FakeHost>);

#[async_trait::async_trait]
impl Processes for Shared {
    async fn open(
        &self,
        pid: u32,
        expect: &Expect,
    ) -> Result<Box<dyn crate::processes::Process>, ProcessError> {
        self.0.open(pid, expect).await
    }

    async fn start_time_ticks(&self, pid: u32) -> Result<u64, ProcessError> {
        self.0.start_time_ticks(pid).await
    }
}

macro_rules! cases {
    ($($case:ident)*) => {
        mod fake {
            $(#[test] fn $case() { super::run(super::$case, super::World::fake); })*
        }
        mod real {
            $(#[test] fn $case() { super::run(super::$case, super::World::real); })*
        }
    };
}

cases! { tells_the_end ended_before_opening another_process signals bad_ids }

fn run<F: Future<Output = ()>>(case: impl FnOnce(World) -> F, world: impl FnOnce() -> World) {
    let limit = Duration::from_secs(20);
    super::runtime().block_on(async { tokio::time::timeout(limit, case(world())).await }).unwrap();
}

async fn tells_the_end(world: World) {
    let pid = world.start();
    let process = world.processes.open(pid, &Expect::default()).await.unwrap();
    assert_eq!(process.pid(), pid);
    let early = tokio::time::timeout(Duration::from_millis(50), process.ended()).await;
    assert!(early.is_err(), "still running");
    world.end(pid);
    process.ended().await.unwrap();
    process.ended().await.unwrap();
}

async fn ended_before_opening(world: World) {
    let pid = world.start();
    world.end(pid);
    let opened = world.processes.open(pid, &Expect::default()).await;
    assert!(matches!(opened, Err(ProcessError::Ended { .. })), "{opened:?}");
    let start = world.processes.start_time_ticks(pid).await;
    assert!(matches!(start, Err(ProcessError::Ended { .. })), "{start:?}");
}

async fn another_process(world: World) {
    let pid = world.start();
    let ticks = world.processes.start_time_ticks(pid).await.unwrap();
    let right =
        Expect { start_time_ticks: Some(ticks), cgroup_contains: Some(world.cgroup_text().to_owned()) };
    world.processes.open(pid, &right).await.unwrap();
    for wrong in [
        Expect { start_time_ticks: Some(ticks + 1), ..right.clone() },
        Expect { cgroup_contains: Some("another-container".to_owned()), ..right },
    ] {
        let opened = world.processes.open(pid, &wrong).await;
        assert!(matches!(opened, Err(ProcessError::AnotherProcess { .. })), "{opened:?}");
    }
}

async fn signals(world: World) {
    let pid = world.start();
    let process = world.processes.open(pid, &Expect::default()).await.unwrap();
    process.signal(Signal::Terminate).unwrap();
    process.signal(Signal::Kill).unwrap();
    world.end(pid);
    let late = process.signal(Signal::Kill);
    assert!(matches!(late, Err(ProcessError::Ended { .. })), "{late:?}");
}

async fn bad_ids(world: World) {
    for pid in [0, u32::MAX] {
        let opened = world.processes.open(pid, &Expect::default()).await;
        assert!(matches!(opened, Err(ProcessError::InvalidId { .. })), "{opened:?}");
    }
}
