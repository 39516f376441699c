//! Properties of the YAML core: random values, layouts and edits.

use ciliate_transforms::yaml::{
    Edit, Item, Path, Scalar, Tree, Value, block, documents, is_json, json, prove, render, splice, values,
};
use proptest::prelude::*;

/// Random decisions, repeated when they run out.
struct Choices<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Choices<'_> {
    /// Returns a number below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        let byte = self
            .bytes
            .get(self.at % self.bytes.len().max(1))
            .copied()
            .unwrap_or_default();
        self.at += 1;
        // The position joins in, so that a short list of bytes still gives different decisions.
        (usize::from(byte) + self.at / self.bytes.len().max(1)) % bound
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }
}

/// Writes a document in a layout that people write.
struct Writer<'a> {
    out: String,
    choices: Choices<'a>,
    step: usize,
    list_step: usize,
}

impl Writer<'_> {
    fn document(value: &Value, bytes: &[u8]) -> String {
        let mut choices = Choices { bytes, at: 0 };
        let (step, level) = (1 + choices.below(4), choices.one_in(2));
        let mut writer = Writer {
            out: String::new(),
            choices,
            step,
            list_step: if level { 0 } else { step },
        };
        match writer.choices.below(6) {
            0 => writer.out = json(value),
            1 => writer.out = json(value).replace('\n', "").replace("  ", ""),
            2 => {
                writer.flow(value, 0);
                writer.line_end();
            }
            _ => writer.node(value, 0, false),
        }
        let mut text = writer.out;
        if writer.choices.one_in(4) {
            text = text.replace('\n', "\r\n");
        }
        if writer.choices.one_in(4) {
            text.truncate(text.trim_end().len());
        }
        text
    }

    fn put(&mut self, text: impl AsRef<str>) {
        self.out.push_str(text.as_ref());
    }

    fn line_end(&mut self) {
        if self.choices.one_in(4) {
            self.out.push_str("  # at the\tend");
        }
        self.out.push('\n');
    }

    fn above(&mut self, column: usize) {
        match self.choices.below(8) {
            0 => self.put(format!("{}# above\n", " ".repeat(column))),
            1 => self.out.push('\n'),
            2 => self.put(format!("{}# deeper\n", " ".repeat(column + 1))),
            _ => {}
        }
    }

    fn scalar(&mut self, scalar: &Scalar) {
        let text = &scalar.text;
        let simple = text.chars().all(|char| char.is_ascii_alphanumeric());
        let is_string = Value::string(text.as_str()) == Value::Scalar(scalar.clone());
        match self.choices.below(4) {
            0 if is_string => self.put(format!("'{}'", text.replace('\'', "''"))),
            1 if is_string && simple => self.put(format!("\"{text}\"")),
            _ => self.out.push_str(block(&Value::Scalar(scalar.clone())).trim_end()),
        }
    }

    fn flow(&mut self, value: &Value, column: usize) {
        let lines = self.choices.one_in(2);
        let between = if lines {
            format!("\n{}", " ".repeat(column + 3))
        } else {
            String::new()
        };
        let (open, close, children) = match value {
            Value::Map(pairs) => (
                '{',
                '}',
                pairs.iter().map(|(key, value)| (Some(key), value)).collect::<Vec<_>>(),
            ),
            Value::Seq(items) => ('[', ']', items.iter().map(|item| (None, item)).collect()),
            Value::Scalar(scalar) => return self.scalar(scalar),
            Value::Alias(_) => return,
        };
        self.out.push(open);
        for (index, (key, value)) in children.iter().enumerate() {
            self.out.push_str(&between);
            if let Some(key) = key {
                self.out.push_str(block(key).trim_end());
                self.out.push_str(": ");
            }
            self.flow(value, column + 3);
            let last = index + 1 == children.len();
            if !last || self.choices.one_in(3) {
                self.out.push_str(if last || lines { "," } else { ", " });
            }
            if lines && self.choices.one_in(4) {
                self.out.push_str(" # of the entry");
            }
        }
        if lines {
            self.put(format!("\n{}", " ".repeat(column + 1)));
        }
        self.out.push(close);
    }

    /// Writes a node whose first line stands at `column` already when `placed`, with its line end.
    fn node(&mut self, value: &Value, column: usize, placed: bool) {
        let mut placed = placed;
        let mut start = |writer: &mut Self| {
            if !std::mem::take(&mut placed) {
                writer.above(column);
                writer.out.push_str(&" ".repeat(column));
            }
        };
        match value {
            Value::Map(pairs) if !pairs.is_empty() => {
                for (key, value) in pairs {
                    start(self);
                    self.out.push_str(block(key).trim_end());
                    self.out.push(':');
                    let inner = if matches!(value, Value::Seq(_)) {
                        self.list_step
                    } else {
                        self.step
                    };
                    self.child(value, column, column + inner);
                }
            }
            Value::Seq(items) if !items.is_empty() => {
                for item in items {
                    start(self);
                    let gap = 1 + self.choices.below(2);
                    self.out.push('-');
                    let is_open = matches!(item, Value::Map(pairs) if !pairs.is_empty())
                        || matches!(item, Value::Seq(items) if !items.is_empty());
                    if is_open && !self.choices.one_in(4) {
                        self.out.push_str(&" ".repeat(gap));
                        self.node(item, column + 1 + gap, true);
                    } else {
                        self.child(item, column, column + 1 + gap);
                    }
                }
            }
            Value::Map(_) | Value::Seq(_) | Value::Scalar(_) | Value::Alias(_) => {
                start(self);
                self.flow(value, column);
                self.line_end();
            }
        }
    }

    /// Writes a child behind its colon or dash.
    fn child(&mut self, value: &Value, column: usize, inner: usize) {
        let is_empty = match value {
            Value::Map(pairs) => pairs.is_empty(),
            Value::Seq(items) => items.is_empty(),
            Value::Scalar(_) | Value::Alias(_) => true,
        };
        if value.is_null() && self.choices.one_in(2) {
            self.line_end();
        } else if is_empty || self.choices.one_in(5) {
            self.out.push(' ');
            self.flow(value, column);
            self.line_end();
        } else {
            self.line_end();
            self.node(value, inner, false);
        }
    }
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[a-z]{1,4}".prop_map(Value::string),
        (0u16..9999).prop_map(|number| Value::plain(number.to_string())),
        Just(Value::plain("null")),
        Just(Value::plain("true")),
        "[ -~äß]{0,6}".prop_map(Value::string),
    ]
}

