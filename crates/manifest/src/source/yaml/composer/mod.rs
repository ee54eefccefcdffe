//! Tokens to nodes as written: the grammar of libyaml's parser, as a descent.

mod block;
mod flow;

use std::collections::HashMap;

use super::cursor::Mark;
use super::scanner::{Kind, Scanner};
use crate::error::Position;
use crate::source::{MAX_DEPTH, MAX_VALUES, SyntaxError};

/// A node as written: aliases still point, scalars are still text.
pub(super) struct Raw {
    /// Where it begins.
    pub(super) position: Position,
    /// What it is.
    pub(super) kind: RawKind,
}

/// What a node is. Nodes refer to others by their number.
pub(super) enum RawKind {
    /// A text; `plain` where neither quotes nor a tag say what it is.
    Scalar { tag: String, text: String, plain: bool },
    /// Elements.
    List(Vec<usize>),
    /// Keys and values.
    Map(Vec<(usize, usize)>),
    /// The node of an anchor.
    Alias(usize),
}

/// The first document of a stream.
pub(super) struct Document {
    /// Its nodes.
    pub(super) nodes: Vec<Raw>,
    /// Number of the node at the top; `None` for a stream without a document.
    pub(super) root: Option<usize>,
    /// Where a second document begins.
    pub(super) second: Option<Position>,
}

/// Where a node stands, which decides what it may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Inside `[ ]` or `{ }`.
    Flow,
    /// In a block.
    Block,
    /// In a mapping's block, where a list need not be indented.
    BlockMapping,
}

/// Composes the first document of a stream.
pub(super) fn compose(scanner: Scanner<'_>) -> Result<Document, SyntaxError> {
    let mut composer =
        Composer { scanner, nodes: Vec::new(), anchors: HashMap::new(), tag_prefixes: Vec::new() };
    let root = composer.document()?;
    let second = composer.second_document();
    Ok(Document { nodes: composer.nodes, root, second })
}

struct Composer<'a> {
    scanner: Scanner<'a>,
    nodes: Vec<Raw>,
    anchors: HashMap<String, usize>,
    tag_prefixes: Vec<(String, String)>,
}

/// What stands before a node: its anchor and its tag.
struct Properties {
    anchor: Option<String>,
    tag: String,
    start: Mark,
    given: bool,
}

