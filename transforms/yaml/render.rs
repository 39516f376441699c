//! Edits in meaning → splices of bytes that copy the style around them.

use std::collections::BTreeSet;

use super::copy::Copies;
use super::edit::{Edit, Item, Path, Place, Refusal, Splice, Step, splice};
use super::guard::{check, check_unshared, place};
use super::loose;
use super::node::Node;
use super::page::{Output, Page};
use super::plan::{Own, Plan};
use super::prove::prove;
use super::split::documents;
use super::tree::{Kind, Style, Tree};
use super::value::Value;
use crate::source::Span;

/// Turns `edits` of the document `tree` of the file's `text` into splices, sorted and without overlap.
///
/// What is not edited is in no splice. New text copies the indent, separators, quotes and line ends around it.
///
/// # Errors
/// [`Refusal`] where an edit cannot be exact.
pub fn render(text: &str, tree: &Tree, edits: &[Edit]) -> Result<Vec<Splice>, Refusal> {
    if edits.is_empty() {
        return Ok(Vec::new());
    }
    let plan = Plan::new(edits)?;
    let page = Page::new(text, tree);
    let root = tree.root(text).ok_or_else(|| Refusal::NotFound(Place::default()))?;
    let splices = page.tidy(page.node(root, &plan, &mut Path::default())?)?;
    let inexact = || {
        Refusal::Inexact(Place {
            path: Path::default(),
            span: Some(root.span()),
        })
    };
    // Tabs that a text went over may come to stand where no reader takes any.
    let document = tree.span();
    if !loose::takes(&page.patched(document.start, document.end, &splices)) {
        return Err(inexact());
    }
    // A line of blanks belongs to what stands before it, which may be another text now.
    if has_blank_lines(document.slice(text)) && !is_proven(text, document, &splices, edits) {
        return Err(inexact());
    }
    Ok(splices)
}

/// Tells whether a line holds blanks and nothing else.
fn has_blank_lines(document: &str) -> bool {
    let mut lines = document.split(['\n', '\r']);
    lines.any(|line| !line.is_empty() && line.trim_matches([' ', '\t']).is_empty())
}

fn is_proven(text: &str, document: Span, splices: &[Splice], edits: &[Edit]) -> bool {
    let index = documents(text).iter().position(|span| *span == document);
    index.is_some_and(|index| prove(text, &splice(text, splices), &[(index, edits)]).is_ok())
}

impl<'a> Page<'a> {
    /// Sorts splices, joins deletions, and leaves a file without a final line break without.
    pub(super) fn tidy(&self, mut splices: Vec<Splice>) -> Result<Vec<Splice>, Refusal> {
        splices.sort_by_key(|splice| (splice.span.start, splice.span.end));
        let mut tidied: Vec<Splice> = Vec::with_capacity(splices.len());
        for splice in splices {
            match tidied.last_mut() {
                Some(last) if splice.span.start <= last.span.end && last.is_deletion() && splice.is_deletion() => {
                    last.span.end = last.span.end.max(splice.span.end);
                }
                Some(last) if splice.span.start < last.span.end => {
                    return Err(Refusal::Inexact(Place {
                        path: Path::default(),
                        span: Some(splice.span),
                    }));
                }
                Some(_) | None => tidied.push(splice),
            }
        }
        self.keep_open_end(&mut tidied);
        Ok(tidied)
    }

    /// Takes away the line break in front of last lines that go, where they had none themselves.
    fn keep_open_end(&self, splices: &mut [Splice]) {
        let end = self.tree.span().end;
        let last = splices
            .iter()
            .rposition(|splice| splice.is_deletion() && splice.span.end == end);
        let Some(last) = last.filter(|_| !self.is_line_start(end)) else {
            return;
        };
        let start = splices[last].span.start;
        match last.checked_sub(1).map(|before| &mut splices[before]) {
            Some(before) if before.span.end == start => {
                if let Some(line) = before.text.strip_suffix(self.habits.eol) {
                    before.text.truncate(line.len());
                }
            }
            Some(_) | None if self.is_line_start(start) && !self.is_kept_break(start) => {
                splices[last].span.start = self.scan.before_line(start);
            }
            Some(_) | None => {}
        }
    }

