//! Bytes to a tree of values that know where they stand in the source.
//!
//! YAML is read as upstream's decoder (`sigs.k8s.io/yaml` 1.6, a port of libyaml with YAML 1.1 scalars) reads it; what
//! starts with `{` is read as JSON alone. Only the first document of a YAML stream counts.

mod go;
mod json;
mod resolve;
#[cfg(test)]
mod tests;
mod yaml;

use std::collections::BTreeMap;

use crate::error::Position;
use crate::path::Step;

/// The largest manifest that is read; upstream has the same bound.
pub(crate) const MAX_BYTES: usize = 10 << 20;
/// The deepest nesting that is read. The deepest field of a pod is about 15 levels down.
pub(crate) const MAX_DEPTH: usize = 100;
/// The most values in a manifest, those that aliases repeat included.
pub(crate) const MAX_VALUES: usize = 1_000_000;

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Where the value begins.
    pub(crate) position: Position,
    /// The value.
    pub(crate) data: Data,
}

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    /// No value.
    Null,
    /// A truth value; in YAML with the text it was written as, which may have been meant as a text.
    Bool(bool, Option<Box<str>>),
    /// A number as Go's JSON would write it.
    Number(Box<str>),
    /// A text.
    String(String),
    /// A list.
    List(Vec<Node>),
    /// Values by key.
    Map(BTreeMap<String, Entry>),
}

/// An entry of a map.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Where the key begins.
    pub(crate) position: Position,
    /// The value.
    pub(crate) node: Node,
}

/// A source as read.
#[derive(Debug)]
pub(crate) struct Tree {
    /// The top value.
    pub(crate) root: Node,
    /// Keys that stand twice in one map, of which the last counts.
    pub(crate) duplicates: Vec<(Position, String)>,
    /// Where a second YAML document begins, which is not read.
    pub(crate) second_document: Option<Position>,
}

/// Why a source cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// Where.
    pub(crate) position: Option<Position>,
    /// What is wrong.
    pub(crate) message: String,
}

impl SyntaxError {
    fn at(position: Position, message: impl Into<String>) -> SyntaxError {
        SyntaxError { position: Some(position), message: message.into() }
    }
}

/// Reads a source.
pub(crate) fn read(bytes: &[u8]) -> Result<Tree, SyntaxError> {
    if bytes.len() > MAX_BYTES {
        let message = format!("the manifest has {} bytes; at most {MAX_BYTES} are read", bytes.len());
        return Err(SyntaxError { position: None, message });
    }
    if is_json(bytes) { json::read(bytes) } else { yaml::read(bytes) }
}

/// Whether upstream would take the source for JSON: an opening brace after white space.
fn is_json(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
    let mut rest = text.chars().skip_while(|character| character.is_whitespace());
    match rest.next() {
        Some(first) => first == '{',
        None => bytes.len() > 4096 && String::from_utf8_lossy(bytes).trim_start().starts_with('{'),
    }
}

impl Node {
    /// The value of a field of this object.
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        match &self.data {
            Data::Map(entries) => entries.get(name).map(|entry| &entry.node),
            Data::Null | Data::Bool(..) | Data::Number(_) | Data::String(_) | Data::List(_) => None,
        }
    }

    /// An element of this list.
    pub(crate) fn element(&self, index: usize) -> Option<&Node> {
        match &self.data {
            Data::List(elements) => elements.get(index),
            Data::Null | Data::Bool(..) | Data::Number(_) | Data::String(_) | Data::Map(_) => None,
        }
    }

    /// Where the field at the end of the way stands, or the nearest object on the way that is there.
    pub(crate) fn locate(&self, steps: &[Step<'_>]) -> Position {
        let mut here = self;
        for step in steps {
            let next = match (&here.data, step) {
                (Data::Map(_), Step::Field(name) | Step::Key(name)) => here.get(name),
                (Data::List(elements), Step::Index(index)) => elements.get(*index),
                _ => None,
            };
            match next {
                Some(next) => here = next,
                None => break,
            }
        }
        here.position
    }

    /// What the value is, in words for an error.
    pub(crate) fn describe(&self) -> String {
        match &self.data {
            Data::Null => "nothing (null)".to_owned(),
            Data::Bool(value, Some(text)) if text.as_ref() != value.to_string() => {
                format!("the boolean {value} (written {text}; put it in quotes to have a text)")
            }
            Data::Bool(value, _) => format!("the boolean {value} (put it in quotes to have a text)"),
            Data::Number(text) => format!("the number {text}"),
            Data::String(text) => format!("the text {}", shorten(text)),
            Data::List(_) => "a list".to_owned(),
            Data::Map(_) => "an object".to_owned(),
        }
    }
}

/// A text in quotes, cut to a length fit for a message.
pub(crate) fn shorten(text: &str) -> String {
    const MAX_CHARACTERS: usize = 60;
    match text.char_indices().nth(MAX_CHARACTERS) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}
