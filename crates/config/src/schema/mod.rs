//! What a field of a configuration file is: name, Go type, default, help, and what it does here.
//!
//! The rows live beside the Rust types they describe (`configuration/`), written once by the `section!` macro, which
//! makes the struct and the rows from the same lines.

mod decode;
mod kind;
mod section;
mod walk;

pub(crate) use decode::{Decoded, Mode, decode, key_path};
pub(crate) use kind::Kind;
pub(crate) use section::section;
pub use walk::{FieldRow, field_rows, find};
pub(crate) use walk::{child_path, collect};

/// What setting a field or flag does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The kubelet does what the field says.
    Acts,
    /// Read and validated, but nothing follows from it yet.
    Accepted,
    /// Nothing follows from it upstream either.
    Inert,
}

impl Effect {
    /// The words of the reference page.
    pub fn label(self) -> &'static str {
        match self {
            Self::Acts => "acts",
            Self::Accepted => "accepted without effect yet",
            Self::Inert => "no effect upstream either",
        }
    }
}

/// When a changed value is taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Uptake {
    /// While running.
    Live,
    /// At the next start.
    Restart,
}

impl Uptake {
    /// The words of the reference page.
    pub fn label(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Restart => "restart",
        }
    }
}

/// One field of one object.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its key in the file.
    pub key: &'static str,
    /// The name of the member in our struct.
    pub member: &'static str,
    /// Its type as upstream's Go declares it; a leading `*` says that unset differs from zero.
    pub go_type: &'static str,
    /// The default as JSON text; empty without one.
    pub default: &'static str,
    /// What setting it does here.
    pub effect: Effect,
    /// When a change is taken up.
    pub uptake: Uptake,
    /// One sentence for people.
    pub help: &'static str,
}

impl Field {
    /// Whether unset differs from the zero value (a pointer upstream).
    pub fn is_pointer(&self) -> bool {
        self.go_type.starts_with('*')
    }

    /// The shape of its values.
    pub(crate) fn kind(&self) -> Kind {
        Kind::of(self.go_type)
    }
}
