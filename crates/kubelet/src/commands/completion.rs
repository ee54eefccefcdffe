//! `kubelet completion SHELL`.

use config::Shell;
use std::process::ExitCode;

/// Prints the script that completes this program's flags in `bash`, `zsh` or `fish`.
pub fn completion(words: &[String]) -> ExitCode {
    let shell = match words {
        [shell] if shell == "bash" => Shell::Bash,
        [shell] if shell == "zsh" => Shell::Zsh,
        [shell] if shell == "fish" => Shell::Fish,
        _ => {
            eprintln!("Usage: kubelet completion bash|zsh|fish");
            return ExitCode::from(2);
        }
    };
    print!("{}", config::completion(shell));
    ExitCode::SUCCESS
}
