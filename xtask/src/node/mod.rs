//! A node made of real parts.
//!
//! ```text
//! cgroups     groups of our own in every hierarchy of the machine
//! layout      which directory and socket belongs to what
//! mounts      taking mounts away
//! registry    the distribution's registry server on loopback
//! cni         the network configuration of the pods' bridge
//! containerd  a private containerd: configuration, start, stop
//! sandboxed   the box: all of that in namespaces of its own, for tests; gone without a trace afterwards
//! ```

pub(crate) mod cgroups;
pub mod cni;
pub mod containerd;
pub mod layout;
pub(crate) mod mounts;
pub mod registry;
pub mod sandboxed;
