//! What parses as YAML, but kubectl's reader makes nothing of.

use super::key::key_fault;
use super::scalar::Scalar;
use crate::source::Span;
use crate::yaml::{Kind, Node, Style};

/// Returns the first place where kubectl gives a document up, with the reason; none where it reads all of it.
///
/// Every value counts, also those of fields that nobody knows. Keys that are mappings or sequences are not looked at.
///
/// # Source
/// <https://github.com/yaml/go-yaml/blob/v2.4.3/decode.go>
pub(crate) fn unreadable(root: Node<'_>) -> Option<(Span, String)> {
    root.subtree().find_map(|node| Some((node.span(), fault(node)?)))
}

fn fault(node: Node<'_>) -> Option<String> {
    match node.kind() {
        Kind::Scalar => colon_fault(node).or_else(|| Scalar::fault(node)),
        Kind::Mapping => node.pairs().find_map(|(key, value)| {
            if key.is_merge_key() {
                return (!merges(value)).then(|| "`<<` takes a mapping or a list of mappings".to_owned());
            }
            key_fault(key)
        }),
        Kind::Sequence | Kind::Alias => None,
    }
}

/// In brackets a colon begins a value, whatever follows it.
fn colon_fault(node: Node<'_>) -> Option<String> {
    let in_brackets = node.style() == Style::Plain && node.parent().is_some_and(Node::is_flow);
    let text = node.str().filter(|text| in_brackets && text.starts_with(':'))?;
    Some(format!(
        "`{text}` begins with a colon: within brackets put it in quotes"
    ))
}

fn merges(value: Node<'_>) -> bool {
    let value = value.resolved();
    match value.kind() {
        Kind::Mapping => true,
        Kind::Sequence => value.items().all(|item| item.resolved().kind() == Kind::Mapping),
        Kind::Scalar | Kind::Alias => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Tree, documents};

    #[test]
    fn what_kubectl_gives_up_at_is_told_with_its_place() {
        for (text, expected) in [
            ("a: {~: web}\n", Some(("{~: web}", "null is no key"))),
            (
                "a: {18446744073709551615: web}\n",
                Some(("{18446744073709551615: web}", "18446744073709551615 is too large")),
            ),
            ("a: !!int 80.0\n", Some(("80.0", "`80.0` is no `!!int`"))),
            ("a: {<<: ~}\n", Some(("{<<: ~}", "`<<` takes a mapping"))),
            ("a: {<<: [{}, 5]}\n", Some(("{<<: [{}, 5]}", "`<<` takes a mapping"))),
            ("a: [::/0]\n", Some(("::/0", "`::/0` begins with a colon"))),
            ("a: ['::/0']\n", None),
            ("a: ::/0\n", None),
            ("a: &x {b: c}\nd: {<<: [*x, {}], '~': e, on: f}\n", None),
        ] {
            let tree = Tree::parse(text, documents(text)[0]).unwrap();
            let found = unreadable(tree.root(text).unwrap());
            assert_eq!(found.is_some(), expected.is_some(), "{text}");
            if let (Some((span, why)), Some((at, begins))) = (found, expected) {
                assert_eq!(span.slice(text), at);
                assert!(why.starts_with(begins), "{why}");
            }
        }
    }
}
