//! Shell completion scripts, generated from the table.

use super::{FLAGS, Flag, FlagKind, Subcommand};

/// Shells that a script exists for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// GNU Bash.
    Bash,
    /// Zsh.
    Zsh,
    /// fish.
    Fish,
}

impl Shell {
    /// A shell by its name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "bash" => Some(Self::Bash),
            "zsh" => Some(Self::Zsh),
            "fish" => Some(Self::Fish),
            _ => None,
        }
    }
}

/// The script for `shell`, to be sourced.
pub fn completion(shell: Shell) -> String {
    match shell {
        Shell::Bash => bash(),
        Shell::Zsh => zsh(),
        Shell::Fish => fish(),
    }
}

fn commands() -> String {
    Subcommand::ALL.map(Subcommand::name).join(" ")
}

/// Flags whose value is a path.
pub(super) fn takes_path(flag: &Flag) -> bool {
    let path_like = ["config", "config-dir", "kubeconfig", "root-dir", "lock-file"];
    flag.kind == FlagKind::String
        && (path_like.contains(&flag.name)
            || ["-file", "-dir", "-path", "-kubeconfig"].iter().any(|suffix| flag.name.ends_with(suffix)))
}

fn bash() -> String {
    let flags: Vec<String> = FLAGS
        .iter()
        .map(|flag| match flag.bare_value() {
            Some(_) => format!("--{}", flag.name),
            None => format!("--{}=", flag.name),
        })
        .collect();
    let paths: Vec<String> =
        FLAGS.iter().filter(|flag| takes_path(flag)).map(|flag| format!("--{}", flag.name)).collect();
    format!(
        r#"# bash completion for kubelet
_kubelet() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}"
    if [[ "$current" == "=" ]]; then current=""; fi
    if [[ "$previous" == "=" ]]; then previous="${{COMP_WORDS[COMP_CWORD-2]}}"; fi
    case "$previous" in
        {}) COMPREPLY=($(compgen -f -- "$current")); return ;;
        config) COMPREPLY=($(compgen -W "check show" -- "$current")); return ;;
        completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$current")); return ;;
        check) COMPREPLY=($(compgen -f -- "$current")); return ;;
    esac
    COMPREPLY=($(compgen -W "{} {}" -- "$current"))
    if [[ "${{COMPREPLY[0]}}" == *= ]]; then compopt -o nospace; fi
}}
complete -F _kubelet kubelet
"#,
        paths.join("|"),
        commands(),
        flags.join(" "),
    )
}

fn zsh() -> String {
    let mut script = String::from("#compdef kubelet\n_arguments -s \\\n");
    for flag in FLAGS {
        let help = escape_zsh(flag.help());
        let value = match flag.bare_value() {
            Some(_) => String::new(),
            None if takes_path(flag) => ":path:_files".to_owned(),
            None => ":value:".to_owned(),
        };
        let equals = if flag.bare_value().is_some() { "" } else { "=" };
        script.push_str(&format!("  '--{}{equals}[{help}]{value}' \\\n", flag.name));
    }
    script.push_str(&format!("  '1:command:({})'\n", commands()));
    script
}

fn escape_zsh(text: &str) -> String {
    text.replace('\'', "'\\''").replace('[', "\\[").replace(']', "\\]").replace(':', "\\:")
}

fn fish() -> String {
    let mut script = String::from("# fish completion for kubelet\n");
    for command in Subcommand::ALL {
        script.push_str(&format!(
            "complete -c kubelet -n __fish_use_subcommand -f -a {} -d '{}'\n",
            command.name(),
            command.usage().1.replace('\'', "\\'"),
        ));
    }
    for flag in FLAGS {
        let short = flag.shorthand.map_or(String::new(), |letter| format!(" -s {letter}"));
        let value = match flag.bare_value() {
            Some(_) => "",
            None if takes_path(flag) => " -r",
            None => " -x",
        };
        script.push_str(&format!(
            "complete -c kubelet -l {}{short}{value} -d '{}'\n",
            flag.name,
            flag.help().replace('\'', "\\'"),
        ));
    }
    script
}
