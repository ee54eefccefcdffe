//! Credentials filed by registry and path, the most specific found first.
//!
//! Source: `keyring.go` `BasicDockerKeyring` of 1.37.

use super::credential::{Source, TrackedCredential};
use super::docker_config::DockerConfig;
use super::location::Location;
use std::collections::BTreeMap;

/// How docker's own registry is called in files of credentials.
const DEFAULT_REGISTRY: &str = "index.docker.io";

/// Credentials of one origin or several. Several for one place are tried in the order in which they came: credentials rotate.
#[derive(Debug, Default)]
pub(crate) struct Keyring(BTreeMap<String, Vec<TrackedCredential>>);

impl Keyring {
    /// Files what a configuration has, as from `source`. Entries that name no place are told and left out.
    pub(crate) fn add(&mut self, source: &Source, config: &DockerConfig) {
        for (registry, credential) in config {
            let place = registry.strip_prefix("https://").or_else(|| registry.strip_prefix("http://"));
            let Some(location) = Location::parse(place.unwrap_or(registry)) else {
                tracing::error!(registry = %registry, "Entry in docker configuration invalid, ignoring");
                continue;
            };
            let tracked = TrackedCredential {
                credential: credential.clone(),
                hash: credential.hash(),
                source: source.clone(),
            };
            self.0.entry(location.key()).or_default().push(tracked);
        }
    }

    /// What fits `repository`. Longer places come before the shorter ones that they begin with.
    pub(crate) fn look_up(&self, repository: &str) -> Vec<TrackedCredential> {
        let Some(target) = Location::parse(repository) else { return Vec::new() };
        let fits = |key: &str| Location::parse(key).is_some_and(|location| location.fits(&target));
        let found: Vec<TrackedCredential> = self
            .0
            .iter()
            .rev()
            .filter(|(key, _)| fits(key))
            .flat_map(|(_, all)| all.iter().cloned())
            .collect();
        if found.is_empty() && is_of_default_registry(repository) {
            return self.0.get(DEFAULT_REGISTRY).cloned().unwrap_or_default();
        }
        found
    }
}

/// Whether docker would take the name as one of its own registry (`isDefaultRegistryMatch`).
fn is_of_default_registry(repository: &str) -> bool {
    match repository.split_once('/') {
        None => !repository.is_empty(),
        Some(("", _)) => false,
        Some(("docker.io" | DEFAULT_REGISTRY, _)) => true,
        Some((first, _)) => !first.contains(['.', ':']),
    }
}

#[cfg(test)]
mod tests {
    use super::super::docker_config::parse_dockercfg;
    use super::*;

    /// One credential per place, its user being the place.
    fn keyring(places: &[&str]) -> Keyring {
        let mut keyring = Keyring::default();
        for place in places {
            let json = serde_json::json!({ *place: { "username": place, "password": "p" } });
            let config = parse_dockercfg(json.to_string().as_bytes()).unwrap();
            keyring.add(&Source::Node, &config);
        }
        keyring
    }

    #[test]
    fn look_ups() {
        for (places, repository, expected) in [
            // The longest first, all that fit.
            (
                &["https://quay.io", "quay.io/coreos", "gcr.io"][..],
                "quay.io/coreos/etcd",
                &["quay.io/coreos", "https://quay.io"][..],
            ),
            (&["https://quay.io", "quay.io/coreos"], "quay.io/other", &["https://quay.io"]),
            // Globs sort below letters.
            (&["*.io", "quay.io"], "quay.io/a", &["quay.io", "*.io"]),
            (&["http://a.io:5000/v2/", "a.io:5000"], "a.io:5000/b", &["http://a.io:5000/v2/", "a.io:5000"]),
            (
                &["https://prefix.docker.*/path"],
                "prefix.docker.io/path/foo/bar",
                &["https://prefix.docker.*/path"],
            ),
            // Docker's own registry under its many names.
            (&["https://index.docker.io/v1/"], "docker.io/library/busybox", &["https://index.docker.io/v1/"]),
            (&["index.docker.io"], "docker.io/team/image", &["index.docker.io"]),
            (&["docker.io", "index.docker.io"], "docker.io/team/image", &["docker.io"]),
            (&["https://index.docker.io/v1/"], "index.docker.io/a", &["https://index.docker.io/v1/"]),
            (&["https://index.docker.io/v1/"], "world.mesos.org/foo/bar", &[]),
            (&["https://index.docker.io/v1/"], "localhost:5000/a", &[]),
            (&["https://hello.kubernetes.io"], "world.mesos.org/foo/bar", &[]),
            (&["no place:x", "a.io"], "a.io/b", &["a.io"]),
        ] {
            let found = keyring(places).look_up(repository);
            let found: Vec<&str> = found.iter().map(|found| found.credential.username.as_str()).collect();
            assert_eq!(found, expected, "{places:?} {repository}");
        }
    }
}
