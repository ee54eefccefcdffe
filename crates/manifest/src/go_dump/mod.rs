//! A pod as Go's debugger-like dump writes it (`dump.ForHash` of `k8s.io/utils`), which is what upstream hashes to make
//! the UID of a static pod. With it, either kubelet knows the other's static pods as its own.
//!
//! The one thing that cannot be had is a moment: Go also dumps the time zone as the process has loaded it. A manifest that
//! sets a timestamp gets another UID here, though a stable one.

mod pod;

use std::fmt::{Result, Write};

use k8s_openapi::jiff::Timestamp;
use serde_json::{Map, Value};
use types::quantity::{GoNumber, GoQuantity};

/// A Go struct.
struct Struct {
    /// Its fields in memory order.
    fields: &'static [Field],
}

/// A field of a Go struct.
struct Field {
    /// Go's name.
    name: &'static str,
    /// Go's type.
    type_name: &'static str,
    /// Name in JSON.
    json: &'static str,
    /// How the value is written.
    shape: Shape,
}

/// How a value is written.
enum Shape {
    Text,
    Flag,
    Number,
    Quantity,
    Port,
    Time,
    Raw,
    Struct(&'static Struct),
    /// A struct whose fields stand in the object around it.
    Embedded(&'static Struct),
    Pointer(&'static Shape),
    List(&'static Shape),
    Map(&'static Shape),
}

/// Seconds from the beginning of year 1, from which Go counts, to 1970.
const SECONDS_TO_1970: i64 = 62_135_596_800;

/// Writes a defaulted pod, whose amounts are still as the manifest has them.
pub(crate) fn write(pod: &Value, output: &mut impl Write) -> Result {
    output.write_str("(*core.Pod)")?;
    structure(&pod::POD, pod.as_object(), output)
}

fn structure(layout: &Struct, fields: Option<&Map<String, Value>>, output: &mut impl Write) -> Result {
    output.write_char('{')?;
    for (index, field) in layout.fields.iter().enumerate() {
        if index > 0 {
            output.write_char(' ')?;
        }
        write!(output, "{}:({})", field.name, field.type_name)?;
        if let Shape::Embedded(inner) = &field.shape {
            structure(inner, fields, output)?;
        } else {
            let given = fields.and_then(|fields| fields.get(field.json)).filter(|value| !value.is_null());
            value(&field.shape, given, is_resource_list(field), output)?;
        }
    }
    output.write_char('}')
}

/// Amounts in a list of resources have been rounded by defaulting; others have not.
fn is_resource_list(field: &Field) -> bool {
    field.type_name == "core.ResourceList"
}

fn value(shape: &Shape, given: Option<&Value>, rounded: bool, output: &mut impl Write) -> Result {
    match shape {
        Shape::Text => output.write_str(given.and_then(Value::as_str).unwrap_or_default()),
        Shape::Flag => write!(output, "{}", given.and_then(Value::as_bool).unwrap_or_default()),
        Shape::Number => write!(output, "{}", given.and_then(Value::as_i64).unwrap_or_default()),
        Shape::Quantity => quantity(given.and_then(Value::as_str), rounded, output),
        Shape::Port => port(given, output),
        Shape::Time => time(given.and_then(Value::as_str), output),
        Shape::Raw => raw(given, output),
        Shape::Struct(inner) | Shape::Embedded(inner) => {
            structure(inner, given.and_then(Value::as_object), output)
        }
        Shape::Pointer(inner) => match given {
            Some(_) => value(inner, given, rounded, output),
            None => output.write_str("<nil>"),
        },
        Shape::List(element) => {
            let Some(elements) = given.and_then(Value::as_array) else { return output.write_str("<nil>") };
            output.write_char('[')?;
            for (index, given) in elements.iter().enumerate() {
                if index > 0 {
                    output.write_char(' ')?;
                }
                value(element, Some(given), rounded, output)?;
            }
            output.write_char(']')
        }
        Shape::Map(element) => {
            let Some(entries) = given.and_then(Value::as_object) else { return output.write_str("<nil>") };
            output.write_str("map[")?;
            // Both serde_json's map and Go's dump go by the bytes of the key.
            for (index, (key, given)) in entries.iter().enumerate() {
                if index > 0 {
                    output.write_char(' ')?;
                }
                write!(output, "{key}:")?;
                value(element, Some(given), rounded, output)?;
            }
            output.write_char(']')
        }
    }
}

fn quantity(text: Option<&str>, rounded: bool, output: &mut impl Write) -> Result {
    let parsed = text.and_then(|text| GoQuantity::parse(text).ok());
    let Some(mut quantity) = parsed else {
        return output.write_str(
            "{i:(resource.int64Amount){value:(int64)0 scale:(resource.Scale)0} d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string) Format:(resource.Format)}",
        );
    };
    if rounded {
        quantity.round_up_to_milli();
    }
    let (value, scale) = match quantity.number {
        GoNumber::Short { value, scale } => (value, scale),
        GoNumber::Long { .. } => (0, 0),
    };
    write!(output, "{{i:(resource.int64Amount){{value:(int64){value} scale:(resource.Scale){scale}}} ")?;
    output.write_str("d:(resource.infDecAmount){Dec:(*inf.Dec)")?;
    match quantity.number {
        GoNumber::Short { .. } => output.write_str("<nil>")?,
        GoNumber::Long { unscaled, scale } => {
            let size = unscaled.unsigned_abs();
            let (low, high) = (size as u64, (size >> 64) as u64);
            let words = match (low, high) {
                (0, 0) => "<nil>".to_owned(),
                (low, 0) => format!("[{low}]"),
                (low, high) => format!("[{low} {high}]"),
            };
            let negative = unscaled < 0;
            write!(output, "{{unscaled:(big.Int){{neg:(bool){negative} abs:(big.nat){words}}} ")?;
            write!(output, "scale:(inf.Scale){scale}}}")?;
        }
    }
    write!(output, "}} s:(string){} Format:(resource.Format){}}}", quantity.text, quantity.format_name())
}

fn port(given: Option<&Value>, output: &mut impl Write) -> Result {
    let (kind, number, name) = match given {
        Some(Value::String(name)) => (1, 0, name.as_str()),
        Some(number) => (0, number.as_i64().unwrap_or_default(), ""),
        None => (0, 0, ""),
    };
    write!(output, "{{Type:(intstr.Type){kind} IntVal:(int32){number} StrVal:(string){name}}}")
}

fn time(text: Option<&str>, output: &mut impl Write) -> Result {
    let moment = text.and_then(|text| text.parse::<Timestamp>().ok());
    let (nanoseconds, seconds, zone) = match moment {
        Some(moment) => {
            (moment.subsec_nanosecond(), moment.as_second() + SECONDS_TO_1970, "{name:(string)UTC}")
        }
        None => (0, 0, "<nil>"),
    };
    write!(
        output,
        "{{Time:(time.Time){{wall:(uint64){nanoseconds} ext:(int64){seconds} loc:(*time.Location){zone}}}}}"
    )
}

fn raw(given: Option<&Value>, output: &mut impl Write) -> Result {
    let bytes = given.map(Value::to_string).unwrap_or_default();
    let bytes: Vec<String> = bytes.bytes().map(|byte| byte.to_string()).collect();
    write!(output, "{{Raw:([]uint8)[{}]}}", bytes.join(" "))
}
