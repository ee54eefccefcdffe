//! A configuration file as a tree whose every node knows its line and column.
//!
//! YAML is read as Kubernetes reads it (sigs.k8s.io/yaml over go-yaml v2, which is YAML 1.1: `yes` is true, `0644`
//! is 420), and JSON through the same door, since JSON is YAML. Only the first document of a stream counts.

mod scalar;
mod yaml;

pub(crate) use yaml::parse;

/// Where something starts in a file: line and column, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// One value of the tree with its place in the file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    /// Where the value starts.
    pub(crate) position: Position,
    /// What it is.
    pub(crate) value: NodeValue,
}

/// The JSON view of a value: what is left once YAML's own types are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NodeValue {
    /// `null`, `~` or nothing.
    Null,
    /// A boolean, `yes` and `off` included.
    Bool(bool),
    /// A whole or a fractional number.
    Number(serde_json::Number),
    /// Text.
    String(String),
    /// A list.
    Sequence(Vec<Node>),
    /// Entries in the order of the file, duplicates included.
    Mapping(Vec<Entry>),
}

/// One `key: value` of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// The key as JSON spells it (`yes:` is the key `true`).
    pub(crate) key: String,
    /// Where the key starts.
    pub(crate) position: Position,
    /// The value.
    pub(crate) value: Node,
}

/// The result of reading one file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document {
    /// The first document; `Null` for an empty one.
    pub(crate) root: Node,
    /// Whether other documents follow, which nobody reads.
    pub(crate) more_documents: bool,
}

/// A file that is not YAML at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct SyntaxError {
    /// Where the reader gave up.
    pub(crate) position: Position,
    /// What it expected.
    pub(crate) message: String,
}

impl Node {
    /// The kind of value in the words of a JSON reader, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            NodeValue::Null => "null",
            NodeValue::Bool(_) => "bool",
            NodeValue::Number(_) => "number",
            NodeValue::String(_) => "string",
            NodeValue::Sequence(_) => "array",
            NodeValue::Mapping(_) => "object",
        }
    }

    /// The same value as plain JSON; of duplicate keys the last one stays, as in a lenient Go decode.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            NodeValue::Null => serde_json::Value::Null,
            NodeValue::Bool(value) => (*value).into(),
            NodeValue::Number(number) => serde_json::Value::Number(number.clone()),
            NodeValue::String(text) => text.clone().into(),
            NodeValue::Sequence(items) => items.iter().map(Node::to_json).collect(),
            NodeValue::Mapping(entries) => serde_json::Value::Object(
                entries.iter().map(|entry| (entry.key.clone(), entry.value.to_json())).collect(),
            ),
        }
    }

    /// The value of `key` in a mapping (the last one, if it occurs twice).
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            NodeValue::Mapping(entries) => entries.iter().rev().find(|entry| entry.key == key),
            NodeValue::Null
            | NodeValue::Bool(_)
            | NodeValue::Number(_)
            | NodeValue::String(_)
            | NodeValue::Sequence(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
