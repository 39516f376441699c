//! Text in Markdown: names as code, in which nothing is markup, and words in which nothing is markup either.

/// Returns a name as a span of code, its fence longer than any run of backticks inside.
pub(super) fn code(name: &str) -> String {
    let runs = name.split(|character| character != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or_default() + 1);
    let is_at_an_edge = |edge: char| name.starts_with(edge) || name.ends_with(edge);
    // A blank at each edge is taken off, unless there is nothing else; an empty span is none.
    let padded = name.is_empty() || is_at_an_edge('`') || is_at_an_edge(' ');
    let pad = if padded { " " } else { "" };
    format!("{fence}{pad}{name}{pad}{fence}")
}

/// Returns a name as code where Markdown is not read: between the tags of HTML.
pub(super) fn html_code(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    format!("<code>{escaped}</code>")
}

/// Returns words in which nothing is markup, and which call nobody and name no issue.
pub(super) fn escaped(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    for character in words.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '~' => escaped.extend(['\\', character]),
            '&' => escaped.push_str("&amp;"),
            '|' => escaped.push_str("&#124;"),
            '#' => escaped.push_str("\\#&#8203;"),
            '@' | '!' => {
                escaped.push(character);
                escaped.push_str("&#8203;");
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Returns Markdown as the cell of a table, where a bar would end it, also inside of code.
pub(super) fn cell(markdown: &str) -> String {
    let mut cell = String::with_capacity(markdown.len());
    for character in markdown.chars() {
        if character == '|' {
            // Of an even number of backslashes none would be left for the bar.
            let before = cell.len() - cell.trim_end_matches('\\').len();
            cell.push_str(&"\\".repeat(before + 1));
        }
        cell.push(character);
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fence_of_a_name_is_longer_than_what_is_inside() {
        for (name, expected) in [
            ("shop/web", "`shop/web`"),
            ("a`b", "``a`b``"),
            ("``` x `", "```` ``` x ` ````"),
            (" a ", "`  a  `"),
            ("", "`  `"),
        ] {
            assert_eq!(code(name), expected);
        }
    }

    #[test]
    fn nothing_of_words_is_markup() {
        assert_eq!(
            escaped("a_b <script> @team `x` | [1] #2 !3 ![x]"),
            "a\\_b \\<script\\> @&#8203;team \\`x\\` &#124; \\[1\\] \\#&#8203;2 !&#8203;3 !&#8203;\\[x\\]"
        );
    }

    #[test]
    fn inside_of_html_a_name_is_no_tag() {
        assert_eq!(html_code("</b>&\"x'"), "<code>&lt;/b&gt;&amp;&quot;x&#39;</code>");
    }

    #[test]
    fn a_bar_ends_no_cell() {
        assert_eq!(cell("`a|b` `c\\|d`"), "`a\\|b` `c\\\\\\|d`");
    }
}
