//! What the end-to-end tests stand on: the kubelet's binary as a process, the real runtime beside it, and predicates to wait on.
//!
//! ```text
//! environment  what the box gives: sockets, directories, addresses (KUBELET_TEST_*)
//! harness      cases and how they are run, here and on a cluster
//! suite        what lies around the cases on a node: one kubelet for many of them, or a box for one
//! kubelet      the binary as a process: start, stop, kill, its log
//! node         a running kubelet with its manifests, and waiting for what it reports
//! runtime      the CRI beside the kubelet: what really runs
//! footprint    what pods leave on a machine: mounts, cgroups, network namespaces, directories
//! web          a small web server, for manifests behind a URL
//! ```
//!
//! Tests never sleep for a time in which something ought to have happened: they wait for a predicate, with a bound far above what
//! is usual, and say what they saw last when it does not come true.

pub mod environment;
pub mod footprint;
pub mod harness;
pub mod kubelet;
pub mod manifest;
pub mod node;
pub mod runtime;
pub mod suite;
pub mod wait;
pub mod web;
