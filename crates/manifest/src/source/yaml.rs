//! YAML to a tree, through the events of libyaml's parser.

use std::collections::{BTreeMap, HashMap};

use libyaml_safer::{Event, EventData, Mark, Parser};

use super::resolve::{Scalar, resolve};
use super::{Data, Entry, MAX_DEPTH, MAX_VALUES, Node, SyntaxError, Tree, go};
use crate::error::Position;

const MERGE_TAG: &str = "tag:yaml.org,2002:merge";

/// A node as written: aliases still point, scalars are still text.
struct Raw {
    position: Position,
    kind: RawKind,
}

enum RawKind {
    Scalar { tag: String, text: String, plain: bool },
    List(Vec<usize>),
    Map(Vec<(usize, usize)>),
    Alias(usize),
}

/// Reads the first document of a YAML stream.
pub(super) fn read(bytes: &[u8]) -> Result<Tree, SyntaxError> {
    let mut input = bytes;
    let mut composer = Composer { parser: Parser::new(), nodes: Vec::new(), anchors: HashMap::new() };
    composer.parser.set_input_string(&mut input);
    composer.next()?;
    let start = composer.next()?;
    let mut duplicates = Vec::new();
    if matches!(start.data, EventData::StreamEnd) {
        let root = Node { position: position(start.start_mark), data: Data::Null };
        return Ok(Tree { root, duplicates, second_document: None });
    }
    let first = composer.next()?;
    let root = composer.compose(first, 0)?;
    composer.next()?;
    // What follows the first document is not read; if it cannot even be looked at, that is no matter either.
    let second_document = match composer.next() {
        Ok(Event { data: EventData::DocumentStart { .. }, start_mark, .. }) => Some(position(start_mark)),
        Ok(_) | Err(_) => None,
    };
    let mut expander = Expander::new(&composer.nodes, &mut duplicates);
    let root = expander.expand(root, 0)?;
    Ok(Tree { root, duplicates, second_document })
}

fn position(mark: Mark) -> Position {
    let number = |value: u64| u32::try_from(value).unwrap_or(u32::MAX).saturating_add(1);
    Position { line: number(mark.line), column: number(mark.column) }
}

struct Composer<'b, 'r> {
    parser: Parser<&'b mut &'r [u8]>,
    nodes: Vec<Raw>,
    anchors: HashMap<String, usize>,
}

impl Composer<'_, '_> {
    fn next(&mut self) -> Result<Event, SyntaxError> {
        self.parser.parse().map_err(|error| {
            let message = match error.context() {
                Some(context) => format!("{} {context}", error.problem()),
                None => error.problem().to_owned(),
            };
            let message = match message.as_str() {
                "found character that cannot start any token while scanning for the next token" => {
                    format!("{message} (is the line indented with a tab? YAML wants spaces)")
                }
                "control characters are not allowed" | "invalid UTF-8" => {
                    format!("{message}: a manifest is UTF-8 text")
                }
                _ => message,
            };
            SyntaxError {
                position: error.problem_mark().map(position),
                message: format!("not valid YAML: {message}"),
            }
        })
    }

