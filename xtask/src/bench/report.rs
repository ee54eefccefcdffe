//! The table, the page and its plot.

use super::workloads::Values;
use super::{Contender, quantile};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What every contender measured in every round.
#[derive(Debug)]
pub struct Results {
    rows: &'static [Row],
    rounds: BTreeMap<Contender, Vec<Values>>,
}

/// A row: its name, what ours is compared with, and the bar.
#[derive(Debug)]
pub struct Row {
    /// What people read.
    pub name: &'static str,
    /// The measured value.
    pub value: &'static str,
    /// What ours is held to.
    pub bar: Bar,
}

/// What ours is held to.
#[derive(Debug)]
pub enum Bar {
    /// At most so many times this value of the floor.
    Floor(&'static str, f64),
    /// At most so many times this value of the floor, and so many milliseconds more.
    FloorAnd(&'static str, f64, f64),
    /// At most such a share of another value of the same contender.
    Share(&'static str, f64),
    /// At most so many times what upstream's kubelet takes.
    Upstream(f64),
    /// At most so much.
    Absolute(f64),
}

/// The rows of standalone kubelets.
pub const STANDALONE: [Row; 15] = [
    Row {
        name: "manifest renamed into place → running, p50 (ms)",
        value: "start p50",
        bar: Bar::Floor("start p50", 1.1),
    },
    Row {
        name: "manifest removed → sandbox stopped, p50 (ms)",
        value: "stop p50",
        bar: Bar::Floor("stop p50", 1.15),
    },
    Row {
        name: "kill -9 → running again, p99 (ms)",
        value: "killed to running p99",
        bar: Bar::Floor("create and start p50", 1.3),
    },
    Row {
        name: "the same, against the floor's p99 (ms)",
        value: "killed to running p99",
        bar: Bar::Floor("create and start p99", 1.3),
    },
    Row { name: "110 at once: wall (ms)", value: "batch wall", bar: Bar::Floor("batch wall", 1.05) },
    Row { name: "110 at once: first (ms)", value: "batch first", bar: Bar::Floor("start p50", 2.0) },
    Row {
        name: "110 removed at once: wall (ms)",
        value: "batch removed",
        bar: Bar::Floor("batch wall", 2.0),
    },
    Row { name: "CPU per pod start, batch (ms)", value: "CPU ms per start, batch", bar: Bar::Absolute(4.0) },
    Row { name: "CPU, idle, 110 pods (%)", value: "idle CPU %, batch", bar: Bar::Absolute(0.5) },
    Row { name: "RSS, 110 pods (MiB)", value: "RSS MiB, batch", bar: Bar::Absolute(22.0) },
    Row { name: "CPU, idle, no pods (%)", value: "idle CPU %, no pods", bar: Bar::Absolute(0.1) },
    Row { name: "RSS, no pods (MiB)", value: "RSS MiB, no pods", bar: Bar::Absolute(15.0) },
    Row { name: "stripped release binary (MB)", value: "binary MB", bar: Bar::Absolute(20.0) },
    Row {
        name: "restart with 110 pods → a waiting pod runs (ms)",
        value: "restart to waiting pod",
        bar: Bar::Absolute(450.0),
    },
    Row {
        name: "containers touched by the restart",
        value: "containers touched by restart",
        bar: Bar::Absolute(0.0),
    },
];

impl Results {
    /// No results yet, for these rows.
    pub fn new(rows: &'static [Row]) -> Self {
        Self { rows, rounds: BTreeMap::new() }
    }

    /// Takes in a contender's values of one round.
    pub fn add(&mut self, contender: Contender, values: Values) {
        self.rounds.entry(contender).or_default().push(values);
    }

    /// The median over the rounds.
    fn median(&self, contender: Contender, value: &str) -> Option<f64> {
        let rounds = self.rounds.get(&contender)?;
        let mut values: Vec<f64> = rounds.iter().filter_map(|round| round.get(value).copied()).collect();
        (!values.is_empty()).then(|| quantile(&mut values, 0.5))
    }

    /// The table, as Markdown.
    pub fn table(&self) -> String {
        let mut table = String::from(
            "| workload | floor | upstream | ours | bar for ours | met |\n|---|---|---|---|---|---|\n",
        );
        let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"));
        for row in self.rows {
            let ours = self.median(Contender::Ours, row.value);
            let upstream = self.median(Contender::Upstream, row.value);
            let (floor, limit, bar) = match row.bar {
                Bar::Floor(value, factor) => {
                    let floor = self.median(Contender::Floor, value);
                    (floor, floor.map(|floor| floor * factor), format!("≤ {factor} × floor"))
                }
                Bar::FloorAnd(value, factor, more) => {
                    let floor = self.median(Contender::Floor, value).map(|floor| floor + more);
                    (floor, floor.map(|floor| floor * factor), format!("≤ {factor} × (floor + {more} ms)"))
                }
                Bar::Share(value, share) => {
                    let whole = self.median(Contender::Ours, value);
                    (None, whole.map(|whole| whole * share), format!("≤ {share} × its {value}"))
                }
                Bar::Upstream(factor) => {
                    (None, upstream.map(|value| value * factor), format!("≤ {factor} × upstream"))
                }
                Bar::Absolute(limit) => (None, Some(limit), format!("≤ {limit}")),
            };
            let is_met =
                ours.zip(limit).map_or("–", |(ours, limit)| if ours <= limit { "yes" } else { "**no**" });
            let ratio = |value: Option<f64>| match (value, floor) {
                (Some(value), Some(floor)) => format!("{value:.1} ({:.2} ×)", value / floor),
                (value, _) => number(value),
            };
            let _ = writeln!(
                table,
                "| {} | {} | {} | {} | {bar} | {is_met} |",
                row.name,
                number(floor),
                ratio(upstream),
                ratio(ours)
            );
        }
        table
    }

    /// Everything that was measured, one line a value, for those who want more than the table.
    pub fn details(&self) -> String {
        let names: BTreeSet<&str> =
            self.rounds.values().flatten().flat_map(|values| values.keys().copied()).collect();
        let mut text = String::new();
        for name in names {
            let _ = write!(text, "{name}:");
            for (contender, rounds) in &self.rounds {
                let values: Vec<String> = rounds
                    .iter()
                    .filter_map(|round| round.get(name))
                    .map(|value| format!("{value:.2}"))
                    .collect();
                let _ = write!(text, "  {} {}", contender.name(), values.join(" "));
            }
            text.push('\n');
        }
        text
    }

    /// Bars of ours and upstream's as multiples of the floor.
    pub fn plot(&self) -> String {
        let rows: Vec<(&str, Option<f64>, Option<f64>, f64)> = self
            .rows
            .iter()
            .filter_map(|row| match row.bar {
                Bar::Floor(value, factor) => {
                    let floor = self.median(Contender::Floor, value)?;
                    let of = |contender| self.median(contender, row.value).map(|value| value / floor);
                    Some((row.name, of(Contender::Upstream), of(Contender::Ours), factor))
                }
                Bar::FloorAnd(..) | Bar::Share(..) | Bar::Upstream(_) | Bar::Absolute(_) => None,
            })
            .collect();
        let highest = rows.iter().flat_map(|row| [row.1, row.2, Some(row.3)]).flatten().fold(1.0, f64::max);
        let (left, width, height) = (330.0, 420.0, 46.0);
        let scale = width / highest;
        let total = height * rows.len() as f64 + 50.0;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 800 {total}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"800\" height=\"{total}\" fill=\"white\"/>\n<text x=\"{left}\" y=\"16\">multiples of the floor (1 = a bare CRI client); grey: upstream, green: ours, line: the bar</text>\n"
        );
        for (index, (name, upstream, ours, bar)) in rows.iter().enumerate() {
            let top = 30.0 + height * index as f64;
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{name}</text>",
                left - 8.0,
                top + 20.0
            );
            for (value, color, offset) in [(upstream, "#9e9e9e", 0.0), (ours, "#2e7d32", 15.0)] {
                if let Some(value) = value {
                    let _ = writeln!(
                        svg,
                        "<rect x=\"{left}\" y=\"{}\" width=\"{:.1}\" height=\"13\" fill=\"{color}\"/><text x=\"{:.1}\" y=\"{}\">{value:.2}</text>",
                        top + offset,
                        value * scale,
                        left + value * scale + 4.0,
                        top + offset + 11.0
                    );
                }
            }
            let x = left + bar * scale;
            let _ = writeln!(
                svg,
                "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{}\" y2=\"{}\" stroke=\"#c62828\" stroke-width=\"2\"/>",
                top - 2.0,
                top + 30.0
            );
        }
        svg.push_str("</svg>\n");
        svg
    }
}
