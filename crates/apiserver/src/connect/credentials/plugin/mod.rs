//! A credential plugin: a program that says what to authenticate with, a token, a certificate with its key, or both.
//!
//! Owns what it said last. Inputs: requests that need credentials, and such as were refused (401). Outputs: a header for each
//! request; a certificate goes to the [`Connections`], which are made anew when it changes. One task, so that one program runs
//! at a time however many requests wait, and one that is given up does not take the program with it; it ends with the last
//! handle.
//!
//! Source: `client-go/plugin/pkg/client/auth/exec/exec.go`, release 1.37.

mod error;
mod exchange;
mod run;
#[cfg(test)]
mod tests;

use super::{Given, bearer};
use crate::connect::connections::Connections;
pub(in crate::connect) use error::PluginError;
use exchange::Answer;
pub(in crate::connect) use exchange::PluginIdentity;
pub(super) use exchange::PluginSettings;
use http::HeaderValue;
use jiff::Timestamp;
use run::run;
use std::sync::Arc;
use std::time::Duration;
use tasks::Clock;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// Requests that wait for the task; more wait for room.
const QUEUE: usize = 64;

/// A program that failed is not run again for so long, and neither is one whose credentials were refused: clients try again
/// all at once.
const PAUSE: Duration = Duration::from_secs(1);

/// How often an hour the advice on installing the program is given (`sometimes` in `exec.go`).
const HINTS: u32 = 10;
const HINTS_WITHIN: Duration = Duration::from_secs(3600);

/// A handle to the task. Cheap to clone.
#[derive(Clone)]
pub(in crate::connect) struct Plugin {
    questions: mpsc::Sender<Question>,
}

struct Question {
    /// The answer that the server did not take.
    refused: Option<u64>,
    answer: oneshot::Sender<Result<Given, Arc<PluginError>>>,
}

impl Plugin {
    /// Starts the task. The program runs when the first request needs it.
    pub(super) fn start(settings: PluginSettings, connections: Arc<Connections>, clock: Clock) -> Self {
        let (questions, queue) = mpsc::channel(QUEUE);
        let keeper = Keeper { settings, connections, clock, held: None, ran: None, hints: Hints::default() };
        tokio::spawn(keeper.run(queue));
        Self { questions }
    }

    /// What a request goes with.
    pub(super) async fn current(&self) -> Result<Given, Arc<PluginError>> {
        self.ask(None).await
    }

    /// The server did not take the answer of this `generation`.
    pub(super) async fn refused(&self, generation: u64) {
        if let Err(error) = self.ask(Some(generation)).await {
            tracing::error!(err = %types::error::chain(&error), "refreshing credentials");
        }
    }

    async fn ask(&self, refused: Option<u64>) -> Result<Given, Arc<PluginError>> {
        let (answer, answered) = oneshot::channel();
        // Neither fails while the runtime lives.
        if self.questions.send(Question { refused, answer }).await.is_err() {
            return Err(Arc::new(PluginError::Gone));
        }
        answered.await.unwrap_or_else(|_| Err(Arc::new(PluginError::Gone)))
    }
}

/// The task's state.
struct Keeper {
    settings: PluginSettings,
    connections: Arc<Connections>,
    clock: Clock,
    held: Option<Held>,
    /// When the program ended last, and how it failed.
    ran: Option<(Instant, Option<Arc<PluginError>>)>,
    hints: Hints,
}

/// What the program said last.
struct Held {
    header: Option<HeaderValue>,
    identity: Option<PluginIdentity>,
    expires_at: Option<Timestamp>,
    generation: u64,
}

impl Keeper {
    async fn run(mut self, mut queue: mpsc::Receiver<Question>) {
        while let Some(question) = queue.recv().await {
            let answer = self.answer(question.refused).await;
            // Whoever asked may have given up.
            let _ = question.answer.send(answer);
        }
    }

    async fn answer(&mut self, refused: Option<u64>) -> Result<Given, Arc<PluginError>> {
        if let Some(held) = &self.held
            && !held.is_expired(self.clock.now())
            && (refused != Some(held.generation) || self.is_pausing())
        {
            return Ok(held.given());
        }
        if let Some((_, Some(error))) = self.ran.as_ref().filter(|_| self.is_pausing()) {
            return Err(error.clone());
        }
        let renewed = self.renew().await.map_err(Arc::new);
        self.ran = Some((Instant::now(), renewed.as_ref().err().cloned()));
        renewed
    }

    fn is_pausing(&self) -> bool {
        self.ran.as_ref().is_some_and(|(ended_at, _)| ended_at.elapsed() < PAUSE)
    }

    async fn renew(&mut self) -> Result<Given, PluginError> {
        let output = match run(&self.settings).await {
            Err(PluginError::NotFound { command, hint }) => {
                return Err(PluginError::NotFound { command, hint: self.hints.told(hint) });
            }
            output => output?,
        };
        let Answer { token, identity, expires_at } = self.settings.read(&output)?;
        let header = match token {
            Some(token) => Some(bearer(&token).ok_or(PluginError::UnsendableToken)?),
            None => None,
        };
        let known = self.held.as_ref().and_then(|held| held.identity.as_ref());
        if known != identity.as_ref() {
            let renewed = self.connections.identify(identity.clone()).await;
            renewed.map_err(|cause| PluginError::Certificate(Box::new(cause)))?;
        }
        let generation = self.held.as_ref().map_or(1, |held| held.generation + 1);
        let held = self.held.insert(Held { header, identity, expires_at, generation });
        Ok(held.given())
    }
}

impl Held {
    fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires_at| now > expires_at)
    }

    fn given(&self) -> Given {
        Given { header: self.header.clone(), generation: self.generation }
    }
}

/// Keeps the advice from filling the log.
#[derive(Default)]
struct Hints {
    since: Option<Instant>,
    told: u32,
}

impl Hints {
    fn told(&mut self, hint: String) -> String {
        if self.since.is_none_or(|since| since.elapsed() >= HINTS_WITHIN) {
            *self = Self { since: Some(Instant::now()), told: 0 };
        }
        self.told = self.told.saturating_add(1);
        if self.told <= HINTS { hint } else { String::new() }
    }
}
