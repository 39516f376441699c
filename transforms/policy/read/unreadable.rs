//! What parses as YAML, but kubectl's reader makes nothing of.

use std::iter;

use super::key::{entries, key_fault};
use super::scalar::Scalar;
use crate::source::Span;
use crate::yaml::{Kind, Node, Style, is_json};

/// Returns the first place where kubectl gives a document up, with the reason; none where it reads all of it.
///
/// Every value counts, also those of fields that nobody knows. Keys that are mappings or sequences are not looked at.
///
/// # Source
/// <https://github.com/yaml/go-yaml/blob/v2.4.3/decode.go>
pub(crate) fn unreadable(root: Node<'_>, text: &str) -> Option<(Span, String)> {
    let decoded = root.subtree().find_map(|node| yaml_fault(node, text));
    decoded.or_else(|| {
        // What another value takes the place of never becomes JSON, so it is worth a second look.
        root.subtree()
            .any(may_fail)
            .then(|| reached(root).find_map(json_fault))
            .flatten()
    })
}

/// Returns what its tag or style keeps from being decoded, wherever it stands.
fn yaml_fault(node: Node<'_>, text: &str) -> Option<(Span, String)> {
    match node.kind() {
        Kind::Scalar => {
            let fault = colon_fault(node).or_else(|| escape_fault(node, text));
            Some((node.span(), fault.or_else(|| Scalar::fault(node))?))
        }
        Kind::Mapping => node.pairs().find_map(|(key, value)| {
            let fails = key.is_merge_key() && !merges(value);
            fails.then(|| (key.span(), "`<<` takes a mapping or a list of mappings".to_owned()))
        }),
        Kind::Sequence | Kind::Alias => None,
    }
}

/// Tells whether a collection as it is written has what JSON does not have.
fn may_fail(node: Node<'_>) -> bool {
    let in_pair = |(key, value)| key_fault(key).is_some() || endless(value).is_some();
    node.pairs().any(in_pair) || node.items().any(|item| endless(item).is_some())
}

/// Returns the key or value of a collection that JSON does not have.
fn json_fault(node: Node<'_>) -> Option<(Span, String)> {
    match node.kind() {
        Kind::Mapping => entries(node).into_iter().find_map(|(key, value)| {
            let fault = key_fault(key).map(|fault| (key.span(), fault));
            fault.or_else(|| endless(value))
        }),
        Kind::Sequence => node.items().find_map(endless),
        Kind::Scalar | Kind::Alias => None,
    }
}

/// Returns the values that are left once mappings are merged and their last keys hold, aliases followed.
fn reached(root: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let mut waiting = vec![root];
    iter::from_fn(move || {
        let node = waiting.pop()?.resolved();
        waiting.extend(node.items());
        waiting.extend(entries(node).into_iter().map(|(_, value)| value));
        Some(node)
    })
}

/// JSON has no infinite numbers; as keys they are texts.
fn endless(value: Node<'_>) -> Option<(Span, String)> {
    let is_endless = matches!(Scalar::of(value)?, Scalar::Float(number) if !number.is_finite());
    is_endless.then(|| (value.span(), "JSON has no such number: put it in quotes".to_owned()))
}

/// In brackets a colon begins a value, whatever follows it.
fn colon_fault(node: Node<'_>) -> Option<String> {
    let in_brackets = node.style() == Style::Plain && node.parent().is_some_and(Node::is_flow);
    let text = node.str().filter(|text| in_brackets && text.starts_with(':'))?;
    Some(format!(
        "`{text}` begins with a colon: within brackets put it in quotes"
    ))
}

/// JSON's `\/` is no escape of YAML 1.1.
fn escape_fault(node: Node<'_>, text: &str) -> Option<String> {
    if node.style() != Style::DoubleQuoted {
        return None;
    }
    let mut bytes = node.span().slice(text).bytes();
    let mut escaped = iter::from_fn(|| bytes.find(|byte| *byte == b'\\').and_then(|_| bytes.next()));
    let is_json_only = escaped.any(|byte| byte == b'/') && !is_json(text);
    is_json_only.then(|| "kubectl reads no escape `\\/`: write `/`".to_owned())
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
            ("a: {~: web}\n", Some(("~", "null is no key"))),
            (
                "a: {18446744073709551615: web}\n",
                Some(("18446744073709551615", "18446744073709551615 is too large")),
            ),
            ("a: !!int 80.0\n", Some(("80.0", "`80.0` is no `!!int`"))),
            ("a: {<<: ~}\n", Some(("<<", "`<<` takes a mapping"))),
            ("a: {<<: [{}, 5]}\n", Some(("<<", "`<<` takes a mapping"))),
            ("a: {b: {~: c}, <<: {b: d}}\n", None),
            ("a: [::/0]\n", Some(("::/0", "`::/0` begins with a colon"))),
            ("a: ['::/0']\n", None),
            ("a: \"b\\/c\"\n", Some(("\"b\\/c\"", "kubectl reads no escape"))),
            ("a: \"b\\\\/c\"\n", None),
            ("{\"a\": \"b\\/c\"}\n", None),
            ("a: {.inf: -.inf}\n", Some(("-.inf", "JSON has no such number"))),
            ("a: &x {b: c}\nd: {<<: [*x, {}], '~': e, on: f}\n", None),
        ] {
            let tree = Tree::parse(text, documents(text)[0]).unwrap();
            let found = unreadable(tree.root(text).unwrap(), text);
            assert_eq!(found.is_some(), expected.is_some(), "{text}");
            if let (Some((span, why)), Some((at, begins))) = (found, expected) {
                assert_eq!(span.slice(text), at);
                assert!(why.starts_with(begins), "{why}");
            }
        }
    }
}
