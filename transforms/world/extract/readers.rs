//! What kubectl and kustomize read differently: both meanings are kept until it is known whose the file is.

use std::collections::BTreeSet;
use std::iter;

use super::{Extract, Unread};
use crate::policy::read::{is_date, is_word};
use crate::source::Span;
use crate::yaml::{Dialect, Kind, Node};

/// What is said of an object of a JSON stream behind its first.
pub(super) const STREAMED: &str = "kubectl reads every object of a JSON stream, kustomize the first alone: put `---` \
                                   between them";

/// A document that the readers read each in its own way.
#[derive(Debug, Clone)]
pub struct Differing {
    /// Where and how they differ.
    told: Unread,
    /// What it is to kubectl.
    by_kubectl: Extract,
    /// What it is to kustomize.
    by_kustomize: Extract,
}

/// Something that the readers may read differently.
pub(super) struct Doubt {
    /// Where it stands.
    pub(super) at: Span,
    /// What each makes of it, and how to write it so that they agree.
    pub(super) message: String,
    /// Whether kustomize refuses the file for it.
    pub(super) stops_kustomize: bool,
}

/// Returns what in a document the readers may read differently: what stops kustomize, else the first.
///
/// # Source
/// kubectl 1.36.3 and kustomize 5.8.2, run.
pub(super) fn doubt(root: Node<'_>) -> Option<Doubt> {
    let items = root.get("items").map(Node::resolved);
    let of_list = items.and_then(|items| of_items(root, items));
    let mut first = None;
    for doubt in of_list.into_iter().chain(root.subtree().filter_map(of_node)) {
        if doubt.stops_kustomize {
            return Some(doubt);
        }
        first.get_or_insert(doubt);
    }
    first
}

fn of_items(list: Node<'_>, items: Node<'_>) -> Option<Doubt> {
    let kind = list.get("kind").and_then(Node::str)?;
    let says = |item: Node<'_>, kind: &str| item.resolved().get("kind").and_then(Node::str) == Some(kind);
    if kind == "List" {
        let inner = items.items().find(|item| says(*item, "List"))?;
        return Some(Doubt {
            at: inner.span(),
            message:
                "kubectl refuses a List in a List, kustomize takes its items for those of the outer one: write them \
                      there"
                    .to_owned(),
            stops_kustomize: false,
        });
    }
    let bare = items.items().find(|item| item.resolved().get("kind").is_none())?;
    kind.ends_with("List").then(|| Doubt {
        at: bare.span(),
        message: format!("kubectl reads an item of a {kind} without a kind, kustomize does not: write its kind"),
        stops_kustomize: true,
    })
}

fn of_node(node: Node<'_>) -> Option<Doubt> {
    match node.kind() {
        Kind::Mapping => duplicate(node).or_else(|| merge(node)),
        Kind::Scalar => text(node),
        Kind::Sequence | Kind::Alias => None,
    }
}

fn duplicate(mapping: Node<'_>) -> Option<Doubt> {
    let mut seen = BTreeSet::new();
    let twice = mapping.pairs().map(|(key, _)| key);
    let twice = twice
        .filter(|key| key.kind() == Kind::Scalar)
        .find(|key| !seen.insert(key.str()))?;
    let name = twice.str().unwrap_or_default();
    Some(Doubt {
        at: twice.span(),
        message: format!(
            "`{name}` stands twice: kubectl takes the last one, kustomize refuses the file; leave one out"
        ),
        stops_kustomize: true,
    })
}

/// Finds a merge key behind a key of the mapping's own that it brings too: one of the two holds for each reader.
fn merge(mapping: Node<'_>) -> Option<Doubt> {
    let mut before = BTreeSet::new();
    let brings = |value: Node<'_>, before: &BTreeSet<_>| {
        let value = value.resolved();
        let merged: Vec<_> = match value.kind() {
            Kind::Sequence => value.items().map(Node::resolved).collect(),
            Kind::Mapping | Kind::Scalar | Kind::Alias => vec![value],
        };
        let mut keys = merged.into_iter().flat_map(Node::set_pairs).map(|(key, _)| key.str());
        keys.any(|key| before.contains(&key))
    };
    let merge = mapping.pairs().find(|(key, value)| {
        let is_merge = key.is_merge_key();
        if !is_merge {
            before.insert(key.str());
        }
        is_merge && brings(*value, &before)
    });
    merge.map(|(key, _)| Doubt {
        at: key.span(),
        message:
            "to kubectl `<<` overrides what stands before it, to kustomize a mapping's own keys hold: put it first, \
                  or write the pairs out"
                .to_owned(),
        stops_kustomize: false,
    })
}

