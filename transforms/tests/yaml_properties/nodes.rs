//! What a tree's nodes mean and where they lie, as the second reader and the text have it.

use ciliate_transforms::yaml::{Kind, Node, Scalar, Value};

/// Returns what a node of the tree means, none where an alias stands in it.
pub(crate) fn meaning(node: Node<'_>) -> Option<Value> {
    match node.kind() {
        Kind::Alias => None,
        Kind::Scalar => {
            let tag = node.tag().map(str::to_owned);
            Some(Value::Scalar(Scalar {
                text: node.str()?.to_owned(),
                plain: node.is_plain(),
                tag,
            }))
        }
        Kind::Sequence => Some(Value::Seq(node.items().map(meaning).collect::<Option<_>>()?)),
        Kind::Mapping => {
            let pairs = node.pairs().map(|(key, value)| Some((meaning(key)?, meaning(value)?)));
            Some(Value::Map(pairs.collect::<Option<_>>()?))
        }
    }
}

/// Tells whether every node lies inside its parent and behind the nodes before it.
pub(crate) fn nests(node: Node<'_>) -> bool {
    let mut cursor = node.outer().start;
    let mut inside = |child: Node<'_>| {
        let ordered = cursor <= child.outer().start && child.outer().start <= child.span().start;
        cursor = child.span().end;
        ordered && child.span().end <= node.span().end && nests(child)
    };
    match node.kind() {
        Kind::Scalar | Kind::Alias => true,
        Kind::Sequence => node.items().all(inside),
        Kind::Mapping => node.pairs().all(|(key, value)| inside(key) && inside(value)),
    }
}
