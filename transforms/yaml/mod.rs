//! YAML and JSON without loss: documents, trees with byte spans, edits in meaning, and their proof.

mod apply;
mod block;
mod budget;
mod builder;
mod copy;
mod edit;
mod emit;
mod fill;
mod flow;
mod granit;
mod guard;
mod habits;
mod loose;
mod node;
mod page;
mod plain;
mod plan;
mod prove;
mod read;
mod render;
mod scalar;
mod scan;
mod split;
mod tree;
mod value;

pub use apply::apply;
pub use edit::{Edit, Item, Path, Place, Refusal, Splice, Step, splice};
pub use emit::{block, json};
pub use habits::Sequences;
pub use node::Node;
pub use prove::{Unproven, prove};
pub use read::{ReadError, is_json, value, values};
pub use render::render;
pub use split::documents;
pub use tree::{Dialect, Kind, ParseError, Style, Tree};
pub use value::{Scalar, Value};
