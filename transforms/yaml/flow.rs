//! New lists for collections in brackets, JSON among them.

use super::edit::{Path, Refusal, Splice};
use super::emit::{FlowLayout, flow, flow_pair};
use super::guard::place;
use super::node::Node;
use super::page::{Entry, Output, Page, blanks_of};
use super::tree::Kind;
use super::value::Value;
use crate::source::Span;

/// How an entry of YAML's flow style is broken over lines.
struct Spread<'a> {
    /// The line break, with the indentation of the line that the entry starts on.
    line: String,
    /// One step of indentation.
    step: &'a str,
    last_comma: bool,
    cuddled: bool,
}

/// What stands around the entries of a flow collection.
struct Brackets<'p, 'a> {
    page: &'p Page<'a>,
    entries: &'p [Entry],
    open: u32,
    close: u32,
}

impl<'a> Page<'a> {
    pub(super) fn flow_list(
        &self,
        node: Node<'a>,
        entries: &[Entry],
        outputs: &[Output],
        path: &Path,
    ) -> Result<Vec<Splice>, Refusal> {
        let span = node.span();
        let leads: Vec<u32> = match node.kind() {
            Kind::Mapping => node.pairs().map(|(key, _)| key.outer().start).collect(),
            Kind::Sequence | Kind::Scalar | Kind::Alias => node.items().map(|item| item.outer().start).collect(),
        };
        let plain = leads.len() == entries.len() && leads.iter().zip(entries).all(|(lead, entry)| *lead == entry.lead);
        let brackets = Brackets {
            page: self,
            entries,
            open: span.start,
            close: span.end.saturating_sub(1),
        };
        let text = if plain { brackets.list(outputs) } else { None };
        let text = text.ok_or_else(|| Refusal::Inexact(place(path, node)))?;
        Ok(vec![Splice {
            span: Span {
                start: span.start + 1,
                end: brackets.close,
            },
            text,
        }])
    }

    /// Writes a new pair of the flow mapping `node`.
    pub(super) fn fresh_flow_pair(&self, node: Node<'a>, key: &Value, value: &Value) -> String {
        self.as_entry(node, |layout| flow_pair(key, value, layout))
    }

    /// Writes a new item of the flow sequence `node`.
    pub(super) fn fresh_flow_item(&self, node: Node<'a>, value: &Value) -> String {
        self.as_entry(node, |layout| flow(value, layout))
    }

    /// Writes a new entry of the flow collection `node` as its neighbours are written.
    fn as_entry(&self, node: Node<'a>, write: impl FnOnce(&FlowLayout<'_>) -> String) -> String {
        let spread = self.spread(node);
        let line = self.entry_line(node);
        match &spread {
            Some(spread) => write(&FlowLayout {
                lines: Some((&spread.line, spread.step)),
                last_comma: spread.last_comma,
                cuddled: spread.cuddled,
                ..self.flow_layout()
            }),
            None => write(&self.entry_layout(line.as_deref())),
        }
    }

    /// Returns how the first entry of YAML's flow style that could be broken over lines is broken; `None` where it is not.
    fn spread(&self, node: Node<'a>) -> Option<Spread<'a>> {
        if self.habits.json {
            return None;
        }
        let value = |entry: Node<'a>| (entry.is_flow() && !self.entries(entry).is_empty()).then_some(entry);
        let neighbour = match node.kind() {
            Kind::Mapping => node.pairs().find_map(|(_, entry)| value(entry)),
            Kind::Sequence | Kind::Scalar | Kind::Alias => node.items().find_map(value),
        }?;
        let inner = innermost(self, neighbour);
        let entries = self.entries(inner);
        let (first, last) = (entries.first()?, entries.last()?);
        let close = inner.span().end.saturating_sub(1);
        let breaks = |start, end| self.slice(start, end).contains(['\n', '\r']);
        if !breaks(inner.span().start, first.lead) || !breaks(last.end, close) || !self.starts_line(close) {
            return None;
        }
        // Where its bracket closes, one may close: further left a block could end.
        let outer = self.indentation(close);
        let step = self.indentation(first.lead).strip_prefix(outer)?;
        Some(Spread {
            line: format!("{}{outer}", self.habits.eol),
            step,
            last_comma: last.comma.is_some(),
            cuddled: self.is_cuddled(node) || neighbour.subtree().any(|list| self.is_cuddled(list)),
        })
    }

    /// Tells whether a list's first item is a mapping that is broken over lines and starts on the line of the bracket.
    fn is_cuddled(&self, list: Node<'a>) -> bool {
        let first = list.items().next().filter(|_| list.is_flow());
        first.is_some_and(|item| {
            let is_spread = self.slice(item.span().start, item.span().end).contains(['\n', '\r']);
            let behind = self.slice(list.span().start, item.span().start);
            item.kind() == Kind::Mapping && is_spread && !behind.contains(['\n', '\r'])
        })
    }

    /// Returns the layout of a new entry; `line` is the line break with indentation where JSON spreads over lines.
    pub(super) fn entry_layout<'l>(&'l self, line: Option<&'l str>) -> FlowLayout<'l> {
        let mut layout: FlowLayout<'l> = self.flow_layout();
        layout.lines = line.map(|line| (line, self.habits.json_step));
        layout
    }

    /// Returns the line break and indentation of the entries of JSON that is spread over lines.
    fn entry_line(&self, node: Node<'a>) -> Option<String> {
        if !self.habits.json || self.habits.json_step.is_empty() {
            return None;
        }
        let last = self.entries(node).last().map(|entry| entry.end)?;
        let is_spread = |inner: Node<'a>| {
            inner.is_flow() && self.slice(inner.span().start, inner.span().end).contains(['\n', '\r'])
        };
        node.subtree()
            .any(is_spread)
            .then(|| format!("{}{}", self.habits.eol, self.indentation(last)))
    }
}

