//! A place in a YAML source, and what characters are there.

use crate::error::Position;
use crate::source::SyntaxError;

/// The piece in which go-yaml reads and checks its input: a wrong character counts as soon as its piece is needed.
const PIECE: usize = 512;

/// A place in a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// Characters before it.
    pub(super) index: usize,
    /// Lines before it.
    pub(super) line: usize,
    /// Characters before it in its line.
    pub(super) column: usize,
}

impl Mark {
    /// The place as users count.
    pub(super) fn position(self) -> Position {
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).saturating_add(1);
        Position { line: number(self.line), column: number(self.column) }
    }
}

/// The source, and how far it has been read.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    /// Byte at which reading stands.
    at: usize,
    /// Where reading stands.
    pub(super) mark: Mark,
    /// Byte of the first character that YAML does not allow, if there is one.
    wrong: Option<usize>,
}

/// The text of a source in UTF-8, without its byte order mark, up to the first bytes that are none.
pub(super) fn text(bytes: &[u8]) -> (std::borrow::Cow<'_, str>, bool) {
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let mut text = String::new();
        for character in char::decode_utf16(units) {
            match character {
                Ok(character) => text.push(character),
                Err(_) => return (std::borrow::Cow::Owned(text), false),
            }
        }
        (std::borrow::Cow::Owned(text), bytes.len().is_multiple_of(2))
    };
    match bytes {
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        _ => {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            match std::str::from_utf8(bytes) {
                Ok(text) => (text.into(), true),
                Err(error) => {
                    let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
                    (valid.into(), false)
                }
            }
        }
    }
}

impl<'a> Cursor<'a> {
    /// The beginning of a text; `complete` is false where bytes follow that are no text.
    pub(super) fn new(text: &'a str, complete: bool) -> Cursor<'a> {
        let wrong = text.char_indices().find(|(_, character)| !is_allowed(*character)).map(|(at, _)| at);
        let wrong = wrong.or((!complete).then_some(text.len()));
        Cursor { bytes: text.as_bytes(), at: 0, mark: Mark::default(), wrong }
    }

    /// Fails where one of the next characters lies in a piece with a character that YAML does not allow.
    pub(super) fn need(&self, characters: usize) -> Result<(), SyntaxError> {
        match self.wrong {
            Some(wrong) if self.at + characters > wrong / PIECE * PIECE => {
                let before = String::from_utf8_lossy(&self.bytes[..wrong.min(self.bytes.len())]).into_owned();
                let line = before.matches('\n').count();
                let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
                let at = Mark { index: 0, line, column };
                let message = "not valid YAML: a character here is not allowed; a manifest is UTF-8 text";
                Err(SyntaxError::at(at.position(), message))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The byte `ahead` bytes from here; zero at the end.
    pub(super) fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Whether the source ends here.
    pub(super) fn is_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// Whether a line break is `ahead` bytes from here.
    pub(super) fn is_break(&self, ahead: usize) -> bool {
        match (self.peek(ahead), self.peek(ahead + 1), self.peek(ahead + 2)) {
            (b'\r' | b'\n', ..) | (0xc2, 0x85, _) | (0xe2, 0x80, 0xa8 | 0xa9) => true,
            (..) => false,
        }
    }

    /// Whether a line break or the end is `ahead` bytes from here.
    pub(super) fn is_break_or_end(&self, ahead: usize) -> bool {
        self.is_break(ahead) || self.peek(ahead) == 0
    }

    /// Whether a space or a tab is here.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.peek(0), b' ' | b'\t')
    }

    /// Whether white space, a line break or the end is `ahead` bytes from here.
    pub(super) fn is_blank_or_end(&self, ahead: usize) -> bool {
        matches!(self.peek(ahead), b' ' | b'\t') || self.is_break_or_end(ahead)
    }

    /// Whether `---` or `...` stands alone at the beginning of the line here.
    pub(super) fn is_document_indicator(&self) -> bool {
        let three = [self.peek(0), self.peek(1), self.peek(2)];
        self.mark.column == 0 && matches!(&three, b"---" | b"...") && self.is_blank_or_end(3)
    }

    /// Passes one character.
    pub(super) fn skip(&mut self) {
        self.at += self.width();
        self.mark.index += 1;
        self.mark.column += 1;
    }

    /// Passes blanks.
    pub(super) fn skip_blanks(&mut self) -> Result<(), SyntaxError> {
        self.need(1)?;
        while self.is_blank() {
            self.skip();
            self.need(1)?;
        }
        Ok(())
    }

    /// Passes a comment, if one is here, up to the end of the line.
    pub(super) fn skip_comment(&mut self) -> Result<(), SyntaxError> {
        if self.peek(0) == b'#' {
            while !self.is_break_or_end(0) {
                self.skip();
                self.need(1)?;
            }
        }
        Ok(())
    }

    /// Passes a line break, if one is here.
    pub(super) fn skip_line(&mut self) {
        self.read_line(&mut String::new());
    }

    /// Moves one character into a text.
    pub(super) fn read(&mut self, text: &mut String) {
        let width = self.width();
        let character =
            self.bytes.get(self.at..self.at + width).and_then(|bytes| std::str::from_utf8(bytes).ok());
        text.push_str(character.unwrap_or_default());
        self.skip();
    }

    /// Moves a line break into a text: as a line feed, except for the two separators of Unicode.
    pub(super) fn read_line(&mut self, text: &mut String) {
        let (width, characters) = match (self.peek(0), self.peek(1)) {
            (b'\r', b'\n') => (2, 2),
            (b'\r' | b'\n', _) => (1, 1),
            (0xc2, 0x85) => (2, 1),
            _ if self.is_break(0) => (3, 1),
            _ => return,
        };
        match (width, self.peek(2)) {
            (3, 0xa8) => text.push('\u{2028}'),
            (3, _) => text.push('\u{2029}'),
            _ => text.push('\n'),
        }
        self.at += width;
        self.mark = Mark { index: self.mark.index + characters, line: self.mark.line + 1, column: 0 };
    }

    fn width(&self) -> usize {
        match self.peek(0) {
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0.. => 4,
            _ => 1,
        }
    }
}

fn is_allowed(character: char) -> bool {
    matches!(
        character,
        '\t' | '\n'
            | '\r'
            | ' '..='~'
            | '\u{85}'
            | '\u{a0}'..='\u{d7ff}'
            | '\u{e000}'..='\u{fffd}'
            | '\u{10000}'..='\u{10ffff}'
    )
}
