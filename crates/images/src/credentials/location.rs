//! Which images a credential is for: hosts with globs per label, an exact port, and the beginning of a path.
//!
//! Source: `keyring.go` `URLsMatch`, `SplitURL`; Go's `net/url`, `path/filepath.Match`.

/// A host with port and path, without a scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    host: String,
    port: String,
    path: String,
}

impl Location {
    /// From text such as `*.registry.io:8080/path`; `None` for what is no place.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.split(['?', '#']).next().unwrap_or(text);
        let (authority, path) = match text.find('/') {
            Some(slash) => text.split_at(slash),
            None => (text, ""),
        };
        let host = authority.rsplit('@').next().unwrap_or(authority);
        if host.chars().any(|character| character.is_control() || character.is_whitespace()) {
            return None;
        }
        let (host, port) = match host.rfind(':').filter(|colon| !host[*colon..].contains(']')) {
            Some(colon) => (&host[..colon], &host[colon + 1..]),
            None => (host, ""),
        };
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Some(Self { host: host.to_owned(), port: port.to_owned(), path: path.to_owned() })
    }

    /// Host, and path if it is more than a slash: how credentials are filed. `/v1/` and `/v2/` at its beginning are the registry's
    /// API and mean the host.
    pub(crate) fn key(&self) -> String {
        let versioned = self.path.starts_with("/v1/") || self.path.starts_with("/v2/");
        let path = if versioned { &self.path[3..] } else { &self.path };
        let path = if path == "/" { "" } else { path };
        let colon = if self.port.is_empty() { "" } else { ":" };
        format!("{}{colon}{}{path}", self.host, self.port)
    }

    /// Whether this, as a pattern, fits `target`.
    pub(crate) fn fits(&self, target: &Location) -> bool {
        let fits_label = |(glob, label): (&str, &str)| matches(glob.as_bytes(), label.as_bytes());
        self.port == target.port
            && self.labels().count() == target.labels().count()
            && target.path.starts_with(&self.path)
            && self.labels().zip(target.labels()).all(fits_label)
    }

    /// The host's parts between dots; an IPv6 address without its brackets, which are no pattern.
    fn labels(&self) -> impl Iterator<Item = &str> {
        let address = self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        address.unwrap_or(&self.host).split('.')
    }
}

/// Whether the shell pattern fits all of `text`; a malformed one fits nothing.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|skipped| matches(rest, &text[skipped..])),
        Some((b'?', rest)) => text.split_first().is_some_and(|(_, text)| matches(rest, text)),
        Some((b'[', rest)) => {
            let Some((&byte, text)) = text.split_first() else { return false };
            class(rest, byte).is_some_and(|(is_in, rest)| is_in && matches(rest, text))
        }
        Some((b'\\', rest)) => match (rest.split_first(), text.split_first()) {
            (Some((wanted, rest)), Some((found, text))) => wanted == found && matches(rest, text),
            (Some(_) | None, Some(_) | None) => false,
        },
        Some((wanted, rest)) => {
            text.split_first().is_some_and(|(found, text)| wanted == found && matches(rest, text))
        }
    }
}

/// Whether the class at the beginning of `pattern`, after its bracket, has `byte`, and what follows it.
fn class(pattern: &[u8], byte: u8) -> Option<(bool, &[u8])> {
    let is_negated = pattern.first() == Some(&b'^');
    let mut rest = if is_negated { &pattern[1..] } else { pattern };
    let mut is_in = false;
    let mut is_empty = true;
    loop {
        if rest.first() == Some(&b']') && !is_empty {
            return Some((is_in != is_negated, &rest[1..]));
        }
        is_empty = false;
        let (low, after) = class_member(rest)?;
        let (high, after) = match after.split_first() {
            Some((b'-', after)) => class_member(after)?,
            Some(_) | None => (low, after),
        };
        is_in |= (low..=high).contains(&byte);
        rest = after;
    }
}

fn class_member(pattern: &[u8]) -> Option<(u8, &[u8])> {
    match pattern.split_first()? {
        (b'-' | b']', _) => None,
        (b'\\', rest) => rest.split_first().map(|(member, rest)| (*member, rest)),
        (member, rest) => Some((*member, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_upstreams_table_says() {
        for (glob, target, expected) in [
            // No wildcard: an exact host, whatever the path.
            ("kubernetes.io", "kubernetes.io", true),
            ("kubernetes.io", "kubernetes.io/foo", true),
            ("kubernetes.io/foo", "kubernetes.io", false),
            ("kubernetes.io/foo", "kubernetes.io/foobar", true),
            // A wildcard stands for one label or a part of it.
            ("*.kubernetes.io", "prefix.kubernetes.io", true),
            ("prefix.*.io", "prefix.kubernetes.io", true),
            ("prefix.kubernetes.*", "prefix.kubernetes.io", true),
            ("*-good.kubernetes.io", "prefix-good.kubernetes.io", true),
            ("*.kubernetes.io", "kubernetes.io", false),
            ("*.*.kubernetes.io", "prefix.kubernetes.io", false),
            ("*.*.kubernetes.io", "kubernetes.io", false),
            ("*kubernetes.io", "a.kubernetes.io", false),
            ("*kubernetes.io", "kubernetes.io", true),
            ("*.*.*.kubernetes.io", "a.b.c.kubernetes.io", true),
            ("kubernetes.io", "kubernetes.com", false),
            ("k*.io", "quay.io", false),
            ("*.io/path", "a.io/pathological", true),
            // Ports are exact.
            ("*.kubernetes.io:1234/blah", "prefix.kubernetes.io:1111/blah", false),
            ("prefix.*.io/foo", "prefix.kubernetes.io:1111/foo/bar", false),
            ("prefix.docker.io:1111", "prefix.docker.io:1111/path", true),
            ("*.docker.io/path:1111", "prefix.docker.io/path:1111", true),
            ("prefix.*.io/path:1111", "prefix.docker.io/path/subpath:1111", false),
            // The examples of the documentation of credential providers.
            (
                "123456789.dkr.ecr.us-east-1.amazonaws.com",
                "123456789.dkr.ecr.us-east-1.amazonaws.com/a",
                true,
            ),
            ("*.azurecr.io", "team.azurecr.io/a", true),
            ("*.*.registry.io", "a.b.registry.io/c", true),
            ("foo.registry.io:8080/path", "foo.registry.io:8080/path/image", true),
            ("gcr.io", "gcr.io/project/image", true),
            ("bad port:x", "bad port:x", false),
            ("[::1]:5000", "[::1]:5000/a", true),
        ] {
            let both = Location::parse(glob).zip(Location::parse(target));
            assert_eq!(both.is_some_and(|(glob, target)| glob.fits(&target)), expected, "{glob} {target}");
        }
    }

    #[test]
    fn shell_patterns() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("[ab]", "b", true),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            // Malformed: nothing fits.
            ("[a", "a", false),
            ("[]", "]", false),
            ("a\\", "a", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn the_registrys_api_is_no_path() {
        for (text, key) in [
            ("index.docker.io/v1/", "index.docker.io"),
            ("quay.io/v2/team/", "quay.io/team/"),
            ("quay.io/v2", "quay.io/v2"),
            ("quay.io/", "quay.io"),
            ("user@quay.io:5000/a?b", "quay.io:5000/a"),
        ] {
            assert_eq!(Location::parse(text).map(|location| location.key()).as_deref(), Some(key));
        }
    }
}
