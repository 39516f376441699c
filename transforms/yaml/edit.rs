//! What the planner asks for: edits in meaning, paths, refusals, and splices of bytes.

use std::fmt;

use crate::source::Span;

use super::value::{Scalar, Value};

/// One step from a node to a child.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// To the value of a mapping's key.
    Key(String),
    /// To an item of a sequence, from 0.
    Index(usize),
}

/// The way from a document's root to a node; empty for the root. It reads as `spec.ingress[0].ports`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// Returns the path to the value of `key` in the mapping at this path.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.then(Step::Key(key.to_owned()))
    }

    /// Returns the path to the item `index` of the sequence at this path.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.then(Step::Index(index))
    }

    fn then(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if at == 0 => write!(formatter, "{key}")?,
                Step::Key(key) => write!(formatter, ".{key}")?,
                Step::Index(index) => write!(formatter, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// One change of a document's meaning; all paths are those of the document as it was before any edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// A scalar gets another value; it keeps its quotes where the new value allows them.
    Set {
        /// The scalar.
        at: Path,
        /// Its new value.
        value: Scalar,
    },
    /// A pair leaves its mapping, with its own comments.
    Remove {
        /// The pair's value; the last step is a key.
        at: Path,
    },
    /// A pair comes to the end of a mapping (or of null, which becomes a mapping).
    Insert {
        /// The mapping.
        at: Path,
        /// The new key, which the mapping does not have.
        key: String,
        /// Its value.
        value: Value,
    },
    /// A sequence (or null, which becomes a sequence) gets new items.
    Items {
        /// The sequence.
        at: Path,
        /// All its items from now on.
        items: Vec<Item>,
    },
}

/// An item of a sequence's new list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// The item that had this index, with its comments and with what other edits do inside it; indices ascend.
    Keep(usize),
    /// A copy of an item in its own style, without comments.
    Copy {
        /// The index of the item that is copied, as it was before any edit.
        of: usize,
        /// What is different in the copy; paths start at the item.
        changes: Vec<Edit>,
    },
    /// An item that was not there before.
    New(Value),
}

/// A replacement of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice {
    /// The bytes of the old text that go; empty for an insertion.
    pub span: Span,
    /// What stands there instead.
    pub text: String,
}

impl Splice {
    /// Tells whether bytes go and none come.
    pub(super) fn is_deletion(&self) -> bool {
        self.text.is_empty() && !self.span.is_empty()
    }
}

/// Where an edit was refused.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The node's path.
    pub path: Path,
    /// The node's bytes in the file, where known.
    pub span: Option<Span>,
}

/// Why an edit cannot be made exactly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The path leads through an alias, whose target may serve elsewhere too.
    #[error("`{}` is an alias; write its value out first", .0.path)]
    Alias(Place),
    /// The path leads through a node that aliases refer to, so that the edit would change those places too.
    #[error("`{}` has an anchor that aliases share; write the value out first", .0.path)]
    SharedAnchor(Place),
    /// A mapping on the path has a merge key, `<<`.
    #[error("`{}` has a merge key; write its pairs out first", .0.path)]
    MergeKey(Place),
    /// A mapping on the path has a key twice, or would have it.
    #[error("`{}` has a key twice; only the last one counts, remove the other", .0.path)]
    DuplicateKey(Place),
    /// A node on the path has a tag.
    #[error("`{}` has a tag; remove it first", .0.path)]
    Tagged(Place),
    /// There is nothing at the path, or something of another kind.
    #[error("`{}` is not what the edit expects; write it in a plainer form first", .0.path)]
    NotFound(Place),
    /// Two edits contradict each other.
    #[error("two edits contradict each other at `{}`; please report this as a bug", .0.path)]
    Conflict(Place),
    /// The layout there is one that we do not rewrite.
    #[error("the layout at `{}` cannot be edited exactly; write it in a plainer form first", .0.path)]
    Inexact(Place),
}

impl Refusal {
    /// Returns where the edit was refused.
    pub fn place(&self) -> &Place {
        match self {
            Self::Alias(place)
            | Self::SharedAnchor(place)
            | Self::MergeKey(place)
            | Self::DuplicateKey(place)
            | Self::Tagged(place)
            | Self::NotFound(place)
            | Self::Conflict(place)
            | Self::Inexact(place) => place,
        }
    }

    /// Returns the refusal of an edit inside a copy as one of the item at `path` and `span`.
    pub(super) fn inside(mut self, path: &Path, span: Span) -> Self {
        let place = match &mut self {
            Self::Alias(place)
            | Self::SharedAnchor(place)
            | Self::MergeKey(place)
            | Self::DuplicateKey(place)
            | Self::Tagged(place)
            | Self::NotFound(place)
            | Self::Conflict(place)
            | Self::Inexact(place) => place,
        };
        place.path = Path(path.0.iter().chain(&place.path.0).cloned().collect());
        place.span = Some(span);
        self
    }
}

/// Returns `text` with `splices` made; they are sorted and do not overlap, as [`render`](super::render) gives them.
pub fn splice(text: &str, splices: &[Splice]) -> String {
    let grown: usize = splices.iter().map(|splice| splice.text.len()).sum();
    let mut out = String::with_capacity(text.len() + grown);
    let mut copied = 0;
    for Splice { span, text: new } in splices {
        debug_assert!(copied <= span.start, "splices are sorted and do not overlap");
        out.push_str(
            Span {
                start: copied,
                end: span.start.max(copied),
            }
            .slice(text),
        );
        out.push_str(new);
        copied = span.end.max(copied);
    }
    out.push_str(text.get(copied as usize..).unwrap_or_default());
    out
}
