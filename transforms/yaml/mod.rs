//! YAML and JSON without loss: documents, trees with byte spans, edits in meaning, and their proof.

mod builder;
mod emit;
mod granit;
mod plain;
mod read;
mod scan;
mod split;
mod tree;
mod value;

pub use emit::{block, json};
pub use read::{ReadError, is_json, value, values};
pub use split::documents;
pub use tree::{Kind, Node, ParseError, Style, Tree};
pub use value::{Scalar, Value};
