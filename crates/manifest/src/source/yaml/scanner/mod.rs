//! A YAML source as tokens, exactly as go-yaml 2.4 scans it: an older libyaml, which ends a plain scalar inside `[ ]` and
//! `{ }` at a question mark and lets one end with a colon.
//!
//! A mapping's key is known only by the colon behind it, so tokens are held back while a key may still have begun
//! earlier; such a place is a *simple key*.

mod keys;
mod scalars;
mod tags;

use std::collections::VecDeque;

use super::cursor::{Cursor, Mark};
use crate::source::{MAX_DEPTH, SyntaxError};

/// The most characters of a key that is not marked by `?`.
const MAX_SIMPLE_KEY: usize = 1024;
/// The deepest nesting that is scanned; the composer refuses less, with a better message.
const MAX_LEVELS: usize = 4 * MAX_DEPTH;

/// A token and its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// Where it begins.
    pub(super) start: Mark,
    /// Where it ends.
    pub(super) end: Mark,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    StreamEnd,
    VersionDirective { major: u8, minor: u8 },
    TagDirective { handle: String, prefix: String },
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    Tag { handle: String, suffix: String },
    Scalar { text: String, plain: bool },
}

/// A place where a key may have begun.
#[derive(Clone, Copy, Debug)]
struct SimpleKey {
    /// Whether nothing else can stand here.
    required: bool,
    /// Number of the token that would be the key.
    token: usize,
    mark: Mark,
}

/// Makes tokens of a source.
pub(super) struct Scanner<'a> {
    cursor: Cursor<'a>,
    tokens: VecDeque<Token>,
    /// Tokens already handed out.
    taken: usize,
    ended: bool,
    /// Column of the block around; -1 outside of any.
    indent: isize,
    indents: Vec<isize>,
    /// One place for each flow collection around, and one for the block.
    simple_keys: Vec<Option<SimpleKey>>,
    simple_key_allowed: bool,
}

impl<'a> Scanner<'a> {
    /// A scanner at the beginning of a source.
    pub(super) fn new(cursor: Cursor<'a>) -> Scanner<'a> {
        Scanner {
            cursor,
            tokens: VecDeque::new(),
            taken: 0,
            ended: false,
            indent: -1,
            indents: Vec::new(),
            simple_keys: vec![None],
            simple_key_allowed: true,
        }
    }

    /// The next token, which stays.
    pub(super) fn peek(&mut self) -> Result<&Token, SyntaxError> {
        while !self.ended && (self.tokens.is_empty() || self.head_may_be_key()?) {
            self.fetch()?;
        }
        // Beyond the end the last token stays for good, so that there always is one.
        let end = Token { kind: Kind::StreamEnd, start: self.cursor.mark, end: self.cursor.mark };
        if self.tokens.is_empty() {
            self.tokens.push_back(end);
        }
        Ok(&self.tokens[0])
    }

    /// Takes the next token.
    pub(super) fn next(&mut self) -> Result<Token, SyntaxError> {
        let token = self.peek()?.clone();
        self.tokens.pop_front();
        self.taken += 1;
        Ok(token)
    }

    fn error(&self, context: &str, problem: &str) -> SyntaxError {
        let context = if context.is_empty() { String::new() } else { format!(" {context}") };
        SyntaxError::at(self.cursor.mark.position(), format!("not valid YAML: {problem}{context}"))
    }

    fn in_flow(&self) -> bool {
        self.simple_keys.len() > 1
    }

    fn push(&mut self, kind: Kind, start: Mark) {
        self.tokens.push_back(Token { kind, start, end: self.cursor.mark });
    }

    fn fetch(&mut self) -> Result<(), SyntaxError> {
        self.skip_to_token()?;
        self.unroll_indent(self.cursor.mark.column as isize);
        self.cursor.need(4)?;
        if self.cursor.is_end() {
            return self.fetch_stream_end();
        }
        let column = self.cursor.mark.column;
        let first = self.cursor.peek(0);
        let alone = self.cursor.is_blank_or_end(1);
        match first {
            b'%' if column == 0 => self.fetch_directive(),
            b'-' if self.cursor.is_document_indicator() => self.fetch_document_indicator(Kind::DocumentStart),
            b'.' if self.cursor.is_document_indicator() => self.fetch_document_indicator(Kind::DocumentEnd),
            b'[' => self.fetch_flow_start(Kind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(Kind::FlowMappingStart),
            b']' => self.fetch_flow_end(Kind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(Kind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if alone => self.fetch_block_entry(),
            b'?' if alone || self.in_flow() => self.fetch_key(),
            b':' if alone || self.in_flow() => self.fetch_value(),
            b'*' | b'&' | b'!' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                match first {
                    b'!' => self.scan_tag(),
                    _ => self.scan_anchor(),
                }
            }
            b'|' | b'>' if !self.in_flow() => {
                self.remove_simple_key()?;
                self.simple_key_allowed = true;
                self.scan_block_scalar(first == b'|')
            }
            b'\'' | b'"' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                self.scan_quoted_scalar(first == b'\'')
            }
            _ if self.starts_plain_scalar() => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                self.scan_plain_scalar()
            }
            b'\t' => {
                let problem = "found a tab where the line's indentation should be; YAML wants spaces";
                Err(self.error("", problem))
            }
            _ => Err(self.error("", "found character that cannot start any token; put the text in quotes")),
        }
    }

    fn starts_plain_scalar(&self) -> bool {
        let first = self.cursor.peek(0);
        let is_indicator = matches!(
            first,
            b'-' | b'?'
                | b':'
                | b','
                | b'['
                | b']'
                | b'{'
                | b'}'
                | b'#'
                | b'&'
                | b'*'
                | b'!'
                | b'|'
                | b'>'
                | b'\''
                | b'"'
                | b'%'
                | b'@'
                | b'`'
        );
        (!is_indicator && !self.cursor.is_blank_or_end(0))
            || (first == b'-' && !matches!(self.cursor.peek(1), b' ' | b'\t'))
            || (!self.in_flow() && matches!(first, b'?' | b':') && !self.cursor.is_blank_or_end(1))
    }

    fn skip_to_token(&mut self) -> Result<(), SyntaxError> {
        loop {
            self.cursor.need(1)?;
            let tabs = self.in_flow() || !self.simple_key_allowed;
            while self.cursor.peek(0) == b' ' || (tabs && self.cursor.peek(0) == b'\t') {
                self.cursor.skip();
                self.cursor.need(1)?;
            }
            self.cursor.skip_comment()?;
            if !self.cursor.is_break(0) {
                return Ok(());
            }
            self.cursor.skip_line();
            if !self.in_flow() {
                self.simple_key_allowed = true;
            }
        }
    }

    fn fetch_stream_end(&mut self) -> Result<(), SyntaxError> {
        if self.cursor.mark.column != 0 {
            self.cursor.mark.column = 0;
            self.cursor.mark.line += 1;
        }
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.push(Kind::StreamEnd, self.cursor.mark);
        self.ended = true;
        Ok(())
    }

    fn fetch_directive(&mut self) -> Result<(), SyntaxError> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.scan_directive()
    }