fn tree(leaf: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    let children = leaf.prop_recursive(4, 40, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Seq),
            proptest::collection::btree_map("[a-z]{1,3}", inner, 0..4).prop_map(Value::map),
        ]
    });
    prop_oneof![
        proptest::collection::vec(children.clone(), 1..4).prop_map(Value::Seq),
        proptest::collection::btree_map("[a-z]{1,3}", children, 1..4).prop_map(Value::map),
    ]
}

/// Invents edits of `value`, which stands at `at`.
fn edits(value: &Value, at: &Path, choices: &mut Choices<'_>, found: &mut Vec<Edit>) {
    match value {
        Value::Scalar(scalar) if scalar.is_null() && choices.one_in(4) => {
            found.push(Edit::Items {
                at: at.clone(),
                items: vec![Item::New(new(choices)), Item::New(new(choices))],
            });
        }
        Value::Scalar(scalar) if scalar.is_null() && choices.one_in(4) => {
            found.push(Edit::Insert {
                at: at.clone(),
                key: "fresh".to_owned(),
                value: new(choices),
            });
        }
        Value::Scalar(_) if choices.one_in(3) => found.push(Edit::Set {
            at: at.clone(),
            value: new_scalar(choices),
        }),
        Value::Scalar(_) | Value::Alias(_) => {}
        Value::Map(pairs) => {
            for (key, value) in pairs {
                let at = at.key(key.str().unwrap_or_default());
                if choices.one_in(5) {
                    found.push(Edit::Remove { at });
                } else {
                    edits(value, &at, choices, found);
                }
            }
            if choices.one_in(4) {
                found.push(Edit::Insert {
                    at: at.clone(),
                    key: "fresh".to_owned(),
                    value: new(choices),
                });
            }
        }
        Value::Seq(items) => {
            let mut list = Vec::new();
            let changes_list = choices.one_in(2);
            for (index, item) in items.iter().enumerate() {
                if changes_list && choices.one_in(6) {
                    list.push(Item::New(new(choices)));
                }
                if changes_list && choices.one_in(4) {
                    continue;
                }
                list.push(Item::Keep(index));
                edits(item, &at.index(index), choices, found);
                if changes_list && choices.one_in(3) {
                    let mut changes = Vec::new();
                    edits(item, &Path::default(), choices, &mut changes);
                    list.push(Item::Copy { of: index, changes });
                }
            }
            if changes_list && choices.one_in(6) {
                list.push(Item::New(new(choices)));
            }
            if changes_list {
                found.push(Edit::Items {
                    at: at.clone(),
                    items: list,
                });
            }
        }
    }
}

