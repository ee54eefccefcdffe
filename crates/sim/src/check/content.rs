//! What pods read of the API server: files and variables, against the objects.

use super::ledger::Ledger;
use super::model::ContainerState;
use crate::check::calls::PODS;
use crate::scenario::{ApiPod, Content, Reading, TOKEN_FILE, VARIABLE, file_of, value_of};
use apiserver::fake::ObjectChange;
use cri::v1::ContainerConfig;
use futures::FutureExt;
use host::fake::FakeHost;
use host::files::Files;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// A container that is made so long after a change must know of it.
const CHANGE_IS_KNOWN: Duration = Duration::from_secs(60);

/// No file is larger.
const MAX_BYTES: u64 = 4096;

/// What the objects say now, and for how long they have.
#[derive(Default)]
pub(super) struct Contents {
    now: BTreeMap<Content, (String, Duration)>,
    /// All that they ever said.
    ever: Vec<String>,
}

impl Ledger {
    /// Takes in what happened to an object that pods read.
    pub(super) fn content_changed(&mut self, content: Content, change: &ObjectChange) {
        let value = change.after.as_ref().and_then(|object| value_of(content, object));
        self.trace_line(format_args!("   {content:?} says {value:?}"));
        self.content_is(content, value);
    }

    /// An object says this from now on; nothing if it is not there.
    pub fn content_is(&mut self, content: Content, value: Option<String>) {
        let now = self.now();
        match value {
            Some(value) => {
                self.contents.ever.push(value.clone());
                self.contents.now.insert(content, (value, now));
            }
            None => drop(self.contents.now.remove(&content)),
        }
    }

    /// A container is made, with these variables.
    pub(super) fn reads_variables(&mut self, name: &str, config: &ContainerConfig) {
        let Some(variable) = config.envs.iter().find(|variable| variable.key == VARIABLE) else { return };
        let value = &String::from_utf8_lossy(&variable.value).into_owned();
        if !self.contents.ever.contains(value) {
            self.broken(format_args!("{name} is made with {value:?}, which no object ever said"));
        }
        let long_ago = |(known, since): &(String, Duration)| {
            known != value && self.now().saturating_sub(*since) > CHANGE_IS_KNOWN
        };
        let is_calm = self.calm_at.is_some_and(|calm_at| self.now() > calm_at + CHANGE_IS_KNOWN);
        if is_calm && self.contents.now.values().all(long_ago) {
            self.broken(format_args!("{name} is made with {value:?}, which no object says any more"));
        }
    }
}

/// Whether what pods read is what the objects say, after a long quiet time.
pub(super) fn check_content(
    ledger: &Ledger,
    host: &FakeHost,
    uid: &str,
    pod: &ApiPod,
    found: &mut Vec<String>,
) {
    let runs = |state: &ContainerState| *state == ContainerState::Running;
    if !ledger.containers().values().any(|container| container.uid == uid && runs(&container.state)) {
        return;
    }
    for (index, reading) in pod.reads.iter().enumerate() {
        let Some(path) = file_of(&Path::new(PODS).join(uid), index, *reading) else { continue };
        let content = match reading {
            Reading::Volume(content) | Reading::Variable(content) => *content,
            Reading::Projected => Content::ConfigMap,
        };
        let expected = ledger.contents.now.get(&content).map(|(value, _)| value.clone());
        let seen = read(host, &path);
        if expected.is_some() && seen != expected {
            let (name, path) = (&pod.name, path.display());
            found.push(format!("{path} of pod {name} says {seen:?}, the object says {expected:?}"));
        }
        if *reading == Reading::Projected {
            check_token(ledger, host, &path.with_file_name(TOKEN_FILE), pod, found);
        }
    }
}

/// A token of the fake server says for whom it is, and until when.
fn check_token(ledger: &Ledger, host: &FakeHost, path: &Path, pod: &ApiPod, found: &mut Vec<String>) {
    let token = read(host, path).unwrap_or_default();
    let mut parts = token.rsplit('.');
    let expires = parts.next().and_then(|seconds| seconds.parse::<i64>().ok());
    let is_own = token.split('.').any(|part| part == pod.name);
    if !is_own || expires.is_none_or(|expires| expires <= ledger.wall_seconds()) {
        found.push(format!("pod {} has the token {token:?}, which is not its own or has expired", pod.name));
    }
}

/// The fake machine answers at once.
fn read(host: &FakeHost, path: &Path) -> Option<String> {
    let bytes = Files::read(host, path, MAX_BYTES).now_or_never()?.ok()??;
    String::from_utf8(bytes).ok()
}
