//! A pod as Go's debugger-like dump writes it (`dump.ForHash` of `k8s.io/utils`), which is what upstream hashes to make
//! the UID of a static pod. With it, either kubelet knows the other's static pods as its own.
//!
//! Go also dumps the time zone of a moment, as the process has loaded it from `/etc/localtime`. Here it is always UTC, as on
//! nearly every server; on a node with another one, a manifest that sets a timestamp has another UID than upstream's.

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

/// The zone UTC as Go has it in memory after reading `/etc/localtime`.
const LOCAL_UTC: &str = "{name:(string)Local zone:([]time.zone)[{name:(string)UTC offset:(int)0 isDST:(bool)false}] \
     tx:([]time.zoneTrans)[{when:(int64)-9223372036854775808 index:(uint8)0 isstd:(bool)false isutc:(bool)false}] \
     extend:(string)UTC0 cacheStart:(int64)-9223372036854775808 cacheEnd:(int64)9223372036854775807 \
     cacheZone:(*time.zone){name:(string)UTC offset:(int)0 isDST:(bool)false}}";
/// Seconds from the beginning of year 1, from which Go counts, to 1970.
const SECONDS_TO_1970: i64 = 62_135_596_800;

/// Writes a defaulted pod, whose amounts are still as the manifest has them.
pub(crate) fn write(pod: &Value, output: &mut impl Write) -> Result {
    output.write_str("(*core.Pod)")?;
    let mut dump = Dump { output, depth: 0, zone_depth: None };
    dump.structure(&pod::POD, pod.as_object())
}

struct Dump<'a, W> {
    output: &'a mut W,
    /// How many structs, lists and maps lie around the value being written.
    depth: u32,
    /// How deep the time zone was last written, while Go would still know that it was: all moments share one.
    zone_depth: Option<u32>,
}

