//! `kubelet --help`, generated from the table.

use super::{FLAGS, Flag, FlagKind, Group, Subcommand};
use crate::schema::Effect;

const INTRODUCTION: &str = "\
The kubelet runs the pods of one node: it takes them from the API server, from a directory of manifests or from a URL,
starts their containers through a container runtime, keeps them running, and reports how they are.

Settings come from, each over the one before: built-in defaults, the file of --config, the drop-ins of --config-dir,
and these flags. Flags marked \"file\" have a field in the file that should be used instead; they keep working.
";
const GROUPS: [Group; 15] = [
    Group::Files,
    Group::StaticPods,
    Group::Runtime,
    Group::Images,
    Group::Node,
    Group::Network,
    Group::Resources,
    Group::Managers,
    Group::Eviction,
    Group::Server,
    Group::Access,
    Group::ApiServer,
    Group::Volumes,
    Group::Logging,
    Group::Program,
];
const WIDTH: usize = 100;
const INDENT: usize = 10;

/// The text of `--help`.
pub fn help() -> String {
    let mut text = format!("{INTRODUCTION}\nUsage:\n  kubelet [flags]\n");
    for command in Subcommand::ALL {
        let (arguments, _) = command.usage();
        text.push_str(&format!("  kubelet {} {arguments}\n", command.name()));
    }
    text.push_str("\nCommands:\n");
    for command in Subcommand::ALL {
        text.push_str(&format!("  {:<12}{}\n", command.name(), command.usage().1));
    }
    for group in GROUPS {
        text.push_str(&format!("\n{}:\n", group.title()));
        for flag in FLAGS.iter().filter(|flag| flag.group == group) {
            text.push_str(&entry(flag));
        }
    }
    text
}

/// Two parts: the flag with its value and default on one line, its sentence indented below.
fn entry(flag: &Flag) -> String {
    let shorthand = flag.shorthand.map_or("      ".to_owned(), |letter| format!("  -{letter}, "));
    let value = match value_name(flag) {
        "" => String::new(),
        name => format!(" {name}"),
    };
    let mut line = format!("{shorthand}--{}{value}", flag.name);
    let default = default_text(flag);
    if !default.is_empty() {
        line.push_str(&format!("  (default {default})"));
    }
    let mut marks = Vec::new();
    if let Some(path) = file_field(flag) {
        marks.push(format!("file: {path}"));
    } else if flag.deprecated.is_some() {
        marks.push("deprecated".to_owned());
    }
    match flag.effect() {
        Effect::Acts => {}
        Effect::Accepted => marks.push("no effect yet".to_owned()),
        Effect::Inert => marks.push("no effect".to_owned()),
    }
    // Backquotes are for pages, not for terminals.
    let mut sentence = flag.help().replace('`', "");
    if !marks.is_empty() {
        sentence.push_str(&format!(" [{}]", marks.join("; ")));
    }
    format!("{line}\n{}", wrap(&sentence))
}

/// The field that should be used instead of a deprecated flag.
fn file_field(flag: &Flag) -> Option<&'static str> {
    match flag.target {
        super::Target::Field(path) if flag.deprecated.is_some() => Some(path),
        super::Target::Field(_) | super::Target::Flag | super::Target::Control => None,
    }
}

/// What stands for the value.
pub(super) fn value_name(flag: &Flag) -> &'static str {
    match flag.kind {
        FlagKind::Bool => "",
        FlagKind::Int32 | FlagKind::Int64 | FlagKind::Level => "NUMBER",
        FlagKind::Duration | FlagKind::LibraryDuration => "DURATION",
        FlagKind::String if super::completion::takes_path(flag) => "PATH",
        FlagKind::String => "TEXT",
        FlagKind::StringSlice => "ITEM,…",
        FlagKind::Ip => "ADDRESS",
        FlagKind::Map | FlagKind::Labels => "KEY=VALUE,…",
        FlagKind::MapNoSplit => "KEY=VALUE",
        FlagKind::BoolMap => "NAME=true|false,…",
        FlagKind::ThresholdMap => "SIGNAL<QUANTITY,…",
        FlagKind::HeaderMap => "NAME:VALUE,…",
        FlagKind::Taints => "KEY=VALUE:EFFECT,…",
        FlagKind::ReservedMemory => "NODE:TYPE=QUANTITY,…",
        FlagKind::Quantity => "QUANTITY",
        FlagKind::Vmodule => "PATTERN=NUMBER,…",
        FlagKind::Version => "[=raw]",
    }
}

