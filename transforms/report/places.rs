//! Bytes → places for people: line, column, and the source around them.

use std::collections::BTreeMap;

use super::{Location, Snippet};
use crate::policy::Spot;
use crate::source::{FileId, LineIndex, Sources, Span};

/// Turns spots into places, with each file's lines counted once.
pub(super) struct Places<'s> {
    sources: &'s Sources,
    indexes: BTreeMap<FileId, LineIndex>,
}

impl<'s> Places<'s> {
    /// Makes what turns spots in these files into places.
    pub(super) const fn new(sources: &'s Sources) -> Self {
        Self {
            sources,
            indexes: BTreeMap::new(),
        }
    }

    /// Returns where a spot is, and the source around it; nothing where the file's text was not kept.
    pub(super) fn locate(&mut self, spot: Spot) -> (Option<Location>, Option<Snippet>) {
        let Some(text) = self.sources.text(spot.file) else {
            return (None, None);
        };
        let index = self.indexes.entry(spot.file).or_insert_with(|| LineIndex::new(text));
        let Span { start, end } = spot.span;
        let location = Location {
            path: self.sources.path(spot.file).to_owned(),
            start: index.line_col(text, start),
            end: index.line_col(text, end),
            start_byte: start,
            end_byte: end,
        };
        let snippet = snippet(text, spot.span, location.start.line);
        (Some(location), Some(snippet))
    }

    /// Returns `path:line:column`.
    pub(super) fn short(&mut self, spot: Spot) -> String {
        match self.locate(spot) {
            (Some(Location { path, start, .. }), _) => format!("{path}:{}:{}", start.line, start.column),
            (None, _) => self.sources.path(spot.file).to_owned(),
        }
    }
}

/// The most lines of source that a message shows.
const SNIPPET_LINES: usize = 6;

/// The most bytes on each side of where a mark starts: a file may be one line, and be shown as often as it has entries.
const SNIPPET_BYTES: usize = 1_000;

/// Cuts the lines around a span out of a text, at most [`SNIPPET_LINES`] of them; of lines that are long only what
/// stands around the span's start.
fn snippet(text: &str, span: Span, first_line: u32) -> Snippet {
    let (start, end) = (span.start as usize, span.end as usize);
    let (least, most) = (start.saturating_sub(SNIPPET_BYTES), start + 2 * SNIPPET_BYTES);
    let (least, most) = (text.ceil_char_boundary(least), text.floor_char_boundary(most));
    let line = text[least..start].rfind('\n').map(|at| least + at + 1);
    let from = line.unwrap_or(least);
    let mut to = from;
    for line in text[from..most].split_inclusive('\n').take(SNIPPET_LINES) {
        to += line.len();
        if to >= end {
            break;
        }
    }
    let shown = text[from..to].trim_end_matches(['\r', '\n']);
    // A span may end with line ends, or behind what is shown.
    let within = |at: usize| (at - from).min(shown.len());
    Snippet {
        text: shown.to_owned(),
        first_line,
        is_cut: line.is_none() && from > 0,
        marked: within(start)..within(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_ends_within_the_lines_that_are_shown() {
        let text = "metadata:\r\n  nname: web\r\n\r\nspec: {}\r\n";
        let end = u32::try_from(text.find("spec").unwrap()).unwrap();
        let shown = snippet(text, Span::new(13, end), 2);
        assert_eq!(shown.text, "  nname: web");
        assert_eq!(shown.marked, 2..12);
    }

    #[test]
    fn of_a_long_line_only_what_stands_around_the_mark_is_shown() {
        let text = format!("{}mark{}\nnext\n", "ä".repeat(10_000), "ö".repeat(10_000));
        let shown = snippet(&text, Span::new(20_000, 20_004), 1);
        assert!(shown.is_cut);
        assert_eq!(&shown.text[shown.marked.clone()], "mark");
        assert!(shown.text.len() <= 3 * SNIPPET_BYTES, "{}", shown.text.len());
        let start = snippet(&text, Span::new(0, 40_004), 1);
        assert!(!start.is_cut);
        assert_eq!(start.marked, 0..start.text.len());
    }
}
