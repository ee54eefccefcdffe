//! Files of variables (`pkg/kubelet/util/env`): a strict subset of what a shell reads.

use crate::error::EnvironmentFileError;

/// The value of one variable; `None` when the file, as far as it had to be read, does not hold it.
///
/// `NAME='value'`, where the value may span lines and has no escapes; blanks may stand before the name, a comment after
/// the value or on a line of its own. `NAME= …` is an empty value. Anything else up to the wanted name is an error.
pub(super) fn value(content: &str, key: &str) -> Result<Option<String>, EnvironmentFileError> {
    const BLANK: [char; 2] = [' ', '\t'];
    let mut lines = content.lines().enumerate().map(|(index, line)| (index + 1, line));
    while let Some((line, text)) = lines.next() {
        let text = text.trim_start_matches(BLANK);
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let broken = |line, problem| EnvironmentFileError::Line { line, problem };
        let (name, rest) = text.split_once('=').ok_or_else(|| broken(line, "missing '='"))?;
        if name.trim_end_matches(BLANK).is_empty() {
            return Err(broken(line, "empty variable name"));
        }
        if name.ends_with(BLANK) {
            return Err(broken(line, "whitespace before '=' is not allowed"));
        }
        if rest.starts_with(BLANK) {
            if name == key {
                return Ok(Some(String::new()));
            }
            continue;
        }
        let mut rest =
            rest.strip_prefix('\'').ok_or_else(|| broken(line, "value must be enclosed in single quotes"))?;
        let mut value = String::new();
        let mut last_line = line;
        let behind = loop {
            if let Some((end, behind)) = rest.split_once('\'') {
                value.push_str(end);
                break behind;
            }
            value.push_str(rest);
            value.push('\n');
            (last_line, rest) = lines.next().ok_or(EnvironmentFileError::Unclosed { line })?;
        };
        let behind = behind.trim_start_matches(BLANK);
        if !behind.is_empty() && !behind.starts_with('#') {
            return Err(broken(last_line, "unexpected content after closing quote"));
        }
        if name == key {
            return Ok(Some(value));
        }
    }
    Ok(None)
}
