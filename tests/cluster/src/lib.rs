//! What the tests on a real control plane stand on.
//!
//! ```text
//! harness    cases, side by side in namespaces of their own, or one after the other
//! cluster    the control plane and its node: clients, who the kubelet is
//! process    a component as a process: ended and started again by its record
//! space      a namespace of the API server: objects made, waited for, looked into
//! objects    pods and workloads as JSON
//! status     what a pod's status says
//! ```
//!
//! Everything is seen with the eyes of the API server, of the runtime, and of the node's file system; the kubelet's own
//! interfaces are asked nothing, so that the same cases pass with upstream's kubelet.

pub mod cluster;
pub mod harness;
pub mod objects;
pub mod process;
pub mod space;
pub mod status;
