//! A node and its text: all that an extractor knows of a document.

use std::iter;

use crate::source::Span;

use super::tree::{ANCHORED, DECODED, Dialect, Kind, NONE, REFERENCED, Slot, Style, Tree};

/// A node of a tree, with the text that it lies in.
///
/// Questions of place (`kind`, `span`, `style`, `pairs`, …) are about the node as written; questions of value (`str`,
/// `get`, `is_null`, …) follow an alias to its anchor's node.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    tree: &'a Tree,
    text: &'a str,
    id: u32,
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && std::ptr::eq(self.tree, other.tree)
    }
}

impl Eq for Node<'_> {}

impl<'a> Node<'a> {
    /// Returns the node with this id, none behind the last.
    pub(super) fn at(tree: &'a Tree, text: &'a str, id: u32) -> Option<Self> {
        ((id as usize) < tree.slots.len()).then_some(Self { tree, text, id })
    }

    /// Returns what the node is, as written.
    pub fn kind(self) -> Kind {
        self.slot().kind
    }

    /// Returns whose reading counts.
    pub const fn dialect(self) -> Dialect {
        self.tree.dialect
    }

    /// Returns how the node is written.
    pub fn style(self) -> Style {
        self.slot().style
    }

    /// Tells whether the node is a collection in brackets.
    pub fn is_flow(self) -> bool {
        self.style() == Style::Flow
    }

    /// Returns the bytes of the content, without anchor and tag.
    ///
    /// A block collection runs from its first key or dash to the end of its last content; a block scalar from its `|`
    /// or `>`. What is not there at all (`key:`) is an empty span behind its colon or dash.
    pub fn span(self) -> Span {
        Span::new(self.slot().start, self.slot().end)
    }

    /// Returns the bytes of the content with anchor and tag.
    pub fn outer(self) -> Span {
        Span::new(self.slot().outer, self.slot().end)
    }

    /// Tells whether the node has an anchor.
    pub fn has_anchor(self) -> bool {
        self.has(ANCHORED)
    }

    /// Tells whether an alias refers to the node.
    pub fn is_referenced(self) -> bool {
        self.has(REFERENCED)
    }

    /// Returns the collection that holds the node.
    pub fn parent(self) -> Option<Self> {
        self.sibling(self.slot().parent)
    }

    /// Returns the node that an alias stands for, every other node itself.
    #[must_use]
    pub fn resolved(self) -> Self {
        match self.kind() {
            // An anchor's node is never an alias, so one step is enough.
            Kind::Alias => self.sibling(self.slot().a).unwrap_or(self),
            Kind::Scalar | Kind::Mapping | Kind::Sequence => self,
        }
    }

