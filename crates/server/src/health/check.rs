//! One named question about the kubelet's health.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A check that takes longer has failed: the caller must learn that the kubelet hangs, not hang with it.
const CHECK_TIMEOUT: Duration = Duration::from_secs(5);

type Answer = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// A named question about the kubelet's health. The error is for the log; callers of the endpoint see only the name.
#[derive(Clone)]
pub struct Check {
    name: &'static str,
    ask: Arc<dyn Fn() -> Answer + Send + Sync>,
}

impl Check {
    /// The check that succeeds whenever it is asked: the server's tasks run.
    pub fn ping() -> Self {
        Self::new("ping", || Ok(()))
    }

    /// A check answered at once.
    pub fn new(name: &'static str, ask: impl Fn() -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self::new_async(name, move || std::future::ready(ask()))
    }

    /// A check that must wait for its answer; it has 5 s.
    pub fn new_async<F>(name: &'static str, ask: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self { name, ask: Arc::new(move || Box::pin(ask())) }
    }

    /// The name in paths and in the verbose answer.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Asks.
    ///
    /// # Errors
    /// What is wrong, in words for the log.
    pub async fn run(&self) -> Result<(), String> {
        match tokio::time::timeout(CHECK_TIMEOUT, (self.ask)()).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("no answer within {} s", CHECK_TIMEOUT.as_secs())),
        }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Check").field(&self.name).finish()
    }
}