impl<W: Write> Dump<'_, W> {
    fn structure(&mut self, layout: &Struct, fields: Option<&Map<String, Value>>) -> Result {
        self.depth += 1;
        self.output.write_char('{')?;
        for (index, field) in layout.fields.iter().enumerate() {
            if index > 0 {
                self.output.write_char(' ')?;
            }
            write!(self.output, "{}:({})", field.name, field.type_name)?;
            if let Shape::Embedded(inner) = &field.shape {
                self.structure(inner, fields)?;
            } else {
                let given = fields.and_then(|fields| fields.get(field.json)).filter(|value| !value.is_null());
                // Amounts in a list of resources have been rounded by defaulting; others have not.
                self.value(&field.shape, given, field.type_name == "core.ResourceList")?;
            }
        }
        self.depth -= 1;
        self.output.write_char('}')
    }

    fn value(&mut self, shape: &Shape, given: Option<&Value>, rounded: bool) -> Result {
        match shape {
            Shape::Text => self.output.write_str(given.and_then(Value::as_str).unwrap_or_default()),
            Shape::Flag => write!(self.output, "{}", given.and_then(Value::as_bool).unwrap_or_default()),
            Shape::Number => write!(self.output, "{}", given.and_then(Value::as_i64).unwrap_or_default()),
            Shape::Quantity => self.quantity(given.and_then(Value::as_str), rounded),
            Shape::Port => self.port(given),
            Shape::Time => self.time(given.and_then(Value::as_str)),
            Shape::Raw => self.raw(given),
            Shape::Struct(inner) | Shape::Embedded(inner) => {
                self.structure(inner, given.and_then(Value::as_object))
            }
            Shape::Pointer(inner) => {
                self.forget_zone_from(self.depth);
                match given {
                    Some(_) => self.value(inner, given, rounded),
                    None => self.output.write_str("<nil>"),
                }
            }
            Shape::List(element) => {
                let Some(elements) = given.and_then(Value::as_array) else {
                    return self.output.write_str("<nil>");
                };
                let elements = elements.iter().map(|given| (None, given));
                self.elements(["[", "]"], elements, element, rounded)
            }
            Shape::Map(element) => {
                let Some(entries) = given.and_then(Value::as_object) else {
                    return self.output.write_str("<nil>");
                };
                // Both serde_json's map and Go's dump go by the bytes of the key.
                let entries = entries.iter().map(|(key, given)| (Some(key.as_str()), given));
                self.elements(["map[", "]"], entries, element, rounded)
            }
        }
    }

    fn elements<'v>(
        &mut self,
        [open, close]: [&str; 2],
        elements: impl Iterator<Item = (Option<&'v str>, &'v Value)>,
        shape: &Shape,
        rounded: bool,
    ) -> Result {
        self.depth += 1;
        self.output.write_str(open)?;
        for (index, (key, given)) in elements.enumerate() {
            if index > 0 {
                self.output.write_char(' ')?;
            }
            if let Some(key) = key {
                write!(self.output, "{key}:")?;
            }
            self.value(shape, Some(given), rounded)?;
        }
        self.depth -= 1;
        self.output.write_str(close)
    }

    /// Go forgets which pointers it has followed as soon as it meets one no deeper than they were.
    fn forget_zone_from(&mut self, depth: u32) {
        self.zone_depth = self.zone_depth.filter(|zone_depth| *zone_depth < depth);
    }

    fn quantity(&mut self, text: Option<&str>, rounded: bool) -> Result {
        self.forget_zone_from(self.depth + 2);
        let parsed = text.and_then(|text| GoQuantity::parse(text).ok());
        let Some(mut quantity) = parsed else {
            return self.output.write_str(
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
        write!(
            self.output,
            "{{i:(resource.int64Amount){{value:(int64){value} scale:(resource.Scale){scale}}} "
        )?;
        self.output.write_str("d:(resource.infDecAmount){Dec:(*inf.Dec)")?;
        match quantity.number {
            GoNumber::Short { .. } => self.output.write_str("<nil>")?,
            GoNumber::Long { unscaled, scale } => {
                let size = unscaled.unsigned_abs();
                let words = match (size as u64, (size >> 64) as u64) {
                    (0, 0) => "<nil>".to_owned(),
                    (low, 0) => format!("[{low}]"),
                    (low, high) => format!("[{low} {high}]"),
                };
                let negative = unscaled < 0;
                write!(self.output, "{{unscaled:(big.Int){{neg:(bool){negative} abs:(big.nat){words}}} ")?;
                write!(self.output, "scale:(inf.Scale){scale}}}")?;
            }
        }
        write!(
            self.output,
            "}} s:(string){} Format:(resource.Format){}}}",
            quantity.text,
            quantity.format_name()
        )
    }

    fn port(&mut self, given: Option<&Value>) -> Result {
        let (kind, number, name) = match given {
            Some(Value::String(name)) => (1, 0, name.as_str()),
            Some(number) => (0, number.as_i64().unwrap_or_default(), ""),
            None => (0, 0, ""),
        };
        write!(self.output, "{{Type:(intstr.Type){kind} IntVal:(int32){number} StrVal:(string){name}}}")
    }

    fn time(&mut self, text: Option<&str>) -> Result {
        let depth = self.depth + 2;
        self.forget_zone_from(depth);
        let moment = text.and_then(|text| text.parse::<Timestamp>().ok());
        let (nanoseconds, seconds, zone) = match moment {
            Some(moment) => {
                let zone = if self.zone_depth.is_some() { "<shown>" } else { LOCAL_UTC };
                self.zone_depth.get_or_insert(depth);
                (moment.subsec_nanosecond(), moment.as_second() + SECONDS_TO_1970, zone)
            }
            None => (0, 0, "<nil>"),
        };
        write!(self.output, "{{Time:(time.Time){{wall:(uint64){nanoseconds} ext:(int64){seconds} ")?;
        write!(self.output, "loc:(*time.Location){zone}}}}}")
    }

    fn raw(&mut self, given: Option<&Value>) -> Result {
        let bytes = given.map(Value::to_string).unwrap_or_default();
        let bytes: Vec<String> = bytes.bytes().map(|byte| byte.to_string()).collect();
        write!(self.output, "{{Raw:([]uint8)[{}]}}", bytes.join(" "))
    }
}
