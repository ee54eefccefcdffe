//! Lists and mappings by indentation.

use super::{Composer, Place, RawKind};
use crate::source::SyntaxError;
use crate::source::yaml::cursor::Mark;
use crate::source::yaml::scanner::{Kind, Token};

impl Composer<'_> {
    pub(super) fn block_list(
        &mut self,
        start: Mark,
        anchor: Option<String>,
        depth: usize,
    ) -> Result<usize, SyntaxError> {
        let index = self.add(start, anchor, RawKind::List(Vec::new()))?;
        self.scanner.next()?;
        let mut elements = Vec::new();
        loop {
            let token = self.scanner.next()?;
            match token.kind {
                Kind::BlockEntry => elements.push(match self.kind()? {
                    Kind::BlockEntry | Kind::BlockEnd => self.empty(token.end)?,
                    _ => self.node(Place::Block, depth + 1)?,
                }),
                Kind::BlockEnd => break,
                _ => return Err(self.error(token.start, "did not find expected '-' indicator")),
            }
        }
        self.nodes[index].kind = RawKind::List(elements);
        Ok(index)
    }

    pub(super) fn unindented_list(
        &mut self,
        start: Mark,
        anchor: Option<String>,
        depth: usize,
    ) -> Result<usize, SyntaxError> {
        let index = self.add(start, anchor, RawKind::List(Vec::new()))?;
        let mut elements = Vec::new();
        while matches!(self.kind()?, Kind::BlockEntry) {
            let token = self.scanner.next()?;
            elements.push(match self.kind()? {
                Kind::BlockEntry | Kind::Key | Kind::Value | Kind::BlockEnd => self.empty(token.end)?,
                _ => self.node(Place::Block, depth + 1)?,
            });
        }
        self.nodes[index].kind = RawKind::List(elements);
        Ok(index)
    }

    pub(super) fn block_map(
        &mut self,
        start: Mark,
        anchor: Option<String>,
        depth: usize,
    ) -> Result<usize, SyntaxError> {
        let index = self.add(start, anchor, RawKind::Map(Vec::new()))?;
        self.scanner.next()?;
        let mut entries = Vec::new();
        loop {
            let token = self.scanner.next()?;
            match token.kind {
                Kind::Key => {}
                Kind::BlockEnd => break,
                _ => return Err(self.error(token.start, "did not find expected key")),
            }
            let key = self.block_map_part(token.end, depth)?;
            let mark = self.scanner.peek()?.start;
            let value = match self.kind()? {
                Kind::Value => {
                    let Token { end, .. } = self.scanner.next()?;
                    self.block_map_part(end, depth)?
                }
                _ => self.empty(mark)?,
            };
            entries.push((key, value));
        }
        self.nodes[index].kind = RawKind::Map(entries);
        Ok(index)
    }

    fn block_map_part(&mut self, mark: Mark, depth: usize) -> Result<usize, SyntaxError> {
        match self.kind()? {
            Kind::Key | Kind::Value | Kind::BlockEnd => self.empty(mark),
            _ => self.node(Place::BlockMapping, depth + 1),
        }
    }
}
