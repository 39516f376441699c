//! Any text: both readers end, agree where both read it, and point at nothing outside of it.
#![no_main]

#[path = "../../transforms/tests/yaml_properties/nodes.rs"]
mod nodes;

use ciliate_transforms::source::{FileId, Span};
use ciliate_transforms::world::extract::{Wanted, extract};
use ciliate_transforms::world::mentions::mentions;
use ciliate_transforms::yaml::{Kind, Tree, documents, is_json, value};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // Behind the last line break the readers take blanks, which no person sees, for content or not, each its own way.
    let text = text.trim_end_matches([' ', '\t']);
    let spans = documents(text);
    covers(text, &spans);
    for span in spans {
        document(text, span);
    }
    for path in ["a.yaml", "kustomization.yaml"] {
        objects(path, text);
    }
});

/// Documents lie one behind the other, and nothing lies outside of them.
fn covers(text: &str, spans: &[Span]) {
    let mut end = 0;
    for span in spans {
        assert_eq!(span.start, end, "a document starts where the one before ends");
        inside(text, *span);
        end = span.end;
    }
    assert_eq!(end as usize, text.len(), "the last document ends with the text");
}

fn inside(text: &str, span: Span) {
    assert!(text.get(span.range()).is_some(), "{span:?} is no part of the text");
}

fn document(text: &str, span: Span) {
    let source = span.slice(text);
    let second = value(source);
    let tree = match Tree::parse(text, span) {
        Ok(tree) => tree,
        Err(error) => {
            assert!(error.offset as usize <= text.len(), "{error:?}");
            return;
        }
    };
    let Some(root) = tree.root(text) else { return };
    assert!(nodes::nests(root), "a node lies outside of its parent");
    inside(text, root.outer());
    // A document that is a scalar is no object of anybody's, and where it ends the readers differ.
    if root.kind() == Kind::Scalar {
        return;
    }
    // What a tag says of a value is the reader's, and of a number in JSON its reader keeps the value, not the spelling.
    let is_comparable = !source.contains('!') && !is_json(source);
    if let (Ok(second), Some(first)) = (second, nodes::meaning(root).filter(|_| is_comparable)) {
        assert_eq!(first, second, "the readers disagree");
    }
}

/// What is read as an object lies inside the text.
fn objects(path: &str, text: &str) {
    let wanted = Wanted { workloads: true };
    let found = extract(FileId(0), path, text, mentions(text.as_bytes()), wanted);
    for policy in &found.policies {
        inside(text, policy.place.span);
        inside(text, policy.place.name);
        inside(text, policy.selector_span);
        for span in &policy.substitutions {
            inside(text, *span);
        }
    }
    for (spot, _) in found.rejected.iter().flat_map(|rejected| &rejected.problems) {
        inside(text, spot.span);
    }
}
