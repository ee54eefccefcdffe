//! `kubelet config check FILE…`

use super::Format;
use crate::credentials::{is_credential_provider_config, load_credential_providers};
use crate::document;
use crate::finding::{Finding, Severity};
use crate::flags::parse_command_line;
use crate::gates::Gates;
use crate::load::{File, Sources, inspect};
use serde::Serialize;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// Everything, file by file.
    pub findings: Vec<Finding>,
    /// How many errors.
    pub errors: usize,
    /// How many warnings.
    pub warnings: usize,
    #[serde(skip)]
    excerpts: Vec<Option<String>>,
}

/// Checks files as a kubelet would read them. Drop-ins (`*.conf`) are merged, in lexical order, over the configuration
/// file among the files, if there is exactly one; over defaults otherwise. Several configuration files are checked each
/// by itself. What depends on the host (cgroup v1) is left out.
pub fn check(files: &[File]) -> CheckReport {
    let is_drop_in = |file: &&File| file.path.ends_with(".conf");
    let drop_ins: Vec<File> = files.iter().filter(is_drop_in).cloned().collect();
    let (credentials, configs): (Vec<&File>, Vec<&File>) = files
        .iter()
        .filter(|file| !is_drop_in(file))
        .partition(|file| document::parse(&file.contents).is_ok_and(|it| is_credential_provider_config(&it)));
    let mut findings = Vec::new();
    match configs[..] {
        [] if drop_ins.is_empty() => {}
        [] => findings.extend(load_files(None, &drop_ins)),
        [config] => findings.extend(load_files(Some(config), &drop_ins)),
        _ => {
            for config in &configs {
                findings.extend(load_files(Some(config), &[]));
            }
            if !drop_ins.is_empty() {
                findings.extend(load_files(None, &drop_ins));
            }
        }
    }
    for file in credentials {
        if let Err(errors) = load_credential_providers(std::slice::from_ref(file), &Gates::default()) {
            findings.extend(errors.findings);
        }
    }
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    CheckReport {
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        excerpts: findings.iter().map(|finding| excerpt(finding, files)).collect(),
        findings,
    }
}

fn load_files(config: Option<&File>, drop_ins: &[File]) -> Vec<Finding> {
    let mut arguments = Vec::new();
    // A check is about files: with a kubeconfig the rules for webhooks hold.
    arguments.push("--kubeconfig=kubeconfig".to_owned());
    if let Some(config) = config {
        arguments.push(format!("--config={}", config.path));
    }
    if !drop_ins.is_empty() {
        arguments.push("--config-dir=.".to_owned());
    }
    let line = parse_command_line(arguments).expect("these flags take any text");
    let sources = Sources { config: config.cloned(), drop_ins: drop_ins.to_vec(), cgroup_v1: false };
    inspect(&line, &sources).findings
}

impl CheckReport {
    /// 0 when a kubelet would start, else 1; with `strict` warnings count, too.
    pub fn exit_status(&self, strict: bool) -> u8 {
        u8::from(self.errors > 0 || (strict && self.warnings > 0))
    }

    /// The report as text.
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Json => {
                let mut text = serde_json::to_string_pretty(self).expect("findings are plain data");
                text.push('\n');
                text
            }
            Format::Human => self.render_human(),
        }
    }

    fn render_human(&self) -> String {
        let mut text = String::new();
        for (finding, excerpt) in self.findings.iter().zip(&self.excerpts) {
            let severity = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            let place = match (&finding.file, finding.line, finding.column) {
                (Some(file), Some(line), Some(column)) => format!("{file}:{line}:{column}: "),
                (Some(file), ..) => format!("{file}: "),
                (None, ..) => String::new(),
            };
            text.push_str(&format!("{place}{severity}: {}\n", finding.message));
            if let Some(excerpt) = excerpt {
                text.push_str(excerpt);
            }
        }
        let plural = |count: usize, word: &str| match count {
            1 => format!("1 {word}"),
            _ => format!("{count} {word}s"),
        };
        text.push_str(&match (self.errors, self.warnings) {
            (0, 0) => "no findings\n".to_owned(),
            (errors, warnings) => {
                format!("{}, {}\n", plural(errors, "error"), plural(warnings, "warning"))
            }
        });
        text
    }
}

/// The line of the file with a mark below the column.
fn excerpt(finding: &Finding, files: &[File]) -> Option<String> {
    let (path, line, column) = (finding.file.as_deref()?, finding.line?, finding.column?);
    let file = files.iter().find(|file| file.path == path)?;
    let contents = std::str::from_utf8(&file.contents).ok()?;
    let text = contents.lines().nth(line.checked_sub(1)?)?;
    let number = line.to_string();
    let gutter = " ".repeat(number.len());
    let indent: String =
        text.chars().take(column - 1).map(|character| if character == '\t' { '\t' } else { ' ' }).collect();
    Some(format!("  {number} | {text}\n  {gutter} | {indent}^\n"))
}
