//! Benchmarks on a real control plane: what a user of the API server sees.
//!
//! ```text
//! node       a kubelet as the cluster's node: start, usage, end, and nothing left for the next
//! seen       the pods on a watch, with the moment of each change
//! audit      which requests the kubelet made, as the API server wrote them down
//! workloads  the measurements, one function each
//! rows       the bars
//! ```
//!
//! The control plane stays; the kubelets take turns as its node, each with a fresh Node object and empty directories.

pub mod audit;
pub mod node;
pub mod rows;
pub mod seen;
pub mod workloads;
