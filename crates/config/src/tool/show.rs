//! `kubelet config show`: the effective configuration, and where each value comes from.

use super::{Format, yaml};
use crate::load::{Inspection, Settings};
use serde_json::{Map, Value, json};

/// The effective configuration of an inspection as text. Secret headers are hidden. Without one (a file is unreadable)
/// there is nothing to show but the findings, which [`Inspection::findings`] has.
pub fn show(inspection: &Inspection, format: Format) -> Option<String> {
    let settings = inspection.settings.as_ref()?;
    Some(match format {
        Format::Human => human(settings, inspection),
        Format::Json => programs(settings, inspection),
    })
}

/// YAML that is a configuration file again, with the origin of each value as a comment; flags below, as comments.
fn human(settings: &Settings, inspection: &Inspection) -> String {
    let mut document = settings.configuration.to_masked_document();
    let mut text = String::new();
    if let Value::Object(object) = &mut document {
        for key in ["apiVersion", "kind"] {
            if let Some(value) = object.remove(key) {
                text.push_str(&format!("{key}: {}\n", yaml::flow(&value)));
            }
        }
    }
    text.push_str(&yaml::write(&document, &|path| Some(inspection.origins.of(path).to_string())));
    text.push_str("# Flags that have no field:\n");
    for (name, value, set) in flag_values(settings, inspection) {
        let value = match value {
            Value::String(text) => text,
            other => yaml::flow(&other),
        };
        let origin = if set { "flag" } else { "default" };
        text.push_str(&format!("#   --{name}={value} ({origin})\n"));
    }
    text
}

fn programs(settings: &Settings, inspection: &Inspection) -> String {
    let mut flags = Map::new();
    for (name, value, _) in flag_values(settings, inspection) {
        flags.insert(name, value);
    }
    let document = settings.configuration.to_masked_document();
    let mut origins = Map::new();
    for (path, origin) in inspection.origins.iter() {
        origins.insert(path.to_owned(), json!(origin));
    }
    let value = json!({
        "configuration": document,
        "flags": flags,
        "origins": origins,
        "findings": inspection.findings,
    });
    format!("{value:#}\n")
}

/// Name, value, and whether it was given, of every flag that has no field.
fn flag_values(settings: &Settings, inspection: &Inspection) -> Vec<(String, Value, bool)> {
    let values = serde_json::to_value(&settings.flags).expect("flags are plain data");
    let Value::Object(values) = values else {
        return Vec::new();
    };
    values
        .into_iter()
        .map(|(name, value)| {
            let set = inspection.given_flags.contains(&name);
            (name, value, set)
        })
        .collect()
}
