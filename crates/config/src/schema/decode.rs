//! From the tree of a file to JSON that fits the table: every mistake is reported, with its place.
//!
//! Upstream decodes strictly first, and leniently when only strictness failed
//! (`pkg/kubelet/kubeletconfig/util/codec`): unknown and duplicate keys are therefore warnings, wrong types errors.

use super::{Field, Kind};
use crate::document::{Entry, Node, NodeValue, Position};
use crate::finding::Finding;
use crate::{Duration, text};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use types::quantity::Quantity;

/// What the file is decoded for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A whole object: keys may occur twice, as in a lenient decode.
    Object,
    /// A merge patch: nulls delete, keys occur once.
    Patch,
}

/// What a decode yields.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    /// The fields that the file sets, nothing else. Explicit nulls are kept: a drop-in deletes with them.
    pub(crate) value: Value,
    /// The place of every field, list item and map entry that the file has, by path.
    pub(crate) positions: BTreeMap<String, Position>,
    /// Wrong types (errors); unknown and duplicate keys (warnings).
    pub(crate) findings: Vec<Finding>,
}

/// Decodes a mapping with known keys.
pub(crate) fn decode(node: &Node, fields: &[Field], mode: Mode) -> Decoded {
    let mut decoder = Decoder { positions: BTreeMap::new(), findings: Vec::new(), mode };
    let value = match &node.value {
        NodeValue::Mapping(entries) => decoder.object(entries, fields, ""),
        NodeValue::Null => Value::Object(Map::new()),
        NodeValue::Bool(_) | NodeValue::Number(_) | NodeValue::String(_) | NodeValue::Sequence(_) => {
            decoder.findings.push(
                Finding::error(format!("expected a mapping, found {}", describe(node))).at(node.position),
            );
            Value::Object(Map::new())
        }
    };
    Decoded { value, positions: decoder.positions, findings: decoder.findings }
}

struct Decoder {
    positions: BTreeMap<String, Position>,
    findings: Vec<Finding>,
    mode: Mode,
}

impl Decoder {
    fn object(&mut self, entries: &[Entry], fields: &[Field], path: &str) -> Value {
        let mut object = Map::new();
        for (entry, repeated) in last_of_each(entries) {
            let place = join(path, &entry.key);
            let Some(field) = fields.iter().find(|field| field.key == entry.key) else {
                if !(path.is_empty() && (entry.key == "apiVersion" || entry.key == "kind")) {
                    self.unknown(entry, fields, &place);
                }
                continue;
            };
            if repeated {
                self.duplicate(entry, &place);
            }
            self.positions.insert(place.clone(), entry.position);
            // Go's decoder of durations sees the null, and an empty text is no duration.
            if self.mode == Mode::Object
                && field.go_type == "v1.Duration"
                && matches!(entry.value.value, NodeValue::Null)
            {
                let message = format!("{place}: time: invalid duration \"\"");
                self.error(message, &place, entry.value.position);
                continue;
            }
            if let Some(value) = self.value(&entry.value, field.kind(), &place) {
                object.insert(entry.key.clone(), value);
            }
        }
        Value::Object(object)
    }

    fn unknown(&mut self, entry: &Entry, fields: &[Field], place: &str) {
        let known = fields.iter().map(|field| field.key);
        let hint = text::nearest(&entry.key, known)
            .map_or(String::new(), |near| format!("; did you mean {}?", text::quote(near)));
        self.findings.push(
            Finding::warning(format!("unknown field {}{hint}", text::quote(place)))
                .about(place)
                .at(entry.position),
        );
    }

    fn duplicate(&mut self, entry: &Entry, place: &str) {
        let quoted = text::quote(place);
        let finding = match self.mode {
            Mode::Patch => Finding::error(format!("duplicate field {quoted}")),
            Mode::Object => Finding::warning(format!("duplicate field {quoted}: the last one counts")),
        };
        self.findings.push(finding.about(place).at(entry.position));
    }

