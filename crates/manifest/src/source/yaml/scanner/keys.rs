//! Where keys may have begun, and how deep blocks are.

use super::{Kind, MAX_LEVELS, MAX_SIMPLE_KEY, Scanner, SimpleKey, Token};
use crate::source::yaml::cursor::Mark;
use crate::source::{MAX_DEPTH, SyntaxError};

impl Scanner<'_> {
    /// Whether the token at the head may yet turn out to be a key.
    pub(super) fn head_may_be_key(&mut self) -> Result<bool, SyntaxError> {
        let level = self.simple_keys.iter().position(|key| key.is_some_and(|key| key.token == self.taken));
        match level {
            Some(level) => Ok(self.valid_key(level)?.is_some()),
            None => Ok(false),
        }
    }

    /// The place of a possible key of a level, unless the source has gone too far beyond it.
    pub(super) fn valid_key(&mut self, level: usize) -> Result<Option<SimpleKey>, SyntaxError> {
        let Some(key) = self.simple_keys[level] else { return Ok(None) };
        let here = self.cursor.mark;
        if key.mark.line < here.line || key.mark.index + MAX_SIMPLE_KEY < here.index {
            if key.required {
                return Err(self.missing_colon(key));
            }
            self.simple_keys[level] = None;
            return Ok(None);
        }
        Ok(Some(key))
    }

    pub(super) fn missing_colon(&self, key: SimpleKey) -> SyntaxError {
        let message = "not valid YAML: could not find expected ':' after what begins here";
        SyntaxError::at(key.mark.position(), message)
    }

    pub(super) fn innermost(&self) -> usize {
        self.simple_keys.len() - 1
    }

    pub(super) fn save_simple_key(&mut self) -> Result<(), SyntaxError> {
        if self.simple_key_allowed {
            self.remove_simple_key()?;
            let required = !self.in_flow() && self.indent == self.cursor.mark.column as isize;
            let token = self.taken + self.tokens.len();
            let level = self.innermost();
            self.simple_keys[level] = Some(SimpleKey { required, token, mark: self.cursor.mark });
        }
        Ok(())
    }

    pub(super) fn remove_simple_key(&mut self) -> Result<(), SyntaxError> {
        let level = self.innermost();
        match self.simple_keys[level].take() {
            Some(key) if key.required => Err(self.missing_colon(key)),
            Some(_) | None => Ok(()),
        }
    }

    /// Opens a block where the column is deeper than that around; its token goes before token `before` if given.
    pub(super) fn roll_indent(
        &mut self,
        column: usize,
        before: Option<usize>,
        kind: Kind,
        mark: Mark,
    ) -> Result<(), SyntaxError> {
        if self.in_flow() || self.indent >= column as isize {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column as isize;
        if self.indents.len() > MAX_LEVELS {
            return Err(SyntaxError::at(mark.position(), format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let at = before.map_or(self.tokens.len(), |before| before - self.taken);
        self.tokens.insert(at, Token { kind, start: mark, end: mark });
        Ok(())
    }

    /// Closes the blocks that are deeper than a column.
    pub(super) fn unroll_indent(&mut self, column: isize) {
        while !self.in_flow() && self.indent > column {
            self.push(Kind::BlockEnd, self.cursor.mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }
}