    /// Tells whether the line break in front of `at` is content of a `|+` or `>+`.
    fn is_kept_break(&self, at: u32) -> bool {
        let mut nodes = self.tree.nodes(self.scan.text);
        nodes.any(|node| node.span().end == at && self.keeps_blank_lines(node))
    }

    /// Renders one node's changes; as deep as the edits' paths.
    pub(super) fn node(&self, node: Node<'a>, plan: &Plan<'_>, path: &mut Path) -> Result<Vec<Splice>, Refusal> {
        if matches!(plan.own, Own::Nothing) && !plan.has_inner() {
            return Ok(Vec::new());
        }
        check(node, path)?;
        match (node.kind(), &plan.own) {
            (Kind::Scalar, Own::Set(value)) => self.set(node, value, path),
            (Kind::Mapping, Own::Nothing | Own::Insert(_)) if !is_empty(node) => self.mapping(node, plan, path),
            (Kind::Sequence, Own::Nothing | Own::Items(_)) if !is_empty(node) => self.sequence(node, plan, path),
            (Kind::Mapping, Own::Insert(pairs)) => self.fill(node, &filled_map(pairs), path),
            (Kind::Scalar, Own::Insert(pairs)) if node.is_null() => self.fill(node, &filled_map(pairs), path),
            (Kind::Sequence, Own::Items(items)) => self.fill(node, &filled_seq(items, path)?, path),
            (Kind::Scalar, Own::Items(items)) if node.is_null() => self.fill(node, &filled_seq(items, path)?, path),
            (Kind::Scalar | Kind::Mapping | Kind::Sequence | Kind::Alias, _) => {
                Err(Refusal::NotFound(place(path, node)))
            }
        }
    }

    fn mapping(&self, node: Node<'a>, plan: &Plan<'_>, path: &mut Path) -> Result<Vec<Splice>, Refusal> {
        let names: BTreeSet<&str> = node.pairs().filter_map(|(name, _)| name.str()).collect();
        let missing = plan.keys.keys().find(|key| !names.contains(*key));
        if let Some(missing) = missing {
            return Err(Refusal::NotFound(Place {
                path: path.key(missing),
                span: Some(node.span()),
            }));
        }
        if !plan.indices.is_empty() {
            return Err(Refusal::NotFound(place(path, node)));
        }
        let mut outputs = Vec::new();
        for (index, (key, value)) in node.pairs().enumerate() {
            let name = key.str().unwrap_or_default();
            let plan = plan.keys.get(name);
            if matches!(plan, Some(Plan { own: Own::Remove, .. })) {
                check_unshared(key, &path.key(name))?;
                check_unshared(value, &path.key(name))?;
            } else {
                outputs.push(Output::Keep(
                    index,
                    self.child(value, plan, Step::Key(name.to_owned()), path)?,
                ));
            }
        }
        let removed = |key: &str| matches!(plan.keys.get(key), Some(Plan { own: Own::Remove, .. }));
        if let Own::Insert(pairs) = &plan.own {
            for (key, value) in pairs {
                if node.pairs().any(|(name, _)| name.str() == Some(key) && !removed(key)) {
                    return Err(Refusal::DuplicateKey(Place {
                        path: path.key(key),
                        span: Some(node.span()),
                    }));
                }
                outputs.push(Output::Fresh(self.fresh_pair(node, key, value)));
            }
        }
        self.list(node, outputs, path)
    }

