//! What a changed configuration means for a kubelet that runs: which changes it takes up, which wait for a restart.

use crate::configuration::KUBELET;
use crate::load::Settings;
use crate::schema::{Effect, Field, Kind, Uptake};
use serde::Serialize;
use serde_json::Value;
use std::fmt;

/// One field with two values.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Path of the field.
    pub field: String,
    /// The value before; null for none. Secret headers are hidden.
    pub old: Value,
    /// The value after.
    pub new: Value,
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} -> {}", self.field, self.old, self.new)
    }
}

/// The differences between two configurations.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Reload {
    /// Taken up while running.
    pub live: Vec<Change>,
    /// Taken up by the next start only: name them in a warning.
    pub restart: Vec<Change>,
    /// Without effect, now and after a restart.
    pub without_effect: Vec<Change>,
}

impl Reload {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.live.is_empty() && self.restart.is_empty() && self.without_effect.is_empty()
    }
}

/// Compares two settings of the same process; flags cannot differ.
pub fn diff(old: &Settings, new: &Settings) -> Reload {
    let mut reload = Reload::default();
    let (before, after) = (old.configuration.to_document(), new.configuration.to_document());
    compare(KUBELET, "", &before, &after, &mut reload);
    reload
}

fn compare(fields: &[Field], prefix: &str, old: &Value, new: &Value, reload: &mut Reload) {
    for field in fields {
        let path = format!("{prefix}{}", field.key);
        let value = |document: &Value| document.get(field.key).cloned().unwrap_or(Value::Null);
        let (before, after) = (value(old), value(new));
        if before == after {
            continue;
        }
        if let (Kind::Object(parts), true, true) = (field.kind(), before.is_object(), after.is_object()) {
            compare(parts, &format!("{path}."), &before, &after, reload);
            continue;
        }
        let hide = |value: Value| match (field.key, &value) {
            ("staticPodURLHeader", Value::Object(_)) => Value::from("<masked>"),
            _ => value,
        };
        let list = match (field.effect, field.uptake) {
            (Effect::Accepted | Effect::Inert, _) => &mut reload.without_effect,
            (Effect::Acts, Uptake::Live) => &mut reload.live,
            (Effect::Acts, Uptake::Restart) => &mut reload.restart,
        };
        list.push(Change { field: path, old: hide(before), new: hide(after) });
    }
}

#[cfg(test)]
mod tests;
