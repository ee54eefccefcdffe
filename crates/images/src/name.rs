//! Names of images: the grammar of the distribution project's references, and the default tag.
//!
//! Source: `github.com/distribution/reference`, `pkg/util/parsers`, `image_manager.go` `applyDefaultImageTag`.

/// Why a name is not one of an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("couldn't parse image name {name:?}: {cause}")]
pub struct InvalidName {
    /// The name.
    pub name: String,
    /// What is wrong with it, in upstream's words.
    pub cause: String,
}

const FORMAT: &str = "invalid reference format";

/// What the longest path of a repository may have.
const MAX_PATH_BYTES: usize = 255;

/// The registry that names without one mean, and what it was called of old.
const DEFAULT_DOMAIN: &str = "docker.io";
const LEGACY_DOMAIN: &str = "index.docker.io";

/// The name with `:latest` when it has neither tag nor digest.
///
/// # Errors
/// When it is no name (`ParseNormalizedNamed`).
pub fn with_default_tag(name: &str) -> Result<String, InvalidName> {
    match check(name) {
        Ok(true) => Ok(name.to_owned()),
        Ok(false) => Ok(format!("{name}:latest")),
        Err(cause) => Err(InvalidName { name: name.to_owned(), cause }),
    }
}

/// Whether a valid name has a tag or a digest.
fn check(name: &str) -> Result<bool, String> {
    if name.len() == 64 && name.bytes().all(is_lower_hex) {
        return Err(format!("invalid repository name ({name}), cannot specify 64-byte hexadecimal strings"));
    }
    let (domain, remainder) = split_domain(name);
    let remote = remainder.split_once(':').map_or(remainder.as_str(), |(remote, _)| remote);
    if remote.to_lowercase() != remote {
        return Err(format!("{FORMAT}: repository name ({remote}) must be lowercase"));
    }
    let (rest, digest) = match remainder.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (remainder.as_str(), None),
    };
    let (path, tag) = match rest.split_once(':') {
        Some((path, tag)) => (path, Some(tag)),
        None => (rest, None),
    };
    // What is no domain may still be the beginning of a path.
    let whole = format!("{domain}/{path}");
    let path = if is_domain(domain) { path } else { &whole };
    let is_well_formed = path.split('/').all(is_path_component)
        && tag.is_none_or(is_tag)
        && digest.is_none_or(has_form_of_digest);
    if !is_well_formed {
        return Err(FORMAT.to_owned());
    }
    if path.len() > MAX_PATH_BYTES {
        return Err(format!("repository name must not be more than {MAX_PATH_BYTES} characters"));
    }
    digest.map_or(Ok(()), check_digest)?;
    Ok(tag.is_some() || digest.is_some())
}

/// The registry, and the rest (`splitDockerDomain`).
fn split_domain(name: &str) -> (&str, String) {
    let (domain, remainder) = match name.split_once('/') {
        Some((LEGACY_DOMAIN, remainder)) => (DEFAULT_DOMAIN, remainder),
        // As docker: the first part is a host if it has a dot or a port, is localhost, or has capitals.
        Some((first, remainder))
            if first == "localhost" || first.contains(['.', ':']) || first.to_lowercase() != first =>
        {
            (first, remainder)
        }
        Some(_) | None => (DEFAULT_DOMAIN, name),
    };
    match domain == DEFAULT_DOMAIN && !remainder.contains('/') {
        true => (domain, format!("library/{remainder}")),
        false => (domain, remainder.to_owned()),
    }
}

/// The full name of what is pulled, without tag and digest: `docker.io/library/busybox` for `busybox`. Credentials are looked up by
/// it (`parsers.ParseImageName`). `name` is one that [`with_default_tag`] takes.
pub(crate) fn repository(name: &str) -> String {
    let (domain, path) = split_domain(without_tag(name));
    format!("{domain}/{path}")
}

/// The name without tag and digest.
pub(crate) fn without_tag(name: &str) -> &str {
    let rest = name.split_once('@').map_or(name, |(rest, _)| rest);
    match rest.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        Some(_) | None => rest,
    }
}

fn is_domain(domain: &str) -> bool {
    let (host, port) = match domain.strip_prefix('[') {
        Some(rest) => {
            let Some((address, port)) = rest.split_once(']') else { return false };
            let is_address = address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
            if !is_address || address.is_empty() {
                return false;
            }
            ("", port.strip_prefix(':').or((!port.is_empty()).then_some("-")))
        }
        None => match domain.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (domain, None),
        },
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_host = host.is_empty() && domain.starts_with('[') || host.split('.').all(is_label);
    is_host && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Lower-case letters and digits, separated by one dot, one or two underscores, or dashes.
fn is_path_component(component: &str) -> bool {
    let mut rest = component;
    loop {
        let run = rest.bytes().take_while(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()).count();
        if run == 0 {
            return false;
        }
        rest = &rest[run..];
        if rest.is_empty() {
            return true;
        }
        let separator = rest.bytes().take_while(|byte| matches!(byte, b'.' | b'_' | b'-')).count();
        let is_separator = matches!(&rest[..separator], "." | "_" | "__")
            || separator > 0 && rest[..separator].bytes().all(|byte| byte == b'-');
        if !is_separator {
            return false;
        }
        rest = &rest[separator..];
    }
}

fn is_tag(tag: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=128).contains(&tag.len())
        && tag.bytes().next().is_some_and(is_word)
        && tag.bytes().all(|byte| is_word(byte) || byte == b'.' || byte == b'-')
}

