//! What the tests on a real control plane stand on.
//!
//! ```text
//! suite      what lies around the cases: a namespace for each, nothing left afterwards
//! cluster    the control plane and its node: clients, who the kubelet is
//! process    a component as a process: ended and started again by its record
//! space      a namespace of the API server: objects made, waited for, looked into
//! objects    pods and workloads as JSON
//! status     what a pod's status says
//! nodes      the second node, which takes only the pods of those who ask for it
//! kubectl    what people type
//! tokens     what the API server says of a service account's token
//! audit      what the node asked of the API server
//! ```
//!
//! Everything is seen with the eyes of the API server, of the runtime, and of the node's file system; the kubelet's own
//! interfaces are asked nothing, so that the same cases pass with upstream's kubelet.

/// Makes the list of a module's cases.
pub use e2e::cases;

pub mod audit;
pub mod cluster;
pub mod kubectl;
pub mod nodes;
pub mod objects;
pub mod process;
pub mod space;
pub mod status;
pub mod suite;
pub mod tokens;
