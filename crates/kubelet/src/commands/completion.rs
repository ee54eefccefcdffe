//! `kubelet completion SHELL`.

use config::Shell;
use std::process::ExitCode;

/// Prints the script that completes this program's flags in `bash`, `zsh` or `fish`, or its manual page for `man`.
pub fn completion(words: &[String]) -> ExitCode {
    let shell = match words {
        [page] if page == "man" => {
            print!("{}", config::manual(crate::version::VERSION));
            return ExitCode::SUCCESS;
        }
        [shell] if shell == "bash" => Shell::Bash,
        [shell] if shell == "zsh" => Shell::Zsh,
        [shell] if shell == "fish" => Shell::Fish,
        _ => {
            eprintln!("Usage: kubelet completion bash|zsh|fish|man");
            return ExitCode::from(2);
        }
    };
    print!("{}", config::completion(shell));
    ExitCode::SUCCESS
}
