//! YAML and JSON without loss: documents, trees with byte spans, edits in meaning, and their proof.

mod builder;
mod granit;
mod split;
mod tree;

pub use split::documents;
pub use tree::{Kind, Node, ParseError, Style, Tree};
