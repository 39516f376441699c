//! Properties of the YAML core: random values, layouts and edits.

mod choices;
mod nodes;
mod planner;
mod writer;

use ciliate_transforms::yaml::{
    self, Path, Refusal, Sequences, Tree, Value, block, documents, is_json, json, prove, render, splice, values,
};
use proptest::prelude::*;

use choices::Choices;
use nodes::{meaning, nests};
use planner::{additions, edits};
use writer::Writer;

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[a-z]{1,4}".prop_map(Value::string),
        (0u16..9999).prop_map(|number| Value::plain(number.to_string())),
        Just(Value::plain("null")),
        Just(Value::plain("true")),
        Just(Value::string("one\n # two\n\nthree\n")),
        Just(Value::string("kept\n\n")),
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

fn expect_read(text: &str, value: &Value) -> Result<(), TestCaseError> {
    prop_assert_eq!(
        values(text).map_err(|error| TestCaseError::fail(format!("{error}:\n{text}")))?,
        [value.clone()]
    );
    Tree::parse(text, documents(text)[0]).map_err(|error| TestCaseError::fail(format!("{error}:\n{text}")))?;
    Ok(())
}

/// Breaks a document in one place.
fn mutated(text: &str, at: usize, with: &str) -> String {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let (start, end) = (
        places[at % places.len()],
        places[(at % places.len() + 1).min(places.len() - 1)],
    );
    format!("{}{with}{}", &text[..start], &text[end..])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(500), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back_by_both_readers(value in tree(prop_oneof![scalar(), "\\PC{0,8}".prop_map(Value::string), any::<String>().prop_map(Value::string)])) {
        expect_read(&block(&value, Sequences::Level), &value)?;
        expect_read(&block(&value, Sequences::Indented), &value)?;
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
            // Of all that is written here, only the copy of a `|+` is not certain.
            Err(Refusal::Inexact(_)) if before.contains("|+") => {}
            Err(refusal) => return Err(TestCaseError::fail(format!("refused:  {refusal}\n{edits_found:?}\n--- before\n{before}"))),
        }
    }

    #[test]
    fn edits_that_remove_nothing_keep_every_comment_once(value in tree(scalar()), bytes in proptest::collection::vec(any::<u8>(), 1..64)) {
        let before = Writer::document(&value, &bytes);
        let mut found = Vec::new();
        additions(&value, &Path::default(), &mut Choices { bytes: &bytes, at: 11 }, &mut found);
        let tree = Tree::parse(&before, documents(&before)[0]).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let splices = match render(&before, &tree, &found) {
            Err(Refusal::Inexact(_)) if before.contains("|+") => return Ok(()),
            rendered => rendered.map_err(|error| TestCaseError::fail(error.to_string()))?,
        };
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

    #[test]
    fn both_readers_agree_on_what_both_accept(
        value in tree(scalar()),
        bytes in proptest::collection::vec(any::<u8>(), 1..64),
        at in any::<u16>(),
        with in "[-a:?\\[\\]{},#&*!|>'\" \n\t]{0,3}",
    ) {
        let text = mutated(&Writer::document(&value, &bytes), at.into(), &with);
        for span in documents(&text) {
            let (Ok(tree), Ok(read)) = (Tree::parse(&text, span), yaml::value(span.slice(&text))) else { continue };
            let Some(root) = tree.root(&text) else {
                prop_assert!(read.is_null(), "{:?}", text);
                continue;
            };
            prop_assert!(nests(root), "{}", text);
            let tagged = text.contains('!');
            if let Some(meaning) = meaning(root).filter(|_| !tagged) {
                prop_assert_eq!(meaning, read, "{:?}", text);
            }
        }
    }

    #[test]
    fn edits_of_broken_layouts_are_refused_or_proven(
        value in tree(scalar()),
        bytes in proptest::collection::vec(any::<u8>(), 1..64),
        at in any::<u16>(),
        with in "[-a:?\\[\\]{},#&*!|>'\" \n\t]{0,3}",
    ) {
        let text = mutated(&Writer::document(&value, &bytes), at.into(), &with);
        let spans = documents(&text);
        let [span] = spans[..] else { return Ok(()) };
        let (Ok(tree), Ok(read)) = (Tree::parse(&text, span), yaml::value(&text)) else { return Ok(()) };
        let mut found = Vec::new();
        edits(&read, &Path::default(), &mut Choices { bytes: &bytes, at: 17 }, &mut found);
        if let Ok(splices) = render(&text, &tree, &found) {
            let after = splice(&text, &splices);
            if let Err(unproven) = prove(&text, &after, &[(0, &found)]) {
                return Err(TestCaseError::fail(format!("{unproven}\n{found:?}\n--- before\n{text}\n--- after\n{after}")));
            }
        }
    }
}
