//! Ignores: what a person wrote, in annotations or comments, that ciliate should leave alone.

use std::borrow::Cow;

use super::reader::Reader;
use super::scalar::Scalar;
use crate::policy::{Ignore, IgnoreScope};
use crate::source::Span;
use crate::yaml::{Node, Tree};

/// What every comment of ours starts with; a document without it needs none of its comments.
pub(crate) const COMMENT_MARK: &str = "ciliate:";

const NAMES: &str = "ciliate.dev/ignore";
const REASON: &str = "ciliate.dev/ignore-reason";
const UNTIL: &str = "ciliate.dev/ignore-until";

/// Returns the comments of a document that are ours, `# ciliate: …`.
pub(super) fn marks(tree: &Tree, text: &str) -> Vec<Span> {
    let ours = |span: &&Span| content(**span, text).is_some();
    tree.comments().iter().filter(ours).copied().collect()
}

/// Reads the ignores on an object: its annotation, and of the document's `marks`, sorted, those that speak of it.
///
/// A mark above it speaks of it where it stands before `root`, where the document's content starts, or behind `before`,
/// where the object in front ends.
pub(super) fn of(object: Node<'_>, root: u32, before: u32, marks: &[Span], text: &str) -> Vec<Ignore> {
    let mut found: Vec<Ignore> = annotation(object).into_iter().collect();
    if marks.is_empty() {
        return found;
    }
    let span = object.span();
    let behind = |at: u32| marks.partition_point(|mark| mark.start < at);
    let of_all = behind(root);
    // An object by alias stands in front of what is before its item.
    let own = behind(before.min(span.start)).max(of_all)..behind(line_at(text, span.end).end);
    let mut lines = Lines { text, last: None };
    for &mark in marks[..of_all].iter().chain(marks.get(own).unwrap_or_default()) {
        let line = line_at(text, mark.start);
        let lead = text.get(line.start as usize..mark.start as usize).unwrap_or_default();
        let alone = lead.trim_start_matches('\u{feff}').trim().trim_matches('-').is_empty();
        let scope = match (mark.start < span.start, alone) {
            (true, false) => continue,
            (true, true) => IgnoreScope::Object,
            (false, true) => IgnoreScope::Line(lines.below(line)),
            (false, false) => IgnoreScope::Line(line),
        };
        if let Some((names, reason)) = content(mark, text).and_then(comment) {
            found.push(Ignore {
                names,
                reason,
                until: None,
                scope,
                span: mark,
            });
        }
    }
    found
}

fn annotation(object: Node<'_>) -> Option<Ignore> {
    let annotations = Reader::field(object, "metadata").and_then(|metadata| metadata.get("annotations"))?;
    let text = |key| annotations.get(key).and_then(Scalar::text_of).map(Cow::into_owned);
    let node = annotations.get(NAMES)?;
    Some(Ignore {
        names: names(&Scalar::text_of(node)?),
        reason: text(REASON),
        until: text(UNTIL),
        scope: IgnoreScope::Object,
        span: node.span(),
    })
}

/// Returns what a comment says behind `# ciliate:`.
fn content(span: Span, text: &str) -> Option<&str> {
    let comment = span.slice(text).trim_start_matches('#').trim_start();
    comment.strip_prefix(COMMENT_MARK).map(str::trim)
}

/// Reads `ignore[a,b] reason`.
fn comment(content: &str) -> Option<(Vec<String>, Option<String>)> {
    let list = content.strip_prefix("ignore")?.trim_start().strip_prefix('[')?;
    let (list, reason) = list.split_once(']')?;
    let reason = reason.trim();
    Some((names(list), (!reason.is_empty()).then(|| reason.to_owned())))
}

fn names(list: &str) -> Vec<String> {
    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

/// Returns the bytes of the line that holds byte `at`, without its line break.
fn line_at(text: &str, at: u32) -> Span {
    let bytes = text.as_bytes();
    let at = (at as usize).min(bytes.len());
    let start = memchr::memrchr2(b'\n', b'\r', &bytes[..at]).map_or(0, |found| found + 1);
    let end = memchr::memchr2(b'\n', b'\r', &bytes[at..]).map_or(bytes.len(), |found| at + found);
    let byte = |at| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(byte(start), byte(end))
}

/// Finds what stands below lines that are asked for from top to bottom, and looks at each line once.
struct Lines<'a> {
    text: &'a str,
    /// The last answer, with the start of the line that it was given for.
    last: Option<(u32, Span)>,
}

impl Lines<'_> {
    /// Returns the first line below `line` that holds more than a comment.
    fn below(&mut self, line: Span) -> Span {
        let last = self
            .last
            .filter(|(from, below)| *from <= line.start && line.start < below.start);
        let (_, below) = *self
            .last
            .insert(last.unwrap_or_else(|| (line.start, line_below(self.text, line))));
        below
    }
}

/// Returns the first line below `line` that holds more than a comment.
fn line_below(text: &str, line: Span) -> Span {
    let mut below = line;
    while (below.end as usize) < text.len() {
        below = line_at(text, below.end + 1);
        let content = below.slice(text).trim();
        if !content.is_empty() && !content.starts_with('#') {
            break;
        }
    }
    below
}