/// The default where it says something.
pub(super) fn default_text(flag: &Flag) -> &'static str {
    match flag.default {
        "[]" | "0s" | "false" => "",
        default => default,
    }
}

fn wrap(sentence: &str) -> String {
    let indent = " ".repeat(INDENT);
    let mut text = String::new();
    let mut line = indent.clone();
    for word in sentence.split_whitespace() {
        if line.len() > INDENT && line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = indent.clone();
        }
        if line.len() > INDENT {
            line.push(' ');
        }
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
    text
}

/// Flags that earlier kubelets had, and what became of them.
const REMOVED: &[(&str, &str)] = &[
    ("allow-privileged", "removed in 1.15: use admission policies"),
    ("cadvisor-port", "removed in 1.12: metrics are at /metrics/cadvisor"),
    ("cloud-config", "removed in 1.36: use an external cloud provider"),
    ("cni-bin-dir", "removed in 1.24: configure the container runtime"),
    ("cni-cache-dir", "removed in 1.24: configure the container runtime"),
    ("cni-conf-dir", "removed in 1.24: configure the container runtime"),
    ("container-runtime", "removed in 1.27: only remote runtimes exist"),
    ("docker-endpoint", "removed in 1.24 with dockershim"),
    ("dynamic-config-dir", "removed in 1.24: use --config and --config-dir"),
    ("image-pull-progress-deadline", "removed in 1.24 with dockershim"),
    ("iptables-drop-bit", "removed in 1.28: without effect before"),
    ("iptables-masquerade-bit", "removed in 1.28: without effect before"),
    ("keep-terminated-pod-volumes", "removed in 1.36: without effect before"),
    ("master-service-namespace", "removed in 1.28"),
    ("network-plugin", "removed in 1.24: configure the container runtime"),
    ("network-plugin-mtu", "removed in 1.24: configure the container runtime"),
    ("non-masquerade-cidr", "removed in 1.24: configure the container runtime"),
    (
        "pod-infra-container-image",
        "removed in 1.35: set the sandbox image in the container runtime's configuration",
    ),
    ("redirect-container-streaming", "removed in 1.20"),
    ("register-schedulable", "removed in 1.24: use --register-with-taints"),
    ("seccomp-profile-root", "removed in 1.23: profiles are in <root-dir>/seccomp"),
    ("application-metrics-count-limit", "removed in 1.37"),
    ("boot-id-file", "removed in 1.37"),
    ("container-hints", "removed in 1.37"),
    ("containerd", "removed in 1.37"),
    ("containerd-namespace", "removed in 1.37"),
    ("enable-load-reader", "removed in 1.37"),
    ("event-storage-age-limit", "removed in 1.37"),
    ("event-storage-event-limit", "removed in 1.37"),
    ("global-housekeeping-interval", "removed in 1.37"),
    ("log-cadvisor-usage", "removed in 1.37"),
    ("machine-id-file", "removed in 1.37"),
    ("max-housekeeping-interval", "removed in 1.37"),
    ("storage-driver-buffer-duration", "removed in 1.37"),
    ("storage-driver-db", "removed in 1.37"),
    ("storage-driver-host", "removed in 1.37"),
    ("storage-driver-password", "removed in 1.37"),
    ("storage-driver-secure", "removed in 1.37"),
    ("storage-driver-table", "removed in 1.37"),
    ("storage-driver-user", "removed in 1.37"),
];

/// What to say beside "unknown flag": a removed flag's fate, or the nearest flag there is.
pub(super) fn hint(name: &str) -> String {
    let name = name.replace('_', "-");
    if let Some((_, fate)) = REMOVED.iter().find(|(removed, _)| *removed == name) {
        return format!(" ({fate})");
    }
    let names = FLAGS.iter().map(|flag| flag.name);
    crate::text::nearest(&name, names).map_or(String::new(), |near| format!(" (did you mean --{near}?)"))
}
