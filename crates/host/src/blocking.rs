//! Blocking system calls off the async threads, bounded, so that a hung file system harms only who asks for it.
//!
//! A call that the kernel never answers (a dead NFS server, a cgroup that will not go) holds one thread for ever.
//! Two rules keep that from spreading:
//!
//! - at most [`MAX_THREADS`] calls are under way at once;
//! - calls about the same path run one after the other, and a caller waits at most [`MAX_WAIT`] for its turn. So one
//!   hung path holds one thread, however often its owner tries again.
//!
//! A caller that goes away leaves its call to finish by itself; the path stays taken until then.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{OwnedMutexGuard, Semaphore};

/// Calls that may be under way at once. More than the pods that start at once on any node (about twice the cores),
/// and far below the 512 threads of tokio's pool, which others share.
pub const MAX_THREADS: usize = 64;

/// How long a call waits for an earlier one on the same path, or for a free thread.
pub const MAX_WAIT: Duration = Duration::from_secs(10);

/// The call never started: an earlier one on the same path, or too many in all, have not come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stuck;

/// The paths that calls are about now, each with who may go next.
type Paths = Mutex<BTreeMap<PathBuf, Arc<tokio::sync::Mutex<()>>>>;

/// Runs blocking calls. One for the process; cheap to clone.
#[derive(Debug, Clone)]
pub struct Blocking {
    wait: Duration,
    threads: Arc<Semaphore>,
    paths: Arc<Paths>,
}

impl Default for Blocking {
    fn default() -> Self {
        Self::new(MAX_THREADS, MAX_WAIT)
    }
}

impl Blocking {
    /// A runner with at most `threads` calls under way, and callers that wait at most `wait` for their turn, and as
    /// long for a thread.
    pub fn new(threads: usize, wait: Duration) -> Self {
        Self { wait, threads: Arc::new(Semaphore::new(threads)), paths: Arc::default() }
    }

    /// Runs `call`, which is about `path`, on a thread that may block.
    ///
    /// # Errors
    /// [`Stuck`] if its turn did not come in time; `call` has not run then.
    pub async fn run<T: Send + 'static>(
        &self,
        path: &Path,
        call: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Stuck> {
        let turn = Turn::take(&self.paths, path, self.wait).await?;
        let thread = tokio::time::timeout(self.wait, Arc::clone(&self.threads).acquire_owned())
            .await
            .map_err(|_| Stuck)?
            .expect("the semaphore is never closed");
        let task = tokio::task::spawn_blocking(move || {
            let _held = (turn, thread);
            call()
        });
        match task.await {
            Ok(answer) => Ok(answer),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // Only when the runtime shuts down, and with it the caller.
                Err(_) => Err(Stuck),
            },
        }
    }
}

/// The right to work on one path. Given back, and forgotten if nobody waits, when dropped.
struct Turn {
    paths: Arc<Paths>,
    path: PathBuf,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Turn {
    async fn take(paths: &Arc<Paths>, path: &Path, wait: Duration) -> Result<Self, Stuck> {
        let lock = {
            let mut paths = paths.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(paths.entry(path.to_owned()).or_default())
        };
        // Made before the wait, so that a caller who gives up waiting cleans up too.
        let mut turn = Self { paths: Arc::clone(paths), path: path.to_owned(), guard: None };
        let guard = tokio::time::timeout(wait, lock.lock_owned()).await;
        turn.guard = Some(guard.map_err(|_| Stuck)?);
        Ok(turn)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        self.guard = None;
        // Held by the map alone: nobody has it and nobody waits for it.
        if paths.get(&self.path).is_some_and(|lock| Arc::strong_count(lock) == 1) {
            paths.remove(&self.path);
        }
    }
}

#[cfg(test)]
mod tests;
