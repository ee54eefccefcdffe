//! The runtime's version as upstream shows it (`apimachinery` `util/version`): a semantic version whole, of any other
//! text the leading numbers.

/// `v2.4.2` is `2.4.2`, `1.6.20~ds1` is `1.6.20`, `2.1.0-rc.1+g1` stays; `None` for what is no version.
pub(super) fn canonical(text: &str) -> Option<String> {
    let text = text.trim_start();
    let text = text.strip_prefix('v').unwrap_or(text);
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let numbers = text[..end].trim_end_matches('.');
    let rest = text[numbers.len()..].trim_end();
    let parts: Vec<&str> = numbers.split('.').collect();
    let has_zero_prefix = |part: &&str| part.len() > 1 && part.starts_with('0');
    if parts.iter().any(|part| part.is_empty()) {
        return None;
    }
    if parts.len() == 3 && !parts.iter().any(has_zero_prefix) && is_suffix(rest) {
        return Some(format!("{numbers}{rest}"));
    }
    if parts.len() < 2 || has_zero_prefix(&parts[0]) {
        return None;
    }
    let parsed: Result<Vec<u64>, _> = parts.iter().map(|part| part.parse::<u64>()).collect();
    let printed: Vec<String> = parsed.ok()?.iter().map(u64::to_string).collect();
    Some(printed.join("."))
}

/// `-pre.release` and `+meta.data`, both optional.
fn is_suffix(rest: &str) -> bool {
    let (pre_release, metadata) = match rest.split_once('+') {
        Some((before, after)) => (before, Some(after)),
        None => (rest, None),
    };
    let is_dotted = |text: &str| {
        let is_part = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        text.split('.').all(is_part)
    };
    let no_zero_prefix = |text: &str| {
        text.split('.').all(|part| {
            !(part.len() > 1 && part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit()))
        })
    };
    let pre_release_fits = match pre_release.strip_prefix('-') {
        Some(text) => is_dotted(text) && no_zero_prefix(text),
        None => pre_release.is_empty(),
    };
    pre_release_fits && metadata.is_none_or(is_dotted)
}
