//! Which call it was: what errors, logs and metrics name it by.

use std::fmt;

/// What a request does, to which object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The API's verb: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`.
    pub verb: &'static str,
    /// Plural name of the resource, with its subresource: `pods/status`.
    pub resource: &'static str,
    /// Namespace of the object, empty for what has none.
    pub namespace: String,
    /// Name of the object, or the selector of a list; empty for everything.
    pub name: String,
}

impl Call {
    /// A call to an object of `namespace`, empty for an object without one.
    pub(crate) fn new(verb: &'static str, resource: &'static str, namespace: &str, name: &str) -> Self {
        Self { verb, resource, namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verb, resource, namespace, name } = self;
        match (namespace.is_empty(), name.is_empty()) {
            (true, true) => write!(formatter, "{verb} {resource}"),
            (true, false) => write!(formatter, "{verb} {resource} {name}"),
            (false, true) => write!(formatter, "{verb} {resource} in {namespace}"),
            (false, false) => write!(formatter, "{verb} {resource} {namespace}/{name}"),
        }
    }
}
