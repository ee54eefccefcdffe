//! What happened, line by line; a hash of all of it; and the panics of this thread.

use super::World;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt::{self, Write as _};
use std::hash::Hasher;
use std::sync::{Once, Weak};
use std::time::Duration;
use tracing::field::{Field, Visit};
use tracing::span;

/// Lines that are kept, unless all are wanted.
const KEPT_LINES: usize = 60;

/// Lines of one scenario: the last ones, and the hash of all.
pub struct Trace {
    lines: VecDeque<String>,
    keeps_all: bool,
    is_held: bool,
    hash: std::hash::DefaultHasher,
}

impl Trace {
    /// Empty.
    pub fn new(keeps_all: bool) -> Self {
        Self { lines: VecDeque::new(), keeps_all, is_held: false, hash: std::hash::DefaultHasher::new() }
    }

    /// Adds a line. Lines `of_routine` say nothing to whoever looks for the cause of a failure.
    pub fn line(&mut self, at: Duration, of_routine: bool, text: fmt::Arguments<'_>) {
        let mut line = String::with_capacity(96);
        let written = write!(line, "{:>5}.{:03} {text}", at.as_secs(), at.subsec_millis());
        written.expect("writing to a text cannot fail");
        self.hash.write(line.as_bytes());
        if self.keeps_all {
            self.lines.push_back(line);
        } else if !of_routine && !self.is_held {
            if self.lines.len() >= KEPT_LINES {
                self.lines.pop_front();
            }
            self.lines.push_back(line);
        }
    }

    /// Keeps the lines that are there now: they lead to the first failure.
    pub fn hold(&mut self) {
        self.is_held = true;
    }

    /// The lines, oldest first.
    pub fn into_lines(self) -> Vec<String> {
        self.lines.into()
    }

    /// The hash of all lines, also of those that are not kept.
    pub fn hash(&self) -> u64 {
        self.hash.finish()
    }
}

/// Takes the kubelet's log lines into the trace.
pub struct TraceSubscriber(pub Weak<World>);

impl tracing::Subscriber for TraceSubscriber {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= tracing::Level::DEBUG
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let Some(world) = self.0.upgrade() else { return };
        let mut line = LogLine::default();
        event.record(&mut line);
        world.ledger().logged(*event.metadata().level(), &line);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// A log line: its message, the pod it is about, and the rest.
#[derive(Debug, Default)]
pub struct LogLine {
    /// The message.
    pub message: String,
    /// `podUID`.
    pub pod_uid: String,
    /// Other keys.
    pub fields: String,
}

impl Visit for LogLine {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let written = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            "podUID" => write!(self.pod_uid, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
        written.expect("writing to a text cannot fail");
    }
}

thread_local! {
    static PANICS: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// From now on panics of this thread are noted instead of printed: an actor's restart would hide them.
pub fn watch_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let is_noted = PANICS.with_borrow_mut(|panics| {
                panics.as_mut().map(|panics| panics.push(info.to_string())).is_some()
            });
            if !is_noted {
                before(info);
            }
        }));
    });
    PANICS.set(Some(Vec::new()));
}

/// The panics since [`watch_panics`]; they are printed again from now on.
pub fn take_panics() -> Vec<String> {
    PANICS.take().unwrap_or_default()
}
