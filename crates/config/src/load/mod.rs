//! From a command line and the contents of files to [`Settings`], in upstream's order of precedence.
//!
//! `cmd/kubelet/app/server.go`: defaults < `--config` < drop-ins of `--config-dir` < flags. Two rules of upstream's
//! look odd and are kept: without `--config` the *legacy* defaults hold (anonymous access, no webhooks, read-only port),
//! even if drop-ins exist; and drop-ins are merged over values that are filled with defaults already, so that a drop-in
//! cannot change what another default is derived from.

use crate::configuration::{API_VERSION, KIND, KUBELET, KubeletConfiguration, omit_empty};
use crate::document::{self, Document};
use crate::finding::Finding;
use crate::flags::{self, CommandLine, Flags};
use crate::gates::Gates;
use crate::merge::merge_patch;
use crate::origin::{Origin, Origins};
use crate::schema::{self, Decoded, Effect, Mode};
use crate::{defaults, text, validation};
use serde_json::{Value, json};
use std::fmt;
use std::path::{Component, Path, PathBuf};

/// One file, read by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path, absolute if relative paths in it are to be resolved.
    pub path: String,
    /// Its bytes.
    pub contents: Vec<u8>,
}

/// Everything from outside that the configuration depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// The file of `--config`.
    pub config: Option<File>,
    /// Every file below `--config-dir`, subdirectories included, in any order. Those that do not end in `.conf` are
    /// skipped with a remark, their contents may be empty.
    pub drop_ins: Vec<File>,
    /// Whether the host has cgroup v1, for the rules that ask.
    pub cgroup_v1: bool,
}

/// A configuration that a kubelet can run with.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The effective `KubeletConfiguration`.
    pub configuration: KubeletConfiguration,
    /// What exists on the command line only.
    pub flags: Flags,
    /// The gates that are set, and with them which features are on.
    pub gates: Gates,
}

impl Settings {
    /// Whether containers without a seccomp profile get `RuntimeDefault`: the flag or the field.
    pub fn seccomp_default(&self) -> bool {
        self.flags.seccomp_default || self.configuration.seccomp_default
    }

    /// Endpoint of the image service, which is the runtime's unless it has its own.
    pub fn image_service_endpoint(&self) -> &str {
        match self.configuration.image_service_endpoint.as_str() {
            "" => &self.configuration.container_runtime_endpoint,
            own => own,
        }
    }

    /// No API server: pods come from manifests alone.
    pub fn standalone(&self) -> bool {
        self.flags.kubeconfig.is_empty()
    }
}

/// The result of loading.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// What to run with.
    pub settings: Settings,
    /// What somebody should look at, in order of the sources.
    pub warnings: Vec<Finding>,
    /// Who set what.
    pub origins: Origins,
}

/// Everything that is wrong, and what is only odd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errors {
    /// Errors and warnings in order of the sources; at least one error.
    pub findings: Vec<Finding>,
}

impl Errors {
    /// The errors alone.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_error())
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.errors().map(Finding::to_string).collect();
        formatter.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Errors {}

/// Loads, merges, defaults and validates.
///
/// # Errors
/// All that is wrong at once, each with file, line and column where there is one.
pub fn load(command_line: &CommandLine, sources: &Sources) -> Result<Loaded, Errors> {
    let inspection = inspect(command_line, sources);
    let wrong = inspection.findings.iter().any(Finding::is_error);
    match inspection.settings {
        Some(settings) if !wrong => {
            Ok(Loaded { settings, warnings: inspection.findings, origins: inspection.origins })
        }
        Some(_) | None => Err(Errors { findings: inspection.findings }),
    }
}

/// What a command line and files amount to, whether a kubelet could run with it or not: for looking at it.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// The effective values; nothing when a file could not be read or has wrong types.
    pub settings: Option<Settings>,
    /// Errors and warnings in order of the sources.
    pub findings: Vec<Finding>,
    /// Who set what.
    pub origins: Origins,
    /// Names of the flags that stood on the command line, without dashes.
    pub given_flags: Vec<String>,
}

/// The same as [`load`] without the verdict.
pub fn inspect(command_line: &CommandLine, sources: &Sources) -> Inspection {
    let mut loader = Loader::new(command_line);
    loader.base(sources.config.as_ref());
    loader.drop_ins(&sources.drop_ins);
    loader.flags();
    loader.finish(sources.cgroup_v1)
}

struct Loader<'line> {
    command_line: &'line CommandLine,
    flag_gates: Gates,
    document: Value,
    origins: Origins,
    findings: Vec<Finding>,
}

impl<'line> Loader<'line> {
    fn new(command_line: &'line CommandLine) -> Self {
        Self {
            command_line,
            flag_gates: Gates::from_map(flags::feature_gates(command_line)),
            document: json!({}),
            origins: Origins::default(),
            findings: Vec::new(),
        }
    }

