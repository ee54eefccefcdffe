//! pflag's parser (`github.com/spf13/pflag`, `flag.go`) over the table.

use super::{Flag, Flags, apply, find};
use crate::finding::Finding;
use crate::text::quote;
use serde_json::Value;
use std::collections::BTreeMap;

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Run the kubelet.
    Run,
    /// Print the help.
    Help,
    /// Print the version.
    Version(VersionFormat),
    /// One of this program's own subcommands; what follows its name is not parsed here.
    Subcommand(Subcommand, Vec<String>),
}

/// How `--version` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionFormat {
    /// `Kubernetes v1.37.1`
    Short,
    /// Every part, as `--version=raw`.
    Raw,
}

/// Subcommands, which upstream has none of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subcommand {
    /// List pods.
    Ps,
    /// Describe a pod.
    Describe,
    /// Print a container's log.
    Logs,
    /// Check or show the configuration.
    Config,
    /// Print a shell completion script.
    Completion,
}

impl Subcommand {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Ps, Self::Describe, Self::Logs, Self::Config, Self::Completion];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ps => "ps",
            Self::Describe => "describe",
            Self::Logs => "logs",
            Self::Config => "config",
            Self::Completion => "completion",
        }
    }

    /// Arguments and a sentence, for help.
    pub fn usage(self) -> (&'static str, &'static str) {
        match self {
            Self::Ps => ("[-o json]", "List the pods of the kubelet that runs on this machine."),
            Self::Describe => ("pod NAME [-o json]", "Show everything about one pod."),
            Self::Logs => ("[-f] POD [-c CONTAINER]", "Print the log of a container."),
            Self::Config => (
                "check FILE… | show [FLAGS]",
                "Check configuration files, or show the effective configuration and where each value comes from.",
            ),
            Self::Completion => ("bash | zsh | fish", "Print a shell completion script."),
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|command| command.name() == name)
    }
}

/// One flag as it stood on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Its row.
    pub name: &'static str,
    /// Its text.
    pub text: String,
}

/// A command line that could be read.
#[derive(Debug, Clone, PartialEq)]
pub struct CommandLine {
    action: Action,
    flags: Flags,
    occurrences: Vec<Occurrence>,
    values: BTreeMap<&'static str, Value>,
}

impl CommandLine {
    /// What is asked for.
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// The values of the flags that set no field of the configuration: where the files are, who the node is.
    pub fn flags(&self) -> &Flags {
        &self.flags
    }

    /// The version that `--version=vX.Y.Z-…` wants reported instead of the program's own.
    pub fn reported_version(&self) -> Option<&str> {
        self.values.get("version")?.as_str().filter(|version| version.starts_with('v'))
    }

    /// Every flag in the order given.
    pub fn occurrences(&self) -> &[Occurrence] {
        &self.occurrences
    }

    /// Final value by flag; null for a flag that was given but changes nothing.
    pub(crate) fn values(&self) -> &BTreeMap<&'static str, Value> {
        &self.values
    }

    /// Upstream's line on standard error for each use of a deprecated flag:
    /// `Flag --port has been deprecated, …`
    pub fn deprecations(&self) -> Vec<Finding> {
        self.occurrences
            .iter()
            .filter_map(|occurrence| {
                let message = find(occurrence.name)?.deprecated?;
                Some(
                    Finding::warning(format!("Flag --{} has been deprecated, {message}", occurrence.name))
                        .about(format!("--{}", occurrence.name)),
                )
            })
            .collect()
    }
}

/// A command line that cannot be read. The texts are upstream's, with a hint where one is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandLineError {
    /// A positional argument.
    #[error("unknown command {0}")]
    UnknownCommand(String),
    /// A flag that does not exist.
    #[error("failed to parse kubelet flag: unknown flag: --{name}{hint}")]
    UnknownFlag {
        /// The name as given.
        name: String,
        /// Empty, or what to do instead, in parentheses.
        hint: String,
    },
    /// A one-letter flag that does not exist.
    #[error("failed to parse kubelet flag: unknown shorthand flag: '{letter}' in -{argument}")]
    UnknownShorthand {
        /// The letter.
        letter: char,
        /// All letters of the argument.
        argument: String,
    },
    /// No value for a flag that needs one.
    #[error("failed to parse kubelet flag: flag needs an argument: {0}")]
    MissingValue(String),
    /// `--=`, `---x`.
    #[error("failed to parse kubelet flag: bad flag syntax: {0}")]
    BadSyntax(String),
    /// A value that the flag cannot have.
    #[error("failed to parse kubelet flag: invalid argument {} for {} flag: {message}", quote(.text), quote(.flag))]
    InvalidValue {
        /// `--port`, `-v, --v`.
        flag: String,
        /// The text as given.
        text: String,
        /// What is wrong with it.
        message: String,
    },
}

