//! Benchmarks: what a kubelet adds to the runtime's own time, as ratios in one run.
//!
//! ```text
//! floor     a bare CRI client that does the same chain: run sandbox, create, start; stop, stop sandbox
//! kubelets  ours and, where its binary is given, upstream's: same flags, same configuration, own directories
//! events    when a container ran and when a sandbox stopped, from the runtime itself: one clock for all three
//! workloads the measurements, one function each
//! disk      the file system that all of it lies on
//! cluster   the same on a real control plane: what a user of the API server sees
//! report    the table, `docs/benchmarks.md` and its plot
//! ```
//!
//! The three alternate in each round; medians of rounds count. Nothing here is a test.

pub mod cluster;
pub mod disk;
pub mod events;
pub mod floor;
pub mod kubelets;
pub mod leftovers;
pub mod report;
pub mod workloads;

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contender {
    /// The bare CRI client.
    Floor,
    /// Upstream's kubelet.
    Upstream,
    /// Ours.
    Ours,
}

impl Contender {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Upstream => "upstream",
            Self::Ours => "ours",
        }
    }
}

/// The value below which a share `quantile` of the sorted values lies.
pub fn quantile(values: &mut [f64], quantile: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let index = (values.len().saturating_sub(1) as f64 * quantile).round() as usize;
    values.get(index).copied().unwrap_or(f64::NAN)
}