    /// Defaults, with the file of `--config` where there is one.
    fn base(&mut self, config: Option<&File>) {
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

    fn drop_ins(&mut self, files: &[File]) {
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
                self.remark_relative_paths(&decoded, file);
                merge_patch(&mut self.document, &decoded.value);
            }
        }
        defaults::apply(&mut self.document, &self.flag_gates);
    }

    /// Upstream resolves relative paths of the main file only.
    fn remark_relative_paths(&mut self, decoded: &Decoded, file: &File) {
        for path in PATH_FIELDS {
            let relative = decoded
                .value
                .pointer(&pointer(path))
                .and_then(Value::as_str)
                .filter(|value| !value.is_empty() && !value.starts_with('/'));
            if let (Some(value), Some(position)) = (relative, decoded.positions.get(path)) {
                let message = format!(
                    "{path}: {} is relative, and in a drop-in that means relative to the kubelet's working directory",
                    text::quote(value)
                );
                self.findings.push(Finding::warning(message).about(path).within(&file.path).at(*position));
            }
        }
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

    fn flags(&mut self) {
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

    fn finish(mut self, cgroup_v1: bool) -> Inspection {
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

/// Which file a value stood in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    File,
    DropIn,
}

impl Layer {
    fn origin(self, file: &str, position: document::Position) -> Origin {
        let (file, line, column) = (file.to_owned(), position.line, position.column);
        match self {
            Self::File => Origin::File { file, line, column },
            Self::DropIn => Origin::DropIn { file, line, column },
        }
    }
}

/// Decodes one configuration file.
///
/// # Errors
/// One finding when the file cannot be read at all; wrong types come back beside the value.
pub(crate) fn decode_file(file: &File, layer: Layer) -> Result<(Decoded, Vec<Finding>), Finding> {
    if file.contents.is_empty() {
        return Err(Finding::error("the file is empty").within(&file.path));
    }
    let document = document::parse(&file.contents)
        .map_err(|error| Finding::error(error.to_string()).within(&file.path).at(error.position))?;
    let mut findings: Vec<Finding> =
        type_findings(&document).into_iter().map(|finding| finding.within(&file.path)).collect();
    if findings.iter().any(Finding::is_error) {
        return Err(findings.remove(0));
    }
    let mode = match layer {
        Layer::File => Mode::Object,
        Layer::DropIn => Mode::Patch,
    };
    let mut decoded = schema::decode(&document.root, KUBELET, mode);
    findings.extend(decoded.findings.drain(..).map(|finding| finding.within(&file.path)));
    Ok((decoded, findings))
}

/// Whether the file says what it is.
fn type_findings(document: &Document) -> Vec<Finding> {
    let string = |key: &str| match document.root.get(key).map(|entry| entry.value.to_json()) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    };
    let (api_version, kind) = (string("apiVersion"), string("kind"));
    let place =
        |key: &str| document.root.get(key).map_or(document.root.position, |entry| entry.value.position);
    let mut findings = Vec::new();
    if kind.is_empty() {
        findings.push(
            Finding::error(format!("Object 'Kind' is missing: expected kind: {KIND}")).at(place("kind")),
        );
    } else if api_version.is_empty() {
        findings.push(
            Finding::error(format!("Object 'apiVersion' is missing: expected apiVersion: {API_VERSION}"))
                .at(place("apiVersion")),
        );
    } else if kind != KIND || api_version != API_VERSION {
        let key = if kind == KIND { "apiVersion" } else { "kind" };
        findings.push(
            Finding::error(format!(
                "no kind {} is registered for version {}: expected {KIND} of {API_VERSION}",
                text::quote(&kind),
                text::quote(&api_version)
            ))
            .at(place(key)),
        );
    }
    if document.more_documents {
        findings.push(Finding::warning("the file has several YAML documents, only the first one is read"));
    }
    findings
}

/// The fields that are paths (`KubeletConfigurationPathRefs` in `pkg/kubelet/apis/config/helpers.go`).
const PATH_FIELDS: [&str; 7] = [
    "staticPodPath",
    "authentication.x509.clientCAFile",
    "tlsCertFile",
    "tlsPrivateKeyFile",
    "resolvConf",
    "volumePluginDir",
    "podLogsDir",
];

fn pointer(path: &str) -> String {
    format!("/{}", path.replace('.', "/"))
}

/// Relative paths are below the directory of the file that has them.
fn resolve_relative_paths(document: &mut Value, file: &Path) {
    let Some(directory) = file.parent() else {
        return;
    };
    for path in PATH_FIELDS {
        match document.pointer_mut(&pointer(path)) {
            Some(Value::String(value)) if !value.is_empty() && !value.starts_with('/') => {
                *value = clean(&directory.join(&*value)).to_string_lossy().into_owned();
            }
            _ => {}
        }
    }
}

/// Go's `filepath.Clean` for what `Join` makes.
fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if !cleaned.pop() {
                    cleaned.push("..");
                }
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => {
                cleaned.push(component);
            }
        }
    }
    cleaned
}

/// One warning for each field that somebody set to something else than its default, and that changes nothing.
fn without_effect(configuration: &KubeletConfiguration, origins: &Origins) -> Vec<Finding> {
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

#[cfg(test)]
mod tests;
