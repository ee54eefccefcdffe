//! A machine of its own kernel, for what this one's cannot show: control groups v2, and systemd.
//!
//! qemu emulates it (no KVM is needed), the distribution's cloud kernel runs it, and its whole file system is an archive
//! in memory: this machine's systemd and a few programs, and the test programs. It starts, runs them, and ends.

pub mod archive;
pub mod guest;
pub mod kernel;
pub mod qemu;
