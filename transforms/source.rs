//! Places in files: which file, which bytes, and which line and column a person sees.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

/// A file of one run, by its index in the list of inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct FileId(pub u32);

/// A file of a run.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Its path relative to the working directory, with `/`.
    pub path: String,
    /// Its text, `None` where nothing in it can be pointed at or edited, so that it was not kept.
    pub text: Option<Arc<str>>,
}

/// The files of a run; a [`FileId`] is an index into them.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The files, sorted by path; behind them those of another tree, where one is held against it.
    pub files: Vec<SourceFile>,
    /// The one of them that is a stream between other programs.
    pub stream: Option<FileId>,
    /// Those whose encoding is not UTF-8: their texts were decoded, and they are never written.
    pub foreign: BTreeSet<FileId>,
}

impl Sources {
    /// No files.
    pub const NONE: Self = Self {
        files: Vec::new(),
        stream: None,
        foreign: BTreeSet::new(),
    };

    /// Returns the path of a file.
    pub fn path(&self, file: FileId) -> &str {
        self.files.get(file.0 as usize).map_or("", |file| &file.path)
    }

    /// Returns the text of a file, where it was kept.
    pub fn text(&self, file: FileId) -> Option<&Arc<str>> {
        self.files.get(file.0 as usize)?.text.as_ref()
    }
}

/// A half-open range of **bytes** from the start of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One behind the last byte.
    pub end: u32,
}

impl Span {
    /// Makes the span of `start..end`.
    pub fn new(start: u32, end: u32) -> Self {
        debug_assert!(start <= end, "a span runs forward");
        Self { start, end }
    }

    /// Returns the range to slice a text with.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Returns the text that the span covers; empty where the span does not fit `text`.
    pub fn slice(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or_default()
    }

    /// Tells whether the span covers no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// A place for people: line and column, both from 1, the column in **characters**.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LineCol {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// The starts of a text's lines, to turn bytes into lines and columns.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<u32>,
    /// How many characters start before each block of [`BLOCK`] bytes, so that no column is counted from afar: a file
    /// may be one line.
    characters: Vec<u32>,
}

/// The bytes between two places up to which the characters are counted.
const BLOCK: usize = 128;

impl LineIndex {
    /// Reads where the lines of `text` start; LF, CRLF and a lone CR each end a line.
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            let ends_line = bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n');
            if ends_line {
                starts.push(u32::try_from(at + 1).unwrap_or(u32::MAX));
            }
        }
        let counted = bytes.chunks(BLOCK).scan(0, |before, block| {
            let first = *before;
            *before += starting(block);
            Some(first)
        });
        let characters = counted.collect();
        Self { starts, characters }
    }

    /// Returns the line of the byte `at` of the text that the index was made from, from 1.
    pub fn line(&self, at: u32) -> u32 {
        let line = self.starts.partition_point(|&start| start <= at);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// Returns line and column of the byte `at` of `text`, the text that the index was made from.
    pub fn line_col(&self, text: &str, at: u32) -> LineCol {
        let line = self.starts.partition_point(|&start| start <= at);
        let start = self.starts[line - 1] as usize;
        let before = text.get(start..at as usize).unwrap_or_default();
        let mark = u32::from(before.starts_with('\u{feff}'));
        LineCol {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: self.characters(text, start, start + before.len()) - mark + 1,
        }
    }

    /// Returns how many characters start from the byte `start` to before the byte `end`.
    fn characters(&self, text: &str, start: usize, end: usize) -> u32 {
        let before = |at: usize| {
            let block = (at / BLOCK).min(self.characters.len().saturating_sub(1));
            let rest = text.as_bytes().get(block * BLOCK..at).unwrap_or_default();
            self.characters.get(block).copied().unwrap_or_default() + starting(rest)
        };
        before(end) - before(start)
    }
}

/// Returns how many characters start in some bytes of a text.
fn starting(bytes: &[u8]) -> u32 {
    let count = bytes.iter().filter(|byte| !matches!(byte, 0x80..=0xbf)).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_end_at_lf_crlf_and_cr() {
        let text = "ä: 1\r\nb: 2\rc: 3\n";
        let index = LineIndex::new(text);
        let at = |needle: &str| index.line_col(text, u32::try_from(text.find(needle).unwrap()).unwrap());
        assert_eq!(at(": 1"), LineCol { line: 1, column: 2 });
        assert_eq!(at("2"), LineCol { line: 2, column: 4 });
        assert_eq!(at("3"), LineCol { line: 3, column: 4 });
    }

    #[test]
    fn columns_of_a_long_line_count_every_character_before() {
        let text = format!("\u{feff}{}\nb", "ä€".repeat(1_000));
        let index = LineIndex::new(&text);
        let byte = |at: usize| u32::try_from(at).unwrap();
        for (characters, (at, _)) in text.char_indices().skip(1).take(2_000).enumerate() {
            let expected = LineCol {
                line: 1,
                column: byte(characters + 1),
            };
            assert_eq!(index.line_col(&text, byte(at)), expected);
        }
        assert_eq!(index.line_col(&text, byte(text.len())), LineCol { line: 2, column: 2 });
    }
}
