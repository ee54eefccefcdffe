//! This machine's IP addresses, and names that resolve to some.
//!
//! What belongs to an interface is read from the kernel's own tables (`/proc/net/fib_trie`, `/proc/net/if_inet6`) of this
//! process's network namespace. Where the default routes lead is asked by connecting a datagram socket, which sends
//! nothing: the kernel says which address it would send from.

mod tables;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

/// Ports do not matter to a look-up.
const ANY_PORT: u16 = 0;

/// The addresses that this machine has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostAddresses {
    /// Of its interfaces, loopback included, in the kernel's order.
    pub local: Vec<IpAddr>,
    /// The one that IPv4 packets to the world are sent from.
    pub default_ipv4: Option<Ipv4Addr>,
    /// The one that IPv6 packets to the world are sent from.
    pub default_ipv6: Option<Ipv6Addr>,
}

/// Addresses and names.
#[async_trait]
pub trait Network: Send + Sync {
    /// The addresses as they are now. What cannot be read is absent.
    async fn addresses(&self) -> HostAddresses;

    /// What `name` resolves to, by `/etc/hosts` and DNS; empty when it does not.
    async fn look_up(&self, name: &str) -> Vec<IpAddr>;
}

/// This machine.
#[derive(Clone, Debug)]
pub struct RealNetwork {
    tables: Arc<PathBuf>,
}

impl Default for RealNetwork {
    fn default() -> Self {
        Self { tables: Arc::new(PathBuf::from("/proc/net")) }
    }
}

#[async_trait]
impl Network for RealNetwork {
    async fn addresses(&self) -> HostAddresses {
        // The kernel answers from memory: no thread is needed.
        let read = |name: &str| std::fs::read_to_string(self.tables.join(name)).unwrap_or_default();
        let mut local = tables::ipv4(&read("fib_trie"));
        local.extend(tables::ipv6(&read("if_inet6")));
        HostAddresses { local, default_ipv4: default_ipv4(), default_ipv6: default_ipv6() }
    }

    async fn look_up(&self, name: &str) -> Vec<IpAddr> {
        match tokio::net::lookup_host((name, ANY_PORT)).await {
            Ok(found) => found.map(|address| address.ip()).collect(),
            Err(error) => {
                tracing::debug!(name, err = %error, "The name does not resolve");
                Vec::new()
            }
        }
    }
}

/// Towards an address set aside for documentation (RFC 5737).
fn default_ipv4() -> Option<Ipv4Addr> {
    match source_address((Ipv4Addr::UNSPECIFIED, ANY_PORT).into(), "192.0.2.1:9")? {
        IpAddr::V4(ip) if !ip.is_link_local() => Some(ip),
        IpAddr::V4(_) | IpAddr::V6(_) => None,
    }
}

/// Towards an address set aside for documentation (RFC 3849).
fn default_ipv6() -> Option<Ipv6Addr> {
    match source_address((Ipv6Addr::UNSPECIFIED, ANY_PORT).into(), "[2001:db8::1]:9")? {
        IpAddr::V6(ip) if !ip.is_unicast_link_local() => Some(ip),
        IpAddr::V4(_) | IpAddr::V6(_) => None,
    }
}

fn source_address(from: std::net::SocketAddr, to: &str) -> Option<IpAddr> {
    let socket = UdpSocket::bind(from).ok()?;
    socket.connect(to).ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_unspecified() && !ip.is_loopback()).then_some(ip)
}

/// A machine whose addresses do not change.
#[cfg(any(test, feature = "fake"))]
#[derive(Clone, Debug, Default)]
pub struct FixedNetwork {
    /// Its addresses.
    pub addresses: HostAddresses,
    /// What every name resolves to.
    pub looked_up: Vec<IpAddr>,
}

#[cfg(any(test, feature = "fake"))]
#[async_trait]
impl Network for FixedNetwork {
    async fn addresses(&self) -> HostAddresses {
        self.addresses.clone()
    }

    async fn look_up(&self, _name: &str) -> Vec<IpAddr> {
        self.looked_up.clone()
    }
}
