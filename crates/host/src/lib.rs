//! This machine: control groups, files, mounts, processes, and what it has.
//!
//! Every part is a narrow trait with the real implementation beside it, and (feature `fake`) an in-memory one that is
//! deterministic, can be looked into, and fails or hangs on demand. One contract suite runs against both.
//!
//! | module | what |
//! |---|---|
//! | [`cgroups`] | the pods' control groups: v2, v1 and hybrid, by file system or through systemd |
//! | [`files`] | files and directories below the kubelet's root directory, and looks at the host's |
//! | [`mounts`] | tmpfs, bind mounts, what is mounted below a directory |
//! | [`beneath`] | paths that a pod's user controls, never left: sub paths of volumes |
//! | [`processes`] | a process's end, without polling and safe against reused ids |
//! | [`machine`] | memory, CPUs, identity, kernel |
//! | [`network`] | IP addresses, names |
//! | [`program`] | the memory that this program's own code takes |
//! | [`fake`] | all of the above in memory |
//!
//! Real implementations block in [`blocking`], where a hung file system costs one thread. The only unsafe code of the
//! workspace is in `descriptor` and `program`.

pub mod beneath;
pub mod blocking;
pub mod cgroups;
pub mod files;
pub mod machine;
pub mod mounts;
pub mod network;
pub mod processes;
pub mod program;

#[cfg(any(test, feature = "fake"))]
pub mod fake;

mod descriptor;

#[cfg(test)]
mod contract;
