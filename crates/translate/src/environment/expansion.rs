//! `$(NAME)` in commands, arguments, values and sub-paths (`third_party/forked/golang/expansion`).

/// Replaces `$(NAME)` by what `value_of` gives for the name, once, without looking at the result again. A name without
/// a value stays as it stands; `$$` is one `$`; a reference that never closes, and a `$` before anything else, stay.
pub fn expand(text: &str, mut value_of: impl FnMut(&str) -> Option<String>) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        let (before, from_dollar) = rest.split_at(dollar);
        expanded.push_str(before);
        let after = &from_dollar[1..];
        let Some(next) = after.chars().next() else {
            rest = from_dollar;
            break;
        };
        rest = &after[next.len_utf8()..];
        match next {
            '$' => expanded.push('$'),
            '(' => match rest.split_once(')') {
                Some((name, behind)) => {
                    match value_of(name) {
                        Some(value) => expanded.push_str(&value),
                        None => expanded.extend(["$(", name, ")"]),
                    }
                    rest = behind;
                }
                None => expanded.push_str("$("),
            },
            other => expanded.extend(['$', other]),
        }
    }
    expanded.push_str(rest);
    expanded
}