    fn sequence(&self, node: Node<'a>, plan: &Plan<'_>, path: &mut Path) -> Result<Vec<Splice>, Refusal> {
        let originals: Vec<Node<'a>> = node.items().collect();
        let beyond = |index, path: &Path| {
            Refusal::NotFound(Place {
                span: Some(node.span()),
                path: path.index(index),
            })
        };
        if !plan.keys.is_empty() {
            return Err(Refusal::NotFound(place(path, node)));
        }
        if let Some(index) = plan.indices.keys().find(|index| **index >= originals.len()) {
            return Err(beyond(*index, path));
        }
        let all: Vec<Item> = (0..originals.len()).map(Item::Keep).collect();
        let list = match plan.own {
            Own::Items(list) => list,
            Own::Nothing | Own::Set(_) | Own::Remove | Own::Insert(_) => &all,
        };
        let mut copies = Copies::new(self, node);
        let mut outputs = Vec::with_capacity(list.len());
        let mut kept = vec![false; originals.len()];
        for item in list {
            outputs.push(match item {
                Item::New(value) => Output::Fresh(self.fresh_item(node, value)),
                Item::Copy { of, changes } => {
                    let original = originals.get(*of).ok_or_else(|| beyond(*of, path))?;
                    check(*original, &path.index(*of))?;
                    Output::Fresh(copies.make(*of, changes, path)?)
                }
                Item::Keep(index) => {
                    let original = originals.get(*index).ok_or_else(|| beyond(*index, path))?;
                    kept[*index] = true;
                    Output::Keep(
                        *index,
                        self.child(*original, plan.indices.get(index), Step::Index(*index), path)?,
                    )
                }
            });
        }
        for (index, original) in originals.iter().enumerate().filter(|(index, _)| !kept[*index]) {
            check_unshared(*original, &path.index(index))?;
        }
        self.list(node, outputs, path)
    }

    fn child(
        &self,
        child: Node<'a>,
        plan: Option<&Plan<'_>>,
        step: Step,
        path: &mut Path,
    ) -> Result<Vec<Splice>, Refusal> {
        let Some(plan) = plan else { return Ok(Vec::new()) };
        path.0.push(step);
        let splices = self.node(child, plan, path)?;
        path.0.pop();
        Ok(splices)
    }

    /// Renders a collection that has entries and gets the list `outputs`.
    fn list(&self, node: Node<'a>, outputs: Vec<Output>, path: &Path) -> Result<Vec<Splice>, Refusal> {
        let entries = self.entries(node);
        let keeps_all =
            outputs.len() == entries.len() && outputs.iter().all(|output| matches!(output, Output::Keep(..)));
        if keeps_all {
            return Ok(outputs.into_iter().flat_map(Output::into_inner).collect());
        }
        match node.style() {
            Style::Block => self.block_list(node, &entries, outputs, path),
            Style::Flow => self.flow_list(node, &entries, &outputs, path),
            Style::Pair | Style::Plain | Style::SingleQuoted | Style::DoubleQuoted | Style::Literal | Style::Folded => {
                Err(Refusal::Inexact(place(path, node)))
            }
        }
    }
}

impl Output {
    fn into_inner(self) -> Vec<Splice> {
        match self {
            Self::Keep(_, inner) => inner,
            Self::Fresh(_) => Vec::new(),
        }
    }
}

fn filled_map(pairs: &[(&str, &Value)]) -> Value {
    Value::map(pairs.iter().map(|(key, value)| (*key, (*value).clone())))
}

fn filled_seq(items: &[Item], path: &Path) -> Result<Value, Refusal> {
    let new = |item: &Item| match item {
        Item::New(value) => Ok(value.clone()),
        Item::Keep(of) | Item::Copy { of, .. } => Err(Refusal::NotFound(Place {
            path: path.index(*of),
            span: None,
        })),
    };
    Ok(Value::Seq(items.iter().map(new).collect::<Result<_, _>>()?))
}

