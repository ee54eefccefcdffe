//! The syntaxes of flag values, with pflag's and component-base's messages.

use crate::Duration;
use crate::text::quote;
use serde_json::{Map, Value, json};
use types::quantity::Quantity;

/// The release of Kubernetes whose kubelet this one follows.
const RELEASE: &str = "1.37.1";

/// How a flag's text becomes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagKind {
    /// `true`, `false`, `1`, `0`, `t`, `F`…
    Bool,
    /// A 32-bit number, also `0x1f`, `0b1`, `0o7`.
    Int32,
    /// A 64-bit number.
    Int64,
    /// `1m30s`.
    Duration,
    /// The same, from a library that has its own words for mistakes.
    LibraryDuration,
    /// Anything.
    String,
    /// Comma-separated values with CSV quoting; repeating the flag adds.
    StringSlice,
    /// An IP address; empty changes nothing.
    Ip,
    /// `key=value,…`; repeating the flag adds.
    Map,
    /// One `key=value` per flag.
    MapNoSplit,
    /// `key=value,…` where a key alone has an empty value.
    Labels,
    /// `Name=true,…`.
    BoolMap,
    /// `signal<threshold,…`.
    ThresholdMap,
    /// `Header:value,…`; a repeated header keeps all its values.
    HeaderMap,
    /// `key=value:Effect,…`.
    Taints,
    /// `node:type=quantity,…;…`.
    ReservedMemory,
    /// `10Mi`.
    Quantity,
    /// A verbosity.
    Level,
    /// `pattern=N,…`.
    Vmodule,
    /// `true`, `raw` or `vX.Y.Z`.
    Version,
}

impl FlagKind {
    /// The name of the type in upstream's help.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Duration | Self::LibraryDuration => "duration",
            Self::String => "string",
            Self::StringSlice => "stringSlice",
            Self::Ip => "ip",
            Self::Map | Self::MapNoSplit | Self::Labels | Self::ThresholdMap => "mapStringString",
            Self::BoolMap => "mapStringBool",
            Self::HeaderMap => "colonSeparatedMultimapStringString",
            Self::Taints => "[]v1.Taint",
            Self::ReservedMemory => "reserved-memory",
            Self::Quantity => "quantity",
            Self::Level => "Level",
            Self::Vmodule => "pattern=N,...",
            Self::Version => "version",
        }
    }

    /// The value after one more occurrence of the flag. `previous` is what earlier occurrences gave; null stands for
    /// "given, but changes nothing".
    ///
    /// # Errors
    /// Upstream's message about the text.
    pub(crate) fn parse(self, text: &str, previous: Option<&Value>) -> Result<Value, String> {
        match self {
            Self::Bool => parse_bool(text).map(Value::Bool),
            Self::Int32 => parse_int(text, 32).map(Value::from),
            Self::Int64 => parse_int(text, 64).map(Value::from),
            Self::Duration => text
                .parse::<Duration>()
                .map(|duration| duration.to_string().into())
                .map_err(|error| error.to_string()),
            Self::LibraryDuration => text
                .parse::<Duration>()
                .map(|duration| duration.to_string().into())
                .map_err(|_| "parse error".to_owned()),
            Self::String => Ok(text.into()),
            Self::StringSlice => {
                let mut items = list(previous);
                items.extend(csv(text)?.into_iter().map(Value::String));
                Ok(Value::Array(items))
            }
            Self::Ip => ip(text),
            Self::Map => pairs(text, '=', "string=string", previous),
            Self::ThresholdMap => pairs(text, '<', "string<string", previous),
            Self::MapNoSplit => {
                let mut entries = object(previous);
                let (key, value) = pair(text, '=', "string=string")?;
                entries.insert(key, value.into());
                Ok(Value::Object(entries))
            }
            Self::Labels => Ok(labels(text, previous)),
            Self::BoolMap => bool_map(text, previous),
            Self::HeaderMap => header_map(text, previous),
            Self::Taints => taints(text),
            Self::ReservedMemory => reserved_memory(text, previous),
            Self::Quantity => canonical(text).map(Value::String),
            Self::Level => parse_unsigned_31(text).map(Value::from),
            Self::Vmodule => vmodule(text, previous),
            Self::Version => version(text),
        }
    }
}

/// A quantity as upstream writes it back: `1024Mi` is `1Gi`.
fn canonical(text: &str) -> Result<String, String> {
    text.parse::<Quantity>().map(|quantity| quantity.to_string()).map_err(|error| error.to_string())
}

/// Go's `strconv.ParseBool`.
fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(format!("strconv.ParseBool: parsing {}: invalid syntax", quote(text))),
    }
}

