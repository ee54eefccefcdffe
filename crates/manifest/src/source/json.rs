//! JSON to a tree, as Go's decoder reads it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use super::{Data, Entry, MAX_DEPTH, MAX_VALUES, Node, SyntaxError, Tree};
use crate::error::{MAX_FINDINGS, Position};

/// Reads a JSON text that holds one value.
pub(super) fn read(bytes: &[u8]) -> Result<Tree, SyntaxError> {
    let text = String::from_utf8_lossy(bytes);
    let mut reader =
        Reader { rest: &text, position: Position { line: 1, column: 1 }, values: 0, duplicates: Vec::new() };
    reader.skip_space();
    let root = reader.value(0)?;
    reader.skip_space();
    match reader.rest.chars().next() {
        None => Ok(Tree { root, duplicates: reader.duplicates, second_document: None }),
        Some(found) => Err(reader.error(format!("{found:?} after the end of the object"))),
    }
}

struct Reader<'a> {
    rest: &'a str,
    position: Position,
    values: usize,
    duplicates: Vec<(Position, String)>,
}

impl Reader<'_> {
    fn error(&self, message: impl std::fmt::Display) -> SyntaxError {
        SyntaxError::at(self.position, format!("not valid JSON: {message}"))
    }

    fn peek(&self) -> Option<u8> {
        self.rest.as_bytes().first().copied()
    }

    fn advance(&mut self, bytes: usize) {
        let (taken, rest) = self.rest.split_at(bytes);
        for character in taken.chars() {
            if character == '\n' {
                self.position = Position { line: self.position.line.saturating_add(1), column: 1 };
            } else {
                self.position.column = self.position.column.saturating_add(1);
            }
        }
        self.rest = rest;
    }

    fn skip_space(&mut self) {
        let space = self.rest.bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
        self.advance(space);
    }

    fn unexpected(&self, wanted: &str) -> SyntaxError {
        match self.rest.chars().next() {
            Some(found) => self.error(format!("{found:?} where {wanted} should be")),
            None => self.error(format!("the text ends where {wanted} should be")),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, SyntaxError> {
        self.values += 1;
        if depth > MAX_DEPTH {
            return Err(SyntaxError::at(self.position, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        if self.values > MAX_VALUES {
            return Err(SyntaxError::at(
                self.position,
                format!("the manifest has more than {MAX_VALUES} values"),
            ));
        }
        let position = self.position;
        let data = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Data::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(_) => self.literal()?,
            None => return Err(self.unexpected("a value")),
        };
        Ok(Node { position, data })
    }

    fn literal(&mut self) -> Result<Data, SyntaxError> {
        for (text, data) in
            [("true", Data::Bool(true, None)), ("false", Data::Bool(false, None)), ("null", Data::Null)]
        {
            if self.rest.starts_with(text) {
                self.advance(text.len());
                return Ok(data);
            }
        }
        Err(self.unexpected("a value"))
    }

    fn object(&mut self, depth: usize) -> Result<Data, SyntaxError> {
        self.advance(1);
        let mut entries = BTreeMap::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.advance(1);
            return Ok(Data::Map(entries));
        }
        loop {
            self.skip_space();
            let position = self.position;
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a key in quotes"));
            }
            let key = self.string()?;
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("a colon"));
            }
            self.advance(1);
            self.skip_space();
            let node = self.value(depth + 1)?;
            self.insert(&mut entries, key, Entry { position, node });
            self.skip_space();
            match self.peek() {
                Some(b',') => self.advance(1),
                Some(b'}') => {
                    self.advance(1);
                    return Ok(Data::Map(entries));
                }
                _ => return Err(self.unexpected("a comma or the end of the object")),
            }
        }
    }

    /// A key that stands twice: the last value counts, but Go fills the same object again, so objects grow together.
    fn insert(&mut self, entries: &mut BTreeMap<String, Entry>, key: String, entry: Entry) {
        match entries.entry(key) {
            Slot::Vacant(slot) => {
                slot.insert(entry);
            }
            Slot::Occupied(mut slot) => {
                if self.duplicates.len() < MAX_FINDINGS {
                    self.duplicates.push((entry.position, slot.key().clone()));
                }
                merge(&mut slot.get_mut().node, entry.node);
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Data, SyntaxError> {
        self.advance(1);
        let mut elements = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.advance(1);
            return Ok(Data::List(elements));
        }
        loop {
            self.skip_space();
            elements.push(self.value(depth + 1)?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.advance(1),
                Some(b']') => {
                    self.advance(1);
                    return Ok(Data::List(elements));
                }
                _ => return Err(self.unexpected("a comma or the end of the list")),
            }
        }
    }

    fn number(&mut self) -> Result<Data, SyntaxError> {
        let bytes = self.rest.as_bytes();
        let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut end = usize::from(bytes[0] == b'-');
        let whole = digits(end);
        let mut fits = whole == 1 || (whole > 1 && bytes[end] != b'0');
        end += whole;
        if bytes.get(end) == Some(&b'.') {
            let fraction = digits(end + 1);
            fits &= fraction > 0;
            end += 1 + fraction;
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'-' | b'+')));
            let exponent = digits(end + 1 + sign);
            fits &= exponent > 0;
            end += 1 + sign + exponent;
        }
        if !fits {
            return Err(self.unexpected("a number"));
        }
        let number = self.rest[..end].into();
        self.advance(end);
        Ok(Data::Number(number))
    }

    fn string(&mut self) -> Result<String, SyntaxError> {
        self.advance(1);
        let mut text = String::new();
        loop {
            let plain = self.rest.bytes().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)).count();
            text.push_str(&self.rest[..plain]);
            self.advance(plain);
            match self.peek() {
                Some(b'"') => {
                    self.advance(1);
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.error("a control character inside a text")),
                None => return Err(self.unexpected("the end of a text")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        let escaped = match self.rest.as_bytes().get(1) {
            Some(character @ (b'"' | b'\\' | b'/')) => char::from(*character),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            Some(_) | None => return Err(self.error("an unknown escape inside a text")),
        };
        self.advance(2);
        Ok(escaped)
    }

    fn unicode(&mut self) -> Result<char, SyntaxError> {
        let unit = |text: &str| {
            let digits = text.strip_prefix("\\u")?.get(..4)?;
            digits
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit())
                .then(|| u16::from_str_radix(digits, 16).ok())?
        };
        let Some(first) = unit(self.rest) else {
            return Err(self.error("\\u inside a text wants four hexadecimal digits"));
        };
        let second = self.rest.get(6..).and_then(unit);
        let pair = second.and_then(|second| char::decode_utf16([first, second]).next()?.ok());
        match pair {
            Some(character) if u32::from(character) > 0xffff => {
                self.advance(12);
                Ok(character)
            }
            _ => {
                self.advance(6);
                Ok(char::from_u32(u32::from(first)).unwrap_or(char::REPLACEMENT_CHARACTER))
            }
        }
    }
}

fn merge(old: &mut Node, new: Node) {
    match (&mut old.data, new.data) {
        (Data::Map(old), Data::Map(new)) => {
            for (key, entry) in new {
                match old.entry(key) {
                    Slot::Vacant(slot) => {
                        slot.insert(entry);
                    }
                    Slot::Occupied(mut slot) => merge(&mut slot.get_mut().node, entry.node),
                }
            }
        }
        (_, data) => *old = Node { position: new.position, data },
    }
}
