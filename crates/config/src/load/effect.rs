//! Values that change nothing.

use super::paths::pointer;
use crate::configuration::KubeletConfiguration;
use crate::defaults;
use crate::finding::Finding;
use crate::origin::{Origin, Origins};
use crate::schema::{self, Effect};

/// One warning for each field that somebody set to something else than its default, and that changes nothing.
pub(super) fn without_effect(configuration: &KubeletConfiguration, origins: &Origins) -> Vec<Finding> {
    let effective = configuration.to_document();
    let mut default = defaults::configuration().to_document();
    defaults::apply_eviction_hard(&mut default);
    let mut told: Vec<String> = Vec::new();
    let mut findings = Vec::new();
    for (path, origin) in origins.iter() {
        let Some(field) = schema::find(path) else {
            continue;
        };
        let words = match field.effect {
            Effect::Acts => continue,
            Effect::Accepted => "is accepted, but has no effect in this kubelet yet",
            Effect::Inert => "has no effect (upstream's kubelet ignores it too)",
        };
        let name = path.split('[').next().unwrap_or(path).to_owned();
        let place = pointer(&name);
        if told.contains(&name) || effective.pointer(&place) == default.pointer(&place) {
            continue;
        }
        let subject = match origin {
            Origin::Flag { flag } => format!("--{flag}"),
            Origin::Default | Origin::File { .. } | Origin::DropIn { .. } => name.clone(),
        };
        findings.push(Finding::warning(format!("{subject} {words}")).about(path));
        told.push(name);
    }
    findings
}
