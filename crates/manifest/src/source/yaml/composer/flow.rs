//! Lists and mappings in brackets and braces.

use super::{Composer, Place, RawKind};
use crate::source::SyntaxError;
use crate::source::yaml::cursor::Mark;
use crate::source::yaml::scanner::Kind;

impl Composer<'_> {
    /// Passes the comma before every element but the first; true at the end of the collection.
    fn flow_ends(&mut self, first: bool, end: &Kind, problem: &str) -> Result<bool, SyntaxError> {
        if !first && self.kind()? != end {
            let token = self.scanner.next()?;
            if token.kind != Kind::FlowEntry {
                return Err(self.error(token.start, problem));
            }
        }
        let ends = self.kind()? == end;
        if ends {
            self.scanner.next()?;
        }
        Ok(ends)
    }

    pub(super) fn flow_list(
        &mut self,
        start: Mark,
        anchor: Option<String>,
        depth: usize,
    ) -> Result<usize, SyntaxError> {
        let index = self.add(start, anchor, RawKind::List(Vec::new()))?;
        self.scanner.next()?;
        let mut elements = Vec::new();
        while !self.flow_ends(
            elements.is_empty(),
            &Kind::FlowSequenceEnd,
            "did not find expected ',' or ']'",
        )? {
            elements.push(match self.kind()? {
                Kind::Key => self.flow_pair(depth + 1)?,
                _ => self.node(Place::Flow, depth + 1)?,
            });
        }
        self.nodes[index].kind = RawKind::List(elements);
        Ok(index)
    }

    /// A mapping of one entry that stands in a list without braces.
    fn flow_pair(&mut self, depth: usize) -> Result<usize, SyntaxError> {
        let token = self.scanner.next()?;
        let index = self.add(token.start, None, RawKind::Map(Vec::new()))?;
        let key = match self.kind()? {
            Kind::Value | Kind::FlowEntry | Kind::FlowSequenceEnd => {
                // go-yaml passes the token that shows the key to be missing.
                let token = self.scanner.next()?;
                self.empty(token.end)?
            }
            _ => self.node(Place::Flow, depth + 1)?,
        };
        let value = self.flow_value(&Kind::FlowSequenceEnd, depth)?;
        self.nodes[index].kind = RawKind::Map(vec![(key, value)]);
        Ok(index)
    }

    fn flow_value(&mut self, end: &Kind, depth: usize) -> Result<usize, SyntaxError> {
        if matches!(self.kind()?, Kind::Value) {
            self.scanner.next()?;
            let kind = self.kind()?;
            if *kind != Kind::FlowEntry && kind != end {
                return self.node(Place::Flow, depth + 1);
            }
        }
        let mark = self.scanner.peek()?.start;
        self.empty(mark)
    }

    pub(super) fn flow_map(
        &mut self,
        start: Mark,
        anchor: Option<String>,
        depth: usize,
    ) -> Result<usize, SyntaxError> {
        let index = self.add(start, anchor, RawKind::Map(Vec::new()))?;
        self.scanner.next()?;
        let mut entries = Vec::new();
        while !self.flow_ends(
            entries.is_empty(),
            &Kind::FlowMappingEnd,
            "did not find expected ',' or '}'",
        )? {
            if !matches!(self.kind()?, Kind::Key) {
                let key = self.node(Place::Flow, depth + 1)?;
                let mark = self.scanner.peek()?.start;
                entries.push((key, self.empty(mark)?));
                continue;
            }
            self.scanner.next()?;
            let mark = self.scanner.peek()?.start;
            let key = match self.kind()? {
                Kind::Value | Kind::FlowEntry | Kind::FlowMappingEnd => self.empty(mark)?,
                _ => self.node(Place::Flow, depth + 1)?,
            };
            let value = self.flow_value(&Kind::FlowMappingEnd, depth)?;
            entries.push((key, value));
        }
        self.nodes[index].kind = RawKind::Map(entries);
        Ok(index)
    }
}