fn text(node: Node<'_>) -> Option<Doubt> {
    let text = node.str().filter(|_| node.is_plain() && node.tag().is_none())?;
    let (kubectl, kustomize) = if is_word(text) {
        ("a boolean", "a text")
    } else if is_date(text) {
        ("a text", "a point in time")
    } else {
        return None;
    };
    Some(Doubt {
        at: node.span(),
        message: format!("`{text}` is {kubectl} to kubectl and {kustomize} to kustomize: put it in quotes"),
        stops_kustomize: false,
    })
}

impl Extract {
    /// Adds a document as each of the two readers has it, and what is said where they differ.
    pub(super) fn differ(&mut self, by_kubectl: Self, by_kustomize: Self, told: Unread) {
        if by_kubectl.says_the_same(&by_kustomize) {
            self.absorb(by_kubectl);
        } else {
            self.differing.push(Differing {
                told,
                by_kubectl,
                by_kustomize,
            });
        }
    }

    /// Decides for the documents that the readers read differently: what one of them makes of them, where it is known who
    /// reads the file, else nothing, which is told.
    pub fn settle(&mut self, reader: Option<Dialect>) {
        for differing in std::mem::take(&mut self.differing) {
            match reader {
                Some(Dialect::Kubectl) => self.absorb(differing.by_kubectl),
                Some(Dialect::Kustomize) => self.absorb(differing.by_kustomize),
                None => self.unread.push(differing.told),
            }
        }
        self.policies.sort_by_key(|policy| policy.place);
        self.unread.sort_by_key(|unread| unread.at);
    }

    /// Makes of a file's extract one that is kustomize's alone, since kubectl refuses the file.
    #[must_use]
    pub fn for_kustomize_alone(self, told: Unread) -> Self {
        let nothing = Self::of(self.file, 0);
        let mut whole = Self::of(self.file, self.documents);
        whole.differ(nothing, self, told);
        whole
    }

    /// Returns what is read however the readers differ, and what kustomize alone may add.
    pub(crate) fn readings(&self) -> impl Iterator<Item = &Self> {
        iter::once(self).chain(self.differing.iter().map(|differing| &differing.by_kustomize))
    }

    /// Takes what another extract of the same file holds.
    pub(super) fn absorb(&mut self, other: Self) {
        self.policies.extend(other.policies);
        self.rejected.extend(other.rejected);
        self.workloads.extend(other.workloads);
        self.windows |= other.windows;
        self.services.extend(other.services);
        self.namespaces.extend(other.namespaces);
        self.cilium_policies.extend(other.cilium_policies);
        self.others.extend(other.others);
        self.nodes.extend(other.nodes);
        self.syncs.extend(other.syncs);
        self.skipped.extend(other.skipped);
        self.unread.extend(other.unread);
        self.differing.extend(other.differing);
    }

