//! The pull policy that follows from an image's name.

/// Longest repository name of an image, its registry included.
const MAX_NAME: usize = 255;
/// Longest tag.
const MAX_TAG: usize = 128;
/// Digest algorithms that are known, and how many hexadecimal digits theirs have.
const DIGESTS: [(&str, usize); 3] = [("sha256", 64), ("sha384", 96), ("sha512", 128)];

/// `Always` for the tag `latest`, which a name without tag and digest stands for; else `IfNotPresent`, also for a name
/// that cannot be read.
pub(super) fn pull_policy(image: &str) -> &'static str {
    match tag(image) {
        Some("latest") => "Always",
        Some(_) | None => "IfNotPresent",
    }
}

/// The tag of an image; `None` for one with a digest alone, or one that `distribution/reference` does not accept.
fn tag(image: &str) -> Option<&str> {
    if image.len() == 64 && image.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let (domain, remainder) = split_domain(image);
    let (rest, digest) = match remainder.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (remainder, None),
    };
    let (path, tag) = match rest.split_once(':') {
        Some((path, tag)) => (path, Some(tag)),
        None => (rest, None),
    };
    let name_length =
        domain.len() + 1 + if is_official(domain, path) { "library/".len() } else { 0 } + path.len();
    let fits = is_domain(domain)
        && path.split('/').all(is_component)
        && tag.is_none_or(is_tag)
        && digest.is_none_or(is_digest)
        && name_length <= MAX_NAME;
    match (fits, tag, digest) {
        (false, ..) => None,
        (true, None, None) => Some("latest"),
        (true, tag, _) => tag,
    }
}

fn is_official(domain: &str, path: &str) -> bool {
    domain == "docker.io" && !path.contains('/')
}

/// The registry and the rest; Docker's own where the name begins with none.
fn split_domain(image: &str) -> (&str, &str) {
    match image.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':'])
                || first == "localhost"
                || first.chars().any(char::is_uppercase) =>
        {
            (if first == "index.docker.io" { "docker.io" } else { first }, rest)
        }
        _ => ("docker.io", image),
    }
}

fn is_domain(domain: &str) -> bool {
    let (host, port) = match domain.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            let fits =
                !address.is_empty() && address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
            return fits && (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port));
        }
        None => match domain.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (domain, None),
        },
    };
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        let inner = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        bytes.first().is_some_and(u8::is_ascii_alphanumeric)
            && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
            && bytes.iter().all(inner)
    };
    host.split('.').all(is_label) && port.is_none_or(is_port)
}

fn is_port(port: &str) -> bool {
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// `[a-z0-9]+` with separators `.`, `_`, `__` or any number of `-` between.
fn is_component(component: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = component.as_bytes();
    let ends = bytes.first().copied().is_some_and(is_word) && bytes.last().copied().is_some_and(is_word);
    let separators = component.split(|character: char| character.is_ascii() && is_word(character as u8));
    ends && separators.into_iter().all(|separator| {
        matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|byte| byte == b'-')
    })
}

fn is_tag(tag: &str) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let bytes = tag.as_bytes();
    bytes.first().is_some_and(is_word)
        && bytes.len() <= MAX_TAG
        && bytes.iter().all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'))
}

fn is_digest(digest: &str) -> bool {
    digest.split_once(':').is_some_and(|(algorithm, hex)| {
        let length = DIGESTS.iter().find(|(known, _)| *known == algorithm).map(|(_, length)| *length);
        length == Some(hex.len()) && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_as_upstream_finds_them() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (image, expected) in [
            ("nginx", Some("latest")),
            ("nginx:latest", Some("latest")),
            ("nginx:1.27", Some("1.27")),
            ("library/nginx", Some("latest")),
            ("localhost:5000/nginx", Some("latest")),
            ("localhost:5000/nginx:a", Some("a")),
            ("example.com/a/b/c:x_y", Some("x_y")),
            ("x/a__b.c---d/e", Some("latest")),
            ("[::1]:5000/a", Some("latest")),
            ("Nginx", None),
            ("EXAMPLE/nginx", Some("latest")),
            ("nginx:", None),
            ("nginx:-a", None),
            ("a..b", None),
            ("", None),
            ("nginx@sha256:short", None),
            (&format!("nginx@{digest}"), None),
            (&format!("nginx:1@{digest}"), Some("1")),
            (&format!("nginx:latest@{digest}"), Some("latest")),
            (&"f".repeat(64), None),
            (&"f".repeat(63), Some("latest")),
        ] {
            assert_eq!(tag(image), expected, "{image}");
        }
    }
}
