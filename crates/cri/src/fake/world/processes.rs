//! Processes of containers begin and end.

use tokio::time::{Duration, Instant};

use super::World;
use crate::fake::Program;
use crate::fake::journal::What;
use crate::fake::objects::{EXIT_CODE_KILLED, End, Exit, Process};
use crate::v1::ContainerEventType;

impl World {
    /// The process of a container begins.
    pub(in crate::fake) fn start(&mut self, id: &str, program: Program) {
        let now = Instant::now();
        let (pid, started_at_nanos) = (self.new_pid(), self.now_nanos());
        let end =
            program.runs_for.map(|after| End { at: now + after, exit: Exit::with_code(program.exit_code) });
        let Some(container) = self.containers.get_mut(id) else { return };
        container.started_at_nanos = started_at_nanos;
        container.process = Process::Running { pid, program, end: None, told_to_stop: false };
        self.journal.note(now, id, What::ContainerStarted);
        self.tell_container(id, ContainerEventType::ContainerStartedEvent);
        if let Some(end) = end {
            self.will_exit(id, end);
        }
    }

    /// The process of a container will end at a known time, unless it does so earlier anyway.
    pub(in crate::fake) fn will_exit(&mut self, id: &str, new: End) {
        let Some(container) = self.containers.get_mut(id) else { return };
        let Process::Running { end, .. } = &mut container.process else { return };
        if let Some(old) = end.as_ref() {
            if old.at <= new.at {
                return;
            }
            self.due.remove(&(old.at, id.to_owned()));
        }
        self.due.insert((new.at, id.to_owned()));
        *end = Some(new);
        container.changed.notify_waiters();
    }

    /// The process of a container has ended at `at`; the runtime tells of it when it has cleaned up.
    pub(in crate::fake) fn exit(&mut self, id: &str, at: Instant, exit: Exit) {
        let late_nanos = i64::try_from(Instant::now().saturating_duration_since(at).as_nanos()).unwrap_or(0);
        let finished_at_nanos = self.now_nanos() - late_nanos;
        let Some(container) = self.containers.get_mut(id) else { return };
        if let Some(end) = container.process.end() {
            self.due.remove(&(end.at, id.to_owned()));
        }
        let exit_code = exit.code;
        let told_at = at + self.tells_ends_after;
        container.finished_at_nanos = finished_at_nanos;
        container.process = Process::Ended(End { at: told_at, exit });
        container.changed.notify_waiters();
        self.due.insert((told_at, id.to_owned()));
        self.journal.note(at, id, What::ContainerExited { exit_code });
        if told_at <= Instant::now() {
            self.tell_end(id);
        }
    }

    /// The runtime tells that the process of a container has ended, if that is so.
    pub(in crate::fake) fn tell_end(&mut self, id: &str) {
        let Some(container) = self.containers.get_mut(id) else { return };
        let Process::Ended(End { at, exit }) = container.process.clone() else { return };
        self.due.remove(&(at, id.to_owned()));
        container.process = Process::Exited(exit);
        self.tell_container(id, ContainerEventType::ContainerStoppedEvent);
    }

    /// Whether the process of a container runs.
    pub(in crate::fake) fn runs(&self, id: &str) -> bool {
        self.containers.get(id).is_some_and(|container| container.process.pid().is_some())
    }

    /// SIGKILL to the process of a container, if it has one, by the runtime, which waits until it can tell of the end.
    pub(in crate::fake) fn kill(&mut self, id: &str) {
        if self.runs(id) {
            self.exit(id, Instant::now(), Exit::with_code(EXIT_CODE_KILLED));
        }
        self.tell_end(id);
    }

    /// Starting a container will turn out to have failed.
    pub(in crate::fake) fn will_fail(&mut self, id: &str, after: Duration, message: &str) {
        let Some(container) = self.containers.get_mut(id) else { return };
        let at = Instant::now() + after;
        container.process = Process::Starting(Some(End { at, exit: Exit::not_started(message) }));
        self.due.insert((at, id.to_owned()));
    }

    /// Starting a container has failed: it is left exited, and containerd makes no event of it.
    pub(in crate::fake) fn fail_start(&mut self, id: &str, message: &str) {
        let finished_at_nanos = self.now_nanos();
        let Some(container) = self.containers.get_mut(id) else { return };
        let exit = Exit::not_started(message);
        let exit_code = exit.code;
        container.finished_at_nanos = finished_at_nanos;
        container.process = Process::Exited(exit);
        container.changed.notify_waiters();
        self.journal.note(Instant::now(), id, What::ContainerExited { exit_code });
    }
}
