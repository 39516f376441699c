//! New lists for collections in block style: whole lines go and come.

use super::edit::{Path, Refusal, Splice};
use super::emit::{write_item, write_pair};
use super::guard::place;
use super::node::Node;
use super::page::{Entry, Output, Page, deletion, indented, insertion};
use super::tree::Kind;
use super::value::Value;

/// A block collection that gets a new list.
struct List<'p, 'a> {
    page: &'p Page<'a>,
    entries: &'p [Entry],
    /// The column of its entries.
    column: usize,
    /// The first entry stands behind something on its line, as `- ` or `? `.
    inline: bool,
    /// The collection is the document's root, so what stands above it is about the whole document.
    root: bool,
}

impl<'a> Page<'a> {
    pub(super) fn block_list(
        &self,
        node: Node<'a>,
        entries: &[Entry],
        outputs: Vec<Output>,
        path: &Path,
    ) -> Result<Vec<Splice>, Refusal> {
        let Some(first) = entries.first() else {
            return Err(Refusal::Inexact(place(path, node)));
        };
        let list = List {
            page: self,
            entries,
            column: self.block_column(node),
            inline: !self.starts_line(first.lead),
            root: node.parent().is_none(),
        };
        if !outputs.is_empty() {
            return Ok(list.splices(outputs));
        }
        let empty = if node.kind() == Kind::Mapping { "{}" } else { "[]" };
        let key = node
            .parent()
            .filter(|parent| parent.kind() == Kind::Mapping && !list.inline)
            .and_then(|parent| {
                let (key, _) = parent.pairs().find(|(_, value)| *value == node)?;
                Some(key)
            });
        let Some(key) = key else {
            return Ok(list.splices(vec![Output::Fresh(empty.to_owned())]));
        };
        let colon = self
            .behind_colon(key)
            .filter(|_| node.outer().start == node.span().start);
        let colon = colon.ok_or_else(|| Refusal::Inexact(place(path, node)))?;
        let mut splices = vec![insertion(colon, format!(" {empty}"))];
        splices.extend(list.removals(&vec![false; entries.len()]));
        Ok(splices)
    }

    /// Writes a new pair of the mapping `node`, as it stands where an entry starts.
    pub(super) fn fresh_pair(&self, node: Node<'a>, key: &str, value: &Value) -> String {
        let key = Value::string(key);
        if node.is_flow() {
            return self.fresh_flow_pair(node, &key, value);
        }
        let mut text = String::new();
        write_pair(&mut text, &key, value, self.block_column(node), &self.layout());
        text
    }

    /// Writes a new item of the sequence `node`, as it stands where an entry starts.
    pub(super) fn fresh_item(&self, node: Node<'a>, value: &Value) -> String {
        if node.is_flow() {
            return self.fresh_flow_item(node, value);
        }
        let gap = node
            .items()
            .map(|item| self.dash_gap(item))
            .find_map(|gap| gap)
            .unwrap_or(1);
        let mut layout = self.layout();
        layout.gap = gap;
        let mut text = String::new();
        write_item(&mut text, value, self.block_column(node), &layout);
        text
    }

    /// Returns the column of a block collection's entries; the first one may stand behind a dash.
    fn block_column(&self, node: Node<'a>) -> usize {
        self.column(node.span().start)
    }

    /// Returns how many blanks separate an item from its dash; none where it is empty or starts on another line.
    fn dash_gap(&self, item: Node<'a>) -> Option<usize> {
        let before = self.scan.text.get(..item.outer().start as usize)?;
        let trimmed = before.trim_end_matches(' ');
        (trimmed.ends_with('-') && trimmed.len() < before.len()).then_some(before.len() - trimmed.len())
    }
}

impl List<'_, '_> {
    fn splices(&self, outputs: Vec<Output>) -> Vec<Splice> {
        let mut kept = vec![false; self.entries.len()];
        for output in &outputs {
            if let Output::Keep(index, _) = output {
                kept[*index] = true;
            }
        }
        if !kept.contains(&true) {
            return self.replaced(outputs);
        }
        let mut splices = self.removals(&kept);
        let first_kept = kept.iter().position(|kept| *kept).unwrap_or_default();
        let mut last = None;
        for output in outputs {
            match output {
                Output::Keep(index, inner) => {
                    splices.extend(inner);
                    last = Some(index);
                }
                Output::Fresh(text) => splices.push(match last {
                    Some(last) => self.below(last, &text),
                    None => self.above_first(first_kept, &text),
                }),
            }
        }
        splices
    }

    /// Returns the insertion of an entry below the entry `index`, its comments included.
    fn below(&self, index: usize, text: &str) -> Splice {
        let page = self.page;
        let at = self.behind(index);
        let line = indented(self.column, text);
        let eol = page.habits.eol;
        insertion(
            at,
            if page.is_line_start(at) {
                format!("{line}{eol}")
            } else {
                format!("{eol}{line}")
            },
        )
    }

