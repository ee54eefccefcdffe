//! A tree of values to the JSON of an API type: wrong types are found, unknown fields reported, amounts made canonical.
//!
//! What fits a type is what Go's decoder (`sigs.k8s.io/json`, case-sensitive) takes: a number is no text, `80.0` in JSON
//! is no whole number, `null` stands for a value that is not there.

use serde_json::{Map, Value};
use types::quantity::Quantity;

use crate::error::{Finding, MAX_FINDINGS, Position};
use crate::path::Path;
use crate::schema::{Kind, Object};
use crate::source::{Data, Node, shorten};

/// What a conversion found beside the value.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Values that do not fit their type.
    pub(crate) errors: Vec<Finding>,
    /// Fields that do not exist.
    pub(crate) unknown: Vec<Finding>,
}

impl Found {
    /// Keeps an error; the first is always kept.
    pub(crate) fn error(&mut self, position: Position, field: String, message: String) {
        if self.errors.len() < MAX_FINDINGS {
            self.errors.push(Finding { position: Some(position), field, message });
        }
    }
}

/// The JSON of an object. Where `found.errors` stays empty it deserializes into the API's type.
pub(crate) fn object(
    node: &Node,
    object: &'static Object,
    path: Option<&Path<'_>>,
    found: &mut Found,
) -> Value {
    let mut json = Map::new();
    match &node.data {
        Data::Map(entries) => {
            for (name, entry) in entries {
                let here = match path {
                    Some(path) => path.child(name),
                    None => Path::root(name),
                };
                match object.field(name) {
                    Some(field) => {
                        if let Some(value) = value(&entry.node, &field.kind, &here, found) {
                            json.insert(name.clone(), value);
                        }
                    }
                    None if found.unknown.len() < MAX_FINDINGS => {
                        found.unknown.push(unknown(entry.position, &here, name, object));
                    }
                    None => {}
                }
            }
        }
        Data::Null => {}
        Data::Bool(..) | Data::Number(_) | Data::String(_) | Data::List(_) => {
            let message = format!("wants an object ({}), but this is {}", object.name, node.describe());
            found.error(node.position, path.map(ToString::to_string).unwrap_or_default(), message);
        }
    }
    Value::Object(json)
}

/// The JSON of a value; `None` for one that is not there.
fn value(node: &Node, kind: &'static Kind, path: &Path<'_>, found: &mut Found) -> Option<Value> {
    let fitting = match (kind, &node.data) {
        (_, Data::Null) => return None,
        (Kind::Any, _) => Some(any(node)),
        (Kind::Object(inner), _) => Some(object(node, inner, Some(path), found)),
        (Kind::Bool, Data::Bool(value, _)) => Some(Value::Bool(*value)),
        (Kind::String, Data::String(text)) => Some(Value::String(text.clone())),
        (Kind::Int32, Data::Number(text)) => text.parse::<i32>().ok().map(Value::from),
        (Kind::Int64, Data::Number(text)) => text.parse::<i64>().ok().map(Value::from),
        (Kind::IntOrString, Data::Number(text)) => text.parse::<i32>().ok().map(Value::from),
        (Kind::IntOrString, Data::String(text)) => Some(Value::String(text.clone())),
        (Kind::Time, Data::String(text)) if is_rfc3339(text) => Some(Value::String(text.clone())),
        (Kind::Quantity, Data::Number(text)) => return quantity(node, text, path, found),
        (Kind::Quantity, Data::String(text)) => return quantity(node, text.trim(), path, found),
        (Kind::List(kind), Data::List(elements)) => {
            let elements = elements.iter().enumerate();
            let elements =
                elements.map(|(index, element)| or_empty(element, kind, &path.index(index), found));
            Some(Value::Array(elements.collect()))
        }
        (Kind::Map(kind), Data::Map(entries)) => {
            let entries = entries.iter();
            let entries =
                entries.map(|(key, entry)| (key.clone(), or_empty(&entry.node, kind, &path.key(key), found)));
            Some(Value::Object(entries.collect()))
        }
        _ => None,
    };
    if fitting.is_none() {
        let message = format!("wants {}, but this is {}", wanted(kind), node.describe());
        found.error(node.position, path.to_string(), message);
    }
    fitting
}

