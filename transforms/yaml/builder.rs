//! The seam between a tree's producers and its arena: whoever reads YAML fills a [`Builder`].

use crate::source::Span;

use super::budget::{Budget, Excess, Extent};
use super::scan::length;
use super::tree::{ANCHORED, DECODED, Kind, NONE, REFERENCED, Slot, Style, Tree};

/// An arena under construction; nodes arrive in document order, children between `open` and `close`.
#[derive(Debug, Default)]
pub(super) struct Builder {
    tree: Tree,
    open: Vec<Open>,
    budget: Budget,
}

/// A collection whose children still arrive.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    pub(super) id: u32,
    pub(super) kind: Kind,
    pub(super) style: Style,
    /// How many children have arrived; in a mapping, keys and values both count.
    pub(super) children: u32,
    last: u32,
    extent: Extent,
}

/// The text of a scalar.
#[derive(Debug, Clone, Copy)]
pub(super) enum Text<'a> {
    /// It stands in the source as it is.
    Source(Span),
    /// It was unescaped or folded.
    Decoded(&'a str),
}

impl Builder {
    /// Returns the innermost open collection.
    pub(super) fn parent(&self) -> Option<Open> {
        self.open.last().copied()
    }

    /// Adds a scalar whose content is at `span`, and returns its id.
    pub(super) fn scalar(&mut self, span: Span, style: Style, text: Text<'_>) -> u32 {
        let (range, decoded) = match text {
            Text::Source(range) => (range, false),
            Text::Decoded(text) => {
                let start = length(&self.tree.decoded);
                self.tree.decoded.push_str(text);
                (Span::new(start, length(&self.tree.decoded)), true)
            }
        };
        let id = self.push(Kind::Scalar, style, span, (range.start, range.end));
        if decoded {
            self.tree.slots[id as usize].facts |= DECODED;
        }
        self.hold(Extent::of_scalar(range.end - range.start));
        id
    }

    /// Adds an alias of the node `target`, and returns its id.
    ///
    /// # Errors
    /// [`Excess`] where the aliases so far stand for more than may be.
    pub(super) fn alias(&mut self, span: Span, target: u32) -> Result<u32, Excess> {
        if let Some(slot) = self.tree.slots.get_mut(target as usize) {
            slot.facts |= REFERENCED;
            let level = self.open.len();
            let extent = match slot.kind {
                Kind::Mapping | Kind::Sequence => self.budget.take_collection(target, level)?,
                Kind::Scalar | Kind::Alias => self
                    .budget
                    .take(Extent::of_scalar(slot.b.saturating_sub(slot.a)), level)?,
            };
            self.hold(extent);
        }
        Ok(self.push(Kind::Alias, Style::Plain, span, (target, 0)))
    }

    /// Adds a collection that starts at `start`; what arrives until `close` is inside it.
    pub(super) fn open(&mut self, kind: Kind, style: Style, start: u32) -> u32 {
        let id = self.push(kind, style, Span::new(start, start), (NONE, 0));
        self.open.push(Open {
            id,
            kind,
            style,
            children: 0,
            last: NONE,
            extent: Extent::of_collection(),
        });
        id
    }

    /// Closes the innermost collection, at `end` or where its last child ends, and returns where that is.
    pub(super) fn close(&mut self, end: Option<u32>) -> u32 {
        let Some(open) = self.open.pop() else { return 0 };
        let last = self.tree.slots.get(open.last as usize).map(|slot| slot.end);
        let slot = &mut self.tree.slots[open.id as usize];
        slot.b = open.children;
        slot.end = end.or(last).unwrap_or(slot.start).max(slot.start);
        let end = slot.end;
        if slot.facts & ANCHORED != 0 {
            self.budget.end(open.id, open.extent);
        }
        self.hold(open.extent);
        end
    }

    /// Notes that the anchor at `anchor` belongs to the node `id`.
    pub(super) fn anchor(&mut self, id: u32, anchor: Span) {
        let Some(slot) = self.tree.slots.get_mut(id as usize) else {
            return;
        };
        slot.facts |= ANCHORED;
        if slot.kind == Kind::Scalar && slot.start == slot.end && slot.start < anchor.end {
            // Nothing is there but the anchor; it stands behind its properties.
            let bare = slot.outer == slot.start;
            (slot.start, slot.end) = (anchor.end, anchor.end);
            slot.outer = if bare { anchor.start } else { slot.outer };
        }
        slot.outer = slot.outer.min(anchor.start);
    }

    /// Notes that the tag at `span`, which means `name`, belongs to the node `id`.
    pub(super) fn tag(&mut self, id: u32, span: Span, name: String) {
        self.tree.tags.push((id, name));
        if let Some(slot) = self.tree.slots.get_mut(id as usize) {
            slot.outer = slot.outer.min(span.start);
        }
    }

    /// Adds a comment, from its `#` to before the line break; the order does not matter.
    pub(super) fn comment(&mut self, span: Span) {
        self.tree.comments.push(span);
    }

    /// Returns the finished tree of the document at `document`.
    pub(super) fn finish(mut self, document: Span) -> Tree {
        self.tree.document = document;
        self.tree.comments.sort_unstable();
        self.tree.tags.sort_unstable_by_key(|&(id, _)| id);
        self.tree
    }

    /// Counts a finished node into the collection that holds it.
    fn hold(&mut self, child: Extent) {
        if let Some(open) = self.open.last_mut() {
            open.extent.hold(child);
        }
    }

    fn push(&mut self, kind: Kind, style: Style, span: Span, (a, b): (u32, u32)) -> u32 {
        let id = u32::try_from(self.tree.slots.len()).unwrap_or(NONE);
        let parent = self.open.last().map_or(NONE, |open| open.id);
        if let Some(open) = self.open.last_mut() {
            let is_key = open.kind == Kind::Mapping && open.children.is_multiple_of(2);
            let meant = if kind == Kind::Alias {
                self.tree.slots.get(a as usize).map_or(kind, |target| target.kind)
            } else {
                kind
            };
            if is_key && matches!(meant, Kind::Mapping | Kind::Sequence) {
                self.tree.compound_key.get_or_insert(span);
            }
            let (previous, first) = (open.last, open.children == 0);
            open.last = id;
            open.children += 1;
            if first {
                self.tree.slots[parent as usize].a = id;
            } else {
                self.tree.slots[previous as usize].next = id;
            }
        }
        let Span { start, end } = span;
        self.tree.slots.push(Slot {
            outer: start,
            start,
            end,
            parent,
            next: NONE,
            a,
            b,
            kind,
            style,
            facts: 0,
        });
        id
    }
}