    /// Returns the insertion of an entry in front of all that stay.
    fn above_first(&self, kept: usize, text: &str) -> Splice {
        let eol = self.page.habits.eol;
        match self.entries.first() {
            Some(first) if self.inline => insertion(first.lead, format!("{text}{eol}{}", " ".repeat(self.column))),
            Some(_) | None => insertion(self.above(kept), format!("{}{eol}", indented(self.column, text))),
        }
    }

    /// Puts new entries in the place of the first one; the others go.
    fn replaced(&self, outputs: Vec<Output>) -> Vec<Splice> {
        let page = self.page;
        let texts = outputs.into_iter().filter_map(|output| match output {
            Output::Fresh(text) => Some(text),
            Output::Keep(..) => None,
        });
        let text = texts
            .collect::<Vec<_>>()
            .join(&indented(0, &format!("{}{}", page.habits.eol, " ".repeat(self.column))));
        let Some(first) = self.entries.first() else {
            return Vec::new();
        };
        let line_end = page.scan.line_end(page.on_line(first.end));
        let mut splices = Vec::new();
        if !self.inline {
            splices.push(deletion(self.above(0), page.scan.line_start(first.lead)));
        }
        splices.push(insertion(first.lead, text));
        let others = self.removals(&(0..self.entries.len()).map(|index| index == 0).collect::<Vec<_>>());
        splices.push(deletion(first.lead, line_end));
        let below = page.scan.next_line(line_end);
        splices.push(deletion(below, self.behind(0).max(below)));
        splices.extend(others);
        splices.retain(|splice| !splice.span.is_empty() || !splice.text.is_empty());
        splices
    }

    /// Returns the deletions of all entries that are not kept, with their comments.
    fn removals(&self, kept: &[bool]) -> Vec<Splice> {
        let mut splices = Vec::new();
        let mut index = 0;
        while index < kept.len() {
            let start = index;
            while index < kept.len() && !kept[index] && (index == start || self.adjoins(start, index)) {
                index += 1;
            }
            if index > start {
                splices.push(self.removal(start, index - 1));
            } else {
                index += 1;
            }
        }
        splices
    }

    /// Tells whether the removal that began with the entry `start` runs on into the entry `index`.
    fn adjoins(&self, start: usize, index: usize) -> bool {
        let between = self.page.slice(self.behind(index - 1), self.above(index));
        // Behind a dash blank lines go too, so that what follows can move up.
        between.is_empty() || start == 0 && self.inline && between.trim().is_empty()
    }

    /// Returns the deletion of the entries `first..=last`, between which is nothing else.
    fn removal(&self, first: usize, last: usize) -> Splice {
        let scan = self.page.scan;
        let end = self.behind(last);
        if first == 0 && self.inline {
            // What follows moves up behind the dash.
            let rest = scan.rest(end);
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            return deletion(self.entries[0].lead, end + u32::try_from(blanks).unwrap_or_default());
        }
        let start = self.above(first);
        // Blank lines behind what goes would become content of a `|+` in front of it.
        let joins = first
            .checked_sub(1)
            .is_some_and(|before| self.page.is_line_start(self.entries[before].end));
        let mut end = end;
        while joins
            && self.page.is_line_start(end)
            && scan.line_end(end) == scan.blanks(end)
            && scan.next_line(end) > end
        {
            end = scan.next_line(end);
        }
        deletion(start, end)
    }

    /// Returns where an entry starts with the comments directly above it that stand at its column.
    fn above(&self, index: usize) -> u32 {
        let (page, scan) = (self.page, self.page.scan);
        let Some(entry) = self.entries.get(index) else { return 0 };
        if index == 0 && self.inline {
            return entry.lead;
        }
        let mut start = scan.line_start(entry.lead);
        if index == 0 && self.root {
            return start;
        }
        loop {
            let line = scan.line_start(scan.before_line(start));
            let comment = scan.blanks(line);
            if line >= start || !page.is_comment(comment) || page.column(comment) != self.column {
                return start;
            }
            start = line;
        }
    }

    /// Returns where the lines of an entry end, with the comments below it that stand deeper than it.
    fn behind(&self, index: usize) -> u32 {
        let (page, scan) = (self.page, self.page.scan);
        let Some(entry) = self.entries.get(index) else { return 0 };
        let mut end = if page.is_line_start(entry.end) {
            entry.end
        } else {
            scan.next_line(entry.end)
        };
        while page.is_line_start(end) {
            let comment = scan.blanks(end);
            if !page.is_comment(comment) || page.column(comment) <= self.column {
                break;
            }
            end = scan.next_line(comment);
        }
        end
    }
}