/// Goes into the lists whose first item starts behind their bracket: `[{` breaks the line where the mapping does.
fn innermost<'a>(page: &Page<'a>, node: Node<'a>) -> Node<'a> {
    let mut node = node;
    while let Some(item) = node.items().next().filter(|_| page.is_cuddled(node)) {
        node = item;
    }
    node
}

impl<'a> Brackets<'_, 'a> {
    /// Returns the text between the brackets for the list `outputs`, none where comments stand in odd places.
    fn list(&self, outputs: &[Output]) -> Option<String> {
        if outputs.is_empty() {
            return (!self.has_unowned(&[])).then(String::new);
        }
        let kept: Vec<usize> = outputs.iter().filter_map(kept).collect();
        if self.has_unowned(&kept) {
            return None;
        }
        let mut text = String::new();
        // A comment ends its line; what follows has to start on the next.
        let mut after_comment = false;
        for (position, output) in outputs.iter().enumerate() {
            let is_last = position + 1 == outputs.len();
            let lead = self.lead(output, position);
            if after_comment && !lead.contains(['\n', '\r']) {
                text.push_str(&self.line());
            } else {
                text.push_str(&lead);
            }
            match output {
                Output::Keep(index, inner) => {
                    let entry = &self.entries[*index];
                    text.push_str(&self.page.patched(entry.lead, entry.end, inner));
                }
                Output::Fresh(fresh) => text.push_str(fresh),
            }
            if !is_last || self.entries.last().is_some_and(|entry| entry.comma.is_some()) {
                text.push(',');
            }
            let comment = kept_comment(self, output);
            after_comment = !comment.is_empty();
            text.push_str(comment);
        }
        let rest = self.between(self.entries.len());
        if after_comment && !rest.contains(['\n', '\r']) {
            text.push_str(&self.line());
        }
        text.push_str(rest);
        Some(text)
    }

    /// Returns what stands in front of an output.
    fn lead(&self, output: &Output, position: usize) -> String {
        let eol = self.page.habits.eol;
        let own = match output {
            Output::Keep(index, _) => {
                let own = self.between(*index);
                if own.contains('#') || (position == 0) == (*index == 0) {
                    return own.to_owned();
                }
                Some(own)
            }
            Output::Fresh(_) => None,
        };
        let first = blanks_of(self.between(0), eol);
        if position == 0 {
            return first;
        }
        let second = if self.entries.len() > 1 { self.between(1) } else { "" };
        match own {
            Some(own) if own.contains(['\n', '\r']) => own.to_owned(),
            Some(_) | None if self.entries.len() > 1 => blanks_of(second, eol),
            Some(_) | None if first.contains(['\n', '\r']) => first,
            Some(_) | None => self.page.flow_layout().comma.trim_start_matches(',').to_owned(),
        }
    }

    /// Returns what stands between the entry before `index` with its comment, and the entry `index` or the bracket.
    fn between(&self, index: usize) -> &'a str {
        let start = match index.checked_sub(1) {
            Some(before) => self.behind(before),
            None => self.open + 1,
        };
        let end = self.entries.get(index).map_or(self.close, |entry| entry.lead);
        self.page.slice(start, end)
    }

    /// Returns where an entry ends with its comma and its end-of-line comment.
    fn behind(&self, index: usize) -> u32 {
        let end = self.text_end(index);
        end + u32::try_from(self.comment(index).len()).unwrap_or_default()
    }

    /// Returns the end-of-line comment of an entry with the blanks in front of it.
    fn comment(&self, index: usize) -> &'a str {
        let scan = self.page.scan;
        let end = self.text_end(index);
        let comment = scan.blanks(end);
        if self.page.is_comment(comment) {
            self.page.slice(end, scan.line_end(comment))
        } else {
            ""
        }
    }

    fn text_end(&self, index: usize) -> u32 {
        self.entries
            .get(index)
            .map_or(self.close, |entry| entry.comma.map_or(entry.end, |comma| comma + 1))
    }

    /// Tells whether a comment would be lost that does not belong to an entry that goes.
    fn has_unowned(&self, kept: &[usize]) -> bool {
        let mut is_kept = vec![false; self.entries.len()];
        for index in kept {
            is_kept[*index] = true;
        }
        let loses = |index: usize, entry: &Entry| {
            let before_comma = self.page.slice(entry.end, entry.comma.unwrap_or(entry.end));
            let above = self.between(index);
            before_comma.contains('#') || !is_kept[index] && above.contains('#') && has_blank_line(above)
        };
        self.entries
            .iter()
            .enumerate()
            .any(|(index, entry)| loses(index, entry))
            || kept.is_empty() && self.between(self.entries.len()).contains('#')
    }

    /// Returns a line break with the indentation of the entries.
    fn line(&self) -> String {
        let lead = self.entries.first().map_or(self.open, |entry| entry.lead);
        let column = self.page.column(lead);
        format!("{}{}", self.page.habits.eol, " ".repeat(column))
    }
}

/// Tells whether a line inside `text` is blank: not the rest of its first, nor the indentation of its last.
fn has_blank_line(text: &str) -> bool {
    let lines: Vec<&str> = text.split('\n').collect();
    lines
        .get(1..lines.len() - 1)
        .is_some_and(|inner| inner.iter().any(|line| line.trim().is_empty()))
}

fn kept(output: &Output) -> Option<usize> {
    match output {
        Output::Keep(index, _) => Some(*index),
        Output::Fresh(_) => None,
    }
}

fn kept_comment<'a>(brackets: &Brackets<'_, 'a>, output: &Output) -> &'a str {
    kept(output).map_or("", |index| brackets.comment(index))
}
