//! A subnet that nobody uses, and the packet filter's chains that CNI plugins leave behind.

use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::process::Command;

use anyhow::Context;

use crate::{places, steps};

/// The first subnet for pods that is in nobody's way: a /24 below 10.211.0.0/16.
///
/// # Errors
/// When the routes cannot be listed, or all are taken.
pub fn free_subnet() -> anyhow::Result<String> {
    let routes = steps::output(Command::new("ip").args(["-4", "route", "show", "table", "all"]))?;
    choose_subnet(&routes).context("every subnet of 10.211.0.0/16 overlaps a route of this machine")
}

fn choose_subnet(routes: &str) -> Option<String> {
    let taken: Vec<(u32, u32)> = routes
        .lines()
        // The default route covers everything and means nothing here.
        .filter_map(|line| {
            line.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        })
        .filter_map(parse_prefix)
        .filter(|(_, length)| *length > 0)
        .collect();
    (0..=255_u8).map(|third| Ipv4Addr::new(10, 211, third, 0)).find_map(|candidate| {
        let free = taken.iter().all(|prefix| !overlap((u32::from(candidate), 24), *prefix));
        free.then(|| format!("{candidate}/24"))
    })
}

fn parse_prefix(text: &str) -> Option<(u32, u32)> {
    let (address, length) = text.split_once('/').unwrap_or((text, "32"));
    Some((u32::from(address.parse::<Ipv4Addr>().ok()?), length.parse().ok().filter(|length| *length <= 32)?))
}

fn overlap(one: (u32, u32), other: (u32, u32)) -> bool {
    let shift = 32 - one.1.min(other.1);
    one.0.checked_shr(shift).unwrap_or(0) == other.0.checked_shr(shift).unwrap_or(0)
}

/// The names of the NAT chains that CNI plugins made.
pub fn chains() -> Vec<String> {
    cni_chains(&nat_rules())
}

/// Removes the CNI plugins' chains except those to keep, with the rules that jump to them.
///
/// # Errors
/// When iptables refuses.
pub fn remove_chains(keep: &[String]) -> anyhow::Result<()> {
    let rules = nat_rules();
    let gone: Vec<String> = cni_chains(&rules).into_iter().filter(|chain| !keep.contains(chain)).collect();
    if gone.is_empty() {
        return Ok(());
    }
    steps::output_with_input(
        Command::new("iptables-restore").args(["--noflush", "-w", "10"]),
        &removal(&rules, &gone),
    )
    .context("the CNI plugins' iptables chains cannot be removed")?;
    Ok(())
}

/// Whether the kernel has an nftables table for IPv4 NAT; taken for granted where nobody can tell.
pub fn has_nat_table() -> bool {
    steps::output(Command::new("nft").args(["list", "tables"]))
        .map_or(true, |tables| tables.lines().any(|table| table == "table ip nat"))
}

/// Removes the NAT table that iptables made, when no rule is left in it.
pub fn remove_empty_nat_table() {
    let rules = nat_rules();
    if has_nat_table() && !rules.is_empty() && rules.lines().all(|rule| rule.starts_with("-P ")) {
        // An empty table does nothing: where it cannot be removed it may stay.
        let _ = steps::output(Command::new("nft").args(["delete", "table", "ip", "nat"]));
    }
}

/// The rules of the NAT table as iptables tells them; empty without iptables.
fn nat_rules() -> String {
    if places::find_program("iptables").is_none() {
        return String::new();
    }
    steps::output(Command::new("iptables").args(["-w", "10", "-t", "nat", "-S"])).unwrap_or_default()
}

fn cni_chains(rules: &str) -> Vec<String> {
    rules.lines().filter_map(|line| line.strip_prefix("-N CNI-").map(|rest| format!("CNI-{rest}"))).collect()
}

/// What iptables-restore must be told: delete the jumps from elsewhere, empty the chains, delete them.
fn removal(rules: &str, gone: &[String]) -> String {
    let mut text = "*nat\n".to_owned();
    let is_gone = |name: &str| gone.iter().any(|chain| chain == name);
    for rule in rules.lines().filter_map(|line| line.strip_prefix("-A ")) {
        let chain = rule.split(' ').next().unwrap_or_default();
        let target = rule.split(" -j ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        if !is_gone(chain) && is_gone(target) {
            let _ = writeln!(text, "-D {rule}");
        }
    }
    for verb in ["-F", "-X"] {
        for chain in gone {
            let _ = writeln!(text, "{verb} {chain}");
        }
    }
    text.push_str("COMMIT\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(routes: &str, expected: Option<&str>) {
        assert_eq!(choose_subnet(routes).as_deref(), expected, "{routes}");
    }

    #[test]
    fn the_first_subnet_that_overlaps_no_route_is_taken() {
        check("default via 192.0.2.1 dev eth0\n192.0.2.0/24 dev eth0 scope link\n", Some("10.211.0.0/24"));
        check("10.211.0.0/23 dev br0\n", Some("10.211.2.0/24"));
        check("10.211.0.7 dev tun0\nlocal 10.211.1.1 dev lo\n", Some("10.211.2.0/24"));
        check("10.0.0.0/8 via 192.0.2.9\n", None);
        check("0.0.0.0/0 via 192.0.2.9\n", Some("10.211.0.0/24"));
    }

    #[test]
    fn chains_go_with_the_rules_that_jump_to_them() {
        let rules = "-P PREROUTING ACCEPT\n-N CNI-HOSTPORT-DNAT\n-N CNI-old\n-N DOCKER\n\
            -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT\n\
            -A POSTROUTING -s 10.1.0.0/24 -m comment --comment \"a b\" -j CNI-old\n\
            -A CNI-HOSTPORT-DNAT -p tcp -j CNI-old\n";
        let gone: Vec<String> = cni_chains(rules).into_iter().filter(|chain| chain != "CNI-old").collect();
        assert_eq!(
            removal(rules, &gone),
            "*nat\n-D PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT\n\
             -F CNI-HOSTPORT-DNAT\n-X CNI-HOSTPORT-DNAT\nCOMMIT\n"
        );
    }
}
