//! The syntaxes of flag values, with pflag's and component-base's messages.

mod lists;
mod maps;
mod scalars;

use crate::Duration;
use serde_json::Value;

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
            Self::Bool => scalars::parse_bool(text).map(Value::Bool),
            Self::Int32 => scalars::parse_int(text, 32).map(Value::from),
            Self::Int64 => scalars::parse_int(text, 64).map(Value::from),
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
                let mut items = lists::list(previous);
                items.extend(lists::csv(text)?.into_iter().map(Value::String));
                Ok(Value::Array(items))
            }
            Self::Ip => scalars::ip(text),
            Self::Map => maps::pairs(text, '=', "string=string", previous),
            Self::ThresholdMap => maps::pairs(text, '<', "string<string", previous),
            Self::MapNoSplit => {
                let mut entries = maps::object(previous);
                let (key, value) = maps::pair(text, '=', "string=string")?;
                entries.insert(key, value.into());
                Ok(Value::Object(entries))
            }
            Self::Labels => Ok(maps::labels(text, previous)),
            Self::BoolMap => maps::bool_map(text, previous),
            Self::HeaderMap => maps::header_map(text, previous),
            Self::Taints => lists::taints(text),
            Self::ReservedMemory => lists::reserved_memory(text, previous),
            Self::Quantity => scalars::canonical(text).map(Value::String),
            Self::Level => scalars::parse_unsigned_31(text).map(Value::from),
            Self::Vmodule => lists::vmodule(text, previous),
            Self::Version => scalars::version(text),
        }
    }
}
