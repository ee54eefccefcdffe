//! Users, controllers and operators of the cluster: what they do with the API server.

use crate::scenario::{ApiScenario, ApiStep, Content, GATE, account, content_object, object};
use crate::world::World;
use apiserver::fake::{PODS, Revisions, SERVICE_ACCOUNTS, Snapshot};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// What others of the cluster have written between a backup and its restore: far more than one node does.
const WRITES_OF_OTHERS: u64 = 1_000_000;

/// What an object says that somebody has made again.
const LAST_VALUE: u32 = 0;

/// All who use the cluster.
pub struct Users<'a> {
    scenario: &'a ApiScenario,
    world: Arc<World>,
    backup: Option<Snapshot>,
}

impl<'a> Users<'a> {
    /// Of a cluster where nobody has done anything yet.
    pub fn new(scenario: &'a ApiScenario, world: Arc<World>) -> Self {
        Self { scenario, world, backup: None }
    }

    /// Does it; for how long the server is away then. What they may not do just now does not happen.
    pub fn take(&mut self, step: &ApiStep) -> Option<Duration> {
        let api = &self.world.api;
        let users = api.admin();
        let name = |pod: usize| self.scenario.pods[pod].name.as_str();
        match step {
            ApiStep::Create { pod } => {
                users.create(&PODS, &object(&self.scenario.pods[*pod])).ok();
            }
            ApiStep::Delete { pod, grace_seconds } => {
                let grace_seconds = grace_seconds.map(i64::from);
                users.delete(&PODS, "default", name(*pod), grace_seconds).ok();
            }
            ApiStep::Gate { pod, is_open } => {
                let status = if *is_open { "True" } else { "False" };
                let patch = json!({ "status": { "conditions": [{ "type": GATE, "status": status }] } });
                users.patch_status(&PODS, "default", name(*pod), &patch).ok();
            }
            ApiStep::Label { pod, value } => {
                let patch = json!({ "metadata": { "labels": { "value": value.to_string() } } });
                users.patch(&PODS, "default", name(*pod), &patch).ok();
            }
            ApiStep::MakeAccount => {
                users.create(&SERVICE_ACCOUNTS, &account()).ok();
            }
            ApiStep::Fill(content, value) => self.fill(*content, *value),
            ApiStep::Empty(content) => {
                users.delete(content.resource(), "default", content.name(), None).ok();
            }
            ApiStep::Down(time) => {
                api.go_down();
                return Some(*time);
            }
            ApiStep::CutWatches => api.cut_watches(),
            ApiStep::Forget => {
                api.compact();
                api.cut_watches();
            }
            ApiStep::BackUp => {
                self.backup = Some(api.snapshot());
                api.pass_revisions(WRITES_OF_OTHERS);
            }
            ApiStep::Restore(revisions) => self.restore(*revisions),
        }
        None
    }

    /// All that pods need is there in the end.
    pub fn put_right(&self) {
        self.world.api.admin().create(&SERVICE_ACCOUNTS, &account()).ok();
        for content in [Content::Secret, Content::ConfigMap] {
            if self.world.api.admin().get(content.resource(), "default", content.name()).is_none() {
                self.fill(content, LAST_VALUE);
            }
        }
    }

    fn fill(&self, content: Content, value: u32) {
        let (users, object) = (self.world.api.admin(), content_object(content, value));
        if users.create(content.resource(), &object).is_err() {
            users.patch(content.resource(), "default", content.name(), &object).ok();
        }
    }

    fn restore(&self, revisions: Revisions) {
        let Some(backup) = &self.backup else { return };
        // What was written until now is seen as what it was.
        self.world.absorb();
        self.world.api.restore(backup, revisions);
        self.world.ledger().pods_restored(&self.world.api.admin().list(&PODS));
        self.world.contents_are();
    }
}
