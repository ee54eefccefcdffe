//! The page `docs/configuration.md`, made from the tables: what each field and flag does today.

use crate::flags::{FLAGS, Flag, Target};
use crate::gates;
use crate::schema::{Effect, FieldRow, Kind, field_rows};

const INTRODUCTION: &str = "\
# Configuration

Made from the tables in `crates/config` (`UPDATE_DOCS=1 cargo test -p config --test reference`); do not edit by hand.

Values come from, each over the one before: built-in defaults, the file of `--config`, the drop-ins (`*.conf`) of
`--config-dir` in lexical order, flags. The file and the drop-ins are `KubeletConfiguration` of
`kubelet.config.k8s.io/v1beta1`, in YAML or JSON, as upstream's kubelet 1.37 reads them. `kubelet config check FILE…`
checks files, `kubelet config show [FLAGS]` shows the effective values and where each comes from.

Every field and flag is read and validated as upstream does. What it does here is told in the column *state*:

- **acts**: the kubelet does what the field says;
- **accepted without effect yet**: nothing follows from it yet; setting it to anything but its default is a warning at
  start;
- **no effect upstream either**: upstream's kubelet ignores it, too.

*Change* tells when a changed file is taken up: **live** while the kubelet runs (on SIGHUP, or when a file changes), or
at the next **restart**, which a warning then names. A file with a mistake leaves the running configuration in force.
For fields without effect yet it is the plan.
";

/// The whole page.
pub fn configuration_reference() -> String {
    let rows: Vec<FieldRow> =
        field_rows().into_iter().filter(|row| !matches!(row.field.kind(), Kind::Object(_))).collect();
    let count = |effect| rows.iter().filter(|row| row.field.effect == effect).count();
    let mut page = format!(
        "{INTRODUCTION}\n## Fields\n\n{} fields: {} act, {} are accepted without effect yet, {} have no effect upstream either.\n\n",
        rows.len(),
        count(Effect::Acts),
        count(Effect::Accepted),
        count(Effect::Inert),
    );
    page.push_str(
        "| field | type | default | state | change | flag | meaning |\n|---|---|---|---|---|---|---|\n",
    );
    for row in &rows {
        page.push_str(&field_line(row));
    }
    page.push_str(
        "\nWithout `--config` four fields start from other values, as upstream keeps them for old command lines: \
         `authentication.anonymous.enabled` true, `authentication.webhook.enabled` false, `authorization.mode` \
         `AlwaysAllow`, `readOnlyPort` 10255. With `--config` an unset `evictionHard` is `",
    );
    let evictions: Vec<String> =
        crate::EVICTION_HARD.iter().map(|(signal, value)| format!("{signal}<{value}")).collect();
    page.push_str(&format!("{}`.\n", evictions.join(",")));
    page.push_str(&flag_section());
    page.push_str(&gate_section());
    page
}

fn field_line(row: &FieldRow) -> String {
    let flags: Vec<String> = FLAGS
        .iter()
        .filter(|flag| matches!(flag.target, Target::Field(path) if path == row.path))
        .map(|flag| format!("`--{}`", flag.name))
        .collect();
    let default = match row.field.default {
        "" => String::new(),
        default => format!("`{}`", default.trim_matches('"')),
    };
    format!(
        "| `{}` | {} | {default} | {} | {} | {} | {} |\n",
        row.path,
        shape(row.field.kind()),
        row.field.effect.label(),
        row.field.uptake.label(),
        flags.join(" "),
        cell(row.field.help),
    )
}

fn flag_section() -> String {
    let only: Vec<&Flag> = FLAGS.iter().filter(|flag| !matches!(flag.target, Target::Field(_))).collect();
    let mut text = format!(
        "\n## Flags\n\n{} flags in all. Those that set a field are named in its row; most of them are deprecated in favour of the \
         file and print upstream's warning. These set no field:\n\n| flag | type | default | state | meaning |\n|---|---|---|---|---|\n",
        FLAGS.len()
    );
    for flag in only {
        let default = match flag.default {
            "" => String::new(),
            default => format!("`{default}`"),
        };
        let deprecated = if flag.deprecated.is_some() { " Deprecated." } else { "" };
        text.push_str(&format!(
            "| `--{}` | {} | {default} | {} | {}{deprecated} |\n",
            flag.name,
            flag.kind.type_name(),
            flag.effect().label(),
            cell(flag.help()),
        ));
    }
    text
}

fn gate_section() -> String {
    let mut text = format!(
        "\n## Feature gates\n\nAll {} gates that upstream's kubelet knows are known, with stage and lock. An unknown gate, or a locked \
         one set against its lock, is an error. These change what this kubelet does; any other that is set off its default \
         is a warning:\n\n| gate | stage | default |\n|---|---|---|\n",
        gates::known().len()
    );
    for name in gates::WITH_EFFECT {
        if let Some(gate) = gates::find(name) {
            let current = gate.current();
            text.push_str(&format!("| `{name}` | {} | {} |\n", current.stage.label(), current.default));
        }
    }
    text
}

fn shape(kind: Kind) -> String {
    match kind {
        Kind::Bool => "boolean".to_owned(),
        Kind::Integer { .. } => "whole number".to_owned(),
        Kind::Float => "number".to_owned(),
        Kind::String => "text".to_owned(),
        Kind::Duration | Kind::DurationOrNanoseconds => "duration".to_owned(),
        Kind::Quantity => "quantity".to_owned(),
        Kind::Time => "time".to_owned(),
        Kind::List(item) => format!("list of {}", shape(*item)),
        Kind::Map(item) => format!("map to {}", shape(*item)),
        Kind::Object(_) => "object".to_owned(),
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
