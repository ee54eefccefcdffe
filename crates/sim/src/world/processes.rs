//! The door to processes: those of the fake runtime.

use super::{Life, World};
use async_trait::async_trait;
use cri::fake::ProcessExit;
use futures::FutureExt;
use futures::future::Shared;
use host::processes::{Expect, Process, ProcessError, Processes, Signal};
use std::sync::Arc;

/// Processes as one life of the kubelet sees them.
pub struct ProcessDoor {
    world: Arc<World>,
    life: Arc<Life>,
}

impl ProcessDoor {
    /// For one life.
    pub fn new(world: Arc<World>, life: Arc<Life>) -> Self {
        Self { world, life }
    }
}

#[derive(Debug)]
struct Watched {
    pid: u32,
    end: Shared<ProcessExit>,
}

/// The first process of a container of the fake runtime.
pub(super) fn of_container(world: &World, container_id: &str) -> Option<Box<dyn Process>> {
    let pid = world.runtime.container_pid(container_id)?;
    let end = world.runtime.watch_pid(pid)?.shared();
    Some(Box::new(Watched { pid, end }))
}

#[async_trait]
impl Processes for ProcessDoor {
    async fn open(&self, pid: u32, _expect: &Expect) -> Result<Box<dyn Process>, ProcessError> {
        self.world.enter(&self.life, format_args!("open process {pid}"));
        self.world.survive(&self.life).await;
        if let Some(host::fake::Fault::Fail(errno)) =
            self.world.dice.host(host::fake::Operation::ProcessesOpen)
        {
            let source = std::io::Error::from_raw_os_error(errno);
            return Err(ProcessError::Io { action: "open", pid, source });
        }
        let end = self.world.runtime.watch_pid(pid).ok_or(ProcessError::Ended { pid })?;
        Ok(Box::new(Watched { pid, end: end.shared() }))
    }

    async fn start_time_ticks(&self, pid: u32) -> Result<u64, ProcessError> {
        Ok(u64::from(pid))
    }
}

#[async_trait]
impl Process for Watched {
    fn pid(&self) -> u32 {
        self.pid
    }

    async fn ended(&self) -> Result<(), ProcessError> {
        self.end.clone().await;
        Ok(())
    }

    fn signal(&self, _signal: Signal) -> Result<(), ProcessError> {
        Ok(())
    }
}
