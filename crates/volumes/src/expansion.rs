//! `$(VAR)` in commands, arguments, environment and sub paths.
//!
//! The rules are those of upstream's `third_party/forked/golang/expansion`: `$$` is a `$`, an unclosed `$(` stays as it
//! is, any other `$x` stays too.

/// Replaces every `$(NAME)` by what `value_of` says; `None` leaves the reference as it is.
pub fn expand<'a>(input: &str, mut value_of: impl FnMut(&str) -> Option<&'a str>) -> String {
    let mut output = String::with_capacity(input.len());
    let mut rest = input;
    while let Some(at) = rest.find('$') {
        output.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        match after.chars().next() {
            None => {
                output.push('$');
                rest = after;
            }
            Some('$') => {
                output.push('$');
                rest = &after[1..];
            }
            Some('(') => match after.find(')') {
                Some(end) => {
                    let name = &after[1..end];
                    match value_of(name) {
                        Some(value) => output.push_str(value),
                        None => output.push_str(&rest[at..at + 1 + end + 1]),
                    }
                    rest = &after[end + 1..];
                }
                None => {
                    output.push_str("$(");
                    rest = &after[1..];
                }
            },
            Some(other) => {
                output.push('$');
                output.push(other);
                rest = &after[other.len_utf8()..];
            }
        }
    }
    output.push_str(rest);
    output
}

#[cfg(test)]
mod tests;
