//! What the readers of clusters and YAML 1.2 take differently: kubectl, kustomize and Flux read YAML 1.1 by libyaml's
//! rules.

use std::borrow::Cow;

use serde::de::{Deserialize, IgnoredAny};

use super::scan::length;
use super::split::BOM;
use super::tree::ParseError;
use crate::source::Span;

/// The characters that end a line in YAML 1.1 alone: next line, line separator, paragraph separator.
const SEPARATORS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];

/// Refuses a document in which some reader ends lines where others do not, or that a byte-order mark stands in.
///
/// One in front of it is none of its characters.
pub(super) fn check_characters(text: &str, document: Span) -> Result<(), ParseError> {
    let source = document.slice(text);
    // ASCII alone is the rule, and searched fast; JSON has its own.
    if source.is_ascii() || super::read::is_json(source) {
        return Ok(());
    }
    let lead = source.len() - source.trim_start_matches(BOM).len();
    let is_odd = |&(at, found): &(usize, char)| SEPARATORS.contains(&found) || at >= lead && BOM.starts_with(found);
    let Some((at, found)) = source.char_indices().find(is_odd) else {
        return Ok(());
    };
    let message = if SEPARATORS.contains(&found) {
        format!(
            "U+{:04X} ends a line for some readers and not for others",
            u32::from(found)
        )
    } else {
        "a byte-order mark must not appear inside of a document".to_owned()
    };
    Err(ParseError {
        offset: document.start.saturating_add(length(&source[..at])),
        message,
    })
}

/// Refuses a document whose tabs stand where libyaml takes none.
pub(super) fn check_tabs(text: &str, document: Span) -> Result<(), ParseError> {
    match tab_refusal(document.slice(text)) {
        None => Ok(()),
        Some((at, message)) => Err(ParseError {
            offset: document.start.saturating_add(at),
            message,
        }),
    }
}

/// Tells whether libyaml takes a document with tabs, once it is changed so.
pub(super) fn takes(document: &str) -> bool {
    tab_refusal(document).is_none()
}

/// Returns where libyaml stops in a document with tabs, which JSON may have anywhere.
fn tab_refusal(source: &str) -> Option<(u32, String)> {
    let has_tabs = memchr::memchr(b'\t', source.as_bytes()).is_some() && !super::read::is_json(source);
    has_tabs.then(|| refusal(source)).flatten()
}

/// Returns where libyaml stops in a document, and why; `None` where it takes the document.
fn refusal(source: &str) -> Option<(u32, String)> {
    let marked = source.len();
    let source = source.trim_start_matches(BOM);
    let document = serde_yaml::Deserializer::from_str(source).next()?;
    let error = IgnoredAny::deserialize(document).err()?;
    let at = error
        .location()
        .map_or(0, |location| location.index().min(source.len()));
    let at = at + marked - source.len();
    Some((u32::try_from(at).unwrap_or(u32::MAX), error.to_string()))
}

/// Returns the text, as long as it was, with the byte-order mark behind the document's `---` line turned into blanks in
/// front of that line's break: readers that take documents one by one do not see it.
pub(super) fn without_mark(text: &str, document: Span) -> Cow<'_, str> {
    let source = document.slice(text);
    let line = source.find('\n').map_or(source.len(), |at| at + 1);
    if !source[line..].starts_with(BOM) || !source[..line].trim_start_matches(BOM).starts_with("---") {
        return Cow::Borrowed(text);
    }
    let (head, break_) = source[..line].split_at(source[..line].trim_end_matches(['\r', '\n']).len());
    let blanks = " ".repeat(BOM.len());
    let rest = &source[line + BOM.len()..];
    let before = &text[..document.start as usize];
    Cow::Owned(format!("{before}{head}{blanks}{break_}{rest}"))
}

/// Returns the text, as long as it was, with line breaks of YAML 1.1 as line feeds, and blanks for the tabs that lines
/// begin with; `None` where libyaml refuses the document.
pub(super) fn loosened(text: &str, document: Span) -> Option<String> {
    let source = document.slice(text);
    if refusal(source).is_some() {
        return None;
    }
    let mut loose = text[..document.start as usize].to_owned();
    let mut leads = true;
    for character in without_mark(text, document)[document.range()].chars() {
        if SEPARATORS.contains(&character) {
            loose.extend(std::iter::repeat_n(' ', character.len_utf8() - 1));
            loose.push('\n');
        } else if character == '\t' && leads {
            loose.push(' ');
        } else {
            loose.push(character);
        }
        leads = matches!(character, '\n' | '\r')
            || SEPARATORS.contains(&character)
            || leads && matches!(character, ' ' | '\t');
    }
    Some(loose)
}

#[cfg(test)]
mod tests {
    use crate::yaml::{Tree, documents};

    /// Tells whether the last document is read strictly, and whether it is read at all.
    fn taken(text: &str) -> (bool, bool) {
        let document = *documents(text).last().unwrap();
        let strictly = Tree::parse(text, document).is_ok();
        (strictly, strictly || Tree::parse_loosely(text, document).is_some())
    }

    #[test]
    fn what_the_readers_of_clusters_take_is_read_and_what_they_refuse_is_not() {
        for (text, strictly, at_all) in [
            ("a: {b: c}\t# d\n", true, true),
            ("a:\t{}\n", true, true),
            ("a: \"\tb\"\n", true, true),
            ("a: [\n  b\n]\n", false, true),
            ("a:\n  b: {\n  }\n", false, true),
            ("a: {\n\tb: c\n  }\n", false, true),
            ("a: 1\n\t# b\nc: 2\n", false, false),
            ("a:\n-\tb\n", false, false),
            ("a: 1\n\t\n", false, false),
            ("{\n\t\"a\": 1\n}\n", true, true),
            ("a: 1\n---\n\u{feff}b: 2\nc: 3\n", true, true),
            ("a: 1\n---\r\n\u{feff}b: 2\r\nc: 3\r\n", true, true),
            ("a: 1\n---\nb: 2\n\u{feff}c: 3\n", false, false),
            ("# a\n\u{feff}b: 2\n", false, true),
            ("a: 1 # b\u{2028}c: 2\n", false, true),
            ("a: 1\u{85}\n", false, true),
        ] {
            assert_eq!(taken(text), (strictly, at_all), "{text:?}");
        }
    }

    #[test]
    fn a_line_break_of_yaml_1_1_ends_a_comment() {
        let text = "a: 1 # b\u{2028}c: 2\n";
        let tree = Tree::parse_loosely(text, documents(text)[0]).unwrap();
        assert_eq!(tree.root(text).unwrap().get("c").unwrap().str(), Some("2"));
    }

    #[test]
    fn no_place_lies_inside_of_a_character() {
        let text = "a: |\n  b\u{85}c: 1\u{85}\n# d\u{2028}\n";
        let tree = Tree::parse_loosely(text, documents(text)[0]).unwrap();
        for node in tree.root(text).unwrap().subtree() {
            assert!(text.get(node.outer().range()).is_some(), "{:?}", node.outer());
            assert!(
                node.str()
                    .is_none_or(|value| value.is_empty() == (node.span().is_empty())),
                "{node:?}"
            );
        }
        assert!(
            tree.comments()
                .iter()
                .all(|comment| text.get(comment.range()).is_some())
        );
    }

    #[test]
    fn a_mark_behind_a_marker_line_moves_no_byte() {
        let text = "a: 1\n---\n\u{feff}b: 2\n";
        let tree = Tree::parse(text, documents(text)[1]).unwrap();
        let b = tree.root(text).unwrap().key_of("b").unwrap();
        assert_eq!(b.span().slice(text), "b");
    }
}
