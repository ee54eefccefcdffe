//! What a kubelet's log says about manifests and pods. Both kubelets write JSON lines with upstream's keys.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What was found in a log.
#[derive(Debug, Default)]
pub struct Findings {
    /// The reason of a refusal, by the manifest's path.
    pub refusals: BTreeMap<String, String>,
    /// Warnings told to users, by the pod's name.
    pub events: BTreeMap<String, Vec<Value>>,
}

impl Findings {
    /// Takes whole lines of a log.
    pub fn take_lines(&mut self, lines: &str) {
        for line in lines.lines() {
            if let Ok(line) = serde_json::from_str::<Value>(line) {
                self.take(&line);
            }
        }
    }

    fn take(&mut self, line: &Value) {
        let text = |name: &str| line.get(name).and_then(Value::as_str);
        if let (Some("Event occurred"), Some("Warning")) = (text("msg"), text("type")) {
            self.take_event(line);
            return;
        }
        let Some(error) = text("err") else { return };
        if let Some(path) =
            text("path").filter(|_| text("msg").is_some_and(|message| message.contains("manifest")))
        {
            self.refusals.insert(path.to_owned(), error.to_owned());
        } else if let Some((path, reason)) = watch_error(error) {
            // The listing says the same with the path beside it: prefer that.
            self.refusals.entry(path.to_owned()).or_insert_with(|| reason.to_owned());
        }
    }

    fn take_event(&mut self, line: &Value) {
        let text = |name: &str| line.get(name).and_then(Value::as_str);
        let pod = line
            .pointer("/object/name")
            .and_then(Value::as_str)
            .or_else(|| text("object").and_then(|object| object.rsplit('/').next()));
        let (Some(pod), Some(reason)) = (pod, text("reason")) else { return };
        let event = json!({
            "reason": reason,
            "message": text("message").or_else(|| text("note")).unwrap_or_default(),
            "about": text("fieldPath").unwrap_or_default(),
        });
        let events = self.events.entry(pod.to_owned()).or_default();
        if !events.contains(&event) {
            events.push(event);
        }
    }
}

/// Path and reason of `can't process config file "PATH": REASON`, which a watch event leads to.
fn watch_error(error: &str) -> Option<(&str, &str)> {
    let after = error.strip_prefix("can't process config file \"")?;
    after.split_once("\": ")
}

#[cfg(test)]
mod tests;
