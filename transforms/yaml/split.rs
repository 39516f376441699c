//! Cuts a file into its documents by bytes alone, without parsing.

use memchr::memmem;
use serde::de::IgnoredAny;

use crate::source::Span;

/// The byte-order mark, allowed before a document.
pub(super) const BOM: &str = "\u{feff}";

/// Splits `text` at its document markers; the spans follow each other and together cover every byte.
///
/// A document starts at a `---` in column 0, or before it at the comments and `%` directives that lead to it, and
/// ends after a `...` line. JSON, whose strings hold no line breaks, has no marker; in a text that begins with an object,
/// objects one behind the other are a document each. An empty text has none.
///
/// # Source
/// <https://yaml.org/spec/1.2.2/#rule-c-forbidden>: no scalar holds a marker in column 0, so the cut is exact.
pub fn documents(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut start = 0;
    // Where the current document's content may begin: behind its own `---`, once that was met.
    let mut own_marker = None;
    for (at, marker) in markers(text) {
        match marker {
            Marker::Start if own_marker.is_none() && is_prefix(&text[start..at]) => own_marker = Some(at),
            Marker::Start => {
                found.push(span(start, at));
                start = at;
                own_marker = Some(at);
            }
            Marker::End => {
                let end = next_line(text, at);
                found.push(span(start, end));
                start = end;
                own_marker = None;
            }
        }
    }
    if start < text.len() {
        found.push(span(start, text.len()));
    }
    if let Some(first) = found.first().copied() {
        found.splice(..1, json_stream(text, first));
    }
    found
}

/// Splits a document that is a stream of JSON objects; all else stays one.
fn json_stream(text: &str, document: Span) -> Vec<Span> {
    let source = document.slice(text);
    if !source.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{') {
        return vec![document];
    }
    let mut values = serde_json::Deserializer::from_str(source).into_iter::<IgnoredAny>();
    let mut ends = Vec::new();
    let mut start = 0;
    while let Some(value) = values.next() {
        if value.is_err() || !source[start..].trim_ascii_start().starts_with('{') {
            return vec![document];
        }
        start = values.byte_offset();
        ends.push(document.start as usize + start);
    }
    // What stands behind the last object, and be it blanks, is its own.
    if ends.pop().is_none() || ends.is_empty() {
        return vec![document];
    }
    let starts = [document.start as usize].into_iter().chain(ends.iter().copied());
    let ends = ends.iter().copied().chain([document.end as usize]);
    starts.zip(ends).map(|(start, end)| span(start, end)).collect()
}

#[derive(Clone, Copy)]
enum Marker {
    Start,
    End,
}

/// Returns all markers in column 0 by position.
fn markers(text: &str) -> Vec<(usize, Marker)> {
    let mut found = Vec::new();
    for (needle, marker) in [("---", Marker::Start), ("...", Marker::End)] {
        found.extend(
            memmem::find_iter(text.as_bytes(), needle)
                .filter(|&at| is_alone(text.as_bytes(), at))
                // A byte-order mark leads its document.
                .map(|at| (if text[..at].ends_with(BOM) { at - BOM.len() } else { at }, marker)),
        );
    }
    found.sort_unstable_by_key(|&(at, _)| at);
    found
}

/// Tells whether the three bytes at `at` stand in column 0 and are followed by a blank, a line break or nothing.
fn is_alone(bytes: &[u8], at: usize) -> bool {
    let before = &bytes[..at];
    let before = before.strip_suffix(BOM.as_bytes()).unwrap_or(before);
    matches!(before.last(), None | Some(b'\n' | b'\r'))
        && matches!(bytes.get(at + 3), None | Some(b' ' | b'\t' | b'\n' | b'\r'))
}

/// Tells whether `text` is only what may lead to a document's `---`: blanks, comments, directives.
fn is_prefix(text: &str) -> bool {
    text.split(['\n', '\r']).all(|line| {
        let line = line.trim_start_matches(BOM);
        line.starts_with('%') || matches!(line.trim_start_matches([' ', '\t']).chars().next(), None | Some('#'))
    })
}

/// Returns the start of the line after the one that holds byte `at`.
fn next_line(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    match memchr::memchr2(b'\n', b'\r', &bytes[at..]) {
        Some(offset) if bytes[at + offset..].starts_with(b"\r\n") => at + offset + 2,
        Some(offset) => at + offset + 1,
        None => bytes.len(),
    }
}

fn span(start: usize, end: usize) -> Span {
    let byte = |at| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(byte(start), byte(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<&str> {
        documents(text).into_iter().map(|span| span.slice(text)).collect()
    }

    #[test]
    fn a_document_starts_at_a_marker_in_column_0_and_nowhere_else() {
        let table: &[(&str, &[&str])] = &[
            ("", &[]),
            ("a: 1\n", &["a: 1\n"]),
            ("a: 1\n---\nb: 2\n", &["a: 1\n", "---\nb: 2\n"]),
            ("---\na: 1\n---\n", &["---\na: 1\n", "---\n"]),
            ("--- # c\r\na\r\n---\r\nb", &["--- # c\r\na\r\n", "---\r\nb"]),
            ("a: |\n  ---\n  x\n---\n", &["a: |\n  ---\n  x\n", "---\n"]),
            ("---a: 1\n----\n--- x\n", &["---a: 1\n----\n", "--- x\n"]),
            ("a\r---\rb", &["a\r", "---\rb"]),
            ("{\"a\": \"---\"}", &["{\"a\": \"---\"}"]),
            ("{}\n{\"a\": {}} {}\n", &["{}", "\n{\"a\": {}}", " {}\n"]),
            ("{}\n{\"a\":\n", &["{}\n{\"a\":\n"]),
            ("{a: b}\n{c: d}\n", &["{a: b}\n{c: d}\n"]),
            ("{}\"a\": 1", &["{}\"a\": 1"]),
            ("{}{}\n...\n", &["{}{}\n...\n"]),
            ("---\n{}\n{}\n", &["---\n{}\n{}\n"]),
        ];
        for (text, expected) in table {
            assert_eq!(parts(text), *expected, "{text:?}");
        }
    }

    #[test]
    fn comments_directives_and_a_byte_order_mark_stay_with_the_document_they_lead_to() {
        let table: &[(&str, &[&str])] = &[
            ("# head\n---\na: 1\n", &["# head\n---\na: 1\n"]),
            (
                "%YAML 1.2\n---\na: 1\n...\n%TAG ! x\n--- b\n",
                &["%YAML 1.2\n---\na: 1\n...\n", "%TAG ! x\n--- b\n"],
            ),
            (
                "\u{feff}---\na\n\u{feff}---\nb",
                &["\u{feff}---\na\n", "\u{feff}---\nb"],
            ),
            ("---\n# only this\n---\na", &["---\n# only this\n", "---\na"]),
            ("a\n...\n# tail\n", &["a\n...\n", "# tail\n"]),
        ];
        for (text, expected) in table {
            assert_eq!(parts(text), *expected, "{text:?}");
        }
    }
}
