//! Scalars: block, quoted and plain.

use super::{Kind, Scanner};
use crate::source::SyntaxError;

const BLOCK: &str = "while scanning a block scalar";
const QUOTED: &str = "while scanning a quoted scalar";

/// What becomes of the line breaks at the end of a block scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    /// All go.
    Strip,
    /// One stays.
    Clip,
    /// All stay.
    Keep,
}

impl Scanner<'_> {
    pub(super) fn scan_block_scalar(&mut self, literal: bool) -> Result<(), SyntaxError> {
        let start = self.cursor.mark;
        self.cursor.skip();
        let (chomping, increment) = self.block_header()?;
        let mut indent = match increment {
            0 => 0,
            increment => usize::try_from(self.indent).unwrap_or(0) + increment,
        };
        let mut text = String::new();
        let (mut leading_break, mut trailing_breaks) = (String::new(), String::new());
        self.block_breaks(&mut indent, &mut trailing_breaks)?;
        let mut leading_blank = false;
        while self.cursor.mark.column == indent && !self.cursor.is_end() {
            let trailing_blank = self.cursor.is_blank();
            if !literal && !leading_blank && !trailing_blank && leading_break.starts_with('\n') {
                if trailing_breaks.is_empty() {
                    text.push(' ');
                }
                leading_break.clear();
            } else {
                text.push_str(&std::mem::take(&mut leading_break));
            }
            text.push_str(&std::mem::take(&mut trailing_breaks));
            leading_blank = self.cursor.is_blank();
            while !self.cursor.is_break_or_end(0) {
                self.cursor.read(&mut text);
                self.cursor.need(1)?;
            }
            self.cursor.need(2)?;
            self.cursor.read_line(&mut leading_break);
            self.block_breaks(&mut indent, &mut trailing_breaks)?;
        }
        if chomping != Chomping::Strip {
            text.push_str(&leading_break);
        }
        if chomping == Chomping::Keep {
            text.push_str(&trailing_breaks);
        }
        self.push(Kind::Scalar { text, plain: false }, start);
        Ok(())
    }

    /// The rest of the line that opens a block scalar: how its end is treated, and how deep it is indented, if said.
    fn block_header(&mut self) -> Result<(Chomping, usize), SyntaxError> {
        let mut chomping = None;
        let mut increment = None;
        // The two may come in either order, each once.
        for _ in 0..2 {
            self.cursor.need(1)?;
            match self.cursor.peek(0) {
                b'+' if chomping.is_none() => chomping = Some(Chomping::Keep),
                b'-' if chomping.is_none() => chomping = Some(Chomping::Strip),
                b'0' if increment.is_none() => {
                    return Err(self.error(BLOCK, "found an indentation indicator equal to 0"));
                }
                digit @ b'1'..=b'9' if increment.is_none() => increment = Some(usize::from(digit - b'0')),
                _ => break,
            }
            self.cursor.skip();
        }
        self.cursor.skip_blanks()?;
        self.cursor.skip_comment()?;
        if !self.cursor.is_break_or_end(0) {
            return Err(self.error(BLOCK, "did not find expected comment or line break"));
        }
        self.cursor.skip_line();
        Ok((chomping.unwrap_or(Chomping::Clip), increment.unwrap_or(0)))
    }

    /// Empty lines of a block scalar. Where its depth is not known yet (0), the deepest of them settles it.
    fn block_breaks(&mut self, indent: &mut usize, breaks: &mut String) -> Result<(), SyntaxError> {
        let mut deepest = 0;
        loop {
            self.cursor.need(1)?;
            while (*indent == 0 || self.cursor.mark.column < *indent) && self.cursor.peek(0) == b' ' {
                self.cursor.skip();
                self.cursor.need(1)?;
            }
            deepest = deepest.max(self.cursor.mark.column);
            if (*indent == 0 || self.cursor.mark.column < *indent) && self.cursor.peek(0) == b'\t' {
                return Err(self.error(BLOCK, "found a tab character where an indentation space is expected"));
            }
            if !self.cursor.is_break(0) {
                break;
            }
            self.cursor.read_line(breaks);
        }
        if *indent == 0 {
            *indent = deepest.max(usize::try_from(self.indent + 1).unwrap_or(0)).max(1);
        }
        Ok(())
    }

    pub(super) fn scan_quoted_scalar(&mut self, single: bool) -> Result<(), SyntaxError> {
        let start = self.cursor.mark;
        let quote = if single { b'\'' } else { b'"' };
        self.cursor.skip();
        let mut text = String::new();
        loop {
            self.cursor.need(4)?;
            if self.cursor.is_document_indicator() {
                return Err(self.error(QUOTED, "found unexpected document indicator"));
            }
            if self.cursor.is_end() {
                let problem = "not valid YAML: the quote that opens here is never closed";
                return Err(SyntaxError::at(start.position(), problem));
            }
            let escaped_break = self.quoted_run(single, &mut text)?;
            if self.cursor.peek(0) == quote {
                break;
            }
            let mut blanks = Blanks { after_break: escaped_break, ..Blanks::default() };
            self.blanks(&mut blanks, None)?;
            blanks.fold_into(&mut text);
        }
        self.cursor.skip();
        self.push(Kind::Scalar { text, plain: false }, start);
        Ok(())
    }

    /// Characters of a quoted scalar up to white space or its end. True where a backslash hid a line break.
    fn quoted_run(&mut self, single: bool, text: &mut String) -> Result<bool, SyntaxError> {
        while !self.cursor.is_blank_or_end(0) {
            match (single, self.cursor.peek(0), self.cursor.peek(1)) {
                (true, b'\'', b'\'') => {
                    text.push('\'');
                    self.cursor.skip();
                    self.cursor.skip();
                }
                (true, b'\'', _) | (false, b'"', _) => break,
                (false, b'\\', _) if self.cursor.is_break(1) => {
                    self.cursor.need(3)?;
                    self.cursor.skip();
                    self.cursor.skip_line();
                    self.cursor.need(1)?;
                    return Ok(true);
                }
                (false, b'\\', _) => self.escape(text)?,
                _ => self.cursor.read(text),
            }
            self.cursor.need(2)?;
        }
        Ok(false)
    }

    fn escape(&mut self, text: &mut String) -> Result<(), SyntaxError> {
        let digits = match self.cursor.peek(1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            _ => 0,
        };
        let character = match self.cursor.peek(1) {
            b'0' => '\0',
            b'a' => '\u{7}',
            b'b' => '\u{8}',
            b't' | b'\t' => '\t',
            b'n' => '\n',
            b'v' => '\u{b}',
            b'f' => '\u{c}',
            b'r' => '\r',
            b'e' => '\u{1b}',
            character @ (b' ' | b'"' | b'\'' | b'\\') => char::from(character),
            b'N' => '\u{85}',
            b'_' => '\u{a0}',
            b'L' => '\u{2028}',
            b'P' => '\u{2029}',
            b'x' | b'u' | b'U' => {
                self.cursor.skip();
                self.cursor.skip();
                return self.escaped_number(digits, text);
            }
            _ => {
                return Err(self.error(
                    QUOTED,
                    "found unknown escape character; inside \" \" a backslash is written \\\\",
                ));
            }
        };
        self.cursor.skip();
        self.cursor.skip();
        text.push(character);
        Ok(())
    }

    fn escaped_number(&mut self, digits: usize, text: &mut String) -> Result<(), SyntaxError> {
        self.cursor.need(digits)?;
        let mut value: u32 = 0;
        for ahead in 0..digits {
            let Some(digit) = char::from(self.cursor.peek(ahead)).to_digit(16) else {
                return Err(self.error(QUOTED, "did not find expected hexadecimal number"));
            };
            value = value.wrapping_shl(4) | digit;
        }
        match char::from_u32(value) {
            Some(character) => text.push(character),
            None => return Err(self.error(QUOTED, "found invalid Unicode character escape code")),
        }
        (0..digits).for_each(|_| self.cursor.skip());
        Ok(())
    }

    pub(super) fn scan_plain_scalar(&mut self) -> Result<(), SyntaxError> {
        let start = self.cursor.mark;
        let mut end = start;
        let indent = usize::try_from(self.indent + 1).unwrap_or(0);
        let mut text = String::new();
        let mut blanks = Blanks::default();
        loop {
            self.cursor.need(4)?;
            if self.cursor.is_document_indicator() || self.cursor.peek(0) == b'#' {
                break;
            }
            while !self.cursor.is_blank_or_end(0) && !self.ends_plain_scalar() {
                std::mem::take(&mut blanks).fold_into(&mut text);
                self.cursor.read(&mut text);
                end = self.cursor.mark;
                self.cursor.need(2)?;
            }
            if !self.cursor.is_blank() && !self.cursor.is_break(0) {
                break;
            }
            self.blanks(&mut blanks, Some(indent))?;
            if !self.in_flow() && self.cursor.mark.column < indent {
                break;
            }
        }
        if blanks.after_break {
            self.simple_key_allowed = true;
        }
        self.push(Kind::Scalar { text, plain: true }, start);
        if let Some(token) = self.tokens.back_mut() {
            token.end = end;
        }
        Ok(())
    }

    fn ends_plain_scalar(&self) -> bool {
        match self.cursor.peek(0) {
            b':' => self.cursor.is_blank_or_end(1),
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => self.in_flow(),
            _ => false,
        }
    }

    /// White space and line breaks inside a scalar. `indent` is that of a plain one, into which no tab may reach.
    fn blanks(&mut self, blanks: &mut Blanks, indent: Option<usize>) -> Result<(), SyntaxError> {
        self.cursor.need(1)?;
        while self.cursor.is_blank() || self.cursor.is_break(0) {
            if self.cursor.is_break(0) {
                self.cursor.need(2)?;
                if blanks.after_break {
                    self.cursor.read_line(&mut blanks.trailing_breaks);
                } else {
                    blanks.spaces.clear();
                    self.cursor.read_line(&mut blanks.leading_break);
                    blanks.after_break = true;
                }
            } else if blanks.after_break {
                let outside = indent.is_some_and(|indent| self.cursor.mark.column < indent);
                if outside && self.cursor.peek(0) == b'\t' {
                    return Err(
                        self.error("", "found a tab character that violates indentation; YAML wants spaces")
                    );
                }
                self.cursor.skip();
            } else {
                self.cursor.read(&mut blanks.spaces);
            }
            self.cursor.need(1)?;
        }
        Ok(())
    }
}

/// White space inside a scalar, until it is known whether more text follows.
#[derive(Default)]
struct Blanks {
    /// Spaces and tabs before any line break.
    spaces: String,
    /// The first line break.
    leading_break: String,
    /// Those after it.
    trailing_breaks: String,
    /// Whether there was a line break, one hidden by a backslash included.
    after_break: bool,
}

impl Blanks {
    /// Adds what the white space stands for: one line break is a space, of several the first goes.
    fn fold_into(self, text: &mut String) {
        if !self.after_break {
            text.push_str(&self.spaces);
        } else if self.leading_break == "\n" {
            text.push_str(if self.trailing_breaks.is_empty() { " " } else { &self.trailing_breaks });
        } else {
            text.push_str(&self.leading_break);
            text.push_str(&self.trailing_breaks);
        }
    }
}
