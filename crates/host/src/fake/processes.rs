//! [`Processes`] in memory.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use tokio::sync::watch;

use super::{FakeHost, Operation};
use crate::processes::{Expect, Process, ProcessError, Processes, Signal};

#[derive(Debug, Default)]
pub(super) struct FakeProcesses {
    running: BTreeMap<u32, Running>,
    /// The latest start time, so that each start has its own.
    ticks: u64,
}

#[derive(Debug)]
struct Running {
    start_time_ticks: u64,
    cgroup: String,
    life: Arc<watch::Sender<Life>>,
}

/// What becomes of a process started with [`FakeHost::start_process`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Life {
    /// Whether it has ended.
    pub ended: bool,
    /// What it was sent.
    pub signals: Vec<Signal>,
}

impl FakeProcesses {
    /// The process of a control group that was started first: that of its namespace.
    pub(super) fn first_of_group(&self, cgroup: &str) -> Option<Box<dyn Process>> {
        let inside = self.running.iter().filter(|(_, running)| running.cgroup == cgroup);
        let (pid, first) = inside.min_by_key(|(_, running)| running.start_time_ticks)?;
        Some(Box::new(FakeProcess { pid: *pid, life: Arc::clone(&first.life) }))
    }
}

impl FakeHost {
    /// Starts a process in a control group, replacing any of the same id. The receiver shows what becomes of it.
    pub fn start_process(&self, pid: u32, cgroup: &str) -> watch::Receiver<Life> {
        self.end_process(pid);
        let mut state = self.state();
        state.processes.ticks += 1;
        let (life, life_rx) = watch::channel(Life::default());
        let running = Running {
            start_time_ticks: state.processes.ticks,
            cgroup: cgroup.to_owned(),
            life: Arc::new(life),
        };
        state.processes.running.insert(pid, running);
        life_rx
    }

    /// Ends a process; whoever watches it is told.
    pub fn end_process(&self, pid: u32) {
        if let Some(running) = self.state().processes.running.remove(&pid) {
            running.life.send_modify(|life| life.ended = true);
        }
    }

    async fn process(
        &self,
        operation: Operation,
        action: &'static str,
        pid: u32,
    ) -> Result<(), ProcessError> {
        let entered = self.enter(operation, &pid.to_string()).await;
        entered.map_err(|source| ProcessError::Io { action, pid, source })
    }
}

#[derive(Debug)]
struct FakeProcess {
    pid: u32,
    life: Arc<watch::Sender<Life>>,
}

#[async_trait]
impl Processes for FakeHost {
    async fn open(&self, pid: u32, expect: &Expect) -> Result<Box<dyn Process>, ProcessError> {
        if pid == 0 || i32::try_from(pid).is_err() {
            return Err(ProcessError::InvalidId { pid });
        }
        self.process(Operation::ProcessesOpen, "open", pid).await?;
        let state = self.state();
        let running = state.processes.running.get(&pid).ok_or(ProcessError::Ended { pid })?;
        let other_start = expect.start_time_ticks.is_some_and(|start| start != running.start_time_ticks);
        let other_cgroup =
            expect.cgroup_contains.as_ref().is_some_and(|text| !running.cgroup.contains(text.as_str()));
        if other_start || other_cgroup {
            return Err(ProcessError::AnotherProcess { pid });
        }
        Ok(Box::new(FakeProcess { pid, life: Arc::clone(&running.life) }))
    }

    async fn start_time_ticks(&self, pid: u32) -> Result<u64, ProcessError> {
        self.process(Operation::ProcessesStartTime, "read the start time of", pid).await?;
        let state = self.state();
        let running = state.processes.running.get(&pid);
        running.map(|running| running.start_time_ticks).ok_or(ProcessError::Ended { pid })
    }
}

#[async_trait]
impl Process for FakeProcess {
    fn pid(&self) -> u32 {
        self.pid
    }

    async fn ended(&self) -> Result<(), ProcessError> {
        let mut life = self.life.subscribe();
        // The sender lives as long as `self`, so this ends only because the process did.
        let _ended = life.wait_for(|life| life.ended).await;
        Ok(())
    }

    fn signal(&self, signal: Signal) -> Result<(), ProcessError> {
        let sent = self.life.send_if_modified(|life| {
            if !life.ended {
                life.signals.push(signal);
            }
            !life.ended
        });
        if sent { Ok(()) } else { Err(ProcessError::Ended { pid: self.pid }) }
    }
}
