//! The collector of findings, and how upstream writes one (`field.Error` of apimachinery 0.37).

use crate::error::{Finding, MAX_FINDINGS};
use crate::path::Path;
use crate::source::Node;
use types::go::quote;

/// What has been found wrong so far.
pub(super) struct Errors<'a> {
    node: &'a Node,
    findings: Vec<Finding>,
    /// Also those beyond the bound.
    count: usize,
}

/// The offending value, as a message shows it.
pub(super) enum Value<'a> {
    /// A whole number.
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// A text of Go's own type, which Go quotes.
    Text(&'a str),
    /// A text of a type of the API, which upstream writes as JSON.
    Word(&'a str),
    /// Several texts, as JSON.
    Texts(&'a [String]),
    /// Nothing.
    Null,
    /// JSON, as it stands.
    Json(String),
}

impl From<i32> for Value<'_> {
    fn from(number: i32) -> Self {
        Value::Int(i64::from(number))
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Value::Text(text)
    }
}

impl<'a> Errors<'a> {
    /// Nothing found yet; places are looked up in the part of the source that holds the pod.
    pub(super) fn new(node: &'a Node) -> Errors<'a> {
        Errors { node, findings: Vec::new(), count: 0 }
    }

    /// Everything found.
    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// How much has been found.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    fn push(&mut self, path: &Path<'_>, message: String, detail: &str) {
        self.count += 1;
        if self.findings.len() >= MAX_FINDINGS {
            return;
        }
        let mut message = message;
        if !detail.is_empty() {
            message.push_str(": ");
            message.push_str(detail);
        }
        let position = Some(self.node.locate(&path.steps()));
        self.findings.push(Finding { position, field: path.to_string(), message });
    }

    /// A value that must be there is missing.
    pub(super) fn required(&mut self, path: &Path<'_>, detail: &str) {
        self.push(path, "Required value".to_owned(), detail);
    }

    /// A value is there that must not be.
    pub(super) fn forbidden(&mut self, path: &Path<'_>, detail: &str) {
        self.push(path, "Forbidden".to_owned(), detail);
    }

    /// A value is not of the right form, or out of bounds.
    pub(super) fn invalid<'v>(&mut self, path: &Path<'_>, value: impl Into<Value<'v>>, detail: &str) {
        self.push(path, format!("Invalid value: {}", value.into()), detail);
    }

    /// [`Errors::invalid`] once for each message.
    pub(super) fn invalid_each(&mut self, path: &Path<'_>, value: &str, details: &[String]) {
        for detail in details {
            self.invalid(path, value, detail);
        }
    }

    /// A value is none of those that exist.
    pub(super) fn not_supported<'v>(
        &mut self,
        path: &Path<'_>,
        value: impl Into<Value<'v>>,
        supported: &[&str],
    ) {
        let supported: Vec<String> = supported.iter().map(|value| quote(value)).collect();
        let detail = format!("supported values: {}", supported.join(", "));
        self.push(path, format!("Unsupported value: {}", value.into()), &detail);
    }

    /// [`Errors::not_supported`] unless the word is one of those that exist.
    pub(super) fn one_of(&mut self, path: &Path<'_>, word: &str, supported: &[&str]) {
        if !supported.contains(&word) {
            self.not_supported(path, Value::Word(word), supported);
        }
    }

    /// A value that must be unique is there twice.
    pub(super) fn duplicate<'v>(&mut self, path: &Path<'_>, value: impl Into<Value<'v>>) {
        self.push(path, format!("Duplicate value: {}", value.into()), "");
    }

    /// A name refers to nothing.
    pub(super) fn not_found(&mut self, path: &Path<'_>, name: &str, detail: &str) {
        self.push(path, format!("Not found: {}", quote(name)), detail);
    }

    /// A text is too long.
    pub(super) fn too_long(&mut self, path: &Path<'_>, max_bytes: usize) {
        self.push(path, "Too long".to_owned(), &format!("may not be more than {max_bytes} bytes"));
    }

    /// A list is too long.
    pub(super) fn too_many(&mut self, path: &Path<'_>, count: usize, max: usize) {
        self.push(path, format!("Too many: {count}"), &format!("must have at most {max} items"));
    }

    /// A number below zero.
    pub(super) fn non_negative(&mut self, path: &Path<'_>, number: i64) {
        if number < 0 {
            self.invalid(path, number, "must be greater than or equal to 0");
        }
    }
}

impl std::fmt::Display for Value<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Int(number) => write!(formatter, "{number}"),
            Value::Bool(value) => write!(formatter, "{value}"),
            Value::Text(text) => formatter.write_str(&quote(text)),
            Value::Word(text) => formatter.write_str(&json(text)),
            Value::Texts(texts) => {
                let texts: Vec<String> = texts.iter().map(|text| json(text)).collect();
                write!(formatter, "[{}]", texts.join(","))
            }
            Value::Null => formatter.write_str("null"),
            Value::Json(text) => formatter.write_str(text),
        }
    }
}

/// A text as Go's `encoding/json` writes it.
fn json(text: &str) -> String {
    let plain = serde_json::Value::from(text).to_string();
    let escapes = [
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u{2028}", "\\u2028"),
        ("\u{2029}", "\\u2029"),
    ];
    escapes.iter().fold(plain, |text, (character, escape)| text.replace(character, escape))
}
