//! Lines of a manifest, whose marks move with what is written out.

use ciliate_transforms::report::Snippet;

use super::Untrusted;
use crate::text;

impl Untrusted for Snippet {
    /// Ends of lines and tabs stay: the renderer lays them out.
    fn clean(&mut self) {
        let Self {
            text: source,
            first_line: _,
            is_cut: _,
            marked,
        } = self;
        if !source.contains(text::acts) {
            return;
        }
        let mut shown = String::with_capacity(source.len() + 8);
        let (mut start, mut end) = (None, None);
        let mut characters = source.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let place = shown.len();
            start = start.or((at >= marked.start).then_some(place));
            end = end.or((at >= marked.end).then_some(place));
            let breaks = character == '\r' && matches!(characters.peek(), Some((_, '\n')));
            if breaks || matches!(character, '\n' | '\t') {
                shown.push(character);
            } else {
                text::push(&mut shown, character);
            }
        }
        *marked = start.unwrap_or(shown.len())..end.unwrap_or(shown.len());
        *source = shown;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_stays_on_its_characters() {
        for (text, marked, expected) in [
            ("name: a\u{1b}b\r\n", "a\u{1b}b", "name: a\\u{1b}b\r\n"),
            ("\u{202e}\tx: \u{9b}web\n", "web", "\\u{202e}\tx: \\u{9b}web\n"),
            ("a\rb\n", "b\n", "a\\rb\n"),
            ("größe: \u{85}", "\u{85}", "größe: \\u{85}"),
        ] {
            let at = text.find(marked).unwrap();
            let mut snippet = Snippet {
                text: text.to_owned(),
                first_line: 1,
                marked: at..at + marked.len(),
                is_cut: false,
            };
            snippet.clean();
            assert_eq!(snippet.text, expected);
            let shown = text::shown(marked.trim_end_matches('\n')).into_owned();
            assert_eq!(snippet.text[snippet.marked.clone()].trim_end_matches('\n'), shown);
        }
    }
}
