//! The second reader, independent of the tree: values by `yaml-rust2` and `serde_json`, for proofs only.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use yaml_rust2::parser::{Event, Parser, Tag};
use yaml_rust2::scanner::TScalarStyle;

use super::loose::without_mark;
use super::scan::length;
use super::split::documents;
use super::value::{Scalar, Value};
use crate::source::Span;

/// How deep a value may nest, so that walking it needs no more stack than that.
const DEPTH: usize = 300;

/// Why the second reader does not read a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is not YAML to `yaml-rust2`.
    #[error("{0}")]
    Syntax(String),
    /// It nests too deep.
    #[error("it nests deeper than {DEPTH} levels")]
    TooDeep,
}

/// Returns the value of each document of `text`, null for an empty one.
///
/// # Errors
/// [`ReadError`] for the first document that cannot be read.
pub fn values(text: &str) -> Result<Vec<Value>, ReadError> {
    documents(text)
        .into_iter()
        .map(|span| value(span.slice(text)))
        .collect()
}

/// Returns the value of one document: JSON by `serde_json`, everything else by `yaml-rust2`.
///
/// # Errors
/// [`ReadError`] where the document cannot be read.
pub fn value(document: &str) -> Result<Value, ReadError> {
    json_value(document).map_or_else(|| yaml_value(document), Ok)
}

/// Tells whether `document` is JSON: an object or an array, to the letter of the standard.
pub fn is_json(document: &str) -> bool {
    opens_like_json(document) && serde_json::from_str::<serde::de::IgnoredAny>(document).is_ok()
}

fn json_value(document: &str) -> Option<Value> {
    let json = opens_like_json(document).then(|| serde_json::from_str::<Json>(document).ok())??;
    Some(json.0)
}

fn opens_like_json(document: &str) -> bool {
    document
        .trim_start_matches([' ', '\t', '\r', '\n'])
        .starts_with(['{', '['])
}

fn yaml_value(document: &str) -> Result<Value, ReadError> {
    // Behind its last line `yaml-rust2` takes a block scalar without content for one with a line break; a comment there
    // changes nothing for any reader.
    let end = if document.ends_with(['\n', '\r']) { "#" } else { "" };
    yaml_value_behind(document, end)
}

