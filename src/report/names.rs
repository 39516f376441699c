//! Names and lines that nobody has vouched for: as Git writes them in a patch, and as a terminal may show them.

use std::borrow::Cow;
use std::fmt::Write;

use crate::text;

/// Returns a path behind its prefix as Git writes both in the head of a patch: as they are, or in quotes with C's
/// escapes where a byte of the path is not printable ASCII, a quote or a backslash (`core.quotePath`, as by default).
///
/// # Source
/// `quote_c_style` of <https://github.com/git/git/blob/v2.39.5/quote.c>
pub(crate) fn quoted(prefix: &str, path: &[u8]) -> String {
    let mut text = String::with_capacity(path.len() + prefix.len() + 2);
    let mut is_plain = true;
    for byte in path {
        is_plain &= matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        match byte {
            0x07 => text.push_str("\\a"),
            0x08 => text.push_str("\\b"),
            b'\t' => text.push_str("\\t"),
            b'\n' => text.push_str("\\n"),
            0x0b => text.push_str("\\v"),
            0x0c => text.push_str("\\f"),
            b'\r' => text.push_str("\\r"),
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(*byte)),
            // A string takes every text.
            _ => write!(text, "\\{byte:03o}").unwrap_or_default(),
        }
    }
    if is_plain {
        format!("{prefix}{text}")
    } else {
        format!("\"{prefix}{text}\"")
    }
}

/// Returns a line in which every character that acts but a tab is written out. The carriage return of a line's end does
/// nothing there and stays.
pub(crate) fn harmless(line: &str) -> Cow<'_, str> {
    let is_obeyed = |character| text::acts(character) && character != '\t';
    let (body, end) = line.strip_suffix('\r').map_or((line, ""), |body| (body, "\r"));
    if !body.contains(is_obeyed) {
        return Cow::Borrowed(line);
    }
    let mut shown = String::with_capacity(line.len() + 16);
    for character in body.chars() {
        if is_obeyed(character) {
            text::push(&mut shown, character);
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_as_git_quotes_them() {
        for (path, expected) in [
            ("a/b.yaml", "a/a/b.yaml"),
            ("a b.yaml", "a/a b.yaml"),
            ("-rf", "a/-rf"),
            ("caf\u{e9}", r#""a/caf\303\251""#),
            ("a\"b\\c", r#""a/a\"b\\c""#),
            ("\u{7}\u{8}\t\n\u{b}\u{c}\r", r#""a/\a\b\t\n\v\f\r""#),
            ("\u{1b}\u{7f}\u{1}", r#""a/\033\177\001""#),
        ] {
            assert_eq!(quoted("a/", path.as_bytes()), expected);
        }
        assert_eq!(quoted("b/", b"\xff"), r#""b/\377""#);
    }

    #[test]
    fn a_terminal_gets_escapes_where_it_would_obey() {
        for (line, expected) in [
            ("a\tb: \u{e9} \u{1f600}", "a\tb: \u{e9} \u{1f600}"),
            ("a\r", "a\r"),
            ("a\rb\r\r", "a\\rb\\r\r"),
            ("\u{1b}[2J\u{7f}", "\\u{1b}[2J\\u{7f}"),
            ("\u{85}\u{2066}\u{200f}", "\\u{85}\\u{2066}\\u{200f}"),
        ] {
            assert_eq!(harmless(line), expected, "{line:?}");
        }
    }
}
