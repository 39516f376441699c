//! Copies of an item: in its own style, without its comments, with changes.

use std::collections::BTreeMap;

use super::edit::{Edit, Path, Place, Refusal, splice};
use super::guard::place;
use super::node::Node;
use super::page::{Entry, Page, deletion};
use super::plan::Plan;
use super::scan::Scan;
use super::tree::Tree;
use crate::source::Span;

/// The items of one sequence as documents of their own, read once however often they are copied.
pub(super) struct Copies<'p, 'a> {
    page: &'p Page<'a>,
    node: Node<'a>,
    entries: Vec<Entry>,
    items: Vec<Node<'a>>,
    bare: BTreeMap<usize, Bare>,
}

/// An item without comments, as a document: in block style the only item of its sequence, at its old column.
struct Bare {
    text: String,
    tree: Tree,
    /// The blanks in front of it.
    column: usize,
}

impl<'p, 'a> Copies<'p, 'a> {
    pub(super) fn new(page: &'p Page<'a>, node: Node<'a>) -> Self {
        Self {
            page,
            node,
            entries: page.entries(node),
            items: node.items().collect(),
            bare: BTreeMap::new(),
        }
    }

    /// Returns the copy of the item `of` with `changes`, as it stands where an entry starts.
    pub(super) fn make(&mut self, of: usize, changes: &[Edit], path: &Path) -> Result<String, Refusal> {
        let bare = match self.bare.remove(&of) {
            Some(bare) => bare,
            None => self.read(of, path)?,
        };
        let bare = &*self.bare.entry(of).or_insert(bare);
        let page = Page {
            scan: Scan { text: &bare.text },
            tree: &bare.tree,
            habits: self.page.habits,
        };
        let missing = || {
            Refusal::NotFound(Place {
                path: path.index(of),
                span: None,
            })
        };
        let root = bare.tree.root(&bare.text).ok_or_else(missing)?;
        let item = if self.node.is_flow() {
            root
        } else {
            root.items().next().ok_or_else(missing)?
        };
        let splices = Plan::new(changes)
            .and_then(|plan| page.node(item, &plan, &mut Path::default()))
            .and_then(|splices| page.tidy(splices))
            // Inside the copy places are not those of the file.
            .map_err(|refusal| refusal.inside(&path.index(of), self.node.span()))?;
        let text = splice(&bare.text, &splices);
        Ok(text.get(bare.column..).unwrap_or_default().to_owned())
    }

    fn read(&self, of: usize, path: &Path) -> Result<Bare, Refusal> {
        let (page, node) = (self.page, self.node);
        let inexact = || Refusal::Inexact(place(&path.index(of), node));
        let entry = *self.entries.get(of).ok_or_else(inexact)?;
        // The blank lines that a `|+` owns cannot be told from those between items.
        let item = *self.items.get(of).ok_or_else(inexact)?;
        if item.subtree().any(|inner| page.keeps_blank_lines(inner)) {
            return Err(inexact());
        }
        let column = if node.is_flow() { 0 } else { page.column(entry.lead) };
        let text = format!("{}{}", " ".repeat(column), page.without_comments(entry.lead, entry.end));
        let end = u32::try_from(text.len()).map_err(|_| inexact())?;
        let tree = Tree::parse(&text, Span::new(0, end)).map_err(|_| inexact())?;
        // A second anchor of that name would take over the aliases that follow.
        if tree.nodes(&text).any(Node::has_anchor) {
            return Err(Refusal::SharedAnchor(place(&path.index(of), node)));
        }
        Ok(Bare { text, tree, column })
    }
}

impl Page<'_> {
    /// Tells whether a comment starts at byte `at`.
    pub(super) fn is_comment(&self, at: u32) -> bool {
        self.scan.byte(at) == Some(b'#')
            && self
                .tree
                .comments()
                .binary_search_by_key(&at, |span| span.start)
                .is_ok()
    }

    /// Returns the text from `start` to `end` without its comments, and without the lines that hold nothing else.
    fn without_comments(&self, start: u32, end: u32) -> String {
        let comments = self.tree.comments();
        let first = comments.partition_point(|span| span.start < start);
        let inside = comments.iter().skip(first).take_while(|span| span.start < end);
        let splices: Vec<_> = inside
            .map(|span| {
                let line = self.scan.line_start(span.start);
                if line > start && self.starts_line(span.start) {
                    return deletion(line, self.scan.next_line(span.end).min(end));
                }
                let before = self.slice(start, span.start).trim_end_matches([' ', '\t']);
                deletion(start + u32::try_from(before.len()).unwrap_or_default(), span.end)
            })
            .collect();
        self.patched(start, end, &splices)
    }
}
