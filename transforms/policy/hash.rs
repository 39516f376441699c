//! The hash that tells whether a person edited an overlay: over what it means, not over how it is written.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Returns the first 16 hex digits of the sha256 of a `spec` as JSON with sorted keys and no blanks.
pub fn spec_hash(spec: &Value) -> String {
    hex(canonical(spec).as_bytes(), 16)
}

/// Returns the first `digits` hex digits of the sha256 of `bytes`, at most 64.
pub fn hex(bytes: &[u8], digits: usize) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.truncate(digits);
    text
}

fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<_, _> = fields.iter().collect();
            let fields = sorted.into_iter().map(|(key, value)| {
                let key = Value::from(key.as_str());
                format!("{key}:{}", canonical(value))
            });
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_keys_does_not_count_and_the_order_of_items_does() {
        let one = json!({"b": [1, 2], "a": {"y": true, "x": null}});
        assert_eq!(canonical(&one), r#"{"a":{"x":null,"y":true},"b":[1,2]}"#);
        assert_eq!(
            spec_hash(&one),
            spec_hash(&json!({"a": {"x": null, "y": true}, "b": [1, 2]}))
        );
        assert_ne!(
            spec_hash(&one),
            spec_hash(&json!({"a": {"x": null, "y": true}, "b": [2, 1]}))
        );
    }
}
