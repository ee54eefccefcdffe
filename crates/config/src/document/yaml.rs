//! Parser events to tree.

use super::{Document, Entry, Node, NodeValue, Position, SyntaxError, scalar};
use granit_parser::{Event, Marker, Parser, ScalarStyle};
use std::collections::{BTreeMap, BTreeSet};

/// Most nodes a file may expand to, aliases included: far above any configuration, far below what hurts.
const MAX_NODES: usize = 200_000;
/// Deepest nesting. `KubeletConfiguration` has six levels; recursion here is bounded by it.
const MAX_DEPTH: usize = 100;

/// Reads the first YAML (or JSON) document.
///
/// # Errors
/// When the bytes are not UTF-8, not YAML, or expand beyond the bounds.
pub(crate) fn parse(contents: &[u8]) -> Result<Document, SyntaxError> {
    let text = std::str::from_utf8(contents).map_err(|error| SyntaxError {
        position: position_of_byte(contents, error.valid_up_to()),
        message: "the file is not UTF-8 text".to_owned(),
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder { parser: Parser::new_from_str(text), anchors: BTreeMap::new(), nodes: 0 };
    builder.document()
}

struct Builder<'input> {
    parser: Parser<'input, granit_parser::StrInput<'input>>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
}

impl<'input> Builder<'input> {
    fn document(&mut self) -> Result<Document, SyntaxError> {
        loop {
            let Some((event, position)) = self.next()? else {
                return Ok(empty());
            };
            match event {
                Event::StreamEnd => return Ok(empty()),
                Event::DocumentStart(..) => {
                    let (event, position) = self.expect(position)?;
                    let root = self.node(event, position, 0)?;
                    return Ok(Document { root, more_documents: self.more()? });
                }
                _ => {}
            }
        }
    }

    /// Whether a further document starts. What it holds does not matter, not even its syntax.
    fn more(&mut self) -> Result<bool, SyntaxError> {
        loop {
            match self.next() {
                Ok(Some((Event::DocumentStart(..), _))) => return Ok(true),
                Ok(Some((Event::StreamEnd, _)) | None) => return Ok(false),
                Ok(Some(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The next event that is no comment.
    fn next(&mut self) -> Result<Option<(Event<'input>, Position)>, SyntaxError> {
        loop {
            match self.parser.next_event() {
                None => return Ok(None),
                Some(Ok((Event::Comment(..), _))) => {}
                Some(Ok((event, span))) => return Ok(Some((event, position(&span.start)))),
                Some(Err(error)) => {
                    return Err(SyntaxError { position: position(error.marker()), message: error.info() });
                }
            }
        }
    }

    fn expect(&mut self, last: Position) -> Result<(Event<'input>, Position), SyntaxError> {
        self.next()?.ok_or_else(|| SyntaxError {
            position: last,
            message: "the file ends in the middle of a value".to_owned(),
        })
    }

    fn node(&mut self, event: Event<'input>, position: Position, depth: usize) -> Result<Node, SyntaxError> {
        self.count(1, position)?;
        if depth > MAX_DEPTH {
            return Err(SyntaxError { position, message: format!("nested deeper than {MAX_DEPTH} levels") });
        }
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                let text_tag = tag.as_ref().is_some_and(|tag| tag.suffix() == "str");
                let value = if plain && !text_tag {
                    scalar::resolve(&text).map_err(|message| SyntaxError { position, message })?
                } else {
                    NodeValue::String(text.into_owned())
                };
                (value, anchor)
            }
            Event::SequenceStart(_, anchor, _) => (self.sequence(position, depth)?, anchor),
            Event::MappingStart(_, anchor, _) => (self.mapping(position, depth)?, anchor),
            Event::Alias(id) => {
                let mut node = self.anchors.get(&id).cloned().ok_or_else(|| SyntaxError {
                    position,
                    message: "an alias that refers to itself".to_owned(),
                })?;
                self.count(size(&node), position)?;
                node.position = position;
                return Ok(node);
            }
            _ => {
                return Err(SyntaxError { position, message: "expected a value".to_owned() });
            }
        };
        let node = Node { position, value };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn sequence(&mut self, start: Position, depth: usize) -> Result<NodeValue, SyntaxError> {
        let mut items = Vec::new();
        loop {
            let (event, position) = self.expect(start)?;
            if matches!(event, Event::SequenceEnd) {
                return Ok(NodeValue::Sequence(items));
            }
            items.push(self.node(event, position, depth + 1)?);
        }
    }

    fn mapping(&mut self, start: Position, depth: usize) -> Result<NodeValue, SyntaxError> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut merged: Vec<Entry> = Vec::new();
        loop {
            let (event, position) = self.expect(start)?;
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let key = self.node(event, position, depth + 1)?;
            let (event, value_position) = self.expect(position)?;
            let value = self.node(event, value_position, depth + 1)?;
            if merge {
                merged.extend(merge_entries(value)?);
            } else {
                entries.push(Entry { key: key_text(&key)?, position, value });
            }
        }
        // A merged mapping only fills in what the mapping itself does not say; the first merge wins.
        if !merged.is_empty() {
            let mut keys: BTreeSet<String> = entries.iter().map(|entry| entry.key.clone()).collect();
            entries.extend(merged.into_iter().filter(|entry| keys.insert(entry.key.clone())));
        }
        Ok(NodeValue::Mapping(entries))
    }

    fn count(&mut self, nodes: usize, position: Position) -> Result<(), SyntaxError> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            return Err(SyntaxError {
                position,
                message: format!("expands to more than {MAX_NODES} values"),
            });
        }
        Ok(())
    }
}

fn merge_entries(value: Node) -> Result<Vec<Entry>, SyntaxError> {
    let position = value.position;
    match value.value {
        NodeValue::Mapping(entries) => Ok(entries),
        NodeValue::Sequence(items) => items.into_iter().try_fold(Vec::new(), |mut all, item| {
            all.extend(merge_entries(item)?);
            Ok(all)
        }),
        NodeValue::Null | NodeValue::Bool(_) | NodeValue::Number(_) | NodeValue::String(_) => {
            Err(SyntaxError {
                position,
                message: "map merge requires map or sequence of maps as the value".to_owned(),
            })
        }
    }
}

/// A key as sigs.k8s.io/yaml turns it to JSON.
fn key_text(key: &Node) -> Result<String, SyntaxError> {
    match &key.value {
        NodeValue::Null => Ok("null".to_owned()),
        NodeValue::Bool(value) => Ok(value.to_string()),
        NodeValue::Number(number) => Ok(number.to_string()),
        NodeValue::String(text) => Ok(text.clone()),
        NodeValue::Sequence(_) | NodeValue::Mapping(_) => Err(SyntaxError {
            position: key.position,
            message: "a list or mapping cannot be a key".to_owned(),
        }),
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.value {
        NodeValue::Null | NodeValue::Bool(_) | NodeValue::Number(_) | NodeValue::String(_) => 0,
        NodeValue::Sequence(items) => items.iter().map(size).sum(),
        NodeValue::Mapping(entries) => entries.iter().map(|entry| 1 + size(&entry.value)).sum(),
    }
}

fn empty() -> Document {
    Document {
        root: Node { position: Position { line: 1, column: 1 }, value: NodeValue::Null },
        more_documents: false,
    }
}

/// The parser counts lines from 1 and columns from 0.
fn position(marker: &Marker) -> Position {
    Position { line: marker.line(), column: marker.col() + 1 }
}

fn position_of_byte(contents: &[u8], offset: usize) -> Position {
    let before = &contents[..offset.min(contents.len())];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    Position {
        line: 1 + before.iter().filter(|byte| **byte == b'\n').count(),
        column: 1 + offset - line_start,
    }
}