/// Reads a document with an end of ours behind it.
fn yaml_value_behind(document: &str, end: &str) -> Result<Value, ReadError> {
    let document = without_mark(document, Span::new(0, length(document)));
    let mut parser = Parser::new(document.trim_start_matches('\u{feff}').chars().chain(end.chars()));
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    loop {
        let (event, _) = parser
            .next_token()
            .map_err(|error| ReadError::Syntax(error.to_string()))?;
        let done = match event {
            Event::StreamEnd => return Ok(root.unwrap_or_else(|| Value::plain(""))),
            Event::DocumentStart if root.is_some() => return Err(ReadError::Syntax("a second document".to_owned())),
            Event::DocumentStart | Event::DocumentEnd | Event::StreamStart | Event::Nothing => None,
            Event::SequenceStart(_, tag) => {
                open.push(Open {
                    items: Vec::new(),
                    mapping: false,
                    tag,
                });
                None
            }
            Event::MappingStart(_, tag) => {
                open.push(Open {
                    items: Vec::new(),
                    mapping: true,
                    tag,
                });
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(Open::value),
            Event::Alias(anchor) => Some(Value::Alias(anchor)),
            // A document that is a block scalar holds also what would be a comment elsewhere.
            Event::Scalar(_, TScalarStyle::Literal | TScalarStyle::Folded, ..)
                if open.is_empty() && !end.is_empty() =>
            {
                return yaml_value_behind(&document, "");
            }
            Event::Scalar(text, style, _, tag) => Some(Value::Scalar(Scalar {
                text,
                plain: style == TScalarStyle::Plain,
                tag: tag.map(name),
            })),
        };
        if open.len() > DEPTH {
            return Err(ReadError::TooDeep);
        }
        match (done, open.last_mut()) {
            (Some(value), Some(parent)) => parent.items.push(value),
            (Some(value), None) => root = Some(value),
            (None, _) => {}
        }
    }
}

/// A collection whose children still arrive.
struct Open {
    items: Vec<Value>,
    mapping: bool,
    tag: Option<Tag>,
}

impl Open {
    fn value(self) -> Value {
        let tag = self.tag.map(name);
        let value = if self.mapping {
            let mut pairs = Vec::with_capacity(self.items.len() / 2);
            let mut items = self.items.into_iter();
            while let (Some(key), Some(value)) = (items.next(), items.next()) {
                pairs.push((key, value));
            }
            Value::Map(pairs)
        } else {
            let mut items = self.items;
            items.shrink_to_fit();
            Value::Seq(items)
        };
        match tag {
            // A tagged collection is never edited; as a pair of tag and content it stays comparable.
            Some(tag) => Value::Map(vec![(
                Value::Scalar(Scalar {
                    text: String::new(),
                    plain: true,
                    tag: Some(tag),
                }),
                value,
            )]),
            None => value,
        }
    }
}

fn name(tag: Tag) -> String {
    tag.handle + &tag.suffix
}

/// A JSON value that keeps duplicate keys, which `serde_json::Value` drops.
struct Json(Value);

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor).map(Self)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::plain("null"))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::plain(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::plain(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::plain(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::plain(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Scalar(Scalar {
            text: value.to_owned(),
            plain: false,
            tag: None,
        }))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Json(item)) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::Seq(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some((Json(key), Json(value))) = access.next_entry()? {
            pairs.push((key, value));
        }
        Ok(Value::Map(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_never_expanded_and_duplicates_stay() {
        let bomb = "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\nc: 1\n";
        let Value::Map(pairs) = value(bomb).unwrap() else {
            panic!("a mapping was written")
        };
        assert_eq!(pairs.len(), 4);
        assert_eq!(pairs[2].1, Value::seq([Value::Alias(2), Value::Alias(2)]));
        let Value::Map(pairs) = value("{\"a\": 1, \"a\": 2}").unwrap() else {
            panic!("an object was written")
        };
        assert_eq!(pairs.len(), 2);
    }

    #[test]
    fn a_block_scalar_without_content_at_the_end_is_empty() {
        for (text, expected) in [
            ("a: |\n", ""),
            ("a: |\n\n", ""),
            ("a: >-\n", ""),
            ("a: |+\n", ""),
            ("a: |+\n\n", "\n"),
            ("a: |\n  \n", ""),
            ("a: |\n\r", ""),
            ("a: |\n  x\n", "x\n"),
            ("a: |+\n  x\n\n", "x\n\n"),
        ] {
            let read = value(text).unwrap();
            assert_eq!(read.get("a").and_then(Value::str), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn deep_nesting_is_an_error() {
        for text in ["- ".repeat(5000), "[".repeat(5000), "{\"a\":".repeat(5000)] {
            assert!(value(&text).is_err());
        }
    }

    #[test]
    fn json_is_what_the_standard_says() {
        for (text, expected) in [
            ("{\"a\": 1}\n", true),
            ("[]", true),
            ("{a: 1}", false),
            ("1", false),
            ("{} {}", false),
        ] {
            assert_eq!(is_json(text), expected, "{text}");
        }
    }

    #[test]
    fn a_document_that_is_a_block_scalar_has_nothing_of_ours_in_it() {
        for (text, expected) in [("|\na\n", "a\n"), (">\n a\n", "a\n"), ("--- |\na\n", "a\n")] {
            let read = value(text).unwrap();
            let Value::Scalar(scalar) = read else {
                panic!("{read:?}")
            };
            assert_eq!(scalar.text, expected, "{text:?}");
        }
    }

    #[test]
    fn each_document_has_a_value() {
        let read = values("a: 1\n---\n---\nb\n...\n# end\n").unwrap();
        assert_eq!(
            read,
            [
                Value::map([("a", Value::plain("1"))]),
                Value::plain(""),
                Value::string("b"),
                Value::plain("")
            ]
        );
    }
}