impl Composer<'_> {
    fn kind(&mut self) -> Result<&Kind, SyntaxError> {
        Ok(&self.scanner.peek()?.kind)
    }

    fn error(&self, mark: Mark, problem: &str) -> SyntaxError {
        SyntaxError::at(mark.position(), format!("not valid YAML: {problem}"))
    }

    fn document(&mut self) -> Result<Option<usize>, SyntaxError> {
        let directive = matches!(self.kind()?, Kind::VersionDirective { .. } | Kind::TagDirective { .. });
        let explicit = directive || matches!(self.kind()?, Kind::DocumentStart);
        if matches!(self.kind()?, Kind::StreamEnd) {
            return Ok(None);
        }
        self.directives()?;
        let root = if explicit {
            let token = self.scanner.next()?;
            if token.kind != Kind::DocumentStart {
                return Err(self.error(token.start, "did not find expected <document start>"));
            }
            let mark = self.scanner.peek()?.start;
            match self.kind()? {
                Kind::VersionDirective { .. }
                | Kind::TagDirective { .. }
                | Kind::DocumentStart
                | Kind::DocumentEnd
                | Kind::StreamEnd => self.empty(mark)?,
                _ => self.node(Place::Block, 0)?,
            }
        } else {
            self.node(Place::Block, 0)?
        };
        // What ends the document must be readable; what it is does not matter.
        self.scanner.peek()?;
        Ok(Some(root))
    }

    fn directives(&mut self) -> Result<(), SyntaxError> {
        let mut version = false;
        while let Kind::VersionDirective { .. } | Kind::TagDirective { .. } = self.kind()? {
            let token = self.scanner.next()?;
            match token.kind {
                Kind::VersionDirective { .. } if version => {
                    return Err(self.error(token.start, "found duplicate %YAML directive"));
                }
                Kind::VersionDirective { major: 1, minor: 1 } => version = true,
                Kind::VersionDirective { .. } => {
                    return Err(
                        self.error(token.start, "found incompatible YAML document; only %YAML 1.1 is read")
                    );
                }
                Kind::TagDirective { handle, prefix } => {
                    if self.tag_prefixes.iter().any(|(known, _)| *known == handle) {
                        return Err(self.error(token.start, "found duplicate %TAG directive"));
                    }
                    self.tag_prefixes.push((handle, prefix));
                }
                _ => {}
            }
        }
        for (handle, prefix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            if !self.tag_prefixes.iter().any(|(known, _)| known == handle) {
                self.tag_prefixes.push((handle.to_owned(), prefix.to_owned()));
            }
        }
        Ok(())
    }

    /// Where a second document begins. It is not read, so it does not matter if it cannot be.
    fn second_document(&mut self) -> Option<Position> {
        loop {
            let token = self.scanner.next().ok()?;
            match token.kind {
                Kind::DocumentEnd => {}
                Kind::StreamEnd => return None,
                _ => return Some(token.start.position()),
            }
        }
    }

    fn add(&mut self, start: Mark, anchor: Option<String>, kind: RawKind) -> Result<usize, SyntaxError> {
        let index = self.nodes.len();
        if index >= MAX_VALUES {
            let message = format!("the manifest has more than {MAX_VALUES} values");
            return Err(SyntaxError::at(start.position(), message));
        }
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, index);
        }
        self.nodes.push(Raw { position: start.position(), kind });
        Ok(index)
    }

    fn empty(&mut self, mark: Mark) -> Result<usize, SyntaxError> {
        self.add(mark, None, RawKind::Scalar { tag: String::new(), text: String::new(), plain: true })
    }

    fn node(&mut self, place: Place, depth: usize) -> Result<usize, SyntaxError> {
        let start = self.scanner.peek()?.start;
        if depth > MAX_DEPTH {
            return Err(SyntaxError::at(start.position(), format!("nested deeper than {MAX_DEPTH} levels")));
        }
        if let Kind::Alias(name) = self.kind()? {
            let name = name.clone();
            let Some(target) = self.anchors.get(&name).copied() else {
                return Err(SyntaxError::at(start.position(), format!("unknown anchor '{name}' referenced")));
            };
            self.scanner.next()?;
            return self.add(start, None, RawKind::Alias(target));
        }
        let Properties { anchor, tag, start, given } = self.properties()?;
        match (self.kind()?, place) {
            (Kind::BlockEntry, Place::BlockMapping) => self.unindented_list(start, anchor, depth),
            (Kind::Scalar { .. }, _) => {
                let token = self.scanner.next()?;
                let Kind::Scalar { text, plain } = token.kind else { return self.empty(token.start) };
                let plain = (tag.is_empty() && plain) || tag == "!";
                self.add(start, anchor, RawKind::Scalar { tag, text, plain })
            }
            (Kind::FlowSequenceStart, _) => self.flow_list(start, anchor, depth),
            (Kind::FlowMappingStart, _) => self.flow_map(start, anchor, depth),
            (Kind::BlockSequenceStart, Place::Block | Place::BlockMapping) => {
                self.block_list(start, anchor, depth)
            }
            (Kind::BlockMappingStart, Place::Block | Place::BlockMapping) => {
                self.block_map(start, anchor, depth)
            }
            _ if given => {
                let plain = tag.is_empty();
                self.add(start, anchor, RawKind::Scalar { tag, text: String::new(), plain })
            }
            _ => {
                let mark = self.scanner.peek()?.start;
                Err(self.error(mark, "did not find expected node content"))
            }
        }
    }

    /// An anchor and a tag, in either order, each at most once.
    fn properties(&mut self) -> Result<Properties, SyntaxError> {
        let start = self.scanner.peek()?.start;
        let mut properties = Properties { anchor: None, tag: String::new(), start, given: false };
        let mut tag_seen = false;
        loop {
            match self.kind()? {
                Kind::Anchor(name) if properties.anchor.is_none() => properties.anchor = Some(name.clone()),
                Kind::Tag { handle, suffix } if !tag_seen => {
                    tag_seen = true;
                    let (handle, suffix) = (handle.clone(), suffix.clone());
                    properties.tag = self.resolve_tag(&handle, suffix)?;
                }
                _ => break,
            }
            self.scanner.next()?;
        }
        properties.given = properties.anchor.is_some() || !properties.tag.is_empty();
        Ok(properties)
    }

    fn resolve_tag(&mut self, handle: &str, suffix: String) -> Result<String, SyntaxError> {
        if handle.is_empty() {
            return Ok(suffix);
        }
        let mark = self.scanner.peek()?.start;
        let prefix = self.tag_prefixes.iter().find(|(known, _)| known == handle);
        let tag = prefix.map(|(_, prefix)| format!("{prefix}{suffix}")).filter(|tag| !tag.is_empty());
        tag.ok_or_else(|| self.error(mark, "found undefined tag handle"))
    }
}
