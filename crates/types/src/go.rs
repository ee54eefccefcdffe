//! Go's way of writing texts into messages, so that ours read like upstream's.

use std::fmt::Write as _;

/// A text as `strconv.Quote` and `%q` write it: what can be printed stays, the rest is escaped.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quote_into(&mut quoted, text);
    quoted
}

/// The same at the end of `quoted`.
pub fn quote_into(quoted: &mut String, text: &str) {
    quoted.push('"');
    for character in text.chars() {
        let number = u32::from(character);
        let written = match character {
            '"' | '\\' => write!(quoted, "\\{character}"),
            '\u{7}' => quoted.write_str("\\a"),
            '\u{8}' => quoted.write_str("\\b"),
            '\u{c}' => quoted.write_str("\\f"),
            '\n' => quoted.write_str("\\n"),
            '\r' => quoted.write_str("\\r"),
            '\t' => quoted.write_str("\\t"),
            '\u{b}' => quoted.write_str("\\v"),
            '\0'..='\u{1f}' | '\u{7f}' => write!(quoted, "\\x{number:02x}"),
            _ if is_printable(character) => quoted.write_char(character),
            '\u{80}'..='\u{ffff}' => write!(quoted, "\\u{number:04x}"),
            _ => write!(quoted, "\\U{number:08x}"),
        };
        written.expect("writing into a text does not fail");
    }
    quoted.push('"');
}

/// `strconv.IsPrint` by Rust's own tables: letters, marks, numbers, punctuation, symbols and the plain blank. They differ only in
/// characters that came to Unicode after version 15: Go 1.26 escapes those.
pub fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return matches!(character, ' '..='~');
    }
    // A mark would be escaped where nothing stands before it to combine with.
    !character.is_whitespace() && String::from_iter(['a', character]).escape_debug().eq(['a', character])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_as_go_does() {
        for (text, quoted) in [
            ("plain words", r#""plain words""#),
            ("it's \"so\" \\", r#""it's \"so\" \\""#),
            ("\u{7}\u{8}\u{c}\n\r\t\u{b}\0\u{1f}\u{7f}", r#""\a\b\f\n\r\t\v\x00\x1f\x7f""#),
            // Letters, a mark, a symbol beyond the basic plane.
            ("\u{e4}\u{301}\u{1f600}", "\"\u{e4}\u{301}\u{1f600}\""),
            // Blanks other than the plain one, a byte order mark, private use, a control.
            ("\u{a0}\u{2028}\u{feff}\u{e000}\u{85}", r#""\u00a0\u2028\ufeff\ue000\u0085""#),
            ("\u{10ffff}", r#""\U0010ffff""#),
        ] {
            assert_eq!(quote(text), quoted);
        }
    }
}
