//! The fields of an event or span, collected in order.

use std::error::Error;
use std::fmt::{self, Write};
use tracing::field::{Field, Visit};

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Shown in quotes.
    Text(String),
    /// Shown as it is: numbers, booleans, and lists that a program printed.
    Bare(String),
}

/// What an event or a span says.
#[derive(Debug, Default, Clone)]
pub(super) struct Fields {
    /// The message.
    pub(super) message: String,
    /// Its own verbosity, if it names one.
    pub(super) verbosity: Option<u32>,
    /// Everything else, in order.
    pub(super) pairs: Vec<(&'static str, Value)>,
}

impl Fields {
    fn push(&mut self, field: &Field, value: Value) {
        let name = field.name();
        self.pairs.push((name.strip_prefix("r#").unwrap_or(name), value));
    }

    fn number(&mut self, field: &Field, value: impl ToString) {
        self.push(field, Value::Bare(value.to_string()));
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message.push_str(value);
        } else {
            self.push(field, Value::Text(value.to_owned()));
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.number(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        match u32::try_from(value) {
            Ok(verbosity) if field.name() == "v" => self.verbosity = Some(verbosity),
            _ => self.number(field, value),
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match u32::try_from(value) {
            Ok(verbosity) if field.name() == "v" => self.verbosity = Some(verbosity),
            _ => self.number(field, value),
        }
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.number(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.number(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.number(field, value);
        } else {
            self.push(field, Value::Text(value.to_string()));
        }
    }

    /// An error with its causes, each told once.
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(cause) = source {
            // Writing to a string cannot fail.
            let _ = write!(text, ": {cause}");
            source = cause.source();
        }
        self.push(field, Value::Text(text));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            // Writing to a string cannot fail.
            let _ = write!(self.message, "{value:?}");
            return;
        }
        let text = format!("{value:?}");
        let printed = (text.starts_with('[') && text.ends_with(']'))
            || (text.len() > 1 && text.starts_with('"') && text.ends_with('"'));
        let value = if printed && serde_json::from_str::<serde_json::Value>(&text).is_ok() {
            Value::Bare(text)
        } else {
            Value::Text(text)
        };
        self.push(field, value);
    }
}

/// Pairs of several sources as klog merges them: of equal keys the later value counts and stands where it came last,
/// unless both are the same.
pub(super) fn merge(sources: Vec<Vec<(&'static str, Value)>>) -> Vec<(&'static str, Value)> {
    let mut merged: Vec<(&'static str, Value)> = Vec::new();
    for (key, value) in sources.into_iter().flatten() {
        match merged.iter().position(|(known, _)| *known == key) {
            Some(index) if merged[index].1 == value => continue,
            Some(index) => {
                merged.remove(index);
            }
            None => {}
        }
        merged.push((key, value));
    }
    merged
}
