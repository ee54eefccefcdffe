//! What a test does to the server and with it: outages, cuts, restores, and the part of everybody else.

use std::sync::Arc;

use serde_json::{Value, json};

use super::call::{Call, User, Verb};
use super::failure::Failure;
use super::faults::Faults;
use super::journal::{Entry, ObjectChange};
use super::request::Request;
use super::resources::{PODS, Resource, Scope};
use super::selectors::Selector;
use super::store::{Key, Revisions, Snapshot};
use super::{Availability, FakeApiServer, write};

impl FakeApiServer {
    /// Decides from now on what goes wrong.
    pub fn set_faults(&self, faults: impl Faults + 'static) {
        *self.shared.faults.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(faults);
    }

    /// The server is gone: requests under way and watches break, new ones are refused. What is stored stays.
    pub fn go_down(&self) {
        {
            let mut state = self.state();
            state.availability = Availability::Down;
            state.outages += 1;
        }
        self.shared.went_down.notify_waiters();
        self.shared.changed.notify_waiters();
    }

    /// It is back.
    pub fn come_up(&self) {
        self.state().availability = Availability::Up;
    }

    /// Breaks all watches. Who resumes one misses nothing, as long as history reaches back.
    pub fn cut_watches(&self) {
        self.state().cuts += 1;
        self.shared.changed.notify_waiters();
    }

    /// Forgets history: who resumes a watch from before now is told 410.
    pub fn compact(&self) {
        self.state().store.compact();
    }

    /// All that is stored.
    pub fn snapshot(&self) -> Snapshot {
        self.state().store.snapshot()
    }

    /// Goes back to what was stored then, as a restore of etcd does. Watches are cut.
    pub fn restore(&self, snapshot: &Snapshot, revisions: Revisions) {
        self.state().store.restore(snapshot, revisions);
        self.cut_watches();
    }

    /// Others write so often: versions go on, and nothing changes for whoever watches.
    pub fn pass_revisions(&self, count: u64) {
        self.state().store.pass(count);
    }

    /// The requests from the `from`th on.
    pub fn requests(&self, from: usize) -> Vec<Entry> {
        self.state().journal.entries().get(from..).unwrap_or_default().to_vec()
    }

    /// How many requests there were.
    pub fn request_count(&self) -> usize {
        self.state().journal.entries().len()
    }

    /// The changes of objects from the `from`th on.
    pub fn changes(&self, from: usize) -> Vec<ObjectChange> {
        self.state().journal.changes().get(from..).unwrap_or_default().to_vec()
    }

    /// The part of everybody else: users, controllers, the scheduler. It needs no client, meets no faults and is not noted
    /// among the requests.
    pub fn admin(&self) -> Scene<'_> {
        Scene { server: self }
    }
}

/// Changes the server's objects as somebody who may do everything, at once.
pub struct Scene<'a> {
    server: &'a FakeApiServer,
}

impl Scene<'_> {
    /// Makes an object; what it came to.
    pub fn create(&self, resource: &'static Resource, object: &Value) -> Result<Arc<Value>, Failure> {
        let namespace = namespace_of(resource, object);
        let request = self.request(Verb::Create, resource, namespace, None, "", object);
        self.done(write::create(&mut self.server.state(), &request, self.server.now()))
    }

    /// The object as it is.
    pub fn get(&self, resource: &'static Resource, namespace: &str, name: &str) -> Option<Arc<Value>> {
        let key = Key { resource, namespace: namespace.to_owned(), name: name.to_owned() };
        self.server.state().store.get(&key).cloned()
    }

    /// All objects of a kind.
    pub fn list(&self, resource: &'static Resource) -> Vec<Arc<Value>> {
        self.server.state().store.list(resource, None).map(|(_, object)| object.clone()).collect()
    }

    /// Changes an object by a strategic merge patch.
    pub fn patch(
        &self,
        resource: &'static Resource,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> Result<Arc<Value>, Failure> {
        self.change(resource, namespace, name, "", patch)
    }

    /// Changes an object's status by a strategic merge patch.
    pub fn patch_status(
        &self,
        resource: &'static Resource,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> Result<Arc<Value>, Failure> {
        self.change(resource, namespace, name, "status", patch)
    }

    /// Deletes an object, with its own grace if none is given.
    pub fn delete(
        &self,
        resource: &'static Resource,
        namespace: &str,
        name: &str,
        grace_seconds: Option<i64>,
    ) -> Result<Arc<Value>, Failure> {
        let options = match grace_seconds {
            Some(seconds) => json!({ "gracePeriodSeconds": seconds }),
            None => json!({}),
        };
        let request = self.request(Verb::Delete, resource, namespace, Some(name), "", &options);
        self.done(write::delete(&mut self.server.state(), &request, self.server.now()))
    }

    /// Binds a pod to a node, as the scheduler does.
    pub fn bind(&self, namespace: &str, pod: &str, node: &str) -> Result<(), Failure> {
        let binding = json!({ "target": { "kind": "Node", "name": node } });
        let request = self.request(Verb::Create, &PODS, namespace, Some(pod), "binding", &binding);
        let bound = write::create(&mut self.server.state(), &request, self.server.now());
        self.done(bound).map(drop)
    }

    fn change(
        &self,
        resource: &'static Resource,
        namespace: &str,
        name: &str,
        subresource: &str,
        patch: &Value,
    ) -> Result<Arc<Value>, Failure> {
        let request = self.request(Verb::Patch, resource, namespace, Some(name), subresource, patch);
        self.done(write::change(&mut self.server.state(), &request))
    }

    fn done(&self, result: Result<Arc<Value>, Failure>) -> Result<Arc<Value>, Failure> {
        self.server.shared.changed.notify_waiters();
        result
    }

    fn request(
        &self,
        verb: Verb,
        resource: &'static Resource,
        namespace: &str,
        name: Option<&str>,
        subresource: &str,
        body: &Value,
    ) -> Request {
        Request {
            call: Call {
                user: User::Admin,
                verb,
                resource,
                subresource: subresource.to_owned(),
                namespace: Some(namespace).filter(|namespace| !namespace.is_empty()).map(str::to_owned),
                name: name.map(str::to_owned),
            },
            selector: Selector::default(),
            query: std::collections::BTreeMap::new(),
            content_type: "application/strategic-merge-patch+json".to_owned(),
            body: body.to_string().into(),
        }
    }
}

fn namespace_of<'a>(resource: &Resource, object: &'a Value) -> &'a str {
    match resource.scope {
        Scope::Namespaced => object["metadata"]["namespace"].as_str().unwrap_or("default"),
        Scope::Cluster => "",
    }
}
