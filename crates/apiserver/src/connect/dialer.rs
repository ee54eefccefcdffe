//! TCP connections to the server, straight or through a proxy.

use super::proxy::{Proxy, ProxyKind};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::rt::TokioIo;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tower::{BoxError, Service};

/// A TCP connection that is not there after so long will not be.
const TCP_CONNECT_DEADLINE: Duration = Duration::from_secs(10);
/// TCP's own signs of life, as Go's dialer sends them.
const TCP_KEEP_ALIVE: Duration = Duration::from_secs(30);

/// A connection on which the server answers; with TLS to a proxy below it where the proxy wants that.
type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Makes them.
#[derive(Clone, Debug)]
pub(super) enum Dialer {
    /// To the server itself.
    Straight(HttpConnector),
    /// Through a proxy that is asked with `CONNECT`, by TLS or without.
    Tunnel(Tunnel<HttpsConnector<HttpConnector>>),
    /// Through a SOCKS 5 proxy.
    Socks(SocksV5<HttpConnector>),
}

impl Dialer {
    /// `tls` is what the server is spoken to with: as with Go, it is good for a proxy too.
    pub(super) fn new(proxy: Option<&Proxy>, tls: &rustls::ClientConfig) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(TCP_KEEP_ALIVE));
        tcp.set_connect_timeout(Some(TCP_CONNECT_DEADLINE));
        let Some(proxy) = proxy else { return Self::Straight(tcp) };
        match proxy.kind {
            ProxyKind::Http => {
                let builder = HttpsConnectorBuilder::new().with_tls_config(tls.clone()).https_or_http();
                let tunnel = Tunnel::new(proxy.address.clone(), builder.enable_http1().wrap_connector(tcp));
                Self::Tunnel(match proxy.intercept.basic_auth() {
                    Some(credentials) => tunnel.with_auth(credentials.clone()),
                    None => tunnel,
                })
            }
            ProxyKind::Socks5 => {
                let socks = SocksV5::new(proxy.address.clone(), tcp);
                Self::Socks(match proxy.intercept.raw_auth() {
                    Some((user, password)) => socks.with_auth(user.to_owned(), password.to_owned()),
                    None => socks,
                })
            }
        }
    }
}

impl Service<Uri> for Dialer {
    type Response = Stream;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Stream, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        match self {
            Self::Straight(tcp) => tcp.poll_ready(context).map_err(Into::into),
            Self::Tunnel(tunnel) => tunnel.poll_ready(context).map_err(Into::into),
            Self::Socks(socks) => socks.poll_ready(context).map_err(Into::into),
        }
    }

    fn call(&mut self, server: Uri) -> Self::Future {
        match self {
            Self::Straight(tcp) => {
                let dialled = tcp.call(server);
                async move { Ok(Stream::Http(dialled.await?)) }.boxed()
            }
            Self::Tunnel(tunnel) => {
                let dialled = tunnel.call(server);
                async move { Ok(dialled.await?) }.boxed()
            }
            Self::Socks(socks) => {
                let dialled = socks.call(server);
                async move { Ok(Stream::Http(dialled.await?)) }.boxed()
            }
        }
    }
}
