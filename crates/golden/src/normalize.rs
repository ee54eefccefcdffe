//! What differs from run to run becomes a placeholder: ids, addresses, times, directories.

use serde_json::Value;

/// Texts and what stands for them, longest first so that no part of one is taken for another.
#[derive(Debug, Clone, Default)]
pub struct Names(Vec<(String, String)>);

impl Names {
    /// Adds a text; empty ones are passed by.
    pub fn add(&mut self, text: &str, placeholder: impl Into<String>) {
        if !text.is_empty() && !self.0.iter().any(|(known, _)| known == text) {
            self.0.push((text.to_owned(), placeholder.into()));
            self.0.sort_by(|left, right| right.0.len().cmp(&left.0.len()).then(left.0.cmp(&right.0)));
        }
    }

    /// The text with all placeholders.
    pub fn text(&self, text: &str) -> String {
        let mut result = text.to_owned();
        for (known, placeholder) in &self.0 {
            if result.contains(known.as_str()) {
                result = result.replace(known.as_str(), placeholder);
            }
        }
        patterns(&result)
    }

    /// The value with all placeholders, in keys as well.
    pub fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::from(self.text(text)),
            Value::Array(values) => values.iter().map(|value| self.value(value)).collect(),
            Value::Object(fields) => Value::Object(
                fields.iter().map(|(name, value)| (self.text(name), self.value(value))).collect(),
            ),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }
}

/// Replaces what is known by its shape alone.
fn patterns(text: &str) -> String {
    let text = pointers(&ids(text));
    // The file for a container's last words: `containers/<name>/<eight hexadecimal digits>`.
    let text = match text.rsplit_once('/') {
        Some((before, last))
            if last.len() == 8
                && last.bytes().all(|byte| byte.is_ascii_hexdigit())
                && before.contains("/containers/") =>
        {
            format!("{before}/<random>")
        }
        _ => text,
    };
    timestamps(&text)
}

/// Runs of exactly 64 hexadecimal digits: digests, and ids of what was never made. Those that the corpus names begin
/// with zeroes and stay.
fn ids(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|character: char| character.is_ascii_hexdigit()) {
        let (before, after) = rest.split_at(start);
        result.push_str(before);
        let length = after.bytes().take_while(u8::is_ascii_hexdigit).count();
        let (run, after) = after.split_at(length);
        let known = length != 64 || run.starts_with("00000000");
        let placeholder = if result.ends_with("sha256:") { "<digest>" } else { "<id>" };
        result.push_str(if known { run } else { placeholder });
        rest = after;
    }
    result.push_str(rest);
    result
}

/// Addresses in memory, which a refused object of another kind is told with.
fn pointers(text: &str) -> String {
    let mut parts = text.split("(0x");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        let is_pointer = digits >= 8 && part[digits..].starts_with(')');
        result.push_str(if is_pointer { "(<pointer>" } else { "(0x" });
        result.push_str(if is_pointer { &part[digits..] } else { part });
    }
    result
}

/// RFC 3339 times with a fraction, and the time-stamped directories of atomically written volumes.
fn timestamps(text: &str) -> String {
    const SHAPES: [(&str, &str); 2] =
        [("dddd-dd-ddTdd:dd:dd.", "<time>"), ("..dddd_dd_dd_dd_dd_dd.", "<time>")];
    let mut result = text.to_owned();
    for (shape, placeholder) in SHAPES {
        while let Some(start) = find_shape(&result, shape) {
            let tail = &result.as_bytes()[start + shape.len()..];
            let mut length = tail.iter().take_while(|byte| byte.is_ascii_digit()).count();
            match tail.get(length) {
                Some(b'Z') => length += 1,
                Some(b'+' | b'-') if shape.contains('T') => length += 6.min(tail.len() - length),
                _ => {}
            }
            result.replace_range(start..start + shape.len() + length, placeholder);
        }
    }
    result
}

/// The first place where `d` matches a digit and everything else itself.
fn find_shape(text: &str, shape: &str) -> Option<usize> {
    text.as_bytes().windows(shape.len()).position(|window| {
        window
            .iter()
            .zip(shape.bytes())
            .all(|(byte, expected)| if expected == b'd' { byte.is_ascii_digit() } else { *byte == expected })
    })
}

#[cfg(test)]
mod tests;
