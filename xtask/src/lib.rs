//! The project's own commands, and the parts of a test node that the end-to-end tests share with them.
//!
//! ```text
//! commands/   one file per `cargo xtask` command: what a person types
//! node/       a node made of real parts: registry, containerd, CNI; and the box, a node in namespaces of its own
//! cluster/    upstream's control plane and a kubelet in such a box
//! local/      the node that ./run.sh starts on the machine itself
//! bench/      what a kubelet adds to the runtime's own time
//! images/     small real OCI images of nginx, busybox and pause, and pushing them to a registry
//! setup/      installing what is missing
//! testing/    every check of the project, one after the other
//! vm          a machine of its own kernel: control groups v2 and systemd
//! tools       programs built from their Go modules, kept by content
//! http        one HTTP request at a time
//! places      where all of it lives on disk
//! steps       running programs, and telling the person what is going on
//! ```
//!
//! Nothing here is part of the product: the kubelet never links this crate.

pub mod bench;
pub mod cluster;
pub mod commands;
pub mod http;
pub mod images;
pub mod local;
pub mod node;
pub mod places;
pub mod setup;
pub mod steps;
pub mod testing;
pub mod tools;
pub mod vm;
