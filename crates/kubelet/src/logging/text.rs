//! klog's text format (`k8s.io/klog/v2`: `internal/buffer`, `internal/serialize`).

use super::fields::Value;
use super::layer::{Line, Severity};
use jiff::tz::TimeZone;
use std::fmt::Write;
use types::go::quote_into;

/// `Lmmdd hh:mm:ss.uuuuuu threadid file:line] "message" key="value"…`
pub(super) fn write(line: &Line<'_>, zone: &TimeZone, process_id: u32) -> String {
    let now = zone.to_datetime(line.now);
    let letter = match line.severity {
        Severity::Info => 'I',
        Severity::Warning => 'W',
        Severity::Error => 'E',
    };
    let file = line.file.rsplit('/').next().unwrap_or(line.file);
    let mut text = String::with_capacity(128);
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "{letter}{:02}{:02} {:02}:{:02}:{:02}.{:06} {process_id:>7} {file}:{}] ",
        now.month(),
        now.day(),
        now.hour(),
        now.minute(),
        now.second(),
        now.subsec_nanosecond() / 1_000,
        line.line,
    );
    quote_into(&mut text, line.message);
    for (key, value) in line.pairs {
        text.push(' ');
        text.push_str(key);
        text.push('=');
        match value {
            Value::Bare(bare) => text.push_str(bare),
            Value::Text(value) if value.contains('\n') => block(&mut text, value),
            Value::Text(value) => quote_into(&mut text, value),
        }
    }
    text.push('\n');
    text
}

/// A value of several lines, each behind a tab, the end marked by a space and `>`.
fn block(text: &mut String, value: &str) {
    text.push_str("<\n");
    for line in value.strip_suffix('\n').unwrap_or(value).split('\n') {
        text.push('\t');
        text.push_str(line);
        text.push('\n');
    }
    text.push_str(" >");
}
