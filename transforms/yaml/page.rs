//! A document under the pen: its text, its tree, and the habits of whoever wrote it.

use crate::source::Span;

use super::edit::Splice;
use super::emit::{FlowLayout, Layout};
use super::habits::Habits;
use super::node::Node;
use super::scan::{Scan, length};
use super::tree::{Kind, Style, Tree};

/// A document that is edited.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page<'a> {
    /// The file up to the document's end.
    pub(super) scan: Scan<'a>,
    pub(super) tree: &'a Tree,
    pub(super) habits: Habits<'a>,
}

/// An item of a sequence or a pair of a mapping.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// Where it starts: in block style its dash, its `?` or its key.
    pub(super) lead: u32,
    /// Where its content ends.
    pub(super) end: u32,
    /// In flow style the comma behind it.
    pub(super) comma: Option<u32>,
}

/// An entry of a collection's new list.
#[derive(Debug)]
pub(super) enum Output {
    /// The entry with this index, with changes inside it.
    Keep(usize, Vec<Splice>),
    /// A new one: its text, which starts where an entry starts.
    Fresh(String),
}

impl<'a> Page<'a> {
    pub(super) fn new(text: &'a str, tree: &'a Tree) -> Self {
        let text = text.get(..tree.span().end as usize).unwrap_or(text);
        Self {
            scan: Scan { text },
            tree,
            habits: Habits::of(text, tree),
        }
    }

    /// Returns the text of a span.
    pub(super) fn slice(&self, start: u32, end: u32) -> &'a str {
        Span {
            start,
            end: end.max(start),
        }
        .slice(self.scan.text)
    }

    /// Returns where the entries of a collection lie.
    pub(super) fn entries(&self, node: Node<'a>) -> Vec<Entry> {
        let flow = node.is_flow();
        let mut cursor = node.span().start + u32::from(flow);
        let mut found = Vec::new();
        let ends: Vec<u32> = match node.kind() {
            Kind::Mapping => node
                .pairs()
                .map(|(key, value)| key.span().end.max(value.span().end))
                .collect(),
            Kind::Sequence => node.items().map(|item| item.span().end).collect(),
            Kind::Scalar | Kind::Alias => Vec::new(),
        };
        for end in ends {
            let lead = self.scan.token(cursor);
            let end = end.max(lead + u32::from(!flow));
            let next = self.scan.token(end);
            let comma = (flow && self.scan.byte(next) == Some(b',')).then_some(next);
            cursor = comma.map_or(end, |comma| comma + 1);
            found.push(Entry { lead, end, comma });
        }
        found
    }

    /// Returns the column of byte `at`, in characters from 0.
    pub(super) fn column(&self, at: u32) -> usize {
        self.slice(self.scan.line_start(at), at).chars().count()
    }

    /// Tells whether byte `at` is the first of its line that is not blank.
    pub(super) fn starts_line(&self, at: u32) -> bool {
        self.scan.blanks(self.scan.line_start(at)) == at
    }

    /// Returns the blanks that the line of byte `at` starts with.
    pub(super) fn indentation(&self, at: u32) -> &'a str {
        let start = self.scan.line_start(at);
        self.slice(start, self.scan.blanks(start))
    }

    /// Tells whether `at` is the start of a line.
    pub(super) fn is_line_start(&self, at: u32) -> bool {
        self.scan
            .text
            .get(..at as usize)
            .is_some_and(|before| before.ends_with(['\n', '\r']))
    }

    /// Tells whether the node is a `|+` or `>+` that owns the line breaks behind it.
    pub(super) fn keeps_blank_lines(&self, node: Node<'_>) -> bool {
        matches!(node.style(), Style::Literal | Style::Folded) && self.is_line_start(node.span().end)
    }

    /// Returns where the content up to `end` ends on its line: before the line break that a `|+` scalar owns.
    pub(super) fn on_line(&self, end: u32) -> u32 {
        if self.is_line_start(end) {
            self.scan.before_line(end)
        } else {
            end
        }
    }

    /// Returns the place behind the colon of a pair, none where the colon is missing.
    pub(super) fn behind_colon(&self, key: Node<'_>) -> Option<u32> {
        let at = self.scan.token(key.span().end);
        (self.scan.byte(at) == Some(b':')).then_some(at + 1)
    }

    /// Returns the layout of new block style.
    pub(super) fn layout(&self) -> Layout {
        let Habits {
            eol,
            step,
            list_step,
            quote,
            ..
        } = self.habits;
        Layout {
            eol,
            step,
            list_step,
            gap: 1,
            quote,
        }
    }

    /// Returns the layout of new flow style on one line.
    pub(super) fn flow_layout(&self) -> FlowLayout<'a> {
        let Habits { json, colon, quote, .. } = self.habits;
        let comma = if json && !colon.ends_with(' ') { "," } else { ", " };
        FlowLayout {
            json,
            colon,
            comma,
            lines: None,
            last_comma: false,
            cuddled: false,
            quote,
        }
    }

    /// Returns the text from `start` to `end` with the `splices` that lie in it made.
    pub(super) fn patched(&self, start: u32, end: u32, splices: &[Splice]) -> String {
        let mut out = String::new();
        let mut copied = start;
        for Splice { span, text } in splices {
            out.push_str(self.slice(copied, span.start));
            out.push_str(text);
            copied = span.end.max(copied);
        }
        out.push_str(self.slice(copied, end));
        out
    }
}

/// Returns the deletion of a span.
pub(super) fn deletion(start: u32, end: u32) -> Splice {
    Splice {
        span: Span {
            start,
            end: end.max(start),
        },
        text: String::new(),
    }
}

/// Returns the insertion of a text.
pub(super) fn insertion(at: u32, text: String) -> Splice {
    Splice {
        span: Span { start: at, end: at },
        text,
    }
}

/// Returns `text` in front of which `column` blanks stand.
pub(super) fn indented(column: usize, text: &str) -> String {
    let mut out = " ".repeat(column);
    out.push_str(text);
    out
}

/// Returns the blanks of `between`: all of it without a line break, else the last line's indentation with a break.
pub(super) fn blanks_of(between: &str, eol: &str) -> String {
    let last = between.rsplit(['\n', '\r']).next().unwrap_or(between);
    let blanks = &last[..last.len() - last.trim_start_matches([' ', '\t']).len()];
    if length(last) == length(between) {
        blanks.to_owned()
    } else {
        format!("{eol}{blanks}")
    }
}
