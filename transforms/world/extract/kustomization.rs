//! Kustomizations: which files they render, and into which namespace.

use std::borrow::Cow;

use crate::policy::read::{Reader, Scalar};
use crate::yaml::{Kind, Node};

/// What a `kustomization.yaml` says; paths are as written, relative to its folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kustomization {
    /// `namespace`.
    pub namespace: Option<String>,
    /// `resources`, `bases` and `components`: files and folders.
    pub resources: Vec<String>,
    /// The files of `patches`, `patchesStrategicMerge` and `patchesJson6902`.
    pub patches: Vec<String>,
}

/// Tells by its name whether a file is a kustomization.
pub fn is_kustomization(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "kustomization.yaml" | "kustomization.yml" | "Kustomization")
}

/// Reads a kustomization.
pub(super) fn kustomization(root: Node<'_>) -> Kustomization {
    let mut resources = Vec::new();
    for name in ["resources", "bases", "components"] {
        resources.extend(items(root, name).filter_map(Scalar::text_of).map(Cow::into_owned));
    }
    let mut patches = Vec::new();
    for name in ["patches", "patchesStrategicMerge", "patchesJson6902"] {
        patches.extend(items(root, name).filter_map(patch_file).map(Cow::into_owned));
    }
    let namespace = Reader::field(root, "namespace").and_then(Scalar::text_of);
    Kustomization {
        namespace: namespace.filter(|name| !name.is_empty()).map(Cow::into_owned),
        resources,
        patches,
    }
}

fn items<'a>(root: Node<'a>, name: &str) -> impl Iterator<Item = Node<'a>> + use<'a> {
    let list = Reader::field(root, name).map(Node::resolved);
    list.into_iter().flat_map(Node::items)
}

/// Returns the file of a patch; `None` where the patch itself stands there.
fn patch_file(item: Node<'_>) -> Option<Cow<'_, str>> {
    let item = item.resolved();
    let path = match item.kind() {
        Kind::Mapping => item.get("path")?,
        Kind::Scalar | Kind::Sequence | Kind::Alias => item,
    };
    Scalar::text_of(path).filter(|text| !text.contains('\n'))
}
