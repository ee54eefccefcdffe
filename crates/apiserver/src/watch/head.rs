//! What stands at the beginning of a line of a watch, read without the rest: the type of the event, and the resource version.

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// The beginning of a line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// `ADDED`, `BOOKMARK`, …; empty when the line names none.
    pub(super) kind: String,
    /// Empty when the object has none.
    pub(super) version: String,
}

impl Head {
    /// Reads no further than it has to. What is wrong further on is for whoever reads that.
    pub(super) fn read(line: &[u8]) -> Result<Self, serde_json::Error> {
        let mut head = Self::default();
        let outcome = Part::Line(&mut head).deserialize(&mut serde_json::Deserializer::from_slice(line));
        match outcome {
            Err(_) if head.is_complete() => Ok(head),
            Err(error) => Err(error),
            Ok(()) => Ok(head),
        }
    }

    fn is_complete(&self) -> bool {
        !self.kind.is_empty() && !self.version.is_empty()
    }
}

/// A map on the way to what is wanted.
enum Part<'head> {
    Line(&'head mut Head),
    Object(&'head mut Head),
    Metadata(&'head mut Head),
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match (&mut self, &*key) {
                (Self::Line(head), "type") => head.kind = map.next_value()?,
                (Self::Line(head), "object") => map.next_value_seed(Part::Object(head))?,
                (Self::Object(head), "metadata") => map.next_value_seed(Part::Metadata(head))?,
                (Self::Metadata(head), "resourceVersion") => head.version = map.next_value()?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
            let (Self::Line(head) | Self::Object(head) | Self::Metadata(head)) = &self;
            if head.is_complete() {
                // There is no other way to leave the rest alone.
                return Err(A::Error::custom("enough was read"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_further_than_it_has_to() {
        for (line, expected) in [
            (
                r#"{"type":"ADDED","object":{"kind":"Pod","metadata":{"resourceVersion":"7","name""#,
                Some(("ADDED", "7")),
            ),
            (
                r#"{"type":"ADDED","object":{"spec":{"a":[1]},"metadata":{"uid":"u","resourceVersion":"7"}}}"#,
                Some(("ADDED", "7")),
            ),
            (
                r#"{"object":{"metadata":{"resourceVersion":"7","labels":{"a":"b"}}},"type":"DELETED"}"#,
                Some(("DELETED", "7")),
            ),
            (r#"{"type":"ERROR","object":{"metadata":{},"code":410}}"#, Some(("ERROR", ""))),
            (r#"{"type":"ADDED","object":{"#, None),
            (r#"{"type":7}"#, None),
            ("[]", None),
        ] {
            let head = Head::read(line.as_bytes()).ok();
            let expected =
                expected.map(|(kind, version)| Head { kind: kind.to_owned(), version: version.to_owned() });
            assert_eq!(head, expected, "{line}");
        }
    }
}
