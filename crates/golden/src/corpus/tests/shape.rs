//! The fields of a type, found by deserializing it from a source that has every field: k8s-openapi tells serde the
//! names of a struct's fields, and asks for the value of each.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Shape {
    #[default]
    Value,
    Struct(String),
    List(Box<Shape>),
    Map(Box<Shape>),
}

/// The fields of each struct, by the struct's name.
pub(super) type Structs = BTreeMap<String, BTreeMap<String, Shape>>;

/// All structs that `T` is made of, and the name of `T` itself.
pub(super) fn of<T: serde::de::DeserializeOwned>() -> (String, Structs) {
    let structs = Rc::default();
    let found = Rc::default();
    let source = Everything { structs: Rc::clone(&structs), found: Rc::clone(&found) };
    T::deserialize(source).expect("a source with every field lacks none");
    let Shape::Struct(name) = found.take() else { panic!("the type is no struct") };
    let structs = structs.take();
    (name, structs)
}

/// A source with every field. Text is a time, which all text fields accept.
#[derive(Clone)]
struct Everything {
    structs: Rc<RefCell<Structs>>,
    found: Rc<RefCell<Shape>>,
}

impl Everything {
    fn below(&self) -> (Self, Rc<RefCell<Shape>>) {
        let found: Rc<RefCell<Shape>> = Rc::default();
        (Self { structs: Rc::clone(&self.structs), found: Rc::clone(&found) }, found)
    }
}

impl<'de> Deserializer<'de> for Everything {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str("2024-01-02T03:04:05.000000Z")
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(true)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i32(1)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i64(1)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let (element, shape) = self.below();
        let value = visitor.visit_seq(One(Some(element)))?;
        *self.found.borrow_mut() = Shape::List(Box::new(shape.take()));
        Ok(value)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let (element, shape) = self.below();
        let value = visitor.visit_map(Fields { names: ["key"].iter(), source: element })?;
        *self.found.borrow_mut() = Shape::Map(Box::new(shape.take()));
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        *self.found.borrow_mut() = Shape::Struct(name.to_owned());
        visitor.visit_map(Known { name, fields, next: 0, source: self })
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple tuple_struct
        enum identifier ignored_any
    }
}

/// A sequence of one.
struct One(Option<Everything>);

impl<'de> SeqAccess<'de> for One {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.0.take().map(|source| seed.deserialize(source)).transpose()
    }
}

/// A map of one key.
struct Fields {
    names: std::slice::Iter<'static, &'static str>,
    source: Everything,
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(name) = self.names.next() else { return Ok(None) };
        let key: StrDeserializer<'_, Error> = (*name).into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(self.source.clone())
    }
}

/// A struct with every field that it knows.
struct Known {
    name: &'static str,
    fields: &'static [&'static str],
    next: usize,
    source: Everything,
}

impl<'de> MapAccess<'de> for Known {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(name) = self.fields.get(self.next) else { return Ok(None) };
        let key: StrDeserializer<'_, Error> = (*name).into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let field = self.fields[self.next];
        self.next += 1;
        let (source, shape) = self.source.below();
        let value = match (self.name, field) {
            // k8s-openapi checks what a whole object calls itself.
            ("Pod", "apiVersion") => seed.deserialize(IntoDeserializer::<Error>::into_deserializer("v1"))?,
            ("Pod", "kind") => seed.deserialize(IntoDeserializer::<Error>::into_deserializer("Pod"))?,
            _ => seed.deserialize(source)?,
        };
        let mut structs = self.source.structs.borrow_mut();
        structs.entry(self.name.to_owned()).or_default().insert(field.to_owned(), shape.take());
        Ok(value)
    }
}
