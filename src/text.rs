//! Text of others as it may be shown: nothing in it moves a cursor, breaks a line, or hides or reorders what stands there.

use std::borrow::Cow;

/// Tells whether a character does something else than to be seen: the controls of C0 and C1, DEL, separators of lines,
/// whatever changes the direction of text, and what takes no room.
pub(crate) fn acts(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Returns text on one line, in which each character that acts is written as in Rust: `\n`, `\u{202e}`.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        push(&mut shown, character);
    }
    Cow::Owned(shown)
}

/// Puts a character behind shown text.
pub(crate) fn push(shown: &mut String, character: char) {
    if acts(character) {
        shown.extend(character.escape_default());
    } else {
        shown.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_written_out_and_all_else_stays() {
        for (text, expected) in [
            ("shop/web-1, größer → 世界 🙂 \\n", "shop/web-1, größer → 世界 🙂 \\n"),
            ("a\u{1b}[2J\r\n\tb", "a\\u{1b}[2J\\r\\n\\tb"),
            ("\u{7f}\u{85}\u{9b}2J", "\\u{7f}\\u{85}\\u{9b}2J"),
            ("\u{202e}\u{2066}\u{200f}\u{61c}", "\\u{202e}\\u{2066}\\u{200f}\\u{61c}"),
            (
                "\u{2028}\u{2029}\u{200b}\u{feff}",
                "\\u{2028}\\u{2029}\\u{200b}\\u{feff}",
            ),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
            assert_eq!(shown(&shown(text)), expected, "{text:?}");
        }
    }
}