/// Go's `strconv.ParseInt` with base 0.
fn parse_int(text: &str, bits: u32) -> Result<i64, String> {
    let failure = |what: &str| format!("strconv.ParseInt: parsing {}: {what}", quote(text));
    let (negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = prefixed(unsigned);
    let plain: String = digits.chars().filter(|digit| *digit != '_').collect();
    let valid = !plain.is_empty() && plain.chars().all(|digit| digit.is_digit(radix));
    if !valid || !underscores_separate_digits(digits, digits.len() < unsigned.len()) {
        return Err(failure("invalid syntax"));
    }
    let magnitude = i128::from_str_radix(&plain, radix).map_err(|_| failure("value out of range"))?;
    let value = if negative { -magnitude } else { magnitude };
    let limit = 1i128 << (bits - 1);
    if !(-limit..limit).contains(&value) {
        return Err(failure("value out of range"));
    }
    i64::try_from(value).map_err(|_| failure("value out of range"))
}

/// Go's rule: an underscore stands between two digits, or between the base prefix and one.
fn underscores_separate_digits(digits: &str, prefixed: bool) -> bool {
    !digits.ends_with('_') && !digits.contains("__") && (prefixed || !digits.starts_with('_'))
}

fn prefixed(text: &str) -> (u32, &str) {
    let lower = text.get(..2).map(str::to_ascii_lowercase);
    match lower.as_deref() {
        Some("0x") => (16, &text[2..]),
        Some("0o") => (8, &text[2..]),
        Some("0b") => (2, &text[2..]),
        Some(_) if text.starts_with('0') => (8, &text[1..]),
        _ => (10, text),
    }
}

/// Go's `strconv.ParseUint` with base 10 and 31 bits, as klog wants verbosities.
fn parse_unsigned_31(text: &str) -> Result<u32, String> {
    let failure = |what: &str| format!("strconv.ParseUint: parsing {}: {what}", quote(text));
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(failure("invalid syntax"));
    }
    text.parse::<u32>().ok().filter(|value| *value < 1 << 31).ok_or_else(|| failure("value out of range"))
}

fn list(previous: Option<&Value>) -> Vec<Value> {
    previous.and_then(Value::as_array).cloned().unwrap_or_default()
}

fn object(previous: Option<&Value>) -> Map<String, Value> {
    previous.and_then(Value::as_object).cloned().unwrap_or_default()
}

/// One record of Go's `encoding/csv`.
fn csv(text: &str) -> Result<Vec<String>, String> {
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Ok(Vec::new());
    }
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let column = |rest: &str| line.len() - rest.len() + 1;
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut field = String::new();
            let mut tail = quoted;
            loop {
                let Some(quote) = tail.find('"') else {
                    return Err(format!(
                        "parse error on line 1, column {}: extraneous or missing \" in quoted-field",
                        line.len() + 1
                    ));
                };
                field.push_str(&tail[..quote]);
                tail = &tail[quote + 1..];
                let Some(after) = tail.strip_prefix('"') else {
                    break;
                };
                field.push('"');
                tail = after;
            }
            fields.push(field);
            match tail.strip_prefix(',') {
                Some(after) => rest = after,
                None if tail.is_empty() => return Ok(fields),
                None => {
                    return Err(format!(
                        "parse error on line 1, column {}: extraneous or missing \" in quoted-field",
                        column(tail) - 1
                    ));
                }
            }
        } else {
            let (field, after) = match rest.split_once(',') {
                Some((field, after)) => (field, Some(after)),
                None => (rest, None),
            };
            if let Some(quote) = field.find('"') {
                return Err(format!(
                    "parse error on line 1, column {}: bare \" in non-quoted-field",
                    column(rest) + quote
                ));
            }
            fields.push(field.to_owned());
            match after {
                Some(after) => rest = after,
                None => return Ok(fields),
            }
        }
    }
}

fn ip(text: &str) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    match crate::address::parse_sloppy(text) {
        Some(_) => Ok(text.into()),
        None => Err(format!("{} is not a valid IP address", quote(text))),
    }
}

fn pair(text: &str, separator: char, expected: &str) -> Result<(String, String), String> {
    let (key, value) =
        text.split_once(separator).ok_or_else(|| format!("malformed pair, expect {expected}"))?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

fn pairs(text: &str, separator: char, expected: &str, previous: Option<&Value>) -> Result<Value, String> {
    let mut entries = object(previous);
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (key, value) = pair(part, separator, expected)?;
        entries.insert(key, value.into());
    }
    Ok(Value::Object(entries))
}

fn labels(text: &str, previous: Option<&Value>) -> Value {
    let mut entries = object(previous);
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        entries.insert(key.trim().to_owned(), value.trim().into());
    }
    Value::Object(entries)
}

fn bool_map(text: &str, previous: Option<&Value>) -> Result<Value, String> {
    let mut entries = object(previous);
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (key, value) = pair(part, '=', "string=bool")?;
        let switch =
            parse_bool(&value).map_err(|error| format!("invalid value of {key}: {value}, err: {error}"))?;
        entries.insert(key, switch.into());
    }
    Ok(Value::Object(entries))
}

