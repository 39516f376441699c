//! Any text and any edits of it: each document's edits are refused or proven, and no other byte moves.
#![no_main]

#[path = "../../transforms/tests/yaml_properties/choices.rs"]
mod choices;
#[path = "../../transforms/tests/yaml_properties/planner.rs"]
mod planner;

use choices::Choices;
use ciliate_transforms::source::Span;
use ciliate_transforms::yaml::{Edit, Path, Splice, Tree, documents, prove, render, splice, value};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    // The edits are chosen by what stands behind the last NUL; without one, the text chooses its own.
    let (text, bytes) = input.rsplit_once('\0').unwrap_or((input, input));
    // Behind the last line break the readers take blanks, which no person sees, for content or not, each its own way.
    let text = text.trim_end_matches([' ', '\t']);
    let mut choices = Choices {
        bytes: bytes.as_bytes(),
        at: 17,
    };
    let mut all_splices = Vec::new();
    let mut edits_by_document = Vec::new();
    for (document, span) in documents(text).into_iter().enumerate() {
        if let Some((splices, edits)) = edited(text, span, &mut choices) {
            all_splices.extend(splices);
            edits_by_document.push((document, edits));
        }
    }
    let after = splice(text, &all_splices);
    let edits: Vec<(usize, &[Edit])> = edits_by_document
        .iter()
        .map(|(document, edits)| (*document, edits.as_slice()))
        .collect();
    if let Err(unproven) = prove(text, &after, &edits) {
        panic!("{unproven}\n{edits:?}\n--- before\n{text:?}\n--- after\n{after:?}");
    }
});

/// Returns the splices of a document with the edits that they make; `None` where it is not read, or they are refused.
fn edited(text: &str, span: Span, choices: &mut Choices<'_>) -> Option<(Vec<Splice>, Vec<Edit>)> {
    let tree = Tree::parse(text, span).ok()?;
    let value = value(span.slice(text)).ok()?;
    let mut edits = Vec::new();
    if choices.one_in(4) {
        planner::additions(&value, &Path::default(), choices, &mut edits);
    } else {
        planner::edits(&value, &Path::default(), choices, &mut edits);
    }
    let splices = render(text, &tree, &edits).ok()?;
    if edits.is_empty() {
        assert!(splices.is_empty(), "nothing was asked for");
    }
    let mut end = span.start;
    for splice in &splices {
        assert!(end <= splice.span.start && splice.span.end <= span.end, "{splices:?}");
        end = splice.span.end;
    }
    Some((splices, edits))
}