    /// Returns the pairs of a mapping as written: duplicates, merge keys and aliases are what they are.
    pub fn pairs(self) -> impl Iterator<Item = (Self, Self)> + use<'a> {
        let mut children = self.children(Kind::Mapping);
        iter::from_fn(move || Some((children.next()?, children.next()?)))
    }

    /// Returns the items of a sequence as written; an alias among them needs [`Node::resolved`].
    pub fn items(self) -> impl Iterator<Item = Self> + use<'a> {
        self.children(Kind::Sequence)
    }

    /// Returns the pairs of a mapping in the order in which kubectl sets them: the last of equal keys holds.
    ///
    /// A merge key stands for the pairs of its mapping, and of a list's mappings the first comes last. So `<<` overrides
    /// what stands before it, and of two the later wins.
    ///
    /// # Source
    /// <https://github.com/yaml/go-yaml/blob/v2.4.3/decode.go>, `mapping` and `merge`
    pub fn set_pairs(self) -> Vec<(Self, Self)> {
        let mut pairs: Vec<_> = self.latest_first().collect();
        pairs.reverse();
        pairs
    }

    /// Returns the value of `key` as kubectl reads it, see [`Node::set_pairs`].
    pub fn get(self, key: &str) -> Option<Self> {
        self.resolved().find(key).map(|(_, value)| value)
    }

    /// Returns the node of the key whose value [`Node::get`] returns.
    pub fn key_of(self, key: &str) -> Option<Self> {
        self.resolved().find(key).map(|(key, _)| key)
    }

    /// Returns the text of a scalar, unescaped and folded; the empty text where nothing is written.
    pub fn str(self) -> Option<&'a str> {
        let node = self.resolved();
        let slot = node.slot();
        let home = if node.has(DECODED) {
            &self.tree.decoded
        } else {
            self.text
        };
        (slot.kind == Kind::Scalar).then(|| Span::new(slot.a, slot.b).slice(home))
    }

    /// Tells whether the value is a scalar without quotes, so that it may be a number, a boolean or null.
    pub fn is_plain(self) -> bool {
        let node = self.resolved();
        node.kind() == Kind::Scalar && node.style() == Style::Plain
    }

    /// Tells whether the value is null: nothing, `~`, `null`, `Null` or `NULL`, without quotes or behind `!!null`.
    pub fn is_null(self) -> bool {
        let may_be = match self.tag() {
            None => self.is_plain(),
            Some(tag) => tag == "tag:yaml.org,2002:null",
        };
        may_be && matches!(self.str(), Some("" | "~" | "null" | "Null" | "NULL"))
    }

    /// Returns the value's tag with its handle resolved, as `tag:yaml.org,2002:str` for `!!str`.
    pub fn tag(self) -> Option<&'a str> {
        let tags = &self.tree.tags;
        let at = tags.binary_search_by_key(&self.resolved().id, |&(id, _)| id).ok()?;
        tags.get(at).map(|(_, name)| name.as_str())
    }

    /// Tells whether the node is a merge key: `<<` without quotes, or behind `!!merge`.
    pub fn is_merge_key(self) -> bool {
        let may_be = || match self.tag() {
            None => self.is_plain(),
            Some(tag) => tag == "tag:yaml.org,2002:merge" || tag == "!",
        };
        self.kind() == Kind::Scalar && self.str() == Some("<<") && may_be()
    }

    /// Returns the node and everything below it, in the order of the file.
    pub(crate) fn subtree(self) -> impl Iterator<Item = Self> + use<'a> {
        // Ids ascend in the order of the file, so the subtree ends at the next node that is not below.
        let mut above = self.slot();
        while above.next == NONE && above.parent != NONE {
            above = &self.tree.slots[above.parent as usize];
        }
        (self.id..above.next).map_while(move |id| self.sibling(id))
    }

    /// Returns the pairs of [`Node::set_pairs`] from the last one on.
    fn latest_first(self) -> impl Iterator<Item = (Self, Self)> + use<'a> {
        // Not recursive: the pairs that are still to come, the next one last.
        let mut waiting = self.in_order();
        iter::from_fn(move || {
            loop {
                let (key, value) = waiting.pop()?;
                if !key.is_merge_key() {
                    return Some((key, value));
                }
                let value = value.resolved();
                match value.kind() {
                    Kind::Mapping => waiting.extend(value.in_order()),
                    Kind::Sequence => {
                        let mut merged: Vec<_> = value.items().map(Self::resolved).collect();
                        merged.reverse();
                        waiting.extend(merged.into_iter().flat_map(Self::in_order));
                    }
                    Kind::Scalar | Kind::Alias => {}
                }
            }
        })
    }

    /// Returns the pairs in the order in which they are set: to kustomize, what is merged comes before all else.
    fn in_order(self) -> Vec<(Self, Self)> {
        let mut pairs: Vec<_> = self.pairs().collect();
        if self.dialect() == Dialect::Kustomize {
            pairs.sort_by_key(|(key, _)| !key.is_merge_key());
        }
        pairs
    }

    fn find(self, key: &str) -> Option<(Self, Self)> {
        let is_it = |(name, _): &(Self, Self)| name.str() == Some(key);
        if self.pairs().any(|(key, _)| key.is_merge_key()) {
            return self.latest_first().find(is_it);
        }
        self.pairs().filter(is_it).last()
    }

    fn children(self, of: Kind) -> impl Iterator<Item = Self> + use<'a> {
        let first = if self.kind() == of {
            self.sibling(self.slot().a)
        } else {
            None
        };
        iter::successors(first, |child| child.sibling(child.slot().next))
    }

    fn has(self, fact: u8) -> bool {
        self.slot().facts & fact != 0
    }

    fn sibling(self, id: u32) -> Option<Self> {
        Self::at(self.tree, self.text, id)
    }

    fn slot(self) -> &'a Slot {
        &self.tree.slots[self.id as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::documents;

    fn parse(text: &str) -> Tree {
        Tree::parse(text, documents(text)[0]).unwrap()
    }

    /// Writes each node as its outer and inner source.
    fn places(text: &str) -> Vec<(&str, &str)> {
        let tree = parse(text);
        let nodes = (0..tree.slots.len()).map(|id| Node {
            tree: &tree,
            text,
            id: u32::try_from(id).unwrap(),
        });
        nodes
            .map(|node| (node.outer().slice(text), node.span().slice(text)))
            .collect()
    }

    fn value<'a>(tree: &'a Tree, text: &'a str, path: &[&str]) -> Option<&'a str> {
        path.iter()
            .try_fold(tree.root(text)?, |node, key| node.get(key))
            .and_then(Node::str)
    }

    #[test]
    fn spans_hold_exactly_what_is_written() {
        let table: &[(&str, &[&str])] = &[
            ("a: 'b'  # c\n", &["a: 'b'", "a", "'b'"]),
            (
                "a:\n- b\n- - c\n  - d\n# x\n",
                &[
                    "a:\n- b\n- - c\n  - d",
                    "a",
                    "- b\n- - c\n  - d",
                    "b",
                    "- c\n  - d",
                    "c",
                    "d",
                ],
            ),
            (
                "a: # x - y\n  # - z\n  - b\n",
                &["a: # x - y\n  # - z\n  - b", "a", "- b", "b"],
            ),
            (
                "a: |  # c\n  x\n  y  \n\n\nb: 1",
                &["a: |  # c\n  x\n  y  \n\n\nb: 1", "a", "|  # c\n  x\n  y  ", "b", "1"],
            ),
            ("- |+\n  x\n\n- >-\n", &["- |+\n  x\n\n- >-", "|+\n  x\n\n", ">-"]),
            ("a:\n  b:\n", &["a:\n  b:", "a", "b:", "b", ""]),
            (
                "{a: [b, c: d], e}",
                &["{a: [b, c: d], e}", "a", "[b, c: d]", "b", "c: d", "c", "d", "e", ""],
            ),
            ("? a\n: b\n? c\n", &["? a\n: b\n? c", "a", "b", "c", ""]),
            ("\u{feff}a: ä\r\n", &["a: ä", "a", "ä"]),
            ("-\n- x\n", &["-\n- x", "", "x"]),
        ];
        for (text, expected) in table {
            assert_eq!(
                places(text).iter().map(|place| place.1).collect::<Vec<_>>(),
                *expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn anchors_and_tags_are_outside_of_the_content() {
        let table: &[(&str, &[(&str, &str)])] = &[
            (
                "a: &x !!str b",
                &[("a: &x !!str b", "a: &x !!str b"), ("a", "a"), ("&x !!str b", "b")],
            ),
            (
                "&x\n- !t |\n  b",
                &[("&x\n- !t |\n  b", "- !t |\n  b"), ("!t |\n  b", "|\n  b")],
            ),
            (
                "- &x a: b",
                &[
                    ("- &x a: b", "- &x a: b"),
                    ("&x a: b", "&x a: b"),
                    ("&x a", "a"),
                    ("b", "b"),
                ],
            ),
            (
                "a: &x # c\n  - b",
                &[
                    ("a: &x # c\n  - b", "a: &x # c\n  - b"),
                    ("a", "a"),
                    ("&x # c\n  - b", "- b"),
                    ("b", "b"),
                ],
            ),
            (
                "a: &x\nb: *x",
                &[
                    ("a: &x\nb: *x", "a: &x\nb: *x"),
                    ("a", "a"),
                    ("&x", ""),
                    ("b", "b"),
                    ("*x", "*x"),
                ],
            ),
        ];
        for (text, expected) in table {
            assert_eq!(places(text), *expected, "{text:?}");
        }
    }

    #[test]
    fn values_follow_aliases_merge_keys_and_the_last_duplicate() {
        let text =
            "base: &b {p: 1, q: 2}\nmore: &m {q: 3, r: 4}\nx:\n  <<: [*b, *m]\n  p: 5\n  p: 6\ny: *b\nz: {<<: *m}\n";
        let tree = parse(text);
        for (path, expected) in [
            (["x", "p"], "6"),
            (["x", "q"], "2"),
            (["x", "r"], "4"),
            (["y", "q"], "2"),
            (["z", "q"], "3"),
        ] {
            assert_eq!(value(&tree, text, &path), Some(expected), "{path:?}");
        }
        assert_eq!(value(&tree, text, &["x", "s"]), None);
    }

    #[test]
    fn texts_are_unescaped_and_folded() {
        let text = "a: \"x\\u0041\"\nb: 'it''s'\nc: |\n  one\n  two\nd: one\n  two\ne: '~'\nf: ~\ng:\nh: !!str ~\n";
        let tree = parse(text);
        for (key, expected) in [
            ("a", "xA"),
            ("b", "it's"),
            ("c", "one\ntwo\n"),
            ("d", "one two"),
            ("g", ""),
        ] {
            assert_eq!(value(&tree, text, &[key]), Some(expected), "{key}");
        }
        let root = tree.root(text).unwrap();
        let nulls: Vec<_> = root
            .pairs()
            .filter(|(_, value)| value.is_null())
            .filter_map(|(key, _)| key.str())
            .collect();
        assert_eq!(nulls, ["f", "g"]);
        assert_eq!(root.get("h").unwrap().tag(), Some("tag:yaml.org,2002:str"));
    }

    #[test]
    fn a_value_that_is_not_there_lies_before_the_next_key() {
        for text in [
            "? a\n:b: c",
            ": - ? a\n    :b: c\n",
            "? \"a\"\n:b:\n",
            "? &x\n:b: c",
            "? a\n::\n",
        ] {
            let tree = parse(text);
            let places: Vec<_> = tree.root(text).unwrap().subtree().map(Node::outer).collect();
            assert!(places.is_sorted_by_key(|place| place.start), "{text:?}: {places:?}");
        }
    }

    #[test]
    fn what_nests_too_deep_is_an_error() {
        let deep = "[".repeat(100_000);
        assert!(Tree::parse(&deep, documents(&deep)[0]).is_err());
        let block = "- ".repeat(100_000);
        assert!(Tree::parse(&block, documents(&block)[0]).is_err());
    }

    #[test]
    fn an_error_says_where_it_is_in_the_file() {
        let text = "a: 1\n---\nb: [\n";
        let error = Tree::parse(text, documents(text)[1]).unwrap_err();
        assert!(error.offset >= 12, "{error:?}");
        assert!(Tree::parse("{}{}", Span::new(0, 4)).is_err());
    }

    #[test]
    fn a_document_of_comments_has_no_root_and_keeps_its_comments() {
        let text = "# one\n---\n# two\n...\n";
        let tree = parse(text);
        assert!(tree.root(text).is_none_or(Node::is_null));
        assert_eq!(
            tree.comments().iter().map(|span| span.slice(text)).collect::<Vec<_>>(),
            ["# one", "# two"]
        );
    }
}
