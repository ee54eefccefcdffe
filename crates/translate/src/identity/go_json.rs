//! JSON exactly as Go's `encoding/json` writes the API types: fields in the order of the Go structs, empty ones left
//! out, `<`, `>` and `&` escaped. Annotations hold it, so its bytes must be the same.

use k8s_openapi::api::core::v1::{ContainerPort, HTTPHeader, LifecycleHandler};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Handler<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    exec: Option<Exec<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_get: Option<HttpGet<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tcp_socket: Option<TcpSocket<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sleep: Option<Sleep>,
}

#[derive(Serialize)]
struct Exec<'a> {
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    command: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HttpGet<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    path: &'a str,
    port: &'a IntOrString,
    #[serde(skip_serializing_if = "str::is_empty")]
    host: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    scheme: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    http_headers: Vec<Header<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<&'a str>,
}

#[derive(Serialize)]
struct Header<'a> {
    name: &'a str,
    value: &'a str,
}

impl<'a> Header<'a> {
    fn of(header: &'a HTTPHeader) -> Self {
        Self { name: &header.name, value: &header.value }
    }
}

#[derive(Serialize)]
struct TcpSocket<'a> {
    port: &'a IntOrString,
    #[serde(skip_serializing_if = "str::is_empty")]
    host: &'a str,
}

#[derive(Serialize)]
struct Sleep {
    seconds: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Port<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    #[serde(skip_serializing_if = "is_zero")]
    host_port: i32,
    container_port: i32,
    #[serde(skip_serializing_if = "str::is_empty")]
    protocol: &'a str,
    #[serde(rename = "hostIP", skip_serializing_if = "str::is_empty")]
    host_ip: &'a str,
}

fn is_zero(number: &i32) -> bool {
    *number == 0
}

fn text(field: &Option<String>) -> &str {
    field.as_deref().unwrap_or_default()
}

/// A `LifecycleHandler`.
pub(super) fn lifecycle_handler(handler: &LifecycleHandler) -> String {
    write(&Handler {
        exec: handler.exec.as_ref().map(|exec| Exec { command: exec.command.as_deref().unwrap_or_default() }),
        http_get: handler.http_get.as_ref().map(|http| HttpGet {
            path: text(&http.path),
            port: &http.port,
            host: text(&http.host),
            scheme: text(&http.scheme),
            http_headers: http.http_headers.iter().flatten().map(Header::of).collect(),
            protocol: http.protocol.as_deref(),
        }),
        tcp_socket: handler
            .tcp_socket
            .as_ref()
            .map(|socket| TcpSocket { port: &socket.port, host: text(&socket.host) }),
        sleep: handler.sleep.as_ref().map(|sleep| Sleep { seconds: sleep.seconds }),
    })
}

/// A list of `ContainerPort`.
pub(super) fn container_ports(ports: &[ContainerPort]) -> String {
    let ports: Vec<Port<'_>> = ports
        .iter()
        .map(|port| Port {
            name: text(&port.name),
            host_port: port.host_port.unwrap_or(0),
            container_port: port.container_port,
            protocol: text(&port.protocol),
            host_ip: text(&port.host_ip),
        })
        .collect();
    write(&ports)
}

/// serde_json escapes as Go does, apart from what could end a script or a line of one. Those characters stand only
/// inside strings, so that they can be replaced in the finished text.
fn write<T: Serialize>(value: &T) -> String {
    let json = serde_json::to_string(value).expect("structs of texts and numbers always have a JSON form");
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => escaped.push(other),
        }
    }
    escaped
}
