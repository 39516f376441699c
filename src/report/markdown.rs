//! Text that stands in Markdown as it is.

/// Returns text in which nothing is markup, on one line.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' => escaped.extend(['\\', character]),
            '&' => escaped.push_str("&amp;"),
            // A name would be notified.
            '@' => escaped.push_str("&#64;"),
            _ if character.is_control() => escaped.push(' '),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markup() {
        assert_eq!(
            escaped("a_b <script>\n@team `x` | [1]"),
            "a\\_b \\<script\\> &#64;team \\`x\\` \\| \\[1\\]"
        );
    }
}
