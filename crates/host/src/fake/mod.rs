//! A machine in memory: files, mounts, control groups and processes that belong together.
//!
//! It blocks no thread, iterates in order only, and takes time solely when told to (on tokio's clock, which a test can
//! pause), so that a simulation repeats exactly. It outlives the kubelet that uses it: a new kubelet finds what the old
//! one left. [`FakeHost`] implements every trait of this crate; hand out clones of one `Arc`.

mod beneath;
mod cgroups;
mod faults;
mod files;
mod mounts;
mod processes;
mod tree;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

pub use cgroups::FakeCgroups;
use faults::Faults;
pub use faults::{Fault, Operation, Rule};
use processes::FakeProcesses;
pub use processes::Life;
use tree::Tree;

/// The machine. See the module.
#[derive(Debug, Default)]
pub struct FakeHost {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    tree: Tree,
    cgroups: FakeCgroups,
    processes: FakeProcesses,
    faults: Faults,
}

impl FakeHost {
    /// An empty machine: `/` and nothing else.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Makes matching calls from now on fail, hang or take time. Rules are tried in the order given; the first that
    /// matches is used.
    pub fn inject(&self, rule: Rule) {
        self.state().faults.inject(rule);
    }

    /// Forgets all rules. Calls that hang now go on hanging until their caller drops them.
    pub fn heal(&self) {
        self.state().faults.heal();
    }

    /// How often each operation was called.
    pub fn calls(&self) -> BTreeMap<Operation, u64> {
        self.state().faults.calls()
    }

    /// The control groups as they are.
    pub fn cgroups(&self) -> FakeCgroups {
        self.state().cgroups.clone()
    }

    /// Every path below `directory` that exists, mounted content included, in order, without `directory`.
    pub fn paths_below(&self, directory: &std::path::Path) -> Vec<std::path::PathBuf> {
        self.state().tree.paths_below(directory)
    }

    /// Everything mounted, in order of mounting.
    pub fn mounts(&self) -> Vec<crate::mounts::Mount> {
        self.state().tree.mounts()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts the call and lets the rules have their way with it. `Err` is the errno to fail with.
    async fn enter(&self, operation: Operation, subject: &str) -> Result<(), std::io::Error> {
        let fault = self.state().faults.enter(operation, subject);
        match fault {
            None => Ok(()),
            Some(Fault::Delay(time)) => {
                tokio::time::sleep(time).await;
                Ok(())
            }
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::Fail(errno)) => Err(std::io::Error::from_raw_os_error(errno)),
        }
    }
}