/// Invents edits that only add: copies, new items, new pairs.
fn additions(value: &Value, at: &Path, choices: &mut Choices<'_>, found: &mut Vec<Edit>) {
    match value {
        Value::Scalar(_) | Value::Alias(_) => {}
        Value::Map(pairs) => {
            for (key, value) in pairs {
                additions(value, &at.key(key.str().unwrap_or_default()), choices, found);
            }
            if choices.one_in(3) {
                found.push(Edit::Insert {
                    at: at.clone(),
                    key: "fresh".to_owned(),
                    value: new(choices),
                });
            }
        }
        Value::Seq(items) => {
            let mut list = Vec::new();
            for (index, item) in items.iter().enumerate() {
                list.push(Item::Keep(index));
                additions(item, &at.index(index), choices, found);
                if choices.one_in(3) {
                    list.push(Item::Copy {
                        of: index,
                        changes: Vec::new(),
                    });
                }
                if choices.one_in(5) {
                    list.push(Item::New(new(choices)));
                }
            }
            found.push(Edit::Items {
                at: at.clone(),
                items: list,
            });
        }
    }
}

fn new(choices: &mut Choices<'_>) -> Value {
    match choices.below(5) {
        0 => Value::map([("namespaceSelector", Value::map::<&str>([]))]),
        1 => Value::map([
            ("one", Value::plain("1")),
            ("two", Value::seq([Value::string("x y"), Value::string("on")])),
        ]),
        2 => Value::seq([Value::seq([Value::string("a")])]),
        _ => Value::Scalar(new_scalar(choices)),
    }
}

fn new_scalar(choices: &mut Choices<'_>) -> Scalar {
    match choices.below(4) {
        0 => Scalar::string("no"),
        1 => Scalar::string("it's: new"),
        2 => Scalar::string("web"),
        _ => Scalar::plain("8080"),
    }
}

fn expect_read(text: &str, value: &Value) -> Result<(), TestCaseError> {
    prop_assert_eq!(
        values(text).map_err(|error| TestCaseError::fail(format!("{error}:\n{text}")))?,
        [value.clone()]
    );
    Tree::parse(text, documents(text)[0]).map_err(|error| TestCaseError::fail(format!("{error}:\n{text}")))?;
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(500), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back_by_both_readers(value in tree(prop_oneof![scalar(), "\\PC{0,8}".prop_map(Value::string), any::<String>().prop_map(Value::string)])) {
        expect_read(&block(&value), &value)?;
        let text = json(&value);
        prop_assert!(is_json(&text), "{}", text);
        expect_read(&text, &value)?;
    }

    #[test]
    fn every_edit_is_refused_or_proven(value in tree(scalar()), bytes in proptest::collection::vec(any::<u8>(), 1..64)) {
        let before = Writer::document(&value, &bytes);
        expect_read(&before, &value)?;
        let mut edits_found = Vec::new();
        edits(&value, &Path::default(), &mut Choices { bytes: &bytes, at: 17 }, &mut edits_found);
        let tree = Tree::parse(&before, documents(&before)[0]).map_err(|error| TestCaseError::fail(error.to_string()))?;
        match render(&before, &tree, &edits_found) {
            Ok(splices) => {
                let after = splice(&before, &splices);
                if let Err(unproven) = prove(&before, &after, &[(0, &edits_found)]) {
                    return Err(TestCaseError::fail(format!("{unproven}\n{edits_found:?}\n--- before\n{before}\n--- after\n{after}")));
                }
            }
            Err(refusal) => return Err(TestCaseError::fail(format!("REFUSED {refusal}\n{edits_found:?}\n--- before\n{before}"))),
        }
    }

    #[test]
    fn edits_that_remove_nothing_keep_every_comment_once(value in tree(scalar()), bytes in proptest::collection::vec(any::<u8>(), 1..64)) {
        let before = Writer::document(&value, &bytes);
        let mut found = Vec::new();
        additions(&value, &Path::default(), &mut Choices { bytes: &bytes, at: 11 }, &mut found);
        let tree = Tree::parse(&before, documents(&before)[0]).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let splices = render(&before, &tree, &found).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let after = splice(&before, &splices);
        prove(&before, &after, &[(0, &found)]).map_err(|error| TestCaseError::fail(format!("{error}\n{before}\n{after}")))?;
        let comments = |text: &str| Tree::parse(text, documents(text)[0]).map(|tree| {
            tree.comments().iter().map(|span| span.slice(text).to_owned()).collect::<Vec<_>>()
        });
        prop_assert_eq!(comments(&before), comments(&after), "{}\n{}", before, after);
        let breaks = |text: &str| (text.contains("\r\n"), text.replace("\r\n", "").contains('\n'));
        if before.contains('\n') && after.contains('\n') {
            prop_assert_eq!(breaks(&before), breaks(&after), "{:?} {:?}", before, after);
        }
        prop_assert_eq!(before.ends_with('\n'), after.ends_with('\n'), "{}\n---\n{}", before, after);
    }

    #[test]
    fn no_edit_changes_no_byte(value in tree(scalar()), bytes in proptest::collection::vec(any::<u8>(), 1..64)) {
        let before = Writer::document(&value, &bytes);
        let tree = Tree::parse(&before, documents(&before)[0]).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let splices = render(&before, &tree, &[]).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(splice(&before, &splices), before);
    }
}
