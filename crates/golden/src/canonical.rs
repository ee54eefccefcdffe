//! One form for what may be said in several ways, or is said in a random order: configurations of sandboxes and
//! containers, upstream's and ours alike, are compared in this form.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// Puts the JSON of a `PodSandboxConfig` or `ContainerConfig` into the form of the golden files:
///
/// - variables become an object of texts: upstream sends them in random order, as bytes;
/// - DNS options are sorted: upstream's order is random;
/// - user namespaces lose the ids that were set aside by chance;
/// - limits of nothing on huge pages become `<no other size>` when every size in `sizes` has its entry, as upstream
///   does: the sizes are the machine's;
/// - masked thermal files of single CPUs are left out: the processor decides whether there are any.
pub fn config(config: &mut Value, sizes: &BTreeSet<String>) {
    variables(config);
    if let Some(options) = config.pointer_mut("/dns_config/options").and_then(Value::as_array_mut) {
        options.sort_by_key(Value::to_string);
    }
    user_ids(config);
    if let Some(limits) = config.pointer_mut("/linux/resources/hugepage_limits").and_then(Value::as_array_mut)
    {
        let named = limits.iter().filter_map(|limit| limit["page_size"].as_str()).map(str::to_owned);
        if named.collect::<BTreeSet<String>>() == *sizes {
            limits.retain(|limit| limit.get("limit").is_some());
            limits.push(json!("<no other size>"));
        }
    }
    if let Some(paths) =
        config.pointer_mut("/linux/security_context/masked_paths").and_then(Value::as_array_mut)
    {
        paths.retain(|path| {
            !path.as_str().is_some_and(|path| path.starts_with("/sys/devices/system/cpu/cpu"))
        });
    }
}

fn variables(config: &mut Value) {
    let Some(variables) = config.get_mut("envs").filter(|variables| variables.is_array()) else { return };
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for variable in variables.as_array().into_iter().flatten() {
        let field = |name: &str| variable.get(name).and_then(Value::as_str).unwrap_or_default();
        let bytes = from_base64(field("value"));
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some(before) = texts.get(field("key")) {
            text = format!("{before} <and again> {text}");
        }
        texts.insert(field("key").to_owned(), text);
    }
    *variables = json!(texts);
}

fn user_ids(config: &mut Value) {
    for kind in ["uids", "gids"] {
        let pointer = format!("/linux/security_context/namespace_options/userns_options/{kind}");
        for range in config.pointer_mut(&pointer).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(first) = range.get_mut("host_id") {
                *first = json!("<by chance>");
            }
        }
    }
}

/// The bytes that JSON writes as base64, with padding.
fn from_base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for digit in text.bytes().filter_map(|byte| DIGITS.iter().position(|digit| *digit == byte)) {
        bits = bits << 6 | u32::try_from(digit).expect("there are 64 digits");
        count += 6;
        if count >= 8 {
            count -= 8;
            let [.., byte] = (bits >> count).to_be_bytes();
            bytes.push(byte);
        }
    }
    bytes
}

#[cfg(test)]
mod tests;
