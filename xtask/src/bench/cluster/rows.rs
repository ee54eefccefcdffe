//! The bars.

use crate::bench::report::{Bar, Row};

/// The rows of a cluster's node.
pub const CLUSTER: [Row; 24] = [
    row(
        "pod without token: created → Running on a watch, p50 (ms)",
        "start p50",
        Bar::Floor("start p50", 1.12),
    ),
    row("pod with the usual token, p50 (ms)", "start with token p50", Bar::Floor("start p50", 1.15)),
    row("deleted → object gone, p50 (ms)", "stop p50", Bar::Floor("stop p50", 1.25)),
    row("job of 700 ms → Succeeded, p50 (ms)", "job p50", Bar::FloorAnd("start p50", 1.15, 700.0)),
    row(
        "kill -9 → running again, p50 (ms)",
        "killed to running p50",
        Bar::Floor("create and start p50", 1.4),
    ),
    row("all at once: wall (ms)", "batch wall", Bar::Floor("batch wall", 1.1)),
    row("all at once: p50 (ms)", "batch p50", Bar::Share("batch wall", 0.55)),
    row("all at once: first (ms)", "batch first", Bar::Floor("start p50", 2.0)),
    row("all deleted at once: wall (ms)", "batch removed", Bar::Upstream(0.5)),
    row("CPU per start and stop, one by one (ms)", "CPU ms per start and stop", Bar::Absolute(7.0)),
    row("CPU per start and stop, batch (ms)", "CPU ms per start and stop, batch", Bar::Absolute(7.0)),
    row("API calls per start, events apart", "calls per start", Bar::Absolute(4.0)),
    row("API calls per stop, events apart", "calls per stop", Bar::Absolute(3.0)),
    row("CPU, idle, no pods (%)", "idle CPU %, no pods", Bar::Absolute(0.1)),
    row("CPU, idle, all pods (%)", "idle CPU %, batch", Bar::Absolute(0.5)),
    row("RSS, no pods (MiB)", "RSS MiB, no pods", Bar::Absolute(15.0)),
    row("RSS, all pods (MiB)", "RSS MiB, batch", Bar::Absolute(22.0)),
    row("ConfigMap changed → file (ms)", "config map to file", Bar::Absolute(200.0)),
    row("restart among all pods → a waiting pod runs (ms)", "restart to waiting pod", Bar::Absolute(450.0)),
    row("status writes of a restart for the others", "status writes of restart", Bar::Absolute(0.0)),
    row("start → node Ready (ms)", "start to ready", Bar::Absolute(250.0)),
    row("pod without token, p99 (ms)", "start p99", Bar::Floor("start p50", 1.5)),
    row("deleted → object gone, p99 (ms)", "stop p99", Bar::Floor("stop p50", 2.0)),
    row("stripped release binary (MB)", "binary MB", Bar::Absolute(20.0)),
];

const fn row(name: &'static str, value: &'static str, bar: Bar) -> Row {
    Row { name, value, bar }
}
