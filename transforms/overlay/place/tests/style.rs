//! How new files are laid out.

use super::*;
use crate::policy::emit::OWNED_LABEL;

const INDENTED: &str = "\n  egress:\n    - toEntities:\n        - host\n";
const LEVEL: &str = "\n  egress:\n  - toEntities:\n    - host\n";

fn policy(name: &str, list: &str) -> String {
    let text = POLICY.replace("web-egress", name);
    text.replace("[Egress]", list)
}

/// The sequences of a source, and what the overlay's look like.
const STYLES: [(&str, &str); 4] = [
    ("\n  - Egress", LEVEL),
    ("\n    - Egress", INDENTED),
    ("\n      - Egress", INDENTED),
    ("[Egress]", INDENTED),
];

#[test]
fn the_sequences_of_an_overlay_stand_as_its_sources_do() {
    for (list, expected) in STYLES {
        let mut tree = Tree::of(&[("web.yaml", &policy("web-egress", list))]);
        tree.run();
        assert!(
            tree.files[OVERLAY].contains(expected),
            "{list}: {}",
            tree.files[OVERLAY]
        );
        assert!(tree.files[OVERLAY].starts_with("---\n# Only after"));
        assert!(tree.is_settled());
    }
}

#[test]
fn a_source_without_sequences_takes_them_from_the_rest_of_its_file_but_for_overlays_of_ours() {
    let other = "---\nkind: ConfigMap\nitems:\n- a\n";
    let ours = format!("---\nkind: ConfigMap\nmetadata: {{labels: {{{OWNED_LABEL}: \"true\"}}}}\nitems:\n  - a\n");
    let mut tree = Tree::of(&[("web.yaml", &format!("{POLICY}{ours}{other}"))]);
    tree.run();
    assert!(tree.files[OVERLAY].contains(LEVEL), "{}", tree.files[OVERLAY]);
}

#[test]
fn a_document_of_a_stream_is_laid_out_as_its_source_there() {
    for (list, expected) in STYLES {
        let other = "---\nkind: ConfigMap\nitems:\n- a\n";
        let mut tree = Tree::of(&[("-", &format!("{}{other}", policy("web-egress", list)))]);
        tree.layout = Layout::Stream(Host::Plain);
        let placement = tree.placement();
        assert!(
            placement.appended[0].contains(expected),
            "{list}: {}",
            placement.appended[0]
        );
    }
}

#[test]
fn a_list_is_laid_out_as_most_of_the_sources_that_it_names() {
    let [level, indented] = ["\n  - Egress", "\n    - Egress"];
    for (lists, expected) in [
        (&[level, level, indented][..], "resources:\n- "),
        (&[level, indented], "resources:\n  - "),
        (&[indented, level, indented], "resources:\n  - "),
    ] {
        let files = lists.iter().enumerate();
        let files: Vec<_> = files
            .map(|(at, list)| (format!("{at}.yaml"), policy(&format!("web-{at}"), list)))
            .collect();
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        let mut tree = Tree::of(&files);
        tree.run();
        assert!(tree.files[LIST].contains(expected), "{lists:?}: {}", tree.files[LIST]);
        assert!(tree.is_settled());
        tree.files.remove(LIST);
        tree.files.remove("cilium-overlays/shop/web-0-node-egress.yaml");
        tree.run();
        assert!(
            tree.files[LIST].contains(expected),
            "overlays that stand count: {lists:?}"
        );
    }
}

#[test]
fn an_overlay_that_stands_keeps_its_own_style() {
    let [level, indented] = ["\n  - Egress", "\n    - Egress"].map(|list| policy("web-egress", list));
    let mut tree = Tree::of(&[("web.yaml", &level)]);
    tree.run();
    let before = tree.files[OVERLAY].clone();
    tree.files.insert("web.yaml".to_owned(), indented.clone());
    assert_eq!(tree.run(), [Fate::Current]);
    assert_eq!(tree.files[OVERLAY], before);
    tree.files
        .insert("web.yaml".to_owned(), indented.replace("443", "8443"));
    assert_eq!(tree.run(), [Fate::Written]);
    assert!(
        tree.files[OVERLAY].contains("8443") && tree.files[OVERLAY].contains(LEVEL),
        "{}",
        tree.files[OVERLAY]
    );
}
