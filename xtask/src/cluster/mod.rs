//! A cluster in a box: upstream's control plane, and kubelets that join it, one as a rule.
//!
//! ```text
//! outside      up, down, status, exec: the clusters of this machine by name
//! inside       the order in which everything starts, within the box
//! pki          certificates and kubeconfigs, made by kubeadm
//! components   the command lines of the control plane
//! member       a node: what it does not share with the others
//! kubelet      the kubelet's configuration and flags, as kubeadm writes them
//! process      a component as a process: started, written down for others to end and start it again
//! kubectl      what is asked of the API server
//! forward      from a port of the machine to the API server in the box
//! ```
//!
//! The record of each process lies in [`PROCESSES`]: tests end and restart components by it.

pub mod components;
pub mod forward;
pub mod inside;
pub mod kubectl;
pub mod kubelet;
pub mod member;
pub mod outside;
pub mod pki;
pub mod process;

/// The name of the first node.
pub const NODE_NAME: &str = "node-1";
/// The port of the API server.
pub const API_PORT: u16 = 6443;
/// The addresses of Services.
pub const SERVICE_SUBNET: &str = "10.96.0.0/16";
/// The addresses of pods: those of the first node are 10.88.0.0/16, those of the second 10.89.0.0/16, ….
pub const POD_SUBNET: &str = "10.88.0.0/13";
/// The address of the Service of the DNS server.
pub const DNS_SERVICE: &str = "10.96.0.10";
/// The directory with one record per process of the cluster, in the box.
pub const PROCESSES: &str = "/run/cluster/processes";
/// The socket in a box's directory that leads to the API server.
pub const API_SOCKET: &str = "api.sock";
