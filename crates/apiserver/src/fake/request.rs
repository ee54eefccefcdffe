//! From an HTTP request to what it asks for (apiserver `pkg/endpoints/request/requestinfo.go`).

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;

use super::call::{Call, User, Verb};
use super::failure::Failure;
use super::resources::{Resource, Scope};
use super::selectors::{Selector, name_selected};

/// A request, taken apart.
#[derive(Debug)]
pub(super) struct Request {
    /// What is asked for.
    pub(super) call: Call,
    /// `fieldSelector` and `labelSelector`.
    pub(super) selector: Selector,
    /// The other parameters.
    pub(super) query: BTreeMap<String, String>,
    /// `Content-Type` of the body.
    pub(super) content_type: String,
    /// What was sent.
    pub(super) body: Bytes,
}

impl Request {
    /// Takes a request apart.
    pub(super) fn parse(user: User, head: &http::request::Parts, body: Bytes) -> Result<Request, Failure> {
        let mut query: BTreeMap<String, String> = form_pairs(head.uri.query().unwrap_or_default()).collect();
        let path = Path::parse(head.uri.path()).ok_or_else(Failure::no_such_path)?;
        let is_watch = matches!(query.get("watch").map(String::as_str), Some("1" | "true" | ""));
        let verb = match (head.method.as_str(), &path.name) {
            ("GET", Some(_)) => Verb::Get,
            ("GET", None) if is_watch => Verb::Watch,
            ("GET", None) => Verb::List,
            ("POST", _) => Verb::Create,
            ("PUT", Some(_)) => Verb::Update,
            ("PATCH", Some(_)) => Verb::Patch,
            ("DELETE", Some(_)) => Verb::Delete,
            _ => {
                let why = "the server does not allow this method on the requested resource";
                return Err(Failure::new(405, "MethodNotAllowed", why));
            }
        };
        let field_selector = query.remove("fieldSelector");
        let label_selector = query.remove("labelSelector");
        let selector = Selector::parse(field_selector.as_deref(), label_selector.as_deref())?;
        let name = path.name.or_else(|| name_selected(&selector));
        let content_type = head.headers.get(http::header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let call = Call {
            user,
            verb,
            resource: path.resource,
            subresource: path.subresource,
            namespace: path.namespace,
            name,
        };
        Ok(Request { call, selector, query, content_type: content_type.to_owned(), body })
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Result<Value, Failure> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Failure::bad_request(format!("the object provided is unrecognized: {error}")))
    }

    /// A parameter that is a boolean.
    pub(super) fn is_set(&self, parameter: &str) -> bool {
        self.query.get(parameter).is_some_and(|value| value == "true" || value == "1")
    }

    /// `resourceVersion` of a read; `None` when it is not given.
    pub(super) fn revision(&self) -> Result<Option<u64>, Failure> {
        match self.query.get("resourceVersion").map(String::as_str) {
            None | Some("") => Ok(None),
            Some(text) => text
                .parse()
                .map(Some)
                .map_err(|_| Failure::bad_request(format!("invalid resource version {text:?}"))),
        }
    }
}

/// A path below `/api` or `/apis`.
struct Path {
    resource: &'static Resource,
    namespace: Option<String>,
    name: Option<String>,
    subresource: String,
}

impl Path {
    fn parse(path: &str) -> Option<Path> {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let (group, version, rest) = match parts.as_slice() {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return None,
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some((*namespace).to_owned()), rest),
            rest => (None, rest),
        };
        let (plural, rest) = rest.split_first()?;
        let resource = Resource::find(group, version, plural)?;
        if namespace.is_some() && resource.scope == Scope::Cluster {
            return None;
        }
        let (name, subresource) = match rest {
            [] => (None, ""),
            [name] => (Some(*name), ""),
            [name, subresource] => (Some(*name), *subresource),
            _ => return None,
        };
        let name = name.map(str::to_owned);
        Some(Path { resource, namespace, name, subresource: subresource.to_owned() })
    }
}

/// Names and values of a query, unescaped.
fn form_pairs(query: &str) -> impl Iterator<Item = (String, String)> + '_ {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (unescape(name), unescape(value))
    })
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex = |rest: &mut std::str::Bytes<'_>| -> Option<u8> {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
            u8::try_from(high * 16 + low).ok()
        };
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => bytes.extend(hex(&mut rest)),
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
