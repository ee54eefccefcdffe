//! Forms of names and texts: what matches, and upstream's message where nothing does
//! (`util/validation` and `api/validate/content` of apimachinery 0.37).

use std::net::IpAddr;

use types::go::is_printable;

const LABEL_MAX: usize = 63;
const SUBDOMAIN_MAX: usize = 253;
const LABEL_FORMAT: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN_FORMAT: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const UNDERSCORE_FORMAT: &str = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*";
const KEY_FORMAT: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const KEY_MESSAGE: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

fn no_match(message: &str, format: &str, examples: &[&str]) -> String {
    let examples: Vec<String> = examples.iter().map(|example| format!("'{example}', ")).collect();
    format!("{message} (e.g. {}regex used for validation is '{format}')", examples.join(" or "))
}

fn too_long(max: usize) -> String {
    format!("must be no more than {max} characters")
}

/// `must be between low and high, inclusive`.
pub(super) fn range_message(low: i64, high: i64) -> String {
    format!("must be between {low} and {high}, inclusive")
}

/// Non-empty, of `inner` characters alone, with an `outer` one at both ends.
fn is_framed(text: &str, outer: impl Fn(u8) -> bool, inner: impl Fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    let ends = bytes.first().copied().is_some_and(&outer) && bytes.last().copied().is_some_and(&outer);
    ends && bytes.iter().copied().all(inner)
}

fn is_lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_label(text: &str) -> bool {
    is_framed(text, is_lower, |byte| is_lower(byte) || byte == b'-')
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

/// A label of RFC 1123: names of containers, volumes, namespaces.
pub(super) fn dns_label(text: &str) -> Vec<String> {
    let mut messages = Vec::new();
    if text.len() > LABEL_MAX {
        messages.push(too_long(LABEL_MAX));
    }
    if !is_label(text) {
        messages.push(if is_subdomain(text) {
            "must not contain dots".to_owned()
        } else {
            let message = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
            no_match(message, LABEL_FORMAT, &["my-name", "123-abc"])
        });
    }
    messages
}

/// A subdomain of RFC 1123: names of pods and nodes.
pub(super) fn dns_subdomain(text: &str) -> Vec<String> {
    let mut messages = Vec::new();
    if text.len() > SUBDOMAIN_MAX {
        messages.push(too_long(SUBDOMAIN_MAX));
    }
    if !is_subdomain(text) {
        let message = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
        messages.push(no_match(message, SUBDOMAIN_FORMAT, &["example.com"]));
    }
    messages
}

/// A subdomain whose labels may hold underscores, one at the beginning included: DNS search domains.
pub(super) fn dns_subdomain_with_underscores(text: &str) -> Vec<String> {
    let is_label = |label: &str| {
        let rest = label.strip_prefix('_').unwrap_or(label);
        is_framed(rest, is_lower, |byte| is_lower(byte) || matches!(byte, b'-' | b'_'))
    };
    let mut messages = Vec::new();
    if text.len() > SUBDOMAIN_MAX {
        messages.push(too_long(SUBDOMAIN_MAX));
    }
    if !text.split('.').all(is_label) {
        let message = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character";
        messages.push(no_match(message, UNDERSCORE_FORMAT, &["example.com"]));
    }
    messages
}

fn is_key_part(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    is_framed(text, |byte| byte.is_ascii_alphanumeric(), inner)
}

/// A key of a label: a name, perhaps after a subdomain and a slash.
pub(super) fn label_key(text: &str) -> Vec<String> {
    let message = || no_match(KEY_MESSAGE, KEY_FORMAT, &["MyName", "my.name", "123-abc"]);
    let mut messages = Vec::new();
    let parts: Vec<&str> = text.split('/').collect();
    let name = match parts.as_slice() {
        [name] => name,
        [prefix, name] => {
            if prefix.is_empty() {
                messages.push("prefix part must be non-empty".to_owned());
            } else {
                let wrong = dns_subdomain(prefix).into_iter();
                // The prefix is measured by another function, which counts in bytes.
                messages.extend(wrong.map(|message| format!("prefix part {}", in_bytes(message))));
            }
            name
        }
        _ => {
            let message = message();
            let tail = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
            return vec![format!("a valid label key {message} {tail}")];
        }
    };
    if name.is_empty() {
        messages.push("name part must be non-empty".to_owned());
    } else if name.len() > LABEL_MAX {
        messages.push(format!("name part must be no more than {LABEL_MAX} bytes"));
    }
    if !is_key_part(name) {
        messages.push(format!("name part {}", message()));
    }
    messages
}

fn in_bytes(message: String) -> String {
    if message == too_long(SUBDOMAIN_MAX) {
        format!("must be no more than {SUBDOMAIN_MAX} bytes")
    } else {
        message
    }
}

/// A value of a label.
pub(super) fn label_value(text: &str) -> Vec<String> {
    let mut messages = Vec::new();
    if text.len() > LABEL_MAX {
        messages.push(format!("must be no more than {LABEL_MAX} bytes"));
    }
    if !text.is_empty() && !is_key_part(text) {
        let message = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
        messages.push(no_match(message, &format!("({KEY_FORMAT})?"), &["MyValue", "my_value", "12345"]));
    }
    messages
}

/// A number of a port.
pub(super) fn port_number(port: i32) -> Option<String> {
    (!(1..=65535).contains(&port)).then(|| range_message(1, 65535))
}

/// A name of a port.
pub(super) fn port_name(name: &str) -> Vec<String> {
    let mut messages = Vec::new();
    if name.len() > 15 {
        messages.push(too_long(15));
    }
    if name.is_empty() || !name.bytes().all(|byte| is_lower(byte) || byte == b'-') {
        messages.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned());
    }
    if !name.bytes().any(|byte| byte.is_ascii_lowercase()) {
        messages.push("must contain at least one letter (a-z)".to_owned());
    }
    if name.contains("--") {
        messages.push("must not contain consecutive hyphens".to_owned());
    }
    if name.starts_with('-') || name.ends_with('-') {
        messages.push("must not begin or end with a hyphen".to_owned());
    }
    messages
}

