//! Strings as Go's `encoding/json` writes them: hashes are made of them.

/// `text` in quotes. Go also escapes what HTML and JavaScript would misread.
pub(crate) fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::string;

    #[test]
    fn strings_are_escaped_as_go_does() {
        for (text, expected) in [
            ("a", "\"a\""),
            ("\"\\/", "\"\\\"\\\\/\""),
            ("\u{1}\u{8}\u{c}\n\r\t", "\"\\u0001\\b\\f\\n\\r\\t\""),
            ("<&>\u{2028}é\u{7f}", "\"\\u003c\\u0026\\u003e\\u2028é\u{7f}\""),
        ] {
            assert_eq!(string(text), expected);
        }
    }
}
