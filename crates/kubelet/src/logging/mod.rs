//! Log lines as upstream's kubelet writes them: klog's text format, component-base's JSON, verbosity and vmodule.
//!
//! Code logs with `tracing`; [`init`] makes the layer that turns events into lines on standard error:
//!
//! ```text
//! I1121 09:46:51.799704   24624 task.rs:72] "Container started" pod="default/nginx" containerID="ab12" attempt=2
//! {"ts":1795254925198.4023,"caller":"actor/task.rs:72","msg":"Container started","v":0,"pod":{"name":"nginx","namespace":"default"},"attempt":2}
//! ```
//!
//! | event | severity | verbosity needed |
//! |---|---|---|
//! | `error!` | E | always |
//! | `warn!` | W | always |
//! | `info!` | I | 0 (2 in dependencies) |
//! | `debug!` | I | 4 (8 in dependencies) |
//! | `trace!` | I | 6 (10 in dependencies); not in the release |
//!
//! A field `v = 2` sets the verbosity of an `info!`, `debug!` or `trace!` event itself. Fields of the spans around an
//! event come first, as klog's `WithValues`. [`Handle`] changes verbosity and vmodule while the program runs.

mod clock;
mod fields;
mod filter;
mod json;
mod layer;
mod output;
mod text;

pub use output::Output;

use config::{LoggingConfiguration, VerbosityRule};
use filter::Filter;
use layer::LineLayer;
use std::sync::Arc;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

/// The two formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    Json,
}

/// Why logging could not start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InitError {
    /// Something else in the process logs already.
    #[error("logging was set up before, it cannot be set up twice")]
    Twice,
}

/// Changes what is logged, while the program runs. Clones act on the same settings.
#[derive(Debug, Clone)]
pub struct Handle {
    filter: Arc<Filter>,
}

impl Handle {
    /// The verbosity of files that no rule of vmodule names.
    pub fn verbosity(&self) -> u32 {
        self.filter.verbosity()
    }

    /// Changes the verbosity (`PUT /debug/flags/v`).
    pub fn set_verbosity(&self, verbosity: u32) {
        self.filter.set_verbosity(verbosity);
        tracing::callsite::rebuild_interest_cache();
    }

    /// Changes the rules of vmodule.
    pub fn set_vmodule(&self, rules: &[VerbosityRule]) {
        self.filter.set_rules(rules);
        tracing::callsite::rebuild_interest_cache();
    }

    /// Takes over what a changed configuration may change while running: verbosity and vmodule.
    pub fn apply(&self, configuration: &LoggingConfiguration) {
        self.filter.set_verbosity(configuration.verbosity);
        self.filter.set_rules(&configuration.vmodule);
        tracing::callsite::rebuild_interest_cache();
    }
}

/// Sends all events of the process to standard error (information to standard output with `splitStream`).
///
/// # Errors
/// When the process has a logger already.
pub fn init(configuration: &LoggingConfiguration) -> Result<Handle, InitError> {
    let options = match format(configuration) {
        Format::Text => &configuration.options.text,
        Format::Json => &configuration.options.json,
    };
    let output = if options.split_stream { Output::split() } else { Output::stderr() };
    let (subscriber, handle) = subscriber(configuration, output);
    tracing::subscriber::set_global_default(subscriber).map_err(|_| InitError::Twice)?;
    Ok(handle)
}

/// The same for a chosen output, not yet installed: for tests and for programs with other streams.
pub fn subscriber(
    configuration: &LoggingConfiguration,
    output: Output,
) -> (impl tracing::Subscriber + Send + Sync + use<>, Handle) {
    let filter = Arc::new(Filter::new(configuration.verbosity, &configuration.vmodule));
    let handle = Handle { filter: Arc::clone(&filter) };
    let layer = LineLayer::new(format(configuration), filter, output);
    (Registry::default().with(layer), handle)
}

/// Unknown formats were refused by the configuration's validation.
fn format(configuration: &LoggingConfiguration) -> Format {
    match configuration.format.as_str() {
        "json" => Format::Json,
        _ => Format::Text,
    }
}

#[cfg(test)]
mod tests;
