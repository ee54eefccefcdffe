//! `kubelet config check` and `kubelet config show`: what they print and how they end. The caller reads the files.

mod check;
mod command;
mod show;
mod yaml;

pub use check::{CheckReport, check};
pub use command::{ConfigCommand, Format, UsageError, parse_config_command};
pub use show::show;

#[cfg(test)]
mod tests;
