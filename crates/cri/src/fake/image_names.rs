//! Image names as containerd completes them.

/// `nginx` → `docker.io/library/nginx:latest`. Ids (`sha256:…`) stay as they are.
pub(super) fn normalize(image: &str) -> String {
    if image.starts_with("sha256:") {
        return image.to_owned();
    }
    let (name, digest) = match image.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (image, None),
    };
    let (domain, path) = match name.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (first, rest.to_owned()),
        Some(_) => ("docker.io", name.to_owned()),
        None => ("docker.io", format!("library/{name}")),
    };
    match digest {
        Some(digest) => format!("{domain}/{}@{digest}", path.split(':').next().unwrap_or_default()),
        None if path.contains(':') => format!("{domain}/{path}"),
        None => format!("{domain}/{path}:latest"),
    }
}

/// The part before tag and digest.
pub(super) fn repository(normalized: &str) -> &str {
    let name = normalized.split('@').next().unwrap_or(normalized);
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        Some(_) | None => name,
    }
}
