//! YAML to a tree, as go-yaml 2.4 reads it.
//!
//! ```text
//! bytes ─ cursor ─▶ characters ─ scanner ─▶ tokens ─ composer ─▶ nodes as written ─ expander ─▶ tree
//! ```
//!
//! The scanner and the composer are ours, since no YAML library reads what upstream's reads: it goes back to an older
//! libyaml than others, and manifests that use the difference exist (`[http://example.com/?a=b]` is one it refuses).

mod composer;
mod cursor;
mod scanner;

use std::collections::{BTreeMap, HashSet};

use super::resolve::{Scalar, resolve};
use super::{Data, Entry, MAX_DEPTH, MAX_VALUES, Node, SyntaxError, Tree, go};
use crate::error::{MAX_FINDINGS, Position};
use composer::{Document, Raw, RawKind};

const MERGE_TAG: &str = "tag:yaml.org,2002:merge";

/// Reads the first document of a YAML stream.
pub(super) fn read(bytes: &[u8]) -> Result<Tree, SyntaxError> {
    let (text, complete) = cursor::text(bytes);
    let Document { nodes, root, second } =
        composer::compose(scanner::Scanner::new(cursor::Cursor::new(&text, complete)))?;
    let mut duplicates = Vec::new();
    let root = match root {
        Some(root) => Expander::new(&nodes, &mut duplicates).expand(root, 0)?,
        None => Node { position: Position { line: 1, column: 1 }, data: Data::Null },
    };
    // Only now, since a later key of the same name may have replaced it.
    if let Some((position, text)) = no_number(&root) {
        return Err(SyntaxError::at(position, format!("{text} is no number that JSON can hold")));
    }
    Ok(Tree { root, duplicates, second_document: second })
}

/// The first infinity, or what is no number.
fn no_number(node: &Node) -> Option<(Position, &str)> {
    match &node.data {
        Data::Number(text) => text.contains('.').then_some(text).filter(|text| text.parse::<f64>().is_err()),
        Data::List(elements) => return elements.iter().find_map(no_number),
        Data::Map(entries) => return entries.values().find_map(|entry| no_number(&entry.node)),
        Data::Null | Data::Bool(..) | Data::String(_) => None,
    }
    .map(|text| (node.position, text.as_ref()))
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
        let mut own = HashSet::new();
        for (key, value) in entries {
            let key = &self.nodes[*key];
            if is_merge(key) {
                self.merge(*value, map, depth)?;
                continue;
            }
            let name = self.key(key)?;
            let node = self.expand(*value, depth + 1)?;
            if !own.insert(name.clone()) && self.duplicates.len() < MAX_FINDINGS {
                self.duplicates.push((key.position, name.clone()));
            }
            map.insert(name, Entry { position: key.position, node });
        }
        Ok(())
    }

    fn key(&mut self, key: &Raw) -> Result<String, SyntaxError> {
        self.count(key.position)?;
        match &key.kind {
            RawKind::Scalar { tag, text, plain } => match meaning(key.position, tag, text, *plain)? {
                Scalar::Bool(value) => Ok(value.to_string()),
                Scalar::Int(value) if i64::try_from(value).is_ok() => Ok(value.to_string()),
                Scalar::Float(value) => Ok(go::key_float(value)),
                Scalar::String => Ok(text.clone()),
                Scalar::Binary(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
                Scalar::Null | Scalar::Int(_) => {
                    Err(SyntaxError::at(key.position, "a key must be a text: put it in quotes"))
                }
            },
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

/// What a scalar stands for: quotes alone make a text of it.
fn meaning(at: Position, tag: &str, text: &str, plain: bool) -> Result<Scalar, SyntaxError> {
    if tag.is_empty() && !plain {
        return Ok(Scalar::String);
    }
    resolve(tag, text).map_err(|message| SyntaxError::at(at, message))
}

fn scalar(at: Position, tag: &str, text: &str, plain: bool) -> Result<Data, SyntaxError> {
    Ok(match meaning(at, tag, text, plain)? {
        Scalar::Null => Data::Null,
        Scalar::Bool(value) => Data::Bool(value, Some(text.into())),
        Scalar::Int(value) => Data::Number(value.to_string().into()),
        Scalar::Float(value) => Data::Number(go::json_float(value).unwrap_or_else(|| text.to_owned()).into()),
        Scalar::String => Data::String(text.to_owned()),
        Scalar::Binary(bytes) => Data::String(String::from_utf8_lossy(&bytes).into_owned()),
    })
}