/// The JSON of an element, where `null` is the type's empty value.
fn or_empty(node: &Node, kind: &'static Kind, path: &Path<'_>, found: &mut Found) -> Value {
    value(node, kind, path, found).unwrap_or_else(|| match kind {
        Kind::Bool => Value::Bool(false),
        Kind::Int32 | Kind::Int64 | Kind::IntOrString => Value::from(0),
        Kind::String => Value::String(String::new()),
        Kind::Quantity => Value::String("0".to_owned()),
        Kind::Time | Kind::Any => Value::Null,
        Kind::List(_) => Value::Array(Vec::new()),
        Kind::Map(_) | Kind::Object(_) => Value::Object(Map::new()),
    })
}

fn quantity(node: &Node, text: &str, path: &Path<'_>, found: &mut Found) -> Option<Value> {
    match text.parse::<Quantity>() {
        // As written; see `amounts`.
        Ok(_) => Some(Value::String(text.to_owned())),
        Err(error) => {
            let message = format!("{} is no amount: {error}", shorten(text));
            found.error(node.position, path.to_string(), message);
            None
        }
    }
}

fn any(node: &Node) -> Value {
    match &node.data {
        Data::Null => Value::Null,
        Data::Bool(value, _) => Value::Bool(*value),
        Data::Number(text) => serde_json::from_str(text).unwrap_or(Value::Null),
        Data::String(text) => Value::String(text.clone()),
        Data::List(elements) => Value::Array(elements.iter().map(any).collect()),
        Data::Map(entries) => {
            Value::Object(entries.iter().map(|(key, entry)| (key.clone(), any(&entry.node))).collect())
        }
    }
}

fn wanted(kind: &Kind) -> &'static str {
    match kind {
        Kind::Bool => "true or false",
        Kind::Int32 => "a whole number of 32 bits",
        Kind::Int64 => "a whole number of 64 bits",
        Kind::String => "a text",
        Kind::Quantity => "an amount (a text such as \"500m\" or \"1Gi\", or a number)",
        Kind::IntOrString => "a whole number or a text",
        Kind::Time => "a moment such as \"2006-01-02T15:04:05Z\"",
        Kind::Any => "any value",
        Kind::List(_) => "a list",
        Kind::Map(_) => "an object of named values",
        Kind::Object(_) => "an object",
    }
}

/// `2006-01-02T15:04:05Z07:00` with an optional fraction, as Go's `time.RFC3339` reads it.
fn is_rfc3339(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shape = b"0000-00-00T00:00:00";
    let fits = |text: &[u8], shape: &[u8]| {
        text.len() == shape.len()
            && text.iter().zip(shape).all(|(byte, wanted)| match wanted {
                b'0' => byte.is_ascii_digit(),
                _ => byte == wanted,
            })
    };
    let Some((head, rest)) = bytes.split_at_checked(shape.len()) else { return false };
    let zone = match rest.first() {
        Some(b'.' | b',') => {
            let digits = rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return false;
            }
            &rest[1 + digits..]
        }
        _ => rest,
    };
    fits(head, shape) && (zone == b"Z" || fits(zone, b"+00:00") || fits(zone, b"-00:00"))
}

fn unknown(position: Position, path: &Path<'_>, name: &str, object: &Object) -> Finding {
    let message = match nearest(name, object) {
        Some(known) => format!("unknown field, ignored; did you mean {known}?"),
        None => format!("unknown field, ignored: {} has no such field", object.name),
    };
    Finding { position: Some(position), field: path.to_string(), message }
}

/// The known field that differs in at most two letters, case aside.
fn nearest(name: &str, object: &Object) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let distances =
        object.fields.iter().map(|field| (distance(&lower, &field.name.to_ascii_lowercase()), field.name));
    distances
        .filter(|(distance, known)| *distance <= 2 && *distance < known.len())
        .min()
        .map(|(_, known)| known)
}

/// Insertions, deletions and substitutions that lead from one text to the other.
fn distance(left: &str, right: &str) -> usize {
    const FAR: usize = usize::MAX;
    if left.len().abs_diff(right.len()) > 2 {
        return FAR;
    }
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, character) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, other) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(character != *other);
            diagonal = row[column + 1];
            row[column + 1] = substituted.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
