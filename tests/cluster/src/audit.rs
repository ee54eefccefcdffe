//! What a node asked of the API server, from the server's audit log.

use crate::process::Process;
use anyhow::Context;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// A place in the audit log: what comes after it is counted.
#[derive(Debug)]
pub struct Audit {
    file: PathBuf,
    from: usize,
}

/// A request of a node.
#[derive(Debug, Deserialize)]
pub struct Request {
    #[serde(rename = "auditID")]
    id: String,
    verb: String,
    #[serde(rename = "requestURI")]
    uri: String,
    user: User,
    #[serde(rename = "requestReceivedTimestamp")]
    received_at: Timestamp,
}

#[derive(Debug, Deserialize)]
struct User {
    username: String,
}

impl Audit {
    /// The end of the log as it is now.
    ///
    /// # Errors
    /// When the API server keeps none.
    pub fn from_now() -> anyhow::Result<Self> {
        let server = Process::called("kube-apiserver")?;
        let file = PathBuf::from(server.argument("audit-log-path").context("no audit log")?);
        let from = fs::metadata(&file).map_or(0, |metadata| metadata.len());
        Ok(Self { file, from: usize::try_from(from)? })
    }

    /// The requests of a node since then, up to a moment.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn requests_of(&self, node: &str, until: Timestamp) -> anyhow::Result<Vec<Request>> {
        let log = fs::read(&self.file).with_context(|| self.file.display().to_string())?;
        let new = String::from_utf8_lossy(log.get(self.from..).unwrap_or_default()).into_owned();
        let user = format!("system:node:{node}");
        let mut known = BTreeSet::new();
        let mut requests = Vec::new();
        // The last line may be half written; a watch has two lines, at its begin and at its end.
        for request in new.lines().filter_map(|line| serde_json::from_str::<Request>(line).ok()) {
            let is_wanted = request.user.username == user && request.received_at <= until;
            if is_wanted && known.insert(request.id.clone()) {
                requests.push(request);
            }
        }
        Ok(requests)
    }
}

impl Request {
    /// The second in which it came.
    fn second(&self) -> String {
        Timestamp::from_second(self.received_at.as_second()).unwrap_or_default().to_string()
    }

    /// What it asked for, without how.
    fn subject(&self) -> String {
        format!("{} {}", self.verb, self.uri.split('?').next().unwrap_or_default())
    }
}

/// The second with the most requests, and how many they are.
pub fn busiest_second(requests: &[Request]) -> (String, usize) {
    most(requests.iter().map(Request::second))
}

/// What was asked most often, and how often. Each object that is made is another one: events and tokens of many pods repeat
/// nothing.
pub fn most_repeated(requests: &[Request]) -> (String, usize) {
    most(requests.iter().filter(|request| request.verb != "create").map(Request::subject))
}

fn most(words: impl Iterator<Item = String>) -> (String, usize) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).unwrap_or_default()
}
