//! Flags, KubeletConfiguration, drop-ins and feature gates to one validated value. Known to the binary alone.
//!
//! ```text
//! arguments ─▶ flags::parse ─▶ CommandLine ──────────────┐
//! --config file ─▶ document ─▶ schema::decode ─▶ defaults ─▶ merge ◀─ drop-ins
//!                                                            │
//!                                     flags again, on top ◀──┘
//!                                            │
//!                        gates, validation ─▶ Settings + warnings + origins
//! ```
//!
//! It opens no file and asks the machine nothing: callers pass contents ([`Sources`]). Everything that is wrong is told
//! at once, with file, line and column. The measure is upstream's kubelet 1.37.1; its tables are in `tests/data`.

mod address;
mod configuration;
mod cpu_list;
mod credentials;
mod defaults;
mod document;
mod duration;
mod finding;
mod flags;
mod gates;
mod load;
mod merge;
mod origin;
mod reference;
mod reload;
mod schema;
mod taints;
mod text;
mod tool;
mod validation;

pub use address::parse_sloppy;
pub use configuration::*;
pub use cpu_list::parse as parse_cpu_list;
pub use credentials::{
    CredentialProvider, CredentialProviderConfig, EnvironmentVariable, TokenAttributes,
    credential_provider_rows, load_credential_providers,
};
pub use defaults::EVICTION_HARD;
pub use document::Position;
pub use duration::{Duration, ParseDurationError};
pub use finding::{Finding, Severity};
pub use flags::{
    Action, CommandLine, CommandLineError, FLAGS, Flag, FlagKind, Flags, Group, Occurrence, Shell,
    Subcommand, Target, VersionFormat, completion, help, manual, parse_command_line,
};
pub use gates::{Gate, Gates, Specification, Stage, known as known_gates};
pub use load::{Errors, File, Inspection, Loaded, Settings, Sources, inspect, load};
pub use merge::merge_patch;
pub use origin::{Origin, Origins};
pub use reference::configuration_reference;
pub use reload::{Change, Reload, diff};
pub use schema::{Effect, Field, FieldRow, Uptake, field_rows, find as find_field};
pub use tool::{CheckReport, ConfigCommand, Format, UsageError, check, parse_config_command, show};
