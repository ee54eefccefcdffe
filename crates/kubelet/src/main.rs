//! The kubelet.

use std::process::ExitCode;

/// Faster than the C library's with small objects of all sizes that live for a pod's start, and what a burst of pods took goes back to
/// the kernel within a second. Its settings are in `.cargo/config.toml`. It is built for one size of pages, of which arm64 has several.
#[cfg(not(target_arch = "aarch64"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    kubelet::run::main(std::env::args_os().collect())
}
