//! A file's documents as kubectl, kustomize and Flux come to them: one after another, up to the first that stops them.

use memchr::memmem;

use crate::source::Span;

const MARK: char = '\u{feff}';

/// How the readers of clusters come to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// They read it.
    Read,
    /// An object of a JSON stream behind its first: kubectl reads it, kustomize does not.
    Streamed,
    /// They drop it without a word: nothing that they take for a marker stands between it and a document before it.
    Dropped,
    /// They stop here.
    Stopped {
        /// The byte of the file where they stop.
        offset: u32,
        /// Why.
        message: &'static str,
    },
}

/// Tells how the readers come to the document at `document`, which `next` follows.
///
/// # Source
/// <https://github.com/kubernetes/apimachinery/blob/v0.36.3/pkg/util/yaml/decoder.go>, `YAMLReader.Read`: it ends lines at
/// line feeds alone, knows no `...`, takes every line that begins with `---` for a marker, and gives a `%` line to a
/// document of its own. Those of kustomize 5.8.2 and Flux do likewise.
pub(super) fn standing(text: &str, document: Span, next: Option<Span>) -> Standing {
    let source = document.slice(text);
    let before = &text[..document.start as usize];
    if before.ends_with('\r') {
        return Standing::Dropped;
    }
    if let Some(line) = leading_lines(source).find(|line| line.trim_start_matches(MARK).starts_with('%')) {
        return stopped(text, line, "the readers of clusters take no `%` line: leave it out");
    }
    let own = markers(source).next();
    // A marker that stops the readers stops them before they have read what it ends.
    let next = next.filter(|next| !text[..next.start as usize].ends_with('\r'));
    let end = next.and_then(|next| markers(next.slice(text)).next());
    for line in markers(source).chain(end) {
        let behind = line.trim_start_matches(MARK)[3..].trim();
        if !behind.is_empty() && !behind.starts_with('#') {
            let message = "the readers of clusters take no text on a line that begins with `---`";
            return stopped(text, line, message);
        }
    }
    let follows_end = before.lines().next_back().is_some_and(|line| line.starts_with("..."));
    match own {
        None if follows_end => Standing::Dropped,
        None if !before.is_empty() => Standing::Streamed,
        Some(_) | None => Standing::Read,
    }
}

/// Returns the lines before a document's own marker or content.
fn leading_lines(source: &str) -> impl Iterator<Item = &str> {
    source.lines().take_while(|line| {
        let line = line.trim_start_matches(MARK).trim_start();
        line.is_empty() || line.starts_with(['#', '%'])
    })
}

/// Returns the lines that begin with `---`.
fn markers(source: &str) -> impl Iterator<Item = &str> {
    let found = memmem::find_iter(source.as_bytes(), "---");
    found.filter_map(|at| {
        let start = source[..at].trim_end_matches(MARK).len();
        let starts_line = start == 0 || source[..start].ends_with('\n');
        starts_line.then(|| source[start..].lines().next().unwrap_or_default())
    })
}

fn stopped(text: &str, line: &str, message: &'static str) -> Standing {
    // A line is a part of the text.
    let offset = line.as_ptr() as usize - text.as_ptr() as usize;
    Standing::Stopped {
        offset: u32::try_from(offset).unwrap_or(u32::MAX),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::documents;

    /// Tells how each document of a text stands: read, dropped or stopped, by a letter each.
    fn all(text: &str) -> String {
        let spans = documents(text);
        let letter = |at: usize| match standing(text, spans[at], spans.get(at + 1).copied()) {
            Standing::Read => 'r',
            Standing::Streamed => 'j',
            Standing::Dropped => 'd',
            Standing::Stopped { .. } => 's',
        };
        (0..spans.len()).map(letter).collect()
    }

    #[test]
    fn documents_stand_as_kubectl_and_kustomize_come_to_them() {
        for (text, expected) in [
            ("a: 1\n---\nb: 2\n", "rr"),
            ("---\na: 1\n--- # c\nb: 2\n--- \t\nc: 3\n", "rrr"),
            ("\u{feff}---\na: 1\n---\n\u{feff}b: 2\n", "rr"),
            ("a: 1\n...\nb: 2\n", "rd"),
            ("a: 1\n... # c\nb: 2\n---\nc: 3\n", "rdr"),
            ("a: 1\n...\n---\nb: 2\n", "rr"),
            ("a: 1\r---\rb: 2\r", "rd"),
            ("a: 1\r\n---\r\nb: 2\r\n", "rr"),
            ("a: 1\n---\nb: 2\n--- {c: 3}\n", "rss"),
            ("a: 1\n----\nb: 2\n", "s"),
            ("a: 1\n---b: 2\n", "s"),
            ("%YAML 1.2\n---\na: 1\n", "s"),
            ("# c\n%TAG ! x\n---\na: 1\n", "s"),
            ("a: '%b'\n", "r"),
            ("{}\n{}\n", "rj"),
        ] {
            assert_eq!(all(text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_place_is_that_of_the_line() {
        let text = "a: 1\n---\nb: 2\n---- x\n";
        let Standing::Stopped { offset, .. } = standing(text, documents(text)[1], None) else {
            panic!("the last line is no marker")
        };
        assert_eq!(offset, 14);
    }
}