fn header_map(text: &str, previous: Option<&Value>) -> Result<Value, String> {
    let mut entries = object(previous);
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (key, value) = pair(part, ':', "string:string")?;
        if let Value::Array(values) = entries.entry(key).or_insert_with(|| json!([])) {
            values.push(value.into());
        }
    }
    Ok(Value::Object(entries))
}

/// `pkg/util/taints.ParseTaints` for the forms that may add: `key`, `key=value`, each with `:Effect`. The last
/// occurrence of the flag replaces earlier ones.
fn taints(text: &str) -> Result<Value, String> {
    let mut taints: Vec<Value> = Vec::new();
    let mut seen: Vec<(String, String)> = Vec::new();
    for specification in text.split(',').filter(|_| !text.is_empty()) {
        if specification.ends_with('-') {
            // A removal, which upstream parses and then drops.
            crate::taints::parse_removal(specification)?;
            continue;
        }
        let (key, value, effect) = crate::taints::parse(specification)?;
        let identity = (key.clone(), effect.clone());
        if seen.contains(&identity) {
            return Err(format!(
                "duplicated taints with the same key and effect: {{{key} {value} {effect} <nil>}}"
            ));
        }
        seen.push(identity);
        taints.push(json!({"key": key, "value": value, "effect": effect}));
    }
    Ok(Value::Array(taints))
}

fn reserved_memory(text: &str, previous: Option<&Value>) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(previous.cloned().unwrap_or(Value::Null));
    }
    let mut reservations = list(previous);
    for reservation in text.split(';') {
        let format_error = || {
            format!(
                "the reserved memory has incorrect format, expected numaNodeID:type=quantity[,type=quantity...], got {reservation}"
            )
        };
        let (node, limits_text) = reservation.split_once(':').ok_or_else(format_error)?;
        if limits_text.contains(':') {
            return Err(format_error());
        }
        let node: i32 = node
            .parse()
            .map_err(|_| format!("failed to convert the NUMA node ID, expected integer, got {node}"))?;
        let mut limits = Map::new();
        for limit in limits_text.split(',') {
            let parts: Vec<&str> = limit.split('=').collect();
            let [resource, quantity] = parts[..] else {
                return Err(format!(
                    "the reserved limit has incorrect value, expected type=quantity, got {limit}"
                ));
            };
            if resource != "memory" && !resource.starts_with("hugepages-") {
                return Err(format!("memory type conversion error, unknown type: {}", quote(resource)));
            }
            let canonical =
                canonical(quantity).map_err(|_| format!("failed to parse the quantity: {quantity}"))?;
            limits.insert(resource.to_owned(), canonical.into());
        }
        reservations.push(json!({"numaNode": node, "limits": limits}));
    }
    Ok(Value::Array(reservations))
}

fn vmodule(text: &str, previous: Option<&Value>) -> Result<Value, String> {
    let mut rules = list(previous);
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let halves: Vec<&str> = part.split('=').collect();
        let (pattern, level) = match halves[..] {
            [pattern, level] if !pattern.is_empty() && !level.is_empty() => (pattern, level),
            _ => return Err(format!("{} does not have the pattern=N format", quote(part))),
        };
        let verbosity = parse_unsigned_31(level)
            .map_err(|error| format!("parsing verbosity in {}: {error}", quote(part)))?;
        rules.push(json!({"filePattern": pattern, "verbosity": verbosity}));
    }
    Ok(Value::Array(rules))
}

/// `raw`, a boolean, or a version to report: it must be of the release that is followed
/// (`k8s.io/component-base/version`, `validateDynamicVersion`).
fn version(text: &str) -> Result<Value, String> {
    if text == "raw" {
        return Ok("raw".into());
    }
    if !text.starts_with('v') {
        return parse_bool(text).map(|wanted| wanted.to_string().into());
    }
    let rest = &text[1..];
    let end =
        rest.find(|character: char| !(character.is_ascii_digit() || character == '.')).unwrap_or(rest.len());
    let (numbers, suffix) = rest.split_at(end);
    let parts: Vec<&str> = numbers.split('.').collect();
    if parts[0].is_empty() {
        return Err(format!("could not parse {} as version", quote(text)));
    }
    let illegal = |part: &&str| part.is_empty() || (part.len() > 1 && part.starts_with('0'));
    if parts.len() != 3 || parts.iter().any(illegal) {
        return Err(format!("illegal version string {}", quote(text)));
    }
    let marked = suffix.is_empty() || suffix.starts_with(['-', '+']);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-+.".contains(&byte);
    if !marked || suffix.len() == 1 || !suffix.bytes().all(allowed) {
        return Err(format!("could not parse pre-release/metadata ({suffix}) in version {}", quote(text)));
    }
    if numbers != RELEASE {
        return Err(format!(
            "version {} must match major/minor/patch of default version \"v{RELEASE}\"",
            quote(text)
        ));
    }
    Ok(text.into())
}