/// A name of an environment variable: printable ASCII without `=`.
pub(super) fn environment_name(name: &str) -> Vec<String> {
    let mut messages = Vec::new();
    if name.is_empty() {
        messages.push("environment variable name must be non-empty".to_owned());
    }
    if !name.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'=') {
        let message = "a valid environment variable name must consist only of printable ASCII characters other than '='";
        messages.push(message.to_owned());
    }
    messages
}

/// A key of a config map or a secret.
pub(super) fn config_key(key: &str) -> Vec<String> {
    let mut messages = Vec::new();
    if key.len() > SUBDOMAIN_MAX {
        messages.push(too_long(SUBDOMAIN_MAX));
    }
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if key.is_empty() || !key.bytes().all(is_inner) {
        let message = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
        messages.push(no_match(message, "[-._a-zA-Z0-9]+", &["key.name", "KEY_NAME", "key-name"]));
    }
    match key {
        "." => messages.push("must not be '.'".to_owned()),
        ".." => messages.push("must not be '..'".to_owned()),
        _ if key.starts_with("..") => messages.push("must not start with '..'".to_owned()),
        _ => {}
    }
    messages
}

/// A name of an HTTP header.
pub(super) fn http_header_name(name: &str) -> Vec<String> {
    let fits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let message = "a valid HTTP header must consist of alphanumeric characters or '-'";
    if fits { Vec::new() } else { vec![no_match(message, "[-A-Za-z0-9]+", &["X-Header-Name"])] }
}

/// An id of a user or a group.
pub(super) fn user_or_group(id: i64) -> Option<String> {
    let max = i64::from(i32::MAX);
    (!(0..=max).contains(&id)).then(|| range_message(0, max))
}

/// An IP address without leading zeros, and not an IPv4 address in IPv6 form.
pub(super) fn ip_address(text: &str) -> Vec<String> {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_some() => {
            vec!["must not be an IPv4-mapped IPv6 address".to_owned()]
        }
        Ok(_) => Vec::new(),
        Err(_) if without_leading_zeros(text).parse::<std::net::Ipv4Addr>().is_ok() => {
            vec!["must not have leading 0s".to_owned()]
        }
        Err(_) => vec!["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)".to_owned()],
    }
}

fn without_leading_zeros(text: &str) -> String {
    let parts = text.split('.').map(|part| match part.trim_start_matches('0') {
        "" if !part.is_empty() => "0",
        trimmed => trimmed,
    });
    parts.collect::<Vec<_>>().join(".")
}

/// A name of a kernel parameter, its parts separated by dots or slashes.
pub(super) fn is_sysctl_name(name: &str) -> bool {
    let is_part =
        |part: &str| is_framed(part, is_lower, |byte| is_lower(byte) || matches!(byte, b'-' | b'_'));
    name.len() <= SUBDOMAIN_MAX && name.split(['.', '/']).all(is_part)
}

/// The first character that cannot be printed, with its place in bytes.
pub(super) fn first_unprintable(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|(_, character)| !is_printable(*character))
}

/// A name that stands for the beginning of one, where what is appended may follow a hyphen.
pub(super) fn as_prefix(name: &str) -> String {
    match name.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => {
            let mut shorter: String = rest.to_owned();
            shorter.pop();
            shorter.push('a');
            shorter
        }
        Some(_) | None => name.to_owned(),
    }
}
