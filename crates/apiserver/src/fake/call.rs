//! A request, as authorization, faults and the journal see it.

use super::resources::Resource;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum User {
    /// Somebody who may do everything.
    Admin,
    /// The kubelet of this node: `system:node:<name>`, held to the Node authorizer and to NodeRestriction.
    Node(String),
}

/// What is asked for, as the server's authorizers call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Read one object.
    Get,
    /// Read many.
    List,
    /// Be told of changes.
    Watch,
    /// Make one (POST).
    Create,
    /// Replace one (PUT).
    Update,
    /// Change one (PATCH).
    Patch,
    /// Delete one.
    Delete,
}

impl Verb {
    /// As in messages of authorizers.
    pub fn name(self) -> &'static str {
        match self {
            Verb::Get => "get",
            Verb::List => "list",
            Verb::Watch => "watch",
            Verb::Create => "create",
            Verb::Update => "update",
            Verb::Patch => "patch",
            Verb::Delete => "delete",
        }
    }

    /// Whether it changes something.
    pub fn is_write(self) -> bool {
        match self {
            Verb::Get | Verb::List | Verb::Watch => false,
            Verb::Create | Verb::Update | Verb::Patch | Verb::Delete => true,
        }
    }
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Who asks.
    pub user: User,
    /// What for.
    pub verb: Verb,
    /// Of which kind.
    pub resource: &'static Resource,
    /// `status`, `token`; empty for the object itself.
    pub subresource: String,
    /// In which namespace; `None` for all of them, and for objects that live in none.
    pub namespace: Option<String>,
    /// Of which object. Of a list or watch: the one that a `metadata.name` selector picks.
    pub name: Option<String>,
}

impl std::fmt::Display for Call {
    /// `patch pods/status default/web`.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}", self.verb.name(), self.resource.plural)?;
        if !self.subresource.is_empty() {
            write!(formatter, "/{}", self.subresource)?;
        }
        match (&self.namespace, &self.name) {
            (Some(namespace), Some(name)) => write!(formatter, " {namespace}/{name}"),
            (Some(one), None) | (None, Some(one)) => write!(formatter, " {one}"),
            (None, None) => Ok(()),
        }
    }
}
