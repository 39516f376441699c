//! How a document is written, so that what is new in it looks like it.

use crate::source::Span;

use super::emit::Quote;
use super::node::Node;
use super::read;
use super::scan::Scan;
use super::tree::{Kind, Style, Tree};

/// Where the block sequences of a file stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sequences {
    /// Inside their key.
    Indented,
    /// In the column of their key.
    Level,
}

impl Sequences {
    /// Tells where the first block sequence of a document stands that is the value of a key; `None` where none is.
    pub fn of(text: &str, document: Span) -> Option<Self> {
        let tree = Tree::parse(text, document).ok()?;
        let [_, list_step] = steps(Scan { text }, &tree);
        list_step.map(|step| if step == 0 { Self::Level } else { Self::Indented })
    }
}

/// What the document's writer does everywhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Habits<'a> {
    pub(super) json: bool,
    pub(super) eol: &'static str,
    /// What stands between key and value in flow style.
    pub(super) colon: &'a str,
    /// One step of indentation in JSON.
    pub(super) json_step: &'a str,
    pub(super) step: usize,
    pub(super) list_step: usize,
    pub(super) quote: Quote,
}

impl<'a> Habits<'a> {
    pub(super) fn of(text: &'a str, tree: &'a Tree) -> Self {
        let scan = Scan { text };
        let first_break = |from| scan.line_break(scan.line_end(from));
        let own = first_break(tree.span().start);
        let eol = match if own.is_empty() { first_break(0) } else { own } {
            "\r\n" => "\r\n",
            "\r" => "\r",
            _ => "\n",
        };
        let json = read::is_json(tree.span().slice(text));
        let mut habits = Self {
            json,
            eol,
            colon: ": ",
            json_step: "",
            step: 2,
            list_step: 0,
            quote: Quote::Double,
        };
        habits.learn_indentation(scan, tree);
        if json {
            habits.learn_json(scan, tree);
        } else {
            let quoted = tree
                .nodes(text)
                .map(Node::style)
                .find(|style| matches!(style, Style::SingleQuoted | Style::DoubleQuoted));
            habits.quote = if quoted == Some(Style::SingleQuoted) {
                Quote::Single
            } else {
                Quote::Double
            };
        }
        habits
    }

    fn learn_indentation(&mut self, scan: Scan<'a>, tree: &'a Tree) {
        let [step, list_step] = steps(scan, tree);
        self.step = step.map_or(self.step, |step| step.max(1));
        self.list_step = list_step.unwrap_or(self.list_step);
    }

    fn learn_json(&mut self, scan: Scan<'a>, tree: &'a Tree) {
        let Some((key, value)) = tree.nodes(scan.text).find_map(|node| node.pairs().next()) else {
            return;
        };
        let colon = Span {
            start: key.span().end,
            end: value.span().start,
        }
        .slice(scan.text);
        if !colon.contains(['\n', '\r']) {
            self.colon = colon;
        }
        let first = tree.nodes(scan.text).nth(1).map_or(0, |node| node.span().start);
        let start = scan.line_start(first);
        if scan.blanks(start) == first {
            self.json_step = Span { start, end: first }.slice(scan.text);
        }
    }
}

/// Returns by how many blanks the first block mapping and the first block sequence stand inside their parents' keys.
fn steps(scan: Scan<'_>, tree: &Tree) -> [Option<usize>; 2] {
    let column = |node: Node<'_>| node.span().start - scan.line_start(node.span().start);
    let (mut step, mut list_step) = (None, None);
    for node in tree.nodes(scan.text).filter(|node| node.style() == Style::Block) {
        let Some(parent) = node.parent().filter(|parent| parent.kind() == Kind::Mapping) else {
            continue;
        };
        let deeper = column(node).saturating_sub(column(parent)) as usize;
        match node.kind() {
            Kind::Mapping => step = step.or(Some(deeper)),
            Kind::Sequence => list_step = list_step.or(Some(deeper)),
            Kind::Scalar | Kind::Alias => {}
        }
        if step.is_some() && list_step.is_some() {
            break;
        }
    }
    [step, list_step]
}
