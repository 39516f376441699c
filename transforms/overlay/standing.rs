//! Overlays of ours that stand in the tree already, and the sources that they are made for.

use super::layout::{Layout, below};
use crate::policy::{Namespace, Overlay};
use crate::source::FileId;
use crate::world::{CiliumPolicy, Owned, World};

/// What an overlay is made for: one source and one transform make one overlay.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identity {
    /// The namespace of its sources.
    pub(crate) namespace: Namespace,
    /// Kind and name of each source.
    pub(crate) sources: Vec<(String, String)>,
    /// The transform.
    pub(crate) transform: String,
}

impl Identity {
    /// Returns what an overlay is made for.
    pub(crate) fn of(overlay: &Overlay) -> Option<Self> {
        let sources = overlay.sources.iter();
        Some(Self {
            namespace: overlay.sources.first()?.namespace.clone(),
            sources: sources
                .map(|source| (source.kind.to_owned(), source.name.clone()))
                .collect(),
            transform: overlay.transform.to_owned(),
        })
    }

    /// Reads what a standing overlay is made for; where its mark names no namespace, its own counts.
    pub(crate) fn of_marks(owned: &Owned, own: &Namespace) -> Option<Self> {
        let mut namespace = own.clone();
        let mut sources = Vec::new();
        for text in owned.source.split(' ') {
            let parts: Vec<_> = text.split('/').collect();
            match parts[..] {
                [kind, name] => sources.push((kind.to_owned(), name.to_owned())),
                [kind, written, name] => {
                    namespace = Namespace::Named(written.into());
                    sources.push((kind.to_owned(), name.to_owned()));
                }
                _ => return None,
            }
        }
        Some(Self {
            namespace,
            sources,
            transform: owned.transform.clone(),
        })
    }
}

/// An overlay of ours that stands in the tree.
#[derive(Debug, Clone)]
pub(crate) struct Standing<'a> {
    /// The path of its file.
    pub(crate) path: &'a str,
    /// The object.
    pub(crate) policy: &'a CiliumPolicy,
    /// Our marks on it.
    pub(crate) owned: &'a Owned,
    /// What it is made for.
    pub(crate) identity: Identity,
    /// The worlds that it belongs to, by index.
    pub(crate) worlds: Vec<usize>,
}

impl Standing<'_> {
    /// Tells whether a person edited it.
    pub(crate) fn is_edited(&self) -> bool {
        self.owned.hash != self.owned.actual_hash
    }
}

/// Finds the overlays of ours, each once, sorted by path and place.
///
/// A copy of one in a context or in a dump of the cluster is none: it is not ours to edit. One in the folder of a
/// cluster belongs to that cluster alone, whatever the paths of the clusters say.
pub(crate) fn standing<'a>(
    worlds: &[&'a World],
    path: &dyn Fn(FileId) -> &'a str,
    layout: &Layout,
) -> Vec<Standing<'a>> {
    let mut all: Vec<Standing<'a>> = Vec::new();
    for (index, world) in worlds.iter().enumerate() {
        for policy in &world.cilium_policies {
            let Some(owned) = policy.owned.as_ref().filter(|owned| owned.editable) else {
                continue;
            };
            let Some(identity) = Identity::of_marks(owned, &policy.key.namespace) else {
                continue;
            };
            let path = path(policy.place.file);
            if is_of_another_cluster(path, index, worlds, layout) {
                continue;
            }
            match all.iter_mut().find(|other| other.policy.place == policy.place) {
                Some(other) => other.worlds.push(index),
                None => all.push(Standing {
                    path,
                    policy,
                    owned,
                    identity,
                    worlds: vec![index],
                }),
            }
        }
    }
    all.sort_by(|a, b| (a.path, a.policy.place).cmp(&(b.path, b.policy.place)));
    all
}

fn is_of_another_cluster(path: &str, index: usize, worlds: &[&World], layout: &Layout) -> bool {
    let lies_in = |world: &World| {
        let folder = layout.folder(world.cluster.as_deref());
        folder.is_some_and(|folder| below(&folder, path).is_some())
    };
    matches!(layout, Layout::Separate { clustered: true, .. })
        && !lies_in(worlds[index])
        && worlds.iter().any(|world| lies_in(world))
}
