//! A node as the JSON that kubectl sends.

use serde_json::{Number, Value};

use super::key::{entries, key_text};
use super::scalar::Scalar;
use crate::yaml::{Kind, Node};

/// Returns the JSON of a node, its aliases followed; a tree bounds what they stand for.
pub(crate) fn json(node: Node<'_>) -> Value {
    let node = node.resolved();
    match node.kind() {
        Kind::Mapping => {
            let fields = entries(node).into_iter();
            Value::Object(
                fields
                    .map(|(key, item)| (key_text(key).into_owned(), json(item)))
                    .collect(),
            )
        }
        Kind::Sequence => Value::Array(node.items().map(json).collect()),
        Kind::Scalar | Kind::Alias => scalar(node),
    }
}

fn scalar(node: Node<'_>) -> Value {
    match Scalar::of(node) {
        Some(Scalar::Text(text)) => Value::from(text),
        Some(Scalar::Bool(value)) => Value::from(value),
        Some(Scalar::Integer(value)) => Number::from_i128(value).map_or(Value::Null, Value::Number),
        Some(Scalar::Float(value)) => Number::from_f64(value).map_or(Value::Null, Value::Number),
        Some(Scalar::Null) | None => Value::Null,
    }
}
