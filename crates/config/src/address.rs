//! IP addresses as Kubernetes reads them from people.

use std::net::{IpAddr, Ipv4Addr};

/// An address; unlike the standard library, leading zeros in IPv4 are decimal (`ParseIPSloppy` of k8s.io/utils/net).
pub fn parse_sloppy(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let parts: Vec<&str> = text.split('.').collect();
    let [first, second, third, fourth] = parts[..] else {
        return None;
    };
    let byte = |part: &str| {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.trim_start_matches('0'))?;
        let significant = part.trim_start_matches('0');
        if significant.is_empty() { Some(0) } else { significant.parse::<u8>().ok() }
    };
    let address = Ipv4Addr::new(byte(first)?, byte(second)?, byte(third)?, byte(fourth)?);
    Some(address.into())
}
