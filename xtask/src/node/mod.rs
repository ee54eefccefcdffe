//! A node made of real parts.
//!
//! ```text
//! layout      which directory and socket belongs to what
//! registry    the distribution's registry server on loopback
//! cni         the network configuration of the pods' bridge
//! containerd  a private containerd: configuration, start, stop
//! sandboxed   the box: all of that in namespaces of its own, for tests; gone without a trace afterwards
//! ```

pub mod cni;
pub mod containerd;
pub mod layout;
pub mod registry;
pub mod sandboxed;
