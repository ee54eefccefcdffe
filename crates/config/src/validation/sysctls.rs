//! `defaultPodSysctls`: names must be known to be namespaced (`k8s.io/component-helpers/node/util/sysctl`).

use super::Rules;
use crate::schema::key_path;
use crate::text::quote;

const LONGEST_NAME: usize = 253;
const NAMES: [&str; 11] = [
    "kernel.domainname",
    "kernel.sem",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced",
    "kernel.shm",
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.msg",
];
const PREFIXES: [&str; 3] = ["net.", "fs.mqueue.", "user."];

pub(super) fn check(rules: &mut Rules) {
    let sysctls = &rules.configuration.default_pod_sysctls;
    if sysctls.is_empty() {
        return;
    }
    if !rules.gates.enabled("DefaultPodSysctls") {
        return rules.invalid(
            "defaultPodSysctls",
            "DefaultPodSysctls feature gate is required for Kubelet configuration option defaultPodSysctls",
        );
    }
    let mut seen: Vec<String> = Vec::new();
    for name in sysctls.keys() {
        let field = key_path("defaultPodSysctls", name);
        if !is_valid(name) {
            let message = format!("{} is not a valid sysctl name for defaultPodSysctls", quote(name));
            rules.invalid(&field, message);
            continue;
        }
        let normalized = normalize(name);
        if !is_namespaced(&normalized) {
            let message = format!("{} is not known to be namespaced for defaultPodSysctls", quote(name));
            rules.invalid(&field, message);
        }
        if seen.contains(&normalized) {
            let message = format!("duplicate sysctl {} found in defaultPodSysctls", quote(&normalized));
            rules.invalid(&field, message);
        }
        seen.push(normalized);
    }
}

/// Segments of `[a-z0-9]([-_a-z0-9]*[a-z0-9])?`, separated by dots or slashes.
fn is_valid(name: &str) -> bool {
    let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let segment = |segment: &str| {
        let bytes = segment.as_bytes();
        bytes.first().is_some_and(alphanumeric)
            && bytes.last().is_some_and(alphanumeric)
            && bytes.iter().all(|byte| alphanumeric(byte) || *byte == b'-' || *byte == b'_')
    };
    name.len() <= LONGEST_NAME && name.split(['.', '/']).all(segment)
}

fn is_namespaced(name: &str) -> bool {
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// `net/ipv4/conf/eno2.100/x` is the slash form of `net.ipv4.conf.eno2/100.x`.
fn normalize(name: &str) -> String {
    if name.find(['.', '/']).map(|index| &name[index..=index]) != Some("/") {
        return name.to_owned();
    }
    name.chars()
        .map(|character| match character {
            '.' => '/',
            '/' => '.',
            other => other,
        })
        .collect()
}
