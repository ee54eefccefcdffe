//! The layers, one over the other.

use super::effect::without_effect;
use super::file::{Layer, decode_file};
use super::paths::{pointer, relative_path_findings, resolve_relative_paths};
use super::{File, Inspection, Settings};
use crate::configuration::{KubeletConfiguration, omit_empty};
use crate::finding::Finding;
use crate::flags::{self, CommandLine};
use crate::gates::Gates;
use crate::merge::merge_patch;
use crate::origin::Origins;
use crate::schema::Decoded;
use crate::{defaults, validation};
use serde_json::{Value, json};
use std::path::Path;

/// What is known so far.
pub(super) struct Layers<'line> {
    command_line: &'line CommandLine,
    flag_gates: Gates,
    document: Value,
    origins: Origins,
    findings: Vec<Finding>,
}

impl<'line> Layers<'line> {
    /// Nothing yet.
    pub(super) fn new(command_line: &'line CommandLine) -> Self {
        Self {
            command_line,
            flag_gates: Gates::from_map(flags::feature_gates(command_line)),
            document: json!({}),
            origins: Origins::default(),
            findings: Vec::new(),
        }
    }

    /// Defaults, with the file of `--config` where there is one.
    pub(super) fn base(&mut self, config: Option<&File>) {
        let Some(file) = config else {
            defaults::apply(&mut self.document, &self.flag_gates);
            defaults::apply_legacy(&mut self.document);
            return;
        };
        if let Some(decoded) = self.read(file, Layer::File) {
            self.document = decoded.value;
        }
        defaults::apply(&mut self.document, &self.flag_gates);
        resolve_relative_paths(&mut self.document, Path::new(&file.path));
        defaults::apply_eviction_hard(&mut self.document);
    }

    /// The drop-ins of `--config-dir`, in order, and the defaults again.
    pub(super) fn drop_ins(&mut self, files: &[File]) {
        if self.command_line.flags().config_dir.is_empty() {
            return;
        }
        omit_empty(&mut self.document);
        let mut sorted: Vec<&File> = files.iter().collect();
        // The walk upstream goes directory by directory, which is the order of the paths' components.
        sorted.sort_by(|left, right| {
            Path::new(&left.path).components().cmp(Path::new(&right.path).components())
        });
        for file in sorted {
            if Path::new(&file.path).extension().is_none_or(|end| end != "conf")
                && !file.path.ends_with("/.conf")
            {
                self.findings.push(
                    Finding::warning("skipped: only files whose name ends in .conf are drop-ins")
                        .within(&file.path),
                );
                continue;
            }
            if let Some(decoded) = self.read(file, Layer::DropIn) {
                self.findings.extend(relative_path_findings(&decoded, &file.path));
                merge_patch(&mut self.document, &decoded.value);
            }
        }
        defaults::apply(&mut self.document, &self.flag_gates);
    }

    /// Reads one file into the fields it sets; what is wrong goes to the findings.
    fn read(&mut self, file: &File, layer: Layer) -> Option<Decoded> {
        match decode_file(file, layer) {
            Ok((decoded, findings)) => {
                self.findings.extend(findings);
                self.origins.record_file(&file.path, &decoded.positions, |position| {
                    layer.origin(&file.path, position)
                });
                Some(decoded)
            }
            Err(finding) => {
                self.findings.push(finding);
                None
            }
        }
    }

    /// The flags, on top of everything.
    pub(super) fn flags(&mut self) {
        self.forget_split_streams();
        for (path, flag) in flags::apply_to_document(self.command_line, &mut self.document) {
            self.origins.record_flag(path, flag);
        }
    }

    /// Registering the flags of these two fields upstream sets them to false, so that a file cannot set them
    /// (`k8s.io/component-base/logs/api/v1/options.go`, `addFlags`).
    fn forget_split_streams(&mut self) {
        for format in ["text", "json"] {
            let path = format!("logging.options.{format}.splitStream");
            let set = self.document.pointer_mut(&pointer(&path));
            if let Some(slot) = set.filter(|slot| **slot == Value::Bool(true)) {
                *slot = Value::Bool(false);
                let message = format!(
                    "{path} has no effect in a file: only --log-{format}-split-stream sets it, as upstream"
                );
                let finding = Finding::warning(message).about(path);
                self.findings.push(placed(finding, &self.origins));
            }
        }
    }

    /// Types, gates, validation.
    pub(super) fn finish(mut self, cgroup_v1: bool) -> Inspection {
        let document = std::mem::take(&mut self.document);
        let decoded = serde_json::from_value::<KubeletConfiguration>(document);
        let unreadable = self.findings.iter().any(Finding::is_error);
        let configuration = match decoded {
            Ok(configuration) if !unreadable => configuration,
            Ok(_) => return self.unreadable(),
            Err(error) => {
                // The decoder reports wrong types with their place; this is the net below it.
                if !unreadable {
                    self.findings.push(Finding::error(error.to_string()));
                }
                return self.unreadable();
            }
        };
        let settings = Settings {
            gates: Gates::from_map(configuration.feature_gates.clone()),
            configuration,
            flags: self.command_line.flags().clone(),
        };
        let mut found = settings.gates.findings();
        found.extend(validation::validate(&settings, cgroup_v1));
        found.extend(without_effect(&settings.configuration, &self.origins));
        for finding in found {
            self.findings.push(placed(finding, &self.origins));
        }
        Inspection {
            settings: Some(settings),
            findings: self.findings,
            origins: self.origins,
            given_flags: given_flags(self.command_line),
        }
    }

    fn unreadable(self) -> Inspection {
        Inspection {
            settings: None,
            findings: self.findings,
            origins: self.origins,
            given_flags: given_flags(self.command_line),
        }
    }
}

fn given_flags(command_line: &CommandLine) -> Vec<String> {
    command_line.values().keys().map(|name| (*name).to_owned()).collect()
}

/// The finding with the place of its field, if a file set that.
fn placed(finding: Finding, origins: &Origins) -> Finding {
    let place = finding
        .field
        .as_deref()
        .and_then(|field| origins.place(field))
        .map(|(file, position)| (file.to_owned(), position));
    match place {
        Some((file, position)) => finding.within(file).at(position),
        None => finding,
    }
}