fn is_empty(node: Node<'_>) -> bool {
    node.pairs().next().is_none() && node.items().next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Scalar, documents, splice};

    fn rendered(text: &str, edits: &[Edit]) -> Result<String, Refusal> {
        let tree = Tree::parse(text, documents(text)[0]).unwrap();
        render(text, &tree, edits).map(|splices| splice(text, &splices))
    }

    fn at(keys: &[&str]) -> Path {
        keys.iter().fold(Path::default(), |path, key| path.key(key))
    }

    fn set(keys: &[&str]) -> Edit {
        Edit::Set {
            at: at(keys),
            value: Scalar::plain("2"),
        }
    }

    #[test]
    fn an_edit_is_refused_where_it_would_change_more_than_it_says() {
        type Reason = fn(Place) -> Refusal;
        let table: &[(&str, Reason, &str)] = &[
            ("a: &x {b: 1}\nc: *x\n", Refusal::SharedAnchor, "`a`"),
            ("c: &x {b: 1}\na: *x\n", Refusal::Alias, "`a`"),
            ("c: &x {d: 1}\na: {<<: *x, b: 1}\n", Refusal::MergeKey, "`a`"),
            ("a: {b: 1, b: 1}\n", Refusal::DuplicateKey, "`a.b`"),
            ("a: {b: 1, c: 1, c: 1}\n", Refusal::DuplicateKey, "`a.c`"),
            ("a: {b: !!str 1}\n", Refusal::Tagged, "`a.b`"),
            ("a: !x {b: 1}\n", Refusal::Tagged, "`a`"),
            ("a: {c: 1}\n", Refusal::NotFound, "`a.b`"),
            ("a: [b, c]\n", Refusal::NotFound, "`a`"),
        ];
        for (text, expected, place) in table {
            let refusal = rendered(text, &[set(&["a", "b"])]).unwrap_err();
            assert_eq!(refusal, expected(refusal.place().clone()), "{text}");
            assert!(refusal.to_string().contains(place), "{refusal}");
            assert!(refusal.place().span.is_some(), "{text}");
        }
    }

    #[test]
    fn a_value_behind_a_tab_is_not_rewritten_unless_it_is_json() {
        let refusal = rendered("a:\n  b:\t'1'\n", &[set(&["a", "b"])]).unwrap_err();
        assert!(matches!(refusal, Refusal::Inexact(_)), "{refusal}");
        let json = rendered("{\"a\": {\"b\":\t\"1\"}}", &[set(&["a", "b"])]);
        assert_eq!(json.as_deref(), Ok("{\"a\": {\"b\":\t2}}"));
    }

    #[test]
    fn line_breaks_that_are_content_stay_where_the_last_pair_goes() {
        for (text, expected) in [
            ("a: |+\n\nb: 1", "a: |+\n\n"),
            ("a: |+\n  x\n\nb: 1", "a: |+\n  x\n\n"),
            ("a: |\n  x\nb: 1", "a: |\n  x"),
            ("a: 1\nb: 1", "a: 1"),
        ] {
            let removed = rendered(text, &[Edit::Remove { at: at(&["b"]) }]);
            assert_eq!(removed.as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn a_key_that_ends_like_an_indicator_is_no_place_for_a_value() {
        for (text, key, expected) in [
            ("? :--", ":--", None),
            ("? a\n:`b: c\n", "a", None),
            ("{a-}", "a-", None),
            ("{\"a\":#1\n}", "a", None),
            ("? a:b-\n", "a:b-", None),
            ("? a-\n:\n", "a-", Some("? a-\n: 2\n")),
            ("a-:\n", "a-", Some("a-: 2\n")),
        ] {
            assert_eq!(rendered(text, &[set(&[key])]).ok().as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn blanks_that_end_a_block_scalar_stay_in_it() {
        for text in [
            "a:\n  b: |\n    x\n     \nc: 1\n",
            "a:\n  b: >-\n    x\n    \t\n\nc: 1\n",
            "a:\n  b: |\n    x\n     \n...\n",
        ] {
            let edits = [Edit::Insert {
                at: at(&["a"]),
                key: "new".to_owned(),
                value: Value::plain("1"),
            }];
            if let Ok(after) = rendered(text, &edits) {
                crate::yaml::prove(text, &after, &[(0, &edits)]).unwrap();
            }
        }
    }

    #[test]
    fn no_removal_gives_a_line_of_blanks_to_the_text_before_it() {
        let text = "a:\n  b: |\n    x\nc:\n  d:\n     \n...\n";
        assert!(rendered(text, &[Edit::Remove { at: at(&["c"]) }]).is_err());
        let harmless = "a:\n  b: x\n   \nc: 1\n";
        assert!(rendered(harmless, &[Edit::Remove { at: at(&["c"]) }]).is_ok());
    }

    #[test]
    fn no_edit_leaves_a_tab_where_no_reader_takes_one() {
        let edit = Edit::Set {
            at: Path::default(),
            value: Scalar::string("it's: new"),
        };
        assert!(rendered("r\t\r\t\r", &[edit]).is_err());
    }

    #[test]
    fn what_aliases_need_does_not_go() {
        let text = "a: {b: &x 1}\nc: *x\n";
        let refusal = rendered(text, &[Edit::Remove { at: at(&["a"]) }]).unwrap_err();
        assert!(matches!(refusal, Refusal::SharedAnchor(_)), "{refusal}");
    }

    #[test]
    fn an_anchor_that_no_alias_needs_goes_where_there_is_no_alias() {
        let remove = [Edit::Remove { at: at(&["a"]) }];
        assert_eq!(rendered("a: &x 1\nb: 2\n", &remove).ok().as_deref(), Some("b: 2\n"));
        let refusal = rendered("a: &x 1\nb: &y 2\nc: *y\n", &remove).unwrap_err();
        assert!(matches!(refusal, Refusal::Inexact(_)), "{refusal}");
    }

    #[test]
    fn edits_that_contradict_each_other_are_refused() {
        let remove = || Edit::Remove { at: at(&["a"]) };
        let insert = || Edit::Insert {
            at: at(&["a"]),
            key: "k".to_owned(),
            value: Value::plain("1"),
        };
        for edits in [
            [set(&["a", "b"]), remove()],
            [set(&["a", "b"]), set(&["a", "b"])],
            [insert(), insert()],
        ] {
            let refusal = rendered("a: {b: 1}\n", &edits).unwrap_err();
            assert!(matches!(refusal, Refusal::Conflict(_)), "{edits:?}");
        }
    }

    #[test]
    fn the_last_pair_leaves_an_empty_mapping() {
        let remove = [Edit::Remove { at: at(&["a", "b"]) }];
        for (before, after) in [
            ("a:\n  b: 1\n", "a: {}\n"),
            ("a:  # here\n  # one\n  b: 1  # two\nc: 1\n", "a: {}  # here\nc: 1\n"),
            ("a: {b: 1}\n", "a: {}\n"),
            ("a:\n  b: 1", "a: {}"),
        ] {
            assert_eq!(rendered(before, &remove).unwrap(), after);
        }
    }

    #[test]
    fn a_new_value_keeps_the_quotes_of_the_old_one_where_it_may() {
        let set = |value| [Edit::Set { at: at(&["a"]), value }];
        for (before, value, after) in [
            ("a: 'x' # c\n", Scalar::string("web"), "a: 'web' # c\n"),
            ("a: \"x\"\n", Scalar::string("it's"), "a: \"it's\"\n"),
            ("a: 'x'\n", Scalar::plain("80"), "a: 80\n"),
            ("a: x\n", Scalar::string("80"), "a: \"80\"\n"),
            ("a: x\nb: 'y'\n", Scalar::string("on"), "a: 'on'\nb: 'y'\n"),
            ("a: |\n  x\nb: 1\n", Scalar::plain("80"), "a: 80\nb: 1\n"),
            ("a:\nb: 1\n", Scalar::plain("80"), "a: 80\nb: 1\n"),
            ("{\"a\":\"x\"}", Scalar::string("web"), "{\"a\":\"web\"}"),
        ] {
            assert_eq!(rendered(before, &set(value)).unwrap(), after);
        }
    }
}
