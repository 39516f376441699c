//! The `kustomization.yaml` that lists overlays.

use crate::yaml::{self, Edit, Item, Node, Path, Sequences, Tree, Value};

/// The names that kustomize looks for in a folder, in its order.
pub(crate) const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What becomes of a `kustomization.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Listing {
    /// It lists what it should.
    Current,
    /// These edits of its first document.
    Edited(Vec<Edit>),
    /// It would list nothing and says nothing else.
    Empty,
}

/// Returns the text of a new one, which lists `files`, sorted by the caller.
pub(crate) fn text<'f>(files: impl IntoIterator<Item = &'f str>, sequences: Sequences) -> String {
    let list = Value::map([
        ("apiVersion", Value::string("kustomize.config.k8s.io/v1beta1")),
        ("kind", Value::string("Kustomization")),
        ("resources", Value::seq(files.into_iter().map(Value::string))),
    ]);
    format!("---\n{}", yaml::block(&list, sequences))
}

/// Decides what must become of one so that it lists `added` and not `removed`; what else it lists stays.
///
/// In a sorted list the new lines stand where they belong, else at the end. One that can't be read, or is something
/// else, gets an edit that can't be made, so that the failure is told.
pub(crate) fn listing(kustomization: &str, added: &[&str], removed: &[&str]) -> Listing {
    let at = Path::default().key("resources");
    let all_new = || added.iter().map(|file| Item::New(Value::string(*file))).collect();
    let document = yaml::documents(kustomization).first().copied().unwrap_or_default();
    let tree = Tree::parse(kustomization, document);
    let Some(root) = tree.as_ref().ok().and_then(|tree| tree.root(kustomization)) else {
        return Listing::Edited(vec![Edit::Items { at, items: all_new() }]);
    };
    let Some(resources) = root.get("resources") else {
        if added.is_empty() {
            return Listing::Current;
        }
        if !is_kustomization(root) {
            return Listing::Edited(vec![Edit::Items { at, items: all_new() }]);
        }
        let value = Value::seq(added.iter().map(|file| Value::string(*file)));
        let at = Path::default();
        let key = "resources".to_owned();
        return Listing::Edited(vec![Edit::Insert { at, key, value }]);
    };
    let listed: Vec<_> = resources
        .items()
        .map(|item| plain(item.str().unwrap_or_default()))
        .collect();
    let missing: Vec<_> = added.iter().copied().filter(|file| !listed.contains(file)).collect();
    let stays = |file: &&str| !removed.contains(file);
    if missing.is_empty() && listed.iter().all(&stays) {
        return Listing::Current;
    }
    let ours = root
        .pairs()
        .all(|(key, _)| matches!(key.str(), Some("apiVersion" | "kind" | "resources")));
    if missing.is_empty() && ours && !listed.iter().any(&stays) {
        return Listing::Empty;
    }
    let kept = listed
        .iter()
        .enumerate()
        .filter(|(_, file)| stays(file))
        .map(|(index, file)| (index, *file));
    Listing::Edited(vec![Edit::Items {
        at,
        items: merged(&kept.collect::<Vec<_>>(), &missing),
    }])
}

/// Tells whether an object in a file of that name is one: kustomize takes one without a kind too.
fn is_kustomization(root: Node<'_>) -> bool {
    root.get("kind")
        .is_none_or(|kind| matches!(kind.str(), Some("Kustomization" | "Component")))
}

/// Tells whether one lists a file.
pub(crate) fn lists(kustomization: &str, file: &str) -> bool {
    let document = yaml::documents(kustomization).first().copied().unwrap_or_default();
    let tree = Tree::parse(kustomization, document);
    let root = tree.as_ref().ok().and_then(|tree| tree.root(kustomization));
    let resources = root.and_then(|root| root.get("resources"));
    resources.is_some_and(|resources| {
        resources
            .items()
            .any(|item| plain(item.str().unwrap_or_default()) == file)
    })
}

/// Returns the edits that leave the list of one that says nothing else empty.
pub(crate) fn emptied() -> Vec<Edit> {
    vec![Edit::Items {
        at: Path::default().key("resources"),
        items: Vec::new(),
    }]
}

/// Puts the missing files among the kept ones.
fn merged(kept: &[(usize, &str)], missing: &[&str]) -> Vec<Item> {
    let mut missing = missing.to_vec();
    missing.sort_unstable();
    let sorted = kept.is_sorted_by_key(|(_, file)| *file);
    let mut missing = missing.into_iter().peekable();
    let mut items = Vec::new();
    for &(index, file) in kept {
        while let Some(new) = missing.next_if(|new| sorted && *new < file) {
            items.push(Item::New(Value::string(new)));
        }
        items.push(Item::Keep(index));
    }
    items.extend(missing.map(|new| Item::New(Value::string(new))));
    items
}

fn plain(path: &str) -> &str {
    path.strip_prefix("./").unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, added: &[&str], removed: &[&str]) -> String {
        let Listing::Edited(edits) = listing(text, added, removed) else {
            panic!("not edited");
        };
        let tree = Tree::parse(text, yaml::documents(text)[0]).unwrap();
        yaml::splice(text, &yaml::render(text, &tree, &edits).unwrap())
    }

    #[test]
    fn a_new_line_stands_in_its_place_and_comments_stay() {
        let text = "# ours\nresources:\n- a.yaml # first\n- c.yaml\n";
        assert_eq!(
            edited(text, &["b.yaml"], &[]),
            "# ours\nresources:\n- a.yaml # first\n- b.yaml\n- c.yaml\n"
        );
    }

    #[test]
    fn in_a_list_that_is_not_sorted_new_lines_come_last() {
        let text = "resources:\n- z.yaml\n- b.yaml\n";
        assert_eq!(
            edited(text, &["c.yaml"], &[]),
            "resources:\n- z.yaml\n- b.yaml\n- c.yaml\n"
        );
    }

    #[test]
    fn only_the_line_of_a_removed_file_goes() {
        let text = "resources:\n- ./a.yaml\n- b.yaml\nnamePrefix: x-\n";
        assert_eq!(edited(text, &[], &["a.yaml"]), "resources:\n- b.yaml\nnamePrefix: x-\n");
    }

    #[test]
    fn what_it_lists_already_changes_nothing() {
        assert_eq!(
            listing("resources: [./a.yaml]\n", &["a.yaml"], &["b.yaml"]),
            Listing::Current
        );
    }

    #[test]
    fn one_that_would_list_nothing_goes_unless_it_says_more() {
        let ours = text(["a.yaml"], Sequences::Indented);
        assert_eq!(listing(&ours, &[], &["a.yaml"]), Listing::Empty);
        let more = format!("{ours}namePrefix: x-\n");
        assert!(matches!(listing(&more, &[], &["a.yaml"]), Listing::Edited(_)));
    }

    #[test]
    fn what_is_no_kustomization_gets_no_list() {
        let text = "kind: NetworkPolicy\nspec: {}\n";
        let Listing::Edited(edits) = listing(text, &["a.yaml"], &[]) else {
            panic!("something is to be said")
        };
        let tree = Tree::parse(text, yaml::documents(text)[0]).unwrap();
        assert!(yaml::render(text, &tree, &edits).is_err());
    }

    #[test]
    fn without_resources_the_list_is_added() {
        assert_eq!(
            edited("namePrefix: x-\n", &["a.yaml"], &[]),
            "namePrefix: x-\nresources:\n- a.yaml\n"
        );
    }
}
