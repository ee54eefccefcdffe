//! Names of images: the grammar of the distribution project's references, and the default tag.
//!
//! Source: `github.com/distribution/reference`, `pkg/util/parsers`, `image_manager.go` `applyDefaultImageTag`.

/// Why a name is not one of an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("couldn't parse image name {name:?}: {cause}")]
pub struct InvalidName {
    /// The name.
    pub name: String,
    /// What is wrong with it.
    pub cause: &'static str,
}

const FORMAT: &str = "invalid reference format";

/// The name with `:latest` when it has neither tag nor digest.
pub fn with_default_tag(name: &str) -> Result<String, InvalidName> {
    let invalid = |cause| InvalidName { name: name.to_owned(), cause };
    let (rest, digest) = match name.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (name, None),
    };
    let (repository, tag) = match rest.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        Some(_) | None => (rest, None),
    };
    if repository.len() == 64
        && repository.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase())
    {
        return Err(invalid("invalid repository name, cannot specify 64-byte hexadecimal strings"));
    }
    check_repository(repository).map_err(invalid)?;
    if tag.is_some_and(|tag| !is_tag(tag)) || digest.is_some_and(|digest| !is_digest(digest)) {
        return Err(invalid(FORMAT));
    }
    Ok(if tag.is_none() && digest.is_none() { format!("{name}:latest") } else { name.to_owned() })
}

/// The full name of what is pulled, without tag and digest: `docker.io/library/busybox` for `busybox`. Credentials are looked up by
/// it (`parsers.ParseImageName`). `name` is one that [`with_default_tag`] takes.
pub(crate) fn repository(name: &str) -> String {
    let name = without_tag(name);
    let (domain, path) = match name.split_once('/') {
        Some((first, path))
            if first.contains(['.', ':']) || first == "localhost" || first.to_lowercase() != first =>
        {
            (first, path)
        }
        Some(_) | None => ("docker.io", name),
    };
    match domain {
        "docker.io" | "index.docker.io" if !path.contains('/') => format!("docker.io/library/{path}"),
        "index.docker.io" => format!("docker.io/{path}"),
        domain => format!("{domain}/{path}"),
    }
}

/// The name without tag and digest.
pub(crate) fn without_tag(name: &str) -> &str {
    let rest = name.split_once('@').map_or(name, |(rest, _)| rest);
    match rest.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        Some(_) | None => rest,
    }
}

fn check_repository(repository: &str) -> Result<(), &'static str> {
    let (domain, path) = match repository.split_once('/') {
        // As docker: the first part is a host if it has a dot or a port, is localhost, or has capitals.
        Some((first, path))
            if first.contains(['.', ':']) || first == "localhost" || first.to_lowercase() != first =>
        {
            (Some(first), path)
        }
        Some(_) | None => (None, repository),
    };
    if domain.is_some_and(|domain| !is_domain(domain)) {
        return Err(FORMAT);
    }
    if path.to_lowercase() != path {
        return Err("invalid reference format: repository name must be lowercase");
    }
    if !path.split('/').all(is_path_component) {
        return Err(FORMAT);
    }
    if repository.len() > 255 {
        return Err("repository name must not be more than 255 characters");
    }
    Ok(())
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

fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = digest.split_once(':') else { return false };
    let digits = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    hex.len() == digits && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
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
            ("docker.io/Nginx", Err("invalid reference format: repository name must be lowercase")),
            ("busybox@sha256:123", Err(FORMAT)),
        ] {
            let found = with_default_tag(name).map_err(|error| error.cause);
            assert_eq!(found.as_deref(), expected.as_ref().copied(), "{name}");
        }
    }
}
