//! Registers the node, then reports its status.

use super::inputs::{Changed, Inputs};
use super::plan::Schedule;
use crate::object::{self, differs, is_ready};
use crate::patch;
use crate::registration::{Registered, Registrar};
use crate::settings::{NodeSettings, Registration};
use crate::startup::Startup;
use crate::tell::{NodeEvent, Teller};
use crate::view::View;
use apiserver::{ApiError, Nodes};
use k8s_openapi::api::core::v1::Node;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use std::sync::Arc;
use std::time::Duration;
use tasks::{Clock, Stop};
use tokio::time::{Instant, sleep, sleep_until};
use types::reasons::node_event;

/// Attempts at one report before it waits for the next look (`nodeStatusUpdateRetry`).
const ATTEMPTS: u32 = 5;

/// So long at most an attempt is put off because the server asks to be left alone, as client-go puts it off.
const LONGEST_ASKED_PAUSE: Duration = Duration::from_secs(10);

/// What the task is made of.
pub(crate) struct StatusParts {
    pub(crate) settings: Arc<NodeSettings>,
    pub(crate) nodes: Nodes,
    pub(crate) inputs: Inputs,
    pub(crate) view: View,
    pub(crate) teller: Teller,
    pub(crate) startup: Startup,
    pub(crate) clock: Clock,
}

/// See the module.
#[derive(Clone)]
pub(crate) struct StatusTask {
    settings: Arc<NodeSettings>,
    nodes: Nodes,
    inputs: Inputs,
    view: View,
    teller: Teller,
    startup: Startup,
    clock: Clock,
    random: SmallRng,
    schedule: Schedule,
    is_unschedulable: bool,
    has_told_reboot: bool,
}

/// Why a report did not reach the server.
#[derive(Debug, thiserror::Error)]
enum ReportError {
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error("the node cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl StatusTask {
    /// A task that is not run yet.
    pub(crate) fn new(parts: StatusParts) -> Self {
        let StatusParts { settings, nodes, inputs, view, teller, startup, clock } = parts;
        let random = SmallRng::seed_from_u64(settings.seed);
        Self {
            settings,
            nodes,
            inputs,
            view,
            teller,
            startup,
            clock,
            random,
            schedule: Schedule::new(Instant::now()),
            is_unschedulable: false,
            has_told_reboot: false,
        }
    }

    /// Until `stop`. A report that is under way then is dropped: the lease says soon enough that nobody is here.
    pub(crate) async fn run(mut self, stop: Stop) {
        tokio::select! {
            biased;
            () = stop.requested() => {}
            () = self.live() => {}
        }
    }

    async fn live(&mut self) {
        self.inputs.first().await;
        if self.settings.registration == Registration::BySelf {
            self.register().await;
        }
        loop {
            let frequencies = *self.inputs.frequencies.borrow();
            let is_registered = self.inputs.sight.borrow().node().is_some();
            let due = self.schedule.due(&frequencies);
            tokio::select! {
                biased;
                changed = self.inputs.changed() => self.note(changed),
                () = sleep_until(due), if is_registered => self.look().await,
            }
        }
    }

    fn note(&mut self, changed: Changed) {
        match changed {
            Changed::Health => self.schedule.health_changed(),
            Changed::Facts => self.schedule.changed(),
            Changed::Sight => {
                self.schedule.changed();
                self.see();
            }
        }
    }

    /// What the server has changed.
    fn see(&mut self) {
        let Some(node) = self.inputs.sight.borrow().node().cloned() else {
            tracing::error!(
                node = self.settings.name,
                "The node does not exist in the API server; its status is not reported"
            );
            return;
        };
        self.teller.learn(&node);
        let is_unschedulable = node.spec.as_ref().and_then(|spec| spec.unschedulable).unwrap_or(false);
        if is_unschedulable != self.is_unschedulable {
            self.is_unschedulable = is_unschedulable;
            self.teller.tell(&NodeEvent::Status(match is_unschedulable {
                true => node_event::NODE_NOT_SCHEDULABLE,
                false => node_event::NODE_SCHEDULABLE,
            }));
        }
    }

    async fn register(&mut self) {
        self.startup.attempted(self.clock.now());
        let registrar = Registrar::new(self.nodes.clone(), &self.settings.name, self.settings.history);
        let mut events = Vec::new();
        let initial = || {
            let (node, worth_telling) =
                object::initial(&self.settings, &self.inputs.facts(), self.clock.now());
            events = worth_telling;
            node
        };
        let node = match registrar.register(initial).await {
            Registered::Created(node) => {
                self.startup.registered(self.clock.now());
                let random = self.random.random();
                self.schedule.reported_change(Instant::now(), random);
                self.arrived(&node);
                // Upstream's node becomes ready after it was made, and says so: people wait for that.
                if is_ready(&node) {
                    events.push(NodeEvent::Status(node_event::NODE_READY));
                }
                node
            }
            Registered::Found(node) => node,
        };
        self.teller.learn(&node);
        self.view.answered(node);
        self.inputs.sight.mark_unchanged();
        self.see();
        events.iter().for_each(|event| self.teller.tell(event));
    }

    /// Looks at the status, and reports it if it differs or it is time.
    async fn look(&mut self) {
        for attempt in 1..=ATTEMPTS {
            match self.report(attempt).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::error!(
                        node = self.settings.name, attempt, err = %types::error::chain(&error),
                        "Error updating node status, will retry"
                    );
                    if let ReportError::Api(error) = &error
                        && let Some(asked) = error.asked_pause()
                    {
                        sleep(asked.min(LONGEST_ASKED_PAUSE)).await;
                    }
                }
            }
        }
        tracing::error!(
            node = self.settings.name,
            "Unable to update node status: update node status exceeds retry count"
        );
        let random = self.random.random();
        self.schedule.failed(Instant::now(), random);
    }

    /// The first attempt starts from what was last seen, the others from what the server has now.
    async fn report(&mut self, attempt: u32) -> Result<(), ReportError> {
        let seen = self.inputs.sight.borrow().node().cloned();
        let original = match (attempt, seen) {
            (1, Some(node)) => node,
            _ => self.nodes.get(&self.settings.name).await?,
        };
        let (node, events) =
            object::updated(&original, &self.settings, &self.inputs.facts(), self.clock.now());
        let frequencies = *self.inputs.frequencies.borrow();
        let is_changed = differs(&original, &node);
        let random = self.random.random();
        if !is_changed && Instant::now() < self.schedule.report_due(&frequencies) {
            self.schedule.nothing_new(Instant::now(), random);
            return Ok(());
        }
        if let Some(patch) = patch::between(&original, &node)? {
            let answer = self.nodes.patch_status(&self.settings.name, &patch).await?;
            self.arrived(&answer);
            self.view.answered(answer);
        }
        match is_changed {
            true => self.schedule.reported_change(Instant::now(), random),
            false => self.schedule.reported_unchanged(Instant::now(), random),
        }
        events.iter().for_each(|event| self.tell(event));
        Ok(())
    }

    fn arrived(&mut self, node: &Node) {
        if is_ready(node) {
            self.startup.ready(self.clock.now());
        }
    }

    /// One reboot is told once, however often the report of it must be repeated.
    fn tell(&mut self, event: &NodeEvent) {
        if let NodeEvent::Rebooted { .. } = event
            && std::mem::replace(&mut self.has_told_reboot, true)
        {
            return;
        }
        self.teller.tell(event);
    }
}
