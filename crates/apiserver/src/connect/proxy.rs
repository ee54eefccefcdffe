//! Which proxy stands between the node and its server: `proxy-url` of the cluster, else what the environment says.
//!
//! Source: `client-go/tools/clientcmd/helpers.go` `parseProxyURL`; without `proxy-url`,
//! `apimachinery/pkg/util/net/http.go` `NewProxierWithNoProxyCIDR` around Go's `http.ProxyFromEnvironment`, 1.37.

use super::ConnectError;
use super::kubeconfig::Kubeconfig;
use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use std::net::IpAddr;

/// Where a SOCKS proxy listens whose URL does not say.
const SOCKS_PORT: u16 = 1080;

/// A proxy.
#[derive(Clone, Debug)]
pub(super) struct Proxy {
    /// How it is spoken to.
    pub(super) kind: ProxyKind,
    /// Its address and the credentials for it.
    pub(super) intercept: Intercept,
    /// Its address, with a port where the scheme has no default that others know.
    pub(super) address: Uri,
}

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProxyKind {
    /// `CONNECT`, over TLS if its URL is `https`.
    Http,
    /// SOCKS 5; the proxy looks names up, as with Go.
    Socks5,
}

/// The variables of the environment that count, as Go reads them.
#[derive(Clone, Debug, Default)]
pub(super) struct ProxyEnvironment {
    https: String,
    http: String,
    no: String,
}

impl ProxyEnvironment {
    /// Those of this process: the names in capitals win.
    pub(super) fn of_process() -> Self {
        let first = |names: [&str; 2]| {
            let values = names.iter().filter_map(|name| std::env::var(name).ok());
            values.into_iter().find(|value| !value.is_empty()).unwrap_or_default()
        };
        Self {
            https: first(["HTTPS_PROXY", "https_proxy"]),
            http: first(["HTTP_PROXY", "http_proxy"]),
            no: first(["NO_PROXY", "no_proxy"]),
        }
    }

    /// The proxy for `server`. What runs on this machine is never asked through one.
    fn proxy(&self, server: &Uri) -> Option<Proxy> {
        let is_off = self.no.split(',').any(|entry| entry.trim() == "*");
        if is_off || is_local(server.host()?) {
            return None;
        }
        let matcher = Matcher::builder();
        let matcher = matcher.https(self.https.clone()).http(self.http.clone()).no(self.no.clone()).build();
        of(matcher.intercept(server)?)
    }
}

/// The proxy on the way to `server`, if any.
pub(super) fn find(
    kubeconfig: &Kubeconfig,
    proxy_url: Option<&str>,
    environment: &ProxyEnvironment,
    server: &Uri,
) -> Result<Option<Proxy>, ConnectError> {
    let Some(url) = proxy_url.filter(|url| !url.is_empty()) else { return Ok(environment.proxy(server)) };
    let has_scheme = ["http://", "https://", "socks5://"].iter().any(|scheme| url.starts_with(scheme));
    let intercept = Matcher::builder().all(url.to_owned()).build().intercept(server);
    match intercept.filter(|_| has_scheme).and_then(of) {
        Some(proxy) => Ok(Some(proxy)),
        None => Err(ConnectError::Field {
            path: kubeconfig.path().to_owned(),
            field: "proxy-url",
            value: without_password(url),
            cure: "give a URL that begins with http://, https:// or socks5://",
        }),
    }
}

fn of(intercept: Intercept) -> Option<Proxy> {
    let address = intercept.uri().clone();
    match address.scheme_str()? {
        "http" | "https" => Some(Proxy { kind: ProxyKind::Http, intercept, address }),
        "socks5" | "socks5h" => {
            let address = match address.port() {
                Some(_) => address,
                None => with_port(&address, SOCKS_PORT)?,
            };
            Some(Proxy { kind: ProxyKind::Socks5, intercept, address })
        }
        _ => None,
    }
}

fn with_port(address: &Uri, port: u16) -> Option<Uri> {
    let authority = format!("{}:{port}", address.host()?);
    Uri::builder().scheme(address.scheme_str()?).authority(authority).path_and_query("/").build().ok()
}

fn is_local(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A URL fit for a message.
fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme + 3 <= at => format!("{}{}", &url[..scheme + 3], &url[at + 1..]),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// What stands before `server` with this `proxy-url` and environment.
    fn check(proxy_url: Option<&str>, https: &str, no: &str, server: &str, expected: &str) {
        let environment =
            ProxyEnvironment { https: https.to_owned(), http: String::new(), no: no.to_owned() };
        let server = server.parse().expect("a URL");
        let found = find(&Kubeconfig::new(Path::new("/k")), proxy_url, &environment, &server);
        let found = match found {
            Ok(Some(proxy)) => format!("{:?} {}", proxy.kind, proxy.address),
            Ok(None) => "none".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected, "{proxy_url:?} {https} {no} {server}");
    }

    #[test]
    fn the_field_wins_over_the_environment() {
        let server = "https://10.0.0.1:6443";
        check(None, "", "", server, "none");
        check(None, "http://p:3128", "", server, "Http http://p:3128/");
        check(None, "p:3128", "", server, "Http http://p:3128/");
        check(None, "https://p", "", server, "Http https://p/");
        check(None, "socks5://p", "", server, "Socks5 socks5://p:1080/");
        check(None, "http://p", "10.0.0.0/8", server, "none");
        check(None, "http://p", ".example.org", "https://api.example.org", "none");
        check(None, "http://p", "*", server, "none");
        check(None, "http://p", "", "https://127.0.0.1:6443", "none");
        check(None, "http://p", "", "https://[::1]:6443", "none");
        check(None, "http://p", "", "https://localhost", "none");
        check(Some(""), "http://p", "", server, "Http http://p/");
        check(Some("http://q:1"), "http://p", "*", server, "Http http://q:1/");
        check(Some("http://q:1"), "", "", "https://127.0.0.1", "Http http://q:1/");
        check(Some("socks5://u:w@q:2"), "", "", server, "Socks5 socks5://q:2/");
        let wrong = |value| {
            format!(
                "kubeconfig /k: proxy-url is {value:?}: give a URL that begins with http://, https:// or socks5://"
            )
        };
        check(Some("q:1"), "", "", server, &wrong("q:1"));
        check(Some("ftp://u:secret@q"), "", "", server, &wrong("ftp://q"));
        check(Some("http://"), "", "", server, &wrong("http://"));
    }
}
