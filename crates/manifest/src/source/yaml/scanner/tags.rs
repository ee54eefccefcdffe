//! Directives, anchors and tags.

use super::super::cursor::Mark;
use super::{Kind, Scanner};
use crate::source::SyntaxError;

const DIRECTIVE: &str = "while scanning a directive";
const TAG: &str = "while parsing a tag";

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

impl Scanner<'_> {
    pub(super) fn scan_directive(&mut self) -> Result<(), SyntaxError> {
        let start = self.cursor.mark;
        self.cursor.skip();
        let name = self.word()?;
        if name.is_empty() {
            return Err(self.error(DIRECTIVE, "could not find expected directive name"));
        }
        if !self.cursor.is_blank_or_end(0) {
            return Err(self.error(DIRECTIVE, "found unexpected non-alphabetical character"));
        }
        self.cursor.skip_blanks()?;
        let kind = match name.as_str() {
            "YAML" => {
                let major = self.version_number()?;
                if self.cursor.peek(0) != b'.' {
                    return Err(self.error(DIRECTIVE, "did not find expected digit or '.' character"));
                }
                self.cursor.skip();
                Kind::VersionDirective { major, minor: self.version_number()? }
            }
            "TAG" => self.tag_directive()?,
            _ => return Err(self.error(DIRECTIVE, "found unknown directive name")),
        };
        self.push(kind, start);
        self.cursor.skip_blanks()?;
        self.cursor.skip_comment()?;
        if !self.cursor.is_break_or_end(0) {
            return Err(self.error(DIRECTIVE, "did not find expected comment or line break"));
        }
        self.cursor.skip_line();
        Ok(())
    }

    fn word(&mut self) -> Result<String, SyntaxError> {
        let mut word = String::new();
        self.cursor.need(1)?;
        while is_word(self.cursor.peek(0)) {
            self.cursor.read(&mut word);
            self.cursor.need(1)?;
        }
        Ok(word)
    }

    fn version_number(&mut self) -> Result<u8, SyntaxError> {
        let mut digits = String::new();
        self.cursor.need(1)?;
        while self.cursor.peek(0).is_ascii_digit() {
            if digits.len() == 2 {
                return Err(self.error(DIRECTIVE, "found extremely long version number"));
            }
            self.cursor.read(&mut digits);
            self.cursor.need(1)?;
        }
        digits.parse().map_err(|_| self.error(DIRECTIVE, "did not find expected version number"))
    }

    fn tag_directive(&mut self) -> Result<Kind, SyntaxError> {
        let handle = self.tag_handle(true)?;
        self.cursor.need(1)?;
        if !self.cursor.is_blank() {
            return Err(self.error(DIRECTIVE, "did not find expected whitespace"));
        }
        self.cursor.skip_blanks()?;
        let prefix = self.tag_uri("")?;
        if !self.cursor.is_blank_or_end(0) {
            return Err(self.error(DIRECTIVE, "did not find expected whitespace or line break"));
        }
        Ok(Kind::TagDirective { handle, prefix })
    }

    /// An anchor (`&name`) or an alias (`*name`).
    pub(super) fn scan_anchor(&mut self) -> Result<(), SyntaxError> {
        let start = self.cursor.mark;
        let is_anchor = self.cursor.peek(0) == b'&';
        self.cursor.skip();
        let name = self.word()?;
        let follows = matches!(self.cursor.peek(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !(follows || self.cursor.is_blank_or_end(0)) {
            let context = if is_anchor { "while scanning an anchor" } else { "while scanning an alias" };
            let problem =
                "did not find expected alphabetic or numeric character; put a text with & or * in quotes";
            return Err(self.error(context, problem));
        }
        self.push(if is_anchor { Kind::Anchor(name) } else { Kind::Alias(name) }, start);
        Ok(())
    }

    /// A tag: `!<uri>`, `!suffix`, `!!suffix`, `!handle!suffix` or `!` alone.
    pub(super) fn scan_tag(&mut self) -> Result<(), SyntaxError> {
        let start = self.cursor.mark;
        self.cursor.need(2)?;
        let (handle, suffix) = if self.cursor.peek(1) == b'<' {
            self.cursor.skip();
            self.cursor.skip();
            let suffix = self.tag_uri("")?;
            if self.cursor.peek(0) != b'>' {
                return Err(self.error(TAG, "did not find the expected '>'"));
            }
            self.cursor.skip();
            (String::new(), suffix)
        } else {
            let handle = self.tag_handle(false)?;
            if handle.len() > 1 && handle.ends_with('!') {
                let suffix = self.tag_uri("")?;
                (handle, suffix)
            } else {
                let suffix = self.tag_uri(&handle)?;
                if suffix.is_empty() { (String::new(), "!".to_owned()) } else { ("!".to_owned(), suffix) }
            }
        };
        self.cursor.need(1)?;
        if !self.cursor.is_blank_or_end(0) {
            return Err(self.error(TAG, "did not find expected whitespace or line break"));
        }
        self.push(Kind::Tag { handle, suffix }, start);
        Ok(())
    }

    fn tag_handle(&mut self, directive: bool) -> Result<String, SyntaxError> {
        self.cursor.need(1)?;
        if self.cursor.peek(0) != b'!' {
            return Err(self.error(TAG, "did not find expected '!'"));
        }
        let mut handle = String::new();
        self.cursor.read(&mut handle);
        handle.push_str(&self.word()?);
        if self.cursor.peek(0) == b'!' {
            self.cursor.read(&mut handle);
        } else if directive && handle != "!" {
            return Err(self.error(TAG, "did not find expected '!'"));
        }
        Ok(handle)
    }

    /// The rest of a tag; what `head` has behind its `!` belongs to it.
    fn tag_uri(&mut self, head: &str) -> Result<String, SyntaxError> {
        let is_inner = |byte: u8| {
            is_word(byte)
                || matches!(
                    byte,
                    b';' | b'/'
                        | b'?'
                        | b':'
                        | b'@'
                        | b'&'
                        | b'='
                        | b'+'
                        | b'$'
                        | b','
                        | b'.'
                        | b'!'
                        | b'~'
                        | b'*'
                        | b'\''
                        | b'('
                        | b')'
                        | b'['
                        | b']'
                        | b'%'
                )
        };
        let start = self.cursor.mark;
        let mut uri = head.get(1..).unwrap_or_default().to_owned();
        let mut found = !head.is_empty();
        self.cursor.need(1)?;
        while is_inner(self.cursor.peek(0)) {
            if self.cursor.peek(0) == b'%' {
                self.escaped_character(start, &mut uri)?;
            } else {
                self.cursor.read(&mut uri);
            }
            self.cursor.need(1)?;
            found = true;
        }
        if found { Ok(uri) } else { Err(self.error(TAG, "did not find expected tag URI")) }
    }

    /// A character of a tag as escaped bytes, such as `%C3%A9`.
    fn escaped_character(&mut self, start: Mark, uri: &mut String) -> Result<(), SyntaxError> {
        let wrong =
            |problem: &str| SyntaxError::at(start.position(), format!("not valid YAML: {problem} {TAG}"));
        let mut bytes: Vec<u8> = Vec::new();
        let mut width = 1;
        while bytes.len() < width {
            self.cursor.need(3)?;
            let digit = |byte: u8| char::from(byte).to_digit(16);
            let digits = [digit(self.cursor.peek(1)), digit(self.cursor.peek(2))];
            let ('%', [Some(high), Some(low)]) = (char::from(self.cursor.peek(0)), digits) else {
                return Err(wrong("did not find URI escaped octet"));
            };
            let byte = (high << 4 | low) as u8;
            if bytes.is_empty() {
                width = match byte {
                    0x00..=0x7f => 1,
                    0xc0..=0xdf => 2,
                    0xe0..=0xef => 3,
                    0xf0..=0xf7 => 4,
                    _ => return Err(wrong("found an incorrect leading UTF-8 octet")),
                };
            } else if byte & 0xc0 != 0x80 {
                return Err(wrong("found an incorrect trailing UTF-8 octet"));
            }
            bytes.push(byte);
            (0..3).for_each(|_| self.cursor.skip());
        }
        uri.push_str(&String::from_utf8_lossy(&bytes));
        Ok(())
    }
}