/// An algorithm's name, and 32 or more digits.
fn has_form_of_digest(digest: &str) -> bool {
    let is_part = |part: &str| {
        part.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    digest.split_once(':').is_some_and(|(algorithm, digits)| {
        algorithm.split(['-', '_', '+', '.']).all(is_part)
            && digits.len() >= 32
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// `go-digest` `Validate`, of what has the form of a digest.
fn check_digest(digest: &str) -> Result<(), String> {
    let (algorithm, digits) = digest.split_once(':').unwrap_or((digest, ""));
    let expected = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        other if other.to_lowercase() == other => return Err("unsupported digest algorithm".to_owned()),
        _ => return Err("invalid checksum digest format".to_owned()),
    };
    match (digits.len() == expected, digits.bytes().all(is_lower_hex)) {
        (false, _) => Err("invalid checksum digest length".to_owned()),
        (true, false) => Err("invalid checksum digest format".to_owned()),
        (true, true) => Ok(()),
    }
}

fn is_lower_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories() {
        for (name, expected) in [
            ("busybox", "docker.io/library/busybox"),
            ("busybox:1.36@sha256:abc", "docker.io/library/busybox"),
            ("team/image:1", "docker.io/team/image"),
            ("docker.io/busybox", "docker.io/library/busybox"),
            ("index.docker.io/team/image", "docker.io/team/image"),
            ("localhost/a", "localhost/a"),
            ("kubelet.test:5000/a/b:1", "kubelet.test:5000/a/b"),
            ("registry.k8s.io/pause:3.10", "registry.k8s.io/pause"),
        ] {
            assert_eq!(repository(name), expected);
        }
    }

    #[test]
    fn names() {
        let digest = format!("busybox@sha256:{}", "a".repeat(64));
        let tagged_digest = format!("r.io:5000/a/b:1@sha256:{}", "0".repeat(64));
        let identifier = "0a".repeat(32);
        let tagged_identifier = format!("{identifier}:1");
        let no_identifier =
            format!("invalid repository name ({identifier}), cannot specify 64-byte hexadecimal strings");
        let long = format!("a.io/{}", "a".repeat(256));
        let short_digest = format!("busybox@sha256:{}", "a".repeat(40));
        let other_digest = format!("busybox@md5:{}", "a".repeat(32));
        let capital_digest = format!("busybox@sha256:{}", "A".repeat(64));
        for (name, expected) in [
            ("nginx", Ok("nginx:latest")),
            ("nginx:1.27", Ok("nginx:1.27")),
            ("localhost:5000/a", Ok("localhost:5000/a:latest")),
            ("registry.k8s.io/pause:3.10", Ok("registry.k8s.io/pause:3.10")),
            ("[::1]:5000/a", Ok("[::1]:5000/a:latest")),
            (digest.as_str(), Ok(digest.as_str())),
            (tagged_digest.as_str(), Ok(tagged_digest.as_str())),
            ("", Err(FORMAT)),
            ("a b", Err(FORMAT)),
            ("nginx:", Err(FORMAT)),
            ("a//b", Err(FORMAT)),
            ("a/b_-c", Err(FORMAT)),
            ("nginx@", Err(FORMAT)),
            ("my_host:5000/a", Err(FORMAT)),
            ("my_host.io/a", Ok("my_host.io/a:latest")),
            ("Bad/Name:1", Err("invalid reference format: repository name (Name) must be lowercase")),
            (
                "docker.io/Nginx",
                Err("invalid reference format: repository name (library/Nginx) must be lowercase"),
            ),
            (identifier.as_str(), Err(no_identifier.as_str())),
            (tagged_identifier.as_str(), Ok(tagged_identifier.as_str())),
            (long.as_str(), Err("repository name must not be more than 255 characters")),
            ("busybox@sha256:123", Err(FORMAT)),
            (short_digest.as_str(), Err("invalid checksum digest length")),
            (other_digest.as_str(), Err("unsupported digest algorithm")),
            (capital_digest.as_str(), Err("invalid checksum digest format")),
        ] {
            let found = with_default_tag(name).map_err(|error| error.cause);
            assert_eq!(found.as_ref().map(String::as_str).map_err(String::as_str), expected, "{name}");
        }
    }
}