/// Reads the arguments after the program's name.
///
/// # Errors
/// The first mistake, in upstream's words; the caller prints it and exits with 1.
pub fn parse_command_line(
    arguments: impl IntoIterator<Item = impl Into<String>>,
) -> Result<CommandLine, CommandLineError> {
    let mut parser = Parser::default();
    let mut rest = arguments.into_iter().map(Into::into);
    while let Some(argument) = rest.next() {
        if argument == "--" {
            parser.positional.extend(rest);
            break;
        }
        if let Some(long) = argument.strip_prefix("--") {
            parser.long(long, &argument, &mut rest)?;
        } else if argument.len() > 1 && argument.starts_with('-') {
            parser.short(&argument[1..], &mut rest)?;
        } else {
            let subcommand = Subcommand::named(&argument);
            if let Some(subcommand) = subcommand.filter(|_| parser.positional.is_empty()) {
                return Ok(parser.finish(Some(Action::Subcommand(subcommand, rest.collect()))));
            }
            parser.positional.push(argument);
        }
    }
    if let Some(first) = parser.positional.first() {
        return Err(CommandLineError::UnknownCommand(first.clone()));
    }
    Ok(parser.finish(None))
}

#[derive(Default)]
struct Parser {
    occurrences: Vec<Occurrence>,
    values: BTreeMap<&'static str, Value>,
    positional: Vec<String>,
}

impl Parser {
    fn long(
        &mut self,
        body: &str,
        argument: &str,
        rest: &mut impl Iterator<Item = String>,
    ) -> Result<(), CommandLineError> {
        if body.starts_with(['-', '=']) {
            return Err(CommandLineError::BadSyntax(argument.to_owned()));
        }
        let (name, value) = match body.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (body, None),
        };
        let flag = find(name).ok_or_else(|| CommandLineError::UnknownFlag {
            name: name.to_owned(),
            hint: super::help::hint(name),
        })?;
        let value = match (value, flag.bare_value()) {
            (Some(value), _) => value,
            (None, Some(bare)) => bare.to_owned(),
            (None, None) => rest.next().ok_or_else(|| CommandLineError::MissingValue(format!("--{name}")))?,
        };
        self.set(flag, value)
    }

    fn short(
        &mut self,
        letters: &str,
        rest: &mut impl Iterator<Item = String>,
    ) -> Result<(), CommandLineError> {
        let mut remaining = letters;
        while let Some(letter) = remaining.chars().next() {
            let after = &remaining[letter.len_utf8()..];
            let flag = super::FLAGS.iter().find(|flag| flag.shorthand == Some(letter)).ok_or_else(|| {
                CommandLineError::UnknownShorthand { letter, argument: remaining.to_owned() }
            })?;
            if let Some(value) = after.strip_prefix('=').filter(|value| !value.is_empty()) {
                return self.set(flag, value.to_owned());
            }
            if let Some(bare) = flag.bare_value() {
                self.set(flag, bare.to_owned())?;
                remaining = after;
            } else if !after.is_empty() {
                return self.set(flag, after.to_owned());
            } else {
                let value = rest
                    .next()
                    .ok_or_else(|| CommandLineError::MissingValue(format!("'{letter}' in -{remaining}")))?;
                return self.set(flag, value);
            }
        }
        Ok(())
    }

    fn set(&mut self, flag: &'static Flag, text: String) -> Result<(), CommandLineError> {
        let value = flag.kind.parse(&text, self.values.get(flag.name)).map_err(|message| {
            CommandLineError::InvalidValue {
                flag: match flag.shorthand {
                    Some(letter) => format!("-{letter}, --{}", flag.name),
                    None => format!("--{}", flag.name),
                },
                text: text.clone(),
                message,
            }
        })?;
        self.values.insert(flag.name, value);
        self.occurrences.push(Occurrence { name: flag.name, text });
        Ok(())
    }

    fn finish(self, subcommand: Option<Action>) -> CommandLine {
        let is = |name: &str, value: &Value| self.values.get(name) == Some(value);
        let action = if is("help", &Value::Bool(true)) {
            Action::Help
        } else if is("version", &"raw".into()) {
            Action::Version(VersionFormat::Raw)
        } else if is("version", &"true".into()) {
            Action::Version(VersionFormat::Short)
        } else {
            subcommand.unwrap_or(Action::Run)
        };
        CommandLine {
            action,
            flags: apply::flags(&self.values),
            occurrences: self.occurrences,
            values: self.values,
        }
    }
}
