//! When to look at the status, and when to report one that has not changed. Pure.

use crate::settings::Frequencies;
use std::time::Duration;
use tokio::time::Instant;

/// Between two reports of health, so that a runtime that comes and goes does not flood the server.
const HEALTH_PAUSE: Duration = Duration::from_secs(1);

/// Share of the update period by which a look is put off at random, so that the nodes of a cluster do not keep step.
const JITTER: f64 = 0.04;

/// What waits to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pending {
    Nothing,
    /// A change that can wait for the update period.
    Change,
    /// A change of health.
    Health,
    /// The last report failed.
    Retry,
}

/// When what was done, and what waits.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    pending: Pending,
    looked_at: Instant,
    health_reported_at: Option<Instant>,
    reported_at: Option<Instant>,
    /// Share of the report period by which the next report of an unchanged status comes later, or earlier.
    spread: f64,
    jitter: f64,
}

impl Schedule {
    /// Nothing has been reported since the start: that is done first.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            pending: Pending::Nothing,
            looked_at: now,
            health_reported_at: None,
            reported_at: None,
            spread: 0.0,
            jitter: 0.0,
        }
    }

    /// Something changed that can wait.
    pub(crate) fn changed(&mut self) {
        if self.pending == Pending::Nothing {
            self.pending = Pending::Change;
        }
    }

    /// Something changed that readiness may depend on. A server that just refused a report is left alone nevertheless.
    pub(crate) fn health_changed(&mut self) {
        if self.pending != Pending::Retry {
            self.pending = Pending::Health;
        }
    }

    /// When to look next.
    pub(crate) fn due(&self, frequencies: &Frequencies) -> Instant {
        let update = frequencies.status_update.mul_f64(1.0 + self.jitter * JITTER);
        let report = self.report_due(frequencies);
        match self.pending {
            Pending::Nothing => report,
            Pending::Change => report.min(self.looked_at + update),
            Pending::Retry => self.looked_at + update,
            Pending::Health => {
                let allowed = self.health_reported_at.map_or(self.looked_at, |at| at + HEALTH_PAUSE);
                report.min(allowed)
            }
        }
    }

    /// When even an unchanged status is reported.
    pub(crate) fn report_due(&self, frequencies: &Frequencies) -> Instant {
        match self.reported_at {
            Some(at) => at + frequencies.status_report.mul_f64(1.0 + self.spread),
            None => self.looked_at,
        }
    }

    /// The status was looked at, and there was nothing to report. `random` is within 0 and 1.
    pub(crate) fn nothing_new(&mut self, now: Instant, random: f64) {
        self.pending = Pending::Nothing;
        self.looked_at = now;
        self.jitter = random;
    }

    /// A changed status was reported: the next report of an unchanged one comes up to half a period earlier or
    /// later, so that nodes that changed together do not report together for ever.
    pub(crate) fn reported_change(&mut self, now: Instant, random: f64) {
        if self.pending == Pending::Health {
            self.health_reported_at = Some(now);
        }
        self.reported_at = Some(now);
        self.spread = random - 0.5;
        self.nothing_new(now, random);
    }

    /// An unchanged status was reported, because it was time.
    pub(crate) fn reported_unchanged(&mut self, now: Instant, random: f64) {
        let is_first = self.reported_at.is_none();
        self.reported_change(now, random);
        if !is_first {
            self.spread = 0.0;
        }
    }

    /// A report failed, five times over.
    pub(crate) fn failed(&mut self, now: Instant, random: f64) {
        self.pending = Pending::Retry;
        self.looked_at = now;
        self.jitter = random;
    }
}
