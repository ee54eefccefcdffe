//! `--node-ip`.

use std::net::{IpAddr, Ipv4Addr};

/// What `--node-ip` asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NodeIps {
    /// Nothing: the kubelet chooses, IPv4 first.
    #[default]
    Unset,
    /// This family, `0.0.0.0` or `::`; the kubelet chooses.
    Family(IpAddr),
    /// This address.
    One(IpAddr),
    /// These, the first being the node's main address.
    Pair(IpAddr, IpAddr),
}

/// Several addresses that do not go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNodeIps {
    /// More than two, or two of one family.
    #[error("must contain either a single IP or a dual-stack pair of IPs")]
    NotAPair,
    /// A pair in which one only chooses a family.
    #[error("dual-stack node IP cannot include '0.0.0.0' or '::'")]
    UnspecifiedInPair,
}

impl NodeIps {
    /// Reads the flag. Parts that are no address are given back for a warning, and count for nothing.
    ///
    /// # Errors
    /// [`InvalidNodeIps`]: the kubelet must not start.
    pub fn parse(flag: &str) -> Result<(Self, Vec<String>), InvalidNodeIps> {
        let mut ips = Vec::new();
        let mut invalid = Vec::new();
        for text in flag.split(',').map(str::trim) {
            match parse(text) {
                Some(ip) => ips.push(ip),
                None if flag.is_empty() => {}
                None => invalid.push(text.to_owned()),
            }
        }
        let node_ips = match ips[..] {
            [] => Self::Unset,
            [ip] if ip.is_unspecified() => Self::Family(ip),
            [ip] => Self::One(ip),
            [first, second] if first.is_ipv4() == second.is_ipv4() => return Err(InvalidNodeIps::NotAPair),
            [first, second] if first.is_unspecified() || second.is_unspecified() => {
                return Err(InvalidNodeIps::UnspecifiedInPair);
            }
            [first, second] => Self::Pair(first, second),
            _ => return Err(InvalidNodeIps::NotAPair),
        };
        Ok((node_ips, invalid))
    }

    /// The addresses named, without those that only choose a family.
    pub fn specified(&self) -> Vec<IpAddr> {
        match self {
            Self::Unset | Self::Family(_) => Vec::new(),
            Self::One(ip) => vec![*ip],
            Self::Pair(first, second) => vec![*first, *second],
        }
    }

    /// Whether IPv4 addresses are taken before IPv6 ones.
    pub(crate) fn prefers_ipv4(&self) -> bool {
        match self {
            Self::Unset => true,
            Self::Family(ip) | Self::One(ip) | Self::Pair(ip, _) => ip.is_ipv4(),
        }
    }
}

/// An address as upstream reads it (`ParseIPSloppy`): decimal IPv4 parts may have zeros in front, and an IPv4 address
/// written as IPv6 is an IPv4 address.
fn parse(text: &str) -> Option<IpAddr> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Some(ip.to_canonical());
    }
    let parts: Vec<&str> = text.split('.').collect();
    let [a, b, c, d] = parts[..] else { return None };
    let part = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u8>().ok()).flatten()
    };
    Some(IpAddr::V4(Ipv4Addr::new(part(a)?, part(b)?, part(c)?, part(d)?)))
}
