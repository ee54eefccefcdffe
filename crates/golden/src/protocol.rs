//! CRI messages as JSON, decoded by their description: field names as in the protocol, defaults left out.

use anyhow::{Context, bail};
use prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, MethodDescriptor, ReflectMessage, SerializeOptions, Value as Field,
};
use serde_json::Value;

const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/cri.bin"));
/// The five bytes before a gRPC message: compressed or not, and its length.
const FRAME_HEADER: usize = 5;

/// The description of all services of the CRI.
#[derive(Debug, Clone)]
pub struct Protocol {
    pool: DescriptorPool,
}

impl Protocol {
    /// Loads the description that this program was built with.
    pub fn load() -> Self {
        let pool =
            DescriptorPool::decode(DESCRIPTORS).expect("the build script wrote a complete descriptor set");
        Self { pool }
    }

    /// The request of the method at `path` (`/runtime.v1.RuntimeService/Version`) from its gRPC frame.
    ///
    /// # Errors
    /// When method, frame or message make no sense, or the message has fields that the description lacks.
    pub fn request(&self, path: &str, frame: &[u8]) -> anyhow::Result<Value> {
        decode(self.method(path)?.input(), frame)
    }

    /// The response of the method at `path` from its gRPC frame; null when there is none, as after an error.
    ///
    /// # Errors
    /// As for [`Protocol::request`].
    pub fn response(&self, path: &str, frame: &[u8]) -> anyhow::Result<Value> {
        if frame.is_empty() {
            return Ok(Value::Null);
        }
        decode(self.method(path)?.output(), frame)
    }

    /// The gRPC frame of a request for the method at `path`.
    ///
    /// # Errors
    /// When there is no such method, or the value is no request for it.
    pub fn frame(&self, path: &str, request: Value) -> anyhow::Result<Vec<u8>> {
        let message =
            DynamicMessage::deserialize(self.method(path)?.input(), request).context("no such request")?;
        let body = message.encode_to_vec();
        let length = u32::try_from(body.len()).context("the request is too long")?;
        Ok([&[0], length.to_be_bytes().as_slice(), &body].concat())
    }

    fn method(&self, path: &str) -> anyhow::Result<MethodDescriptor> {
        let (service, method) =
            path.trim_start_matches('/').split_once('/').context("the path has no method")?;
        self.pool
            .get_service_by_name(service)
            .and_then(|service| service.methods().find(|known| known.name() == method))
            .with_context(|| format!("{path} is no method of the CRI"))
    }
}

fn decode(kind: prost_reflect::MessageDescriptor, frame: &[u8]) -> anyhow::Result<Value> {
    let Some((header, body)) = frame.split_at_checked(FRAME_HEADER) else { bail!("the frame is cut off") };
    if header[0] != 0 {
        bail!("the message is compressed");
    }
    let message = DynamicMessage::decode(kind, body).context("the message cannot be decoded")?;
    if let Some(number) = unknown_field(&message) {
        bail!("field {number} of {} is not in our description", message.descriptor().full_name());
    }
    let options = SerializeOptions::new().use_proto_field_name(true).stringify_64_bit_integers(false);
    message.serialize_with_options(serde_json::value::Serializer, &options).context("the message is no JSON")
}

/// The number of a field, at any depth, that the description does not have.
fn unknown_field(message: &DynamicMessage) -> Option<u32> {
    message
        .unknown_fields()
        .map(|field| field.number())
        .next()
        .or_else(|| message.fields().find_map(|(_, value)| unknown_within(value)))
}

fn unknown_within(value: &Field) -> Option<u32> {
    match value {
        Field::Message(message) => unknown_field(message),
        Field::List(values) => values.iter().find_map(unknown_within),
        Field::Map(values) => values.values().find_map(unknown_within),
        Field::Bool(_)
        | Field::I32(_)
        | Field::I64(_)
        | Field::U32(_)
        | Field::U64(_)
        | Field::F32(_)
        | Field::F64(_)
        | Field::String(_)
        | Field::Bytes(_)
        | Field::EnumNumber(_) => None,
    }
}

#[cfg(test)]
mod tests;
