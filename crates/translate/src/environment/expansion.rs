//! `$(NAME)` in commands, arguments, values and sub-paths (`third_party/forked/golang/expansion`).

/// [`expand_bytes`] where all is text.
pub fn expand(text: &str, mut value_of: impl FnMut(&str) -> Option<String>) -> String {
    let expanded = expand_bytes(text, |name| value_of(name).map(String::into_bytes));
    String::from_utf8(expanded).expect("made of texts, cut before and after ASCII characters alone")
}

/// Replaces `$(NAME)` by what `value_of` gives for the name, once, without looking at the result again. A name without
/// a value stays as it stands; `$$` is one `$`; a reference that never closes, and a `$` before anything else, stay.
pub(super) fn expand_bytes(text: &str, mut value_of: impl FnMut(&str) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut expanded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        let (before, from_dollar) = rest.split_at(dollar);
        expanded.extend(before.bytes());
        let after = &from_dollar[1..];
        let Some(next) = after.chars().next() else {
            rest = from_dollar;
            break;
        };
        rest = &after[next.len_utf8()..];
        match next {
            '$' => expanded.push(b'$'),
            '(' => match rest.split_once(')') {
                Some((name, behind)) => {
                    match value_of(name) {
                        Some(value) => expanded.extend(value),
                        None => expanded.extend(format!("$({name})").into_bytes()),
                    }
                    rest = behind;
                }
                None => expanded.extend(b"$("),
            },
            other => expanded.extend(format!("${other}").into_bytes()),
        }
    }
    expanded.extend(rest.bytes());
    expanded
}
