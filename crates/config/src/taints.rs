//! Taints and labels as text (`pkg/util/taints`, `k8s.io/apimachinery/pkg/util/validation`).

const NAME_RULE: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const LABEL_VALUE_RULE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const SUBDOMAIN_RULE: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const NAME_PATTERN: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const SUBDOMAIN_PATTERN: &str = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const LONGEST_NAME: usize = 63;
const LONGEST_SUBDOMAIN: usize = 253;

/// `key[=value]:Effect` as key, value and effect.
pub(crate) fn parse(specification: &str) -> Result<(String, String, String), String> {
    let parsed = parse_any(specification)?;
    if parsed.2.is_empty() {
        return Err(format!("invalid taint spec: {specification}"));
    }
    Ok(parsed)
}

/// `key[:Effect]-`, which is only checked.
pub(crate) fn parse_removal(specification: &str) -> Result<(), String> {
    parse_any(specification.strip_suffix('-').unwrap_or(specification)).map(|_| ())
}

fn parse_any(specification: &str) -> Result<(String, String, String), String> {
    let invalid = || format!("invalid taint spec: {specification}");
    let with = |errors: Vec<String>| format!("{}, {}", invalid(), errors.join("; "));
    let parts: Vec<&str> = specification.split(':').collect();
    let (key, value, effect) = match parts[..] {
        [key] => (key, "", ""),
        [key_and_value, effect] => {
            check_effect(effect)?;
            let halves: Vec<&str> = key_and_value.split('=').collect();
            match halves[..] {
                [key] => (key, "", effect),
                [key, value] => (key, value, effect),
                _ => return Err(invalid()),
            }
        }
        _ => return Err(invalid()),
    };
    let value_errors = label_value_errors(value);
    if !value_errors.is_empty() {
        return Err(with(value_errors));
    }
    let key_errors = qualified_name_errors(key);
    if !key_errors.is_empty() {
        return Err(with(key_errors));
    }
    Ok((key.to_owned(), value.to_owned(), effect.to_owned()))
}

/// Whether an effect is one of the three.
pub(crate) fn check_effect(effect: &str) -> Result<(), String> {
    match effect {
        "NoSchedule" | "PreferNoSchedule" | "NoExecute" => Ok(()),
        _ => Err(format!("invalid taint effect: {effect}, unsupported taint effect")),
    }
}

/// What is wrong with a label or taint key: `[prefix/]name`.
pub(crate) fn qualified_name_errors(key: &str) -> Vec<String> {
    let mut errors = Vec::new();
    let parts: Vec<&str> = key.split('/').collect();
    let name = match parts[..] {
        [name] => name,
        [prefix, name] => {
            if prefix.is_empty() {
                errors.push("prefix part must be non-empty".to_owned());
            } else {
                errors
                    .extend(subdomain_errors(prefix).into_iter().map(|error| format!("prefix part {error}")));
            }
            name
        }
        _ => {
            errors.push(format!(
                "a valid label key {}{}",
                pattern_error(NAME_RULE, NAME_PATTERN, &["MyName", "my.name", "123-abc"]),
                " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            ));
            return errors;
        }
    };
    if name.is_empty() {
        errors.push("name part must be non-empty".to_owned());
    } else if name.len() > LONGEST_NAME {
        errors.push(format!("name part must be no more than {LONGEST_NAME} bytes"));
    }
    if !is_name(name) {
        let rule = pattern_error(NAME_RULE, NAME_PATTERN, &["MyName", "my.name", "123-abc"]);
        errors.push(format!("name part {rule}"));
    }
    errors
}

/// What is wrong with a label or taint value.
pub(crate) fn label_value_errors(value: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if value.len() > LONGEST_NAME {
        errors.push(format!("must be no more than {LONGEST_NAME} bytes"));
    }
    if !value.is_empty() && !is_name(value) {
        let pattern = format!("({NAME_PATTERN})?");
        errors.push(pattern_error(LABEL_VALUE_RULE, &pattern, &["MyValue", "my_value", "12345"]));
    }
    errors
}

fn subdomain_errors(text: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if text.len() > LONGEST_SUBDOMAIN {
        errors.push(format!("must be no more than {LONGEST_SUBDOMAIN} bytes"));
    }
    let label = |label: &str| {
        let alphanumeric =
            |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        alphanumeric(label.as_bytes().first())
            && alphanumeric(label.as_bytes().last())
            && label.bytes().all(|byte| byte == b'-' || alphanumeric(Some(&byte)))
    };
    if !text.split('.').all(label) {
        errors.push(pattern_error(SUBDOMAIN_RULE, SUBDOMAIN_PATTERN, &["example.com"]));
    }
    errors
}

fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

fn pattern_error(rule: &str, pattern: &str, examples: &[&str]) -> String {
    let examples: Vec<String> = examples.iter().map(|example| format!("'{example}'")).collect();
    format!("{rule} (e.g. {}, regex used for validation is '{pattern}')", examples.join(",  or "))
}
