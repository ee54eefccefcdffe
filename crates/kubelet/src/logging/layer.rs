//! Events to lines.

use super::fields::{Fields, Value, merge};
use super::filter::{Filter, needed};
use super::{Format, Output, clock, json, text};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::sync::Arc;
use tracing::field::Visit;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

/// The most significant letter of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    Info,
    Warning,
    Error,
}

/// Everything that a line shows.
pub(super) struct Line<'event> {
    pub(super) now: Timestamp,
    pub(super) severity: Severity,
    pub(super) verbosity: u32,
    /// Path of the source file, as the compiler knows it.
    pub(super) file: &'event str,
    pub(super) line: u32,
    pub(super) message: &'event str,
    pub(super) pairs: &'event [(&'static str, Value)],
}

/// The layer.
pub(super) struct LineLayer {
    format: Format,
    filter: Arc<Filter>,
    output: Output,
    zone: TimeZone,
    process_id: u32,
}

impl LineLayer {
    pub(super) fn new(format: Format, filter: Arc<Filter>, output: Output) -> Self {
        Self { format, filter, output, zone: clock::local_zone(), process_id: std::process::id() }
    }

    fn may_log(&self, metadata: &Metadata<'_>) -> bool {
        let verbosity = self.filter.verbosity_at(metadata);
        // An event that names its own verbosity is decided once its fields are known.
        verbosity >= needed(metadata) || (metadata.fields().field("v").is_some() && verbosity > 0)
    }
}

impl<S> Layer<S> for LineLayer
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.is_span() || self.may_log(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.is_span() || self.may_log(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.filter.most_detailed())
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else {
            return;
        };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            record.record(fields as &mut dyn Visit);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        let mut fields = Fields::default();
        event.record(&mut fields);
        let severity = match *metadata.level() {
            Level::ERROR => Severity::Error,
            Level::WARN => Severity::Warning,
            Level::INFO | Level::DEBUG | Level::TRACE => Severity::Info,
        };
        let verbosity = match severity {
            Severity::Info => fields.verbosity.unwrap_or_else(|| needed(metadata)),
            Severity::Warning | Severity::Error => 0,
        };
        if verbosity > self.filter.verbosity_at(metadata) {
            return;
        }
        let mut sources: Vec<Vec<(&'static str, Value)>> = Vec::new();
        if severity == Severity::Error {
            // klog's ErrorS shows the error before everything else.
            if let Some(index) = fields.pairs.iter().position(|(key, _)| *key == "err") {
                sources.push(vec![fields.pairs.remove(index)]);
            }
        }
        if let Some(scope) = context.event_scope(event) {
            for span in scope.from_root() {
                if let Some(outer) = span.extensions().get::<Fields>() {
                    sources.push(outer.pairs.clone());
                }
            }
        }
        sources.push(fields.pairs);
        let pairs = merge(sources);
        let line = Line {
            now: Timestamp::now(),
            severity,
            verbosity,
            file: metadata.file().unwrap_or("unknown"),
            line: metadata.line().unwrap_or(1),
            message: &fields.message,
            pairs: &pairs,
        };
        let written = match self.format {
            Format::Text => text::write(&line, &self.zone, self.process_id),
            Format::Json => json::write(&line),
        };
        self.output.write(written.as_bytes(), severity == Severity::Error);
    }
}
