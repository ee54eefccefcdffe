//! The kubelet.

use std::process::ExitCode;

fn main() -> ExitCode {
    kubelet::run::main(std::env::args_os().collect())
}
