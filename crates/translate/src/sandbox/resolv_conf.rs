//! The machine's `resolv.conf`: how it is read, and when it is more than pods can be given.

use crate::ConfigError;
use cri::v1;
use std::collections::BTreeMap;

/// Limits of the resolver (`apis/core/validation`, `MaxDNSSearchPaths` and so on).
pub(super) const MAX_SEARCH_PATHS: usize = 32;
pub(super) const MAX_SEARCH_LIST_CHARS: usize = 2048;
/// Longest name of a domain.
pub(super) const MAX_SEARCH_PATH_CHARS: usize = 253;
/// Search paths that a pod of a cluster gets beside the machine's.
const CLUSTER_SEARCH_PATHS: usize = 3;

/// What is wrong with the machine's `resolv.conf`, in the words of upstream's event about the node
/// (`CheckLimitsForResolvConf`); `None` when nothing is.
pub fn resolv_conf_complaint(path: &str, content: &str, cluster_domain: &str) -> Option<String> {
    let Ok(v1::DnsConfig { searches, .. }) = parse_resolv_conf(content) else {
        return Some("nameserver list is empty ".to_owned());
    };
    let of_cluster = if cluster_domain.is_empty() { 0 } else { CLUSTER_SEARCH_PATHS };
    let most = MAX_SEARCH_PATHS - of_cluster;
    if searches.len() > most {
        return Some(format!(
            "Resolv.conf file '{path}' contains search line consisting of more than {most} domains!"
        ));
    }
    if searches.iter().any(|search| search.len() > MAX_SEARCH_PATH_CHARS) {
        let path = types::go::quote(path);
        return Some(format!(
            "Resolv.conf file {path} contains a search path which length is more than allowed {MAX_SEARCH_PATH_CHARS} chars!"
        ));
    }
    (joined_length(&searches) > MAX_SEARCH_LIST_CHARS).then(|| {
        format!(
            "Resolv.conf file '{path}' contains search line which length is more than allowed {MAX_SEARCH_LIST_CHARS} chars!"
        )
    })
}

/// The length of the search line.
pub(super) fn joined_length(searches: &[String]) -> usize {
    searches.iter().map(|search| search.len() + 1).sum::<usize>().saturating_sub(1)
}

/// Reads a `resolv.conf`: name servers add up, the last search line wins, options add up and a later value of one
/// replaces an earlier one.
pub(super) fn parse_resolv_conf(content: &str) -> Result<v1::DnsConfig, ConfigError> {
    let mut dns = v1::DnsConfig::default();
    let mut options: BTreeMap<&str, &str> = BTreeMap::new();
    for line in content.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let mut fields = line.split_whitespace();
        match fields.next() {
            Some("nameserver") => dns.servers.push(fields.next().ok_or(ConfigError::ResolvConf)?.to_owned()),
            Some("search") => {
                dns.searches = fields
                    .filter(|search| *search != ".")
                    .map(|search| search.strip_suffix('.').unwrap_or(search).to_owned())
                    .collect();
            }
            Some("options") => {
                options.extend(fields.map(|option| (option.split(':').next().unwrap_or(option), option)));
            }
            _ => {}
        }
    }
    dns.options = options.into_values().map(str::to_owned).collect();
    Ok(dns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints() {
        let check = |content: &str, domain: &str, expected: Option<&str>| {
            let found = resolv_conf_complaint("/etc/resolv.conf", content, domain);
            assert_eq!(found.as_deref(), expected, "{content}");
        };
        let search = |count: usize, length: usize| {
            let paths: Vec<String> = (0..count).map(|number| format!("{number:0length$}")).collect();
            format!("nameserver 10.0.0.1\nsearch {}\n", paths.join(" "))
        };
        check("nameserver 10.0.0.1\n", "cluster.local", None);
        check("# nameserver\nnameserver\n", "", Some("nameserver list is empty "));
        check(&search(32, 2), "", None);
        check(&search(29, 2), "cluster.local", None);
        let many = "Resolv.conf file '/etc/resolv.conf' contains search line consisting of more than";
        check(&search(33, 2), "", Some(&format!("{many} 32 domains!")));
        check(&search(30, 2), "cluster.local", Some(&format!("{many} 29 domains!")));
        check(&search(1, 253), "", None);
        let long = "Resolv.conf file \"/etc/resolv.conf\" contains a search path which length is more than allowed 253 chars!";
        check(&search(1, 254), "", Some(long));
        // 8 paths of 253 characters, and what is between them.
        check(&search(8, 253), "", None);
        let line = "Resolv.conf file '/etc/resolv.conf' contains search line which length is more than allowed 2048 chars!";
        check(&search(9, 253), "", Some(line));
    }
}
