//! Steps over what lies between two tokens: blanks, comments, line breaks.

use super::split::BOM;

/// A text, to step through by bytes; it ends where its document ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan<'a> {
    pub(super) text: &'a str,
}

impl<'a> Scan<'a> {
    /// Returns the byte at `at`, none behind the end.
    pub(super) fn byte(self, at: u32) -> Option<u8> {
        self.text.as_bytes().get(at as usize).copied()
    }

    /// Tells whether a blank, a line break or the end is at `at`.
    pub(super) fn is_blank(self, at: u32) -> bool {
        matches!(self.byte(at), None | Some(b' ' | b'\t' | b'\r' | b'\n'))
    }

    /// Returns the text from `from` on, empty behind the end.
    pub(super) fn rest(self, from: u32) -> &'a str {
        self.text.get(from as usize..).unwrap_or_default()
    }

    /// Returns the first byte from `from` on that is not a blank, a line break or part of a comment.
    pub(super) fn token(self, from: u32) -> u32 {
        let mut at = from;
        while let Some(byte) = self.byte(at) {
            at = match byte {
                b' ' | b'\t' | b'\r' | b'\n' => at + 1,
                b'#' => self.line_end(at),
                _ if self.rest(at).starts_with(BOM) => at + length(BOM),
                _ => return at,
            };
        }
        at
    }

    /// Returns the first token from `from` on that is neither an anchor nor a tag.
    pub(super) fn content(self, from: u32) -> u32 {
        let mut at = self.token(from);
        while let Some(b'&' | b'!') = self.byte(at) {
            let rest = self.rest(at);
            at = self.token(at + length(rest.split([' ', '\t', '\r', '\n']).next().unwrap_or(rest)));
        }
        at
    }

    /// Returns the first byte from `from` on that is not a blank.
    pub(super) fn blanks(self, from: u32) -> u32 {
        let rest = self.rest(from);
        from + length(rest) - length(rest.trim_start_matches([' ', '\t']))
    }

    /// Returns the end of the line that holds byte `from`, before its line break.
    pub(super) fn line_end(self, from: u32) -> u32 {
        let rest = self.rest(from);
        from + memchr::memchr2(b'\n', b'\r', rest.as_bytes()).map_or(length(rest), |at| length(&rest[..at]))
    }

    /// Returns the start of the line after the one that holds byte `from`; the end where there is none.
    pub(super) fn next_line(self, from: u32) -> u32 {
        let end = self.line_end(from);
        end + length(self.line_break(end))
    }

    /// Returns the line break at `at`, empty where there is none.
    pub(super) fn line_break(self, at: u32) -> &'a str {
        let rest = self.rest(at);
        let size = if rest.starts_with("\r\n") {
            2
        } else {
            usize::from(rest.starts_with(['\r', '\n']))
        };
        &rest[..size]
    }

    /// Returns the start of the line that holds byte `at`, behind a byte-order mark.
    pub(super) fn line_start(self, at: u32) -> u32 {
        let before = &self.text.as_bytes()[..(at as usize).min(self.text.len())];
        let start = memchr::memrchr2(b'\n', b'\r', before).map_or(0, |found| found + 1);
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        if self.rest(start).starts_with(BOM) {
            (start + length(BOM)).min(at)
        } else {
            start
        }
    }

    /// Returns the line break that ends the line before the one that starts at `start`: its first byte.
    pub(super) fn before_line(self, start: u32) -> u32 {
        let before = self.text.get(..start as usize).unwrap_or_default();
        let trimmed = before
            .strip_suffix("\r\n")
            .or_else(|| before.strip_suffix(['\r', '\n']))
            .unwrap_or(before);
        length(trimmed)
    }
}

/// Returns the length of `text` in bytes; files above 4 GiB are never read.
pub(super) fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}
