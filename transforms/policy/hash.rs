//! The hash by which an overlay tells whether a person edited it.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// How many hex digits of the sum a mark carries.
const DIGITS: usize = 16;

/// Returns the first 16 hex digits of the SHA-256 of `spec` as JSON with sorted keys and no blanks.
pub fn spec_hash(spec: &Value) -> String {
    let mut text = String::new();
    write_sorted(spec, &mut text);
    let mut hash = String::with_capacity(DIGITS);
    for byte in Sha256::digest(text.as_bytes()).iter().take(DIGITS / 2) {
        write!(hash, "{byte:02x}").expect("a String takes every write");
    }
    hash
}

fn write_sorted(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by_key(|(key, _)| *key);
            write_list(sorted, ('{', '}'), out, |(key, value), out| {
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write_sorted(value, out);
            });
        }
        Value::Array(items) => write_list(items, ('[', ']'), out, write_sorted),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => out.push_str(&value.to_string()),
    }
}

fn write_list<T>(
    items: impl IntoIterator<Item = T>,
    (open, close): (char, char),
    out: &mut String,
    write: impl Fn(T, &mut String),
) {
    out.push(open);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_keys_does_not_matter_and_the_order_of_items_does() {
        assert_eq!(
            spec_hash(&json!({"b": [1, {}], "a": "ü\""})),
            spec_hash(&json!({"a": "ü\"", "b": [1, {}]}))
        );
        assert_ne!(spec_hash(&json!([1, 2])), spec_hash(&json!([2, 1])));
    }

    #[test]
    fn the_hash_is_that_of_sorted_json_without_blanks() {
        // printf '{"a":{"c":2},"b":[1,"x"]}' | sha256sum
        assert_eq!(spec_hash(&json!({"b": [1, "x"], "a": {"c": 2}})), "89d31da2a63a9bca");
    }
}