    fn add(&mut self, at: Position, anchor: Option<String>, kind: RawKind) -> Result<usize, SyntaxError> {
        let index = self.nodes.len();
        if index >= MAX_VALUES {
            return Err(SyntaxError::at(at, format!("the manifest has more than {MAX_VALUES} values")));
        }
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, index);
        }
        self.nodes.push(Raw { position: at, kind });
        Ok(index)
    }

    fn compose(&mut self, event: Event, depth: usize) -> Result<usize, SyntaxError> {
        let at = position(event.start_mark);
        if depth > MAX_DEPTH {
            return Err(SyntaxError::at(at, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        match event.data {
            EventData::Scalar { anchor, tag, value, plain_implicit, .. } => {
                let kind =
                    RawKind::Scalar { tag: tag.unwrap_or_default(), text: value, plain: plain_implicit };
                self.add(at, anchor, kind)
            }
            EventData::Alias { anchor } => match self.anchors.get(&anchor) {
                Some(target) => self.add(at, None, RawKind::Alias(*target)),
                None => Err(SyntaxError::at(at, format!("unknown anchor '{anchor}' referenced"))),
            },
            EventData::SequenceStart { anchor, .. } => {
                let index = self.add(at, anchor, RawKind::List(Vec::new()))?;
                let mut elements = Vec::new();
                loop {
                    let event = self.next()?;
                    if matches!(event.data, EventData::SequenceEnd) {
                        break;
                    }
                    elements.push(self.compose(event, depth + 1)?);
                }
                self.nodes[index].kind = RawKind::List(elements);
                Ok(index)
            }
            EventData::MappingStart { anchor, .. } => {
                let index = self.add(at, anchor, RawKind::Map(Vec::new()))?;
                let mut entries = Vec::new();
                loop {
                    let event = self.next()?;
                    if matches!(event.data, EventData::MappingEnd) {
                        break;
                    }
                    let key = self.compose(event, depth + 1)?;
                    let event = self.next()?;
                    entries.push((key, self.compose(event, depth + 1)?));
                }
                self.nodes[index].kind = RawKind::Map(entries);
                Ok(index)
            }
            EventData::StreamStart { .. }
            | EventData::StreamEnd
            | EventData::DocumentStart { .. }
            | EventData::DocumentEnd { .. }
            | EventData::SequenceEnd
            | EventData::MappingEnd => Err(SyntaxError::at(at, "not valid YAML: a value is missing")),
        }
    }
}

/// Follows aliases and merges, within the bounds that go-yaml sets.
struct Expander<'a> {
    nodes: &'a [Raw],
    duplicates: &'a mut Vec<(Position, String)>,
    open_aliases: Vec<usize>,
    decoded: usize,
    decoded_from_aliases: usize,
}

impl<'a> Expander<'a> {
    fn new(nodes: &'a [Raw], duplicates: &'a mut Vec<(Position, String)>) -> Expander<'a> {
        Expander { nodes, duplicates, open_aliases: Vec::new(), decoded: 0, decoded_from_aliases: 0 }
    }

    fn expand(&mut self, index: usize, depth: usize) -> Result<Node, SyntaxError> {
        let nodes = self.nodes;
        let raw = &nodes[index];
        self.count(raw.position)?;
        if depth > MAX_DEPTH {
            return Err(SyntaxError::at(raw.position, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let data = match &raw.kind {
            RawKind::Alias(target) => {
                let data = self.through_alias(raw, *target, |this| this.expand(*target, depth + 1))?.data;
                return Ok(Node { position: raw.position, data });
            }
            RawKind::Scalar { tag, text, plain } => scalar(raw.position, tag, text, *plain)?,
            RawKind::List(elements) => {
                let elements = elements.iter().map(|element| self.expand(*element, depth + 1));
                Data::List(elements.collect::<Result<_, _>>()?)
            }
            RawKind::Map(entries) => {
                let mut map = BTreeMap::new();
                self.fill(entries, &mut map, depth)?;
                Data::Map(map)
            }
        };
        Ok(Node { position: raw.position, data })
    }

    /// Puts entries into a map in the order of the source: what comes later wins, a merge included.
    fn fill(
        &mut self,
        entries: &[(usize, usize)],
        map: &mut BTreeMap<String, Entry>,
        depth: usize,
    ) -> Result<(), SyntaxError> {
        let mut own = HashMap::new();
        for (key, value) in entries {
            let key = &self.nodes[*key];
            if is_merge(key) {
                self.merge(*value, map, depth)?;
                continue;
            }
            let name = self.key(key)?;
            let node = self.expand(*value, depth + 1)?;
            if own.insert(name.clone(), ()).is_some() {
                self.duplicates.push((key.position, name.clone()));
            }
            map.insert(name, Entry { position: key.position, node });
        }
        Ok(())
    }

    fn key(&mut self, key: &Raw) -> Result<String, SyntaxError> {
        self.count(key.position)?;
        match &key.kind {
            RawKind::Scalar { tag, text, plain } => {
                let found = if tag.is_empty() && !plain { Ok(Scalar::String) } else { resolve(tag, text) };
                match found.map_err(|message| SyntaxError::at(key.position, message))? {
                    Scalar::Bool(value) => Ok(value.to_string()),
                    Scalar::Int(value) if i64::try_from(value).is_ok() => Ok(value.to_string()),
                    Scalar::Float(value) => Ok(go::key_float(value)),
                    Scalar::String => Ok(text.clone()),
                    Scalar::Binary(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
                    Scalar::Null | Scalar::Int(_) => {
                        Err(SyntaxError::at(key.position, "a key must be a text: put it in quotes"))
                    }
                }
            }
            RawKind::Alias(target) => {
                let target = *target;
                self.through_alias(key, target, |this| this.key(&this.nodes[target]))
            }
            RawKind::List(_) | RawKind::Map(_) => {
                Err(SyntaxError::at(key.position, "a key must be a text, not a list or an object"))
            }
        }
    }

    fn merge(
        &mut self,
        value: usize,
        map: &mut BTreeMap<String, Entry>,
        depth: usize,
    ) -> Result<(), SyntaxError> {
        let raw = &self.nodes[value];
        match &raw.kind {
            RawKind::List(elements) => {
                // Backwards, since earlier ones take precedence.
                elements.iter().rev().try_for_each(|element| self.merge_one(*element, map, depth))
            }
            RawKind::Map(_) | RawKind::Alias(_) | RawKind::Scalar { .. } => self.merge_one(value, map, depth),
        }
    }

    fn merge_one(
        &mut self,
        value: usize,
        map: &mut BTreeMap<String, Entry>,
        depth: usize,
    ) -> Result<(), SyntaxError> {
        let raw = &self.nodes[value];
        self.count(raw.position)?;
        if depth > MAX_DEPTH {
            return Err(SyntaxError::at(raw.position, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        match &raw.kind {
            RawKind::Map(entries) => self.fill(entries, map, depth + 1),
            RawKind::Alias(target) if matches!(self.nodes[*target].kind, RawKind::Map(_)) => {
                let target = *target;
                self.through_alias(raw, target, |this| this.merge_one(target, map, depth + 1))
            }
            RawKind::Alias(_) | RawKind::List(_) | RawKind::Scalar { .. } => Err(SyntaxError::at(
                raw.position,
                "what is merged with << must be an object, an alias of one, or a list of those",
            )),
        }
    }

    fn through_alias<T>(
        &mut self,
        alias: &Raw,
        target: usize,
        follow: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        if self.open_aliases.contains(&target) {
            return Err(SyntaxError::at(alias.position, "an anchor's value contains itself"));
        }
        self.open_aliases.push(target);
        let followed = follow(self);
        self.open_aliases.pop();
        followed
    }

    /// Counts a value, and refuses a document most of which comes from aliases (go-yaml's `allowedAliasRatio`).
    fn count(&mut self, at: Position) -> Result<(), SyntaxError> {
        const LOW: f64 = 400_000.0;
        const HIGH: f64 = 4_000_000.0;
        self.decoded += 1;
        if !self.open_aliases.is_empty() {
            self.decoded_from_aliases += 1;
        }
        let decoded = self.decoded as f64;
        let allowed = match decoded {
            low if low <= LOW => 0.99,
            high if high >= HIGH => 0.10,
            between => 0.99 - 0.89 * ((between - LOW) / (HIGH - LOW)),
        };
        let ratio = self.decoded_from_aliases as f64 / decoded;
        if self.decoded_from_aliases > 100 && self.decoded > 1000 && ratio > allowed {
            return Err(SyntaxError::at(at, "document contains excessive aliasing"));
        }
        if self.decoded > MAX_VALUES {
            return Err(SyntaxError::at(at, format!("the manifest has more than {MAX_VALUES} values")));
        }
        Ok(())
    }
}

fn is_merge(key: &Raw) -> bool {
    match &key.kind {
        RawKind::Scalar { tag, text, plain } => text == "<<" && (*plain || tag == MERGE_TAG),
        RawKind::List(_) | RawKind::Map(_) | RawKind::Alias(_) => false,
    }
}

fn scalar(at: Position, tag: &str, text: &str, plain: bool) -> Result<Data, SyntaxError> {
    if tag.is_empty() && !plain {
        return Ok(Data::String(text.to_owned()));
    }
    let found = resolve(tag, text).map_err(|message| SyntaxError::at(at, message))?;
    Ok(match found {
        Scalar::Null => Data::Null,
        Scalar::Bool(value) => Data::Bool(value, Some(text.into())),
        Scalar::Int(value) => Data::Number(value.to_string().into()),
        Scalar::Float(value) => match go::json_float(value) {
            Some(text) => Data::Number(text.into()),
            None => return Err(SyntaxError::at(at, format!("{text} is no number that JSON can hold"))),
        },
        Scalar::String => Data::String(text.to_owned()),
        Scalar::Binary(bytes) => Data::String(String::from_utf8_lossy(&bytes).into_owned()),
    })
}
