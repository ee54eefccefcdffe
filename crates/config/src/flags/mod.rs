//! The command line: one table of flags, a parser with pflag's rules, and what is generated from the table.
//!
//! Upstream: `cmd/kubelet/app/options`, `github.com/spf13/pflag`. `_` and `-` are the same in names; `--flag=value`,
//! `--flag value`, bare booleans; `--` ends the flags.

mod apply;
mod completion;
mod effective;
mod help;
mod manual;
mod parse;
mod table;
mod value;

pub(crate) use apply::{apply_to_document, feature_gates};
pub use completion::{Shell, completion};
pub use effective::Flags;
pub use help::help;
pub use manual::manual;
pub use parse::{
    Action, CommandLine, CommandLineError, Occurrence, Subcommand, VersionFormat, parse_command_line,
};
pub use table::FLAGS;
pub(crate) use table::find;
pub use value::FlagKind;

use crate::schema::{self, Effect};

/// What a flag changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A field of the configuration, by path.
    Field(&'static str),
    /// A value of [`Flags`], under the flag's own name.
    Flag,
    /// `--help` and `--version`, which end the program.
    Control,
}

/// What a flag's heading in `--help` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Where everything is.
    Files,
    /// Pods without an API server.
    StaticPods,
    /// The container runtime.
    Runtime,
    /// Images.
    Images,
    /// The node and its registration.
    Node,
    /// DNS and addresses.
    Network,
    /// Cgroups, reservations and limits.
    Resources,
    /// CPU, memory and topology managers.
    Managers,
    /// Eviction.
    Eviction,
    /// The HTTPS server.
    Server,
    /// Who may use the server.
    Access,
    /// The API server's client.
    ApiServer,
    /// Volumes.
    Volumes,
    /// Log lines and container logs.
    Logging,
    /// Everything about the program itself.
    Program,
}

impl Group {
    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Files => "Files and directories",
            Self::StaticPods => "Static pods",
            Self::Runtime => "Container runtime",
            Self::Images => "Images",
            Self::Node => "Node",
            Self::Network => "Network",
            Self::Resources => "Cgroups, reservations and limits",
            Self::Managers => "CPU, memory and topology managers",
            Self::Eviction => "Eviction",
            Self::Server => "Server",
            Self::Access => "Authentication and authorization",
            Self::ApiServer => "API server client",
            Self::Volumes => "Volumes",
            Self::Logging => "Logging",
            Self::Program => "Program",
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// Name without dashes in front.
    pub name: &'static str,
    /// One-letter form.
    pub shorthand: Option<char>,
    /// Syntax of its values.
    pub kind: FlagKind,
    /// Default, as help shows it.
    pub default: &'static str,
    /// Heading in help.
    pub group: Group,
    /// What upstream prints when it is used, if it is deprecated.
    pub deprecated: Option<&'static str>,
    /// What it changes.
    pub target: Target,
    own_help: &'static str,
    own_effect: Effect,
}

impl Flag {
    /// One sentence for people: the field's, unless the flag has its own.
    pub fn help(&self) -> &'static str {
        match self.target {
            Target::Field(path) if self.own_help.is_empty() => {
                schema::find(path).map_or("", |field| field.help)
            }
            Target::Field(_) | Target::Flag | Target::Control => self.own_help,
        }
    }

    /// What setting it does: the field's answer, unless it sets none.
    pub fn effect(&self) -> Effect {
        match self.target {
            Target::Field(path) => schema::find(path).map_or(self.own_effect, |field| field.effect),
            Target::Flag | Target::Control => self.own_effect,
        }
    }

    /// The value that stands for a bare `--flag`; without one the flag needs a value.
    pub fn bare_value(&self) -> Option<&'static str> {
        match self.kind {
            FlagKind::Bool | FlagKind::Version => Some("true"),
            FlagKind::Int32
            | FlagKind::Int64
            | FlagKind::Duration
            | FlagKind::LibraryDuration
            | FlagKind::String
            | FlagKind::StringSlice
            | FlagKind::Ip
            | FlagKind::Map
            | FlagKind::MapNoSplit
            | FlagKind::Labels
            | FlagKind::BoolMap
            | FlagKind::ThresholdMap
            | FlagKind::HeaderMap
            | FlagKind::Taints
            | FlagKind::ReservedMemory
            | FlagKind::Quantity
            | FlagKind::Level
            | FlagKind::Vmodule => None,
        }
    }
}

#[cfg(test)]
mod tests;
