//! A scalar's new value in the quotes of the old one.

use super::edit::{Path, Refusal, Splice};
use super::emit::{Quote, json_scalar, written};
use super::guard::place;
use super::node::Node;
use super::page::{Page, insertion};
use super::scan::length;
use super::tree::{Kind, Style};
use super::value::Scalar;
use crate::source::Span;

impl<'a> Page<'a> {
    pub(super) fn set(&self, node: Node<'a>, value: &Scalar, path: &Path) -> Result<Vec<Splice>, Refusal> {
        if value.tag.is_some() {
            return Err(Refusal::Tagged(place(path, node)));
        }
        let text = self.in_style_of(node, value);
        let span = node.span();
        if span.is_empty() {
            let text = format!(" {text}");
            return Ok(vec![insertion(self.empty_place(node, path)?, text)]);
        }
        if !self.habits.json && self.has_tab_behind_colon(node) {
            return Err(Refusal::Inexact(place(path, node)));
        }
        // The line breaks at the end of a `|+` are no part of what is written over.
        let end = span.start + length(self.slice(span.start, span.end).trim_end_matches(['\r', '\n']));
        Ok(vec![Splice {
            span: Span::new(span.start, end),
            text,
        }])
    }

    /// Tells whether a tab separates a value from its colon: there not every reader takes a value without quotes.
    fn has_tab_behind_colon(&self, node: Node<'a>) -> bool {
        let before = self.scan.text.get(..node.outer().start as usize).unwrap_or_default();
        let colon = before.trim_end_matches([' ', '\t']);
        colon.ends_with(':') && before[colon.len()..].contains('\t')
    }

    /// Returns where a value can be written that is not there yet: behind its colon, dash or anchor.
    pub(super) fn empty_place(&self, node: Node<'a>, path: &Path) -> Result<u32, Refusal> {
        let at = node.span().start;
        let is_behind = |indicator| {
            self.scan
                .text
                .get(..at as usize)
                .is_some_and(|before| before.ends_with(indicator))
        };
        let has_place = match node.parent() {
            None => false,
            Some(_) if node.has_anchor() => true,
            Some(parent) if parent.kind() == Kind::Sequence => is_behind('-'),
            // A key may end as its colon would.
            Some(parent) => {
                let pair = parent.pairs().find(|(_, value)| *value == node);
                is_behind(':') && pair.is_some_and(|(key, _)| self.behind_colon(key) == Some(at))
            }
        };
        // A comment that follows a colon in brackets at once would be part of what is written before it.
        if has_place && self.scan.byte(at) != Some(b'#') {
            Ok(at)
        } else {
            Err(Refusal::Inexact(place(path, node)))
        }
    }

    fn in_style_of(&self, node: Node<'a>, value: &Scalar) -> String {
        if self.habits.json {
            return json_scalar(value);
        }
        let (quote, quoted) = match node.style() {
            Style::SingleQuoted => (Quote::Single, true),
            Style::DoubleQuoted => (Quote::Double, true),
            Style::Plain | Style::Literal | Style::Folded | Style::Block | Style::Flow | Style::Pair => {
                (self.habits.quote, false)
            }
        };
        // A number stays bare: in quotes it would be another value.
        let plain = value.plain && (value.is_special() || !quoted);
        written(
            &Scalar {
                text: value.text.clone(),
                plain,
                tag: None,
            },
            quote,
        )
    }
}