    fn says_the_same(&self, other: &Self) -> bool {
        let said = |extract: &Self| {
            let Self {
                policies,
                rejected,
                services,
                cilium_policies,
                unread,
                ..
            } = extract;
            format!("{policies:?} {rejected:?} {services:?} {cilium_policies:?} {unread:?}")
        };
        said(self) == said(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use crate::source::FileId;
    use crate::world::extract::{Wanted, extract};
    use crate::world::mentions::mentions;

    fn policy(spec: &str) -> String {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: shop}}\nspec: {spec}\n"
        )
    }

    /// Reads a text as one of the readers does.
    fn read(text: &str, reader: Option<Dialect>) -> Extract {
        let mut found = extract(FileId(0), "a.yaml", text, mentions(text.as_bytes()), Wanted::default());
        found.settle(reader);
        found
    }

    fn selected(policies: &[Policy]) -> Vec<&[(String, String)]> {
        policies.iter().map(|policy| &*policy.selector.labels).collect()
    }

    #[test]
    fn what_the_readers_read_differently_is_read_by_none_and_told() {
        for (text, told) in [
            (
                policy("{podSelector: {matchLabels: {app: on}}}"),
                "`on` is a boolean to kubectl",
            ),
            (
                policy("{podSelector: {matchLabels: {app: 2024-01-01}}}"),
                "`2024-01-01` is a text to kubectl",
            ),
            (
                policy("{policyTypes: [Egress], policyTypes: [Ingress]}"),
                "`policyTypes` stands twice",
            ),
            (
                policy("{podSelector: {matchLabels: {a: b, <<: {a: c}}}}"),
                "to kubectl `<<` overrides",
            ),
            (
                format!(
                    "apiVersion: v1\nkind: List\nitems:\n- {{apiVersion: v1, kind: List, items: [{}]}}\n",
                    json("a")
                ),
                "kubectl refuses a List in a List",
            ),
            (
                "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicyList\nitems: [{metadata: {name: a}}]\n"
                    .to_owned(),
                "kubectl reads an item of a NetworkPolicyList",
            ),
            (json("a") + &json("b"), "kubectl reads every object"),
        ] {
            let found = read(&text, None);
            let is_stream = text.starts_with('{');
            assert_eq!(found.policies.len(), usize::from(is_stream), "{text}");
            assert!(
                found.unread.len() == 1 && found.unread[0].message.starts_with(told),
                "{text}{:?}",
                found.unread
            );
        }
    }

    fn json(name: &str) -> String {
        format!(
            "{{\"apiVersion\": \"networking.k8s.io/v1\", \"kind\": \"NetworkPolicy\", \"metadata\": {{\"name\": \"{name}\"}}}}\n"
        )
    }

    #[test]
    fn kustomize_takes_words_for_texts_and_own_keys_before_merged_ones() {
        let text = policy("{podSelector: {matchLabels: {app: on, a: b, <<: {a: c}}}}");
        let found = read(&text, Some(Dialect::Kustomize));
        let expected = [("app", "on"), ("a", "b")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        let mut labels = selected(&found.policies)[0].to_vec();
        labels.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(labels, expected);
        assert_eq!(read(&text, Some(Dialect::Kubectl)).rejected.len(), 1);
    }

    #[test]
    fn the_server_refuses_the_point_in_time_that_kustomize_makes_of_a_date() {
        let text = policy("{podSelector: {matchLabels: {release: 2024-01-01}}}");
        assert_eq!(read(&text, Some(Dialect::Kubectl)).policies.len(), 1);
        let by_kustomize = read(&text, Some(Dialect::Kustomize));
        assert!(by_kustomize.rejected[0].problems[0].1.contains("2024-01-01T00:00:00Z"));
    }

    #[test]
    fn what_stops_kustomize_counts_before_what_it_reads_in_its_own_way() {
        let text = policy("{podSelector: {matchLabels: {app: on}}, policyTypes: [Egress], policyTypes: [Ingress]}");
        let found = read(&text, Some(Dialect::Kustomize));
        assert_eq!((found.policies.len(), found.unread.len()), (0, 1));
    }

    #[test]
    fn what_both_readers_take_for_the_same_is_read() {
        for spec in [
            "{podSelector: {matchLabels: {app: 'on'}}}",
            "{podSelector: {matchLabels: {<<: {a: b}, c: d}}}",
            "{podSelector: {matchLabels: {a: b, <<: {c: d}}}}",
            "{podSelector: {matchLabels: {a: !!str on}}}",
        ] {
            let found = read(&policy(spec), None);
            assert_eq!((found.policies.len(), found.unread.len()), (1, 0), "{spec}");
        }
    }

    #[test]
    fn the_items_of_a_list_in_a_list_are_never_edited() {
        let text = format!(
            "apiVersion: v1\nkind: List\nitems:\n- {{apiVersion: v1, kind: List, items: [{}]}}\n",
            json("a")
        );
        let found = read(&text, Some(Dialect::Kustomize));
        assert!(found.policies.len() == 1 && !found.policies[0].editable);
    }

    #[test]
    fn a_label_without_a_value_makes_its_policy_unknown() {
        let found = read(&policy("{podSelector: {matchLabels: {app: }}}"), None);
        assert_eq!(found.policies.len(), 0);
        assert!(
            found.unread[0].message.starts_with("a label without a value"),
            "{:?}",
            found.unread
        );
    }
}