    fn fetch_document_indicator(&mut self, kind: Kind) -> Result<(), SyntaxError> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.cursor.mark;
        (0..3).for_each(|_| self.cursor.skip());
        self.push(kind, start);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: Kind) -> Result<(), SyntaxError> {
        self.save_simple_key()?;
        self.simple_keys.push(None);
        if self.simple_keys.len() > MAX_LEVELS {
            return Err(SyntaxError::at(
                self.cursor.mark.position(),
                format!("nested deeper than {MAX_DEPTH} levels"),
            ));
        }
        self.simple_key_allowed = true;
        self.fetch_indicator(kind);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: Kind) -> Result<(), SyntaxError> {
        self.remove_simple_key()?;
        if self.in_flow() {
            self.simple_keys.pop();
        }
        self.simple_key_allowed = false;
        self.fetch_indicator(kind);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), SyntaxError> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.fetch_indicator(Kind::FlowEntry);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), SyntaxError> {
        if !self.in_flow() {
            if !self.simple_key_allowed {
                return Err(self.error("", "block sequence entries are not allowed in this context"));
            }
            let mark = self.cursor.mark;
            self.roll_indent(mark.column, None, Kind::BlockSequenceStart, mark)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.fetch_indicator(Kind::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), SyntaxError> {
        if !self.in_flow() {
            if !self.simple_key_allowed {
                return Err(self.error("", "mapping keys are not allowed in this context"));
            }
            let mark = self.cursor.mark;
            self.roll_indent(mark.column, None, Kind::BlockMappingStart, mark)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = !self.in_flow();
        self.fetch_indicator(Kind::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), SyntaxError> {
        let level = self.innermost();
        if let Some(key) = self.valid_key(level)? {
            let token = Token { kind: Kind::Key, start: key.mark, end: key.mark };
            self.tokens.insert(key.token - self.taken, token);
            self.roll_indent(key.mark.column, Some(key.token), Kind::BlockMappingStart, key.mark)?;
            self.simple_keys[level] = None;
            self.simple_key_allowed = false;
        } else {
            if !self.in_flow() {
                if !self.simple_key_allowed {
                    let problem =
                        "mapping values are not allowed in this context; put a text with a colon in quotes";
                    return Err(self.error("", problem));
                }
                let mark = self.cursor.mark;
                self.roll_indent(mark.column, None, Kind::BlockMappingStart, mark)?;
            }
            self.simple_key_allowed = !self.in_flow();
        }
        self.fetch_indicator(Kind::Value);
        Ok(())
    }

    fn fetch_indicator(&mut self, kind: Kind) {
        let start = self.cursor.mark;
        self.cursor.skip();
        self.push(kind, start);
    }
}
