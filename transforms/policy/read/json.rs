//! A node as the JSON that kubectl sends.

use serde_json::{Map, Number, Value};

use super::reader::key_text;
use super::scalar::{Scalar, entries};
use crate::yaml::{Kind, Node};

/// How many values an object may grow to by its aliases, so that nested ones cannot blow up.
const LIMIT: usize = 100_000;

/// Returns the JSON of a node; `None` where its aliases make it too large.
pub(crate) fn json(node: Node<'_>) -> Option<Value> {
    let mut budget = LIMIT;
    value(node, &mut budget)
}

fn value(node: Node<'_>, budget: &mut usize) -> Option<Value> {
    *budget = budget.checked_sub(1)?;
    let node = node.resolved();
    match node.kind() {
        Kind::Mapping => {
            let mut fields = Map::new();
            for (key, item) in entries(node) {
                fields.insert(key_text(key).into_owned(), value(item, budget)?);
            }
            Some(Value::Object(fields))
        }
        Kind::Sequence => node
            .items()
            .map(|item| value(item, budget))
            .collect::<Option<_>>()
            .map(Value::Array),
        Kind::Scalar | Kind::Alias => Some(scalar(node)),
    }
}

fn scalar(node: Node<'_>) -> Value {
    match Scalar::of(node) {
        Some(Scalar::Text(text)) => Value::from(text),
        Some(Scalar::Bool(value)) => Value::from(value),
        Some(Scalar::Integer(value)) => Value::from(value),
        Some(Scalar::Fraction) => {
            let number = node.str().and_then(|text| text.replace('_', "").parse().ok());
            number.and_then(Number::from_f64).map_or(Value::Null, Value::Number)
        }
        Some(Scalar::Null) | None => Value::Null,
    }
}
