//! The arguments after `kubelet config`.

use crate::flags::{Action, CommandLine, CommandLineError, parse_command_line};

/// What to print for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// People.
    #[default]
    Human,
    /// Programs.
    Json,
}

/// One of the two commands.
#[derive(Debug, Clone, PartialEq)]
pub enum ConfigCommand {
    /// Check files.
    Check {
        /// Paths: configuration files, drop-ins (`*.conf`), credential provider configurations.
        files: Vec<String>,
        /// How to print.
        format: Format,
        /// Whether warnings make the check fail, too.
        strict: bool,
    },
    /// Show what a kubelet with these flags would run with.
    Show {
        /// The kubelet's own flags; `--config` and `--config-dir` name the files to read.
        command_line: Box<CommandLine>,
        /// How to print.
        format: Format,
    },
    /// Print how the commands are used.
    Help,
}

/// Arguments that make no command. The caller prints it and exits with 2.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UsageError {
    /// No `check` or `show`.
    #[error("kubelet config needs a command: check FILE…, or show [FLAGS]")]
    NoCommand,
    /// Neither `check` nor `show`.
    #[error("unknown command kubelet config {0}: there are check FILE… and show [FLAGS]")]
    UnknownCommand(String),
    /// Nothing to check.
    #[error("kubelet config check needs at least one file")]
    NoFile,
    /// A flag that `check` does not have.
    #[error("unknown flag {0}: kubelet config check has -o json|text and --strict")]
    UnknownFlag(String),
    /// `-o` with something else.
    #[error("unknown output format {0:?}: there are text and json")]
    UnknownFormat(String),
    /// Flags of the kubelet that it would refuse as well.
    #[error(transparent)]
    Flags(#[from] CommandLineError),
}

/// Reads the arguments.
///
/// # Errors
/// When they make no command.
pub fn parse_config_command(arguments: &[String]) -> Result<ConfigCommand, UsageError> {
    let (command, rest) = arguments.split_first().ok_or(UsageError::NoCommand)?;
    if ["-h", "--help", "help"].contains(&command.as_str()) {
        return Ok(ConfigCommand::Help);
    }
    let (format, rest) = take_format(rest)?;
    match command.as_str() {
        "check" => parse_check(rest, format),
        "show" => parse_show(rest, format),
        other => Err(UsageError::UnknownCommand(other.to_owned())),
    }
}

fn parse_check(arguments: Vec<String>, format: Format) -> Result<ConfigCommand, UsageError> {
    let mut files = Vec::new();
    let mut strict = false;
    for argument in arguments {
        match argument.as_str() {
            "-h" | "--help" => return Ok(ConfigCommand::Help),
            "--strict" => strict = true,
            flag if flag.len() > 1 && flag.starts_with('-') => {
                return Err(UsageError::UnknownFlag(argument));
            }
            _ => files.push(argument),
        }
    }
    if files.is_empty() {
        return Err(UsageError::NoFile);
    }
    Ok(ConfigCommand::Check { files, format, strict })
}

fn parse_show(arguments: Vec<String>, format: Format) -> Result<ConfigCommand, UsageError> {
    let command_line = parse_command_line(arguments)?;
    match command_line.action() {
        Action::Help => Ok(ConfigCommand::Help),
        Action::Run | Action::Version(_) => {
            Ok(ConfigCommand::Show { command_line: Box::new(command_line), format })
        }
        Action::Subcommand(command, _) => Err(UsageError::UnknownCommand(format!("show {}", command.name()))),
    }
}

/// Takes `-o json`, `-o=json`, `-ojson` and `--output json` out of the arguments.
fn take_format(arguments: &[String]) -> Result<(Format, Vec<String>), UsageError> {
    let mut format = Format::Human;
    let mut rest = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let value = match argument.as_str() {
            "-o" | "--output" => arguments.next().cloned().unwrap_or_default(),
            other => match other.strip_prefix("--output=").or_else(|| other.strip_prefix("-o")) {
                Some(value) => value.strip_prefix('=').unwrap_or(value).to_owned(),
                None => {
                    rest.push(argument.clone());
                    continue;
                }
            },
        };
        format = match value.as_str() {
            "json" => Format::Json,
            "text" => Format::Human,
            _ => return Err(UsageError::UnknownFormat(value)),
        };
    }
    Ok((format, rest))
}
