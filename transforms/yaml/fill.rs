//! First entries for a collection that is empty or null.

use super::edit::{Path, Refusal, Splice};
use super::emit::{flow, write_block};
use super::guard::place;
use super::node::Node;
use super::page::{Page, deletion, indented, insertion};
use super::tree::{Kind, Style};
use super::value::Value;

impl<'a> Page<'a> {
    /// Writes `value` where `node` is `[]`, `{}` or null.
    pub(super) fn fill(&self, node: Node<'a>, value: &Value, path: &Path) -> Result<Vec<Splice>, Refusal> {
        let span = node.span();
        if self.slice(span.start, span.end).contains('#') || node.has_anchor() {
            return Err(Refusal::Inexact(place(path, node)));
        }
        let is_empty = matches!(value, Value::Seq(items) if items.is_empty());
        if is_empty && node.kind() == Kind::Sequence {
            return Ok(Vec::new());
        }
        match node.parent() {
            Some(parent) if parent.style() == Style::Block && !is_empty => match parent.kind() {
                Kind::Mapping => self.fill_pair(parent, node, value, path),
                Kind::Sequence | Kind::Scalar | Kind::Alias => self.fill_in_place(
                    node,
                    |column| {
                        let mut text = String::new();
                        write_block(&mut text, value, column, &self.layout());
                        text
                    },
                    path,
                ),
            },
            Some(_) | None => self.fill_in_place(node, |_| self.flow_fill(node, value), path),
        }
    }

    /// Writes a block value on the lines below its key.
    fn fill_pair(&self, parent: Node<'a>, node: Node<'a>, value: &Value, path: &Path) -> Result<Vec<Splice>, Refusal> {
        let inexact = || Refusal::Inexact(place(path, node));
        let (key, _) = parent.pairs().find(|(_, value)| *value == node).ok_or_else(inexact)?;
        let colon = self.behind_colon(key).ok_or_else(inexact)?;
        let span = node.span();
        let one_line = !self.slice(key.span().start, span.end).contains(['\n', '\r']);
        // Behind a `? key`, or on a line of its own.
        if !one_line || self.column(key.outer().start) != self.column(parent.span().start) {
            return self.fill_in_place(node, |_| self.flow_fill(node, value), path);
        }
        let layout = self.layout();
        let step = if matches!(value, Value::Seq(_)) {
            layout.list_step
        } else {
            layout.step
        };
        let column = self.column(parent.span().start) + step;
        let mut text = String::new();
        write_block(&mut text, value, column, &layout);
        let line = indented(column, &text);
        let below = self.scan.next_line(span.end);
        let text = if self.is_line_start(below) {
            format!("{line}{}", layout.eol)
        } else {
            format!("{}{line}", layout.eol)
        };
        let mut splices = vec![deletion(colon, span.end.max(colon)), insertion(below, text)];
        splices.retain(|splice| !splice.span.is_empty() || !splice.text.is_empty());
        Ok(splices)
    }

    fn fill_in_place(
        &self,
        node: Node<'a>,
        text: impl FnOnce(usize) -> String,
        path: &Path,
    ) -> Result<Vec<Splice>, Refusal> {
        let span = node.span();
        if span.is_empty() {
            let at = self.empty_place(node, path)?;
            return Ok(vec![insertion(at, format!(" {}", text(self.column(at) + 1)))]);
        }
        Ok(vec![Splice {
            span,
            text: text(self.column(span.start)),
        }])
    }

    fn flow_fill(&self, node: Node<'a>, value: &Value) -> String {
        let spread = self.habits.json && !self.habits.json_step.is_empty();
        let line = format!("{}{}", self.habits.eol, self.indentation(node.span().start));
        flow(value, &self.entry_layout(spread.then_some(line.as_str())))
    }
}
