//! The kernel's tables of addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 addresses of interfaces in `/proc/net/fib_trie`: leaves that are local to the last bit. The local and the main
/// table may be printed as one or as two, so that each address is taken once.
pub(super) fn ipv4(fib_trie: &str) -> Vec<IpAddr> {
    let mut found: Vec<IpAddr> = Vec::new();
    let mut leaf: Option<IpAddr> = None;
    for line in fib_trie.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            leaf = address.parse::<Ipv4Addr>().ok().map(IpAddr::V4);
        } else if line == "/32 host LOCAL"
            && let Some(ip) = leaf
            && !found.contains(&ip)
        {
            found.push(ip);
        }
    }
    found
}

/// IPv6 addresses of interfaces in `/proc/net/if_inet6`: 32 hexadecimal digits come first in each line.
pub(super) fn ipv6(if_inet6: &str) -> Vec<IpAddr> {
    let address = |line: &str| {
        let digits = line.split_whitespace().next().filter(|digits| digits.len() == 32)?;
        u128::from_str_radix(digits, 16).ok().map(|bits| IpAddr::V6(Ipv6Addr::from(bits)))
    };
    if_inet6.lines().filter_map(address).collect()
}
