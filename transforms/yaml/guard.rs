//! Refuses what cannot be edited exactly, wherever it stands on an edit's path.

use std::collections::BTreeSet;

use super::edit::{Path, Place, Refusal};
use super::node::Node;
use super::tree::{Kind, Style};

/// Refuses a node that cannot be changed, whatever the change.
pub(super) fn check(node: Node<'_>, path: &Path) -> Result<(), Refusal> {
    let place = place(path, node);
    if node.kind() == Kind::Alias {
        return Err(Refusal::Alias(place));
    }
    if node.is_referenced() {
        return Err(Refusal::SharedAnchor(place));
    }
    if node.tag().is_some() {
        return Err(Refusal::Tagged(place));
    }
    // A pair without braces in a flow sequence: not every reader takes a collection as its value.
    if node.style() == Style::Pair {
        return Err(Refusal::Inexact(place));
    }
    if node.pairs().any(|(key, _)| key.is_merge_key()) {
        return Err(Refusal::MergeKey(place));
    }
    let mut names = BTreeSet::new();
    for (key, _) in node.pairs() {
        match key.str() {
            Some(name) if key.kind() == Kind::Scalar && !key.span().is_empty() => {
                if !names.insert(name) {
                    return Err(Refusal::DuplicateKey(Place {
                        path: path.key(name),
                        span: Some(key.span()),
                    }));
                }
            }
            // A key by alias, a compound key, or one of no text, perhaps with an anchor: not ours to say or to copy.
            Some(_) | None => return Err(Refusal::Inexact(place)),
        }
    }
    Ok(())
}

/// Refuses a subtree that goes while aliases elsewhere need it.
pub(super) fn check_unshared(node: Node<'_>, path: &Path) -> Result<(), Refusal> {
    if let Some(shared) = node.subtree().find(|node| node.is_referenced()) {
        return Err(Refusal::SharedAnchor(place(path, shared)));
    }
    // The independent reader knows anchors by number alone, so that one less cannot be told from another one.
    let is_alias = |node: Node<'_>| node.kind() == Kind::Alias;
    if node.subtree().any(Node::has_anchor) && root(node).subtree().any(is_alias) {
        return Err(Refusal::Inexact(place(path, node)));
    }
    Ok(())
}

fn root(node: Node<'_>) -> Node<'_> {
    std::iter::successors(Some(node), |node| node.parent())
        .last()
        .unwrap_or(node)
}

/// Returns a node's place, for a refusal.
pub(super) fn place(path: &Path, node: Node<'_>) -> Place {
    Place {
        path: path.clone(),
        span: Some(node.span()),
    }
}
