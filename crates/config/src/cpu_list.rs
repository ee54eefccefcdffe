//! CPU lists: `0-3,7` (`k8s.io/utils/cpuset`).

use crate::text::quote;
use std::collections::BTreeSet;

/// Most CPUs that a list may name; Linux has at most 8192.
const MAX_CPUS: usize = 65_536;

/// The CPUs of a list.
///
/// # Errors
/// Upstream's message about the first part that is no number or range.
pub fn parse(list: &str) -> Result<BTreeSet<usize>, String> {
    let mut cpus = BTreeSet::new();
    if list.is_empty() {
        return Ok(cpus);
    }
    for part in list.split(',') {
        let (start, end) = match part.split_once('-') {
            Some((start, end)) => (number(start)?, number(end)?),
            None => (number(part)?, number(part)?),
        };
        if start > end {
            return Err(format!("invalid range {} ({start} > {end})", quote(part)));
        }
        if end >= MAX_CPUS {
            return Err(format!("CPU {end} is beyond the {MAX_CPUS} that exist"));
        }
        cpus.extend(start..=end);
    }
    Ok(cpus)
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("strconv.Atoi: parsing {}: invalid syntax", quote(text)))
}
