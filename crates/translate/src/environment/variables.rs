//! Variables by name.

use std::borrow::Cow;
use std::collections::{BTreeMap, btree_map};
use std::fmt;

/// The variables of a container, by name. Values are bytes: what comes from a secret need not be text.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, Vec<u8>>);

impl Environment {
    /// A variable's value as it is.
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// A variable's value for a place that takes text alone: what is none is replaced.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.bytes(name).map(String::from_utf8_lossy)
    }

    /// All, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    pub(super) fn insert(&mut self, name: String, value: Vec<u8>) {
        self.0.insert(name, value);
    }

    pub(super) fn entry(&mut self, name: String) -> btree_map::Entry<'_, String, Vec<u8>> {
        self.0.entry(name)
    }
}

impl<Name: Into<String>, Value: Into<Vec<u8>>> FromIterator<(Name, Value)> for Environment {
    fn from_iter<All: IntoIterator<Item = (Name, Value)>>(all: All) -> Self {
        Self(all.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// Names alone: values are secrets, too.
impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}
