//! A document as an arena of nodes with byte spans, whoever produced it.

use crate::source::Span;

use super::granit::{self, How};
use super::loose;
use super::node::Node;

/// The id of no node.
pub(super) const NONE: u32 = u32::MAX;

/// Whose reading of a document counts where readers differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// kubectl's: YAML 1.1, and `<<` overrides what stands before it.
    #[default]
    Kubectl,
    /// kustomize's: `yes` and `on` are texts, dates are points in time, and a mapping's own keys hold.
    Kustomize,
}

/// One document: its nodes, and its comments.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    pub(super) slots: Vec<Slot>,
    /// The text of all scalars whose source is not their value, one behind the other.
    pub(super) decoded: String,
    pub(super) tags: Vec<(u32, String)>,
    pub(super) comments: Vec<Span>,
    pub(super) document: Span,
    /// The first key that is a mapping or a sequence.
    pub(super) compound_key: Option<Span>,
    pub(super) dialect: Dialect,
}

/// A node of the arena: 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    /// The first byte with anchor and tag.
    pub(super) outer: u32,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) parent: u32,
    /// The next child of the same parent.
    pub(super) next: u32,
    /// Scalar: where its text starts. Collection: the first child. Alias: the anchor's node.
    pub(super) a: u32,
    /// Scalar: where its text ends. Collection: the number of children.
    pub(super) b: u32,
    pub(super) kind: Kind,
    pub(super) style: Style,
    /// Which of the facts below hold, one bit each.
    pub(super) facts: u8,
}

/// The text of a scalar is in `Tree::decoded`, not in the source.
pub(super) const DECODED: u8 = 1;
/// The node has an anchor.
pub(super) const ANCHORED: u8 = 2;
/// An alias refers to the node.
pub(super) const REFERENCED: u8 = 4;

/// What a node is, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text, number, null and so on.
    Scalar,
    /// Pairs of key and value.
    Mapping,
    /// Items.
    Sequence,
    /// `*name`, which stands for the node with that anchor.
    Alias,
}

/// How a node is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A scalar without quotes (nothing at all included), or an alias.
    Plain,
    /// `'…'`.
    SingleQuoted,
    /// `"…"`.
    DoubleQuoted,
    /// `|`.
    Literal,
    /// `>`.
    Folded,
    /// A collection by indentation.
    Block,
    /// A collection in brackets.
    Flow,
    /// A mapping of one pair without braces, in a flow sequence: `[a: b]`.
    Pair,
}

/// Why a document is not YAML that we read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// The byte of the file where reading stopped.
    pub offset: u32,
    /// What is wrong there.
    pub message: String,
}

impl Tree {
    /// Reads the document that covers `document` of the file's `text`; all positions count from the file's start.
    ///
    /// # Errors
    /// [`ParseError`] where the document is not valid YAML 1.2, or no YAML to the readers of clusters, nests deeper than 255 levels, also where its aliases are
    /// followed, has aliases that stand for too much or for what they stand in, or holds a second document.
    pub fn parse(text: &str, document: Span) -> Result<Self, ParseError> {
        Self::parse_strictly(text, document, true)
    }

    /// Reads a document as [`Tree::parse`] does, but leaves the comments out: for who only asks what it says.
    ///
    /// # Errors
    /// As [`Tree::parse`].
    pub fn parse_without_comments(text: &str, document: Span) -> Result<Self, ParseError> {
        Self::parse_strictly(text, document, false)
    }

    /// Reads a document that [`Tree::parse`] refuses and the readers of clusters take: brackets that close at their
    /// key's column, tabs that lead lines in brackets, line breaks of YAML 1.1. `None` where they refuse it too.
    ///
    /// It says what the document means, and serves no edit.
    pub fn parse_loosely(text: &str, document: Span) -> Option<Self> {
        let loose = loose::loosened(text, document)?;
        let how = How {
            comments: true,
            strict: false,
        };
        let mut tree = granit::read(&loose, document, how).ok()?;
        tree.keep_to_characters(text);
        Some(tree)
    }

    /// Moves what lies inside of a character of `text`, where a line break of YAML 1.1 is one byte of it, before it.
    fn keep_to_characters(&mut self, text: &str) {
        let before = |at: &mut u32| {
            while !text.is_char_boundary(*at as usize) {
                *at -= 1;
            }
        };
        for slot in &mut self.slots {
            [&mut slot.outer, &mut slot.start, &mut slot.end]
                .into_iter()
                .for_each(before);
            if slot.kind == Kind::Scalar && slot.facts & DECODED == 0 {
                [&mut slot.a, &mut slot.b].into_iter().for_each(before);
            }
        }
        for comment in &mut self.comments {
            [&mut comment.start, &mut comment.end].into_iter().for_each(before);
        }
    }

    fn parse_strictly(text: &str, document: Span, comments: bool) -> Result<Self, ParseError> {
        let how = How { comments, strict: true };
        let unmarked = loose::without_mark(text, document);
        loose::check_characters(&unmarked, document)?;
        let tree = granit::read(&unmarked, document, how)?;
        loose::check_tabs(text, document)?;
        Ok(tree)
    }

    /// Returns the document's node, none where it holds only comments; `text` is the text that was parsed.
    pub fn root<'a>(&'a self, text: &'a str) -> Option<Node<'a>> {
        Node::at(self, text, 0)
    }

    /// Returns the bytes of the whole document, its marker and comments included.
    pub fn span(&self) -> Span {
        self.document
    }

    /// Returns all nodes in the order of the file.
    pub(super) fn nodes<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Node<'a>> {
        (0..NONE).map_while(move |id| Node::at(self, text, id))
    }

    /// Has the document read by another reader.
    pub const fn read_by(&mut self, dialect: Dialect) {
        self.dialect = dialect;
    }

    /// Returns the first key that is a mapping or a sequence, which no object of a cluster has.
    pub const fn compound_key(&self) -> Option<Span> {
        self.compound_key
    }

    /// Returns the comments in the order of the file, each from its `#` to before the line break.
    pub fn comments(&self) -> &[Span] {
        &self.comments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_takes_32_bytes() {
        assert_eq!(size_of::<Slot>(), 32);
    }
}
