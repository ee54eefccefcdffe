//! What a pod's fields are called and which type of value each takes.
//!
//! The decoder needs this beside the `k8s-openapi` types for three things that those do not give: unknown fields with
//! their place, every wrong type at once, and Go's own idea of what fits a type.

mod pod;

/// The type of a value.
#[derive(Debug)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Bool,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// A text.
    String,
    /// A resource amount: a text or a number.
    Quantity,
    /// A port: a whole number of 32 bits or a text.
    IntOrString,
    /// A moment in RFC 3339 form.
    Time,
    /// Anything at all.
    Any,
    /// A list of values of one type.
    List(&'static Kind),
    /// Values of one type by name.
    Map(&'static Kind),
    /// An object with named fields.
    Object(&'static Object),
}

/// An object type.
#[derive(Debug)]
pub(crate) struct Object {
    /// Name of the API's type.
    pub(crate) name: &'static str,
    /// Its fields in the API's order.
    pub(crate) fields: &'static [Field],
}

/// A field of an object.
#[derive(Debug)]
pub(crate) struct Field {
    /// Name in JSON and YAML.
    pub(crate) name: &'static str,
    /// Type of its value.
    pub(crate) kind: Kind,
}

impl Object {
    /// The field of that exact name.
    pub(crate) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// The type of a pod.
pub(crate) fn pod() -> &'static Object {
    &pod::POD
}

/// The type of a list of pods.
pub(crate) fn pod_list() -> &'static Object {
    &pod::POD_LIST
}