    /// The JSON of a value, or nothing after reporting why not.
    fn value(&mut self, node: &Node, kind: Kind, path: &str) -> Option<Value> {
        if matches!(node.value, NodeValue::Null) {
            return Some(Value::Null);
        }
        match (kind, &node.value) {
            (Kind::Bool, NodeValue::Bool(value)) => Some((*value).into()),
            (Kind::Integer { minimum, maximum }, NodeValue::Number(number)) => match number.as_i64() {
                Some(integer) if (minimum..=maximum).contains(&integer) => Some(integer.into()),
                _ => {
                    let message =
                        format!("{path}: {number} is not a whole number between {minimum} and {maximum}");
                    self.error(message, path, node.position)
                }
            },
            (Kind::Float, NodeValue::Number(number)) => Some(Value::Number(number.clone())),
            (Kind::String, NodeValue::String(text)) => Some(text.clone().into()),
            (Kind::Duration | Kind::DurationOrNanoseconds, NodeValue::String(text)) => {
                match text.parse::<Duration>() {
                    Ok(duration) => Some(duration.to_string().into()),
                    Err(error) => self.error(format!("{path}: {error}"), path, node.position),
                }
            }
            (Kind::DurationOrNanoseconds, NodeValue::Number(number)) => match number.as_i64() {
                Some(nanoseconds) => Some(Duration::from_nanoseconds(nanoseconds).to_string().into()),
                None => self.mismatch(node, kind, path),
            },
            (Kind::Quantity, NodeValue::String(text)) => self.quantity(text, node, path),
            (Kind::Quantity, NodeValue::Number(number)) => self.quantity(&number.to_string(), node, path),
            (Kind::Time, NodeValue::String(text)) => Some(text.clone().into()),
            (Kind::List(item), NodeValue::Sequence(nodes)) => Some(self.list(nodes, *item, path)),
            (Kind::Map(item), NodeValue::Mapping(entries)) => Some(self.map(entries, *item, path)),
            (Kind::Object(fields), NodeValue::Mapping(entries)) => Some(self.object(entries, fields, path)),
            _ => self.mismatch(node, kind, path),
        }
    }

    fn list(&mut self, nodes: &[Node], item: Kind, path: &str) -> Value {
        let mut items = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            let place = format!("{path}[{index}]");
            self.positions.insert(place.clone(), node.position);
            match self.value(node, item, &place) {
                Some(Value::Null) => items.push(zero(item)),
                Some(value) => items.push(value),
                None => {}
            }
        }
        Value::Array(items)
    }

    fn map(&mut self, entries: &[Entry], item: Kind, path: &str) -> Value {
        let mut object = Map::new();
        for (entry, repeated) in last_of_each(entries) {
            let place = key_path(path, &entry.key);
            if repeated {
                self.duplicate(entry, &place);
            }
            self.positions.insert(place.clone(), entry.position);
            let value = match self.value(&entry.value, item, &place) {
                // The key is there, with nothing: unlike a field, an entry of a Go map is zero then.
                Some(Value::Null) if self.mode == Mode::Object => zero(item),
                Some(value) => value,
                None => continue,
            };
            object.insert(entry.key.clone(), value);
        }
        Value::Object(object)
    }

    fn quantity(&mut self, text: &str, node: &Node, path: &str) -> Option<Value> {
        match text.parse::<Quantity>() {
            Ok(quantity) => Some(quantity.to_string().into()),
            Err(error) => self.error(format!("{path}: {error}"), path, node.position),
        }
    }

    fn mismatch(&mut self, node: &Node, kind: Kind, path: &str) -> Option<Value> {
        let quoting = match (kind, &node.value) {
            (Kind::String | Kind::Duration, NodeValue::Number(_) | NodeValue::Bool(_)) => {
                " (write it in quotes)"
            }
            _ => "",
        };
        let message = format!("{path}: expected {}, found {}{quoting}", kind.expected(), describe(node));
        self.error(message, path, node.position)
    }

    /// Records an error; there is no value then.
    fn error(&mut self, message: String, path: &str, position: Position) -> Option<Value> {
        self.findings.push(Finding::error(message).about(path).at(position));
        None
    }
}

/// The last entry of each key, in order, and whether the key stood there before. What came before does not count, not
/// even its type: it is gone once YAML has become JSON.
fn last_of_each(entries: &[Entry]) -> Vec<(&Entry, bool)> {
    let mut places: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        places.entry(&entry.key).and_modify(|place| *place = (index, true)).or_insert((index, false));
    }
    let mut last: Vec<(usize, bool)> = places.into_values().collect();
    last.sort_unstable();
    last.into_iter().map(|(index, repeated)| (&entries[index], repeated)).collect()
}

/// What a null inside a list or map becomes in Go.
fn zero(kind: Kind) -> Value {
    match kind {
        Kind::Bool => false.into(),
        Kind::Integer { .. } | Kind::Float => 0.into(),
        Kind::String | Kind::Quantity | Kind::Time => "".into(),
        Kind::Duration | Kind::DurationOrNanoseconds => "0s".into(),
        Kind::List(_) => Value::Array(Vec::new()),
        Kind::Map(_) | Kind::Object(_) => Value::Object(Map::new()),
    }
}

fn describe(node: &Node) -> String {
    match &node.value {
        NodeValue::String(text) => format!("string {}", text::quote(text)),
        NodeValue::Number(number) => format!("number {number}"),
        NodeValue::Bool(value) => format!("bool {value}"),
        NodeValue::Null | NodeValue::Sequence(_) | NodeValue::Mapping(_) => node.kind().to_owned(),
    }
}

/// `parent.key`, or `key` at the root.
pub(crate) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// `parent["key"]`, the path of a map's entry.
pub(crate) fn key_path(path: &str, key: &str) -> String {
    format!("{path}[{}]", text::quote(key))
}
